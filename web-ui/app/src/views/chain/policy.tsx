// What was decided of a chain, in one line, and what a person can do about it.

import { capitalize } from "../../lib/format";
import { waysOut, whyBarred } from "../../lib/rules";
import type { Decision, Verdict } from "../../types/generated";
import { Icon, type IconName } from "../../widgets/icon";
import { Worded } from "../../widgets/worded";
import { RuleOffer } from "../rules/offer";

const TONES: Record<Decision, { icon: IconName; tone: string }> = {
  trusted: { icon: "ok", tone: "ok" },
  refused: { icon: "bad", tone: "bad" },
  overridden: { icon: "warn", tone: "warn" },
  not_judged: { icon: "info", tone: "info" },
};

function Title({ verdict, whose, passed }: Omit<Props, "host">) {
  const chain = whose === "origin" ? "Origin's chain" : "Client's chain";
  switch (verdict.decision) {
    case "trusted":
      return <>{chain} valid: trusted</>;
    case "refused":
      return <>{chain} invalid: refused</>;
    case "overridden":
      return (
        <>
          {chain} invalid, overridden:{" "}
          {verdict.allowed_by ? (
            <>
              allowed by <code>{verdict.allowed_by}</code>
            </>
          ) : (
            "let pass all the same"
          )}
        </>
      );
    case "not_judged":
      return passed ? <>Passed through: not judged</> : <>{chain} not judged</>;
  }
}

interface Props {
  verdict: Verdict;
  whose: "origin" | "client";
  passed: boolean;
  host: string | null;
}

export function PolicyLine({ verdict, whose, passed, host }: Props) {
  const { decision, text, error, trusted_by, fault } = verdict;
  const { icon, tone } = TONES[decision];
  const sentence = capitalize(text !== "" ? text : (error ?? ""));
  return (
    <header class={`policy ${tone}`}>
      <Icon name={icon} size={18} />
      <div>
        <h3>
          <Title verdict={verdict} whose={whose} passed={passed} />
        </h3>
        {sentence !== "" && (
          <p>
            <Worded text={sentence} />
          </p>
        )}
        {error !== null && sentence !== capitalize(error) && (
          <p class="policy-error">
            <span class="muted">webpki:</span> {error}
          </p>
        )}
        {trusted_by.length > 0 && (
          <p class="trusted-by">
            {decision === "trusted" ? "Trusted by:" : "Its root is trusted by:"}{" "}
            {trusted_by.map((store) => (
              <span key={store} class="badge-chip ok">
                {store}
              </span>
            ))}
          </p>
        )}
        {fault !== null && (
          <p class="policy-fault">
            <Icon name="warn" size={14} /> A fault of Handlens: its checks and its judge disagree. {fault}
          </p>
        )}
        {decision === "refused" && whose === "origin" && (
          <RuleOffer
            host={host}
            kinds={waysOut({ stage: "verify" }, verdict)}
            text={text !== "" ? text : error}
            barred={whyBarred(verdict)}
          />
        )}
      </div>
    </header>
  );
}
