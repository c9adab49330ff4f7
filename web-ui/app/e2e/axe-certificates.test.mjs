// No view of certificates and rules has a fault that axe knows, light or dark, wide or narrow.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axeFaults, closePage, connectionId, exchangeId, openPage, rows, useLab } from "./lab.mjs";

const lab = useLab({ rows: 600 });

const chain = (n) => `/connections/${connectionId(n)}/certificates`;
const seen = (selector) => (page) => page.locator(selector).first().waitFor();
const board = seen(".board");

/** The address with the leaf that the origin presented in it. */
async function opened(n, rest = "") {
  const { presented } = await (await fetch(`${lab.mock.url}/api${chain(n)}`)).json();
  return `${chain(n)}?cert=${presented[0].sha256}${rest}`;
}

const PAGES = {
  "a chain that is trusted": [() => chain(0), board],
  "a chain that was refused": [() => chain(15), board],
  "a chain that was overridden": [() => chain(31), board],
  "clients' certificates": [() => chain(10), seen(".client-part")],
  "what was passed through": [() => chain(17), board],
  "no certificates": [() => chain(26), (page) => page.getByText("No certificates passed here").waitFor()],
  "a certificate beside its chain": [() => opened(0), seen(".certificate-facts")],
  "a certificate's bytes": [
    () => opened(0, "&field=certificate/tbs_certificate/issuer"),
    seen(".message-bytes .picked"),
  ],
  "an exchange's tab": [() => `/traffic/${exchangeId(12)}/certificates`, board],
  "all certificates": [() => "/certificates", (page) => rows(page).first().waitFor()],
  "no certificate matches": [
    () => "/certificates?q=nothing+like+it",
    (page) => page.getByText("Nothing matches").waitFor(),
  ],
  "a certificate that is not held": [
    () => `/certificates/${"ab".repeat(32)}`,
    (page) => page.getByText("This certificate is not held").waitFor(),
    /404/,
  ],
  rules: [() => "/rules", seen(".rule-table")],
};

for (const theme of ["light", "dark"]) {
  for (const [name, [address, ready, provoked]] of Object.entries(PAGES)) {
    test(`${name}, ${theme}`, async () => {
      const page = await openPage(lab, await address(), { theme });
      await ready(page);
      assert.deepEqual(await axeFaults(page), []);
      await closePage(page, provoked);
    });
  }

  test(`the question before a rule, and what is told after it, ${theme}`, async () => {
    const page = await openPage(lab, chain(15), { theme });
    await page.getByRole("button", { name: "Let this host pass all the same" }).click();
    await page.getByRole("dialog").waitFor();
    assert.deepEqual(await axeFaults(page), []);
    await page.getByRole("dialog").getByRole("button", { name: "Let this host pass all the same" }).click();
    await page.locator(".rule-offer").getByRole("button", { name: "Undo" }).waitFor();
    assert.deepEqual(await axeFaults(page), []);
    await page.locator(".rule-offer").getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: "Let this host pass all the same" }).waitFor();
    await closePage(page);
  });

  test(`a certificate in the list, with its history, ${theme}`, async () => {
    const { items } = await (await fetch(`${lab.mock.url}/api/certificates?filter=api.shop&role=leaf`)).json();
    const page = await openPage(lab, `/certificates?sel=${items[0].sha256}`, { theme });
    await seen(".history")(page);
    assert.deepEqual(await axeFaults(page), []);
    await closePage(page);
  });

  test(`a phone, ${theme}`, async () => {
    for (const address of [chain(0), await opened(0), "/certificates", "/rules"]) {
      const page = await openPage(lab, address, { theme, width: 390, height: 844 });
      await seen(".board, .certificate-facts, [data-row], .rule-table")(page);
      assert.deepEqual(await axeFaults(page), []);
      await closePage(page);
    }
  });
}
