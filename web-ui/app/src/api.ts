// The one file that fetches. Every answer that is not a success becomes an `ApiError` with the server's own words.

import { signal } from "@preact/signals";

import type { CertificateDetail, CertificatePage, ConnectionCertificates, Rule, RuleKind } from "./types/certificates";
import type {
  Cleared,
  ConnectionFrames,
  ConnectionHandshake,
  ConnectionRow,
  DescribedTypes,
  ExchangeDetail,
  ExchangePage,
  MessagePage,
  Problem,
  ProtobufField,
  SetRecordingState,
  Status,
  Undone,
} from "./types/generated";
import type { Sender } from "./types/protocols";

/** True once the server said that this browser has no token. */
export const locked = signal(false);

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail);
    this.name = "ApiError";
  }
}

export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** An error in words for a person. */
export function errorText(error: unknown): string {
  if (error instanceof ApiError) {
    return error.message;
  }
  return error instanceof TypeError ? "Handlens did not answer" : String(error);
}

export type Side = "request" | "response";

export const fetchStatus = (abort?: AbortSignal) => getJson<Status>("/api/status", abort);

export const fetchExchange = (id: string, abort: AbortSignal) =>
  getJson<ExchangeDetail>(`/api/exchanges/${encodeURIComponent(id)}`, abort);

export const fetchConnection = (id: string, abort: AbortSignal) =>
  getJson<ConnectionRow>(`/api/connections/${encodeURIComponent(id)}`, abort);

/** In full, fields have words, certificates are opened and signatures checked, which costs more than all the rest. */
export const fetchHandshake = (id: string, inFull: boolean, abort: AbortSignal) =>
  getJson<ConnectionHandshake>(`/api/connections/${encodeURIComponent(id)}/handshake?full=${inFull ? 1 : 0}`, abort);

export const fetchFrames = (id: string, abort: AbortSignal) =>
  getJson<ConnectionFrames>(`/api/connections/${encodeURIComponent(id)}/frames`, abort);

export const fetchCertificates = (connection: string, abort: AbortSignal) =>
  getJson<ConnectionCertificates>(`/api/connections/${encodeURIComponent(connection)}/certificates`, abort);

export const fetchCertificate = (sha256: string, abort: AbortSignal) =>
  getJson<CertificateDetail>(`/api/certificates/${encodeURIComponent(sha256)}`, abort);

/** The certificates that match, from `offset` on. */
export function fetchCertificatePage(
  query: { filter: string; role: string | null; sort: string; offset: number; limit: number },
  abort: AbortSignal,
): Promise<CertificatePage> {
  const { filter, role, sort, offset, limit } = query;
  const asked = { filter, sort, offset: String(offset), limit: String(limit), ...(role === null ? {} : { role }) };
  return getJson(`/api/certificates?${new URLSearchParams(asked)}`, abort);
}

export const certificateUrl = (sha256: string, form: "pem" | "der") => `/api/certificates/${sha256}.${form}`;

/** Where the chain that the origin presented can be downloaded. */
export const chainUrl = (connection: string) => `/api/connections/${encodeURIComponent(connection)}/chain.pem`;

export const fetchRules = async (abort?: AbortSignal) => (await getJson<{ rules: Rule[] }>("/api/rules", abort)).rules;

export const addRule = (kind: RuleKind, host: string) => sendJson<Rule>("POST", "/api/rules", { kind, host });

export const revokeRule = (id: string) => sendJson<void>("DELETE", `/api/rules/${encodeURIComponent(id)}`, undefined);

/** The first rows that match. */
export function fetchExchanges(filter: string, limit: number, abort: AbortSignal): Promise<ExchangePage> {
  return getJson(`/api/exchanges?${new URLSearchParams({ filter, limit: String(limit) })}`, abort);
}

export async function fetchCurl(id: string): Promise<string> {
  const answer = await ask(`/api/exchanges/${encodeURIComponent(id)}/curl`, {});
  return answer.text();
}

export function clearExchanges(filter: string): Promise<Cleared> {
  const query = filter === "" ? "" : `?${new URLSearchParams({ filter })}`;
  return sendJson("DELETE", `/api/exchanges${query}`, undefined);
}

export const undoClear = (ticket: number) => sendJson<Undone>("POST", "/api/exchanges/undo", { ticket });

export const setRecording = (state: SetRecordingState) => sendJson<unknown>("POST", "/api/recording", { state });

/** Where the HAR of some exchanges can be downloaded. */
export const harUrl = (of: Chosen) => `/api/export.har?${asQuery(of)}`;

/** Where the handshakes of some connections can be downloaded, with the secrets that were kept. */
export const pcapngUrl = (of: Chosen) => `/api/export.pcapng?${asQuery(of)}`;

/** What is exported: these, or those that match. */
export type Chosen = { ids: readonly string[] } | { filter: string };

function asQuery(of: Chosen): URLSearchParams {
  return new URLSearchParams("ids" in of ? { ids: of.ids.join(",") } : { filter: of.filter });
}

/** `wire`: as it passed. `decoded`: content coding undone. `text`: and told in UTF-8. `pretty`: and laid out for reading. `image`: of the type that it is. */
export type BodyForm = "wire" | "decoded" | "text" | "pretty" | "image";

const FORMS: Record<BodyForm, string> = {
  wire: "",
  decoded: "?decode=1",
  text: "?as=text",
  pretty: "?pretty=1",
  image: "?as=image",
};

export function bodyUrl(id: string, side: Side, form: BodyForm): string {
  return `/api/exchanges/${encodeURIComponent(id)}/${side}/body${FORMS[form]}`;
}

