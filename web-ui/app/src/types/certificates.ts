// Certificates and rules as the API tells them, until these too are written from the Rust types.

import type { Field, HandshakeProblem, Verdict } from "./generated";

/** A certificate, decoded. */
export interface Certificate {
  /** SHA-256 of its DER, in hexadecimal. */
  sha256: string;
  /** SHA-256 of its public key, in base64, as pins are written. */
  spki_sha256: string;
  subject: string;
  issuer: string;
  not_before: string;
  not_after: string;
  days_left: number;
  serial: string;
  key: string;
  signature: string;
  names: string[];
  is_ca: boolean;
  self_issued: boolean;
  pem: string;
  /** Its DER, in hexadecimal. */
  bytes: string;
  fields: Field[];
  problems: HandshakeProblem[];
}

/** A certificate of the path that was built, with where it came from. */
export interface PathCertificate extends Certificate {
  source: string;
}

/** What a connection's certificates are. */
export interface ConnectionCertificates {
  presented: Certificate[];
  path: PathCertificate[];
  minted: Certificate | null;
  minted_chain: Certificate[];
  client: Certificate[];
  sent: Certificate[];
  verdict: Verdict | null;
  client_verdict: Verdict | null;
}

export type CertificateRole = "leaf" | "intermediate" | "root" | "minted" | "client";

/** A certificate in a list. */
export interface CertificateRow {
  sha256: string;
  subject: string;
  issuer: string;
  not_before: string;
  not_after: string;
  days_left: number;
  key: string;
  signature: string;
  is_ca: boolean;
  roles: CertificateRole[];
  /** Some of the hosts. */
  hosts: string[];
  host_count: number;
  connections: number;
  first_seen: string;
  last_seen: string;
}

/** The same, named as the lists of the page name their rows. */
export interface ListedCertificate extends CertificateRow {
  id: string;
}

export interface CertificatePage {
  total: number;
  matched: number;
  offset: number;
  items: CertificateRow[];
}

export interface Sighting {
  host: string;
  first_seen: string;
  last_seen: string;
  connections: number;
}

/** A leaf in the history of a host. */
export interface HistoryLeaf {
  sha256: string;
  subject: string;
  issuer: string;
  not_after: string;
  first_seen: string;
  last_seen: string;
}

/** A certificate with all that is known of where it was seen. */
export interface CertificateDetail extends Certificate {
  roles: CertificateRole[];
  sightings: Sighting[];
  /** The leaves of each of its hosts, in order of time. */
  history: { host: string; leaves: HistoryLeaf[] }[];
}

export type RuleKind = "allow_invalid" | "pass";

/** What lets a host pass. */
export interface Rule {
  id: string;
  kind: RuleKind;
  /** A name or a pattern. */
  host: string;
  origin: "flag" | "config" | "person";
  made: string | null;
}
