// Deep links, clearing and undoing, a link that is lost and comes back, bodies large and small, and the empty start.

import assert from "node:assert/strict";
import { test } from "node:test";

import { startMock } from "../dev/mock-server.mjs";
import { axeFaults, closePage, connectionId, eventually, exchangeId, goTo, openPage, rows, useLab } from "./lab.mjs";

const lab = useLab({ rows: 3_000 });

const find = (matches) => {
  for (let n = 0; n < lab.mock.data.count; n += 1) {
    const row = lab.mock.data.row(n);
    if (matches(row)) {
      return row.id;
    }
  }
  throw new Error("no such row");
};

test("an address leads to the row, its tab and its body's view", async () => {
  const id = find(
    (row) => row.host === "api.shop.example" && row.content_type === "application/json" && row.method === "GET",
  );
  const page = await openPage(lab, `/traffic?q=host:api&sel=${id}&body=hex`);
  await page.locator(`[data-row="${id}"][aria-selected=true]`).waitFor();
  assert.equal(await page.getByRole("tab", { name: "Hex" }).getAttribute("aria-selected"), "true");
  await page.locator(".hex .line").first().waitFor();
  await page.getByRole("button", { name: /Open as a page/ }).click();
  await eventually(async () => page.url().includes(`/traffic/${id}?body=hex`), "a page of its own");
  await page.goBack();
  await page.locator(`[data-row="${id}"][aria-selected=true]`).waitFor();
  await closePage(page);
});

test("traffic and connections are told apart by their TLS", async () => {
  const page = await openPage(lab, "/traffic?q=tls.version:1.2&cols=host,suite,group,alpn,ja4,resumed");
  await rows(page).first().waitFor();
  const texts = await rows(page).allInnerTexts();
  assert.ok(texts.every((text) => text.includes("legacy.partner.example") && text.includes("ECDHE-RSA AES-256-GCM")));
  assert.match(texts[0], /X25519MLKEM768 \| secp256r1/);
  assert.match(texts[0], /t13d1516h2_/);
  await closePage(page);

  const other = await openPage(lab, "/connections?q=resumed:yes&cols=target,tls,suite,resumed");
  await rows(other).first().waitFor();
  const resumed = await rows(other).allInnerTexts();
  assert.ok(resumed.every((text) => text.includes("yes")));
  await other.getByRole("columnheader", { name: "Suite" }).waitFor();
  await closePage(other);
});

test("what a filter shows is cleared, and comes back by undo", async () => {
  const page = await openPage(lab, "/traffic?q=status:404");
  await rows(page).first().waitFor();
  const before = lab.mock.data.held;
  await page.keyboard.press("x");
  await page.getByText("Nothing matches").waitFor();
  assert.ok(lab.mock.data.held < before);
  await page.getByRole("button", { name: /Undo/ }).click();
  await eventually(() => lab.mock.data.held === before, "they are back");
  await rows(page).first().waitFor();
  await closePage(page);
});

test("a lost link is told, the rows stay, and it comes back by itself", async () => {
  const page = await openPage(lab, "/traffic");
  await rows(page).first().waitFor();
  lab.mock.live.drop(true);
  await page.getByText("The link to Handlens is lost").waitFor();
  await page.getByText("link lost").last().waitFor();
  assert.ok(await page.locator(".grid.stale").count());
  assert.ok((await rows(page).count()) > 20);
  lab.mock.live.drop(false);
  lab.mock.data.add(3);
  await eventually(
    async () => (await page.getByText("The link to Handlens is lost").count()) === 0,
    "the link is back",
  );
  await eventually(
    async () => (await rows(page).last().innerText()).includes(String(lab.mock.data.count)),
    "the rows are as they are now",
  );
  await closePage(page, /WebSocket/);
});

test("a large body shows its first part at once, then all, and is searched", async () => {
  const id = find((row) => row.host === "downloads.vendor.example");
  const page = await openPage(lab, `/traffic/${id}/response?body=raw`);
  await page.getByText(/The first 66 kB of .* MB are shown/).waitFor();
  await page.getByRole("button", { name: "Load all" }).click();
  await eventually(async () => (await page.getByText("The first 66 kB").count()) === 0, "all of it is there");
  await page.getByRole("searchbox", { name: "Find in the body" }).fill("person8999@");
  await page.getByText("1 of 1").waitFor();
  await page.locator("mark.current").waitFor();
  assert.ok((await page.locator(".lines .line").count()) < 200);
  await page.getByRole("tab", { name: "Tree" }).click();
  await page
    .getByText(/9000 items/)
    .first()
    .waitFor();
  await closePage(page);
});

test("a number that no double holds is shown as it was sent", async () => {
  const id = find((row) => row.path.startsWith("/v1/orders"));
  const page = await openPage(lab, `/traffic/${id}/response?body=tree`);
  await page.getByRole("button", { name: "Unfold all" }).click();
  await page.getByText("9007199254740993", { exact: true }).waitFor();
  await closePage(page);
});

