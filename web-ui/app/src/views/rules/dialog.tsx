// Asks before a rule is made: what failed, and what each way out means.

import { RULE_WORDS } from "../../lib/rules";
import { Button } from "../../widgets/button";
import { Dialog } from "../../widgets/dialog";
import { Icon } from "../../widgets/icon";
import { Worded } from "../../widgets/worded";
import { asked, makeRule } from "./actions";

export function RuleDialog() {
  const question = asked.value;
  if (question === null) {
    return null;
  }
  const { host, kinds, text } = question;
  const close = () => {
    asked.value = null;
  };
  return (
    <Dialog label={`A rule for ${host}`} class="rule-dialog" onClose={close}>
      <div class="dialog-head">
        <h2>
          A rule for <span class="mono">{host}</span>
        </h2>
        <Button icon="close" title="Close (Esc)" onClick={close} />
      </div>
      {text !== null && (
        <p class="rule-failed">
          <Icon name="bad" /> <Worded text={text} />
        </p>
      )}
      {kinds.map((kind) => (
        <section key={kind} class={`rule-way ${kind}`}>
          <p>{RULE_WORDS[kind].means}</p>
          <Button
            kind={kind === "allow_invalid" ? "bad" : "plain"}
            icon={kind === "allow_invalid" ? "warn" : "swap"}
            onClick={() => {
              close();
              void makeRule(kind, host);
            }}
          >
            {RULE_WORDS[kind].act}
          </Button>
        </section>
      ))}
      <p class="rule-after">
        It holds for every port of the host until it is revoked, which takes one click under Rules.
      </p>
    </Dialog>
  );
}
