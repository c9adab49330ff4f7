import { fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { exchangeRow } from "../../fixtures";
import type { RowFrame } from "../../live";
import { liveRows, RowList } from "../../rows";
import type { ExchangeRow } from "../../types/generated";
import type { Column } from "./column";
import { GridControl } from "./control";
import { Grid } from "./grid";

const live = vi.hoisted(() => ({ tell: (() => undefined) as (frame: RowFrame) => void }));

vi.mock("../../live", () => ({
  watchRows: (_: unknown, listener: (frame: RowFrame) => void) => {
    live.tell = listener;
  },
  unwatchRows: () => undefined,
}));

const columns: Column<ExchangeRow>[] = [
  {
    key: "number",
    title: "#",
    label: "number",
    sort: "number",
    width: 60,
    min: 40,
    need: 0,
    cell: (row) => row.number,
  },
  {
    key: "path",
    title: "Path",
    label: "path",
    sort: "path",
    width: 200,
    min: 100,
    flex: true,
    need: 1,
    cell: (row) => row.path,
  },
];
const shown = [
  { key: "number", width: null },
  { key: "path", width: 120 },
];

let list: RowList<ExchangeRow>;
let control: GridControl<ExchangeRow>;
const onSort = vi.fn();
const onShown = vi.fn();
const onOpen = vi.fn();

beforeEach(() => {
  vi.clearAllMocks();
  // The test's DOM lays nothing out: a grid of 20 rows' height.
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => 546 });
  list = new RowList<ExchangeRow>(liveRows("exchanges"), ["number", "path"]);
  control = new GridControl(list);
  list.ask("", "path", null);
  render(
    <Grid
      control={control}
      label="Exchanges"
      columns={columns}
      shown={shown}
      sort={{ column: "path", descending: true }}
      stale={false}
      rowClass={() => ""}
      onSort={onSort}
      onShown={onShown}
      onOpen={onOpen}
    />,
  );
  live.tell({
    type: "window",
    total: 9_000,
    matched: 5_000,
    offset: 0,
    items: Array.from({ length: 300 }, (_, nth) => exchangeRow(nth + 1)),
  });
});

const rendered = async () => {
  await Promise.resolve();
  return document.querySelectorAll("[data-row]");
};

describe("the grid", () => {
  it("tells the true counts and renders a window", async () => {
    expect((await rendered()).length).toBe(20 + 1 + 24);
    const grid = screen.getByRole("grid", { name: "Exchanges" });
    expect(grid.getAttribute("aria-rowcount")).toBe("5001");
    expect(grid.getAttribute("aria-colcount")).toBe("2");
    const [first] = await rendered();
    expect(first?.getAttribute("aria-rowindex")).toBe("2");
  });

  it("says which row is active", async () => {
    const [, second] = await rendered();
    fireEvent.click(second ?? document.body);
    await Promise.resolve();
    expect(control.selected.value).toBe("id-2");
    expect(screen.getByRole("grid").getAttribute("aria-activedescendant")).toBe("row-id-2");
    expect(second?.getAttribute("aria-selected")).toBe("true");
  });

  it("steps, and stops at the ends", () => {
    control.step(1);
    expect(control.selected.value).toBe("id-1");
    control.step(1);
    control.stepPage(1);
    expect(control.selected.value).toBe("id-22");
    control.selectIndex(-5);
    expect(control.selected.value).toBe("id-1");
  });

  it("selects a row that is far away once it is there", async () => {
    await rendered();
    control.selectIndex(4_999);
    expect(control.selected.value).toBeNull();
    live.tell({
      type: "window",
      total: 9_000,
      matched: 5_000,
      offset: 4_700,
      items: Array.from({ length: 300 }, (_, nth) => exchangeRow(4_701 + nth)),
    });
    await waitFor(() => expect(control.selected.value).toBe("id-5000"));
  });

  it("goes where a key led that came before the rows, and forgets it when something else is asked", async () => {
    const tell = (offset: number) =>
      live.tell({
        type: "window",
        total: 9_000,
        matched: 5_000,
        offset,
        items: Array.from({ length: 300 }, (_, nth) => exchangeRow(offset + nth + 1)),
      });
    await rendered();
    list.ask("", "-path", null);
    control.selectIndex(4_999);
    tell(0);
    expect(control.viewport.firstSeen).toBeGreaterThan(4_900);
    list.ask("", "path", null);
    tell(0);
    expect(control.viewport.firstSeen).toBe(0);
    tell(4_700);
    await rendered();
    expect(control.selected.value).toBeNull();
  });

  it("shows the order, and is sorted and resized from its head", () => {
    expect(screen.getByRole("columnheader", { name: "Path" }).getAttribute("aria-sort")).toBe("descending");
    const button = screen.getByRole("button", { name: "#" });
    fireEvent.click(button);
    expect(onSort).toHaveBeenCalledWith("number");
    fireEvent.keyDown(button, { key: "ArrowRight", shiftKey: true });
    expect(onShown).toHaveBeenCalledWith([
      { key: "number", width: 40 },
      { key: "path", width: 120 },
    ]);
  });
});
