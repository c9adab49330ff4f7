// The handshake views: a walk by keyboard, deep links, fields and bytes that light each other, and what is copied.

import assert from "node:assert/strict";
import { test } from "node:test";

import { closePage, connectionId, eventually, exchangeId, openPage, useLab } from "./lab.mjs";

const lab = useLab({ rows: 600 });

const page0 = (n, query = "") => `/connections/${connectionId(n)}/handshake${query}`;
const param = (page, name) => new URL(page.url()).searchParams.get(name);
const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("role"));
const option = (page, name) => page.getByRole("option", { name });

test("a walk down the ladder, into a message, through its fields and back", async () => {
  const page = await openPage(lab, page0(0));
  await option(page, /^ClientHello\b.*client to Handlens/).waitFor();
  await page.keyboard.press("j");
  await page.getByRole("heading", { name: "ClientHello" }).waitFor();
  await eventually(
    () => param(page, "leg") === "client" && param(page, "msg") === "0",
    "the message is in the address",
  );

  const ladder = page.getByRole("listbox", { name: "Messages in order of time" });
  await ladder.focus();
  await page.keyboard.press("ArrowDown");
  await eventually(() => param(page, "leg") === "origin" && param(page, "msg") === "0", "the next one in time");
  assert.equal(
    await ladder.getAttribute("aria-activedescendant"),
    await page.locator(".ladder-row.active").getAttribute("id"),
  );
  await page.keyboard.press("End");
  await page.getByRole("heading", { name: "Alert close_notify" }).waitFor();
  await page.keyboard.press("Home");
  await page.getByRole("heading", { name: "ClientHello" }).waitFor();

  await page.keyboard.press("Enter");
  await eventually(async () => (await focused(page)) === "tree", "Enter goes into the message");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await eventually(() => param(page, "field") === "legacy_version", "the field is in the address");
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await eventually(() => param(page, "field") === "extensions/key_share/client_shares", "Right unfolds, then goes in");
  await page.keyboard.press("ArrowLeft");
  await eventually(() => param(page, "field") === "extensions/key_share", "Left goes out");

  await page.keyboard.press("Escape");
  await eventually(() => param(page, "msg") === null, "Escape closes the message");
  await page.locator(".story").waitFor();
  await closePage(page);
});

test("signatures are checked when a message is opened", async () => {
  const page = await openPage(lab, page0(0));
  const signed = option(page, /^CertificateVerify\b/).first();
  await signed.waitFor();
  const ticks = page.locator(".ladder-row path.verified");
  const before = await ticks.count();
  await signed.dispatchEvent("click");
  await page.locator(".message-facts .verified").waitFor();
  await eventually(async () => (await ticks.count()) > before, "the ladder shows it too");
  await closePage(page);
});

test("a deep link opens leg, message, depth and field, and its bytes are those of the field", async () => {
  const path = "extensions/key_share/client_shares/x25519/group";
  const page = await openPage(lab, page0(0, `?leg=client&msg=0&depth=bytes&field=${path}`));
  await page.locator(`[data-field="${path}"][aria-selected=true]`).waitFor();
  const picked = page.locator(".byte-group .picked");
  await picked.first().waitFor();
  assert.equal((await picked.allInnerTexts()).join(" "), "00 1d");
  assert.equal(await page.locator(".words-value").innerText(), "x25519 (0x001d)");
  await closePage(page);
});

test("pointing at bytes lights the field, and at the field its bytes", async () => {
  const page = await openPage(lab, page0(0, "?leg=client&msg=0&depth=bytes"));
  await page.locator(".byte-group [data-at='4']").hover();
  await page.locator(".field.lit[data-field=legacy_version]").waitFor();
  assert.equal((await page.locator(".byte-group .lit").allInnerTexts()).join(" "), "03 03");
  assert.match(await page.locator(".words").innerText(), /Frozen at TLS 1\.2/);

  await page.locator("[data-field='extensions/server_name']").hover();
  await eventually(
    async () => (await page.locator(".byte-text .lit").allInnerTexts()).join("").endsWith("api.shop.example"),
    "the name's bytes are lit",
  );

  await page.locator(".byte-group [data-at='6']").click();
  await eventually(() => param(page, "field") === "random", "a click on bytes chooses the field");
  await closePage(page);
});

test("the axis is switched, and stays so", async () => {
  const page = await openPage(lab, page0(8));
  await page.locator(".ladder-row.fatal").waitFor();
  assert.ok((await page.locator(".grid-line").count()) > 2);
  await page.getByRole("button", { name: "Even spacing" }).click();
  await eventually(async () => (await page.locator(".grid-line").count()) === 0, "no axis of time");
  await eventually(() => param(page, "axis") === "even", "the address keeps it");
  await page.reload();
  await page.locator(".ladder-row.fatal").waitFor();
  assert.equal(await page.locator(".grid-line").count(), 0);
  await closePage(page);
});

