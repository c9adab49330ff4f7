// Finding a command by what was typed of it.

/** How well `text` answers `typed`, larger is better; null when the letters are not there in order. */
export function fuzzyScore(text: string, typed: string): number | null {
  const hay = text.toLowerCase();
  let score = 0;
  let at = 0;
  let last = -2;
  for (const letter of typed.toLowerCase().replaceAll(" ", "")) {
    const found = hay.indexOf(letter, at);
    if (found < 0) {
      return null;
    }
    const startsWord = found === 0 || /[\s:/-]/.test(hay.charAt(found - 1));
    score += found === last + 1 ? 4 : startsWord ? 3 : 0;
    score -= Math.min(3, found - at) * 0.2;
    last = found;
    at = found + 1;
  }
  return score - text.length * 0.01;
}
