// Two lists beside each other: what stands in one alone, and what stands at another place.

export interface Difference {
  value: string;
  state: "both" | "only" | "moved";
}

export function differences(client: readonly string[], handlens: readonly string[]) {
  return { client: against(client, handlens), handlens: against(handlens, client) };
}

/** Moved: of what both have, not in the other's order. */
function against(mine: readonly string[], theirs: readonly string[]): Difference[] {
  const shared = theirs.filter((value) => mine.includes(value));
  let place = 0;
  return mine.map((value) => {
    if (!theirs.includes(value)) {
      return { value, state: "only" };
    }
    const expected = shared[place];
    place += 1;
    return { value, state: expected === value ? "both" : "moved" };
  });
}

/** Of the servers' answers, not of the hellos. */
export function isAnswer(aspect: string): boolean {
  return aspect.startsWith(ANSWER) && aspect !== "server_name";
}

const ANSWER = "server_";

const NAMES: Record<string, string> = {
  ja4: "JA4",
  alpn: "ALPN",
  server_alpn: "ALPN",
};

/** `signature_schemes` for a person. */
export function aspectName(aspect: string): string {
  return NAMES[aspect] ?? (isAnswer(aspect) ? aspect.slice(ANSWER.length) : aspect).replaceAll("_", " ");
}
