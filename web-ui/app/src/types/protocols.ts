// Messages, frames and what rows say of protocols, as the API tells them.

import type { ExchangeMessage, LegName } from "./generated";

export type { MessagePage, ProtobufField, Protocol } from "./generated";

/** Who sent a message: one end of the way, never Handlens. */
export type Sender = LegName;

/** A message as the list of the page names its rows. */
export interface ListedMessage extends Omit<ExchangeMessage, "id"> {
  id: string;
  /** The id that an event was sent with. */
  event_id: string | null;
}
