// The top bar: name, recording, filter, commands, clear, theme.

import { runCommand } from "../../commands";
import {
  CERTIFICATE_EXAMPLES,
  CERTIFICATE_FIELDS,
  CONNECTION_EXAMPLES,
  CONNECTION_FIELDS,
  EXCHANGE_EXAMPLES,
  EXCHANGE_FIELDS,
} from "../../lib/filter";
import { type Route, TRAFFIC } from "../../lib/route";
import { status } from "../../live";
import { go, route as current } from "../../location";
import { nextTheme, type Theme, theme } from "../../theme";
import type { RecordingState } from "../../types/generated";
import { Button, Link } from "../../widgets/button";
import { Icon, type IconName } from "../../widgets/icon";
import { Mark } from "../../widgets/mark";
import { Shape, type ShapeName } from "../../widgets/shape";
import { toggleRecording } from "../actions";
import { FilterBox } from "./filter-box";

const THEME_ICONS: Record<Theme, IconName> = { system: "auto", light: "sun", dark: "moon" };
const THEME_WORDS: Record<Theme, string> = { system: "as the system", light: "light", dark: "dark" };

export function TopBar({ route }: { route: Route }) {
  return (
    <header class="top">
      <Link to={TRAFFIC} class="brand" label="Handlens, to the traffic">
        <Mark />
        <span>Handlens</span>
      </Link>
      <RecordingSwitch />
      {route.view === "traffic" && (
        <FilterBox
          key="traffic"
          filter={route.q}
          fields={EXCHANGE_FIELDS}
          examples={EXCHANGE_EXAMPLES}
          placeholder="Filter: host:example.com status:5xx text"
          onFilter={setFilter}
        />
      )}
      {route.view === "connections" && (
        <FilterBox
          key="connections"
          filter={route.q}
          fields={CONNECTION_FIELDS}
          examples={CONNECTION_EXAMPLES}
          placeholder="Filter: host:example.com"
          onFilter={setFilter}
        />
      )}
      {route.view === "certificates" && (
        <FilterBox
          key="certificates"
          filter={route.q}
          fields={CERTIFICATE_FIELDS}
          examples={CERTIFICATE_EXAMPLES}
          placeholder="Filter: host:example.com expires:<30d text"
          onFilter={setFilter}
        />
      )}
      {!["traffic", "connections", "certificates"].includes(route.view) && <span class="grow" />}
      <button
        type="button"
        class="button plain palette-button"
        title="Commands (Ctrl K)"
        onClick={() => runCommand("palette")}
      >
        <Icon name="command" />
        <span>Commands</span>
        <kbd>Ctrl K</kbd>
      </button>
      {route.view === "traffic" && (
        <Button
          icon="trash"
          title={route.q === "" ? "Clear all exchanges (x)" : "Clear the exchanges that match (x)"}
          onClick={() => runCommand("clear")}
        />
      )}
      <Button icon={THEME_ICONS[theme.value]} title={`Theme: ${THEME_WORDS[theme.value]}`} onClick={nextTheme} />
    </header>
  );
}

function setFilter(q: string): void {
  const now = current.peek();
  if (now.view === "traffic" || now.view === "connections" || now.view === "certificates") {
    go({ ...now, q });
  }
}

const RECORDING: Record<RecordingState, { shape: ShapeName; word: string; title: string }> = {
  on: { shape: "dot", word: "Recording", title: "Everything that passes is kept. Pause the recording" },
  paused: { shape: "bars", word: "Recording paused", title: "What begins now is not kept. Resume the recording" },
  stopped: {
    shape: "square",
    word: "Recording stopped",
    title: "The disk refuses what is recorded; it resumes by itself",
  },
};

function RecordingSwitch() {
  const state = status.value?.recording.state;
  if (state === undefined) {
    return null;
  }
  const { shape, word, title } = RECORDING[state];
  return (
    <button
      type="button"
      class={`recording ${state}`}
      title={title}
      aria-label={`${word}. ${title}`}
      disabled={state === "stopped"}
      onClick={() => void toggleRecording()}
    >
      <Shape name={shape} />
      <span>{word}</span>
    </button>
  );
}
