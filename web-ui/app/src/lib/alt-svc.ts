// What a response says of other ways to its origin (RFC 7838): of interest is the one that no proxy sees.

import type { Field } from "./http";

/** Whether the response invites to HTTP/3: `h3=":443"; ma=86400`. */
export function offersHttp3(fields: readonly Field[]): boolean {
  return fields
    .filter(([name]) => name.toLowerCase() === "alt-svc")
    .some(([, value]) => /(?:^|,)\s*h3(?:-\d+)?\s*=/i.test(value));
}
