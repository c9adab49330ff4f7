// The cells of an exchange's row.

import type { ComponentChildren } from "preact";

import { formatDuration, shortTls } from "../../lib/format";
import { type StatusClass, statusClass } from "../../lib/http";
import { durationShare } from "../../lib/scale";
import { hasLegacyLeg, stageWord, tlsGrade, tlsWords } from "../../lib/tls";
import { waysOut } from "../../lib/rules";
import type { ExchangeRow } from "../../types/generated";
import { Icon, type IconName } from "../../widgets/icon";
import { Shape, type ShapeName } from "../../widgets/shape";
import { Worded } from "../../widgets/worded";
import { RowFix } from "../rules/offer";

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

/** What failed, with a way out at the end of the cell, where it is never cut off. */
function WithFix({ row, children }: { row: ExchangeRow; children: ComponentChildren }) {
  const fault = row.error ?? row.failure;
  const kinds = waysOut(fault && { ...row.failure, ...fault });
  return kinds.length === 0 ? (
    <>{children}</>
  ) : (
    <span class="with-fix">
      {children}
      <RowFix host={row.host} kinds={kinds} text={fault?.text ?? null} />
    </span>
  );
}

export function PathCell({ row }: { row: ExchangeRow }) {
  const mark = row.path.indexOf("?");
  const fault = row.error ?? row.failure;
  return (
    <WithFix row={row}>
      <span title={row.path}>
        {mark < 0 ? row.path : row.path.slice(0, mark)}
        {mark >= 0 && <span class="faint">{row.path.slice(mark)}</span>}
        {fault && (
          <span class={row.path === "" ? "cause" : "cause apart"}>
            <Worded text={fault.text} />
          </span>
        )}
      </span>
    </WithFix>
  );
}

export function UrlCell({ row }: { row: ExchangeRow }) {
  const fault = row.error ?? row.failure;
  return (
    <WithFix row={row}>
      <span title={fault ? `${row.url}: ${fault.text}` : row.url}>
        <span class="soft">{row.host}</span>
        <Port row={row} />
        {fault ? (
          // The room is for what failed: the path stands in the inspector.
          <span class="cause apart">
            <Worded text={fault.text} />
          </span>
        ) : (
          <>
            <span class="row-marks">
              <TlsMark row={row} />
            </span>
            {row.path}
          </>
        )}
      </span>
    </WithFix>
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
  legacy: "unlock",
  bad: "bad",
  none: "unlock",
};

/** What a row must not leave to a colour: a chain that was let pass, and TLS that is not safe. */
export function TlsMark({ row: { tls } }: { row: Pick<ExchangeRow, "tls"> }) {
  return (
    <>
      {hasLegacyLeg(tls) && <b class="legacy-mark">legacy</b>}
      {tls.decision === "overridden" && <span class="warned">overridden</span>}
    </>
  );
}

/** `1.3`; `1.3 | 1.2` where the legs differ. */
function versionsOf({ client, origin }: ExchangeRow["tls"]): string {
  const both = [client, origin].filter((version) => version !== null).map(shortTls);
  return [...new Set(both)].join(" | ");
}

export function TlsCell({ row }: { row: ExchangeRow }) {
  const grade = tlsGrade(row.tls, row.failure);
  const words = tlsWords(row.tls);
  return (
    <span class={`tls ${grade}`} title={words}>
      <Icon name={GRADE_ICONS[grade]} size={13} label={words} />
      <TlsMark row={row} />
      {row.tls.decision === "overridden" ? null : versionsOf(row.tls)}
    </span>
  );
}
