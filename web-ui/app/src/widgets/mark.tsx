// The mark: a hand lens with a tick in it.

export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg
      class="mark"
      width={size}
      height={size}
      viewBox="0 0 32 32"
      fill="none"
      stroke="currentColor"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <circle cx="13" cy="13" r="9.5" fill="currentColor" fill-opacity=".14" stroke-width="2.6" />
      <path d="m20.2 20.2 8 8" stroke-width="4" />
      <path d="m8.6 13.4 3 3 5.8-6" stroke-width="2.4" />
    </svg>
  );
}
