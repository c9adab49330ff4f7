// The live check of a setup: three lights, each in shape and words too.

import { setupLights } from "../../lib/setup";
import type { Counts } from "../../types/generated";
import { Icon, type IconName } from "../../widgets/icon";

const ICONS: Record<"waiting" | "green" | "failed", IconName> = { waiting: "ring", green: "ok", failed: "bad" };
const WORDS = { waiting: "waiting", green: "done", failed: "failed" };

export function Lights({ counts }: { counts: Counts }) {
  const lights = setupLights(counts);
  const done = lights.filter(({ state }) => state === "green").map(({ title }) => title);
  return (
    <>
      {/* Counts that grow would be read aloud without end; that a light turns green is said once. */}
      <p class="sr-only" role="status">
        {done.join(", ")}
      </p>
      <ol class="lights">
        {lights.map(({ key, title, state, text }) => (
          <li key={key} class={state}>
            <Icon name={ICONS[state]} size={18} label={WORDS[state]} />
            <div>
              <strong>{title}</strong>
              <span>{text}</span>
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}
