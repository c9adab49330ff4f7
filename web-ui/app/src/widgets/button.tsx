// Buttons and links, one look.

import type { ComponentChildren } from "preact";

import { formatRoute, type Route } from "../lib/route";
import { go, isPlainClick } from "../location";
import { Icon, type IconName } from "./icon";

interface ButtonProps {
  icon?: IconName;
  /** What is written on it; without, `title` names it. */
  children?: ComponentChildren;
  title?: string;
  /** For a switch: whether it is on. */
  pressed?: boolean;
  kind?: "plain" | "edged" | "solid" | "warn" | "bad";
  disabled?: boolean;
  onClick: () => void;
}

export function Button({ icon, children, title, pressed, kind = "plain", disabled = false, onClick }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${kind}${children === undefined ? " bare" : ""}`}
      title={title}
      aria-label={children === undefined ? title : undefined}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}

interface LinkProps {
  to: Route;
  class?: string;
  title?: string;
  label?: string;
  current?: boolean;
  children: ComponentChildren;
}

/** A link to another route of the page. Opens elsewhere when asked to, as links do. */
export function Link({ to, class: look = "link", title, label, current, children }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (isPlainClick(event)) {
      event.preventDefault();
      go(to);
    }
  };
  return (
    <a
      class={look}
      href={formatRoute(to)}
      title={title}
      aria-label={label}
      aria-current={current ? "page" : undefined}
      onClick={follow}
    >
      {children}
    </a>
  );
}

/** A key as it is printed on a keyboard. */
export function Key({ name }: { name: string }) {
  return (
    <span class="keys">
      {name.split(" ").map((one, place) => (
        <kbd key={place}>{KEY_LOOKS[one] ?? one.replace("Ctrl+", "Ctrl ").replace("Shift+", "Shift ")}</kbd>
      ))}
    </span>
  );
}

const KEY_LOOKS: Record<string, string> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  Escape: "Esc",
  PageUp: "Page Up",
  PageDown: "Page Down",
  "Ctrl+k": "Ctrl K",
};
