// A Chromium for the tests: the system's, found by name or told by HANDLENS_CHROMIUM.

import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Starts it, or says what to install. */
export async function startBrowser() {
  const executablePath = process.env.HANDLENS_CHROMIUM ?? PLACES.find((place) => existsSync(place));
  if (!executablePath || !existsSync(executablePath)) {
    throw new Error(
      "no Chromium here: install the package `chromium`, or say where one is with HANDLENS_CHROMIUM=/path/to/it",
    );
  }
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"] });
}
