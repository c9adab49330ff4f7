// The tokens of a line, cut to a row and crossed with what was found in it.

import { highlightLine, type Language, type LineState, type Token } from "./highlight";
import type { Match, TextRow } from "./text-lines";

export interface Painted extends Token {
  /** Null outside of what was found; true for the match that the person stands on. */
  match: boolean | null;
}

/** The tokens of characters `from` to before `to`. */
function sliceTokens(tokens: readonly Token[], from: number, to: number): Token[] {
  const cut: Token[] = [];
  let at = 0;
  for (const { kind, text } of tokens) {
    const start = Math.max(from, at);
    const end = Math.min(to, at + text.length);
    if (start < end) {
      cut.push({ kind, text: text.slice(start - at, end - at) });
    }
    at += text.length;
    if (at >= to) {
      break;
    }
  }
  return cut;
}

/** A row's tokens, cut where matches begin and end. */
export function paintRow(
  tokens: readonly Token[],
  row: TextRow,
  matches: readonly Match[],
  current: Match | null,
): Painted[] {
  const cuts = [row.from, row.to];
  for (const { start, end } of matches) {
    cuts.push(...[start, end].filter((at) => at > row.from && at < row.to));
  }
  cuts.sort((a, b) => a - b);
  const painted: Painted[] = [];
  for (let nth = 0; nth + 1 < cuts.length; nth += 1) {
    const [from = 0, to = 0] = cuts.slice(nth, nth + 2);
    const hit = matches.find(({ start, end }) => start <= from && from < end);
    const match = hit ? hit.line === current?.line && hit.start === current.start : null;
    painted.push(...sliceTokens(tokens, from, to).map((token) => ({ ...token, match })));
  }
  return painted;
}

/** Colours lines in any order; what a line begins in is known from those before it, each looked at once. */
export class Highlighter {
  private readonly begins: LineState[] = ["text"];

  constructor(
    private readonly lines: readonly string[],
    private readonly language: Language,
  ) {}

  tokens(line: number): Token[] {
    const text = this.lines[line] ?? "";
    if (this.language === "plain") {
      return [{ kind: null, text }];
    }
    for (let known = this.begins.length; known <= line; known += 1) {
      const before = this.begins[known - 1] ?? "text";
      this.begins.push(highlightLine(this.lines[known - 1] ?? "", this.language, before).ends);
    }
    return highlightLine(text, this.language, this.begins[line] ?? "text").tokens;
  }
}
