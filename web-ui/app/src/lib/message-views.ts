// How a message can be looked at, and how it is at first.

import type { ListedMessage, Protocol } from "../types/protocols";
import type { MessageView } from "./route";

/** The views that make sense of a message, the best first. */
export function viewsOfMessage(
  message: Pick<ListedMessage, "is_text" | "preview">,
  kind: Protocol,
): readonly MessageView[] {
  if (kind === "opaque") {
    return ["hex", "raw"];
  }
  if (message.is_text) {
    return looksLikeJson(message.preview) ? ["pretty", "tree", "raw", "hex"] : ["raw", "hex"];
  }
  return kind === "grpc" || kind === "grpc_web" ? ["fields", "hex", "raw"] : ["hex", "fields", "raw"];
}

/** What was asked for, else what is remembered, else the best; only what makes sense. */
export function chooseMessageView(
  views: readonly MessageView[],
  asked: MessageView | null,
  remembered: string | null,
): MessageView {
  return views.find((view) => view === asked) ?? views.find((view) => view === remembered) ?? views[0] ?? "hex";
}

function looksLikeJson(text: string): boolean {
  return /^\s*(?:\{\s*["}]|\[\s*(?:["{[\]\d-]|true|false|null))/.test(text);
}
