// Rules in words: what each kind lets happen, and for which failures it is a way out.

import type { Rule, RuleKind } from "../types/certificates";
import type { Check, Failure, Verdict } from "../types/generated";

export const RULE_KINDS: readonly RuleKind[] = ["allow_invalid", "pass"];

export const RULE_WORDS: Record<RuleKind, { title: string; act: string; done: string; means: string }> = {
  allow_invalid: {
    title: "Invalid chain allowed",
    act: "Let this host pass all the same",
    done: "may pass with an invalid chain",
    means:
      "From now on every port of the host passes, whatever is wrong with its chain, today or later: expired, revoked, " +
      "self-signed, or for another name. Handlens can't tell then whether it is the real host: whoever stands on the way " +
      "could be reading and changing what is sent. The client does not see that, for it is shown our certificate, which " +
      "it trusts. What is not let go is the proof that the origin holds its certificate's key. Every view says " +
      "“overridden”.",
  },
  pass: {
    title: "Passed through",
    act: "Pass this host through",
    done: "is passed through",
    means:
      "Handlens carries this host's TLS untouched: the client sees and judges the origin's own certificate, and nothing " +
      "of what is sent is read or recorded but the handshake.",
  },
};

const ORIGINS: Record<Rule["origin"], string> = {
  flag: "command line",
  config: "settings file",
  person: "made here",
};

/** Where a rule comes from. */
export function ruleOrigin({ origin }: Pick<Rule, "origin">): string {
  return ORIGINS[origin];
}

/** Why no rule would let a bad chain pass, in a sentence; null where one would. */
export function whyBarred({ checks, presented }: Pick<Verdict, "checks" | "presented">): string | null {
  const proof = checks.find(({ name }) => name === "possession")?.outcome;
  const weak = ({ name, outcome, certificate }: Check) =>
    name === "key_strength" && outcome === "fail" && certificate !== null && certificate === presented[0];
  // Of a weak key no proof is looked at: that it failed says nothing of who answered.
  if (proof !== "pass" && checks.some(weak)) {
    return "It can't be let pass: of a key like its certificate's no proof is taken, and no rule waives that.";
  }
  return proof === "fail"
    ? "It can't be let pass: the origin did not prove that it holds its certificate's key, and no rule waives that."
    : null;
}

/** What is told of a failure; the remedy where it is known. */
type Told = Pick<Failure, "stage"> & Partial<Pick<Failure, "remedy">>;

/** The rules that would get a connection past its failure. */
export function waysOut(failure: Told | null, verdict: Verdict | null = null): readonly RuleKind[] {
  switch (failure?.stage) {
    case "verify": {
      // Where no verdict is at hand, the remedy names the rule if it is one.
      const barred = verdict ? whyBarred(verdict) !== null : failure.remedy?.includes("--allow-invalid") === false;
      return barred ? ["pass"] : ["allow_invalid", "pass"];
    }
    case "tls":
    case "mint":
      return ["pass"];
    default:
      return [];
  }
}

/** What is wrong with a host or a pattern, in a sentence; null when nothing is. */
export function patternFault(host: string): string | null {
  const text = host.trim();
  if (text === "") {
    return "a host is missing";
  }
  if (text.includes("/") || text.includes(" ")) {
    return "a host's name is wanted, not an address of a page: api.example.com";
  }
  if (/^\*+$/.test(text)) {
    return "this would be every host: name one, or a domain as *.example.com";
  }
  return null;
}
