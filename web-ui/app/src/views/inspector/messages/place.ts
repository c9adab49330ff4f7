// What the messages tab shows, as it stands in the address, and how it is changed.

import type { MessagesState } from "../../../lib/route";

export interface MessagesPlace {
  state: MessagesState;
  set: (change: Partial<MessagesState>) => void;
  /** Whether it has the page to itself, and with it the keys of a list. */
  own: boolean;
}
