// Reads JSON (RFC 8259) without changing it: members keep their order and their doubles, numbers every digit.
// `JSON.parse` keeps neither, and a person who looks at traffic wants what was sent.

export type JsonNode =
  | { kind: "object"; members: readonly (readonly [string, JsonNode])[] }
  | { kind: "array"; items: readonly JsonNode[] }
  | { kind: "string"; value: string }
  | { kind: "number" | "word"; text: string };

/** The text is not JSON. */
export class JsonError extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
    this.name = "JsonError";
  }
}

const SPACE = /[ \t\n\r]*/y;
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

type OpenNode = { kind: "object"; members: [string, JsonNode][]; key: string } | { kind: "array"; items: JsonNode[] };

/** The value that a text holds. Its depth is bounded by memory only: there is no recursion. */
export function parseJson(text: string): JsonNode {
  const reader = new Reader(text);
  const open: OpenNode[] = [];
  for (;;) {
    let node: JsonNode | null = reader.readBegin(open);
    // A value that is whole goes into what it stands in, and may make that whole.
    while (node) {
      const parent = open.at(-1);
      if (!parent) {
        reader.expectEnd();
        return node;
      }
      if (parent.kind === "array") {
        parent.items.push(node);
      } else {
        parent.members.push([parent.key, node]);
      }
      node = reader.readEnd(open, parent);
    }
  }
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  /** Reads a value; of an array or object that is not empty its begin, and gives null. */
  readBegin(open: OpenNode[]): JsonNode | null {
    this.match(SPACE);
    switch (this.text[this.at]) {
      case "{":
        this.at += 1;
        if (this.take("}")) {
          return { kind: "object", members: [] };
        }
        open.push({ kind: "object", members: [], key: this.readKey() });
        return null;
      case "[":
        this.at += 1;
        if (this.take("]")) {
          return { kind: "array", items: [] };
        }
        open.push({ kind: "array", items: [] });
        return null;
      case '"':
        return { kind: "string", value: this.readString() };
      default: {
        const number = this.match(NUMBER);
        if (number) {
          return { kind: "number", text: number };
        }
        const word = this.match(WORD);
        if (word) {
          return { kind: "word", text: word };
        }
        throw this.error("a value");
      }
    }
  }

  /** What stands behind a member or an item: null for a comma, the whole for its end. */
  readEnd(open: OpenNode[], parent: OpenNode): JsonNode | null {
    if (this.take(",")) {
      if (parent.kind === "object") {
        parent.key = this.readKey();
      }
      return null;
    }
    if (!this.take(parent.kind === "array" ? "]" : "}")) {
      throw this.error(parent.kind === "array" ? "`,` or `]`" : "`,` or `}`");
    }
    open.pop();
    return parent.kind === "array"
      ? { kind: "array", items: parent.items }
      : { kind: "object", members: parent.members };
  }

  expectEnd(): void {
    this.match(SPACE);
    if (this.at < this.text.length) {
      throw this.error("the end");
    }
  }

  private readKey(): string {
    this.match(SPACE);
    if (this.text[this.at] !== '"') {
      throw this.error("a name in quotes");
    }
    const key = this.readString();
    if (!this.take(":")) {
      throw this.error("`:`");
    }
    return key;
  }

  private readString(): string {
    const quoted = this.match(STRING);
    if (!quoted) {
      throw this.error("a string that ends");
    }
    return JSON.parse(quoted) as string;
  }

  private take(letter: string): boolean {
    this.match(SPACE);
    const there = this.text[this.at] === letter;
    this.at += there ? 1 : 0;
    return there;
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  private error(expected: string): JsonError {
    const line = this.text.slice(0, this.at).split("\n").length;
    return new JsonError(`not JSON: expected ${expected} at line ${line}`, this.at);
  }
}
