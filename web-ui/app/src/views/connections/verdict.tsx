// What was decided of the origin's chain, and each check that it rests on.

import { decisionWord } from "../../lib/tls";
import type { CheckOutcome, Decision, Verdict } from "../../types/generated";
import { Icon, type IconName } from "../../widgets/icon";

const DECISIONS: Record<Decision, { icon: IconName; tone: string; text: string }> = {
  trusted: { icon: "ok", tone: "ok", text: "The chain leads to a root that is trusted." },
  refused: { icon: "bad", tone: "bad", text: "The chain is not valid, so nothing was sent to this origin." },
  overridden: { icon: "warn", tone: "warn", text: "The chain is not valid. A rule let this host pass all the same." },
  not_judged: { icon: "info", tone: "info", text: "There was no chain to judge." },
};

const OUTCOMES: Record<CheckOutcome, { icon: IconName; word: string }> = {
  pass: { icon: "check", word: "pass" },
  fail: { icon: "close", word: "fail" },
  warn: { icon: "warn", word: "warn" },
  not_checked: { icon: "dot", word: "not checked" },
};

export function VerdictTable({ verdict }: { verdict: Verdict }) {
  const { icon, tone, text } = DECISIONS[verdict.decision];
  return (
    <section class="verdict">
      <header class={tone}>
        <Icon name={icon} />
        <h3>Chain {decisionWord(verdict.decision)}</h3>
        <span>{text}</span>
      </header>
      {verdict.checks.length > 0 && (
        <table class="checks" aria-label="Checks">
          <tbody>
            {verdict.checks.map(({ name, outcome, evidence }, place) => (
              <tr key={place} class={outcome}>
                <td>
                  <Icon name={OUTCOMES[outcome].icon} size={14} /> {OUTCOMES[outcome].word}
                </td>
                <th scope="row">{name.replaceAll("_", " ")}</th>
                <td>{evidence}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
