// The icons: strokes on a 16 px square, in the colour of the text. They never stand for a word alone.

const SHAPES = {
  auto: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
  back: "M9.5 3.5 5 8l4.5 4.5",
  bad: "M8 2.25a5.75 5.75 0 1 0 0 11.5 5.75 5.75 0 0 0 0-11.5M6 6l4 4m0-4-4 4",
  certificate: "M8 2.3a3.7 3.7 0 1 0 0 7.4 3.7 3.7 0 0 0 0-7.4M5.6 8.9 4.7 13.7 8 12l3.3 1.7-.9-4.8",
  check: "m3.5 8.5 3 3 6-7",
  close: "m4 4 8 8m0-8-8 8",
  columns: "M2.5 3.5h11v9h-11zM6.2 3.5v9m3.6-9v9",
  command:
    "M6 6V4.25A1.75 1.75 0 1 0 4.25 6zm0 0h4M6 6v4m4-4V4.25A1.75 1.75 0 1 1 11.75 6zm0 0v4m0 0H6m4 0v1.75A1.75 1.75 0 1 0 11.75 10zM6 10v1.75A1.75 1.75 0 1 1 4.25 10z",
  connections:
    "M6.5 9.5 9.5 6.5M7 4.8l1.6-1.6a2.97 2.97 0 0 1 4.2 4.2L11.2 9M9 11.2l-1.6 1.6a2.97 2.97 0 0 1-4.2-4.2L4.8 7",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  down: "m4 6 4 4 4-4",
  download: "M8 2.5v7.5m-3-3 3 3 3-3M3 13.5h10",
  dot: "M8 6.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3",
  external: "M6.5 3.5h-3v9h9v-3M9 2.5h4.5V7m0-4.5L7.5 8.5",
  filter: "M2.5 3.5h11L9.5 8.6v3.9l-3 1V8.6z",
  follow: "M8 2.5v7m-3.5-3L8 10l3.5-3.5M3 13.5h10",
  help: "M8 2.25a5.75 5.75 0 1 0 0 11.5 5.75 5.75 0 0 0 0-11.5M6.2 6.3a1.8 1.8 0 1 1 2.6 1.6c-.5.3-.8.6-.8 1.2m0 2v.1",
  info: "M8 2.25a5.75 5.75 0 1 0 0 11.5 5.75 5.75 0 0 0 0-11.5M8 7.2v3.6m0-5.8v.1",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5.25a2.5 2.5 0 0 1 5 0V7.5",
  minus: "M4 8h8",
  moon: "M13 9.6A5.5 5.5 0 1 1 6.4 3 4.4 4.4 0 0 0 13 9.6z",
  next: "M6.5 3.5 11 8l-4.5 4.5",
  ok: "M8 2.25a5.75 5.75 0 1 0 0 11.5 5.75 5.75 0 0 0 0-11.5M5.5 8.2l1.8 1.8 3.3-3.8",
  page: "M2.5 3h11v10h-11zM9.5 3v10",
  pause: "M5.5 3.5v9m5-9v9",
  play: "M5 3.3 12.5 8 5 12.7z",
  plus: "M8 4v8M4 8h8",
  question: "M5.4 5.6a2.6 2.6 0 1 1 3.7 2.4c-.8.4-1.1.8-1.1 1.7m0 2.7v.1",
  ring: "M8 2.25a5.75 5.75 0 1 0 0 11.5 5.75 5.75 0 0 0 0-11.5",
  retry: "M13 4v3.2H9.8M12.7 7A5 5 0 1 0 13 9.5",
  rules: "M8 2.2 13 4v4c0 3-2.2 5-5 6-2.8-1-5-3-5-6V4zM5.8 8l1.6 1.6 2.8-3.2",
  search: "M7 2.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4M10.2 10.2l3.3 3.3",
  setup:
    "M2.5 5h6m3.5 0h1.5M2.5 11H4m3.5 0h6M10.2 3.3a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4M5.8 9.3a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4",
  stop: "M4 4h8v8H4z",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.8v1.4m0 9.6v1.4M1.8 8h1.4m9.6 0h1.4M3.6 3.6l1 1m6.8 6.8 1 1m0-8.8-1 1m-6.8 6.8-1 1",
  swap: "M5.5 13V3.5m-2.5 2.5 2.5-2.5L8 6m2.5-3v9.5M8 10l2.5 2.5L13 10",
  traffic: "M2.5 5h9.5m-3-3 3 3-3 3M13.5 11H4m3-3-3 3 3 3",
  trash: "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4m2.4-4v4",
  undo: "M3.2 4v3.2h3.2M3.5 7A5 5 0 1 1 3 9.5",
  unlock: "M4 7.5h8v6H4zM5.5 7.5V5.25a2.5 2.5 0 0 1 4.9-.7",
  up: "m4 10 4-4 4 4",
  warn: "M8 2.6 14 13.2H2zM8 6.6v3m0 1.9v.1",
} as const;

export type IconName = keyof typeof SHAPES;

/** An icon beside a text: hidden from who can't see it, unless it has a `label` of its own. */
export function Icon({ name, size = 16, label }: { name: IconName; size?: number; label?: string }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
      {...(label === undefined ? { "aria-hidden": "true" } : { role: "img", "aria-label": label })}
    >
      <path d={SHAPES[name]} />
    </svg>
  );
}
