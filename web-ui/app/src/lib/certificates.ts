// Certificates in words: whose they are, how long they last, what is remarkable of them, how two of them differ.

import type { Certificate, CertificateRole, HistoryLeaf } from "../types/certificates";
import type { Change, Check, CheckOutcome, Field } from "../types/generated";
import { formatDate, plural } from "./format";

/** `CN=www.example, O=Example` as `www.example`: the name that a person knows it by. */
export function shortName(name: string): string {
  return part(name, "CN") ?? part(name, "OU") ?? part(name, "O") ?? (name === "" ? "no name" : name);
}

/** The organisation, where there is one beside the common name. */
export function organisation(name: string): string | null {
  return part(name, "CN") === null ? null : part(name, "O");
}

/** The value of an attribute in a name of RFC 4514's looks; the last one written, which is the most particular. */
function part(name: string, attribute: string): string | null {
  const found = new RegExp(`(?:^|[,+])\\s*${attribute}=("(?:[^"\\\\]|\\\\.)*"|(?:[^,+\\\\]|\\\\.)*)`, "i").exec(name);
  const value = found?.[1]
    ?.trim()
    .replace(/^"(.*)"$/, "$1")
    .replace(/\\(.)/g, "$1");
  return value === undefined || value === "" ? null : value;
}

export type Tone = "ok" | "warn" | "bad";

const SOON_DAYS = 21;
const DAY_MS = 86_400_000;

/** How long a certificate lasts, in words and in how much that matters. */
export function lasting(
  { days_left: days, not_before, not_after }: Pick<Certificate, "days_left" | "not_before" | "not_after">,
  now = Date.now(),
): { text: string; tone: Tone } {
  if (Date.parse(not_before) > now) {
    return { text: `not valid before ${formatDate(not_before)}`, tone: "bad" };
  }
  if (Date.parse(not_after) <= now) {
    const past = Math.floor((now - Date.parse(not_after)) / DAY_MS);
    return { text: past < 1 ? "expired today" : `expired ${long(past)} ago`, tone: "bad" };
  }
  if (days < 1) {
    return { text: "ends today", tone: "bad" };
  }
  return { text: `${long(days)} left`, tone: days <= SOON_DAYS ? "warn" : "ok" };
}

function long(days: number): string {
  return days < 800 ? plural(days, "day") : plural(Math.floor(days / 365), "year");
}

export const ROLES: readonly CertificateRole[] = ["leaf", "intermediate", "root", "minted", "client"];

/** What a certificate is, as far as it says so itself. */
export function kindOf({ is_ca, self_issued }: Pick<Certificate, "is_ca" | "self_issued">): string {
  return is_ca ? (self_issued ? "root" : "intermediate") : self_issued ? "self-signed leaf" : "leaf";
}

const BADGES: Record<string, { word: string; means: string; tone: "plain" | Tone }> = {
  missing: { word: "missing", means: "The origin should have presented it, and did not.", tone: "warn" },
  wrong_order: { word: "wrong order", means: "It does not stand behind the certificate that it signed.", tone: "warn" },
  needless: { word: "needless", means: "No path needs it.", tone: "plain" },
  duplicate: { word: "duplicate", means: "The same certificate was presented before.", tone: "warn" },
  expired: { word: "expired", means: "It is past its end.", tone: "bad" },
  not_yet_valid: { word: "not yet valid", means: "Its time has not come.", tone: "bad" },
  expired_cross_sign: {
    word: "expired cross-sign",
    means: "Another authority's signature of the same key, past its end; clients that insist on it fail.",
    tone: "warn",
  },
  cross_sign: { word: "cross-sign", means: "Another authority's signature of the same name and key.", tone: "plain" },
  self_signed: {
    word: "self-signed",
    means: "It is signed with its own key: nobody else vouches for it.",
    tone: "warn",
  },
  look_alike: {
    word: "look-alike",
    means: "It has the name of a trusted root, and another key.",
    tone: "bad",
  },
  own_root: {
    word: "our own root",
    means: "Handlens's own root, which is never trusted for origins.",
    tone: "bad",
  },
  unreadable: { word: "unreadable", means: "It is not X.509.", tone: "bad" },
  root_sent: {
    word: "root sent",
    means: "Clients have the root already, or do not trust it; sending it is needless.",
    tone: "plain",
  },
};

/** The remarks on one certificate: a cross-sign that is past its end is one thing, and that a root signs itself none. */
export function badgesOf(kinds: readonly string[]): string[] {
  const told = kinds.filter((kind) => kind !== "self_signed" || !kinds.includes("root_sent"));
  const both = ["expired", "cross_sign"];
  return both.every((kind) => told.includes(kind))
    ? ["expired_cross_sign", ...told.filter((kind) => !both.includes(kind))]
    : told;
}

/** A remark on a certificate, in a word and a sentence. */
export function badgeOf(kind: string): { word: string; means: string; tone: "plain" | Tone } {
  return BADGES[kind] ?? { word: kind.replaceAll("_", " "), means: kind.replaceAll("_", " "), tone: "plain" };
}

const ORDER: readonly CheckOutcome[] = ["fail", "warn", "pass", "not_checked"];

