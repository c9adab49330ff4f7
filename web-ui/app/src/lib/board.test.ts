import { describe, expect, it } from "vitest";

import { certificate, certificatesOf, verdict } from "../fixtures-certificates";
import type { CheckOutcome, Verdict } from "../types/generated";
import { boardOf, everyCertificate } from "./board";

const leaf = certificate("leaf");
const issuing = certificate("issuing", { issuer: "CN=root", is_ca: true });
const root = certificate("root", { issuer: "CN=root", is_ca: true, self_issued: true });
const ours = certificate("ours", { issuer: "CN=our root" });
const ourRoot = certificate("our root", { issuer: "CN=our root", is_ca: true, self_issued: true });

describe("the columns of a connection's certificates", () => {
  const told = certificatesOf({
    presented: [leaf, root, issuing, leaf],
    path: [
      { ...leaf, source: "presented" },
      { ...issuing, source: "presented" },
      { ...root, source: "system" },
    ],
    minted: ours,
    minted_chain: [ours, ourRoot],
    verdict: verdict({
      badges: [
        { sha256: "leaf", kind: "duplicate" },
        { sha256: "root", kind: "root_sent" },
      ],
    }),
  });

  it("join what is equal, and the leaf with the one that is made after it", () => {
    const [left, right] = boardOf(told, false).joins;
    expect(left).toEqual([
      { from: 0, to: 0, kind: "same" },
      { from: 1, to: 2, kind: "same" },
      { from: 2, to: 1, kind: "same" },
      { from: 3, to: 0, kind: "same" },
    ]);
    expect(right).toEqual([{ from: 0, to: 0, kind: "modelled" }]);
    const refused = { ...told, verdict: verdict({ decision: "refused" }) };
    expect(boardOf(refused, false).joins[1]).toEqual([]);
  });

  it("put a remark where it belongs: a duplicate is the second one, and the path is free of what was presented", () => {
    const [presented, path] = boardOf(told, false).columns;
    expect(presented.cards.map(({ badges }) => badges)).toEqual([[], ["root_sent"], [], ["duplicate"]]);
    expect(path.cards.map(({ badges }) => badges)).toEqual([[], [], []]);
    expect(path.cards.map(({ source }) => source)).toEqual(["presented", "presented", "system"]);
  });

  it("know which certificate signed the one above it", () => {
    const [presented, path, minted] = boardOf(told, false).columns;
    expect(presented.cards.map(({ signed }) => signed)).toEqual([false, false, false, false]);
    expect(path.cards.map(({ signed }) => signed)).toEqual([true, true, false]);
    expect(minted.cards.map(({ signed }) => signed)).toEqual([true, false]);
  });

  it("have the minted leaf when its chain does not name it", () => {
    const [, , minted] = boardOf({ ...told, minted_chain: [ourRoot] }, false).columns;
    expect(minted.cards.map(({ certificate: { sha256 } }) => sha256)).toEqual(["ours", "our root"]);
  });

  it("say whose certificate is missing where the path breaks off", () => {
    const fails = { name: "path", outcome: "fail", evidence: "issuer is unknown", certificate: "leaf" } as const;
    const broken = certificatesOf({
      presented: [leaf],
      path: [{ ...leaf, source: "presented" }],
      verdict: verdict({ decision: "refused", checks: [fails] }),
    });
    expect(boardOf(broken, false).columns[0].missing).toBe("CN=issuing");
    expect(boardOf({ ...broken, verdict: verdict() }, false).columns[0].missing).toBeNull();
  });

  it("say on the card what a certificate fails by, presented and in the path, each once", () => {
    const check = (name: string, certificate: string | null, evidence = "", outcome: CheckOutcome = "fail") => ({
      name,
      outcome,
      evidence,
      certificate,
    });
    const checks = [
      check("crl", "leaf", "certificate was revoked on 2026-11-21"),
      check("ocsp", "leaf", "certificate was revoked on 2026-11-21"),
      check("name", "leaf"),
      check("key_strength", "issuing", "RSA key has 1024 bits"),
      check("signature", "issuing", "", "pass"),
      check("key_usage", "root"),
      check("lifetime", "root", "", "warn"),
      check("extended_key_usage", null),
    ];
    const words = boardOf({ ...told, verdict: verdict({ decision: "overridden", checks }) }, false).columns.map(
      ({ cards }) => cards.map(({ faults }) => faults.map(({ word }) => word).join(", ")),
    );
    const leafWords = "revoked, wrong name";
    expect(words).toEqual([
      [leafWords, "key usage", "weak key", leafWords],
      [leafWords, "weak key", "key usage"],
      ["", ""],
    ]);
  });

  it("do not say twice what a badge or the missing card tells", () => {
    const check = (name: string) => ({ name, outcome: "fail", evidence: "", certificate: "leaf" }) as const;
    const broken = (badges: Verdict["badges"]) =>
      boardOf(
        certificatesOf({
          presented: [leaf],
          path: [{ ...leaf, source: "presented" }],
          verdict: verdict({ decision: "refused", checks: [check("path"), check("dates")], badges }),
        }),
        false,
      ).columns[0].cards[0]?.faults.map(({ word }) => word);
    expect(broken([])).toEqual(["dates"]);
    expect(broken([{ sha256: "leaf", kind: "expired" }])).toEqual([]);
  });

  it("say why they are empty", () => {
    const [, path, minted] = boardOf(certificatesOf({ presented: [leaf] }), true).columns;
    expect(path.none).toContain("is not judged");
    expect(minted.none).toContain("the origin's own");
  });
});

it("every certificate is told once", () => {
  const told = certificatesOf({ presented: [leaf, leaf], path: [{ ...leaf, source: "presented" }], client: [ours] });
  expect(everyCertificate(told).map(({ sha256 }) => sha256)).toEqual(["leaf", "ours"]);
});
