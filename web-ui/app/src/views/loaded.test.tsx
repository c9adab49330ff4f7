import { render, screen, waitFor } from "@testing-library/preact";
import { afterEach, expect, it, vi } from "vitest";

import { ApiError } from "../api";
import { status } from "../live";
import type { Status } from "../types/generated";
import { useLoaded, WhenLoaded } from "./loaded";

const beat = () => {
  status.value = {} as Status;
};

function Shown({ read }: { read: () => Promise<string> }) {
  const loaded = useLoaded("a", { read, settled: (text) => text === "over" });
  return (
    <WhenLoaded loaded={loaded} what="the text">
      {(text) => text}
    </WhenLoaded>
  );
}

const answers = (...told: (string | Error)[]) => {
  const read = vi.fn((): Promise<string> => {
    const next = told.shift() ?? "asked too often";
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  });
  render(<Shown read={read} />);
  return read;
};
const says = (text: string) => waitFor(() => expect(screen.getByText(text)).toBeTruthy());

afterEach(() => {
  status.value = null;
});

it("what may change is read again with each status, and what is over is not", async () => {
  const read = answers("begun", "going on", "over", "over");
  await says("begun");
  expect(read).toHaveBeenCalledTimes(1);
  beat();
  await says("going on");
  beat();
  await says("over");
  const times = read.mock.calls.length;
  beat();
  beat();
  await says("over");
  expect(read).toHaveBeenCalledTimes(times);
});

it("what can't be read says why, and is read again with the next status", async () => {
  answers(new ApiError(500, { type: "", title: "", status: 500, detail: "the store is busy" }), "over");
  await says("The text could not be read");
  await says("the store is busy");
  beat();
  await says("over");
});

it("a lost link takes nothing away; what is gone is gone", async () => {
  const problem = { type: "", title: "", detail: "not held" };
  const read = answers("begun", new Error("lost"), new ApiError(404, { ...problem, status: 404 }));
  await says("begun");
  beat();
  await waitFor(() => expect(read).toHaveBeenCalledTimes(2));
  await says("begun");
  beat();
  await says("The connection is no longer held");
});
