import { fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";

import { certificate, certificatesOf, listed, verdict } from "../fixtures-certificates";
import { NO_CERTIFICATE } from "../lib/route";
import type { ConnectionCertificates, ListedCertificate } from "../types/certificates";
import { CERTIFICATE_COLUMNS } from "./certificates/columns";
import { Chain } from "./chain";
import { chainPlaceOf } from "./chain/place";
import { PolicyLine } from "./chain/policy";
import { asked } from "./rules/actions";
import { VerdictTable } from "./connections/verdict";
import { RuleDialog } from "./rules/dialog";
import { RuleOffer } from "./rules/offer";
import { RulesView } from "./rules";

const sent: [string, string | undefined, string | undefined][] = [];
const answer = (status: number, body: unknown) => {
  vi.stubGlobal("fetch", (url: string, init?: RequestInit) => {
    sent.push([url, init?.method, init?.body as string | undefined]);
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
  });
};
const problem = (status: number, detail: string) => ({ type: "about:blank", title: "", status, detail });

afterEach(() => {
  sent.length = 0;
  asked.value = null;
  vi.unstubAllGlobals();
});

const show = (told: ConnectionCertificates | null, status = 200, outcome: "inspected" | "passed" = "inspected") => {
  answer(status, told ?? problem(status, "the store is busy"));
  const place = chainPlaceOf(NO_CERTIFICATE, true, (chosen) => ({ view: "chain", id: "c-1", chosen }));
  render(<Chain id="c-1" host="a.example" outcome={outcome} open={false} place={place} />);
};

describe("the certificates of a connection", () => {
  it("say that the connection is gone, or why they can't be read", async () => {
    show(null, 404);
    await waitFor(() => expect(screen.getByText("The connection is no longer held")).toBeTruthy());
    show(null, 500);
    await waitFor(() => expect(screen.getByText("the store is busy")).toBeTruthy());
  });

  it("say that there are none", async () => {
    show(certificatesOf({ verdict: null }));
    await waitFor(() => expect(screen.getByText("No certificates passed here")).toBeTruthy());
  });

  it("tell whose certificate is missing, and the checks with the worst first", async () => {
    const leaf = certificate("leaf.example");
    const fails = { name: "path", outcome: "fail", evidence: "issuer is unknown", certificate: leaf.sha256 } as const;
    const passes = { name: "name", outcome: "pass", evidence: "`leaf.example` is there", certificate: null } as const;
    show(
      certificatesOf({
        presented: [leaf],
        path: [{ ...leaf, source: "presented" }],
        verdict: verdict({ decision: "refused", error: "UnknownIssuer", checks: [passes, fails] }),
      }),
    );
    await waitFor(() => expect(screen.getByText("missing")).toBeTruthy());
    expect(screen.getAllByText("issuing")).toBeTruthy();
    expect(screen.getAllByRole("rowheader").map((head) => head.textContent)).toEqual(["path", "name"]);
    expect(screen.getByRole("button", { name: "Let this host pass all the same" })).toBeTruthy();
  });
});

it("a judge and checks that disagree are a fault of ours, and said", () => {
  render(
    <PolicyLine
      verdict={verdict({ text: "certificate is good", trusted_by: ["system"], fault: "dates fails" })}
      whose="origin"
      passed={false}
      host={null}
    />,
  );
  expect(screen.getByText("Origin's chain valid: trusted")).toBeTruthy();
  expect(screen.getByText(/A fault of Handlens.*dates fails/)).toBeTruthy();
});

it("the checks of a connection name the certificate that each is about, and lead to it", async () => {
  const leaf = certificate("leaf.example");
  const issuing = certificate("issuing");
  const strength = (sha256: string) =>
    ({ name: "key_strength", outcome: "pass", evidence: "EC P-256", certificate: sha256 }) as const;
  const judged = verdict({ checks: [strength("leaf.example"), strength("issuing")] });
  answer(200, certificatesOf({ presented: [leaf, issuing], verdict: judged }));
  render(<VerdictTable id="c-1" verdict={judged} outcome="inspected" host={null} />);
  await waitFor(() => expect(screen.getByRole("link", { name: "leaf.example" })).toBeTruthy());
  expect(screen.getByRole("link", { name: "issuing" }).getAttribute("href")).toBe(
    "/connections/c-1/certificates?cert=issuing",
  );
});

it("what is asked before a rule is told in the verdict's words, not in the path builder's", () => {
  const refused = verdict({ decision: "refused", text: "certificate expired 3 days ago", error: "1795281820 (UNIX)" });
  render(<PolicyLine verdict={refused} whose="origin" passed={false} host="a.example" />);
  fireEvent.click(screen.getByRole("button", { name: "Let this host pass all the same" }));
  expect(asked.value?.text).toBe("certificate expired 3 days ago");
});

it("a chain whose key was not proved can't be let pass, and why is said", () => {
  const checks = [{ name: "possession", outcome: "fail", evidence: "not signed", certificate: "leaf" } as const];
  render(
    <PolicyLine
      verdict={verdict({ decision: "refused", text: "the handshake is not signed", checks })}
      whose="origin"
      passed={false}
      host="b.example"
    />,
  );
  expect(screen.getAllByRole("button").map((button) => button.textContent)).toEqual(["Pass this host through"]);
  expect(screen.getByText(/did not prove that it holds/)).toBeTruthy();
});

describe("the list of certificates", () => {
  const column = CERTIFICATE_COLUMNS.find(({ key }) => key === "verdict");
  const cell = (change: Partial<ListedCertificate>) => {
    const { container } = render(<>{column?.cell(listed("leaf.example", change))}</>);
    return container;
  };

  it("tells the worst that was decided of chains with each, and that it was revoked before all", () => {
    expect(cell({ verdicts: [] }).textContent).toBe("");
    expect(cell({ verdicts: ["trusted", "not_judged"] }).textContent).toBe("trusted, not judged");
    expect(cell({ verdicts: ["trusted", "overridden"] }).textContent).toBe("overridden, trusted");
    const refused = cell({ verdicts: ["trusted", "refused", "overridden"] });
    expect(refused.textContent).toBe("refused, trusted, overridden");
    expect(refused.querySelector(".decision.refused")).toBeTruthy();
    const revoked = cell({ verdicts: ["trusted", "refused"], revoked: true });
    expect(revoked.textContent).toBe("revoked");
    // A host that is let pass all the same has a chain whose certificate was revoked.
    expect(cell({ verdicts: ["overridden"], revoked: true }).textContent).toBe("revoked");
  });

  it("has the column where there is room, and doesn't sort by it", () => {
    expect(column?.title).toBe("Verdict");
    expect(column?.sort).toBeNull();
    expect(column?.need).not.toBeNull();
  });
});

describe("rules", () => {
  it("are asked about before a bad chain is let pass, and made with the host", async () => {
    answer(201, { id: "9", kind: "allow_invalid", host: "a.example", origin: "person", made: null });
    HTMLDialogElement.prototype.showModal ??= () => undefined;
    render(
      <>
        <RuleOffer host="a.example" kinds={["allow_invalid", "pass"]} text="expired" />
        <RuleDialog />
      </>,
    );
    fireEvent.click(screen.getByRole("button", { name: "Let this host pass all the same" }));
    expect(sent).toEqual([]);
    const confirm = await waitFor(() => {
      const button = document.querySelector<HTMLElement>("dialog .rule-way button");
      expect(button).not.toBeNull();
      return button as HTMLElement;
    });
    fireEvent.click(confirm);
    await waitFor(() => expect(screen.getByText(/Rule made: a\.example may pass/)).toBeTruthy());
    expect(sent).toEqual([["/api/rules", "POST", '{"kind":"allow_invalid","host":"a.example"}']]);
    answer(204, null);
    fireEvent.click(screen.getByRole("button", { name: "Undo" }));
    await waitFor(() => expect(screen.getByRole("button", { name: "Pass this host through" })).toBeTruthy());
    expect(sent.at(-1)?.slice(0, 2)).toEqual(["/api/rules/9", "DELETE"]);
  });

  it("say why they can't be read", async () => {
    answer(503, problem(503, "the proxy is busy"));
    render(<RulesView />);
    await waitFor(() => expect(screen.getByText("the proxy is busy")).toBeTruthy());
  });
});
