import { afterEach, expect, it, vi } from "vitest";

import { focusWhenThere } from "./focus";

afterEach(() => document.body.replaceChildren());

const add = (id: string) => {
  const button = document.createElement("button");
  button.id = id;
  document.body.append(button);
};

it("the keyboard goes where it is sent, now or once that is there", async () => {
  add("one");
  focusWhenThere("#one");
  expect(document.activeElement?.id).toBe("one");
  focusWhenThere("#two");
  expect(document.activeElement?.id).toBe("one");
  add("two");
  await vi.waitFor(() => expect(document.activeElement?.id).toBe("two"), { timeout: 30_000 });
});

it("whoever does something else in the meantime stays where they are", async () => {
  for (const kind of ["keydown", "pointerdown"]) {
    focusWhenThere("#late");
    window.dispatchEvent(new Event(kind));
    add("late");
    focusWhenThere("#next");
    add("next");
    await vi.waitFor(() => expect(document.activeElement?.id).toBe("next"), { timeout: 30_000 });
    document.body.replaceChildren();
  }
});
