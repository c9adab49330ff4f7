// Rules in words: what each kind lets happen, and for which failures it is a way out.

import type { Rule, RuleKind } from "../types/certificates";
import type { Failure } from "../types/generated";

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

/** The rules that would get a connection past its failure. */
export function waysOut(failure: Pick<Failure, "leg" | "stage"> | null): readonly RuleKind[] {
  switch (failure?.stage) {
    case "verify":
      return ["allow_invalid", "pass"];
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