test("a head is shown as it was received, to the byte", async () => {
  const id = find((row) => row.host === "legacy.partner.example");
  const page = await openPage(lab, `/traffic/${id}/request`);
  await page.getByRole("button", { name: "As received" }).click();
  const head = page.getByRole("region", { name: "Request head" });
  assert.match(await head.innerText(), /user-AGENT:Mozilla\/5\.0 \(X11\)\\r\\n\s+X-Caf\\xe9: \\t1/);
  assert.deepEqual(await axeFaults(page), []);
  await page.getByRole("tab", { name: "Response" }).click();
  await page.getByRole("heading", { name: "100 Continue" }).waitFor();
  await page.getByRole("region", { name: "Informational response 1" }).waitFor();
  await closePage(page);
});

test("an answer that invites to HTTP/3 says what that means", async () => {
  const id = find((row) => row.path === "/assets/app.js");
  const page = await openPage(lab, `/traffic/${id}/response`);
  await page.getByText("The client may leave for HTTP/3").waitFor();
  await page.getByText("strip-alt-svc").waitFor();
  await closePage(page);
});

test("doors that are open are told with what a client is to be given", async () => {
  const page = await openPage(lab, "/setup");
  await page.getByText("http://127.0.0.1:8080/proxy.pac").waitFor();
  await page.getByText("socks5h://127.0.0.1:1080").waitFor();
  await page.getByText("handlens rules --print nft --listen transparent@127.0.0.1:8443 | sudo nft -f -").waitFor();
  await page.getByText("https://api.shop.example:443").waitFor();
  await closePage(page);
});

test("a connection tells its door, its program and the proxy on its way", async () => {
  const page = await openPage(lab, `/connections/${connectionId(12)}`);
  const client = page.locator(".leg-card.client");
  await client.getByText(/curl \(process \d+\)/).waitFor();
  await client.getByText("/usr/bin/curl").waitFor();
  await closePage(page);
  const other = await openPage(lab, `/connections/${connectionId(10)}`);
  await other.locator(".leg-card.origin").getByText("http://proxy.office.example:3128").waitFor();
  await other.locator(".inspector-head").getByText("SOCKS 5").waitFor();
  await closePage(other);
});

test("an image is drawn under the strict policy", async () => {
  const id = find((row) => row.content_type === "image/png");
  const page = await openPage(lab, `/traffic/${id}/response`);
  await page.getByText("image/png · 160 × 100").waitFor();
  await closePage(page);
});

test("a connection that failed tells leg, stage, alert and what to do", async () => {
  const page = await openPage(lab, `/connections/${connectionId(8)}`);
  await page.getByText("The client rejected our certificate").waitFor();
  await page.getByText("unknown_ca").waitFor();
  await page.getByText(/install the root in this client/i).waitFor();
  await page.getByText("the client sent it").waitFor();
  await closePage(page);
});

test("pausing the recording is amber and can be taken back", async () => {
  const page = await openPage(lab, "/traffic");
  await page.getByRole("button", { name: /^Recording\. / }).click();
  await page.getByText("Recording is paused").waitFor();
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await eventually(async () => (await page.getByText("Recording is paused").count()) === 0, "it goes on");
  await closePage(page);
});

test("the curl line and the URL are copied", async () => {
  const page = await openPage(lab, `/traffic/${exchangeId(5)}/response`);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.locator(".inspector").waitFor();
  await page.keyboard.press("c");
  await eventually(
    async () => /^curl /.test(await page.evaluate(() => navigator.clipboard.readText())),
    "it is in the clipboard",
  );
  await closePage(page);
});

test("the empty start tells what to do, and fills by itself", async () => {
  const empty = { ...lab, mock: await startMock({ rows: 0 }) };
  try {
    const page = await openPage(empty, "/");
    await page.getByText("No traffic yet").waitFor();
    await page.getByText(/curl --proxy http:\/\/127\.0\.0\.1:8080 --cacert/).waitFor();
    assert.equal(await page.locator(".lights .green").count(), 0);
    empty.mock.data.add(12);
    empty.mock.live.changed();
    await rows(page).first().waitFor();
    assert.equal(await rows(page).count(), 12);
    await goTo(page, "s", page.locator(".lights"));
    await eventually(async () => (await page.locator(".lights .green").count()) === 3, "all lights are green");
    await closePage(page);
  } finally {
    empty.mock.close();
  }
});

test("the theme is the system's until the person says otherwise, and is remembered", async () => {
  const page = await openPage(lab, "/traffic", { theme: "dark" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.getByRole("button", { name: /^Theme/ }).click();
  await eventually(async () => (await ground()) !== dark, "it is light now");
  await page.reload();
  assert.notEqual(await ground(), dark);
  await closePage(page);
});
