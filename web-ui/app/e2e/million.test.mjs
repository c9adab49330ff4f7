// A million rows: only a window is rendered, and it shows the right rows wherever the list stands.

import assert from "node:assert/strict";
import { test } from "node:test";

import { closePage, eventually, exchangeId, openPage, rows, useLab } from "./lab.mjs";

const ROWS = 1_000_000;
const lab = useLab({ rows: ROWS });

const grid = (page) => page.getByRole("grid", { name: "Exchanges" });
const numbers = (page) => rows(page).locator(".col-number").allInnerTexts();

/** The numbers of the rows that are seen, from top to bottom. */
const seen = (page) =>
  page.evaluate(() => {
    const scroller = document.querySelector("[role=grid]");
    const { top, bottom } = scroller.getBoundingClientRect();
    return [...scroller.querySelectorAll("[data-row]")]
      .filter((row) => row.getBoundingClientRect().top >= top + 25 && row.getBoundingClientRect().bottom <= bottom)
      .map((row) => Number(row.querySelector(".col-number").textContent));
  });

const top = (page) => grid(page).evaluate((element) => element.scrollTop);

async function assertWhole(page) {
  await eventually(async () => {
    const shown = await seen(page);
    const gaps = shown.filter((number, place) => place > 0 && number !== shown[place - 1] + 1);
    return shown.length > 20 && gaps.length === 0 ? true : shown;
  }, "every line of the screen is the right row");
}

test("begins at the tail, with few rows rendered", async () => {
  const page = await openPage(lab, "/traffic");
  await rows(page).first().waitFor();
  await eventually(async () => (await seen(page)).at(-1) === ROWS, "the last row is seen");
  assert.equal(await grid(page).getAttribute("aria-rowcount"), String(ROWS + 1));
  assert.ok((await rows(page).count()) < 120);
  assert.ok((await page.locator(".grid-space").evaluate((space) => space.clientHeight)) <= 8_000_000);
  await closePage(page);
});

test("the thumb leads anywhere, and small steps stay small", async () => {
  const page = await openPage(lab, "/traffic");
  await rows(page).first().waitFor();
  for (const share of [0.5, 0.123, 0.87, 0, 1]) {
    await grid(page).evaluate((element, to) => {
      element.scrollTop = to * (element.scrollHeight - element.clientHeight);
    }, share);
    await eventually(async () => {
      const [first] = await seen(page);
      return Math.abs(first - share * ROWS) < ROWS / 1_000 ? true : first;
    }, `the thumb at ${share}`);
    await assertWhole(page);
    assert.ok((await rows(page).count()) < 120);
  }

  await grid(page).evaluate((element) => {
    element.scrollTop = 0.5 * (element.scrollHeight - element.clientHeight);
  });
  await eventually(async () => Math.abs((await seen(page))[0] - ROWS / 2) < ROWS / 1_000, "the middle");
  const [before, place] = [(await seen(page))[0], await top(page)];
  await grid(page).hover();
  for (let turn = 0; turn < 10; turn += 1) {
    await page.mouse.wheel(0, 260);
  }
  await eventually(async () => ((await seen(page))[0] - before === 100 ? true : seen(page)), "a hundred rows further");
  // Once it rests, the thumb goes back to where it belongs among a million, and the rows stay.
  await eventually(async () => (await top(page)) - place < 1_000, "the thumb at rest");
  await assertWhole(page);
  assert.equal((await seen(page))[0] - before, 100);
  await closePage(page);
});

test("the first and the last row are reached by key, from anywhere", async () => {
  const page = await openPage(lab, `/traffic?sel=${exchangeId(500_000)}`);
  await eventually(async () => (await numbers(page)).includes("500001"), "the row of the address is there");
  await grid(page).focus();
  await page.keyboard.press("End");
  await eventually(async () => (await seen(page)).at(-1) === ROWS, "End");
  await page.keyboard.press("Home");
  await eventually(async () => (await seen(page))[0] === 1, "Home");
  assert.ok((await rows(page).count()) < 120);
  await closePage(page);
});

test("new rows come at the tail; scrolled up, they are counted and move nothing", async () => {
  const page = await openPage(lab, "/traffic");
  await rows(page).first().waitFor();
  lab.mock.data.add(50);
  lab.mock.live.changed();
  await eventually(async () => (await seen(page)).at(-1) === ROWS + 50, "the tail is followed");

  await grid(page).hover();
  await page.mouse.wheel(0, -1_300);
  await page.getByRole("button", { name: "Follow", pressed: false }).waitFor();
  await eventually(async () => (await seen(page)).at(-1) === ROWS, "fifty rows up");
  await assertWhole(page);
  const before = await seen(page);
  lab.mock.data.add(1_204);
  lab.mock.live.changed();
  await page.getByRole("button", { name: "1,204 new" }).waitFor();
  assert.deepEqual(await seen(page), before);
  await page.getByRole("button", { name: "1,204 new" }).click();
  await eventually(async () => (await seen(page)).at(-1) === ROWS + 1_254, "the pill leads back to the tail");
  await closePage(page);
});

test("newest first, rows that push in from above don't move what is read", async () => {
  const page = await openPage(lab, "/traffic?sort=-number");
  await rows(page).first().waitFor();
  await grid(page).hover();
  await page.mouse.wheel(0, 520);
  await page.getByRole("button", { name: "Follow", pressed: false }).waitFor();
  const newest = lab.mock.data.count;
  await eventually(async () => ((await seen(page))[0] === newest - 20 ? true : seen(page)), "twenty rows down");
  const before = await seen(page);
  for (let turn = 0; turn < 5; turn += 1) {
    lab.mock.data.add(7);
    lab.mock.live.changed();
    const told = String(lab.mock.data.count + 1);
    await eventually(async () => (await grid(page).getAttribute("aria-rowcount")) === told, "they are told");
    assert.deepEqual(await seen(page), before);
  }
  await closePage(page);
});

test("a paused view holds still while recording goes on", async () => {
  const page = await openPage(lab, "/traffic");
  await eventually(async () => (await seen(page)).at(-1) === lab.mock.data.count, "the tail");
  await page.keyboard.press("Space");
  await page.getByText("view paused").waitFor();
  const before = await seen(page);
  lab.mock.data.add(300);
  lab.mock.live.changed();
  await page.getByRole("button", { name: "300 new" }).waitFor();
  assert.deepEqual(await seen(page), before);
  await page.keyboard.press("Space");
  await eventually(async () => (await seen(page)).at(-1) === before.at(-1) + 300, "it goes on at the tail");
  await closePage(page);
});
