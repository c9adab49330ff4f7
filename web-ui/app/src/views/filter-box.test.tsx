import { fireEvent, render, screen } from "@testing-library/preact";
import { expect, it, vi } from "vitest";

import { EXCHANGE_FIELDS } from "../lib/filter";
import { FilterBox } from "./shell/filter-box";

it("a suggestion that is taken leaves the caret behind it at once, for whoever types on", () => {
  render(<FilterBox filter="" fields={EXCHANGE_FIELDS} examples={[]} placeholder="" onFilter={vi.fn()} />);
  const field = screen.getByRole<HTMLInputElement>("combobox", { name: "Filter" });
  field.focus();
  field.value = "hos status:404";
  field.setSelectionRange(3, 3);
  fireEvent.input(field);
  fireEvent.keyDown(field, { key: "ArrowDown" });
  fireEvent.keyDown(field, { key: "Enter" });
  expect([field.value, field.selectionStart]).toEqual(["host: status:404", 5]);
});
