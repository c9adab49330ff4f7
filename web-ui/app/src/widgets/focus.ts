// Where the keyboard goes next, when that is not on the page yet.

/** Takes the keyboard to what this selects as soon as it is there, unless the person does something else first. */
export function focusWhenThere(selector: string): void {
  const take = () => {
    const found = document.querySelector<HTMLElement>(selector);
    found?.focus();
    return found !== null;
  };
  if (take()) {
    return;
  }
  const waiting = new AbortController();
  const stop = () => waiting.abort();
  const observer = new MutationObserver(() => take() && stop());
  waiting.signal.addEventListener("abort", () => observer.disconnect());
  observer.observe(document.body, { childList: true, subtree: true });
  for (const kind of ["keydown", "pointerdown"] as const) {
    window.addEventListener(kind, stop, { capture: true, signal: waiting.signal });
  }
}
