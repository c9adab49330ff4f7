import { signal } from "@preact/signals";
import { fireEvent, render, screen } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";

import { FieldTable } from "./field-table";
import { Splitter } from "./splitter";
import { Tabs } from "./tabs";
import { Tree } from "./tree";

const items = [
  { name: "one", title: "One" },
  { name: "two", title: "Two" },
  { name: "three", title: "Three" },
] as const;

describe("tabs", () => {
  it("are one stop, and arrows go round", () => {
    const onChoose = vi.fn();
    render(
      <Tabs label="Numbers" items={items} chosen="one" onChoose={onChoose}>
        panel
      </Tabs>,
    );
    const tabs = screen.getAllByRole("tab");
    expect(tabs.map((tab) => tab.tabIndex)).toEqual([0, -1, -1]);
    fireEvent.keyDown(screen.getByRole("tab", { name: "One" }), { key: "ArrowLeft" });
    expect(onChoose).toHaveBeenLastCalledWith("three");
    fireEvent.keyDown(screen.getByRole("tab", { name: "One" }), { key: "End" });
    expect(onChoose).toHaveBeenLastCalledWith("three");
    fireEvent.keyDown(screen.getByRole("tab", { name: "One" }), { key: "Tab" });
    expect(onChoose).toHaveBeenCalledTimes(2);
  });

  it("name their panel", () => {
    render(
      <Tabs label="Numbers" items={items} chosen="two" onChoose={() => undefined}>
        panel
      </Tabs>,
    );
    expect(screen.getByRole("tabpanel", { name: "Two" }).textContent).toBe("panel");
  });
});

describe("the splitter", () => {
  it("moves by arrows, within bounds", () => {
    const share = signal(0.79);
    render(<Splitter share={share} beside label="Resize" first="a" second="b" />);
    const bar = screen.getByRole("separator", { name: "Resize" });
    fireEvent.keyDown(bar, { key: "ArrowRight" });
    fireEvent.keyDown(bar, { key: "ArrowRight" });
    expect(share.value).toBe(0.8);
    fireEvent.keyDown(bar, { key: "ArrowLeft" });
    expect(share.value).toBeCloseTo(0.78);
  });

  it("is not there when one pane has all the room", () => {
    render(<Splitter share={signal(0.5)} beside label="Resize" first="a" second={null} />);
    expect(screen.queryByRole("separator")).toBeNull();
  });
});

it("what was captured is text, whatever it looks like", () => {
  const { container } = render(<FieldTable label="Headers" fields={[["x-<b>", '<img src=x onerror="alert(1)">']]} />);
  expect(container.querySelector("img, b")).toBeNull();
  expect(screen.getByRole("cell").textContent).toBe('<img src=x onerror="alert(1)">');
});

it("a tree is walked, folded and unfolded by keys, and by click", () => {
  const rows = ["root", "branch", "leaf", "last"].map((name, at) => ({
    name,
    depth: Math.min(at, 2),
    expanded: at < 2,
  }));
  const active = signal(0);
  const onTurn = vi.fn();
  render(
    <Tree label="Names" rows={rows} widest={9} active={active} folds={({ expanded }) => expanded} onTurn={onTurn}>
      {({ name }) => name}
    </Tree>,
  );
  const tree = screen.getByRole("tree", { name: "Names" });
  const press = (...keys: string[]) => keys.forEach((key) => fireEvent.keyDown(tree, { key }));
  press("ArrowDown", "ArrowDown");
  expect(active.value).toBe(2);
  press("ArrowLeft");
  expect(active.value).toBe(1);
  press("ArrowLeft");
  expect(onTurn).toHaveBeenLastCalledWith(rows[1]);
  press("End", "ArrowDown");
  expect(active.value).toBe(3);
  press("Home", "Enter");
  expect(onTurn).toHaveBeenLastCalledWith(rows[0]);
  expect(tree.getAttribute("aria-activedescendant")).toBe(screen.getAllByRole("treeitem")[0]?.id);
  fireEvent.click(screen.getByText("branch"));
  expect([active.value, onTurn.mock.calls.length]).toEqual([1, 3]);
  expect(screen.getByText("last").getAttribute("aria-expanded")).toBeNull();
});
