// What the two legs' TLS comes to, in a glyph and in words.

import type { Alert, Connection, Decision, Failure, RowTls, Stage } from "../types/generated";

export type TlsGrade = "good" | "old" | "half" | "overridden" | "legacy" | "bad" | "none";

/** The versions on both legs, and what was decided of the chain. */
type Versions = Pick<RowTls, "client" | "origin" | "decision"> & {
  origin_suite?: string | null;
  legacy?: boolean;
};

/** Without a key exchange that keeps secrets forward, or with one that only old servers have. */
const OLD_EXCHANGE = /^TLS_(?:RSA|DHE?_\w+?)_WITH_/;

/** TLS that no client should speak any more: the server says so, or version or suite do. */
export function isLegacy(
  tls: { version?: string | null; cipher_suite?: string | null; legacy?: boolean } | null,
): boolean {
  return (
    tls !== null &&
    (tls.legacy === true || /^(?:SSL|TLS 1\.[01])/.test(tls.version ?? "") || OLD_EXCHANGE.test(tls.cipher_suite ?? ""))
  );
}

/** The same of a row, which tells both legs in brief. */
export function hasLegacyLeg(row: Omit<Versions, "decision">): boolean {
  return (
    row.legacy === true ||
    isLegacy({ version: row.client }) ||
    isLegacy({ version: row.origin, cipher_suite: row.origin_suite ?? null })
  );
}

/** On which leg a session was resumed, as a word and as a sentence; null where there is no TLS. */
export function resumedWords({
  client,
  origin,
  resumed,
  origin_resumed,
}: Pick<RowTls, "client" | "origin" | "resumed" | "origin_resumed">): [word: string, sentence: string] | null {
  if (client === null && origin === null) {
    return null;
  }
  if (resumed) {
    return origin_resumed
      ? ["both", "Both legs resumed a session"]
      : ["client", `The client resumed a session${origin === null ? "" : ", the origin leg's handshake was full"}`];
  }
  return origin_resumed
    ? ["origin", `The origin leg resumed a session${client === null ? "" : ", the client's handshake was full"}`]
    : ["no", "No session was resumed"];
}

/** The worse of both legs: a bad chain before legacy TLS before an overridden chain before a leg that was never reached before an old version before a good one. */
export function tlsGrade(tls: Versions, failure: Failure | null): TlsGrade {
  if (failure?.stage === "tls" || failure?.stage === "verify" || tls.decision === "refused") {
    return "bad";
  }
  if (hasLegacyLeg(tls)) {
    return "legacy";
  }
  if (tls.decision === "overridden") {
    return "overridden";
  }
  const versions = [tls.client, tls.origin].filter((version) => version !== null);
  if (versions.length === 0) {
    return "none";
  }
  if (versions.length === 1) {
    return "half";
  }
  return versions.every((version) => version === "TLS 1.3") ? "good" : "old";
}

/** `client TLS 1.3, origin TLS 1.2, chain trusted`: what the glyph says, in words. */
export function tlsWords(tls: Versions): string {
  const parts = [
    tls.client ? `client leg ${tls.client}` : null,
    tls.origin ? `origin leg ${tls.origin}` : tls.client ? "no TLS with the origin" : null,
    hasLegacyLeg(tls) ? "legacy, not safe" : null,
    tls.decision ? `chain ${decisionWord(tls.decision)}` : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "no TLS" : parts.join(", ");
}

export function decisionWord(decision: Decision): string {
  return { trusted: "trusted", refused: "refused", overridden: "overridden", not_judged: "not judged" }[decision];
}

// RFC 8446 section 6, and RFC 5246 section 7.2 for those that TLS 1.3 no longer sends.
const MEANINGS: Record<string, string> = {
  close_notify: "the sender is done and sends nothing more",
  unexpected_message: "a message came that has no place there",
  bad_record_mac: "a record could not be decrypted: keys differ, or bytes were changed on the way",
  record_overflow: "a record was longer than TLS allows",
  handshake_failure: "no common ground: versions, suites or groups of both sides don't meet",
  bad_certificate: "the certificate is broken or its signature is wrong",
  unsupported_certificate: "the certificate is of a kind that the peer can't use",
  certificate_revoked: "the issuer has revoked the certificate",
  certificate_expired: "the certificate is not valid at this time",
  certificate_unknown:
    "the certificate was not accepted, for a reason that is not told; mostly: its root is not trusted",
  illegal_parameter: "a field of the handshake contradicts another",
  unknown_ca: "the certificate's root is not among those that the peer trusts",
  access_denied: "the certificate is good, but its owner may not come in",
  decode_error: "a message could not be read",
  decrypt_error: "a signature or a Finished of the handshake did not check",
  protocol_version: "the version offered is not supported",
  insufficient_security: "the peer asks for stronger suites than were offered",
  internal_error: "the sender failed for a reason of its own",
  inappropriate_fallback: "a second try with a lower version than the peer can do",
  user_canceled: "the user gave up the handshake",
  missing_extension: "an extension that must be there was not",
  unsupported_extension: "an extension was answered that was never offered",
  unrecognized_name: "the peer has no service under that name",
  bad_certificate_status_response: "the stapled revocation answer is wrong",
  unknown_psk_identity: "the session to resume is not known",
  certificate_required: "the peer asks for a client certificate and got none",
  no_application_protocol: "no common application protocol (ALPN)",
};

/** What an alert means, for a person. */
export function alertMeaning(alert: Pick<Alert, "name">): string {
  return MEANINGS[alert.name] ?? "an alert that is not in the registry";
}

/** `the client sent`, `Handlens sent to the origin`. */
export function alertSender(alert: Alert, leg: Failure["leg"]): string {
  return alert.sent_by_us ? `Handlens sent it to the ${leg}` : `the ${leg} sent it`;
}

/** What a connection came to, in one word for its row. */
export function outcomeWord(connection: Pick<Connection, "outcome" | "closed">): string {
  return connection.outcome ?? (connection.closed === null ? "opening" : "left");
}

const STAGES: Record<Stage, { word: string; words: string }> = {
  target: { word: "Target", words: "reading the target" },
  detect: { word: "Detect", words: "telling the protocol" },
  resolve: { word: "DNS", words: "name resolution" },
  connect: { word: "TCP", words: "the TCP connection" },
  upstream: { word: "Upstream", words: "the way through the upstream proxy" },
  tls: { word: "TLS", words: "the TLS handshake" },
  verify: { word: "Chain", words: "judging the chain" },
  mint: { word: "Mint", words: "minting the leaf" },
  request: { word: "Request", words: "sending the request" },
  response: { word: "Response", words: "reading the response" },
  relay: { word: "Relay", words: "carrying bytes" },
};

/** A stage in a word, for a narrow column: `DNS`. */
export function stageWord(stage: Stage): string {
  return STAGES[stage].word;
}

/** A stage as part of a sentence: `name resolution`. */
export function stageWords(stage: Stage): string {
  return STAGES[stage].words;
}
