// What the page shows, as its URL says it. Every state that a person may want to come back to, or send to someone,
// stands here; reading and writing are inverse.

export const TABS = ["request", "response", "timing", "tls"] as const;
export type Tab = (typeof TABS)[number];

const BODY_VIEWS = ["pretty", "raw", "hex", "tree", "image"] as const;
export type BodyView = (typeof BODY_VIEWS)[number];

export interface ListState {
  /** The filter. */
  q: string;
  /** The order, as the API spells it; null for the order of arrival. */
  sort: string | null;
  /** Columns and widths, as `lib/columns.ts` spells them; null for the person's own or the default. */
  cols: string | null;
  /** The id of the selected row. */
  sel: string | null;
}

export interface InspectorState {
  tab: Tab;
  /** How bodies are shown, where the person chose. */
  body: BodyView | null;
}

export type Route =
  | ({ view: "traffic" } & ListState & InspectorState)
  | ({ view: "exchange"; id: string } & InspectorState)
  | ({ view: "connections" } & ListState)
  | { view: "connection"; id: string }
  | { view: "setup"; guide: string | null }
  | { view: "help" }
  | { view: "unknown"; path: string };

export const EMPTY_LIST: ListState = { q: "", sort: null, cols: null, sel: null };
export const FIRST_TAB: InspectorState = { tab: "response", body: null };
export const TRAFFIC: Extract<Route, { view: "traffic" }> = { view: "traffic", ...EMPTY_LIST, ...FIRST_TAB };
export const CONNECTIONS: Extract<Route, { view: "connections" }> = { view: "connections", ...EMPTY_LIST };
export const SETUP: Route = { view: "setup", guide: null };
export const HELP: Route = { view: "help" };

/** The route of a URL's path and query. */
export function parseRoute(pathname: string, search: string): Route {
  const query = new URLSearchParams(search);
  const [head = "", id, tab, ...more] = pathname.split("/").slice(1).map(decode);
  if (more.length > 0 || (tab !== undefined && head !== "traffic")) {
    return { view: "unknown", path: pathname };
  }
  switch (head) {
    case "":
      return TRAFFIC;
    case "traffic":
      return id
        ? tab === undefined || isTab(tab)
          ? { view: "exchange", id, tab: tab ?? FIRST_TAB.tab, body: bodyOf(query) }
          : { view: "unknown", path: pathname }
        : { view: "traffic", ...listOf(query), tab: tabOf(query), body: bodyOf(query) };
    case "connections":
      return id ? { view: "connection", id } : { view: "connections", ...listOf(query) };
    case "setup":
      return id ? { view: "unknown", path: pathname } : { view: "setup", guide: query.get("for") };
    case "help":
      return id ? { view: "unknown", path: pathname } : HELP;
    default:
      return { view: "unknown", path: pathname };
  }
}

/** The URL of a route: path and query. */
export function formatRoute(route: Route): string {
  switch (route.view) {
    case "traffic":
      return withQuery("/traffic", {
        ...listQuery(route),
        tab: route.sel && route.tab !== FIRST_TAB.tab ? route.tab : null,
        body: route.sel ? route.body : null,
      });
    case "exchange":
      return withQuery(`/traffic/${encodeURIComponent(route.id)}/${route.tab}`, { body: route.body });
    case "connections":
      return withQuery("/connections", listQuery(route));
    case "connection":
      return `/connections/${encodeURIComponent(route.id)}`;
    case "setup":
      return withQuery("/setup", { for: route.guide });
    case "help":
      return "/help";
    case "unknown":
      return route.path;
  }
}

/** What the window is called. */
export function titleOf(route: Route): string {
  switch (route.view) {
    case "traffic":
      return route.q ? `${route.q} · Traffic · Handlens` : "Traffic · Handlens";
    case "exchange":
      return "Exchange · Handlens";
    case "connections":
      return "Connections · Handlens";
    case "connection":
      return "Connection · Handlens";
    case "setup":
      return "Setup · Handlens";
    case "help":
      return "Help · Handlens";
    case "unknown":
      return "Nothing here · Handlens";
  }
}

function listOf(query: URLSearchParams): ListState {
  return { q: query.get("q") ?? "", sort: query.get("sort"), cols: query.get("cols"), sel: query.get("sel") };
}

function listQuery({ q, sort, cols, sel }: ListState): Record<string, string | null> {
  return { q: q === "" ? null : q, sort, cols, sel };
}

function tabOf(query: URLSearchParams): Tab {
  const tab = query.get("tab");
  return tab !== null && isTab(tab) ? tab : FIRST_TAB.tab;
}

function bodyOf(query: URLSearchParams): BodyView | null {
  return BODY_VIEWS.find((view) => view === query.get("body")) ?? null;
}

function isTab(text: string): text is Tab {
  return (TABS as readonly string[]).includes(text);
}

function withQuery(path: string, query: Record<string, string | null>): string {
  const written = Object.entries(query)
    .filter((entry): entry is [string, string] => entry[1] !== null)
    .map(
      ([name, value]) =>
        `${name}=${encodeURIComponent(value).replaceAll("%20", "+").replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%2F", "/")}`,
    );
  return written.length === 0 ? path : `${path}?${written.join("&")}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
