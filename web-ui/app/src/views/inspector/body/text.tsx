// A text with line numbers, colours, and finding. Whatever its length, only what is seen is rendered.

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";

import { formatCount } from "../../../lib/format";
import type { Language } from "../../../lib/highlight";
import { Highlighter, type Painted, paintRow } from "../../../lib/paint";
import { findInLines, layOut, type Match, rowOfMatch, splitLines, WIDEST_ROW } from "../../../lib/text-lines";
import { Button } from "../../../widgets/button";
import { CopyButton } from "../../../widgets/copy";
import { Lines } from "../../../widgets/lines";
import { useWidth } from "../../../widgets/width";

/** A text longer than this is shown without colours. */
const MOST_COLOURED = 4_000_000;
/** A line longer than this is, too: it was not made to be read. */
const LONGEST_COLOURED = 20_000;
const NO_MATCHES: readonly Match[] = [];
/** Width of a character of the code font at its one size, in pixels. */
const CHARACTER_PX = 7.2;

export function TextBody({ text, language, wrap }: { text: string; language: Language; wrap: boolean }) {
  const { place, width } = useWidth();
  const needle = useSignal("");
  const current = useSignal(0);

  const lines = useMemo(() => splitLines(text), [text]);
  const digits = String(lines.length).length;
  const room = Math.floor((width.value - 30) / CHARACTER_PX) - digits - 2;
  const rows = useMemo(() => layOut(lines, wrap && room > 0 ? room : WIDEST_ROW), [lines, wrap, room]);
  const widest = useMemo(() => rows.reduce((most, row) => Math.max(most, row.to - row.from), 0), [rows]);
  const highlighter = useMemo(() => {
    const plain = text.length > MOST_COLOURED || lines.some((line) => line.length > LONGEST_COLOURED);
    return new Highlighter(lines, plain ? "plain" : language);
  }, [lines, language]);
  const matches = useMemo(() => findInLines(lines, needle.value), [lines, needle.value]);
  const byLine = useMemo(() => groupByLine(matches), [matches]);
  const match = matches[current.value] ?? null;

  const step = (by: number) => {
    current.value = matches.length === 0 ? 0 : (current.value + by + matches.length) % matches.length;
  };

  return (
    <div class="text-body" ref={place}>
      <div class="find" role="search" aria-label="In the body">
        <input
          type="search"
          placeholder="Find in the body"
          aria-label="Find in the body"
          spellcheck={false}
          value={needle.value}
          onInput={(event) => {
            needle.value = event.currentTarget.value;
            current.value = 0;
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") {
              step(event.shiftKey ? -1 : 1);
            } else if (event.key === "Escape" && needle.value !== "") {
              event.stopPropagation();
              needle.value = "";
            }
          }}
        />
        {needle.value !== "" && (
          <>
            <span class="find-count" role="status">
              {matches.length === 0 ? "none" : `${formatCount(current.value + 1)} of ${formatCount(matches.length)}`}
            </span>
            <Button icon="up" title="Previous" disabled={matches.length === 0} onClick={() => step(-1)} />
            <Button icon="down" title="Next" disabled={matches.length === 0} onClick={() => step(1)} />
          </>
        )}
        <span class="grow" />
        <CopyButton text={text} title="Copy the text" />
      </div>
      <Lines
        class="text"
        label="Body text"
        count={rows.length}
        widest={widest + digits + 3}
        show={match && rowOfMatch(rows, match)}
        line={(index) => {
          const row = rows[index];
          if (!row) {
            return null;
          }
          const painted = paintRow(highlighter.tokens(row.line), row, byLine.get(row.line) ?? NO_MATCHES, match);
          return (
            <div class="line" key={index}>
              <span class="gutter">{(row.from === 0 ? String(row.line + 1) : "").padStart(digits)}</span>
              <span class="code">{painted.map(token)}</span>
            </div>
          );
        }}
      />
    </div>
  );
}

function token({ kind, text, match }: Painted, place: number) {
  if (match !== null) {
    return (
      <mark key={place} class={match ? "current" : undefined}>
        {text}
      </mark>
    );
  }
  return kind === null ? (
    text
  ) : (
    <span key={place} class={`t-${kind}`}>
      {text}
    </span>
  );
}

function groupByLine(matches: readonly Match[]): ReadonlyMap<number, readonly Match[]> {
  const byLine = new Map<number, Match[]>();
  for (const match of matches) {
    const there = byLine.get(match.line);
    if (there) {
      there.push(match);
    } else {
      byLine.set(match.line, [match]);
    }
  }
  return byLine;
}
