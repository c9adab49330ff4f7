// Texts fitted to the room that a drawing has: an SVG neither wraps nor cuts by itself.

/** Whether a text of letters this wide fits. */
export function fits(text: string, pixels: number, letter: number): boolean {
  return text.length * letter <= pixels;
}

/** The first of the texts that fits; the last one, cut, when none does. */
export function fitText(texts: readonly string[], pixels: number, letter: number): string {
  return texts.find((text) => fits(text, pixels, letter)) ?? cut(texts.at(-1) ?? "", pixels, letter);
}

/** A text in two lines at the most, broken between words; what has no room in the second is cut. */
export function twoLines(text: string, pixels: number, letter: number): string[] {
  if (fits(text, pixels, letter)) {
    return [text];
  }
  const room = Math.floor(pixels / letter);
  const at = text.lastIndexOf(" ", room);
  return at <= 0 ? [cut(text, pixels, letter)] : [text.slice(0, at), cut(text.slice(at + 1), pixels, letter)];
}

function cut(text: string, pixels: number, letter: number): string {
  const room = Math.floor(pixels / letter);
  return text.length <= room ? text : room < 2 ? "" : `${text.slice(0, room - 1).trimEnd()}…`;
}