/** The worst first; what was not checked last, for it says nothing. */
export function worstFirst<Told extends { outcome: CheckOutcome }>(checks: readonly Told[]): Told[] {
  return [...checks].sort((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome));
}

/** `3 fail, 1 warns, 12 pass, 2 not checked`. */
export function countChecks(checks: readonly Pick<Check, "outcome">[]): { outcome: CheckOutcome; count: number }[] {
  return ORDER.map((outcome) => ({
    outcome,
    count: checks.filter((check) => check.outcome === outcome).length,
  })).filter(({ count }) => count > 0);
}

const CHECK_NAMES: Record<string, string> = {
  ca_flag: "CA flag",
  sct: "SCTs",
  ocsp: "OCSP",
  must_staple: "must-staple",
  crl: "CRL",
};

/** `name_constraints` for a person. */
export function checkName(name: string): string {
  return CHECK_NAMES[name] ?? name.replaceAll("_", " ");
}

const FAULTS: Record<string, string> = {
  must_staple: "no staple",
  key_strength: "weak key",
  signature_algorithm: "weak signature",
  name: "wrong name",
  signature: "bad signature",
};

/** What is wrong with a certificate by a check that it fails, in a word or two. */
export function faultWord({ name, evidence }: Pick<Check, "name" | "evidence">): string {
  const revoked = (name === "crl" || name === "ocsp") && /\brevoked\b/.test(evidence);
  return revoked ? "revoked" : (FAULTS[name] ?? checkName(name));
}

/** Which of one column equal which of the next: places of both. */
export function joins(
  left: readonly Pick<Certificate, "sha256">[],
  right: readonly Pick<Certificate, "sha256">[],
): { from: number; to: number }[] {
  return left.flatMap(({ sha256 }, from) => {
    const to = right.findIndex((other) => other.sha256 === sha256);
    return to < 0 ? [] : [{ from, to }];
  });
}

/** Two certificates beside each other, aspect by aspect. */
export function besideEachOther(one: Certificate, other: Certificate): Change[] {
  const extensions = [extensionsOf(one), extensionsOf(other)] as const;
  const names = [...new Set(extensions.flatMap((each) => [...each.keys()]))].filter(
    // The names are told as a list of their own.
    (name) => name !== "subject_alt_name",
  );
  const values = (name: string) => extensions.map((each) => each.get(name) ?? []) as [string[], string[]];
  return [
    change("subject", [one.subject], [other.subject]),
    change("issuer", [one.issuer], [other.issuer]),
    change("names", one.names, other.names),
    change("not_before", [utc(one.not_before)], [utc(other.not_before)]),
    change("not_after", [utc(one.not_after)], [utc(other.not_after)]),
    change("key", [one.key], [other.key]),
    change("public key's pin", [one.spki_sha256], [other.spki_sha256]),
    change("signature", [one.signature], [other.signature]),
    change("serial", [one.serial], [other.serial]),
    ...names.map((name) => change(name, ...values(name))),
  ];
}

function change(aspect: string, client: string[], handlens: string[]): Change {
  return { aspect, client, handlens, same: client.join("\n") === handlens.join("\n"), note: null };
}

/** What stands in each extension, by the extension's name. */
function extensionsOf({ fields }: Certificate): Map<string, string[]> {
  const told = find(fields, "extensions")?.fields ?? [];
  // A list of extensions may stand in a sequence of its own.
  const each = told.length === 1 && told[0]?.name === "extensions" ? told[0].fields : told;
  return new Map(each.map((extension) => [extensionName(extension), [extension.value]]));
}

/** An extension that nobody knows goes by its number. */
function extensionName({ name, fields }: Field): string {
  return name === "extension" ? (fields.find((field) => field.name === "extn_id")?.value ?? name) : name;
}

/** `2027-01-20T16:52:20.000000Z` as `2027-01-20 16:52:20 UTC`. */
function utc(time: string): string {
  return time.replace(/^(\S+)T([\d:]+)(?:\.\d+)?Z$/, "$1 $2 UTC");
}

function find(fields: readonly Field[], name: string): Field | null {
  for (const field of fields) {
    const found = field.name === name ? field : find(field.fields, name);
    if (found) {
      return found;
    }
  }
  return null;
}

/** What changed from one leaf of a host to the next, in a few words. */
export function leafChanges(before: HistoryLeaf, after: HistoryLeaf): string[] {
  return [
    before.issuer === after.issuer ? null : `issuer: ${shortName(before.issuer)} → ${shortName(after.issuer)}`,
    before.subject === after.subject ? null : `subject: ${shortName(before.subject)} → ${shortName(after.subject)}`,
    before.not_after === after.not_after
      ? null
      : `end: ${formatDate(before.not_after)} → ${formatDate(after.not_after)}`,
  ].filter((text) => text !== null);
}

/** What a certificate's tree shows unfolded at first: its frame, its extensions, and what says whose it is. */
export function firstUnfoldedOfCertificate(paths: readonly { path: string; field: Field }[]): Set<string> {
  const open = ["certificate", "tbs_certificate", "validity", "extensions"];
  return new Set(
    paths.filter(({ field }) => field.fields.length > 0 && open.includes(field.name)).map(({ path }) => path),
  );
}
