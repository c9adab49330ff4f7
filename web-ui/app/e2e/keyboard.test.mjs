// Everything by keyboard, and Tab is never taken.

import assert from "node:assert/strict";
import { test } from "node:test";

import { closePage, eventually, exchangeId, goTo, openPage, rows, useLab } from "./lab.mjs";

const lab = useLab({ rows: 3_000 });

const selected = (page) => page.locator("[aria-selected=true][data-row]").getAttribute("data-row");
const tab = (page) => page.getByRole("tab", { selected: true }).first().innerText();
const param = (page, name) => new URL(page.url()).searchParams.get(name);

test("a walk from list to inspector and back", async () => {
  const page = await openPage(lab, "/traffic");
  await rows(page).first().waitFor();

  await page.keyboard.press("j");
  const first = await selected(page);
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  const place = Number.parseInt((await selected(page)).slice(-12), 16);
  assert.equal(place, Number.parseInt(first.slice(-12), 16) + 1);
  await eventually(async () => param(page, "sel") === (await selected(page)), "the selection stands in the address");
  const grid = page.getByRole("grid", { name: "Exchanges" });
  assert.equal(await grid.getAttribute("aria-activedescendant"), `row-${await selected(page)}`);

  await page.locator(".inspector").waitFor();
  await page.keyboard.press("]");
  assert.equal(await tab(page), "Timing");
  await page.keyboard.press("[");
  await page.keyboard.press("[");
  assert.equal(await tab(page), "Request");
  await eventually(async () => param(page, "tab") === "request", "the tab stands in the address");

  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("role")), "tab");
  await page.keyboard.press("ArrowRight");
  assert.equal(await tab(page), "Response");

  await page.keyboard.press("Escape");
  await eventually(async () => (await page.locator(".inspector").count()) === 0, "Escape closes the inspector");
  await closePage(page);
});

test("a row is selected and opened in one go", async () => {
  const page = await openPage(lab, "/traffic");
  await rows(page).first().waitFor();
  // What is told of the row is not there yet when the second key comes.
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.locator(".inspector [role=tab][aria-selected=true]:focus").waitFor();
  await closePage(page);
});

test("the grid's own keys", async () => {
  const page = await openPage(lab, "/traffic");
  await rows(page).first().waitFor();
  await page.getByRole("grid", { name: "Exchanges" }).focus();
  await page.keyboard.press("Home");
  await eventually(async () => (await selected(page)) === exchangeId(0), "Home selects the first row");
  await page.keyboard.press("PageDown");
  await eventually(async () => (await selected(page)) !== exchangeId(0), "Page Down goes on");
  await page.keyboard.press("End");
  await eventually(async () => (await selected(page)) === exchangeId(2_999), "End selects the last row");
  await closePage(page);
});

test("filter, suggestions and their errors", async () => {
  const page = await openPage(lab, "/traffic");
  await rows(page).first().waitFor();
  await page.keyboard.press("/");
  // At once, so that no half of a term is ever applied.
  await page.keyboard.insertText("hos");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.insertText("login");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await eventually(
    async () => (await rows(page).filter({ hasNotText: "login.shop.example" }).count()) === 0,
    "only the host is shown",
  );
  assert.equal(param(page, "q"), "host:login.shop.example");

  await page.keyboard.insertText("stats:404");
  await page.getByText('there is no field "stats"').first().waitFor();
  const marks = await page.locator(".filter-fault pre").innerText();
  assert.equal(marks, "host:login.shop.example stats:404\n                        ^^^^^");
  assert.ok((await rows(page).count()) > 0, "the rows stay while the filter is none");

  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("role")), "grid");
  await page.goBack();
  await eventually(
    async () => (await page.getByRole("combobox", { name: "Filter" }).inputValue()) === "host:login.shop.example",
    "Back brings the filter before",
  );
  await closePage(page);
});

