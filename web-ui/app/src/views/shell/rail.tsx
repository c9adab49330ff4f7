// The rail: the views there are, and what wants to be looked at in them.

import { formatCount, plural } from "../../lib/format";
import { HELP, type Route, RULES, SETUP } from "../../lib/route";
import { isSetUp } from "../../lib/setup";
import { status } from "../../live";
import { left } from "../../location";
import { Link } from "../../widgets/button";
import { Icon, type IconName } from "../../widgets/icon";

export function Rail({ route }: { route: Route }) {
  const counts = status.value?.counts;
  const failed = counts?.failed_connections ?? 0;
  return (
    <nav class="rail" aria-label="Views">
      <Entry
        to={left.value.traffic}
        icon="traffic"
        title="Traffic"
        keys="g t"
        current={route.view === "traffic" || route.view === "exchange"}
      />
      <Entry
        to={left.value.connections}
        icon="connections"
        title="Connections"
        keys="g c"
        current={["connections", "connection", "handshake", "chain"].includes(route.view)}
        note={failed > 0 ? `${plural(failed, "connection")} failed` : undefined}
        badge={failed > 0 ? (failed > 99 ? "99+" : formatCount(failed)) : undefined}
      />
      <Entry
        to={left.value.certificates}
        icon="certificate"
        title="Certificates"
        keys="g e"
        current={route.view === "certificates" || route.view === "certificate"}
      />
      <Entry to={RULES} icon="rules" title="Rules" keys="g r" current={route.view === "rules"} />
      <Entry
        to={SETUP}
        icon="setup"
        title="Setup"
        keys="g s"
        current={route.view === "setup"}
        note={counts && !isSetUp(counts) ? "not complete" : undefined}
        badge={counts && !isSetUp(counts) ? "·" : undefined}
      />
      <span class="grow" />
      <Entry to={HELP} icon="help" title="Help" keys="?" current={route.view === "help"} />
    </nav>
  );
}

interface EntryProps {
  to: Route;
  icon: IconName;
  title: string;
  keys: string;
  current: boolean;
  note?: string | undefined;
  badge?: string | undefined;
}

function Entry({ to, icon, title, keys, current, note, badge }: EntryProps) {
  const words = note === undefined ? title : `${title}: ${note}`;
  return (
    <Link to={to} class="rail-entry" title={`${words} (${keys})`} current={current}>
      <Icon name={icon} size={20} />
      <span class="rail-word">{title}</span>
      {note !== undefined && <span class="sr-only">: {note}</span>}
      {badge !== undefined && (
        <span class={badge === "·" ? "badge dot" : "badge"} aria-hidden="true">
          {badge === "·" ? "" : badge}
        </span>
      )}
    </Link>
  );
}
