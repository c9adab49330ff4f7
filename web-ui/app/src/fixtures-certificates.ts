// Certificates for tests.

import type { Certificate, ConnectionCertificates, ListedCertificate } from "./types/certificates";
import type { Verdict } from "./types/generated";

/** A certificate that is its own by its name; its SHA-256 is that name. */
export function certificate(name: string, change: Partial<Certificate> = {}): Certificate {
  return {
    sha256: name,
    spki_sha256: `pin of ${name}`,
    subject: `CN=${name}`,
    issuer: "CN=issuing",
    not_before: "2026-01-01T00:00:00Z",
    not_after: "2036-01-01T00:00:00Z",
    days_left: 3_000,
    serial: "01",
    key: "EC P-256",
    signature: "ECDSA with SHA-256",
    names: [name],
    is_ca: false,
    self_issued: false,
    pem: `PEM of ${name}`,
    bytes: "3000",
    fields: [],
    problems: [],
    ...change,
  };
}

/** The same in a list. */
export function listed(name: string, change: Partial<ListedCertificate> = {}): ListedCertificate {
  const { sha256, subject, issuer, not_before, not_after, days_left, key, signature, is_ca } = certificate(name);
  return {
    ...{ id: sha256, sha256, subject, issuer, not_before, not_after, days_left, key, signature, is_ca },
    roles: ["leaf"],
    verdicts: ["trusted"],
    revoked: false,
    hosts: [name],
    host_count: 1,
    connections: 1,
    first_seen: "2026-11-01T00:00:00Z",
    last_seen: "2026-11-02T00:00:00Z",
    ...change,
  };
}

export function verdict(change: Partial<Verdict> = {}): Verdict {
  return {
    decision: "trusted",
    text: "",
    error: null,
    allowed_by: null,
    presented: [],
    path: [],
    checks: [],
    alternatives: [],
    trusted_by: [],
    badges: [],
    fault: null,
    ocsp: null,
    ...change,
  };
}

export function certificatesOf(change: Partial<ConnectionCertificates> = {}): ConnectionCertificates {
  return {
    presented: [],
    path: [],
    minted: null,
    minted_chain: [],
    client: [],
    sent: [],
    verdict: verdict(),
    client_verdict: null,
    ...change,
  };
}
