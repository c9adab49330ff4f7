// Small shapes that stand for a state together with its colour and its word, so that colour is never alone.

const PATHS = {
  dot: "M4 0a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
  ring: "M4 0a4 4 0 1 0 0 8 4 4 0 0 0 0-8zm0 1.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
  square: "M.5.5h7v7h-7z",
  diamond: "M4 0l4 4-4 4-4-4z",
  up: "M4 .5 8 7.5H0z",
  right: "M1 0l7 4-7 4z",
  cross: "M1.5 0 4 2.5 6.5 0 8 1.5 5.5 4 8 6.5 6.5 8 4 5.5 1.5 8 0 6.5 2.5 4 0 1.5z",
  bars: "M.5 0h2.5v8h-2.5zM5 0h2.5v8h-2.5z",
} as const;

export type ShapeName = keyof typeof PATHS;

export function Shape({ name }: { name: ShapeName }) {
  return (
    <svg class="shape" width="8" height="8" viewBox="0 0 8 8" fill="currentColor" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
