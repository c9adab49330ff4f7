// The frames of an HTTP/2 connection: its streams in time, near and far, and the same as a table.

import assert from "node:assert/strict";
import { test } from "node:test";

import { closePage, connectionId, eventually, openPage, rows, useLab } from "./lab.mjs";

const lab = useLab({ rows: 600 });
const FEW = connectionId(1);
const MANY = connectionId(2);

const param = (page, name) => new URL(page.url()).searchParams.get(name);
const lane = (page, name) => page.locator(".lane", { has: page.getByText(name, { exact: true }) });

test("streams stand on one axis, and each leads to its exchange", async () => {
  const page = await openPage(lab, `/connections/${FEW}`);
  await page.getByRole("link", { name: "Frames" }).click();
  await lane(page, "Stream 3").first().waitFor();
  assert.equal(await lane(page, "Connection").count(), 2);
  assert.match(await lane(page, "Stream 15").first().innerText(), /reset/);
  await lane(page, "Stream 3").first().getByRole("link").click();
  await page.locator(".inspector-head .url").waitFor();
  assert.match(page.url(), /\/traffic\/[0-9a-f-]+$/);
  await closePage(page);
});

test("the pointer tells what a mark is, a press opens it, and keys go along its stream", async () => {
  const page = await openPage(lab, `/connections/${FEW}/frames`);
  const mark = lane(page, "Stream 1").first().locator("g.mark.head.client");
  await mark.hover();
  await page.locator(".frame-tip").getByText("HEADERS", { exact: true }).waitFor();
  await mark.click();
  await page.getByText("RFC 9113 section 6.2").waitFor();
  await page.keyboard.press("j");
  await page.locator("g.mark.chosen.handlens").waitFor();
  await eventually(async () => param(page, "leg") === "client" && Number(param(page, "frame")) > 5, "the address");
  await page.keyboard.press("Escape");
  await eventually(async () => (await page.locator(".frame-detail").count()) === 0, "Escape closes it");
  await closePage(page);
});

test("it is looked at from near, moved along, and seen whole again", async () => {
  const page = await openPage(lab, `/connections/${FEW}/frames`);
  await lane(page, "Stream 1").first().waitFor();
  const range = () => page.locator(".timeline-range").innerText();
  const whole = await range();
  await page.locator(".timeline").focus();
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  const near = await range();
  assert.notEqual(near, whole);
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await range(), near);
  await eventually(async () => /^\d+-\d+$/.test(param(page, "t") ?? ""), "the address tells the part");
  await page.keyboard.press("0");
  assert.equal(await range(), whole);
  await page.mouse.move(900, 400);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -200);
  await page.keyboard.up("Control");
  await eventually(async () => (await range()) !== whole, "the wheel brings it nearer");
  await closePage(page);
});

test("tens of thousands of frames: what is not seen is not rendered", async () => {
  const page = await openPage(lab, `/connections/${MANY}/frames`);
  await lane(page, "Stream 1").first().waitFor();
  await page
    .getByText(/1,204 more frames not kept/)
    .first()
    .waitFor();
  const nodes = () => page.locator(".timeline *").count();
  assert.ok((await nodes()) < 3_000, String(await nodes()));
  await page.locator(".timeline").evaluate((element) => {
    element.scrollTop = element.scrollHeight / 2;
  });
  await lane(page, "Stream 799").first().waitFor();
  assert.ok((await nodes()) < 3_000);
  await closePage(page);
});

test("the table tells the same, row by row", async () => {
  const page = await openPage(lab, `/connections/${FEW}/frames`);
  await page.getByRole("tab", { name: "Table" }).click();
  await rows(page).first().waitFor();
  assert.match(await rows(page).first().innerText(), /client\s+client\s+0\s+SETTINGS/);
  const count = Number(await page.getByRole("grid", { name: "Frames" }).getAttribute("aria-rowcount"));
  assert.equal(count - 1, 145 * 2);
  await page.keyboard.press("j");
  await page.getByText("ENABLE_PUSH", { exact: true }).waitFor();
  await closePage(page);
});

test("a connection without HTTP/2 says so", async () => {
  const page = await openPage(lab, `/connections/${connectionId(26)}/frames`);
  await page.getByText("No frames are held").waitFor();
  await closePage(page);
});
