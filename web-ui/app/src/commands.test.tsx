import { render } from "preact";
import { describe, expect, it, vi } from "vitest";

import { runCommand, type Runs, useCommands } from "./commands";

function Offers({ runs }: { runs: Runs }) {
  useCommands(runs);
  return null;
}

describe("commands", () => {
  // Without `act`, as in a browser: what comes after a frame has not come yet.
  it("are there with what they work on, and go with it, before another key can come", () => {
    const place = document.createElement("div");
    const next = vi.fn();
    expect(runCommand("next")).toBe(false);
    render(<Offers runs={{ next }} />, place);
    expect(runCommand("next")).toBe(true);
    expect(next).toHaveBeenCalledOnce();
    render(null, place);
    expect(runCommand("next")).toBe(false);
  });

  it("are those of what came last", () => {
    const [below, above] = [document.createElement("div"), document.createElement("div")];
    const [first, last] = [vi.fn(), vi.fn()];
    render(<Offers runs={{ next: first, back: first }} />, below);
    render(<Offers runs={{ next: last }} />, above);
    runCommand("next");
    runCommand("back");
    expect([first, last].map((run) => run.mock.calls.length)).toEqual([1, 1]);
    render(null, above);
    runCommand("next");
    expect(first).toHaveBeenCalledTimes(2);
    render(null, below);
  });
});
