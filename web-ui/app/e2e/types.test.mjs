// The origin of a gRPC call is asked for its types: by a person alone, and what it says is what the fields are named by.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { closePage, eventually, exchangeId, openPage, useLab } from "./lab.mjs";

const lab = useLab({ rows: 600 });
const CALL = exchangeId(43);

afterEach(() => {
  lab.mock.types.known.clear();
  lab.mock.types.refusal = null;
});

/** Opens a message of the call; what is asked for types is counted. */
async function openMessage(how) {
  const page = await openPage(lab, `/traffic/${CALL}/messages?msg=3`, how);
  page.questions = [];
  page.on("request", (request) => request.url().endsWith("/types") && page.questions.push(request.method()));
  await page.getByRole("treeitem").first().waitFor();
  return page;
}

const ask = (page) => page.getByRole("button", { name: "Ask the server for its types" });
const fields = (page) => page.getByRole("tree", { name: "Fields" });
const inList = (page) => page.locator('[aria-label=Messages] [data-row="4"] .col-preview');

test("an origin that tells its types names fields and rows; nobody asks it but a person", async () => {
  const page = await openMessage();
  assert.match(await fields(page).innerText(), /^1 string: LENS-10X/);
  assert.match(await inList(page).innerText(), /^1: "LENS-10X"/);
  assert.deepEqual(page.questions, []);
  await ask(page).click();
  await eventually(async () => /^sku = 1 string: LENS-10X/.test(await fields(page).innerText()), "the fields");
  await eventually(async () => /^sku: "LENS-10X"/.test(await inList(page).innerText()), "the rows");
  await page.locator(".opened-head").getByText("shop.Quote").waitFor();
  assert.deepEqual([await ask(page).count(), page.questions], [0, ["POST"]]);
  // It may have been deployed anew, and then it tells others.
  lab.mock.types.refusal = { status: 502, detail: "the origin has no server reflection any more" };
  await page.getByRole("button", { name: "Ask again" }).click();
  const refusal = page.getByRole("alert");
  await refusal.waitFor();
  assert.match(await refusal.innerText(), /^The types are those that were told before\nThe origin has no server/);
  assert.match(await fields(page).innerText(), /^sku = 1 string: LENS-10X/);
  lab.mock.types.refusal = null;
  await page.getByRole("button", { name: "Ask again" }).click();
  await eventually(async () => (await refusal.count()) === 0, "the refusal to go");
  assert.deepEqual(page.questions, ["POST", "POST", "POST"]);
  await closePage(page, /status of 502/);
});

for (const [status, detail, told] of [
  [
    409,
    "the exchange is no call of gRPC: its origin has no types to tell",
    "The exchange is no call of gRPC: its origin has no types to tell.",
  ],
  [
    502,
    "the origin has no server reflection: give its .proto files by `--proto DIR`",
    "The origin has no server reflection: give its .proto files by --proto DIR.",
  ],
]) {
  test(`a refusal (${status}) stays beside the fields until the origin has told its types`, async () => {
    for (const width of [1440, 390]) {
      lab.mock.types.refusal = { status, detail };
      const page = await openMessage({ width, height: 844 });
      await ask(page).click();
      const refusal = page.getByRole("alert");
      await refusal.waitFor();
      assert.equal(await refusal.innerText(), `The types are not known\n${told}`);
      assert.match(await fields(page).innerText(), /^1 string: LENS-10X/);
      // Also beside another message of the call.
      await page.getByRole("button", { name: "Next message (j)" }).click();
      await page.locator(".opened-head").getByText("#4").waitFor();
      await refusal.waitFor();

      lab.mock.types.refusal = null;
      await ask(page).click();
      await page.getByText("Named by their schema").waitFor();
      assert.equal(await refusal.count(), 0);
      lab.mock.types.known.clear();
      await closePage(page, new RegExp(`status of ${status}`));
    }
  });
}

test("who has no token any more is asked for it", async () => {
  lab.mock.types.refusal = { status: 401, detail: "the token is missing or wrong" };
  const page = await openMessage();
  await ask(page).click();
  await page.getByText("This browser has no token").waitFor();
  await closePage(page, /status of 401/);
});
