// The columns of a connection's certificates: what stands in each, and what joins them.

import type { Certificate, ConnectionCertificates, PathCertificate } from "../types/certificates";
import type { Check } from "../types/generated";
import { badgesOf, faultWord, joins, shortName } from "./certificates";

export interface Card {
  certificate: Certificate;
  /** Behind its number or source: `presented 2`, `system`. */
  source: string | null;
  /** The card below it in its column signed it. */
  signed: boolean;
  badges: readonly string[];
  /** What is wrong with it by the checks that it fails: in a word, and what that rests on. */
  faults: readonly { word: string; evidence: string }[];
}

export interface BoardColumn {
  name: "presented" | "path" | "minted";
  title: string;
  cards: readonly Card[];
  /** Whose certificate should stand here and was not presented. */
  missing: string | null;
  /** What is said in place of cards. */
  none: string;
}

export interface Join {
  from: number;
  to: number;
  /** The same certificate, or one that was made after another. */
  kind: "same" | "modelled";
}

export interface Board {
  columns: readonly [BoardColumn, BoardColumn, BoardColumn];
  /** Between the first and the second column, and between the second and the third. */
  joins: readonly [readonly Join[], readonly Join[]];
}

/** Badges that tell what the check of dates does. */
const OF_DATES: readonly string[] = ["expired", "not_yet_valid"];

export function boardOf(told: ConnectionCertificates, passed: boolean): Board {
  const { presented, path, verdict } = told;
  const minted = mintedChain(told);
  const badges = new Map<string, string[]>();
  for (const { sha256, kind } of verdict?.badges ?? []) {
    badges.set(sha256, [...(badges.get(sha256) ?? []), kind]);
  }
  // Where the path breaks off, the one that it wants next is missing.
  const last = path.at(-1);
  const breaksOff = verdict?.checks.some(
    ({ name, outcome, certificate }) => name === "path" && outcome === "fail" && certificate === last?.sha256,
  );
  const missing = last && breaksOff && !last.self_issued ? last.issuer : null;
  // What the missing card tells, or a badge, is not said again.
  const isTold = ({ name, certificate }: Check) =>
    (name === "path" && missing !== null && certificate === last?.sha256) ||
    (name === "dates" && badges.get(certificate ?? "")?.some((kind) => OF_DATES.includes(kind)));
  const failed = (verdict?.checks ?? []).filter((check) => check.outcome === "fail" && !isTold(check));
  const faultsOf = ({ sha256 }: Certificate): Card["faults"] => {
    const own = failed.filter(({ certificate }) => certificate === sha256);
    const words = new Map(own.map((check) => [faultWord(check), check.evidence]));
    return [...words].map(([word, evidence]) => ({ word, evidence }));
  };
  const cards = (chain: readonly (Certificate | PathCertificate)[], remarks: (place: number) => string[]): Card[] =>
    chain.map((certificate, place) => ({
      certificate,
      source: "source" in certificate ? certificate.source : null,
      signed: chain[place + 1] !== undefined && chain[place + 1]?.subject === certificate.issuer,
      badges: remarks(place),
      faults: faultsOf(certificate),
    }));
  const isFirst = (place: number) => presented.findIndex(({ sha256 }) => sha256 === presented[place]?.sha256) === place;
  // A remark is on what was presented: in the path it stands on what was not.
  const ofPresented = (place: number) =>
    badgesOf(badges.get(presented[place]?.sha256 ?? "") ?? []).filter(
      (kind) => kind !== "duplicate" || !isFirst(place),
    );
  const ofPath = (place: number) =>
    presented.some(({ sha256 }) => sha256 === path[place]?.sha256) ? [] : (badges.get(path[place]?.sha256 ?? "") ?? []);
  const same = (from: readonly Certificate[], to: readonly Certificate[]): Join[] =>
    joins(from, to).map((join) => ({ ...join, kind: "same" }));
  const modelled: Join[] = path.length > 0 && isModelled(told) ? [{ from: 0, to: 0, kind: "modelled" }] : [];
  return {
    columns: [
      {
        name: "presented",
        title: "Presented by the origin",
        cards: cards(presented, ofPresented),
        missing,
        none: passed
          ? "Its certificates were not seen: in TLS 1.3 they are sealed from whoever passes it through."
          : "The origin presented none, or its handshake did not come that far.",
      },
      {
        name: "path",
        title: "Path we built",
        cards: cards(path, ofPath),
        missing: null,
        none: passed ? "None was built: what is passed through is not judged." : "No path holds: the checks say why.",
      },
      {
        name: "minted",
        title: verdict?.decision === "refused" ? "Minted to tell the client why" : "Minted for the client",
        cards: cards(minted, () => []),
        missing: null,
        none: passed ? "None: the client sees the origin's own." : "None was minted.",
      },
    ],
    joins: [same(presented, path), [...same(path, minted), ...modelled]],
  };
}

/** Whether our leaf is made after the origin's. Of one that was refused nothing is taken over. */
export function isModelled({ verdict, minted, minted_chain, presented }: ConnectionCertificates): boolean {
  const shown = minted !== null || minted_chain.length > 0;
  return shown && presented.length > 0 && (verdict?.decision === "trusted" || verdict?.decision === "overridden");
}

/** What the client was shown, leaf first. */
export function mintedChain({ minted, minted_chain }: ConnectionCertificates): Certificate[] {
  return minted === null || minted_chain.some(({ sha256 }) => sha256 === minted.sha256)
    ? minted_chain
    : [minted, ...minted_chain];
}

/** Every certificate of a connection, each once, in the order in which they are shown. */
export function everyCertificate(told: ConnectionCertificates): Certificate[] {
  const all = [...told.presented, ...told.path, ...mintedChain(told), ...told.client, ...told.sent];
  return [...new Map(all.map((certificate) => [certificate.sha256, certificate])).values()];
}

/** What a certificate is called among others; null when it is none of them. */
export function nameAmong(all: readonly Certificate[], sha256: string): string | null {
  const found = all.find((one) => one.sha256 === sha256);
  return found ? shortName(found.subject) : null;
}
