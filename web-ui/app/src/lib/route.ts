// What the page shows, as its URL says it. Every state that a person may want to come back to, or send to someone,
// stands here; reading and writing are inverse.

import type { CertificateRole } from "../types/certificates";
import type { LegName } from "../types/generated";
import type { Sender } from "../types/protocols";
import { ROLES } from "./certificates";

export const TABS = ["messages", "request", "response", "timing", "handshake", "certificates", "tls"] as const;
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

export const MESSAGE_VIEWS = ["pretty", "tree", "fields", "raw", "hex"] as const;
export type MessageView = (typeof MESSAGE_VIEWS)[number];

/** What is looked at of an exchange's messages. */
export interface MessagesState {
  /** Whose messages; null for both. */
  from: Sender | null;
  /** Text that they hold. */
  find: string;
  /** The number of the one that is opened. */
  msg: number | null;
  /** How it is shown, where the person chose. */
  as: MessageView | null;
  /** All bytes one after the other, rather than a list. */
  stream: boolean;
}

export interface InspectorState {
  /** Null: the one that suits the exchange. */
  tab: Tab | null;
  /** What the messages tab shows. */
  messages: MessagesState;
  /** What the handshake tab shows. */
  handshake: HandshakeState;
  /** What the certificates tab shows. */
  chosen: CertificateState;
  /** How bodies are shown, where the person chose. */
  body: BodyView | null;
}

export const DEPTHS = ["story", "fields", "bytes"] as const;
export type Depth = (typeof DEPTHS)[number];

export const HANDSHAKE_VIEWS = ["ladder", "story", "table", "changes", "keys"] as const;
export type HandshakeView = (typeof HANDSHAKE_VIEWS)[number];

/** What is looked at of a connection's handshakes. */
export interface HandshakeState {
  show: HandshakeView;
  /** The message that is opened: its leg, and its number there. */
  leg: LegName | null;
  msg: number | null;
  /** How deep it is shown; null for the person's own choice. */
  depth: Depth | null;
  /** The path of the field that is chosen. */
  field: string | null;
  /** Messages evenly spaced rather than on the axis of time. */
  even: boolean;
  /** The chip whose reason is open: `origin.post_quantum`. */
  why: string | null;
  /** The node of the key schedule that is chosen, in that leg. */
  key: string | null;
}

/** What is looked at of a connection's frames. */
export interface FramesState {
  table: boolean;
  /** The frame that is opened: its leg, and its number there. */
  leg: LegName | null;
  frame: number | null;
  /** The part of the axis that is seen, in microseconds; null for all of it. */
  range: { from: number; to: number } | null;
}

/** Which certificate is looked at, and which of its fields. */
export interface CertificateState {
  /** Its SHA-256. */
  cert: string | null;
  field: string | null;
}

export type Route =
  | ({ view: "traffic" } & ListState & InspectorState)
  | ({ view: "exchange"; id: string } & InspectorState)
  | ({ view: "connections" } & ListState)
  | { view: "connection"; id: string }
  | { view: "handshake"; id: string; handshake: HandshakeState }
  | { view: "frames"; id: string; frames: FramesState }
  | { view: "chain"; id: string; chosen: CertificateState }
  | ({ view: "certificates"; role: CertificateRole | null; field: string | null } & ListState)
  | { view: "certificate"; sha256: string; field: string | null }
  | { view: "rules" }
  | { view: "setup"; guide: string | null }
  | { view: "help" }
  | { view: "unknown"; path: string };

export const EMPTY_LIST: ListState = { q: "", sort: null, cols: null, sel: null };
export const HANDSHAKE: HandshakeState = {
  show: "ladder",
  leg: null,
  msg: null,
  depth: null,
  field: null,
  even: false,
  why: null,
  key: null,
};
export const FRAMES: FramesState = { table: false, leg: null, frame: null, range: null };
export const NO_CERTIFICATE: CertificateState = { cert: null, field: null };
export const MESSAGES: MessagesState = { from: null, find: "", msg: null, as: null, stream: false };
export const FIRST_TAB: InspectorState = {
  tab: null,
  messages: MESSAGES,
  body: null,
  handshake: HANDSHAKE,
  chosen: NO_CERTIFICATE,
};
export const TRAFFIC: Extract<Route, { view: "traffic" }> = { view: "traffic", ...EMPTY_LIST, ...FIRST_TAB };
export const CONNECTIONS: Extract<Route, { view: "connections" }> = { view: "connections", ...EMPTY_LIST };
export const CERTIFICATES: Extract<Route, { view: "certificates" }> = {
  view: "certificates",
  ...EMPTY_LIST,
  role: null,
  field: null,
};
export const RULES: Route = { view: "rules" };
export const SETUP: Route = { view: "setup", guide: null };
export const HELP: Route = { view: "help" };

