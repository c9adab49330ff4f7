import { render, screen, waitFor } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";

import { exchangeDetail } from "../fixtures";
import { FIRST_TAB } from "../lib/route";
import { FailureCard } from "./failure";
import { Inspector } from "./inspector";
import { guides } from "./setup/guides";

const answers = (routes: Record<string, [status: number, body: string]>) => {
  vi.stubGlobal("fetch", (url: string) => {
    const [status, body] = routes[url] ?? [
      404,
      JSON.stringify({ type: "about:blank", title: "", status: 404, detail: "not held" }),
    ];
    return Promise.resolve(new Response(body, { status }));
  });
};

const inspect = (tab: "request" | "response" | "timing" | "tls") =>
  render(<Inspector id="id-1" state={{ ...FIRST_TAB, tab }} onState={() => undefined} />);

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("the inspector", () => {
  it("shows a response, its sizes and its text", async () => {
    const response = {
      ...exchangeDetail().response,
      status: 200,
      reason: null,
      http_version: "HTTP/2" as const,
      made_here: false,
      raw_head: null,
      trailers: null,
      fields: [["content-type", "text/plain"]] as [string, string][],
      bytes: 17,
      kept: 17,
      dropped: 0,
    };
    answers({
      "/api/exchanges/id-1": [200, JSON.stringify(exchangeDetail({ response }))],
      "/api/exchanges/id-1/response/body?as=text": [200, "<b>hello</b> there"],
    });
    inspect("response");
    await waitFor(() => expect(document.querySelector(".body-size")?.textContent).toBe("17 B"));
    await waitFor(() => expect(screen.getByRole("group", { name: "Body text" })).toBeTruthy());
    expect(document.querySelector(".code b")).toBeNull();
  });

  it("says what was not kept", async () => {
    const response = {
      status: 200,
      reason: null,
      http_version: "HTTP/2" as const,
      made_here: false,
      raw_head: null,
      trailers: null,
      fields: [] as [string, string][],
      bytes: 5_000_000,
      kept: 0,
      dropped: 5_000_000,
    };
    answers({ "/api/exchanges/id-1": [200, JSON.stringify(exchangeDetail({ response }))] });
    inspect("response");
    await waitFor(() => expect(screen.getByText("The body was not kept")).toBeTruthy());
    expect(screen.getByText(/5,000,000 bytes passed/)).toBeTruthy();
  });

  it("says that an exchange is gone", async () => {
    answers({});
    inspect("response");
    await waitFor(() => expect(screen.getByText("This exchange is gone")).toBeTruthy());
  });

  it("says that the connection is no longer held", async () => {
    answers({ "/api/exchanges/id-1": [200, JSON.stringify(exchangeDetail({ connection_detail: null }))] });
    inspect("tls");
    await waitFor(() => expect(screen.getByText("The connection is no longer held")).toBeTruthy());
  });
});

it("a failure tells leg, step, alert with its meaning, and what to do", () => {
  render(
    <FailureCard
      host="api.bank.example"
      failure={{
        leg: "client",
        stage: "tls",
        text: "the client rejected our certificate",
        remedy: "install the root",
        alert: { code: 48, name: "unknown_ca", sent_by_us: false },
      }}
    />,
  );
  expect(screen.getByText("The client rejected our certificate")).toBeTruthy();
  expect(screen.getByText("client leg")).toBeTruthy();
  expect(
    screen.getByText(/\(48\), the client sent it: the certificate's root is not among those that the peer trusts/),
  ).toBeTruthy();
  expect(screen.getByText("Install the root")).toBeTruthy();
  expect(screen.getByRole("link", { name: /trust the root/ }).getAttribute("href")).toBe("/setup");
});

describe("the guides", () => {
  const all = guides({ proxy: "127.0.0.1:8080", dataDir: null, rootPath: "/home/a b/root.pem", open: false });

  it("are there for every system and program", () => {
    expect(all.map((guide) => guide.key)).toEqual([
      "any",
      "curl",
      "python",
      "node",
      "java",
      "git",
      "chromium",
      "firefox",
      "debian",
      "fedora",
      "macos",
      "windows",
      "ios",
      "android",
    ]);
  });

  it("quote a path that a shell would cut", () => {
    const codes = all.flatMap((guide) => guide.steps.map((step) => step.code ?? ""));
    for (const code of codes.filter((line) => line.includes("root.pem") && line.includes("/home"))) {
      expect(code).toContain("'/home/a b/root.pem'");
    }
  });

  it("tell a phone's owner that the proxy has to be opened first", () => {
    expect(all.find((guide) => guide.key === "ios")?.steps[0]?.code).toBe("handlens --listen 0.0.0.0:8080");
    const open = guides({ proxy: "127.0.0.1:8080", dataDir: null, rootPath: "/r.pem", open: true });
    expect(open.find((guide) => guide.key === "ios")?.steps[0]?.code).toBeUndefined();
  });
});
