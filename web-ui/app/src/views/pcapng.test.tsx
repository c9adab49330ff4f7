import { cleanup, render, screen, waitFor } from "@testing-library/preact";
import { afterEach, expect, it, vi } from "vitest";

import { offeredCommands, runCommand } from "../commands";
import { exchangeDetail } from "../fixtures";
import { FIRST_TAB } from "../lib/route";
import { ConnectionDetail } from "./connections/detail";
import { Inspector } from "./inspector";

const connection = exchangeDetail().connection_detail;

const answer = (body: unknown) => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(body))));
};

const links = () =>
  screen
    .queryAllByRole("link", { name: /pcapng/ })
    .map((link) => [link.getAttribute("href"), link.hasAttribute("download")]);

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("a connection's handshakes can be downloaded, and what of its secrets goes along is said", async () => {
  answer({ ...connection, number: 7 });
  render(<ConnectionDetail id="c-1" />);
  await waitFor(() => expect(links()).toHaveLength(2));
  const [inHead, inText] = links();
  expect(inHead).toEqual([`/api/export.pcapng?ids=${connection?.id}`, true]);
  expect(inText).toEqual(inHead);
  const told =
    /the handshakes, with the secrets that open them\. What came behind them stays sealed, unless all secrets/;
  expect(screen.getByText(told).textContent).toContain("--keep-secrets");
  expect(screen.getAllByRole("link", { name: /pcapng/ })[0]?.title).toMatch(told);
});

it("what came without TLS has no handshakes to download", async () => {
  answer({ ...connection, number: 7, outcome: "plain" });
  render(<ConnectionDetail id="c-1" />);
  await waitFor(() => expect(screen.getByText("HTTP without TLS.")).toBeTruthy());
  expect(links()).toEqual([]);
  expect(offeredCommands().map(({ id }) => id)).not.toContain("export-connection");
});

it("an exchange leads to the handshakes of its connection, by a link and by the palette", async () => {
  // It is also the answer to which exchanges the connection carried.
  answer({ ...exchangeDetail({ connection: "c 9" }), items: [] });
  render(<Inspector id="id-1" state={{ ...FIRST_TAB, tab: "timing" }} onState={() => undefined} />);
  await waitFor(() => expect(links()).toEqual([["/api/export.pcapng?ids=c+9", true]]));
  const asked: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    asked.push(this.getAttribute("href") ?? "");
  });
  await waitFor(() => expect(runCommand("export-connection")).toBe(true));
  expect(asked).toEqual(["/api/export.pcapng?ids=c+9"]);
});
