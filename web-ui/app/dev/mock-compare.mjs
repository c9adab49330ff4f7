// What the mock's proxy changed between the client's hello and its own.

export function compare(client, origin, offers) {
  const rows = [
    ...["versions", "suites", "groups", "shares", "schemes"].map((key) =>
      row(ASPECTS[key], offers.client[key].filter(known), offers.handlens[key].filter(known)),
    ),
    row("alpn", ["h2", "http/1.1"], ["h2", "http/1.1"], "The client's list is offered as it came."),
    row("extensions", extensionsOf(client).sort(), extensionsOf(origin).sort()),
    row("order", extensionsOf(client), extensionsOf(origin), "Handlens orders its extensions anew for each hello."),
    row("ja4", [client.facts.ja4], [origin.facts.ja4], "An origin that tells programs apart by their hello sees ours."),
    row("server_name", [client.facts.server_name], [origin.facts.server_name]),
  ];
  if (origin.facts.version) {
    rows.push(
      row("server_version", [client.facts.version], [origin.facts.version]),
      row("server_cipher_suite", [client.facts.cipher_suite], [origin.facts.cipher_suite]),
      row("server_group", [client.facts.group], [origin.facts.group]),
      row("server_alpn", [client.facts.alpn], [origin.facts.alpn]),
    );
  }
  const better = origin.facts.version === "TLS 1.2";
  return {
    rows,
    masking: better
      ? {
          verdict: "worse",
          text: "Without Handlens this client would have fared worse: the origin speaks only TLS 1.2.",
          reasons: [
            { aspect: "version", outcome: "worse", text: "The origin chose TLS 1.2; toward the client it is TLS 1.3." },
            {
              aspect: "group",
              outcome: "worse",
              text: "secp256r1 on the origin leg, X25519MLKEM768 toward the client: only the client's half of the way is post-quantum.",
            },
            {
              aspect: "certificate",
              outcome: "same",
              text: "The origin's chain is trusted, and ours is minted from it.",
            },
            { aspect: "name", outcome: "same", text: "The same server name on both legs." },
          ],
        }
      : {
          verdict: "same",
          text: "Without Handlens this client would have come to the same: version, group and suite are in its own hello too.",
          reasons: [
            { aspect: "version", outcome: "same", text: "TLS 1.3 is in both hellos." },
            { aspect: "group", outcome: "same", text: `${origin.facts.group ?? "The group"} is in both hellos.` },
            {
              aspect: "suite",
              outcome: "same",
              text: `${origin.facts.cipher_suite ?? "The suite"} is in both hellos.`,
            },
            { aspect: "certificate", outcome: "same", text: "The origin's chain is trusted." },
          ],
        },
  };
}

const ASPECTS = {
  versions: "versions",
  suites: "cipher_suites",
  groups: "groups",
  shares: "key_shares",
  schemes: "signature_schemes",
};
const known = (name) => name !== "GREASE";

function row(aspect, client, handlens, note = null) {
  return { aspect, client, handlens, same: client.join() === handlens.join(), note };
}

function extensionsOf(leg) {
  return leg.messages[0].fields.find((field) => field.name === "extensions").fields.map((field) => field.name);
}
