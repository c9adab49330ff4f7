// Certificates and rules: a connection's chain, fields and bytes that light each other, the list of all, a host whose
// leaf changed; rules made where something failed, undone, added and revoked.

import assert from "node:assert/strict";
import { test } from "node:test";

import { closePage, connectionId, eventually, exchangeId, goTo, openPage, rows, useLab } from "./lab.mjs";

const lab = useLab({ rows: 600 });

// What the mock's connections of these numbers are.
const [TRUSTED, MUTUAL, REFUSED, PASSED, OPAQUE, OVERRIDDEN] = [0, 10, 15, 17, 26, 31];

const chain = (n, query = "") => `/connections/${connectionId(n)}/certificates${query}`;
const param = (page, name) => new URL(page.url()).searchParams.get(name);
const json = async (path) => (await fetch(lab.mock.url + path)).json();
const told = (n) => json(`/api/connections/${connectionId(n)}/certificates`);
const column = (page, name) => page.getByRole("region", { name });

test("presented, built and minted stand beside each other, joined where they are equal", async () => {
  const page = await openPage(lab, chain(TRUSTED));
  await page.getByRole("heading", { name: "Origin's chain valid: trusted" }).waitFor();
  await page.getByText("Mozilla", { exact: true }).waitFor();
  assert.equal(await column(page, "Presented by the origin").getByRole("link").count(), 4);
  assert.equal(await column(page, "Path we built").getByRole("link").count(), 3);
  assert.equal(await column(page, "Minted for the client").getByRole("link").count(), 2);
  // Leaf, intermediate and the leaf that was sent twice; and the minted leaf after the origin's.
  assert.equal(await page.locator(".board-lines .same").count(), 3);
  assert.equal(await page.locator(".board-lines .modelled").count(), 1);
  const badges = await column(page, "Presented by the origin").locator(".badge-chip").allInnerTexts();
  assert.deepEqual(badges, ["expired cross-sign", "wrong order", "duplicate"]);
  await closePage(page);
});

test("checks stand with the worst first, and what was not checked is no pass", async () => {
  const page = await openPage(lab, chain(REFUSED));
  const outcomes = page.getByRole("table", { name: "Checks" }).locator("td:first-child");
  await outcomes.first().waitFor();
  const words = (await outcomes.allInnerTexts()).map((text) => text.trim());
  assert.equal(words[0], "fail");
  assert.ok(words.lastIndexOf("pass") < words.indexOf("not checked"));
  await page.getByText("1 fail").waitFor();
  await page.getByRole("heading", { name: "Origin's chain invalid: refused" }).waitFor();
  await closePage(page);
});

test("a certificate is opened by keyboard, stepped through and closed; the address keeps it", async () => {
  const page = await openPage(lab, chain(TRUSTED));
  await page.locator(".board").waitFor();
  await page.keyboard.press("j");
  await page.getByRole("region", { name: "Certificate" }).getByRole("heading", { name: "api.shop.example" }).waitFor();
  const { presented } = await told(TRUSTED);
  await eventually(() => param(page, "cert") === presented[0].sha256, "its SHA-256 is in the address");
  await page.keyboard.press("j");
  await eventually(() => param(page, "cert") === presented[1].sha256, "j goes on");
  await page.keyboard.press("k");
  await eventually(() => param(page, "cert") === presented[0].sha256, "k goes back");
  await page.keyboard.press("Escape");
  await eventually(() => param(page, "cert") === null, "Escape closes it");
  assert.ok(page.url().includes("/certificates"), "and stays on the page");
  await page.keyboard.press("Escape");
  await page.getByRole("grid", { name: "Connections" }).waitFor();
  await closePage(page);
});

