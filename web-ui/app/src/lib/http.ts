// Readings of heads: query, cookies, media types. Nothing here trusts what it reads.

export type Field = readonly [name: string, value: string];

/** The value of the first field of this name, in any case. */
export function firstField(fields: readonly Field[], name: string): string | null {
  const sought = name.toLowerCase();
  return fields.find(([field]) => field.toLowerCase() === sought)?.[1] ?? null;
}

/** The pairs of a query or a form, undone of `+` and `%`; a broken escape stays as it is. */
export function parsePairs(text: string): Field[] {
  return text
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      return equals < 0
        ? [unescapePart(part), ""]
        : [unescapePart(part.slice(0, equals)), unescapePart(part.slice(equals + 1))];
    });
}

/** The query of a path, without its `?` and any fragment. */
export function queryOf(path: string): string {
  const mark = path.indexOf("?");
  return mark < 0 ? "" : (path.slice(mark + 1).split("#", 1)[0] ?? "");
}

function unescapePart(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

export interface Cookie {
  name: string;
  value: string;
  /** `Path`, `Max-Age`, `Secure` …, of a cookie that a response sets. */
  attributes: Field[];
}

/** Cookies that the request sends (RFC 6265 section 4.2). */
export function requestCookies(fields: readonly Field[]): Cookie[] {
  return fieldsNamed(fields, "cookie").flatMap((value) =>
    value
      .split(";")
      .map((pair) => pair.trim())
      .filter((pair) => pair !== "")
      .map((pair) => ({ ...splitPair(pair), attributes: [] })),
  );
}

/** Cookies that the response sets (RFC 6265 section 4.1). */
export function responseCookies(fields: readonly Field[]): Cookie[] {
  return fieldsNamed(fields, "set-cookie").map((value) => {
    const [pair = "", ...rest] = value.split(";").map((part) => part.trim());
    const attributes = rest
      .filter((part) => part !== "")
      .map((part): Field => {
        const { name, value: told } = splitPair(part);
        return [name, told];
      });
    return { ...splitPair(pair), attributes };
  });
}

function fieldsNamed(fields: readonly Field[], name: string): string[] {
  return fields.filter(([field]) => field.toLowerCase() === name).map(([, value]) => value);
}

function splitPair(pair: string): { name: string; value: string } {
  const equals = pair.indexOf("=");
  return equals < 0 ? { name: pair, value: "" } : { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
}

/** Whether the answer ended HTTP on the connection or stream (RFC 9110 section 15.2.2, RFC 8441): no body follows. */
export function isUpgrade({ method, status }: { method: string; status: number | null }): boolean {
  return status === 101 || (method === "CONNECT" && status !== null && status >= 200 && status < 300);
}

/** What a body is, as far as showing it goes. */
export type BodyKind = "json" | "markup" | "script" | "style" | "form" | "text" | "image" | "binary";

/** The kind of a media type (RFC 9110 section 8.3.1), with or without parameters. */
export function bodyKind(contentType: string | null): BodyKind {
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (/^image\/(png|jpeg|gif|webp|avif|bmp|x-icon|vnd\.microsoft\.icon)$/.test(type)) {
    return "image";
  }
  if (/[/+]json$/.test(type) || /json/.test(type)) {
    return "json";
  }
  if (/^text\/(html|xml)$|[/+]xml$|xhtml|svg/.test(type)) {
    return "markup";
  }
  if (/(java|ecma)script/.test(type)) {
    return "script";
  }
  if (type === "text/css") {
    return "style";
  }
  if (type === "application/x-www-form-urlencoded") {
    return "form";
  }
  return type.startsWith("text/") || /graphql|yaml|toml|x-sh$/.test(type) ? "text" : "binary";
}

const SHORT_TYPES: Record<string, string> = {
  "application/javascript": "js",
  "application/octet-stream": "binary",
  "application/x-www-form-urlencoded": "form",
  "application/x-javascript": "js",
  "text/javascript": "js",
  "text/plain": "text",
  "image/svg+xml": "svg",
  "image/jpeg": "jpeg",
  "image/vnd.microsoft.icon": "ico",
  "image/x-icon": "ico",
  "application/grpc": "grpc",
  "text/event-stream": "events",
};

/** `json` of `application/problem+json`: what a narrow column has room for. */
export function shortType(contentType: string | null): string {
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const known = SHORT_TYPES[type];
  if (known) {
    return known;
  }
  const subtype = type.split("/")[1] ?? type;
  return subtype.includes("+") ? (subtype.split("+").at(-1) ?? subtype) : subtype.replace(/^x-/, "");
}

/** Fields as they stand on an HTTP/1.1 wire, for copying. */
export function fieldsText(fields: readonly Field[]): string {
  return fields.map(([name, value]) => `${name}: ${value}`).join("\n");
}

const REASONS: Record<number, string> = {
  100: "Continue",
  101: "Switching Protocols",
  103: "Early Hints",
  200: "OK",
  201: "Created",
  202: "Accepted",
  203: "Non-Authoritative Information",
  204: "No Content",
  205: "Reset Content",
  206: "Partial Content",
  207: "Multi-Status",
  300: "Multiple Choices",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  425: "Too Early",
  426: "Upgrade Required",
  428: "Precondition Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  451: "Unavailable For Legal Reasons",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  507: "Insufficient Storage",
  511: "Network Authentication Required",
};

/** The standard reason phrase (RFC 9110 section 15), empty where there is none. */
export function reasonOf(status: number): string {
  return REASONS[status] ?? "";
}

export type StatusClass = "info" | "ok" | "redirect" | "client-error" | "server-error";

export function statusClass(status: number): StatusClass {
  if (status < 200) {
    return "info";
  }
  if (status < 300) {
    return "ok";
  }
  if (status < 400) {
    return "redirect";
  }
  return status < 500 ? "client-error" : "server-error";
}
