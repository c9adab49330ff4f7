// The dashboard in Chromium against the real Handlens: traffic goes through it by curl, and must show.
//
//   HANDLENS_BIN=../../target/debug/handlens npm run e2e:real
//
// Needs Chromium (HANDLENS_CHROMIUM names another than /usr/bin/chromium), curl and openssl.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { chromium } from "playwright-core";

import { startLab } from "./lab.mjs";

let lab;
let browser;
let page;

before(
  async () => {
    lab = await startLab();
    browser = await chromium.launch({
      executablePath: process.env.HANDLENS_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    page = await openPage();
  },
  { timeout: 60_000 },
);

after(async () => {
  await browser?.close();
  await lab?.stop();
});

/** A page whose every complaint fails the test that it happens in. */
async function openPage() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const opened = await context.newPage();
  opened.complaints = [];
  opened.on("pageerror", (error) => opened.complaints.push(String(error)));
  opened.on("console", (message) => message.type() === "error" && opened.complaints.push(message.text()));
  opened.setDefaultTimeout(15_000);
  return opened;
}

const rows = () => page.getByRole("grid", { name: "Exchanges" }).locator("[data-row]");
const row = (text) => rows().filter({ hasText: text });
/** A tab of the connection that is open: the rail, which is there before it, has links of the same names. */
const connectionTab = (name) =>
  page.getByRole("navigation", { name: "Of this connection" }).getByRole("link", { name, exact: true });

test("the token signs in and leaves the address", async () => {
  await page.goto(lab.dashboard);
  await page.getByText("No traffic yet").waitFor();
  assert.ok(!page.url().includes("token"), page.url());
  assert.equal(await page.locator(".lights li.green").count(), 0);
});

test("without the token nothing is told", async () => {
  const stranger = await (await browser.newContext()).newPage();
  const answer = await stranger.goto(new URL("/api/status", lab.dashboard).href);
  assert.equal(answer.status(), 401);
  await stranger.close();
});

test("rows appear live while the page is looked at", async () => {
  for (let n = 1; n <= 3; n += 1) {
    await lab.curl(`${lab.origin}/hello?n=${n}`);
    await row(`/hello?n=${n}`).waitFor();
  }
  assert.equal(await rows().count(), 3);
  await row("/hello?n=2").getByText("200").waitFor();
});

test("an exchange under way is a row, and comes to its end before the eyes", async () => {
  const asked = lab.curl(`${lab.origin}/hold`);
  await row("/hold").locator(".status.open").waitFor();
  lab.release();
  await asked;
  await row("/hold").getByText("200").waitFor();
});

test("the setup check turns green", async () => {
  await page.goto(new URL("/setup", lab.dashboard).href);
  await page.locator(".lights li.green").nth(2).waitFor();
  assert.equal(await page.locator(".lights li.green").count(), 3);
});

test("a filter narrows the list and stands in the address", async () => {
  await page.goto(new URL("/traffic", lab.dashboard).href);
  await row("/hello?n=1").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("path:hold");
  await page.keyboard.press("Enter");
  await row("/hello?n=1").waitFor({ state: "detached" });
  await row("/hold").waitFor();
  assert.match(page.url(), /[?&]q=path:hold/);
});

test("a row opens, its head and its body are shown, and its address leads back", async () => {
  await page.goto(new URL("/traffic", lab.dashboard).href);
  await row("/hello?n=2").click();
  const inspector = page.getByRole("region", { name: "Exchange" });
  await inspector.getByRole("cell", { name: "said by the origin" }).waitFor();
  await inspector.getByText("hello number 2").waitFor();
  assert.match(page.url(), /[?&]sel=/);

  const deep = await page.context().newPage();
  await deep.goto(page.url());
  await deep.getByRole("region", { name: "Exchange" }).getByText("hello number 2").waitFor();
  await deep.close();
});

test("JSON is shown as JSON, compressed on the way", async () => {
  await lab.curl(`${lab.origin}/json`);
  await page.goto(new URL("/traffic?q=path:/json", lab.dashboard).href);
  await row("/json").click();
  const inspector = page.getByRole("region", { name: "Exchange" });
  await inspector.getByText('"deep"').first().waitFor();
});

test("a failure is a row that says why and what to do", async () => {
  await lab.curl("https://no-such-host.invalid/");
  await page.goto(new URL("/traffic?q=host:no-such-host.invalid", lab.dashboard).href);
  await row("no-such-host.invalid").click();
  const inspector = page.getByRole("region", { name: "Exchange" });
  await inspector
    .getByText(/could not be resolved/i)
    .first()
    .waitFor();
  await inspector.getByText("To do").waitFor();
});

test("a client that rejects our certificate is a connection that says so", async () => {
  await lab.curlWithoutRoot(`${lab.origin}/never`);
  await page.goto(new URL("/connections", lab.dashboard).href);
  const connections = page.getByRole("grid", { name: "Connections" }).locator("[data-row]");
  await connections
    .filter({ hasText: /reject/i })
    .first()
    .click();
  await page.getByText("unknown_ca").first().waitFor();
});

test("both handshakes of a connection are drawn, and their sealed messages opened", async () => {
  await page.goto(new URL("/connections?q=outcome:inspected", lab.dashboard).href);
  await page.getByRole("grid", { name: "Connections" }).locator("[data-row]").first().click();
  await connectionTab("Handshake").click();
  const message = (name) => page.getByRole("option", { name });
  await message(/^ClientHello\b.*client to Handlens/).waitFor();
  await message(/^EncryptedExtensions\b.*origin to Handlens.* sealed/).waitFor();
  await message(/^ClientHello\b.*client to Handlens/)
    .locator(".name")
    .click();
  await page.locator("[data-field='extensions/server_name']").click();
  const text = page.locator(".byte-text .picked");
  await text.first().waitFor();
  assert.ok((await text.allInnerTexts()).join("").endsWith("localhost"));
  await message(/^Finished\b.*client to Handlens/)
    .locator(".name")
    .click();
  await page.getByText("verified").first().waitFor();
  await page.getByRole("tab", { name: "Keys" }).click();
  await page.getByRole("button", { name: /^Master Secret .*, reached/ }).waitFor();
});

test("a handshake that the client broke off tells why", async () => {
  await page.goto(new URL("/connections?q=outcome:failed+error:client", lab.dashboard).href);
  await page.getByRole("grid", { name: "Connections" }).locator("[data-row]").first().click();
  await connectionTab("Handshake").click();
  await page.getByRole("option", { name: /^alert unknown_ca sent by client/ }).waitFor();
  await page
    .getByRole("region", { name: "Why it failed" })
    .getByText(/unknown_ca/)
    .first()
    .waitFor();
});

test("certificates stand beside each other, and their fields light their bytes", async () => {
  await page.goto(new URL("/connections?q=outcome:inspected", lab.dashboard).href);
  await page.getByRole("grid", { name: "Connections" }).locator("[data-row]").first().click();
  await connectionTab("Certificates").click();
  await page.getByRole("heading", { name: "Origin's chain valid: trusted" }).waitFor();
  const column = (name) => page.getByRole("region", { name });
  await column("Path we built")
    .getByRole("link", { name: /Lab Root issued by itself/ })
    .waitFor();
  await column("Minted for the client")
    .getByRole("link", { name: /localhost by Handlens/ })
    .waitFor();
  assert.equal(await page.locator(".board-lines .same").count(), 1);
  await column("Presented by the origin").getByRole("link").click();
  await page.getByRole("tab", { name: "Bytes" }).click();
  await page.locator("[data-field='certificate/tbs_certificate/subject']").click();
  const text = page.locator(".byte-text .picked");
  await text.first().waitFor();
  assert.ok((await text.allInnerTexts()).join("").endsWith("localhost"));
});

test("all certificates that were seen are a list", async () => {
  await page.goto(new URL("/certificates?q=issuer:lab", lab.dashboard).href);
  const certificates = page.getByRole("grid", { name: "Certificates" }).locator("[data-row]");
  await certificates.filter({ hasText: "localhost" }).first().click();
  await page.getByRole("tab", { name: "Summary" }).click();
  await page.locator(".sightings").getByRole("link", { name: "localhost" }).waitFor();
});

test("a refused origin is let pass by a rule, says so, and is refused again once it is revoked", async () => {
  const wait = (text) => row(text).first().waitFor();
  await lab.curl(`${lab.stranger}/one`);
  await page.goto(new URL("/connections?q=verdict:refused", lab.dashboard).href);
  await page.getByRole("grid", { name: "Connections" }).locator("[data-row]").first().click();
  await page.getByRole("button", { name: "Let this host pass all the same" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Let this host pass all the same" }).click();
  await page
    .getByText(/Rule made: 127\.0\.0\.1/)
    .first()
    .waitFor();
  assert.equal((await lab.curl(`${lab.stranger}/two`)).stdout, "hello, stranger");
  await page.goto(new URL("/traffic?q=verdict:overridden", lab.dashboard).href);
  await wait(/overridden/);
  await page.goto(new URL("/rules", lab.dashboard).href);
  const rule = page.getByRole("table", { name: "Made here" }).getByRole("row", { name: /127\.0\.0\.1/ });
  await rule.getByRole("button", { name: "Revoke" }).click();
  await rule.waitFor({ state: "detached" });
  assert.notEqual((await lab.curl(`${lab.stranger}/three`)).stdout, "hello, stranger");
});

test("a clear hides the rows, and an undo brings them back", async () => {
  await page.goto(new URL("/traffic", lab.dashboard).href);
  await row("/hello?n=1").waitFor();
  await page.keyboard.press("x");
  await page.getByRole("button", { name: /undo/i }).click();
  await row("/hello?n=1").waitFor();
});

test("the pages complained of nothing", () => {
  // The refusals that a test provoked are told by the browser too.
  const unexpected = page.complaints.filter((text) => !text.includes("401"));
  assert.deepEqual(unexpected, []);
});
