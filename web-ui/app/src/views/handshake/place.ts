// Where the handshake is shown, a page of its own or a tab: how its state is read, changed and linked to.

import type { HandshakeState, Route } from "../../lib/route";
import { go } from "../../location";

export interface Place {
  state: HandshakeState;
  /** The route with this change, for links. */
  to: (change: Partial<HandshakeState>) => Route;
  set: (change: Partial<HandshakeState>, how?: { replace: boolean }) => void;
  /** Whether it has the page to itself, and with it the keys of a list. */
  own: boolean;
}

export function placeOf(state: HandshakeState, own: boolean, routeWith: (handshake: HandshakeState) => Route): Place {
  const to = (change: Partial<HandshakeState>) => routeWith({ ...state, ...change });
  return { state, own, to, set: (change, how = { replace: false }) => go(to(change), how) };
}
