// What a list of rows does: which row is selected, how keys and scrolling move it, and how it and the tail go
// together. The grid shows it.

import { signal } from "@preact/signals";

import type { AnyRow } from "../../live";
import type { RowList } from "../../rows";
import { Viewport } from "./viewport";

const ROW_HEIGHT = 26;
const HEAD_HEIGHT = 26;
/** Rows rendered out of sight, so that a quick scroll finds them there. */
const MARGIN_ROWS = 24;
/** Following the tail nothing is scrolled, and all rows change with each frame. */
const FOLLOWING_MARGIN_ROWS = 3;

export class GridControl<Row extends AnyRow> {
  readonly viewport = new Viewport(ROW_HEIGHT, MARGIN_ROWS, HEAD_HEIGHT);
  /** The selected row's id. */
  readonly selected = signal<string | null>(null);

  /** Called when the person selected another row. */
  onSelect: (id: string | null) => void = () => undefined;

  /** Where the selected row stood when it was last seen. */
  private place: number | null = null;
  /** A row that is to be selected as soon as it is held. */
  private awaited: number | null = null;

  constructor(readonly list: RowList<Row>) {
    list.onMoved = (by) => this.viewport.moveBy(by);
    list.onLanded = (index) => {
      const rows = list.matched.peek();
      this.viewport.setRows(rows);
      // A key that came while the rows were asked for has gone further already.
      if (this.awaited !== null) {
        this.awaited = rows === 0 ? null : Math.min(this.awaited, rows - 1);
      }
      this.viewport.show(this.awaited ?? index);
    };
    list.onAsked = () => {
      this.awaited = null;
    };
    this.viewport.onScrolled = () => this.scrolled();
  }

  /** Takes over what the page's route says is selected. */
  setSelected(id: string | null): void {
    if (id !== this.selected.peek()) {
      this.selected.value = id;
      this.place = id === null ? this.place : this.list.indexOf(id);
    }
  }

  /** Brings the viewport in step with the rows. To be called when either changed. */
  sync(): void {
    const { list, viewport } = this;
    viewport.setMargin(list.following.peek() ? FOLLOWING_MARGIN_ROWS : MARGIN_ROWS);
    viewport.setRows(list.matched.peek());
    if (list.following.peek()) {
      if (list.newestFirst) {
        viewport.toTop(0);
      } else {
        viewport.toEnd();
      }
    }
    list.need(viewport.span.peek());
    this.noteAnchor();
    this.notePlace();
    this.takeAwaited();
    viewport.keep = this.selected.peek() === null ? null : this.place;
  }

  /** Selects the row `by` further down; the first that is seen when none is selected. */
  step(by: number): void {
    const place = this.place;
    if (this.selected.peek() === null || place === null) {
      this.selectIndex(this.viewport.firstSeen + (this.place === null && by < 0 ? this.viewport.rowsSeen - 1 : 0));
    } else {
      this.selectIndex(place + by);
    }
  }

  stepPage(pages: number): void {
    this.step(pages * this.viewport.rowsSeen);
  }

  /** Selects the row at a place, once it is held. */
  selectIndex(index: number): void {
    const last = this.list.matched.peek() - 1;
    if (last < 0) {
      return;
    }
    const place = Math.min(Math.max(0, index), last);
    this.list.follow(false);
    this.awaited = place;
    this.place = place;
    this.viewport.show(place);
    this.list.need(this.viewport.span.peek());
    this.takeAwaited();
  }

  select(id: string | null): void {
    this.awaited = null;
    if (id !== null) {
      this.list.follow(false);
      this.place = this.list.indexOf(id);
    }
    this.viewport.keep = id === null ? null : this.place;
    this.selected.value = id;
    this.onSelect(id);
  }

  private takeAwaited(): void {
    const row = this.awaited === null ? undefined : this.list.at(this.awaited);
    if (row) {
      this.awaited = null;
      this.selected.value = row.id;
      this.onSelect(row.id);
    }
  }

  private notePlace(): void {
    const id = this.selected.peek();
    if (id !== null && this.awaited === null) {
      this.place = this.list.indexOf(id) ?? this.place;
    }
  }

  private noteAnchor(): void {
    const index = this.viewport.firstSeen;
    const row = this.list.at(index);
    this.list.anchor = row ? { id: row.id, index } : null;
  }

  private scrolled(): void {
    const { list, viewport } = this;
    const atTail = list.newestFirst ? viewport.atStart : viewport.atEnd;
    if (!atTail) {
      list.follow(false);
    } else if (!list.paused.peek() && this.selected.peek() === null) {
      list.follow(true);
    }
    this.noteAnchor();
    list.need(viewport.span.peek());
  }
}
