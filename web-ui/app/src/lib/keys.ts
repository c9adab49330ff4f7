// Keys as commands. `g t` is two keys in a row; the second counts within a second of the first.

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

const SEQUENCE_MS = 1_000;

/** The name of a pressed key: `j`, `?`, `Ctrl+k`, `Shift+Enter`. */
function keyName(press: KeyPress): string {
  const key = press.key === " " ? "Space" : press.key;
  const control = press.ctrlKey || press.metaKey ? "Ctrl+" : "";
  const alt = press.altKey ? "Alt+" : "";
  // A letter's shift is in the letter; a named key's is told.
  const shift = press.shiftKey && key.length > 1 ? "Shift+" : "";
  return control + alt + shift + (control ? key.toLowerCase() : key);
}

/** Reads presses, one at a time, into names of commands' keys: `j`, `g t`. */
export class KeyReader {
  private prefix: { name: string; at: number } | null = null;

  constructor(private readonly prefixes: ReadonlySet<string>) {}

  /** What was pressed, or null while a sequence is not over. `now` in milliseconds. */
  read(press: KeyPress, now: number): string | null {
    const name = keyName(press);
    const before = this.prefix;
    this.prefix = null;
    if (before && now - before.at <= SEQUENCE_MS) {
      return `${before.name} ${name}`;
    }
    if (this.prefixes.has(name)) {
      this.prefix = { name, at: now };
      return null;
    }
    return name;
  }
}

/** Whether the person is writing: keys are letters then, not commands. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) {
    return false;
  }
  if (target instanceof HTMLInputElement) {
    return !["button", "checkbox", "radio", "range", "submit", "reset"].includes(target.type);
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}
