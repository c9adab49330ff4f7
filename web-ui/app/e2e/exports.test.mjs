// What can be taken away: the traffic as HAR, the handshakes as pcapng, in every place that offers it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axeFaults, closePage, openPage, rows, useLab } from "./lab.mjs";

const lab = useLab({ rows: 400 });

/** What a browser downloads when this is done. */
async function downloaded(page, act) {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  return download.url().replace(lab.mock.url, "");
}

test("the handshakes of what the list of connections shows", async () => {
  const page = await openPage(lab, "/connections?q=api.shop");
  await rows(page).first().waitFor();
  const button = page.getByRole("toolbar").getByRole("link", { name: "pcapng" });
  assert.match(await button.getAttribute("title"), /with the secrets that open them.*--keep-secrets/);
  const address = "/api/export.pcapng?filter=api.shop";
  assert.equal(await downloaded(page, () => button.click()), address);
  assert.equal(await downloaded(page, () => page.keyboard.press("e")), address);
  await closePage(page);
});

test("a row that is opened by keys downloads nothing", async () => {
  const page = await openPage(lab, "/connections?q=api.shop");
  await rows(page).last().click();
  await page.locator(".connection a[download]").first().waitFor();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.closest(".connection") !== null);
  assert.equal(await page.evaluate(() => document.activeElement.hasAttribute("download")), false);
  await closePage(page);
});

test("the handshakes of one connection, from its page and from an exchange", async () => {
  const page = await openPage(lab, "/connections?q=api.shop");
  await rows(page).last().click();
  const id = await page.locator("[aria-selected=true][data-row]").getAttribute("data-row");
  await page.goto(`${lab.mock.url}/connections/${id}`);
  const remark = page.locator(".remark", { hasText: "stays sealed" });
  await remark.waitFor();
  const address = `/api/export.pcapng?ids=${id}`;
  assert.equal(await downloaded(page, () => remark.getByRole("link").click()), address);
  assert.deepEqual(await axeFaults(page), []);

  await page.goto(`${lab.mock.url}/traffic?q=connection:${id}`);
  await rows(page).last().click();
  await page.locator(".inspector").waitFor();
  assert.equal(await downloaded(page, () => page.locator(".tabs-aside").getByText("pcapng").click()), address);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("pcapng");
  await page.getByRole("option", { name: /Download its handshakes/ }).waitFor();
  assert.equal(
    await downloaded(page, () => page.getByRole("option", { name: /Download its handshakes/ }).click()),
    address,
  );
  await closePage(page);
});
