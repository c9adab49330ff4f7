// The page: bars around, the view of the route in the middle, dialogs and messages on top.

import { useSignal } from "@preact/signals";

import { locked } from "./api";
import { useCommands } from "./commands";
import { type Route, RULES, SETUP } from "./lib/route";
import { go, left, route } from "./location";
import { nextTheme } from "./theme";
import { toggleRecording } from "./views/actions";
import { CertificatesView } from "./views/certificates";
import { ConnectionsView } from "./views/connections";
import { HelpDialog, HelpView } from "./views/help";
import {
  CertificatePage,
  ChainPage,
  ConnectionPage,
  ExchangePage,
  FramesPage,
  HandshakePage,
  LockedPage,
  UnknownPage,
} from "./views/pages";
import { Palette } from "./views/palette";
import { RulesView } from "./views/rules";
import { RuleDialog } from "./views/rules/dialog";
import { SetupView } from "./views/setup";
import { Banners } from "./views/shell/banners";
import { Rail } from "./views/shell/rail";
import { StatusBar } from "./views/shell/status-bar";
import { TopBar } from "./views/shell/top-bar";
import { TrafficView } from "./views/traffic";
import { ToastPlace } from "./widgets/toast";

export function App() {
  const over = useSignal<"help" | "palette" | null>(null);
  const close = () => {
    over.value = null;
  };
  useCommands({
    "go-traffic": () => go(left.peek().traffic),
    "go-connections": () => go(left.peek().connections),
    "go-certificates": () => go(left.peek().certificates),
    "go-rules": () => go(RULES),
    "go-setup": () => go(SETUP),
    recording: () => void toggleRecording(),
    theme: nextTheme,
    help: () => {
      over.value = "help";
    },
    palette: () => {
      over.value = "palette";
    },
  });
  if (locked.value) {
    return (
      <main class="locked">
        <LockedPage />
      </main>
    );
  }
  const shown = route.value;
  return (
    <div class="app">
      <TopBar route={shown} />
      <Banners />
      <Rail route={shown} />
      <main class="main">
        {HEADINGS[shown.view] !== undefined && <h1 class="sr-only">{HEADINGS[shown.view]}</h1>}
        <View route={shown} />
      </main>
      <StatusBar />
      <ToastPlace />
      <RuleDialog />
      {over.value === "help" && <HelpDialog onClose={close} />}
      {over.value === "palette" && <Palette onClose={close} />}
    </div>
  );
}

/** What the views are called that show no heading of their own. */
const HEADINGS: Partial<Record<Route["view"], string>> = {
  traffic: "Traffic",
  exchange: "Exchange",
  connections: "Connections",
  connection: "Connection",
  handshake: "Handshake",
  frames: "Frames",
  chain: "Certificates of a connection",
  certificates: "Certificates",
  certificate: "Certificate",
  unknown: "Nothing here",
};

function View({ route: shown }: { route: Route }) {
  switch (shown.view) {
    case "traffic":
      return <TrafficView route={shown} />;
    case "exchange":
      return <ExchangePage route={shown} />;
    case "connections":
      return <ConnectionsView route={shown} />;
    case "connection":
      return <ConnectionPage id={shown.id} />;
    case "handshake":
      return <HandshakePage route={shown} />;
    case "frames":
      return <FramesPage route={shown} />;
    case "chain":
      return <ChainPage route={shown} />;
    case "certificates":
      return <CertificatesView route={shown} />;
    case "certificate":
      return <CertificatePage route={shown} />;
    case "rules":
      return <RulesView />;
    case "setup":
      return <SetupView route={shown} />;
    case "help":
      return <HelpView />;
    case "unknown":
      return <UnknownPage path={shown.path} />;
  }
}
