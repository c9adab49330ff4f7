// What the proxy changed: the client's hello beside ours, and how the client would have fared without us.

import { aspectName, isAnswer, type Difference, differences } from "../../lib/changes";
import type { Change, Comparison, Masking } from "../../types/generated";
import { Icon, type IconName } from "../../widgets/icon";

export function Changes({ comparison }: { comparison: Comparison }) {
  const { rows, masking } = comparison;
  const answers = rows.filter(({ aspect }) => isAnswer(aspect));
  return (
    <div class="changes" role="group" tabIndex={0} aria-label="What Handlens changed">
      <MaskingTable masking={masking} />
      <ChangeTable
        caption="What was asked"
        heads={[
          { title: "By the client", leg: "client" },
          { title: "By Handlens, of the origin", leg: "origin" },
        ]}
        rows={rows.filter((row) => !answers.includes(row))}
      />
      {answers.length > 0 && (
        <ChangeTable
          caption="What was answered"
          heads={[
            { title: "To the client, by Handlens", leg: "client" },
            { title: "By the origin", leg: "origin" },
          ]}
          rows={answers}
        />
      )}
    </div>
  );
}

interface Head {
  title: string;
  /** Whose colour it has. */
  leg: "client" | "origin" | "proxy";
}

interface TableProps {
  caption: string;
  heads: readonly [Head, Head];
  rows: readonly Change[];
}

/** What differs first, then in a line each what does not. */
export function ChangeTable({ caption, heads, rows }: TableProps) {
  return (
    <table class="change-table">
      <caption class="sr-only">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{caption}</th>
          {heads.map(({ title, leg }) => (
            <th key={title} scope="col">
              <span class={`leg ${leg}`}>{title}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows
          .filter((row) => !row.same)
          .map((row) => (
            <ChangeRow key={row.aspect} row={row} heads={heads} />
          ))}
        {rows
          .filter((row) => row.same)
          .map((row) => (
            <tr key={row.aspect} class="same">
              <th scope="row">{aspectName(row.aspect)}</th>
              <td colSpan={2}>
                <span class="same-word">the same</span>
                {row.client.length === 0 ? "none" : row.client.join(", ")}
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function ChangeRow({ row, heads: [left, right] }: { row: Change; heads: TableProps["heads"] }) {
  const { client, handlens } = differences(row.client, row.handlens);
  return (
    <>
      <tr class={row.note === null ? "" : "noted"}>
        <th scope="row">{aspectName(row.aspect)}</th>
        <td>
          <Values values={client} leg={left.leg} first />
        </td>
        <td>
          <Values values={handlens} leg={right.leg} />
        </td>
      </tr>
      {row.note !== null && (
        <tr>
          <td />
          <td colSpan={2}>
            <p class="note" title={row.note}>
              {row.note}
            </p>
          </td>
        </tr>
      )}
    </>
  );
}

const MARKS: Record<Difference["state"], string> = { both: "", only: "only ", moved: "moved " };

function Values({ values, leg, first = false }: { values: readonly Difference[]; leg: Head["leg"]; first?: boolean }) {
  return values.length === 0 ? (
    <span class="muted">none</span>
  ) : (
    <ol class="values">
      {values.map(({ value, state }, place) => (
        <li key={place} class={`${state} ${leg}`}>
          {state === "only" && <Icon name={first ? "minus" : "plus"} size={11} />}
          {state === "moved" && <Icon name="swap" size={11} />}
          <span class="sr-only">{MARKS[state]}</span>
          {value}
        </li>
      ))}
    </ol>
  );
}

const VERDICTS: Record<string, { tone: string; icon: IconName; title: string }> = {
  worse: { tone: "info", icon: "ok", title: "Worse without Handlens" },
  better: { tone: "warn", icon: "warn", title: "Better without Handlens" },
  same: { tone: "ok", icon: "ok", title: "The same without Handlens" },
  unknown: { tone: "info", icon: "info", title: "Not known" },
};

function MaskingTable({ masking }: { masking: Masking }) {
  const { tone, icon, title } = VERDICTS[masking.verdict] ?? {
    tone: "info",
    icon: "info" as const,
    title: masking.verdict,
  };
  return (
    <section class="verdict masking" aria-label="How the client would have fared without Handlens">
      <header class={tone}>
        <Icon name={icon} />
        <h3>{title}</h3>
        <span>{masking.text}</span>
      </header>
      <table class="checks" aria-label="Reasons">
        <tbody>
          {masking.reasons.map(({ aspect, outcome, text }) => (
            <tr key={`${aspect} ${outcome}`} class={outcome}>
              <td>{outcome}</td>
              <th scope="row">{aspectName(aspect)}</th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
