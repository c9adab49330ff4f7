// The command palette: everything that can be done now, found by a few letters of it.

import { useSignal } from "@preact/signals";
import { useEffect, useId, useLayoutEffect, useMemo, useRef } from "preact/hooks";

import { type CommandId, type CommandInfo, offeredCommands, runCommand } from "../commands";
import { fuzzyScore } from "../lib/fuzzy";
import { Key } from "../widgets/button";
import { Dialog } from "../widgets/dialog";

export function Palette({ onClose }: { onClose: () => void }) {
  const id = useId();
  const typed = useSignal("");
  const at = useSignal(0);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const commands = useMemo(offeredCommands, []);
  const found = rank(commands, typed.value);
  const active = Math.min(at.value, Math.max(0, found.length - 1));

  // Before the next key can come.
  useLayoutEffect(() => field.current?.focus(), []);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);

  const run = (command: { id: CommandId } | undefined) => {
    if (command) {
      onClose();
      // The dialog gives the focus back first; a command may take it elsewhere.
      setTimeout(() => runCommand(command.id));
    }
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length > 0) {
      event.preventDefault();
      at.value = (active + step + found.length) % found.length;
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[active]);
    }
  };

  return (
    <Dialog label="Commands" class="palette" onClose={onClose}>
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label="Command"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found[active] ? `${id}-${found[active].id}` : undefined}
        aria-autocomplete="list"
        placeholder="What do you want to do?"
        autocomplete="off"
        spellcheck={false}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          at.value = 0;
        }}
        onKeyDown={press}
      />
      {found.length === 0 && <p class="nothing">No command has these letters.</p>}
      <ul id={`${id}-list`} role="listbox" aria-label="Commands" ref={list}>
        {found.map((command, place) => (
          <li
            key={command.id}
            id={`${id}-${command.id}`}
            role="option"
            aria-selected={place === active}
            onClick={() => run(command)}
            onPointerMove={() => {
              at.value = place;
            }}
          >
            <span class="faint">{command.group}</span>
            <span>{command.title}</span>
            {command.keys[0] !== undefined && <Key name={command.keys[0]} />}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function rank(commands: readonly (CommandInfo & { id: CommandId })[], typed: string) {
  if (typed.trim() === "") {
    return commands;
  }
  return commands
    .map((command) => ({ command, score: fuzzyScore(`${command.group} ${command.title}`, typed) }))
    .filter((one): one is { command: (typeof commands)[number]; score: number } => one.score !== null)
    .sort((a, b) => b.score - a.score)
    .map(({ command }) => command);
}
