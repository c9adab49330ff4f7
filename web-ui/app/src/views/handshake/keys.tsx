// The key schedules drawn: lit as far as the handshake came, each secret with where it comes from and what it is for.

import { isDirect, LEGS } from "../../lib/handshake";
import { type KeyEdge, type KeyPlace, layOutKeys, NODE_HEIGHT } from "../../lib/key-layout";
import type { ConnectionHandshake, KeyNode, KeySchedule, LegName } from "../../types/generated";
import { CopyButton } from "../../widgets/copy";
import { Tabs } from "../../widgets/tabs";
import { useWidth } from "../../widgets/width";
import type { Place } from "./place";

export function KeySchedules({ handshake, place }: { handshake: ConnectionHandshake; place: Place }) {
  const legs = LEGS.filter((leg) => (handshake[leg]?.key_schedule.nodes.length ?? 0) > 0);
  const leg = legs.find((one) => one === place.state.leg) ?? legs[0];
  const schedule = leg && handshake[leg]?.key_schedule;
  if (!leg || !schedule) {
    return <p class="nothing">The handshake ended before any key was made.</p>;
  }
  const direct = isDirect(handshake);
  return (
    <div class="keys-view">
      <Tabs
        look="segments"
        label="Leg"
        items={legs.map((name) => ({
          name,
          title: direct ? "Client to origin" : `${name === "client" ? "Client" : "Origin"} leg`,
        }))}
        chosen={leg}
        onChoose={(name) => place.set({ leg: name, msg: null, field: null }, { replace: true })}
      >
        <Schedule schedule={schedule} leg={leg} place={place} />
      </Tabs>
    </div>
  );
}

function Schedule({ schedule, leg, place }: { schedule: KeySchedule; leg: LegName; place: Place }) {
  const { place: frame, width } = useWidth();
  const layout = layOutKeys(schedule.nodes, width.value);
  const chosen = schedule.nodes.find(({ name }) => name === place.state.key) ?? null;
  const nameOf = (name: string) => schedule.nodes.find((node) => node.name === name)?.title ?? name;
  const secrets = schedule.nodes.filter(({ from }) => from.length > 0);
  const reached = secrets.filter((node) => node.reached).length;
  return (
    <div class={`schedule ${leg}`} ref={frame}>
      <p class="schedule-lead">
        {schedule.version ?? "TLS"}: {reached} of {secrets.length} secrets came about
        {schedule.nodes.some(({ value }) => value !== null) && "; a dot marks those whose value was kept"}.
      </p>
      <svg width={layout.width} height={layout.height} role="group" aria-label="Key schedule">
        {layout.edges.map((edge) => (
          <path
            key={edge.key}
            class={`key-edge${edge.reached ? " reached" : ""}`}
            d={edgePath(edge)}
            aria-hidden="true"
          />
        ))}
        {layout.places.map((at) => (
          <Node key={at.node.name} at={at} chosen={at.node === chosen} place={place} />
        ))}
      </svg>
      {chosen && <NodeDetail node={chosen} nameOf={nameOf} />}
    </div>
  );
}

function edgePath({ from, to, down }: KeyEdge): string {
  if (down) {
    return `M${from.x} ${from.y}V${to.y - 2}m-3 -5l3 5l3 -5`;
  }
  if (to.x - from.x < INDENTED) {
    return `M${from.x} ${from.y}V${to.y}H${to.x - 2}`;
  }
  const middle = (from.x + to.x) / 2;
  return `M${from.x} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x - 2} ${to.y}`;
}

/** Nearer than this a node is indented below its parent, not beside it. */
const INDENTED = 20;
/** Pixels of a letter: of the label, and of the transcript. */
const MONO = 6.7;
const SANS = 5.7;
const INSET = 10;

function Node({ at, chosen, place }: { at: KeyPlace; chosen: boolean; place: Place }) {
  const { node, kind, x, y, width } = at;
  const room = width - 2 * INSET;
  // An input's own words stand in its detail: it is too small for them.
  const made =
    kind === "input"
      ? ""
      : cut(node.label === null ? (node.derivation.split("(")[0] ?? "") : `"${node.label}"`, room / MONO);
  const left = room - (made.length + 1) * MONO;
  const transcript = cut(node.transcript?.replace("...", "…") ?? "", left / SANS);
  const toggle = () => place.set({ key: chosen ? null : node.name }, { replace: true });
  return (
    <g
      class={`key-node ${kind}${node.reached ? " reached" : ""}${chosen ? " chosen" : ""}`}
      transform={`translate(${x} ${y})`}
      role="button"
      tabindex={0}
      aria-pressed={chosen}
      aria-label={`${node.title} ${made} ${transcript}, ${node.reached ? "reached" : "not reached"}`}
      onClick={toggle}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          event.stopPropagation();
          toggle();
        }
      }}
    >
      <rect width={width} height={NODE_HEIGHT} rx={4} />
      <text class="key-title" x={INSET} y={kind === "input" ? 23 : 16}>
        {node.title}
      </text>{" "}
      <text class="key-label" x={INSET} y={30}>
        {made}
      </text>{" "}
      {transcript !== "" && (
        <text class="key-transcript" x={INSET + (made.length + 1) * MONO} y={30}>
          {transcript}
        </text>
      )}
      {node.value !== null && <circle class="key-kept" cx={width - 12} cy={14} r={3} />}
    </g>
  );
}

/** What of a text has room, in letters; nothing when that is too little to mean something. */
function cut(text: string, letters: number): string {
  if (text.length <= letters) {
    return text;
  }
  return letters < 8 ? "" : `${text.slice(0, Math.floor(letters) - 1)}…`;
}

function NodeDetail({ node, nameOf }: { node: KeyNode; nameOf: (name: string) => string }) {
  const facts: [string, string | null][] = [
    ["What for", node.purpose],
    ["Derivation", node.derivation],
    ["Label", node.label],
    ["Transcript", node.transcript],
    ["Comes of", node.from.map(nameOf).join(", ")],
  ];
  return (
    <section class="key-detail" aria-label="Secret">
      <h3>
        {node.title} <small>{node.reached ? "reached" : "not reached"}</small>
      </h3>
      <dl>
        {facts
          .filter(([, value]) => value !== null && value !== "")
          .map(([term, value]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        <div>
          <dt>Value</dt>
          <dd>
            {node.value === null ? (
              <span class="muted">{node.reached ? "not kept" : "never was"}</span>
            ) : (
              <>
                <code>{node.value}</code> <CopyButton text={node.value} title="Copy the secret" />
              </>
            )}
          </dd>
        </div>
      </dl>
    </section>
  );
}
