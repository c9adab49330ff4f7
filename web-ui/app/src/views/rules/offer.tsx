// The ways out of a failure, where it is told: one click makes a rule, one more undoes it.

import { RULE_WORDS } from "../../lib/rules";
import { RULES } from "../../lib/route";
import type { RuleKind } from "../../types/certificates";
import { Button, Link } from "../../widgets/button";
import { Icon } from "../../widgets/icon";
import { asked, made, makeRule, undoRule } from "./actions";

interface Props {
  host: string | null;
  kinds: readonly RuleKind[];
  /** What failed, for the question that is asked first. */
  text: string | null;
}

interface OfferProps extends Props {
  /** Why a rule that one would think of is not among them. */
  barred?: string | null;
}

export function RuleOffer({ host, kinds, text, barred = null }: OfferProps) {
  if (host === null || kinds.length === 0) {
    return null;
  }
  const rule = made.value.findLast((one) => one.host === host && kinds.includes(one.kind));
  return (
    <div class="rule-offer">
      {rule ? (
        <>
          <span>
            <Icon name="check" size={14} /> Rule made: {host} {RULE_WORDS[rule.kind].done}. The next connection uses it.
          </span>
          <Button icon="undo" onClick={() => void undoRule(rule)}>
            Undo
          </Button>
        </>
      ) : (
        kinds.map((kind) => (
          <Button
            key={kind}
            icon={kind === "allow_invalid" ? "warn" : "swap"}
            title={RULE_WORDS[kind].means}
            onClick={() => {
              if (kind === "allow_invalid") {
                asked.value = { host, kinds: [kind], text };
              } else {
                void makeRule(kind, host);
              }
            }}
          >
            {RULE_WORDS[kind].act}
          </Button>
        ))
      )}
      <Link to={RULES}>All rules</Link>
      {barred !== null && <p class="rule-barred">{barred}</p>}
    </div>
  );
}

/** The same, in a row: a word that opens the question. */
export function RowFix({ host, kinds, text }: Props) {
  return host === null || kinds.length === 0 ? null : (
    <button
      type="button"
      class="row-fix"
      tabIndex={-1}
      title={`What can be done about ${host}`}
      onClick={() => {
        asked.value = { host, kinds, text };
      }}
    >
      fix
    </button>
  );
}
