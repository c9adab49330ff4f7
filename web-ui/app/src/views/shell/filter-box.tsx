// The filter box: applies while it is typed, shows the place of an error, and offers what could come next
// (WAI-ARIA combobox pattern).

import { useSignal, useSignalEffect } from "@preact/signals";
import { useId, useRef } from "preact/hooks";

import { useCommands } from "../../commands";
import {
  caretLine,
  type FilterExample,
  type FilterField,
  suggest,
  suggestFirst,
  type Suggestion,
  takeSuggestion,
} from "../../lib/filter";
import { Icon } from "../../widgets/icon";
import { Worded } from "../../widgets/worded";
import { activeFault, activeList } from "../list";

/** Typing is applied once it rests. */
const REST_MS = 250;

interface Props {
  filter: string;
  fields: readonly FilterField[];
  examples: readonly FilterExample[];
  placeholder: string;
  onFilter: (filter: string) => void;
}

export function FilterBox({ filter, fields, examples, placeholder, onFilter }: Props) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const text = useSignal(filter);
  const caret = useSignal(filter.length);
  const focused = useSignal(false);
  const offered = useSignal(false);
  const at = useSignal(-1);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const applied = useRef(filter);

  // The route changed by other means (Back, a link, a cleared filter): the box says what holds.
  if (applied.current !== filter) {
    applied.current = filter;
    text.value = filter;
  }
  useCommands({ filter: () => field.current?.select() });
  useSignalEffect(() => {
    if (!focused.value) {
      offered.value = false;
    }
  });

  const apply = () => {
    clearTimeout(timer.current);
    const wanted = text.peek().trim();
    if (wanted !== applied.current) {
      applied.current = wanted;
      onFilter(wanted);
    }
  };
  const blank = text.value.trim() === "";
  const next = suggest(text.value, caret.value, fields, activeList.value?.seen() ?? new Map());
  const span = blank ? { start: 0, end: text.value.length } : next.span;
  const suggestions = blank ? suggestFirst(fields, examples) : next.suggestions;
  const shown = offered.value && suggestions.length > 0;
  const fault = !blank && applied.current === text.value.trim() ? activeFault.value : null;

  const take = (suggestion: Suggestion) => {
    clearTimeout(timer.current);
    const taken = takeSuggestion(text.value, span, suggestion);
    text.value = taken.text;
    caret.value = taken.caret;
    at.value = -1;
    offered.value = !suggestion.whole;
    if (suggestion.whole) {
      apply();
    }
    // Before the next key can come, which is to find the caret in its place.
    if (field.current) {
      field.current.value = taken.text;
      field.current.setSelectionRange(taken.caret, taken.caret);
    }
  };
  const typed = (input: HTMLInputElement) => {
    text.value = input.value;
    caret.value = input.selectionStart ?? input.value.length;
    at.value = -1;
    offered.value = true;
    clearTimeout(timer.current);
    timer.current = setTimeout(apply, REST_MS);
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      // Who walks the suggestions is not done with the term.
      clearTimeout(timer.current);
      offered.value = true;
      const places = suggestions.length + 1;
      at.value = ((at.value + 1 + step + places) % places) - 1;
      // The list of all that there is can be longer than its place.
      document.getElementById(`${id}-${at.value}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      const chosen = shown ? suggestions[at.value] : undefined;
      if (chosen) {
        take(chosen);
      } else {
        offered.value = false;
        apply();
      }
    } else if (event.key === "Escape") {
      event.stopPropagation();
      // On an empty field the list came by itself: one key leaves both.
      if (shown && !blank) {
        offered.value = false;
      } else {
        leaveForList();
      }
    }
  };

  return (
    <div class={fault ? "filter faulty" : "filter"} role="search" aria-label="In the list">
      <Icon name="filter" />
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label="Filter"
        aria-autocomplete="list"
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-activedescendant={shown && at.value >= 0 ? `${id}-${at.value}` : undefined}
        aria-invalid={fault !== null}
        aria-describedby={fault && focused.value ? `${id}-fault` : undefined}
        placeholder={placeholder}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={text.value}
        onInput={(event) => typed(event.currentTarget)}
        onKeyDown={press}
        onKeyUp={(event) => {
          caret.value = event.currentTarget.selectionStart ?? 0;
        }}
        onClick={(event) => {
          caret.value = event.currentTarget.selectionStart ?? 0;
          offered.value = true;
        }}
        onFocus={() => {
          focused.value = true;
          offered.value = text.peek().trim() === "";
        }}
        onBlur={() => {
          focused.value = false;
          apply();
        }}
      />
      {text.value !== "" && (
        <button
          type="button"
          class="button plain bare"
          title="Clear the filter"
          aria-label="Clear the filter"
          onClick={() => {
            text.value = "";
            apply();
            field.current?.focus();
          }}
        >
          <Icon name="close" size={14} />
        </button>
      )}
      <ul class="suggestions" id={`${id}-list`} role="listbox" aria-label="Suggestions" hidden={!shown}>
        {shown &&
          suggestions.map((suggestion, place) => (
            <li
              key={suggestion.text}
              id={`${id}-${place}`}
              role="option"
              aria-selected={place === at.value}
              // The box would lose the focus before the click came.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(suggestion)}
            >
              <code>{suggestion.text}</code>
              <span class="faint">{suggestion.hint}</span>
            </li>
          ))}
      </ul>
      {fault && focused.value && !shown && (
        <div class="filter-fault" id={`${id}-fault`} role="alert">
          <strong>
            <Worded text={fault.detail} />
          </strong>
          {fault.at && (
            <pre aria-hidden="true">
              {text.value}
              {"\n"}
              <b>{caretLine(fault.at)}</b>
            </pre>
          )}
        </div>
      )}
    </div>
  );
}

function leaveForList(): void {
  document.querySelector<HTMLElement>("[role=grid]")?.focus();
  if (document.activeElement instanceof HTMLInputElement) {
    document.activeElement.blur();
  }
}
