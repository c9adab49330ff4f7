// Why something failed: on which leg, at which step, what was said, what it means, and what to do.

import { alertMeaning, alertSender, stageWords } from "../lib/tls";
import { SETUP } from "../lib/route";
import type { Failure, Verdict } from "../types/generated";
import { capitalize } from "../lib/format";
import { waysOut, whyBarred } from "../lib/rules";
import { Link } from "../widgets/button";
import { Icon } from "../widgets/icon";
import { Worded } from "../widgets/worded";
import { RuleOffer } from "./rules/offer";

interface Props {
  failure: Failure;
  host: string | null;
  /** The judgement of the origin's chain, where it is at hand. */
  verdict?: Verdict | null;
}

export function FailureCard({ failure, host, verdict = null }: Props) {
  const { leg, stage, text, remedy, alert } = failure;
  const rejected = leg === "client" && stage === "tls" && alert !== null && !alert.sent_by_us;
  return (
    <div class="failure">
      <Icon name="bad" size={18} />
      <div>
        <strong>
          <Worded text={capitalize(text)} />
        </strong>
        <dl>
          <dt>Where</dt>
          <dd>
            <span class={`leg ${leg}`}>{leg} leg</span>, {stageWords(stage)}
            {host !== null && <>, {host}</>}
          </dd>
          {alert && (
            <>
              <dt>Alert</dt>
              <dd>
                <code>{alert.name}</code> ({alert.code}), {alertSender(alert, leg)}: {alertMeaning(alert)}
              </dd>
            </>
          )}
          {remedy !== null && (
            <>
              <dt>To do</dt>
              <dd>
                <Worded text={capitalize(remedy)} />
              </dd>
            </>
          )}
        </dl>
        <RuleOffer
          host={host}
          kinds={waysOut(failure, verdict)}
          text={text}
          barred={stage === "verify" && verdict ? whyBarred(verdict) : null}
        />
        {rejected && (
          <p>
            <Link to={SETUP}>Steps to trust the root, system by system</Link>
          </p>
        )}
      </div>
    </div>
  );
}
