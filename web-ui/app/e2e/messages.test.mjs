// The messages of an exchange: a hundred thousand of them, live, filtered, opened, and led to by an address.

import assert from "node:assert/strict";
import { test } from "node:test";

import { closePage, eventually, exchangeId, openPage, rows, useLab } from "./lab.mjs";

const lab = useLab({ rows: 600 });
const [LIVE, CLOSED, GRPC, OPAQUE] = [40, 41, 43, 46].map(exchangeId);
const MESSAGES = 100_000;

const grid = (page) => page.getByRole("grid", { name: "Messages" });
const param = (page, name) => new URL(page.url()).searchParams.get(name);
const more = (id, count) => {
  lab.mock.messages.add(id, count);
  lab.mock.live.touched(id);
};

/** The numbers of the messages that are seen, from top to bottom. */
const seen = (page) =>
  page.evaluate(() => {
    const scroller = document.querySelector("[role=grid][aria-label=Messages]");
    if (!scroller) {
      return [];
    }
    const { top, bottom } = scroller.getBoundingClientRect();
    return [...scroller.querySelectorAll("[data-row]")]
      .filter((row) => row.getBoundingClientRect().top >= top + 25 && row.getBoundingClientRect().bottom <= bottom)
      .map((row) => Number(row.dataset.row));
  });

const isWhole = async (page) => {
  const shown = await seen(page);
  const gap = shown.some((number, place) => place > 0 && number !== shown[place - 1] + 1);
  return shown.length > 15 && !gap ? true : shown;
};

test("a WebSocket shows its messages first; one that is over begins at its first", async () => {
  const page = await openPage(lab, `/traffic/${CLOSED}`);
  await rows(page).first().waitFor();
  assert.equal(await page.getByRole("tab", { selected: true }).first().innerText(), "Messages");
  assert.equal((await seen(page))[0], 1);
  assert.equal(await grid(page).getAttribute("aria-rowcount"), String(MESSAGES + 1));
  await page.getByRole("tab", { name: "Response" }).click();
  await page.getByText("What passed then is told as messages.").waitFor();
  await closePage(page);
});

test("a hundred thousand messages: the thumb leads anywhere, and few rows are rendered", async () => {
  const page = await openPage(lab, `/traffic/${CLOSED}`);
  await rows(page).first().waitFor();
  for (const share of [0.5, 0.123, 1, 0.87, 0]) {
    await grid(page).evaluate((element, to) => {
      element.scrollTop = to * (element.scrollHeight - element.clientHeight);
    }, share);
    await eventually(async () => {
      const [first] = await seen(page);
      return Math.abs(first - share * MESSAGES) < MESSAGES / 500 ? true : first;
    }, `the thumb at ${share}`);
    await eventually(() => isWhole(page), "every line is the right message");
    assert.ok((await rows(page).count()) < 120);
  }
  await closePage(page);
});

test("the tail is followed while it is open; scrolled up, what is new is counted and moves nothing", async () => {
  const page = await openPage(lab, `/traffic/${LIVE}`);
  await page.getByText("still open").waitFor();
  await eventually(async () => (await seen(page)).at(-1) === MESSAGES, "it begins at the tail");
  more(LIVE, 40);
  await eventually(async () => (await seen(page)).at(-1) === MESSAGES + 40, "the tail is followed");

  await grid(page).hover();
  await page.mouse.wheel(0, -1_300);
  await page.getByRole("button", { name: "Follow", pressed: false }).waitFor();
  await eventually(async () => (await seen(page)).at(-1) === MESSAGES - 10, "fifty messages up");
  await eventually(() => isWhole(page), "what is above is there");
  const before = await seen(page);
  more(LIVE, 1_204);
  await page.getByRole("button", { name: "1,204 new" }).waitFor();
  assert.deepEqual(await seen(page), before);
  await page.getByRole("button", { name: "1,204 new" }).click();
  await eventually(async () => (await seen(page)).at(-1) === MESSAGES + 1_244, "the pill leads back to the tail");
  await closePage(page);
});

