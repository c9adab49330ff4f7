// Colours for code: a line and the state it begins in give tokens and the state it ends in. Small on purpose: it
// knows JSON, markup, and the common ground of JavaScript and CSS.

import type { BodyKind } from "./http";

export type TokenKind = "key" | "string" | "number" | "word" | "comment" | "tag" | "attribute" | "punctuation";

/** A run of text; `kind` is null for plain text. The texts of a line's tokens, joined, are the line. */
export interface Token {
  kind: TokenKind | null;
  text: string;
}

export type Language = "json" | "markup" | "code" | "plain";

/** What goes on from the line before. */
export type LineState = "text" | "comment" | "tag" | "template";

export function languageOf(kind: BodyKind): Language {
  switch (kind) {
    case "json":
    case "markup":
      return kind;
    case "script":
    case "style":
      return "code";
    default:
      return "plain";
  }
}

interface Rule {
  pattern: RegExp;
  kind: TokenKind | null;
  next?: LineState;
}

// Every pattern is sticky and matches at least one character.
const JSON_RULES: Rule[] = [
  { pattern: /"[^"\\]*(?:\\.[^"\\]*)*"(?=\s*:)/y, kind: "key" },
  { pattern: /"[^"\\]*(?:\\.[^"\\]*)*"?/y, kind: "string" },
  { pattern: /-?\d[\d.eE+-]*/y, kind: "number" },
  { pattern: /\b(?:true|false|null)\b/y, kind: "word" },
  { pattern: /[{}[\],:]+/y, kind: "punctuation" },
];

const MARKUP_RULES: Rule[] = [
  { pattern: /<!--.*?-->/y, kind: "comment" },
  { pattern: /<!--.*/y, kind: "comment", next: "comment" },
  { pattern: /<[!?/]?[A-Za-z][\w:.-]*/y, kind: "tag", next: "tag" },
  { pattern: /&(?:#\d+|#x[\da-f]+|\w+);/iy, kind: "number" },
  { pattern: /[^<&]+/y, kind: null },
];

const TAG_RULES: Rule[] = [
  { pattern: /[/?]?>/y, kind: "tag", next: "text" },
  { pattern: /"[^"]*"?|'[^']*'?/y, kind: "string" },
  { pattern: /[\w:@.-]+/y, kind: "attribute" },
  { pattern: /\s+|=/y, kind: null },
];

const WORDS =
  "async|await|break|case|catch|class|const|continue|default|delete|do|else|export|extends|false|finally|for|from|function|if|import|in|instanceof|let|new|null|of|return|static|super|switch|this|throw|true|try|typeof|undefined|var|void|while|yield";

const CODE_RULES: Rule[] = [
  { pattern: /\/\*.*?\*\//y, kind: "comment" },
  { pattern: /\/\*.*/y, kind: "comment", next: "comment" },
  { pattern: /\/\/.*/y, kind: "comment" },
  { pattern: /"[^"\\]*(?:\\.[^"\\]*)*"?|'[^'\\]*(?:\\.[^'\\]*)*'?/y, kind: "string" },
  { pattern: /`(?:[^`\\]|\\.)*`/y, kind: "string" },
  { pattern: /`(?:[^`\\]|\\.)*/y, kind: "string", next: "template" },
  { pattern: /#[\da-f]{3,8}\b|\b\d[\w.%]*/iy, kind: "number" },
  { pattern: new RegExp(`(?:${WORDS})\\b`, "y"), kind: "word" },
  { pattern: /@[\w-]+/y, kind: "word" },
  { pattern: /[\w$-]+/y, kind: null },
  { pattern: /[{}()[\];,:.]+/y, kind: "punctuation" },
  { pattern: /\s+/y, kind: null },
];

const ENDINGS: Record<"comment" | "template", Record<"markup" | "code", RegExp>> = {
  comment: { markup: /.*?-->/y, code: /.*?\*\//y },
  template: { markup: /.*/y, code: /(?:[^`\\]|\\.)*`/y },
};

/** The tokens of `line`, and the state in which the next line begins. */
export function highlightLine(
  line: string,
  language: Language,
  begins: LineState,
): { tokens: Token[]; ends: LineState } {
  if (language === "plain") {
    return { tokens: [{ kind: null, text: line }], ends: "text" };
  }
  const tokens: Token[] = [];
  let state = begins;
  let at = 0;
  while (at < line.length) {
    if (state === "comment" || state === "template") {
      const text = matchAt(ENDINGS[state][language === "markup" ? "markup" : "code"], line, at) ?? line.slice(at);
      const ended = at + text.length < line.length || endsHere(state, language, text);
      push(tokens, state === "comment" ? "comment" : "string", text);
      at += text.length;
      state = ended ? "text" : state;
      continue;
    }
    const rule = rulesFor(language, state).find(({ pattern }) => matchAt(pattern, line, at) !== null);
    const text = (rule && matchAt(rule.pattern, line, at)) ?? line.charAt(at);
    push(tokens, rule?.kind ?? null, text);
    at += text.length;
    state = rule?.next ?? state;
  }
  return { tokens, ends: state };
}

function endsHere(state: "comment" | "template", language: Language, text: string): boolean {
  if (state === "template") {
    return text.endsWith("`");
  }
  return text.endsWith(language === "markup" ? "-->" : "*/");
}

function rulesFor(language: Language, state: LineState): Rule[] {
  if (language === "json") {
    return JSON_RULES;
  }
  if (language === "code") {
    return CODE_RULES;
  }
  return state === "tag" ? TAG_RULES : MARKUP_RULES;
}

function matchAt(pattern: RegExp, line: string, at: number): string | null {
  pattern.lastIndex = at;
  const text = pattern.exec(line)?.[0];
  return text ? text : null;
}

function push(tokens: Token[], kind: TokenKind | null, text: string): void {
  const last = tokens.at(-1);
  if (last && last.kind === kind) {
    last.text += text;
  } else {
    tokens.push({ kind, text });
  }
}