/** The route of a URL's path and query. */
export function parseRoute(pathname: string, search: string): Route {
  const query = new URLSearchParams(search);
  const [head = "", id, tab, ...more] = pathname.split("/").slice(1).map(decode);
  const deep =
    head === "traffic" || (head === "connections" && ["handshake", "certificates", "frames"].includes(tab ?? ""));
  if (more.length > 0 || (tab !== undefined && !deep)) {
    return { view: "unknown", path: pathname };
  }
  switch (head) {
    case "":
      return TRAFFIC;
    case "traffic":
      return id
        ? tab === undefined || isTab(tab)
          ? { view: "exchange", id, ...inspectorOf(query, tab ?? null) }
          : { view: "unknown", path: pathname }
        : { view: "traffic", ...listOf(query), ...inspectorOf(query, tabOf(query)) };
    case "connections":
      if (id && tab === "handshake") {
        return { view: "handshake", id, handshake: handshakeOf(query) };
      }
      if (id && tab === "frames") {
        return { view: "frames", id, frames: framesOf(query) };
      }
      if (id && tab === "certificates") {
        return { view: "chain", id, chosen: certificateOf(query) };
      }
      return id ? { view: "connection", id } : { view: "connections", ...listOf(query) };
    case "certificates":
      return id
        ? { view: "certificate", sha256: id.toLowerCase(), field: query.get("field") }
        : {
            view: "certificates",
            ...listOf(query),
            role: oneOf(ROLES, query.get("role")),
            field: query.get("sel") === null ? null : query.get("field"),
          };
    case "rules":
      return id ? { view: "unknown", path: pathname } : RULES;
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
        tab: route.sel ? route.tab : null,
        body: route.sel ? route.body : null,
        ...(route.sel ? tabQuery(route) : {}),
      });
    case "exchange":
      return withQuery(`/traffic/${encodeURIComponent(route.id)}${route.tab === null ? "" : `/${route.tab}`}`, {
        body: route.body,
        ...tabQuery(route),
      });
    case "connections":
      return withQuery("/connections", listQuery(route));
    case "connection":
      return `/connections/${encodeURIComponent(route.id)}`;
    case "handshake":
      return withQuery(`/connections/${encodeURIComponent(route.id)}/handshake`, handshakeQuery(route.handshake));
    case "frames":
      return withQuery(`/connections/${encodeURIComponent(route.id)}/frames`, framesQuery(route.frames));
    case "chain":
      return withQuery(`/connections/${encodeURIComponent(route.id)}/certificates`, { ...route.chosen });
    case "certificates":
      return withQuery("/certificates", {
        ...listQuery(route),
        role: route.role,
        field: route.sel === null ? null : route.field,
      });
    case "certificate":
      return withQuery(`/certificates/${encodeURIComponent(route.sha256)}`, { field: route.field });
    case "rules":
      return "/rules";
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
    case "handshake":
      return "Handshake · Handlens";
    case "frames":
      return "Frames · Handlens";
    case "chain":
      return "Certificates of a connection · Handlens";
    case "certificates":
      return route.q ? `${route.q} · Certificates · Handlens` : "Certificates · Handlens";
    case "certificate":
      return "Certificate · Handlens";
    case "rules":
      return "Rules · Handlens";
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

function inspectorOf(query: URLSearchParams, tab: Tab | null): InspectorState {
  return {
    tab,
    messages: tab === "messages" ? messagesOf(query) : MESSAGES,
    body: bodyOf(query),
    handshake: tab === "handshake" ? handshakeOf(query) : HANDSHAKE,
    chosen: tab === "certificates" ? certificateOf(query) : NO_CERTIFICATE,
  };
}

