// One leg in a line: what was agreed, in what time; and chips, each of which opens why it is so.

import { formatDuration } from "../../lib/format";
import { fieldLines, findField, shownPath } from "../../lib/fields";
import { isDirect, messageName, shortSuite } from "../../lib/handshake";
import { HANDSHAKE } from "../../lib/route";
import { isLegacy } from "../../lib/tls";
import type {
  Chip,
  ChipName,
  ConnectionHandshake,
  LegHandshake,
  LegName,
  Message,
  Resumption,
} from "../../types/generated";
import { Link } from "../../widgets/button";
import { Icon, type IconName } from "../../widgets/icon";
import type { Place } from "./place";

const RESUMPTIONS: Record<Resumption, string> = {
  full: "full",
  psk: "resumed without a new key exchange",
  psk_dhe: "resumed",
  session_id: "resumed by session id",
  session_ticket: "resumed by ticket",
};

interface Props {
  leg: LegName;
  handshake: ConnectionHandshake;
  told: LegHandshake;
  place: Place;
}

export function LegStrip({ leg, handshake, told, place }: Props) {
  const { facts } = told;
  const resumes = handshake.resumes[leg];
  const parts: [string, string | null][] = [
    ["version", facts.version],
    ["key exchange", facts.group],
    ["cipher suite", facts.cipher_suite && shortSuite(facts.cipher_suite)],
    ["application protocol", facts.alpn],
    ["session", facts.resumption && RESUMPTIONS[facts.resumption]],
    ["time", facts.handshake_us === null ? null : formatDuration(facts.handshake_us)],
  ];
  const agreed = parts.filter((part): part is [string, string] => part[1] !== null);
  const open = facts.chips.find((chip) => place.state.why === `${leg}.${chip.name}`);
  return (
    <section class={`strip ${leg}`} aria-label={`${leg} leg`}>
      <div class="strip-line">
        <h3 class={`leg ${leg}`}>{isDirect(handshake) ? "passed through" : `${leg} leg`}</h3>
        <p class="strip-facts">
          {agreed.map(([term, value]) => (
            <span
              key={term}
              class={
                term === "version" && isLegacy(facts)
                  ? "strong legacy-mark"
                  : term === "version" || term === "time"
                    ? "strong"
                    : ""
              }
              title={term}
            >
              {value}
              {term === "version" && isLegacy(facts) && " legacy"}
            </span>
          ))}
          {facts.version === null && <span class="muted">nothing was agreed on</span>}
          {resumes !== null && (
            <span>
              <Link to={{ view: "handshake", id: resumes, handshake: HANDSHAKE }}>the connection it resumes</Link>
            </span>
          )}
        </p>
        <span class="strip-chips">
          {facts.chips.map((chip) => (
            <ChipButton key={chip.name} chip={chip} leg={leg} place={place} />
          ))}
        </span>
      </div>
      {open && <Why chip={open} leg={leg} told={told} place={place} />}
      {told.problems.map(({ text }, place) => (
        <p key={place} class="strip-problem">
          <Icon name="warn" size={13} /> {text}
        </p>
      ))}
      {told.truncated && <p class="remark">More passed than is kept of a handshake: what came after is not shown.</p>}
    </section>
  );
}

/** Whether a yes is good, and a no worth a second look. */
const GRADES: Record<ChipName, { yes: string; no: string }> = {
  forward_secrecy: { yes: "good", no: "bad" },
  post_quantum: { yes: "good", no: "plain" },
  aead: { yes: "good", no: "bad" },
  resumed: { yes: "noted", no: "plain" },
  early_data: { yes: "noted", no: "plain" },
  client_certificate: { yes: "noted", no: "plain" },
  ech: { yes: "good", no: "plain" },
};
const STATES: Record<Chip["state"], IconName> = { yes: "check", no: "minus", unknown: "question" };

function ChipButton({ chip, leg, place }: { chip: Chip; leg: LegName; place: Place }) {
  const name = `${leg}.${chip.name}`;
  const open = place.state.why === name;
  const grade = chip.state === "unknown" ? "unknown" : GRADES[chip.name][chip.state];
  return (
    <button
      type="button"
      class={`fact-chip ${grade}`}
      aria-expanded={open}
      title={chip.why}
      onClick={() => place.set({ why: open ? null : name }, { replace: true })}
    >
      <Icon name={STATES[chip.state]} size={11} />
      {chip.label}
    </button>
  );
}

function Why({ chip, leg, told, place }: { chip: Chip; leg: LegName; told: LegHandshake; place: Place }) {
  const message = chip.message === null ? undefined : told.messages[chip.message];
  const line = message && deciding(message, chip);
  return (
    <div class="why">
      <p>{chip.why}</p>
      {message && (
        <p class="why-field">
          <Link to={place.to({ show: "ladder", leg, msg: chip.message, field: line?.path ?? null })}>
            {messageName(message.type)}
            {line && ` › ${line.path.replaceAll("/", " › ")}`}
          </Link>
          {line && <code>{line.field.value}</code>}
        </p>
      )}
    </div>
  );
}

/** The field that decides, or the nearest around it. */
function deciding({ fields }: Message, { field }: Chip) {
  const lines = fieldLines(fields);
  return findField(lines, shownPath(lines, field));
}
