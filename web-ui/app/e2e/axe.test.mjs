// No page has a fault that axe knows, light or dark, wide or narrow.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MockData } from "../dev/mock-data.mjs";
import { axeFaults, closePage, connectionId, exchangeId, openPage, rows, useLab } from "./lab.mjs";

const lab = useLab({ rows: 3_000 });

/** The first row of the mock that is so; it is made of its number alone. */
const find = (matches) =>
  Array.from({ length: 500 }, (_, n) => n)
    .map((n) => SAMPLE.row(n))
    .find(matches).id;
const SAMPLE = new MockData(500);
const JSON_ID = find((row) => row.content_type === "application/json" && row.method === "GET");
const FAILED_ID = find((row) => row.error?.stage === "verify");

const PAGES = {
  "the list": ["/traffic", rowsThere],
  "an exchange beside the list": [`/traffic?sel=${exchangeId(100)}`, inspectorThere],
  "a request": [`/traffic/${exchangeId(12)}/request`, inspectorThere],
  "a failure": [`/traffic/${FAILED_ID}/response`, inspectorThere],
  timing: [`/traffic/${JSON_ID}/timing`, inspectorThere],
  TLS: [`/traffic/${FAILED_ID}/tls`, inspectorThere],
  "a tree": [`/traffic/${JSON_ID}/response?body=tree`, (page) => page.locator("[role=treeitem]").first().waitFor()],
  "a dump": [`/traffic/${JSON_ID}/response?body=hex`, (page) => page.locator(".hex .line").first().waitFor()],
  connections: ["/connections", rowsThere],
  "a failed connection": [`/connections?sel=${connectionId(8)}`, inspectorThere],
  "a connection": [`/connections/${connectionId(1)}`, inspectorThere],
  messages: [`/traffic/${exchangeId(41)}`, rowsThere],
  "a message of JSON": [`/traffic/${exchangeId(41)}/messages?msg=99998`, (page) => page.locator(".lines").waitFor()],
  "a WebSocket's end": [
    `/traffic/${exchangeId(41)}/messages?msg=100000`,
    (page) => page.getByText("Close 1000", { exact: true }).waitFor(),
  ],
  "fields of protobuf": [
    `/traffic/${exchangeId(43)}/messages?msg=4`,
    (page) => page.locator("[role=treeitem]").first().waitFor(),
  ],
  "no message yet": [`/traffic/${exchangeId(47)}`, (page) => page.getByText("No message yet").waitFor()],
  "a stream of bytes": [
    `/traffic/${exchangeId(46)}/messages?show=stream`,
    (page) => page.locator(".stream-head").first().waitFor(),
  ],
  "columns of every protocol": ["/traffic?cols=method,status,url,protocol,operation,grpc,process", rowsThere],
  frames: [`/connections/${connectionId(1)}/frames`, (page) => page.locator(".lane").first().waitFor()],
  "a frame": [
    `/connections/${connectionId(1)}/frames?leg=client&frame=0`,
    (page) => page.getByText("RFC 9113 section 6.5").waitFor(),
  ],
  "a table of frames": [`/connections/${connectionId(1)}/frames?show=table&leg=origin&frame=3`, rowsThere],
  setup: ["/setup?for=java", (page) => page.locator(".guide").waitFor()],
  help: ["/help", (page) => page.locator(".key-groups").waitFor()],
  "no match": ["/traffic?q=host:nowhere+status:404", (page) => page.getByText("Nothing matches").waitFor()],
  "a filter that is none": ["/traffic?q=hots:x", (page) => page.getByText("The filter can't be read").waitFor()],
  "nothing here": ["/nowhere", (page) => page.getByText("Nothing is here").waitFor()],
  "an exchange that is gone": [
    "/traffic/01940000-0000-7000-8000-ffffffffffff/response",
    (page) => page.getByText("This exchange is gone").waitFor(),
    /404/,
  ],
};

for (const theme of ["light", "dark"]) {
  for (const [name, [path, ready, provoked]] of Object.entries(PAGES)) {
    test(`${name}, ${theme}`, async () => {
      const page = await openPage(lab, path, { theme });
      await ready(page);
      assert.deepEqual(await axeFaults(page), []);
      await closePage(page, provoked);
    });
  }

  test(`dialogs, menus and suggestions, ${theme}`, async () => {
    const page = await openPage(lab, "/traffic", { theme });
    await rowsThere(page);
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Help" }).waitFor();
    assert.deepEqual(await axeFaults(page), []);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog", { name: "Commands" }).waitFor();
    assert.deepEqual(await axeFaults(page), []);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Columns" }).click();
    assert.deepEqual(await axeFaults(page), []);
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.insertText("hos");
    await page.getByRole("option").first().waitFor();
    await page.getByText("Nothing matches").waitFor();
    assert.deepEqual(await axeFaults(page), []);
    await closePage(page);
  });

  test(`states that want attention, ${theme}`, async () => {
    const page = await openPage(lab, "/traffic", { theme });
    await rowsThere(page);
    Object.assign(lab.mock.recording, { state: "stopped", reason: "no space left on device" });
    await page.getByText("Recording has stopped").waitFor();
    lab.mock.live.drop(true);
    await page.getByText("The link to Handlens is lost").waitFor();
    const faults = await axeFaults(page);
    Object.assign(lab.mock.recording, { state: "on", reason: null });
    lab.mock.live.drop(false);
    assert.deepEqual(faults, []);
    await closePage(page, /WebSocket/);
  });

  test(`a phone, ${theme}`, async () => {
    const page = await openPage(lab, "/traffic", { theme, width: 420, height: 800 });
    await rowsThere(page);
    assert.deepEqual(await axeFaults(page), []);
    // The newest one: it is in sight, and no scroll on the way to it changes what lies below the pointer.
    await rows(page).last().click();
    await inspectorThere(page);
    assert.match(page.url(), /\/traffic\/[^/?]+$/);
    assert.deepEqual(await axeFaults(page), []);
    await closePage(page);
  });
}

function rowsThere(page) {
  return rows(page).first().waitFor();
}

function inspectorThere(page) {
  return page.locator(".inspector").waitFor();
}