/** What of the query is the shown tab's own. */
function tabQuery({ tab, messages, handshake, chosen }: InspectorState): Record<string, string | null> {
  switch (tab) {
    case "messages":
      return messagesQuery(messages);
    case "handshake":
      return handshakeQuery(handshake);
    case "certificates":
      return { ...chosen };
    default:
      return {};
  }
}

/** `from=client&find=price&msg=12&as=hex`. */
function messagesQuery({ from, find, msg, as, stream }: MessagesState): Record<string, string | null> {
  return {
    from,
    find: find === "" ? null : find,
    msg: msg === null ? null : String(msg),
    as,
    show: stream ? "stream" : null,
  };
}

function messagesOf(query: URLSearchParams): MessagesState {
  return {
    from: oneOf(["client", "origin"] as const, query.get("from")),
    find: query.get("find") ?? "",
    msg: numberOf(query.get("msg"), 12),
    as: oneOf(MESSAGE_VIEWS, query.get("as")),
    stream: query.get("show") === "stream",
  };
}

/** `show=table&leg=client&frame=12&t=0-4000`. */
function framesQuery({ table, leg, frame, range }: FramesState): Record<string, string | null> {
  return {
    show: table ? "table" : null,
    leg,
    frame: frame === null ? null : String(frame),
    t: range && `${range.from}-${range.to}`,
  };
}

function framesOf(query: URLSearchParams): FramesState {
  const [from = null, to = null] = (query.get("t") ?? "").split("-").map((part) => numberOf(part, 15));
  return {
    table: query.get("show") === "table",
    leg: oneOf(["client", "origin"] as const, query.get("leg")),
    frame: numberOf(query.get("frame"), 9),
    range: from !== null && to !== null && from < to ? { from, to } : null,
  };
}

/** A number of so many digits at the most. */
function numberOf(text: string | null, digits: number): number | null {
  return text !== null && /^\d+$/.test(text) && text.length <= digits ? Number(text) : null;
}

function certificateOf(query: URLSearchParams): CertificateState {
  const cert = query.get("cert")?.toLowerCase() ?? null;
  return { cert, field: cert === null ? null : query.get("field") };
}

/** `leg=origin&msg=3&depth=bytes&field=extensions/key_share`; what is as it is at first is not told. */
function handshakeQuery(state: HandshakeState): Record<string, string | null> {
  return {
    show: state.show === HANDSHAKE.show ? null : state.show,
    leg: state.leg,
    msg: state.msg === null ? null : String(state.msg),
    depth: state.depth,
    field: state.field,
    axis: state.even ? "even" : null,
    why: state.why,
    key: state.key,
  };
}

function handshakeOf(query: URLSearchParams): HandshakeState {
  const msg = numberOf(query.get("msg"), 6);
  return {
    show: oneOf(HANDSHAKE_VIEWS, query.get("show")) ?? HANDSHAKE.show,
    leg: oneOf(["client", "origin"] as const, query.get("leg")),
    msg,
    depth: oneOf(DEPTHS, query.get("depth")),
    field: msg === null ? null : query.get("field"),
    even: query.get("axis") === "even",
    why: query.get("why"),
    key: query.get("key"),
  };
}

function oneOf<Known extends string>(known: readonly Known[], text: string | null): Known | null {
  return known.find((one) => one === text) ?? null;
}

function tabOf(query: URLSearchParams): Tab | null {
  return oneOf(TABS, query.get("tab"));
}

function bodyOf(query: URLSearchParams): BodyView | null {
  return oneOf(BODY_VIEWS, query.get("body"));
}

function isTab(text: string): text is Tab {
  return (TABS as readonly string[]).includes(text);
}

function withQuery(path: string, query: Record<string, string | null>): string {
  const written = Object.entries(query)
    .filter((entry): entry is [string, string] => entry[1] !== null)
    .map(
      ([name, value]) =>
        `${name}=${encodeURIComponent(value).replaceAll("%20", "+").replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%2F", "/").replaceAll("%7E", "~")}`,
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
