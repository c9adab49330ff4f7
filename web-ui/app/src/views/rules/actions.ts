// Making and revoking rules, and how the page tells what came of it.

import { signal } from "@preact/signals";

import { addRule, errorText, revokeRule } from "../../api";
import { RULE_WORDS } from "../../lib/rules";
import type { Rule, RuleKind } from "../../types/certificates";
import type { Failure } from "../../types/generated";
import { say } from "../../widgets/toast";

/** A host for which a way out is asked for. */
export interface Asked {
  host: string;
  kinds: readonly RuleKind[];
  /** What failed, to be said again beside the ways out. */
  text: Failure["text"] | null;
}

/** What the dialog asks about. */
export const asked = signal<Asked | null>(null);

/** The rules made by this page, which a view tells in place of the offer. */
export const made = signal<readonly Rule[]>([]);

/** Counts what was done to the rules: whoever lists them reads them again. */
export const rulesChanged = signal(0);

const UNDO_MS = 10_000;

/** Makes a rule; null when that was refused, which the person was told. */
export async function makeRule(kind: RuleKind, host: string): Promise<Rule | null> {
  try {
    const rule = await addRule(kind, host);
    made.value = [...made.peek(), rule];
    rulesChanged.value += 1;
    say(`Rule made: ${host} ${RULE_WORDS[kind].done}. The next connection uses it`, {
      forMs: UNDO_MS,
      action: { title: "Undo", run: () => void undoRule(rule) },
    });
    return rule;
  } catch (error) {
    say(`No rule was made: ${errorText(error)}`, { tone: "bad" });
    return null;
  }
}

export async function undoRule(rule: Rule): Promise<void> {
  if (await drop(rule)) {
    say(`Undone: ${rule.host} is as before`);
  }
}

/** Revokes a rule that a person made; it can be taken back for ten seconds. */
export async function revoke(rule: Rule): Promise<void> {
  if (await drop(rule)) {
    say(`Revoked: ${rule.host}`, {
      forMs: UNDO_MS,
      action: { title: "Undo", run: () => void makeRule(rule.kind, rule.host) },
    });
  }
}

async function drop(rule: Rule): Promise<boolean> {
  try {
    await revokeRule(rule.id);
    made.value = made.peek().filter(({ id }) => id !== rule.id);
    rulesChanged.value += 1;
    return true;
  } catch (error) {
    say(`The rule is as it was: ${errorText(error)}`, { tone: "bad" });
    return false;
  }
}
