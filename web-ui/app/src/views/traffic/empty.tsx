// What stands in the place of rows when there are none: how to begin, or what the filter hides.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { fetchExchanges } from "../../api";
import { withoutEachTerm } from "../../lib/filter";
import { formatCount, plural } from "../../lib/format";
import { SETUP } from "../../lib/route";
import { handlensLine, isSetUp, proxyAddress } from "../../lib/setup";
import { quoteWord } from "../../lib/shell";
import { status } from "../../live";
import { Button, Link } from "../../widgets/button";
import { CodeLine } from "../../widgets/copy";
import { EmptyState } from "../../widgets/state";
import { Lights } from "../setup/lights";

interface Props {
  filter: string;
  total: number;
  onFilter: (filter: string) => void;
}

export function TrafficEmpty({ filter, total, onFilter }: Props) {
  return filter === "" ? <NoTraffic /> : <NoMatch filter={filter} total={total} onFilter={onFilter} />;
}

function NoTraffic() {
  const now = status.value;
  if (!now) {
    return <div class="empty" />;
  }
  if (isSetUp(now.counts)) {
    return (
      <EmptyState icon="traffic" title="Nothing is held">
        <p>
          {plural(now.counts.exchanges, "exchange")} passed since Handlens started. What passes from now on appears here
          by itself.
        </p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="traffic" title="No traffic yet">
      <p>
        Handlens listens at <code>{proxyAddress(now)}</code>. Send it something:
      </p>
      <CodeLine
        code={`curl --proxy http://${proxyAddress(now)} --cacert ${quoteWord(now.root.path)} https://example.com/`}
        title="Copy the command"
      />
      <CodeLine code={handlensLine(now.data_dir, "exec -- your-program")} title="Copy the command" />
      <Lights counts={now.counts} />
      <p>
        <Link to={SETUP}>Set up a browser, a system or a phone</Link>
      </p>
    </EmptyState>
  );
}

function NoMatch({ filter, total, onFilter }: Props) {
  const nearest = useSignal<{ rest: string; without: string; matched: number }[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    nearest.value = [];
    for (const { rest, without } of withoutEachTerm(filter).slice(0, 5)) {
      fetchExchanges(rest, 1, abort.signal).then(
        ({ matched }) => {
          if (matched > 0) {
            nearest.value = [...nearest.peek(), { rest, without, matched }];
          }
        },
        () => undefined,
      );
    }
    return () => abort.abort();
  }, [filter]);
  return (
    <EmptyState icon="filter" title="Nothing matches">
      <p>
        <code>{filter}</code> matches none of {plural(total, "exchange")}.
      </p>
      {nearest.value.length > 0 && (
        <ul class="nearest">
          {nearest.value.map(({ rest, without, matched }) => (
            <li key={without}>
              <button type="button" class="link" onClick={() => onFilter(rest)}>
                without <code>{without}</code>
              </button>
              <span class="muted">{formatCount(matched)}</span>
            </li>
          ))}
        </ul>
      )}
      <Button icon="close" onClick={() => onFilter("")}>
        Clear the filter
      </Button>
    </EmptyState>
  );
}
