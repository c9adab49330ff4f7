// What a person has to know of a pcapng file before it is given to anyone.

import { pcapngUrl } from "../api";
import type { Connection } from "../types/generated";
import { Icon } from "../widgets/icon";

/** As a tip of the mouse. */
export const WHAT_PCAPNG_HOLDS =
  "For Wireshark: the handshakes, with the secrets that open them. What came behind them stays sealed, unless all secrets were kept (--keep-secrets).";

/** False of what came without TLS: there would be nothing in the file. */
export const mayHaveHandshakes = ({ outcome }: Pick<Connection, "outcome">) =>
  outcome !== "plain" && outcome !== "opaque";

/** The way to download one connection, and in words what lies in the file. */
export function PcapngRemark({ connection }: { connection: string }) {
  return (
    <p class="remark">
      <a class="link" href={pcapngUrl({ ids: [connection] })} download>
        <Icon name="download" size={12} /> Download as pcapng
      </a>{" "}
      <span class="muted">
        for Wireshark: the handshakes, with the secrets that open them. What came behind them stays sealed, unless all
        secrets were kept (<code>--keep-secrets</code>).
      </span>
    </p>
  );
}
