import { describe, expect, it } from "vitest";

import { formatBytes, formatClock, formatDuration, formatFingerprint, formatShare, plural, shortTls } from "./format";

it("tells a share in the units of the bound", () => {
  expect(formatShare(263_192_576, 10_737_418_240)).toBe("251 MiB of 10 GiB");
  expect(formatShare(0, 50_000_000)).toBe("0 B of 48 MiB");
});

describe("bytes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.0 kB"],
    [9_949, "9.9 kB"],
    [9_960, "10 kB"],
    [999_499, "999 kB"],
    [999_600, "1.0 MB"],
    [10_737_418_240, "11 GB"],
    [5e18, "5000 PB"],
  ])("%d read as %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe("durations", () => {
  it.each([
    [0, "0 µs"],
    [999, "999 µs"],
    [999.6, "1.0 ms"],
    [4_100, "4.1 ms"],
    [9_960, "10 ms"],
    [412_300, "412 ms"],
    [999_600, "1.00 s"],
    [1_240_000, "1.24 s"],
    [59_940_000, "59.9 s"],
    [59_960_000, "1 m 00 s"],
    [187_000_000, "3 m 07 s"],
    [8_040_000_000, "2 h 14 m"],
  ])("%d µs read as %s", (microseconds, text) => expect(formatDuration(microseconds)).toBe(text));
});

it("tells a time to the millisecond, and what is none as it is", () => {
  expect(formatClock("2026-11-21T14:03:22.417905Z")).toMatch(/^\d\d:\d\d:22\.417$/);
  expect(formatClock("soon")).toBe("soon");
});

it("counts one and many", () => {
  expect(plural(1, "exchange")).toBe("1 exchange");
  expect(plural(1_204, "exchange")).toBe("1,204 exchanges");
});

it("shortens versions and writes fingerprints as systems do", () => {
  expect(shortTls("TLS 1.3")).toBe("1.3");
  expect(formatFingerprint("9f2c41")).toBe("9F:2C:41");
});