test("an address leads to a message, keys to its neighbours, and the address goes along", async () => {
  const page = await openPage(lab, `/traffic/${CLOSED}/messages?msg=50002&as=hex`);
  await page.locator('[data-row="50002"][aria-selected=true]').waitFor();
  await page.locator(".opened .hex .line").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.locator('[data-row="50003"][aria-selected=true]').waitFor();
  await eventually(async () => param(page, "msg") === "50003", "the address tells it");
  await page.getByRole("tab", { name: "Pretty" }).click();
  await page.getByText('"LENS-3X"', { exact: true }).waitFor();
  await page.getByText("compressed").waitFor();
  await page.keyboard.press("Escape");
  await eventually(async () => (await page.locator(".opened").count()) === 0, "Escape closes it");
  assert.ok(page.url().includes(`/traffic/${CLOSED}/messages`), "and leaves the page");
  await closePage(page);
});

test("beside the list of exchanges, each list has the keys while it has the focus", async () => {
  const page = await openPage(lab, `/traffic?sel=${GRPC}`);
  await grid(page).waitFor();
  await page.locator('[aria-label=Messages] [data-row="3"]').click();
  await page.getByRole("treeitem").first().waitFor();
  await grid(page).focus();
  await page.keyboard.press("j");
  await page.locator('[data-row="4"][aria-selected=true]').waitFor();
  assert.equal(param(page, "sel"), GRPC);
  await page.locator("[aria-label=Exchanges] [aria-selected=true]").waitFor();
  await page.getByRole("grid", { name: "Exchanges" }).focus();
  await page.keyboard.press("j");
  await eventually(async () => param(page, "sel") === exchangeId(44), "the list of exchanges goes on");
  assert.equal(param(page, "msg"), null);
  await closePage(page);
});

test("whose they are and what they hold narrows them, and stands in the address", async () => {
  const page = await openPage(lab, `/traffic/${CLOSED}`);
  await rows(page).first().waitFor();
  await page.getByRole("tab", { name: "Client" }).click();
  await page.getByText(/^33,\d+ of 100,000 messages$/).waitFor();
  await page.getByRole("searchbox", { name: "Find in the messages" }).fill('since":7000');
  await page.getByText(/^[1-9]\d? of 100,000 messages$/).waitFor();
  assert.ok(
    (await rows(page).allInnerTexts()).every((text) => text.includes("client") && text.includes('since":7000')),
  );
  await eventually(
    async () => param(page, "find") === 'since":7000' && param(page, "from") === "client",
    "the address",
  );
  await page.getByRole("searchbox", { name: "Find in the messages" }).fill("nowhere at all");
  await page.getByText("Nothing matches").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByText(/^100,000 messages$/).waitFor();
  assert.equal(await page.getByRole("searchbox", { name: "Find in the messages" }).inputValue(), "");
  await closePage(page);
});

test("a scroll through many messages asks for windows, and gives up what was passed by", async () => {
  const page = await openPage(lab, `/traffic/${CLOSED}`);
  await rows(page).first().waitFor();
  const asked = [];
  page.on("request", (request) => request.url().includes("/messages?") && asked.push(request.url()));
  // At once, so that no rest comes between on a slow machine.
  await grid(page).evaluate((element) => {
    for (let turn = 0; turn < 60; turn += 1) {
      element.scrollTop += 600;
      element.dispatchEvent(new Event("scroll"));
    }
  });
  await eventually(() => isWhole(page), "what is seen is there");
  assert.ok(asked.length > 0 && asked.length < 10, `${asked.length} questions for 60 turns`);
  await closePage(page);
});

test("bytes that nobody reads are told as bursts, and as one stream of both directions", async () => {
  const page = await openPage(lab, `/traffic/${OPAQUE}`);
  await page.getByRole("grid", { name: "Bursts" }).waitFor();
  assert.ok(!(await page.locator(".inspector-head").innerText()).includes("CONNECT"));
  await page.getByRole("button", { name: "Stream" }).click();
  await page.locator(".stream-head.client").first().waitFor();
  await page.locator(".stream-line.origin").first().waitFor();
  assert.match(await page.locator(".stream-line.client").first().innerText(), /\*2\.\.\$3\.\.GET/);
  await eventually(async () => param(page, "show") === "stream", "the address tells it");
  await closePage(page);
});

test("rows of what is none of HTTP tell neither a method nor a status of it", async () => {
  const page = await openPage(lab, "/traffic?q=protocol:websocket,opaque&cols=method,status,host,protocol,size");
  await rows(page).first().waitFor();
  const texts = await rows(page).allInnerTexts();
  assert.ok(
    texts.every((text) => /\b(WS|TCP)\b/.test(text) && /\b(open|closed)\b/.test(text)),
    texts.join("\n"),
  );
  assert.ok(texts.every((text) => !/CONNECT|101/.test(text)));
  await closePage(page);
});
