// A button that opens a small panel below it; a click elsewhere, Escape or leaving it with Tab closes it.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

import { Icon, type IconName } from "./icon";

export function Menu({ icon, title, children }: { icon: IconName; title: string; children: ComponentChildren }) {
  const id = useId();
  const shown = useSignal(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useLayoutEffect(() => {
    if (!shown.value) {
      return undefined;
    }
    const elsewhere = (event: Event) => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) {
        shown.value = false;
      }
    };
    document.addEventListener("pointerdown", elsewhere);
    document.addEventListener("focusin", elsewhere);
    return () => {
      document.removeEventListener("pointerdown", elsewhere);
      document.removeEventListener("focusin", elsewhere);
    };
  }, [shown.value]);

  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape" && shown.value) {
      event.stopPropagation();
      shown.value = false;
      button.current?.focus();
    }
  };

  return (
    <div class="menu" ref={place} onKeyDown={press}>
      <button
        ref={button}
        type="button"
        class="button plain"
        aria-expanded={shown.value}
        aria-controls={id}
        onClick={() => {
          shown.value = !shown.value;
        }}
      >
        <Icon name={icon} />
        <span>{title}</span>
      </button>
      <div class="menu-panel" id={id} hidden={!shown.value}>
        {shown.value && children}
      </div>
    </div>
  );
}
