// Light or dark: the system's choice, or the person's.

import { effect } from "@preact/signals";

import { remembered } from "./memory";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const theme = remembered<Theme>(
  "theme",
  "system",
  (text) => THEMES.find((known) => known === text) ?? null,
  String,
);

/** Puts the theme on the page, now and whenever it changes. Called once. */
export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset["theme"] = theme.value;
  });
}

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
}
