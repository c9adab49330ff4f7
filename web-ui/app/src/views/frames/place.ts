// What of a connection's frames is looked at, as it stands in the address, and how it is changed.

import type { FramesState } from "../../lib/route";

export interface FramesPlace {
  state: FramesState;
  set: (change: Partial<FramesState>, how?: { replace: boolean }) => void;
}
