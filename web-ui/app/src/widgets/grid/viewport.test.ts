import { beforeEach, describe, expect, it, vi } from "vitest";

import { Viewport } from "./viewport";

/** A scroller of 520 pixels that takes no more than its spacer has room for. */
function fakeScroller(viewport: Viewport) {
  const element = document.createElement("div");
  let top = 0;
  Object.defineProperty(element, "clientHeight", { get: () => 520 });
  Object.defineProperty(element, "scrollTop", {
    get: () => top,
    set: (to: number) => {
      top = Math.max(0, Math.min(to, viewport.spacer.value - 520));
    },
  });
  viewport.attach(element);
  return element;
}

let viewport: Viewport;
let scroller: HTMLElement;
const scrolled = vi.fn();

beforeEach(() => {
  scrolled.mockClear();
  viewport = new Viewport(26, 10);
  viewport.onScrolled = scrolled;
  scroller = fakeScroller(viewport);
  viewport.setRows(1_000);
});

describe("a viewport", () => {
  it("writes what the program moves, and does not take it for the person's", () => {
    viewport.toEnd();
    expect(scroller.scrollTop).toBe(25_480);
    scroller.dispatchEvent(new Event("scroll"));
    expect(scrolled).not.toHaveBeenCalled();
    expect(viewport.atEnd).toBe(true);
  });

  it("reads what the person scrolls", () => {
    scroller.scrollTop = 2_600;
    scroller.dispatchEvent(new Event("scroll"));
    expect(scrolled).toHaveBeenCalledOnce();
    expect(viewport.firstSeen).toBe(100);
    expect(viewport.span.value).toEqual({ start: 90, end: 131 });
  });

  it("never undoes a scroll whose event is still on its way", () => {
    scroller.scrollTop = 2_600;
    viewport.setRows(1_001);
    expect(scroller.scrollTop).toBe(2_600);
    expect(viewport.firstSeen).toBe(100);
    scroller.dispatchEvent(new Event("scroll"));
    expect(scrolled).toHaveBeenCalledOnce();
  });

  it("goes with rows that moved, and stays in a list that shrinks", () => {
    viewport.toTop(2_600);
    viewport.moveBy(7);
    expect(viewport.firstSeen).toBe(107);
    viewport.setRows(50);
    expect(viewport.firstSeen).toBe(30);
    expect(scroller.scrollTop).toBe(780);
  });

  it("shows a row that is near by a little, one that is far in the middle", () => {
    viewport.show(20);
    expect(scroller.scrollTop).toBe(26);
    viewport.show(500);
    expect(viewport.firstSeen).toBe(490);
  });
});