test("going, palette and help", async () => {
  const page = await openPage(lab, "/traffic");
  await rows(page).first().waitFor();
  await goTo(page, "c", page.getByRole("grid", { name: "Connections" }));
  await goTo(page, "s", page.getByRole("heading", { name: "Setup" }));
  await page.keyboard.press("Control+k");
  await page.keyboard.type("traffic");
  await page.keyboard.press("Enter");
  await page.getByRole("grid", { name: "Exchanges" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Help" }).waitFor();
  await page.keyboard.press("j");
  assert.equal(param(page, "sel"), null, "a dialog has the keyboard to itself");
  await page.keyboard.press("Escape");
  await eventually(async () => (await page.getByRole("dialog").count()) === 0, "Escape closes the dialog");
  await closePage(page);
});

test("Tab goes through everything and comes round", async () => {
  const page = await openPage(lab, `/traffic?sel=${exchangeId(50)}`);
  await page.locator(".inspector .lines").waitFor();
  await page.locator("body").click({ position: { x: 5, y: 890 } });
  const seen = [];
  for (let step = 0; step < 80; step += 1) {
    await page.keyboard.press("Tab");
    const where = await page.evaluate(() => {
      const active = document.activeElement;
      return active === document.body
        ? "body"
        : `${active.tagName} ${active.getAttribute("aria-label") ?? active.getAttribute("title") ?? active.textContent?.slice(0, 20)}`;
    });
    if (seen.includes(where) && where === seen[0]) {
      break;
    }
    seen.push(where);
  }
  for (const wanted of ["Filter", "Exchanges", "Resize list and inspector", "Body text"]) {
    assert.ok(
      seen.some((where) => where.includes(wanted)),
      `${wanted} is reached: ${seen.join(" | ")}`,
    );
  }
  assert.ok(seen.length < 70, "it comes round");
  await closePage(page);
});

test("the splitter moves by arrows, and is remembered", async () => {
  const page = await openPage(lab, `/traffic?sel=${exchangeId(50)}`);
  const bar = page.getByRole("separator");
  await bar.focus();
  const before = Number(await bar.getAttribute("aria-valuenow"));
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  assert.equal(Number(await bar.getAttribute("aria-valuenow")), before - 4);
  await page.reload();
  assert.equal(Number(await page.getByRole("separator").getAttribute("aria-valuenow")), before - 4);
  await closePage(page);
});

test("columns are sorted, resized and chosen, and the address keeps it", async () => {
  const page = await openPage(lab, "/traffic");
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: "Size" }).click();
  await page.getByRole("button", { name: "Size" }).click();
  await eventually(async () => param(page, "sort") === "-size", "the order stands in the address");
  assert.equal(await page.getByRole("columnheader", { name: "Size" }).getAttribute("aria-sort"), "descending");
  await eventually(
    async () => (await rows(page).first().innerText()).includes("downloads.vendor.example"),
    "the largest comes first",
  );

  const head = page.getByRole("columnheader", { name: "Host" });
  const before = (await head.boundingBox()).width;
  await page.getByRole("button", { name: "Host" }).focus();
  for (let press = 0; press < 5; press += 1) {
    await page.keyboard.press("Shift+ArrowRight");
  }
  await eventually(async () => Math.round((await head.boundingBox()).width - before) === 40, "the column is wider");

  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "HTTP version" }).check();
  await page.keyboard.press("Escape");
  await page.getByRole("columnheader", { name: "HTTP" }).waitFor();
  await eventually(async () => (param(page, "cols") ?? "").includes("version"), "the columns stand in the address");
  const address = page.url();
  await closePage(page);

  const other = await openPage(lab, address.slice(lab.mock.url.length));
  await other.getByRole("columnheader", { name: "HTTP" }).waitFor();
  assert.equal(Math.round((await other.getByRole("columnheader", { name: "Host" }).boundingBox()).width - before), 40);
  await closePage(other);
});
