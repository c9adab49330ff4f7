// The ways in that are open, each with what a client is to be given.

import { type OpenDoor, openDoors } from "../../lib/doors";
import { handlensLine } from "../../lib/setup";
import type { Status } from "../../types/generated";
import { CodeLine } from "../../widgets/copy";

const TITLES: Record<OpenDoor["mode"], string> = {
  http: "Proxy",
  socks5: "SOCKS",
  transparent: "Transparent",
  reverse: "Reverse",
};

export function Doors({ now }: { now: Status }) {
  return (
    <>
      {openDoors(now).map((door) => (
        <section key={`${door.mode} ${door.address}`} class="door" aria-label={`${TITLES[door.mode]}, ${door.address}`}>
          <h2>{TITLES[door.mode]}</h2>
          <Ways door={door} dataDir={now.data_dir} />
        </section>
      ))}
    </>
  );
}

function Ways({ door: { mode, address, origin }, dataDir }: { door: OpenDoor; dataDir: string | null }) {
  switch (mode) {
    case "http":
      return (
        <>
          <CodeLine code={address} title="Copy the address" />
          <p>SOCKS 5 and 4a come in at the same port:</p>
          <CodeLine code={`socks5h://${address}`} title="Copy the SOCKS address" />
          <p>A script, for what asks for one (PAC):</p>
          <CodeLine code={`http://${address}/proxy.pac`} title="Copy the script's address" />
        </>
      );
    case "socks5":
      return <CodeLine code={`socks5h://${address}`} title="Copy the SOCKS address" />;
    case "transparent":
      return (
        <>
          <p>The rules that lead this machine's connections here, which also tell how to take them back:</p>
          <CodeLine
            code={`${handlensLine(dataDir, `rules --print nft --listen transparent@${address}`)} | sudo nft -f -`}
            title="Copy the command"
          />
        </>
      );
    case "reverse":
      return (
        <>
          <p>
            Stands for <code>{origin}</code>. Give clients this address in its place:
          </p>
          <CodeLine code={address} title="Copy the address" />
        </>
      );
  }
}
