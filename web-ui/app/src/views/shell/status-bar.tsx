// The status bar: where the proxy listens, what passes, what is held, and whether the page is up to date.

import { formatBytes, formatCount, formatRate, formatShare, plural } from "../../lib/format";
import { CONNECTIONS } from "../../lib/route";
import { link, status } from "../../live";
import { Link } from "../../widgets/button";
import { Icon } from "../../widgets/icon";
import { Shape } from "../../widgets/shape";

export function StatusBar() {
  const now = status.value;
  return (
    <footer class="status-bar">
      {now && (
        <>
          <span title="The proxy listens here">
            <Icon name="traffic" size={12} /> {now.proxy.join(", ")}
          </span>
          <span title={`${formatCount(now.counts.connections)} since the start`}>
            {formatCount(now.open.connections)} open
          </span>
          {now.counts.failed_connections > 0 && (
            <Link to={CONNECTIONS} class="status-failed" title="Connections that failed since this start of Handlens">
              {plural(now.counts.failed_connections, "connection")} failed<span class="wide-only"> since start</span>
            </Link>
          )}
          <span class="wide-only">
            {now.rates.requests_per_second.toFixed(now.rates.requests_per_second < 10 ? 1 : 0)} req/s
          </span>
          <span class="wide-only">{formatRate(now.rates.bytes_per_second)}</span>
          <span class="wide-only" title={`${plural(now.store.evicted, "exchange")} went to stay within the bound`}>
            {plural(now.store.exchanges, "exchange")} held
            {now.store.evicted > 0 && <>, {formatCount(now.store.evicted)} evicted</>}
          </span>
          <span class="wide-only" title="The store's size and its bound">
            {formatShare(now.store.bytes, now.store.max_bytes)}
          </span>
          {now.store.waiting_bytes > 1_000_000 && (
            <span class="wide-only">{formatBytes(now.store.waiting_bytes)} waiting to be written</span>
          )}
          {(now.store.dropped_bytes > 0 || now.store.lost_events > 0) && (
            <span
              class="status-lost"
              title={`${formatBytes(now.store.dropped_bytes)} of bodies and ${plural(now.store.lost_events, "event")} could not be kept`}
            >
              <Icon name="warn" size={12} /> {formatBytes(now.store.dropped_bytes)} lost
            </span>
          )}
        </>
      )}
      <span class="grow" />
      {now && <span class="faint wide-only">{now.version}</span>}
      <LinkLight />
    </footer>
  );
}

function LinkLight() {
  const { state } = link.value;
  return (
    <span class={`link-light ${state}`}>
      <Shape name={({ open: "dot", connecting: "ring", lost: "diamond" } as const)[state]} />
      {{ open: "live", connecting: "connecting", lost: "link lost" }[state]}
    </span>
  );
}
