// The cells of an exchange's row.

import type { ComponentChildren } from "preact";

import { formatDuration, shortTls } from "../../lib/format";
import { type StatusClass, statusClass } from "../../lib/http";
import { durationShare } from "../../lib/scale";
import { grpcStatusName, isCarried, methodWord } from "../../lib/protocol";
import { hasLegacyLeg, resumedWords, stageWord, tlsGrade, tlsWords } from "../../lib/tls";
import { waysOut } from "../../lib/rules";
import type { ExchangeRow, Process } from "../../types/generated";
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

interface StatusProps {
  row: Pick<ExchangeRow, "protocol" | "status" | "state" | "error" | "failure" | "grpc_status">;
  /** gRPC's own status stands beside it. */
  plain?: boolean;
}

/** Status in colour, shape and text. */
export function StatusCell({ row, plain = false }: StatusProps) {
  const fault = row.error ?? row.failure;
  if (row.state === "failed" || fault) {
    return (
      <span class="status failed" title={fault?.text}>
        <Shape name="cross" />
        {fault && row.status === null ? `${stageWord(fault.stage)} failed` : (row.status ?? "failed")}
      </span>
    );
  }
  if (isCarried(row)) {
    // It was agreed to; what matters of it is whether it goes on.
    const open = row.state === "open";
    return (
      <span class={open ? "status live" : "status info"} title={row.status === null ? undefined : `HTTP ${row.status}`}>
        <Shape name={open ? "dot" : "ring"} />
        {open ? "open" : "closed"}
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
  if (!plain && row.status === 200 && row.grpc_status !== null && row.grpc_status !== 0) {
    // To HTTP all went well; the call did not.
    return (
      <span class="status client-error" title={`HTTP 200, grpc-status ${row.grpc_status}`}>
        <Shape name="up" />
        {grpcStatusName(row.grpc_status)}
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

/** The method; of what is none of HTTP's, what it is instead. */
export function MethodCell({ row }: { row: Pick<ExchangeRow, "protocol" | "method" | "scheme"> }) {
  const word = methodWord(row);
  const look = word === row.method ? (word === "GET" ? "get" : "other") : "carried";
  return (
    <span class={`method ${look}`} title={look === "carried" ? `${row.method}: ${WORDS[word] ?? ""}` : undefined}>
      {word}
    </span>
  );
}

const WORDS: Record<string, string> = {
  WS: "became a WebSocket",
  TCP: "its bytes are carried as they come",
  TLS: "its bytes are carried as they come, TLS undone",
};

/** gRPC's own status, by name. */
export function GrpcCell({ status }: { status: number | null }) {
  if (status === null) {
    return null;
  }
  return (
    <span class={status === 0 ? "status ok" : "status client-error"} title={`grpc-status ${status}`}>
      <Shape name={status === 0 ? "dot" : "up"} />
      {grpcStatusName(status)}
    </span>
  );
}

/** On which leg a session was resumed. */
export function ResumedCell({ tls }: { tls: ExchangeRow["tls"] }) {
  const words = resumedWords(tls);
  return words && <span title={words[1]}>{words[0]}</span>;
}

/** The program that came in, where it runs on this machine. */
export function ProcessCell({ process }: { process: Process | null }) {
  return process ? (
    <span title={process.executable ?? undefined}>
      {process.name} <span class="faint">{process.pid}</span>
    </span>
  ) : null;
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
        {row.path === "" && row.protocol === "opaque" && fault === null && (
          <span class="faint">neither TLS nor HTTP was read in it</span>
        )}
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
              <LeavingMark row={row} />
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

/** An invitation to where no proxy sees what passes. */
function LeavingMark({ row }: { row: Pick<ExchangeRow, "invites_to_h3"> }) {
  return row.invites_to_h3 ? (
    <span class="leaving-mark" title="The client may leave for HTTP/3, where it goes past Handlens (Alt-Svc)">
      → h3
    </span>
  ) : null;
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
      <LeavingMark row={row} />
    </span>
  );
}
