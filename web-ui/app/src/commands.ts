// Everything that a key or the palette can do. The table says what there is; whoever shows the thing that a command
// works on says how it is done, for as long as it is shown.

import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

import { KeyReader, isTyping } from "./lib/keys";

export interface CommandInfo {
  id: string;
  title: string;
  group: "Go" | "List" | "Exchange" | "Recording" | "Page";
  /** The keys that run it, any of them. */
  keys: readonly string[];
  /** Not offered in the palette: it only makes sense as a key. */
  keyOnly?: boolean;
}

export const COMMANDS = [
  { id: "go-traffic", title: "Go to traffic", group: "Go", keys: ["g t"] },
  { id: "go-connections", title: "Go to connections", group: "Go", keys: ["g c"] },
  { id: "go-certificates", title: "Go to certificates", group: "Go", keys: ["g e"] },
  { id: "go-rules", title: "Go to rules", group: "Go", keys: ["g r"] },
  { id: "go-setup", title: "Go to setup", group: "Go", keys: ["g s"] },
  { id: "next", title: "Next row", group: "List", keys: ["j", "ArrowDown"], keyOnly: true },
  { id: "previous", title: "Previous row", group: "List", keys: ["k", "ArrowUp"], keyOnly: true },
  { id: "open", title: "Open the row", group: "List", keys: ["Enter"], keyOnly: true },
  { id: "back", title: "Back: leave the filter, close the inspector", group: "List", keys: ["Escape"], keyOnly: true },
  { id: "filter", title: "Filter", group: "List", keys: ["/"] },
  { id: "follow", title: "Follow the newest rows", group: "List", keys: ["f"] },
  { id: "pause-view", title: "Pause the view", group: "List", keys: ["Space"] },
  { id: "clear", title: "Clear what the list shows", group: "List", keys: ["x"] },
  {
    id: "export",
    title: "Export what the list shows: traffic as HAR, connections as pcapng",
    group: "List",
    keys: ["e"],
  },
  { id: "columns-reset", title: "Put the columns back", group: "List", keys: [] },
  { id: "tab-next", title: "Next tab", group: "Exchange", keys: ["]"] },
  { id: "tab-previous", title: "Previous tab", group: "Exchange", keys: ["["] },
  { id: "open-page", title: "Open as a page of its own", group: "Exchange", keys: ["Shift+Enter"] },
  { id: "copy-curl", title: "Copy as curl", group: "Exchange", keys: ["c"] },
  { id: "copy-url", title: "Copy the URL", group: "Exchange", keys: ["u"] },
  { id: "export-one", title: "Download this exchange as HAR", group: "Exchange", keys: [] },
  { id: "export-connection", title: "Download its handshakes as pcapng", group: "Exchange", keys: [] },
  { id: "go-connection", title: "Go to its connection", group: "Exchange", keys: [] },
  { id: "recording", title: "Pause or resume the recording", group: "Recording", keys: [] },
  { id: "palette", title: "Commands", group: "Page", keys: ["Ctrl+k"], keyOnly: true },
  { id: "theme", title: "Change the theme", group: "Page", keys: [] },
  { id: "help", title: "Help", group: "Page", keys: ["?"] },
] as const satisfies readonly CommandInfo[];

export type CommandId = (typeof COMMANDS)[number]["id"];
export type Runs = Partial<Record<CommandId, () => void>>;

/** Who does what now; whoever came last goes first. */
const layers = signal<readonly { runs: Runs }[]>([]);

/** Offers these commands while the component is shown. */
export function useCommands(runs: Runs): void {
  const layer = useRef<{ runs: Runs }>({ runs });
  layer.current.runs = runs;
  // Before the next key can come.
  useLayoutEffect(() => {
    const mine = layer.current;
    layers.value = [mine, ...layers.peek()];
    return () => {
      layers.value = layers.peek().filter((other) => other !== mine);
    };
  }, []);
}

function findRun(id: CommandId): (() => void) | undefined {
  for (const { runs } of layers.value) {
    const run = runs[id];
    if (run) {
      return run;
    }
  }
  return undefined;
}

/** Runs a command. False when nobody offers it now. */
export function runCommand(id: CommandId): boolean {
  const run = findRun(id);
  run?.();
  return run !== undefined;
}

/** What can be done now, for the palette. */
export function offeredCommands(): readonly (CommandInfo & { id: CommandId })[] {
  return COMMANDS.filter((command) => !("keyOnly" in command) && findRun(command.id));
}

const byKey = new Map<string, CommandId>(
  COMMANDS.flatMap(({ id, keys }) => keys.map((key): [string, CommandId] => [key, id])),
);

/** Keys that do something of their own on a control that has the focus. */
const CONTROL_KEYS = new Set(["Enter", "Space", "ArrowUp", "ArrowDown", "Shift+Enter"]);

/** Reads the keyboard from now on. Called once. */
export function listenToKeys(): void {
  const reader = new KeyReader(new Set(["g"]));
  window.addEventListener("keydown", (event) => {
    // A dialog has the keyboard to itself.
    if (event.defaultPrevented || event.isComposing || event.key === "Tab" || document.querySelector("dialog[open]")) {
      return;
    }
    const everywhere = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
    if ((isTyping(event.target) && !everywhere) || event.altKey) {
      return;
    }
    const pressed = reader.read(event, event.timeStamp);
    const id = pressed === null ? undefined : byKey.get(pressed);
    // A tab that is chosen has nothing more to be done with Shift and Enter.
    const ofTab = pressed === "Shift+Enter" && event.target instanceof Element && event.target.matches("[role=tab]");
    if (!id || (CONTROL_KEYS.has(pressed ?? "") && isControl(event.target) && !ofTab)) {
      return;
    }
    if (runCommand(id)) {
      event.preventDefault();
    }
  });
}

function isControl(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest(
      "button, a, input, select, summary, [role=tab], [role=separator], [role=listbox], .lines, dialog",
    ) !== null
  );
}
