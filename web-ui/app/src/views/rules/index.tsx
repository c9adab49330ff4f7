// The rules: what is let pass although its chain is invalid, and what is passed through unread.

import { signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";

import { errorText, fetchRules, isAborted } from "../../api";
import { useCommands } from "../../commands";
import { formatDateTime, plural } from "../../lib/format";
import { patternFault, RULE_KINDS, RULE_WORDS, ruleOrigin } from "../../lib/rules";
import { link } from "../../live";
import { go, left } from "../../location";
import type { Rule, RuleKind } from "../../types/certificates";
import { Button } from "../../widgets/button";
import { Icon } from "../../widgets/icon";
import { EmptyState, Waiting } from "../../widgets/state";
import { made, makeRule, revoke, rulesChanged } from "./actions";

type Loaded = { state: "loading" } | { state: "ready"; rules: Rule[] } | { state: "failed"; text: string };

function useRules(): Loaded {
  const loaded = useMemo(() => signal<Loaded>({ state: "loading" }), []);
  const again = rulesChanged.value;
  const up = link.value.state === "open";
  useEffect(() => {
    const abort = new AbortController();
    fetchRules(abort.signal).then(
      (rules) => {
        loaded.value = { state: "ready", rules };
      },
      (error: unknown) => {
        if (!isAborted(error) && loaded.peek().state !== "ready") {
          loaded.value = { state: "failed", text: errorText(error) };
        }
      },
    );
    return () => abort.abort();
  }, [again, up]);
  return loaded.value;
}

export function RulesView() {
  const loaded = useRules();
  useCommands({ back: () => go(left.peek().traffic) });
  switch (loaded.state) {
    case "loading":
      return <Waiting what="the rules" />;
    case "failed":
      return (
        <EmptyState icon="bad" title="The rules could not be read">
          <p>{loaded.text}</p>
        </EmptyState>
      );
    case "ready":
      return <Shown rules={loaded.rules} />;
  }
}

function Shown({ rules }: { rules: readonly Rule[] }) {
  const mine = rules.filter(({ origin }) => origin === "person");
  const fixed = rules.filter(({ origin }) => origin !== "person");
  return (
    <div class="rules" role="region" aria-label="Rules" tabIndex={0}>
      <h1>Rules</h1>
      <p class="lead">
        What Handlens lets pass although the origin's chain is invalid, and what it passes through unread. A rule holds
        for the connections that come after it.
      </p>
      <AddRule />
      <section>
        <h2>Made here</h2>
        {mine.length === 0 ? (
          <p class="nothing">
            None. A connection that failed offers them where it says why, and one can be added above.
          </p>
        ) : (
          <RuleTable label="Made here" rules={mine} revocable />
        )}
      </section>
      <section>
        <h2>From command line and settings</h2>
        {fixed.length === 0 ? (
          <p class="nothing">
            None. <code>--allow-invalid HOST</code> and <code>--pass HOST</code> set them, or the same words in the
            settings file.
          </p>
        ) : (
          <>
            <p class="lead">They hold as long as Handlens runs, and change where they are set.</p>
            <RuleTable label="From command line and settings" rules={fixed} />
          </>
        )}
      </section>
    </div>
  );
}

const KIND_ICONS = { allow_invalid: "warn", pass: "swap" } as const;

function RuleTable({
  label,
  rules,
  revocable = false,
}: {
  label: string;
  rules: readonly Rule[];
  revocable?: boolean;
}) {
  return (
    <table class="rule-table" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">Host</th>
          <th scope="col">What it does</th>
          <th scope="col">{revocable ? "Since" : "Set by"}</th>
          {revocable && (
            <th scope="col">
              <span class="sr-only">Revoke</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => (
          <tr key={rule.id} class={made.value.some(({ id }) => id === rule.id) ? "fresh" : ""}>
            <th scope="row">{rule.host}</th>
            <td class={`rule-kind ${rule.kind}`} title={RULE_WORDS[rule.kind].means}>
              <Icon name={KIND_ICONS[rule.kind]} size={14} /> {RULE_WORDS[rule.kind].title}
            </td>
            <td>
              {rule.origin !== "person" ? (
                <span class="soft">{ruleOrigin(rule)}</span>
              ) : (
                rule.made !== null && <time dateTime={rule.made}>{formatDateTime(rule.made).slice(0, 16)}</time>
              )}
            </td>
            {revocable && (
              <td class="end">
                <Button icon="trash" onClick={() => void revoke(rule)}>
                  Revoke
                </Button>
              </td>
            )}
          </tr>
        ))}
      </tbody>
      <caption class="sr-only">{plural(rules.length, "rule")}</caption>
    </table>
  );
}

/** A rule by pattern: which kind, which hosts. */
function AddRule() {
  const host = useSignal("");
  const kind = useSignal<RuleKind>("pass");
  const fault = useSignal<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const add = async () => {
    fault.value = patternFault(host.value);
    if (fault.value !== null) {
      field.current?.focus();
      return;
    }
    if (await makeRule(kind.value, host.value.trim())) {
      host.value = "";
    }
  };
  return (
    <form
      class="rule-form"
      aria-label="Add a rule"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <fieldset class="rule-kinds">
        <legend class="sr-only">What it does</legend>
        {RULE_KINDS.toReversed().map((one) => (
          <label key={one} class={kind.value === one ? "chosen" : ""}>
            <input
              type="radio"
              name="rule-kind"
              checked={kind.value === one}
              onChange={() => {
                kind.value = one;
              }}
            />
            <span>
              <b>{one === "pass" ? "Pass through" : "Allow an invalid chain"}</b>
              {RULE_WORDS[one].means}
            </span>
          </label>
        ))}
      </fieldset>
      <div class="rule-host">
        <label>
          Host or pattern
          <input
            ref={field}
            type="text"
            class="mono"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder="api.example.com or *.example.com"
            value={host.value}
            aria-invalid={fault.value !== null}
            aria-describedby={fault.value === null ? undefined : "rule-fault"}
            onInput={(event) => {
              host.value = event.currentTarget.value;
              fault.value = null;
            }}
          />
        </label>
        <Button kind="solid" icon="plus" onClick={() => void add()}>
          Add the rule
        </Button>
      </div>
      {fault.value !== null && (
        <p class="cause" id="rule-fault" role="alert">
          {fault.value}
        </p>
      )}
    </form>
  );
}