test("a field's link opens its tree, and fields and bytes light each other", async () => {
  const { presented } = await told(TRUSTED);
  const path = "certificate/tbs_certificate/serial_number";
  const page = await openPage(lab, chain(TRUSTED, `?cert=${presented[0].sha256}&field=${path}`));
  await page.locator(`[data-field="${path}"][aria-selected=true]`).waitFor();
  const digits = (await page.locator(".byte-group .picked").allInnerTexts()).join("");
  assert.equal(digits, `0210${presented[0].serial}`);
  await page.locator(`[data-field="certificate/tbs_certificate/version"]`).hover();
  await eventually(
    async () => (await page.locator(".byte-group .lit").allInnerTexts()).join("") === "a003020102",
    "the version's bytes are lit",
  );
  await page.locator("[data-field$='/1.3.6.1.4.1.55555.7']").getByText("not known: a SEQUENCE of 2").waitFor();
  await page.getByRole("tab", { name: "PEM" }).click();
  await page.getByText("BEGIN CERTIFICATE").waitFor();
  await closePage(page);
});

test("SHA-256 and pin are copied, PEM, DER and chain downloaded", async () => {
  const { presented } = await told(TRUSTED);
  const page = await openPage(lab, chain(TRUSTED, `?cert=${presented[0].sha256}`));
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole("button", { name: "Copy the SHA-256" }).click();
  await eventually(async () => (await copied()) === presented[0].sha256, "the SHA-256 is copied");
  await page.getByRole("button", { name: "Copy the pin of the public key" }).click();
  await eventually(async () => (await copied()) === presented[0].spki_sha256, "the pin is copied");
  const links = page.locator(".chain a[download]");
  const targets = await links.evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  assert.deepEqual(targets, [
    `/api/connections/${connectionId(TRUSTED)}/chain.pem`,
    `/api/certificates/${presented[0].sha256}.pem`,
    `/api/certificates/${presented[0].sha256}.der`,
  ]);
  await closePage(page);
});

test("other paths are folded, each with the reason that it was not taken", async () => {
  const page = await openPage(lab, chain(TRUSTED));
  await page.getByText("Other paths, not taken").click();
  await page.getByText("Example Root X1 as signed by Old Root R0 expired 41 days ago").waitFor();
  await closePage(page);
});

