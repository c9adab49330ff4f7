// No view of the handshakes has a fault that axe knows, light or dark, wide or narrow.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axeFaults, closePage, connectionId, exchangeId, openPage, useLab } from "./lab.mjs";

const lab = useLab({ rows: 600 });

const seen = (selector) => (page) => page.locator(selector).first().waitFor();
const message = seen(".ladder-row");

const PAGES = {
  "the ladder": [0, "", message],
  "a message's bytes": [
    2,
    "?leg=origin&msg=0&depth=bytes&field=extensions/key_share&why=origin.aead",
    seen(".message-bytes .picked"),
  ],
  "a message's fields": [0, "?leg=client&msg=0&depth=fields", seen(".field-tree")],
  "a message's story": [0, "?leg=client&msg=0&depth=story", seen(".message-story")],
  "a failure": [8, "?axis=even", message],
  "a connection passed through": [17, "?leg=client&msg=7", seen(".notice")],
  "the story": [1, "?show=story&leg=client&msg=1", seen(".story .selected")],
  "the table": [16, "?show=table&leg=client&msg=1", seen("tr.selected")],
  "what changed": [16, "?show=changes", seen(".change-table")],
  "the keys": [8, "?show=keys&key=client_handshake_traffic_secret", seen(".key-detail")],
};

for (const theme of ["light", "dark"]) {
  for (const [name, [connection, query, ready]] of Object.entries(PAGES)) {
    test(`${name}, ${theme}`, async () => {
      const page = await openPage(lab, `/connections/${connectionId(connection)}/handshake${query}`, { theme });
      await ready(page);
      assert.deepEqual(await axeFaults(page), []);
      await closePage(page);
    });
  }

  test(`an exchange's tab, ${theme}`, async () => {
    const page = await openPage(lab, `/traffic/${exchangeId(12)}/handshake`, { theme });
    await message(page);
    assert.deepEqual(await axeFaults(page), []);
    await closePage(page);
  });

  test(`a phone, ${theme}`, async () => {
    const page = await openPage(lab, `/connections/${connectionId(8)}/handshake`, { theme, width: 420, height: 800 });
    await message(page);
    assert.deepEqual(await axeFaults(page), []);
    await page.locator(".ladder-row .name").first().click();
    await seen(".field-tree")(page);
    assert.deepEqual(await axeFaults(page), []);
    await closePage(page);
  });
}
