// A row of tabs (WAI-ARIA tabs pattern): one tab stop, arrows move and choose.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

export interface TabItem<Name extends string> {
  name: Name;
  title: string;
  /** A small remark behind the title. */
  note?: string | undefined;
}

interface Props<Name extends string> {
  label: string;
  items: readonly TabItem<Name>[];
  chosen: Name;
  onChoose: (name: Name) => void;
  /** Stands at the end of the row. */
  aside?: ComponentChildren;
  children: ComponentChildren;
  /** `segments`: a small switch rather than a row of tabs. */
  look?: "tabs" | "segments";
}

export function Tabs<Name extends string>({
  label,
  items,
  chosen,
  onChoose,
  aside,
  children,
  look = "tabs",
}: Props<Name>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  // The choice changed by other means than its own keys: a focus in the row goes along.
  useLayoutEffect(() => {
    const row = list.current;
    if (row?.contains(document.activeElement)) {
      row.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
    }
  }, [chosen]);
  const press = (event: KeyboardEvent) => {
    const at = items.findIndex(({ name }) => name === chosen);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const next = items[(to + items.length) % items.length];
    if (next) {
      onChoose(next.name);
      list.current?.querySelector<HTMLElement>(`[data-tab="${next.name}"]`)?.focus();
    }
  };
  return (
    <>
      <div class={`${look}-row`}>
        <div class={look} role="tablist" aria-label={label} ref={list} onKeyDown={press}>
          {items.map(({ name, title, note }) => (
            <button
              key={name}
              type="button"
              id={`${id}-${name}`}
              role="tab"
              data-tab={name}
              aria-selected={name === chosen}
              aria-controls={`${id}-panel`}
              tabIndex={name === chosen ? 0 : -1}
              onClick={() => onChoose(name)}
            >
              {title}
              {note !== undefined && <small>{note}</small>}
            </button>
          ))}
        </div>
        {aside}
      </div>
      <div class={`${look}-panel`} role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
        {children}
      </div>
    </>
  );
}
