// Bytes as a hex dump.

export const BYTES_A_LINE = 16;

/** The bytes of a string of hexadecimal digits. */
export function bytesOfHex(digits: string): Uint8Array {
  return Uint8Array.from({ length: digits.length >> 1 }, (_, at) =>
    Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16),
  );
}

export interface HexLine {
  /** `0001f0` */
  offset: string;
  /** Two groups of eight bytes: `48 65 6c 6c 6f 20 77 6f`. */
  left: string;
  right: string;
  /** One character a byte, a dot for what can't be printed. */
  text: string;
}

export function hexLineCount(bytes: number): number {
  return Math.ceil(bytes / BYTES_A_LINE);
}

/** Line number `line` of the dump. */
export function hexLine(bytes: Uint8Array, line: number): HexLine {
  const from = line * BYTES_A_LINE;
  const offset = from.toString(16).padStart(bytes.length > 0xff_ffff ? 8 : 6, "0");
  return { offset, ...hexOf(bytes.subarray(from, from + BYTES_A_LINE)) };
}

/** The bytes of one line. */
export function hexOf(part: Uint8Array): Omit<HexLine, "offset"> {
  return {
    left: group(part.subarray(0, 8)),
    right: group(part.subarray(8)),
    text: Array.from(part, printable).join(""),
  };
}

/** The whole dump as text, for copying. */
export function hexDump(bytes: Uint8Array): string {
  return Array.from({ length: hexLineCount(bytes.length) }, (_, line) => {
    const { offset, left, right, text } = hexLine(bytes, line);
    return `${offset}  ${left.padEnd(23)}  ${right.padEnd(23)}  ${text}`;
  }).join("\n");
}

function group(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
}