test("a failure tells what happened, its cause, and a command to copy", async () => {
  const page = await openPage(lab, page0(8));
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const story = page.getByRole("region", { name: "Why it failed" });
  await story.getByText(/unknown_ca \(48\)/).waitFor();
  await story.getByText(/pins the certificate/).waitFor();
  await story.getByRole("button", { name: "Copy the command" }).click();
  await eventually(
    async () => (await page.evaluate(() => navigator.clipboard.readText())) === "handlens --pass api.bank.example",
    "the command is copied",
  );
  await option(page, /^alert unknown_ca sent by client/).waitFor();
  await closePage(page);
});

test("a chip opens why, and leads to the field that decides", async () => {
  const page = await openPage(lab, page0(2));
  await page.getByRole("region", { name: "origin leg" }).getByRole("button", { name: "not post-quantum" }).click();
  await page.getByText(/The group chosen is secp384r1/).waitFor();
  await eventually(() => param(page, "why") === "origin.post_quantum", "it is in the address");
  await page.locator(".why a").click();
  await page.locator("[aria-selected=true][data-field='extensions/key_share/server_share/group']").waitFor();
  await closePage(page);
});

test("the table says what the ladder shows", async () => {
  const page = await openPage(lab, page0(8));
  await page.locator(".ladder-row").first().waitFor();
  const drawn = await page.locator(".ladder-row").count();
  const table = page.getByRole("table", { name: /Messages and steps/ });
  const steps = await page.locator(".ladder-step").count();
  assert.equal(await table.getByRole("row").count(), drawn + steps + 1);
  await page.getByRole("tab", { name: "Table" }).click();
  await table.getByRole("link", { name: "Alert unknown_ca" }).click();
  await page.getByRole("heading", { name: "Alert unknown_ca" }).waitFor();
  await closePage(page);
});

test("a passed-through connection has two lifelines, and says what stays shut", async () => {
  const page = await openPage(lab, page0(17));
  await option(page, /^ServerHelloDone\b.*origin to client/).waitFor();
  assert.equal(await page.locator(".lifeline").count(), 2);
  await option(page, /^Finished\b.*client to origin/)
    .locator(".name")
    .click();
  await page.getByText("Sealed, and not opened").waitFor();
  await closePage(page);
});

test("a resumed connection leads to the one that it resumes", async () => {
  const page = await openPage(lab, page0(1));
  await page.getByRole("link", { name: "the connection it resumes" }).click();
  await eventually(() => page.url().includes(connectionId(0)), "it is the one before");
  await page.locator(".ladder-row").first().waitFor();
  await closePage(page);
});

test("secrets of the key schedule are chosen by keyboard", async () => {
  const page = await openPage(lab, page0(8, "?show=keys&leg=client"));
  await page.getByRole("button", { name: /^Resumption secret .*not reached/ }).waitFor();
  await page.getByRole("button", { name: /^Client handshake traffic/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("seals the client's part of the handshake").waitFor();
  await eventually(() => param(page, "key") === "client_handshake_traffic_secret", "it is in the address");
  await closePage(page);
});

test("in an exchange's tab the list keeps its keys, and a message stands in the ladder's place", async () => {
  const page = await openPage(lab, `/traffic?sel=${exchangeId(12)}&tab=handshake`);
  await option(page, /^ClientHello\b.*client to Handlens/)
    .locator(".name")
    .click();
  await page.getByRole("heading", { name: "ClientHello" }).waitFor();
  await eventually(() => param(page, "msg") === "0" && param(page, "tab") === "handshake", "both are in the address");
  await page.getByRole("button", { name: "All messages" }).click();
  await page.locator(".ladder-row").first().waitFor();
  await page.keyboard.press("Escape");
  await eventually(async () => (await page.locator(".inspector").count()) === 0, "Escape closes the inspector");
  await closePage(page);
});

test("on a phone a message is opened by Enter, and left again", async () => {
  const page = await openPage(lab, page0(0), { width: 420, height: 800 });
  await page.getByRole("listbox").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Home");
  assert.equal(param(page, "msg"), null, "moving opens nothing where there is room for one thing only");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "ClientHello" }).waitFor();
  await page.getByRole("button", { name: "All messages" }).click();
  await page.getByRole("listbox").waitFor();
  await closePage(page);
});

test("on a phone no text of the ladder leaves it, on either axis", async () => {
  for (const [n, query] of [
    [0, ""],
    [8, ""],
    [16, "?axis=even"],
    [44, "?axis=even"],
  ]) {
    const page = await openPage(lab, page0(n, query), { width: 390, height: 844 });
    await page.locator(".ladder-row").first().waitFor();
    const outside = await page.locator(".ladder-list > svg").evaluate((svg) => {
      const box = svg.getBoundingClientRect();
      return [...svg.querySelectorAll("text")]
        .filter((text) => {
          const { left, right } = text.getBoundingClientRect();
          return left < box.left - 1 || right > box.right + 1;
        })
        .map((text) => text.textContent);
    });
    assert.deepEqual(outside, []);
    await closePage(page);
  }
});
