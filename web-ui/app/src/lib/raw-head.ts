// A head of HTTP/1 as it was received, as lines whose every byte can be seen.

export interface RawLine {
  /** What is not printable ASCII is told as `\xNN`. */
  parts: readonly { text: string; escaped: boolean }[];
  /** `\r\n` as it should be, or what stands there instead; empty where the head just ends. */
  end: "" | "\\r\\n" | "\\n";
}

/** `raw` has a character a byte (Latin-1). */
export function rawLines(raw: string): RawLine[] {
  const lines: RawLine[] = [];
  for (const [whole, text = "", end = ""] of raw.matchAll(/([^\n]*?)(\r\n|\n|$)/g)) {
    if (whole !== "") {
      lines.push({ parts: partsOf(text), end: end === "\r\n" ? "\\r\\n" : end === "\n" ? "\\n" : "" });
    }
  }
  return lines;
}

function partsOf(text: string): RawLine["parts"] {
  return text
    .split(/([^\x20-\x7e]+)/)
    .map((part, place) => ({ text: place % 2 === 1 ? escape(part) : part, escaped: place % 2 === 1 }))
    .filter((part) => part.text !== "");
}

function escape(bytes: string): string {
  return Array.from(bytes, (byte) =>
    byte === "\t" ? "\\t" : byte === "\r" ? "\\r" : `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
  ).join("");
}
