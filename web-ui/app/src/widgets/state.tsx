// What is said where there is nothing to show, and what is said above what is shown.

import type { ComponentChildren } from "preact";

import { Icon, type IconName } from "./icon";

/** Fills an empty place: what is the matter, and what to do. */
export function EmptyState({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export type Tone = "info" | "ok" | "warn" | "bad";

const TONE_ICONS: Record<Tone, IconName> = { info: "info", ok: "ok", warn: "warn", bad: "bad" };

/** A remark above or among the content that it is about. */
export function Notice({
  tone,
  title,
  children,
}: {
  tone: Tone;
  title?: ComponentChildren;
  children?: ComponentChildren;
}) {
  return (
    <div class={`notice ${tone}`}>
      <Icon name={TONE_ICONS[tone]} />
      <div>
        {title !== undefined && <strong>{title}</strong>}
        {children !== undefined && <div class="notice-text">{children}</div>}
      </div>
    </div>
  );
}

/** A strip across the page that stays until its cause is gone. */
export function Banner({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <div class={`banner ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <Icon name={TONE_ICONS[tone]} />
      {children}
    </div>
  );
}

/** While an answer is awaited. Says so only when it takes long enough to be seen. */
export function Waiting({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      Reading {what} …
    </p>
  );
}
