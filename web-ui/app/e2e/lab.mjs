// What a browser test needs: a mock of Handlens, a browser, and pages whose every complaint fails the test.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before } from "node:test";

import { startMock } from "../dev/mock-server.mjs";
import { startBrowser } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** How long a page may take to come to what it should: a machine that does much else is slow, and not wrong. */
const PATIENCE_MS = 30_000;

/** Starts mock and browser before the file's tests, and ends them after. */
export function useLab(options) {
  const lab = {};
  before(async () => {
    lab.mock = await startMock(options);
    lab.browser = await startBrowser();
  });
  after(async () => {
    await lab.browser?.close();
    lab.mock?.close();
  });
  return lab;
}

/** Opens a page of the dashboard. */
export async function openPage(lab, path, { width = 1440, height = 900, theme = "light" } = {}) {
  const context = await lab.browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(String(error.stack ?? error)));
  page.on(
    "console",
    (message) => ["error", "warning"].includes(message.type()) && page.complaints.push(message.text()),
  );
  await page.goto(lab.mock.url + path);
  // A face that comes late makes other widths of what was measured, and moves things.
  await page.evaluate(() => Promise.all([...document.fonts].map((face) => face.load())));
  return page;
}

/** Ends a page; it must not have complained of anything but what was provoked. */
export async function closePage(page, provoked = /^$/) {
  await page.context().close();
  assert.deepEqual(
    page.complaints.filter((text) => !provoked.test(text)),
    [],
  );
}

/** Faults that axe finds, one a line. The policy forbids scripts of a page's own making, so axe comes in beside it. */
export async function axeFaults(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary?.split("\n")[1]?.trim() ?? ""}`),
    );
  });
}

export const exchangeId = (n) => `01940000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
export const connectionId = (n) => `01940000-0000-7100-8000-${n.toString(16).padStart(12, "0")}`;

export const rows = (page) => page.locator("[role=grid] [data-row]");

/** Goes to a view by its two keys, the second of which counts only soon after the first. */
export async function goTo(page, key, there) {
  await eventually(async () => {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    return (await there.count()) > 0;
  }, `g ${key}`);
}

/** Waits until a question about the page is answered with yes. */
export async function eventually(ask, what) {
  const end = Date.now() + PATIENCE_MS;
  let last;
  while (Date.now() < end) {
    last = await ask();
    if (last === true) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`${what}: ${JSON.stringify(last)}`);
}
