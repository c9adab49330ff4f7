// The checks that a verdict rests on, each with its evidence: the worst first, and what was not checked in its own
// grey, for it is no pass.

import { checkName, countChecks, worstFirst } from "../../lib/certificates";
import type { Check, CheckOutcome } from "../../types/generated";
import { Link } from "../../widgets/button";
import { Icon, type IconName } from "../../widgets/icon";
import { Worded } from "../../widgets/worded";
import type { ChainPlace } from "./place";

const OUTCOMES: Record<CheckOutcome, { icon: IconName; word: string; many: string }> = {
  pass: { icon: "check", word: "pass", many: "pass" },
  fail: { icon: "close", word: "fail", many: "fail" },
  warn: { icon: "warn", word: "warn", many: "warn" },
  not_checked: { icon: "question", word: "not checked", many: "not checked" },
};

interface Props {
  checks: readonly Check[];
  /** What a certificate is called here, with the place that it is shown in. */
  places: { nameOf: (sha256: string) => string | null; place: ChainPlace };
}

export function Checks({ checks, places }: Props) {
  return checks.length === 0 ? null : (
    <table class="checks" aria-label="Checks">
      <tbody>
        {worstFirst(checks).map(({ name, outcome, evidence, certificate }, at) => {
          const called = certificate ? places.nameOf(certificate) : null;
          return (
            <tr key={at} class={outcome}>
              <td>
                <Icon name={OUTCOMES[outcome].icon} size={14} /> {OUTCOMES[outcome].word}
              </td>
              <th scope="row">{checkName(name)}</th>
              <td>
                <Worded text={evidence} />
                {certificate && called !== null && (
                  <>
                    {" "}
                    <Link class="check-of" to={places.place.to({ cert: certificate, field: null })}>
                      {called}
                    </Link>
                  </>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** `2 fail · 1 warn · 12 pass · 3 not checked`. */
export function CheckCounts({ checks }: { checks: readonly Check[] }) {
  return (
    <span class="check-counts">
      {countChecks(checks).map(({ outcome, count }) => (
        <span key={outcome} class={outcome}>
          {count} {OUTCOMES[outcome].many}
        </span>
      ))}
    </span>
  );
}
