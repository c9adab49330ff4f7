// A section that can be folded; whether it is, is remembered.

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

interface Props {
  title: string;
  count: number;
  open: Signal<boolean>;
  aside?: ComponentChildren;
  children: ComponentChildren;
}

export function Fold({ title, count, open, aside, children }: Props) {
  return (
    <details
      class="fold"
      open={open.value}
      onToggle={(event) => {
        open.value = (event.currentTarget as HTMLDetailsElement).open;
      }}
    >
      <summary>
        <h3>{title}</h3>
        <small>{count}</small>
      </summary>
      {aside && <div class="fold-aside">{aside}</div>}
      {open.value && children}
    </details>
  );
}
