// A message's bytes as a hex dump; those of the field that is pointed at are lit, and pointing at them lights it.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { type FieldLine, fieldAt, findField } from "../../lib/fields";
import { BYTES_A_LINE, hexLineCount } from "../../lib/hex";
import { Lines } from "../../widgets/lines";

interface Props {
  bytes: Uint8Array;
  lines: readonly FieldLine[];
  lit: Signal<string | null>;
  chosen: string | null;
  onChoose: (path: string) => void;
}

interface Span {
  start: number;
  end: number;
}

const NOWHERE: Span = { start: 0, end: 0 };

export function MessageBytes({ bytes, lines, lit, chosen, onChoose }: Props) {
  const spanOf = (path: string | null): Span => findField(lines, path)?.field ?? NOWHERE;
  const [pointed, picked] = [spanOf(lit.value), spanOf(chosen)];
  // What is chosen comes into sight once the dump has its height.
  const laidOut = useSignal(false);
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      laidOut.value = true;
    });
    return () => cancelAnimationFrame(frame);
  }, []);
  const at = (event: MouseEvent): FieldLine | null => {
    const told = (event.target as Element).closest<HTMLElement>("[data-at]")?.dataset["at"];
    return told === undefined ? null : fieldAt(lines, Number(told));
  };
  return (
    <div
      class="message-bytes"
      onMouseOver={(event) => {
        lit.value = at(event)?.path ?? null;
      }}
      onMouseLeave={() => {
        lit.value = null;
      }}
      onClick={(event) => {
        const line = at(event);
        if (line) {
          onChoose(line.path);
        }
      }}
    >
      <Lines
        class="hex"
        label="Bytes"
        count={hexLineCount(bytes.length)}
        widest={BYTES_A_LINE * 4 + 12}
        show={laidOut.value && picked.end > picked.start ? Math.floor(picked.start / BYTES_A_LINE) : null}
        line={(index) => (
          <ByteLine
            key={index}
            bytes={bytes}
            lines={lines}
            from={index * BYTES_A_LINE}
            pointed={cut(pointed, index)}
            picked={cut(picked, index)}
          />
        )}
      />
    </div>
  );
}

/** What of a span lies in a line, so that a line that it does not touch stays as it is. */
function cut({ start, end }: Span, line: number): Span {
  const from = Math.max(start, line * BYTES_A_LINE);
  const to = Math.min(end, (line + 1) * BYTES_A_LINE);
  return from < to ? { start: from, end: to } : NOWHERE;
}

interface LineProps {
  bytes: Uint8Array;
  lines: readonly FieldLine[];
  from: number;
  pointed: Span;
  picked: Span;
}

function ByteLine({ bytes, lines, from, pointed, picked }: LineProps) {
  // A line is some fifty elements: made anew only when what is lit in it changes.
  return useMemo(() => {
    const places = Array.from({ length: Math.min(BYTES_A_LINE, bytes.length - from) }, (_, nth) => from + nth);
    const look = (place: number) => {
      const top = fieldAt(lines, place)?.top ?? 0;
      return [
        top % 2 === 0 ? "even" : "odd",
        within(pointed, place) ? "lit" : "",
        within(picked, place) ? "picked" : "",
      ]
        .filter((name) => name !== "")
        .join(" ");
    };
    const digits = (some: readonly number[]) =>
      some.map((place) => (
        <span key={place} class={look(place)} data-at={place}>
          {(bytes[place] ?? 0).toString(16).padStart(2, "0")}
        </span>
      ));
    return (
      <div class="line">
        <span class="gutter">{from.toString(16).padStart(4, "0")}</span>
        <span class="byte-group">{digits(places.slice(0, 8))}</span>
        <span class="byte-group">{digits(places.slice(8))}</span>
        <span class="byte-text">
          {places.map((place) => (
            <span key={place} class={look(place)} data-at={place}>
              {printable(bytes[place] ?? 0)}
            </span>
          ))}
        </span>
      </div>
    );
  }, [bytes, lines, from, pointed.start, pointed.end, picked.start, picked.end]);
}

const within = ({ start, end }: Span, place: number) => start <= place && place < end;

function printable(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";
}
