// What a person does to what was recorded, and how the page tells what came of it.

import { clearExchanges, errorText, fetchCurl, setRecording, undoClear } from "../api";
import { plural } from "../lib/format";
import { status } from "../live";
import { copyText } from "../widgets/copy";
import { say } from "../widgets/toast";

const UNDO_MS = 10_000;

/** Clears what matches a filter; it can be taken back for ten seconds. */
export async function clearShown(filter: string, matched: number): Promise<void> {
  if (matched === 0) {
    say("There is nothing to clear");
    return;
  }
  try {
    const { ticket, exchanges } = await clearExchanges(filter);
    say(`Cleared ${plural(exchanges, "exchange")}${filter === "" ? "" : " that matched"}`, {
      forMs: UNDO_MS,
      action: { title: "Undo", run: () => void undo(ticket) },
    });
  } catch (error) {
    say(`Not cleared: ${errorText(error)}`, { tone: "bad" });
  }
}

async function undo(ticket: number): Promise<void> {
  try {
    const { undone } = await undoClear(ticket);
    say(undone ? "They are back" : "Too late: they are gone", undone ? {} : { tone: "bad" });
  } catch (error) {
    say(`Not undone: ${errorText(error)}`, { tone: "bad" });
  }
}

export async function copyCurl(id: string): Promise<void> {
  try {
    await copyText(await fetchCurl(id));
    say("Copied as curl");
  } catch (error) {
    say(`Not copied: ${errorText(error)}`, { tone: "bad" });
  }
}

export async function copyUrl(url: string): Promise<void> {
  try {
    await copyText(url);
    say("URL copied");
  } catch (error) {
    say(`Not copied: ${errorText(error)}`, { tone: "bad" });
  }
}

export function download(url: string): void {
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = "";
  anchor.click();
}

/** Pauses or resumes the recording. */
export async function toggleRecording(): Promise<void> {
  const paused = status.peek()?.recording.state === "paused";
  try {
    await setRecording(paused ? "on" : "paused");
  } catch (error) {
    say(`Recording is as it was: ${errorText(error)}`, { tone: "bad" });
  }
}
