// The cells of an exchange's row.

import { formatDuration, shortTls } from "../../lib/format";
import { type StatusClass, statusClass } from "../../lib/http";
import { durationShare } from "../../lib/scale";
import { stageWord, tlsGrade, tlsWords } from "../../lib/tls";
import type { ExchangeRow } from "../../types/generated";
import { Icon, type IconName } from "../../widgets/icon";
import { Shape, type ShapeName } from "../../widgets/shape";
import { Worded } from "../../widgets/worded";

const STATUS_SHAPES: Record<StatusClass, ShapeName> = {
  info: "ring",
  ok: "dot",
  redirect: "right",
  "client-error": "up",
  "server-error": "square",
};

/** Status in colour, shape and text. */
export function StatusCell({ row }: { row: Pick<ExchangeRow, "status" | "state" | "error" | "failure"> }) {
  const fault = row.error ?? row.failure;
  if (row.state === "failed" || fault) {
    return (
      <span class="status failed" title={fault?.text}>
        <Shape name="cross" />
        {fault && row.status === null ? `${stageWord(fault.stage)} failed` : (row.status ?? "failed")}
      </span>
    );
  }
  if (row.status === null) {
    return (
      <span class="status open">
        <Shape name="ring" />
        {row.state === "open" ? "open" : "none"}
      </span>
    );
  }
  return (
    <span class={`status ${statusClass(row.status)}`}>
      <Shape name={STATUS_SHAPES[statusClass(row.status)]} />
      {row.status}
    </span>
  );
}

export function HostCell({ row }: { row: ExchangeRow }) {
  return (
    <span title={row.url}>
      {row.host}
      <Port row={row} />
    </span>
  );
}

/** The port, where it is not the scheme's own. */
function Port({ row }: { row: ExchangeRow }) {
  const own = row.scheme === "https" ? 443 : 80;
  return row.port === own ? null : <span class="faint">:{row.port}</span>;
}

export function PathCell({ row }: { row: ExchangeRow }) {
  const mark = row.path.indexOf("?");
  const fault = row.error ?? row.failure;
  return (
    <span title={row.path}>
      {mark < 0 ? row.path : row.path.slice(0, mark)}
      {mark >= 0 && <span class="faint">{row.path.slice(mark)}</span>}
      {fault && (
        <span class={row.path === "" ? "cause" : "cause apart"}>
          <Worded text={fault.text} />
        </span>
      )}
    </span>
  );
}

export function UrlCell({ row }: { row: ExchangeRow }) {
  const fault = row.error ?? row.failure;
  return (
    <span title={fault ? `${row.url}: ${fault.text}` : row.url}>
      <span class="soft">{row.host}</span>
      <Port row={row} />
      {fault ? (
        // The room is for what failed: the path stands in the inspector.
        <span class="cause apart">
          <Worded text={fault.text} />
        </span>
      ) : (
        row.path
      )}
    </span>
  );
}

export function DurationCell({ row }: { row: ExchangeRow }) {
  if (row.duration_us === null) {
    return <span class="faint">…</span>;
  }
  return (
    <>
      <span class="bar" aria-hidden="true">
        <i style={{ width: `${Math.round(durationShare(row.duration_us) * 100)}%` }} />
      </span>
      <span>{formatDuration(row.duration_us)}</span>
    </>
  );
}

const GRADE_ICONS: Record<ReturnType<typeof tlsGrade>, IconName> = {
  good: "lock",
  old: "lock",
  half: "lock",
  overridden: "warn",
  bad: "bad",
  none: "unlock",
};

export function TlsCell({ row }: { row: ExchangeRow }) {
  const grade = tlsGrade(row.tls, row.failure);
  const version = row.tls.client ?? row.tls.origin;
  const words = tlsWords(row.tls);
  return (
    <span class={`tls ${grade}`} title={words}>
      <Icon name={GRADE_ICONS[grade]} size={13} label={words} />
      {version === null ? "" : shortTls(version)}
    </span>
  );
}
