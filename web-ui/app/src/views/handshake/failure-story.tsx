// A handshake that failed, told: what happened, what mostly causes it, what to try.

import { LEGS, partyName } from "../../lib/handshake";
import type { ConnectionHandshake, FailureStory, LegName } from "../../types/generated";
import { Icon } from "../../widgets/icon";
import { CodeLine } from "../../widgets/copy";
import { RuleOffer } from "../rules/offer";

export function FailureStories({ handshake, host }: { handshake: ConnectionHandshake; host: string | null }) {
  return (
    <>
      {LEGS.map((leg) => {
        const failure = handshake[leg]?.failure;
        return failure && <Told key={leg} leg={leg} failure={failure} host={host} />;
      })}
    </>
  );
}

function Told({ leg, failure, host }: { leg: LegName; failure: FailureStory; host: string | null }) {
  const { text, cause, advice, sender } = failure;
  return (
    <section class="failure failure-story" aria-label="Why it failed">
      <Icon name="bad" size={18} />
      <div>
        <strong>{text}</strong>
        <dl>
          <dt>Where</dt>
          <dd>
            <span class={`leg ${leg}`}>{leg} leg</span>
            {sender !== null && (
              <>, ended by {partyName(sender) === "Handlens" ? "Handlens" : `the ${partyName(sender)}`}</>
            )}
          </dd>
          <dt>Mostly</dt>
          <dd>{cause}</dd>
          <dt>To try</dt>
          <dd>{advice}</dd>
        </dl>
      </div>
      {host !== null && (
        <div class="failure-try">
          <RuleOffer host={host} kinds={["pass"]} text={text} />
          <span>Or for good, when it starts:</span>
          <CodeLine code={`handlens --pass ${host}`} title="Copy the command" />
        </div>
      )}
    </section>
  );
}
