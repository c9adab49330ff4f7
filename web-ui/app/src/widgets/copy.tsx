// Copying to the clipboard, and saying that it was done.

import { useSignal } from "@preact/signals";

import { Icon } from "./icon";

/** Puts a text on the clipboard. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // A dashboard reached under a name other than localhost is no secure context, and has no clipboard API.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "off-screen";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) {
    throw new Error("the browser does not let this page copy");
  }
}

interface Props {
  /** What is copied; asked for at the click when it has to be fetched. */
  text: string | (() => Promise<string>);
  title: string;
  children?: string;
}

export function CopyButton({ text, title, children }: Props) {
  const state = useSignal<"ready" | "done" | "failed">("ready");
  const copy = async () => {
    try {
      await copyText(typeof text === "string" ? text : await text());
      state.value = "done";
    } catch {
      state.value = "failed";
    }
    setTimeout(() => {
      state.value = "ready";
    }, 1_500);
  };
  const word = { ready: children, done: "Copied", failed: "Not copied" }[state.value];
  return (
    <button
      type="button"
      class={`button plain${children === undefined ? " bare" : ""}${state.value === "done" ? " done" : ""}`}
      title={state.value === "ready" ? title : word}
      aria-label={children === undefined ? title : undefined}
      onClick={() => void copy()}
    >
      <Icon name={state.value === "done" ? "check" : state.value === "failed" ? "bad" : "copy"} />
      {children !== undefined && <span>{word}</span>}
      <span class="sr-only" role="status">
        {state.value === "ready" ? "" : word}
      </span>
    </button>
  );
}

/** A command line to copy. */
export function CodeLine({ code, title = "Copy" }: { code: string; title?: string }) {
  return (
    <div class="code-line">
      <code>{code}</code>
      <CopyButton text={code} title={title} />
    </div>
  );
}
