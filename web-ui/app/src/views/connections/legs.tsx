// The two legs of a connection, side by side.

import { formatDuration } from "../../lib/format";
import { doorWord } from "../../lib/doors";
import { isLegacy } from "../../lib/tls";
import type { Connection, Leg } from "../../types/generated";

export function Legs({ connection }: { connection: Connection }) {
  const { process, via, via_us, starttls } = connection;
  return (
    <div class="legs">
      <LegCard
        name="client"
        title="Client leg"
        what="client ↔ Handlens"
        leg={connection.client}
        more={[
          ["Door", doorWord(connection.door)],
          ["Program", process ? `${process.name} (process ${process.pid})` : null],
          ["Executable", process?.executable ?? null],
        ]}
      />
      <LegCard
        name="origin"
        title="Origin leg"
        what={via === null ? "Handlens ↔ origin" : "Handlens ↔ upstream proxy ↔ origin"}
        leg={connection.origin}
        more={[
          ["Upstream proxy", via],
          ["Way through it", time(via_us)],
          ["STARTTLS", starttls === null ? null : `in ${starttls}, TLS was begun by a command`],
        ]}
      />
    </div>
  );
}

interface CardProps {
  name: "client" | "origin";
  title: string;
  what: string;
  leg: Leg;
  /** What is known of this leg alone. */
  more: readonly [term: string, value: string | null][];
}

function LegCard({ name, title, what, leg, more }: CardProps) {
  const { tls } = leg;
  const facts: [string, string | null][] = [
    ["Address", leg.address],
    ...more,
    ["Name resolution", time(leg.resolve_us)],
    ["TCP connection", time(leg.connect_us)],
    ["Version", tls?.version ?? null],
    ["Cipher suite", tls?.cipher_suite ?? null],
    ["Key exchange", tls?.group ?? null],
    ["ALPN", tls?.alpn ?? null],
    ["Session", tls ? (tls.resumed ? "resumed" : "full handshake") : null],
    ["Handshake", tls ? formatDuration(tls.handshake_us) : null],
    ["JA3", tls?.ja3 ?? null],
    ["JA4", tls?.ja4 ?? null],
  ];
  return (
    <section class={`leg-card ${name}`}>
      <header>
        <h3>{title}</h3>
        <span>{what}</span>
      </header>
      {tls && (
        <p class="chips">
          <span class={isLegacy(tls) ? "chip bad" : "chip"}>{tls.version}</span>
          {isLegacy(tls) && <span class="chip bad">legacy, not safe</span>}
          {tls.group?.includes("MLKEM") && <span class="chip good">post-quantum</span>}
          {tls.resumed && <span class="chip">resumed</span>}
          {tls.alpn && <span class="chip">{tls.alpn}</span>}
        </p>
      )}
      <dl>
        {facts
          .filter((fact): fact is [string, string] => fact[1] !== null)
          .map(([term, value]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        {!tls && (
          <div>
            <dt>TLS</dt>
            <dd class="muted">none was agreed on</dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function time(microseconds: number | null): string | null {
  return microseconds === null ? null : formatDuration(microseconds);
}
