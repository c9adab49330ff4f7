// The mock server's rules.

import { json, problem, read, send } from "./mock-answer.mjs";

/** The rules that hold at first. */
export const firstRules = () => [
  { id: "flag-1", kind: "pass", host: "*.vendor.example", origin: "flag", made: null },
  { id: "config-1", kind: "allow_invalid", host: "selfsigned.dev.example", origin: "config", made: null },
  {
    id: "7",
    kind: "pass",
    host: "pinned.app.example",
    origin: "person",
    made: new Date(Date.now() - 3_600_000).toISOString(),
  },
];

/** `/api/rules...`. */
export async function answerRules(api, request, response, [id]) {
  if (request.method === "POST") {
    const { kind, host } = JSON.parse(await read(request));
    if (/[^a-z0-9.*:_-]/i.test(host)) {
      return problem(response, 400, `\`${host}\` is no host and no pattern`);
    }
    const rule = { id: String(api.rules.length + 100), kind, host, origin: "person", made: new Date().toISOString() };
    api.rules.push(rule);
    return send(response, 201, "application/json", JSON.stringify(rule));
  }
  if (request.method === "DELETE") {
    const at = api.rules.findIndex((rule) => rule.id === id && rule.origin === "person");
    if (at < 0) {
      return problem(response, 404, "there is no such rule, or it can't be revoked here");
    }
    api.rules.splice(at, 1);
    return send(response, 204, "text/plain", "");
  }
  return json(response, { rules: api.rules });
}