test("the minted leaf beside the origin's tells what differs, and clients' certificates are told", async () => {
  const page = await openPage(lab, chain(MUTUAL));
  const table = page.getByRole("table", { name: "What it says" });
  await table.getByRole("row", { name: /^issuer .*Example Issuing CA 3.*Handlens root/ }).waitFor();
  await table.getByRole("row", { name: /^key usage the same/ }).waitFor();
  await page.getByRole("heading", { name: /The client's certificate asked of the client, and given/ }).waitFor();
  await page.getByRole("heading", { name: "Client's chain valid: trusted" }).waitFor();
  await page.getByRole("heading", { name: /^Sent to the origin/ }).waitFor();
  await closePage(page);
});

test("a chain that was let pass is overridden in every view", async () => {
  const page = await openPage(lab, chain(OVERRIDDEN));
  await page.getByText("allowed by --allow-invalid self-signed.lab.example").waitFor();
  await page.locator(".inspector-head").getByText("chain overridden").waitFor();
  await page.goto(`${lab.mock.url}/traffic?q=host:self-signed`);
  await rows(page).first().getByText("overridden").waitFor();
  await rows(page).first().click();
  await page.locator(".inspector-head").getByText("chain overridden").waitFor();
  await page.goto(`${lab.mock.url}/connections?q=self-signed`);
  await rows(page).first().getByText("chain overridden").waitFor();
  await closePage(page);
});

test("what was passed through is not judged, and what was no TLS has no certificates", async () => {
  const page = await openPage(lab, chain(PASSED));
  await page.getByRole("heading", { name: "Passed through: not judged" }).waitFor();
  await column(page, "Minted for the client").getByText("the client sees the origin's own").waitFor();
  await page.goto(lab.mock.url + chain(OPAQUE));
  await page.getByText("No certificates passed here").waitFor();
  await closePage(page);
});

test("in an exchange's tab the certificates open in the tab's place", async () => {
  const page = await openPage(lab, `/traffic?sel=${exchangeId(12)}&tab=certificates`);
  await column(page, "Presented by the origin").getByRole("link").first().click();
  await eventually(
    () => param(page, "cert") !== null && param(page, "tab") === "certificates",
    "both are in the address",
  );
  await page.getByRole("button", { name: "The chain" }).click();
  await column(page, "Path we built").waitFor();
  await closePage(page);
});

test("all that were seen are sorted, filtered and opened, and the address keeps it", async () => {
  const page = await openPage(lab, "/certificates");
  await rows(page).first().waitFor();
  assert.match(await rows(page).first().innerText(), /expired \d+ days ago/);
  assert.ok((await rows(page).count()) < 200, "only a window is rendered");
  await page.getByRole("button", { name: "Expiry" }).click();
  await eventually(() => param(page, "sort") === "-expiry", "the other way round");
  await eventually(async () => /years left/.test(await rows(page).first().innerText()), "what lasts comes first");
  await page.getByRole("button", { name: "Expiry" }).click();
  await eventually(() => param(page, "sort") === null, "and back");
  await eventually(
    async () => /expired \d+ days ago/.test(await rows(page).first().innerText()),
    "what ended comes first",
  );

  await page.getByRole("grid", { name: "Certificates" }).focus();
  await page.keyboard.press("End");
  await eventually(
    async () => /11 years left/.test(await rows(page).last().innerText()),
    "the last of them is reached",
  );

  await page.keyboard.press("/");
  await page.keyboard.type("fleet key:rsa");
  await eventually(async () => /^300 of/.test(await page.locator(".list-count").innerText()), "those that match both");
  await page.keyboard.type(" isuer:x");
  await page.getByText('there is no field "isuer"').first().waitFor();
  assert.equal(await page.locator(".filter-fault pre").innerText(), "fleet key:rsa isuer:x\n              ^^^^^");
  for (let press = 0; press < " isuer:x".length; press += 1) {
    await page.keyboard.press("Backspace");
  }
  await eventually(async () => (await page.locator(".filter.faulty").count()) === 0, "the fault is mended");
  await page.getByRole("combobox", { name: "Seen as" }).selectOption("minted");
  await page.getByText("Nothing matches").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await rows(page).first().waitFor();
  await closePage(page, /400/);
});

test("a host whose leaf changed shows its history", async () => {
  const { items } = await json("/api/certificates?filter=api.shop.example&role=leaf&sort=-expiry");
  const page = await openPage(lab, `/certificates?q=api.shop&sel=${items[0].sha256}`);
  await page.locator(`[data-row="${items[0].sha256}"][aria-selected=true]`).waitFor();
  await page.getByText("presented 3 leaves so far").waitFor();
  await page.getByText(/issuer: Example Issuing CA 4 → Example Issuing CA 3/).waitFor();
  await page.getByRole("button", { name: /Open as a page/ }).click();
  await eventually(() => page.url().endsWith(`/certificates/${items[0].sha256}`), "a page of its own");
  await page.locator(".history a").first().click();
  await eventually(() => !page.url().endsWith(items[0].sha256), "the leaf before it");
  const before = new URL(page.url()).pathname.split("/").at(-1);
  await page.locator(".history li.shown code", { hasText: before.slice(0, 12) }).waitFor();
  await page.locator(".sightings").getByRole("link", { name: "api.shop.example" }).click();
  await page.getByRole("grid", { name: "Connections" }).waitFor();
  assert.equal(param(page, "q"), "host:api.shop.example");
  await closePage(page);
});

test("letting a host pass is asked first, told, and undone", async () => {
  const page = await openPage(lab, chain(REFUSED));
  await page.getByRole("button", { name: "Let this host pass all the same" }).click();
  const dialog = page.getByRole("dialog", { name: "A rule for expired.partner.example" });
  await dialog.getByText(/can't tell then whether it is the real host/).waitFor();
  await dialog.getByText(/every port of the host passes, whatever is wrong with its chain/).waitFor();
  const mine = () => lab.mock.rules.filter(({ host }) => host === "expired.partner.example");
  assert.equal(mine().length, 0, "nothing is made before the answer");
  await dialog.getByRole("button", { name: "Let this host pass all the same" }).click();
  await page.getByText("Rule made: expired.partner.example may pass").first().waitFor();
  assert.equal(mine()[0].kind, "allow_invalid");
  await page.locator(".rule-offer").getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Let this host pass all the same" }).waitFor();
  assert.equal(mine().length, 0);

  await page.getByRole("button", { name: "Pass this host through" }).click();
  await eventually(() => mine()[0]?.kind === "pass", "passing through takes one click");
  await page.locator(".toast").getByRole("button", { name: /Undo/ }).click();
  await eventually(() => mine().length === 0, "and is undone from the message too");
  await closePage(page);
});

test("a row that failed leads to its ways out", async () => {
  const page = await openPage(lab, "/traffic?q=host:expired");
  await rows(page).first().getByRole("button", { name: "fix" }).click();
  const dialog = page.getByRole("dialog", { name: /A rule for expired/ });
  await dialog.getByRole("button", { name: "Pass this host through" }).waitFor();
  await page.keyboard.press("Escape");
  await eventually(async () => (await page.getByRole("dialog").count()) === 0, "Escape makes no rule");
  await page.goto(`${lab.mock.url}/connections?q=bank`);
  await rows(page).filter({ hasText: "api.bank" }).first().getByRole("button", { name: "fix" }).click();
  await page.getByRole("dialog", { name: "A rule for api.bank.example" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Let this host pass all the same" }).count(), 0);
  await closePage(page);
});

test("rules are added by pattern and revoked with one click; those of flags and settings are fixed", async () => {
  const page = await openPage(lab, "/traffic");
  await rows(page).first().waitFor();
  const mine = page.getByRole("table", { name: "Made here" });
  await goTo(page, "r", mine);
  await mine.getByRole("row", { name: /pinned\.app\.example/ }).waitFor();
  const fixed = page.getByRole("table", { name: "From command line and settings" });
  await fixed.getByRole("row", { name: /\*\.vendor\.example Passed through command line/ }).waitFor();
  assert.equal(await fixed.getByRole("button").count(), 0);

  await page.getByRole("button", { name: "Add the rule" }).click();
  await page.getByText("a host is missing").waitFor();
  await page.getByRole("textbox", { name: "Host or pattern" }).fill("*.games.example");
  await page.getByRole("radio", { name: /Allow an invalid chain/ }).check();
  await page.getByRole("textbox", { name: "Host or pattern" }).press("Enter");
  const row = mine.getByRole("row", { name: /\*\.games\.example Invalid chain allowed/ });
  await row.waitFor();
  await row.getByRole("button", { name: "Revoke" }).click();
  await eventually(async () => (await row.count()) === 0, "one click revokes it");
  await page.getByRole("button", { name: /Undo/ }).click();
  await row.waitFor();

  await page.getByRole("textbox", { name: "Host or pattern" }).fill("a,b");
  await page.getByRole("button", { name: "Add the rule" }).click();
  await page.getByText(/No rule was made: .*is no host/).waitFor();
  await closePage(page, /400/);
});

test("on a phone the columns are a list, and what is equal is said in words", async () => {
  const page = await openPage(lab, chain(TRUSTED), { width: 390, height: 844 });
  await column(page, "Path we built").getByText("presented 3").waitFor();
  assert.equal(await page.locator(".board-lines").count(), 0);
  await column(page, "Path we built").getByRole("link").last().click();
  await page.getByRole("region", { name: "Certificate" }).waitFor();
  await page.getByRole("button", { name: "The chain" }).click();
  await column(page, "Path we built").waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing scrolls sideways");
  await closePage(page);
});

test("what is hidden from the eye makes no document longer than the window", async () => {
  const ready = { [chain(OVERRIDDEN)]: ".change-table", "/rules": ".rule-table", "/setup": ".setup-main" };
  for (const [address, selector] of Object.entries(ready)) {
    for (const [width, height] of [
      [1400, 500],
      [390, 700],
    ]) {
      const page = await openPage(lab, address, { width, height });
      await page.locator(selector).first().waitFor();
      const tall = await page.evaluate(() => document.documentElement.scrollHeight);
      assert.equal(tall, height, `${address} at ${width}`);
      await closePage(page);
    }
  }
});
