// What the filter box does with its text before the server has a say: where an error points, what could come next,
// which terms it is made of. The language itself is the server's.

/** A run of characters, `end` not included. */
export interface CharSpan {
  start: number;
  end: number;
}

/** The marks that stand under the characters at fault: `     ^^^^`. At least one, also behind the end. */
export function caretLine({ start, end }: CharSpan): string {
  return " ".repeat(Math.max(0, start)) + "^".repeat(Math.max(1, end - start));
}

/** The terms of a filter: cut at spaces outside quotes and brackets. */
export function splitTerms(text: string): string[] {
  return termSpans(text).map(({ start, end }) => text.slice(start, end));
}

function termSpans(text: string): CharSpan[] {
  const spans: CharSpan[] = [];
  let start = -1;
  let quoted = false;
  let depth = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const letter = text[at];
    if (letter === undefined || (letter === " " && !quoted && depth === 0)) {
      if (start >= 0) {
        spans.push({ start, end: at });
      }
      start = -1;
      continue;
    }
    if (start < 0) {
      start = at;
    }
    if (letter === '"' && text[at - 1] !== "\\") {
      quoted = !quoted;
    } else if (!quoted && (letter === "(" || letter === ")")) {
      depth = Math.max(0, depth + (letter === "(" ? 1 : -1));
    }
  }
  return spans;
}

/** The filters that are left when one term is taken out, with that term. For saying what stands in the way. */
export function withoutEachTerm(text: string): { without: string; rest: string }[] {
  const terms = splitTerms(text);
  if (terms.length < 2 || terms.some((term) => /^(?:and|or|not|\(|\))$/i.test(term))) {
    return [];
  }
  return terms.map((without, at) => ({ without, rest: terms.filter((_, other) => other !== at).join(" ") }));
}

export interface FilterField {
  name: string;
  /** What it compares, for the list of suggestions. */
  hint: string;
  /** Values worth offering without having seen any. */
  values: readonly string[];
}

export const EXCHANGE_FIELDS: readonly FilterField[] = [
  { name: "host", hint: "the origin's name, or a part of it", values: [] },
  { name: "path", hint: "path and query", values: [] },
  { name: "method", hint: "GET, POST …", values: ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] },
  { name: "status", hint: "a code or a class: 404, 5xx", values: ["2xx", "3xx", "4xx", "5xx"] },
];

export const CONNECTION_FIELDS: readonly FilterField[] = [{ name: "host", hint: "the target's name, or a part of it", values: [] }];

/** What was seen in the rows at hand, by field. */
export type SeenValues = ReadonlyMap<string, readonly string[]>;

export interface Suggestion {
  /** What the term becomes. */
  text: string;
  hint: string;
  /** The term is whole: a space may follow. False for `host:`, which waits for its value. */
  whole: boolean;
}

/** What the term at `caret` could become, best first; `most` at the most. */
export function suggest(
  text: string,
  caret: number,
  fields: readonly FilterField[],
  seen: SeenValues,
  most = 8,
): { span: CharSpan; suggestions: Suggestion[] } {
  const span = termSpans(text).find(({ start, end }) => start < caret && caret <= end) ?? { start: caret, end: caret };
  const typed = text.slice(span.start, caret);
  const minus = typed.startsWith("-") ? "-" : "";
  const term = typed.slice(minus.length);
  const colon = term.indexOf(":");
  if (colon < 0) {
    const begun = fields.filter((field) => field.name.startsWith(term.toLowerCase()));
    return { span, suggestions: begun.map(({ name, hint }) => ({ text: `${minus}${name}:`, hint, whole: false })).slice(0, most) };
  }
  const field = fields.find(({ name }) => name === term.slice(0, colon).toLowerCase());
  if (!field) {
    return { span, suggestions: [] };
  }
  const value = term.slice(colon + 1).toLowerCase();
  const values = [...new Set([...(seen.get(field.name) ?? []), ...field.values])];
  const suggestions = values
    .filter((known) => known.toLowerCase().includes(value) && known.toLowerCase() !== value)
    .sort((a, b) => Number(b.toLowerCase().startsWith(value)) - Number(a.toLowerCase().startsWith(value)))
    .slice(0, most)
    .map((known) => ({ text: `${minus}${field.name}:${quoteValue(known)}`, hint: "", whole: true }));
  return { span, suggestions };
}

/** `text` with a suggestion taken, and where the caret stands then. */
export function takeSuggestion(text: string, span: CharSpan, suggestion: Suggestion): { text: string; caret: number } {
  const put = suggestion.text + (suggestion.whole && text[span.end] !== " " ? " " : "");
  return { text: text.slice(0, span.start) + put + text.slice(span.end), caret: span.start + put.length };
}

/** A value as the language wants it: in quotes when it holds a space, a bracket or a quote. */
export function quoteValue(value: string): string {
  return /[\s()"]/.test(value) ? `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : value;
}