export interface BodyPart {
  bytes: Uint8Array<ArrayBuffer>;
  /** Length of the whole in this form, where the server told it. */
  total: number | null;
  /** Why this is not the whole of what was sent, where it is not. */
  problem: string | null;
}

/** The first `most` bytes of a body; all of it without `most`. */
export const fetchBody = (id: string, side: Side, form: BodyForm, most: number | null, abort: AbortSignal) =>
  fetchPart(bodyUrl(id, side, form), most, abort);

async function fetchPart(url: string, most: number | null, abort: AbortSignal): Promise<BodyPart> {
  const headers: HeadersInit = most === null ? {} : { Range: `bytes=0-${most - 1}` };
  const answer = await ask(url, { headers, signal: abort }, [416]);
  if (answer.status === 416) {
    return { bytes: new Uint8Array(0), total: 0, problem: null };
  }
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const total = answer.status === 206 ? rangeTotal(answer.headers.get("Content-Range")) : bytes.length;
  return { bytes, total, problem: answer.headers.get("Handlens-Body-Problem") };
}

/** The length of a body with its content coding undone, where the server knows it. */
export async function fetchDecodedSize(id: string, side: Side, abort: AbortSignal): Promise<number | null> {
  const answer = await ask(bodyUrl(id, side, "decoded"), { headers: { Range: "bytes=0-0" }, signal: abort }, [416]);
  const bytes = await answer.arrayBuffer();
  return answer.status === 200 ? bytes.byteLength : rangeTotal(answer.headers.get("Content-Range"));
}

/** The length after the slash of `bytes 0-9/1234` (RFC 9110 section 14.4); null for `*`. */
function rangeTotal(contentRange: string | null): number | null {
  const digits = /\/(\d+)$/.exec(contentRange ?? "")?.[1];
  return digits === undefined ? null : Number(digits);
}

export interface MessageQuestion {
  /** Null for both sides. */
  from: Sender | null;
  /** Text that the messages hold; empty for all. */
  filter: string;
  /** `end`: the last ones. `around`: near the message of a number. */
  at: "end" | { offset: number } | { around: number };
  limit: number;
}

/** Messages of an exchange: a window of those that match. */
export function fetchMessages(
  id: string,
  { from, filter, at, limit }: MessageQuestion,
  abort: AbortSignal,
): Promise<MessagePage> {
  const asked = new URLSearchParams({ limit: String(limit) });
  if (from !== null) {
    asked.set("from", from);
  }
  if (filter !== "") {
    asked.set("filter", filter);
  }
  if (at === "end") {
    asked.set("tail", "1");
  } else if ("offset" in at) {
    asked.set("offset", String(at.offset));
  } else if (from === null && filter === "") {
    // Of all messages, the number tells the place.
    asked.set("offset", String(Math.max(0, at.around - 1 - Math.floor(limit / 2))));
  } else {
    asked.set("after", String(at.around - 1));
  }
  return getJson(`${messagesUrl(id)}?${asked}`, abort);
}

const messagesUrl = (id: string) => `/api/exchanges/${encodeURIComponent(id)}/messages`;

/** Where a message's payload is; `wire`: as it passed, its compression not undone. */
export const messageUrl = (id: string, number: number, wire = false) =>
  `${messagesUrl(id)}/${number}${wire ? "?raw=1" : ""}`;

/** The first `most` bytes of a message; all of it without `most`. */
export const fetchMessage = (id: string, number: number, wire: boolean, most: number | null, abort: AbortSignal) =>
  fetchPart(messageUrl(id, number, wire), most, abort);

/** The fields of a protobuf message. */
export const fetchMessageTree = (id: string, number: number, abort: AbortSignal) =>
  getJson<ProtobufField[]>(`${messagesUrl(id)}/${number}/tree`, abort);

/** Where the messages of an exchange are, as lines of JSON. */
export const messageLinesUrl = (id: string) => `/api/export.ndjson?ids=${encodeURIComponent(id)}`;

/** Asks the origin of a gRPC call for its types; messages are told by them from then on. */
export const askForTypes = (id: string) =>
  sendJson<DescribedTypes>("POST", `/api/exchanges/${encodeURIComponent(id)}/types`, {});

async function getJson<Value>(url: string, abort?: AbortSignal): Promise<Value> {
  const answer = await ask(url, abort ? { signal: abort } : {});
  return (await answer.json()) as Value;
}

async function sendJson<Value>(method: string, url: string, body: unknown): Promise<Value> {
  const answer = await ask(url, {
    method,
    headers: { "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return (text === "" ? undefined : JSON.parse(text)) as Value;
}

async function ask(url: string, init: RequestInit, alsoGood: readonly number[] = []): Promise<Response> {
  const answer = await fetch(url, { ...init, credentials: "same-origin", cache: "no-store" });
  if (answer.ok || alsoGood.includes(answer.status)) {
    locked.value = false;
    return answer;
  }
  if (answer.status === 401) {
    locked.value = true;
  }
  throw new ApiError(answer.status, await readProblem(answer));
}

async function readProblem(answer: Response): Promise<Problem> {
  const bare = {
    type: "about:blank",
    title: answer.statusText,
    status: answer.status,
    detail: `Handlens answered ${answer.status} ${answer.statusText}`.trim(),
  };
  try {
    const told: unknown = await answer.json();
    return typeof told === "object" && told !== null && "detail" in told ? { ...bare, ...(told as Problem) } : bare;
  } catch {
    return bare;
  }
}
