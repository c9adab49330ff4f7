// Where a long list stands on the screen. Joins the maths of `lib/window` with a scrolling element: what the person
// scrolls is read, what the program moves is written, and neither is taken for the other.

import { batch, signal } from "@preact/signals";

import {
  afterScroll,
  atEnd,
  type Geometry,
  maxTop,
  mustRebase,
  type Position,
  positionAt,
  renderSpan,
  shiftOf,
  type Span,
  spacerHeight,
  topShowing,
} from "../../lib/window";

const REST_MS = 150;

export class Viewport {
  /** The rows to render. */
  readonly span = signal<Span>({ start: 0, end: 0 });
  /** Where the first of them stands, in the scroller's own pixels. */
  readonly offset = signal(0);
  readonly spacer = signal(0);

  /** Called when the person scrolled. */
  onScrolled: () => void = () => undefined;

  /** A row that stays in sight when the room changes. */
  keep: number | null = null;

  private geometry: Geometry;
  private position: Position = { top: 0, scroll: 0 };
  private scroller: HTMLElement | null = null;
  /** The scroller's place as it was last read or written: whatever differs from it, the person did. */
  private noticed = 0;
  private rest: ReturnType<typeof setTimeout> | undefined;

  /** `margin` rows are rendered above and below what is seen. `head` pixels of the scroller are covered by a head that stays. */
  constructor(
    rowHeight: number,
    private margin: number,
    private readonly head = 0,
  ) {
    this.geometry = { rows: 0, rowHeight, view: 0 };
  }

  /** Takes charge of a scrolling element; gives back how to let go of it. */
  attach(scroller: HTMLElement): () => void {
    this.scroller = scroller;
    this.noticed = scroller.scrollTop;
    const measure = () => this.measure(Math.max(0, scroller.clientHeight - this.head));
    const observer = new ResizeObserver(measure);
    const scrolled = () => this.scrolled();
    observer.observe(scroller);
    scroller.addEventListener("scroll", scrolled, { passive: true });
    measure();
    return () => {
      clearTimeout(this.rest);
      observer.disconnect();
      scroller.removeEventListener("scroll", scrolled);
      this.scroller = null;
    };
  }

  /** The first row that is seen, if only in part. */
  get firstSeen(): number {
    return Math.floor(this.position.top / this.geometry.rowHeight);
  }

  get rowsSeen(): number {
    return Math.max(1, Math.floor(this.geometry.view / this.geometry.rowHeight));
  }

  get atStart(): boolean {
    return this.position.top < this.geometry.rowHeight / 2;
  }

  get atEnd(): boolean {
    return atEnd(this.geometry, this.position.top);
  }

  setRows(rows: number): void {
    if (rows !== this.geometry.rows) {
      this.geometry = { ...this.geometry, rows };
      // A list that grew stays where it is; one that shrank may end above.
      if (this.position.top > maxTop(this.geometry)) {
        this.position = positionAt(this.geometry, this.position.top);
      }
      this.tell();
    }
  }

  setMargin(rows: number): void {
    if (rows !== this.margin) {
      this.margin = rows;
      this.tell();
    }
  }

  toTop(top: number): void {
    this.position = positionAt(this.geometry, top);
    this.tell();
  }

  toEnd(): void {
    this.toTop(maxTop(this.geometry));
  }

  /** Goes with rows that moved. */
  moveBy(rows: number): void {
    this.toTop(this.position.top + rows * this.geometry.rowHeight);
  }

  /** Shows a row, moving as little as possible; in the middle when it was out of sight by more than a screen. */
  show(index: number): void {
    const { rowHeight, view } = this.geometry;
    if (view === 0) {
      // Not on the screen yet: it will be the first one there.
      this.toTop(index * rowHeight);
      return;
    }
    const top = topShowing(this.geometry, this.position.top, index);
    const far = Math.abs(top - this.position.top) > view;
    const target = far ? index * rowHeight - (view - rowHeight) / 2 : top;
    if (target !== this.position.top) {
      this.toTop(target);
    }
  }

  /** Writes the position to the scroller. To be called once the page shows what `span` and `spacer` say. */
  settle(): void {
    const { scroller, position } = this;
    if (!scroller) {
      return;
    }
    if (Math.abs(scroller.scrollTop - this.noticed) >= 1) {
      // The person scrolled, and the event is still on its way: that goes first.
      this.scrolled();
    } else if (Math.abs(scroller.scrollTop - position.scroll) >= 1) {
      scroller.scrollTop = position.scroll;
      // A scroller takes no more than it has room for now.
      this.noticed = scroller.scrollTop;
    }
  }

  private measure(view: number): void {
    const { keep } = this;
    const kept = keep !== null && topShowing(this.geometry, this.position.top, keep) === this.position.top;
    const stays = this.atEnd && this.geometry.view > 0 && !kept;
    this.geometry = { ...this.geometry, view };
    if (kept) {
      this.position = positionAt(this.geometry, topShowing(this.geometry, this.position.top, keep));
    } else if (stays || this.position.top > maxTop(this.geometry)) {
      this.position = positionAt(this.geometry, stays ? maxTop(this.geometry) : this.position.top);
    }
    this.tell();
  }

  private scrolled(): void {
    const scroll = this.scroller?.scrollTop ?? 0;
    if (Math.abs(scroll - this.noticed) < 1) {
      return;
    }
    this.noticed = scroll;
    this.position = afterScroll(this.geometry, this.position, scroll);
    this.rebase(false);
    this.tell();
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.rested(), REST_MS);
    this.onScrolled();
  }

  private rested(): void {
    // A scroll that nobody has told of yet goes first: it was made from where the scroller stands now.
    if (this.scroller && Math.abs(this.scroller.scrollTop - this.noticed) >= 1) {
      this.scrolled();
      return;
    }
    this.rebase(true);
    this.tell();
  }

  private rebase(atRest: boolean): void {
    if (mustRebase(this.geometry, this.position, atRest)) {
      this.position = positionAt(this.geometry, this.position.top);
    }
  }

  private tell(): void {
    const span = renderSpan(this.geometry, this.position.top, this.margin);
    const before = this.span.peek();
    batch(() => {
      if (span.start !== before.start || span.end !== before.end) {
        this.span.value = span;
      }
      this.offset.value = span.start * this.geometry.rowHeight - shiftOf(this.position);
      this.spacer.value = spacerHeight(this.geometry);
    });
    // Where nothing is rendered anew, nobody else would write it.
    this.settle();
  }
}
