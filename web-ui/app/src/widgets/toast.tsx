// Short messages at the foot of the page: one at a time, gone by themselves, with one thing to do at the most.

import { effect, signal } from "@preact/signals";

import { Button } from "./button";

export interface Toast {
  text: string;
  tone: "plain" | "bad";
  /** When it goes, in milliseconds of the clock. */
  until: number;
  action?: { title: string; run: () => void };
}

const SHOWN_MS = 4_000;

const toast = signal<Toast | null>(null);
const secondsLeft = signal(0);

/** Says something to the person. */
export function say(text: string, more: { tone?: Toast["tone"]; forMs?: number; action?: Toast["action"] } = {}): void {
  const { tone = "plain", forMs = SHOWN_MS, action } = more;
  toast.value = { text, tone, until: Date.now() + forMs, ...(action ? { action } : {}) };
}

effect(() => {
  const shown = toast.value;
  if (!shown) {
    return undefined;
  }
  const tick = () => {
    const left = shown.until - Date.now();
    secondsLeft.value = Math.max(0, Math.ceil(left / 1000));
    if (left <= 0) {
      toast.value = null;
    }
  };
  tick();
  const timer = setInterval(tick, 250);
  return () => clearInterval(timer);
});

export function ToastPlace() {
  const shown = toast.value;
  return (
    <div class="toast-place" role="status">
      {shown && (
        <div class={`toast ${shown.tone}`}>
          <span>{shown.text}</span>
          {shown.action && (
            <Button
              icon="undo"
              onClick={() => {
                toast.value = null;
                shown.action?.run();
              }}
            >
              {shown.action.title}
              <span class="countdown" aria-hidden="true">
                {secondsLeft.value} s
              </span>
            </Button>
          )}
          <Button
            icon="close"
            title="Close"
            onClick={() => {
              toast.value = null;
            }}
          />
        </div>
      )}
    </div>
  );
}
