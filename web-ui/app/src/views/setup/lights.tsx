// The live check of a setup: three lights, each in shape and words too.

import { setupLights } from "../../lib/setup";
import type { Counts } from "../../types/generated";
import { Icon, type IconName } from "../../widgets/icon";

const ICONS: Record<"waiting" | "green" | "failed", IconName> = { waiting: "ring", green: "ok", failed: "bad" };
const WORDS = { waiting: "waiting", green: "done", failed: "failed" };

export function Lights({ counts }: { counts: Counts }) {
  return (
    <ol class="lights" aria-live="polite">
      {setupLights(counts).map(({ key, title, state, text }) => (
        <li key={key} class={state}>
          <Icon name={ICONS[state]} size={18} label={WORDS[state]} />
          <div>
            <strong>{title}</strong>
            <span>{text}</span>
          </div>
        </li>
      ))}
    </ol>
  );
}
