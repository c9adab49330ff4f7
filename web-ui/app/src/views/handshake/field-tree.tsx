// A message's fields as a tree (WAI-ARIA tree pattern), lit where the bytes are pointed at.

import type { Signal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";

import { briefValue, type FieldLine, shownPath, visibleLines } from "../../lib/fields";
import { Icon } from "../../widgets/icon";
import { Recommended } from "./words";

interface Props {
  lines: readonly FieldLine[];
  unfolded: Signal<ReadonlySet<string>>;
  /** The path that is pointed at. */
  lit: Signal<string | null>;
  chosen: string | null;
  onChoose: (path: string | null) => void;
}

export function FieldTree({ lines, unfolded, lit, chosen, onChoose }: Props) {
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const shown = visibleLines(lines, unfolded.value);
  const litPath = shownPath(shown, lit.value);
  const at = shown.findIndex(({ path }) => path === shownPath(shown, chosen));

  const turn = ({ path }: FieldLine, open: boolean) => {
    const next = new Set(unfolded.value);
    if (open) {
      next.add(path);
    } else {
      next.delete(path);
    }
    unfolded.value = next;
  };
  const isOpen = (line: FieldLine) => unfolded.value.has(line.path);
  const folds = (line: FieldLine) => line.field.fields.length > 0;
  const move = (to: number) => {
    const line = shown[Math.max(0, Math.min(to, shown.length - 1))];
    if (line) {
      onChoose(line.path);
    }
  };
  const press = (event: KeyboardEvent) => {
    const line = shown[at];
    const act = {
      ArrowDown: () => move(at + 1),
      ArrowUp: () => move(at < 0 ? 0 : at - 1),
      Home: () => move(0),
      End: () => move(shown.length - 1),
      ArrowRight: () => (line && folds(line) && !isOpen(line) ? turn(line, true) : move(at + 1)),
      ArrowLeft: () => {
        if (line && folds(line) && isOpen(line)) {
          turn(line, false);
        } else if (line?.parent) {
          onChoose(line.parent);
        }
      },
      Enter: () => line && folds(line) && turn(line, !isOpen(line)),
    }[event.key];
    if (act && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  };
  useEffect(() => {
    if (chosen !== null) {
      frame.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
    }
  }, [chosen]);

  return (
    <div
      ref={frame}
      class="field-tree"
      role="tree"
      tabIndex={0}
      aria-label="Fields"
      aria-activedescendant={at < 0 ? undefined : `${id}-${at}`}
      onKeyDown={press}
      onMouseLeave={() => {
        lit.value = null;
      }}
    >
      {shown.map((line, place) => (
        <div
          key={line.path}
          id={`${id}-${place}`}
          class={`field${line.path === litPath ? " lit" : ""}`}
          role="treeitem"
          data-field={line.path}
          aria-level={line.depth + 1}
          aria-expanded={folds(line) ? isOpen(line) : undefined}
          aria-selected={place === at}
          onMouseEnter={() => {
            lit.value = line.path;
          }}
          onClick={() => onChoose(line.path)}
          onDblClick={() => folds(line) && turn(line, !isOpen(line))}
        >
          <span class="field-name" style={{ paddingLeft: `${line.depth * 14}px` }}>
            <span
              class="twist"
              onClick={(event) => {
                if (folds(line)) {
                  event.stopPropagation();
                  turn(line, !isOpen(line));
                }
              }}
            >
              {folds(line) && <Icon name={isOpen(line) ? "down" : "next"} size={12} />}
            </span>
            {line.field.name}
          </span>
          <span class="field-value">{briefValue(line.field)}</span>
          <Recommended told={line.field.recommended} />
        </div>
      ))}
    </div>
  );
}
