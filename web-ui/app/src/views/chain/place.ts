// Where a connection's certificates are shown, a page of its own or a tab: how its state is read, changed, linked to.

import type { CertificateState, Route } from "../../lib/route";
import { go } from "../../location";

export interface ChainPlace {
  state: CertificateState;
  to: (change: Partial<CertificateState>) => Route;
  set: (change: Partial<CertificateState>, how?: { replace: boolean }) => void;
  /** Whether it has the page to itself, and with it the keys of a list. */
  own: boolean;
}

export function chainPlaceOf(
  state: CertificateState,
  own: boolean,
  routeWith: (chosen: CertificateState) => Route,
): ChainPlace {
  const to = (change: Partial<CertificateState>) => routeWith({ ...state, ...change });
  return { state, own, to, set: (change, how = { replace: false }) => go(to(change), how) };
}
