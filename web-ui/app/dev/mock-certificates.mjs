// The mock server's certificates: chains of its connections, and all that were seen.

import { json, problem, send } from "./mock-answer.mjs";
import { FilterFault } from "./mock-filter.mjs";
import { makeCertificate, NOW } from "./mock-x509.mjs";

const ca = (cn) => [
  ["CN", cn],
  ["O", "Example Trust"],
  ["C", "GB"],
];
const ROOT = makeCertificate({
  subject: ca("Example Root X1"),
  issuer: ca("Example Root X1"),
  days: [-3000, 4300],
  key: "ec384",
  signature: "ec384",
  ca: true,
  seed: 1,
});
const CROSS = makeCertificate({
  subject: ca("Example Root X1"),
  issuer: ca("Old Root R0"),
  days: [-2600, -41],
  key: "ec384",
  signature: "sha1",
  ca: true,
  seed: 2,
});
const ISSUING = makeCertificate({
  subject: ca("Example Issuing CA 3"),
  issuer: ca("Example Root X1"),
  days: [-900, 920],
  ca: true,
  seed: 3,
  signature: "ec384",
});
const NEXT = makeCertificate({
  subject: ca("Example Issuing CA 4"),
  issuer: ca("Example Root X1"),
  days: [-60, 1800],
  ca: true,
  seed: 4,
  signature: "ec384",
});
const OURS = makeCertificate({
  subject: [["CN", "Handlens root 3F9A on workbench"]],
  issuer: [["CN", "Handlens root 3F9A on workbench"]],
  days: [-20, 3630],
  ca: true,
  seed: 5,
});
const CLIENTS = makeCertificate({
  subject: [["CN", "Partner Clients CA"]],
  issuer: [["CN", "Partner Clients CA"]],
  days: [-300, 700],
  ca: true,
  seed: 6,
});
const STORES = ["system", "Mozilla"];

const seedOf = (text) => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9_973, 11) + 20;
const made = new Map();
const once = (key, make) => made.get(key) ?? (made.set(key, make()), made.get(key));

function leaf(host, more = {}, issuer = ca("Example Issuing CA 3")) {
  return once(`${host} ${JSON.stringify(more)}`, () =>
    makeCertificate({
      subject: [["CN", host]],
      issuer,
      names: [host, `www.${host}`],
      days: [-40, 50 + (seedOf(host) % 320)],
      seed: seedOf(host),
      unknown: host.startsWith("api."),
      ...more,
    }),
  );
}

function minted(host) {
  return leaf(host, { days: [-2, 88], seed: seedOf(host) + 1 }, [["CN", "Handlens root 3F9A on workbench"]]);
}

const check = (name, outcome, evidence, certificate = null) => ({
  name,
  outcome,
  evidence,
  certificate: certificate?.sha256 ?? null,
});

/** What a connection's certificates are, by how its chain was judged. */
function chainOf(connection) {
  const host = connection.sni ?? connection.target?.replace(/:\d+$/, "") ?? "";
  const decision = connection.origin.verdict?.decision ?? null;
  const none = {
    presented: [],
    path: [],
    minted: null,
    minted_chain: [],
    client: [],
    sent: [],
    verdict: null,
    client_verdict: null,
  };
  if (connection.outcome === "passed") {
    const own = leaf(host);
    return {
      ...none,
      presented: [own, ISSUING],
      verdict: verdict("not_judged", "", {
        presented: [own, ISSUING],
        text: "a rule passes this host through: its chain was not judged",
      }),
    };
  }
  if (decision === null) {
    return none;
  }
  const ours = minted(host);
  switch (decision) {
    case "refused": {
      const own = leaf(host, { days: [-95, -3] });
      return {
        ...none,
        presented: [own, ISSUING],
        verdict: verdict(decision, "certificate expired 3 days ago", { host, own, failing: "dates" }),
      };
    }
    case "overridden": {
      const own = leaf(host, { days: [-400, 3250], key: "rsa", signature: "rsa" }, [["CN", host]]);
      return {
        ...none,
        presented: [own],
        minted: ours,
        minted_chain: [ours, OURS],
        verdict: verdict(decision, "self-signed, and not among the trusted roots", {
          host,
          own,
          failing: "anchor",
          allowed_by: `--allow-invalid ${host}`,
        }),
      };
    }
    default: {
      const own = leaf(host);
      const messy = host.startsWith("cdn.") || host.startsWith("api.");
      const presented = messy ? [own, CROSS, ISSUING, own] : [own, ISSUING, ROOT];
      const mutual = host.startsWith("login.");
      const mine = leaf("ada@partner.example", { days: [-30, 300] }, [["CN", "Partner Clients CA"]]);
      return {
        ...none,
        presented,
        path: [
          { ...own, source: "presented" },
          { ...ISSUING, source: "presented" },
          { ...ROOT, source: "system" },
        ],
        minted: ours,
        minted_chain: [ours, OURS],
        client: mutual ? [mine, CLIENTS] : [],
        sent: mutual ? [leaf("workbench.client.example")] : [],
        client_verdict: mutual
          ? verdict("trusted", "leads to a root of --client-ca", {
              own: mine,
              text: "leads to Partner Clients CA, of --client-ca",
            })
          : null,
        verdict: {
          ...verdict(decision, "", { host, own, text: "leads to Example Root X1" }),
          trusted_by: STORES,
          badges: messy
            ? [
                { sha256: CROSS.sha256, kind: "wrong_order" },
                { sha256: CROSS.sha256, kind: "expired" },
                { sha256: CROSS.sha256, kind: "cross_sign" },
                { sha256: own.sha256, kind: "duplicate" },
              ]
            : [{ sha256: ROOT.sha256, kind: "root_sent" }],
          alternatives: messy
            ? [
                {
                  certificates: [own.sha256, ISSUING.sha256, CROSS.sha256],
                  names: [own.subject, ISSUING.subject, CROSS.subject, "CN=Old Root R0"],
                  reason: "Example Root X1 as signed by Old Root R0 expired 41 days ago",
                },
                {
                  certificates: [own.sha256, NEXT.sha256],
                  names: [own.subject, NEXT.subject],
                  reason: "Example Issuing CA 4 did not sign it",
                },
              ]
            : [],
        },
      };
    }
  }
}

function verdict(decision, error, { host = "", own = null, failing = null, allowed_by = null, text = "" }) {
  const bad = (name) => (failing === name ? "fail" : "pass");
  const judged = decision !== "not_judged";
  return {
    decision,
    text: text === "" ? error : text,
    error: failing === null ? null : error,
    allowed_by,
    presented: [],
    path: [],
    checks: !judged
      ? []
      : [
          check(
            "path",
            bad("anchor"),
            failing === "anchor"
              ? "no path: the leaf is signed with its own key"
              : "leaf, Example Issuing CA 3, Example Root X1",
            own,
          ),
          check(
            "anchor",
            bad("anchor"),
            failing === "anchor" ? "self-signed, and in none of the stores" : "Example Root X1, of the system's store",
            failing === "anchor" ? own : ROOT,
          ),
          check("signature", "pass", "ECDSA with SHA-256, checked with the issuer's key", own),
          check("signature", "pass", "ECDSA with SHA-384, checked with the issuer's key", ISSUING),
          check(
            "dates",
            bad("dates"),
            failing === "dates"
              ? "ended 2026-11-18 12:00 UTC, 3 days ago"
              : "50 days left and more, of every certificate",
            own,
          ),
          check(
            "lifetime",
            decision === "overridden" ? "warn" : "pass",
            decision === "overridden" ? "3650 days: browsers take 200 at the most" : "90 days",
            own,
          ),
          check("name", "pass", `\`${host}\` is among the DNS names`, own),
          check("ca_flag", "pass", "every issuer says CA"),
          check("path_length", "pass", "no issuer bounds it"),
          check("key_usage", "pass", "digitalSignature", own),
          check("extended_key_usage", "pass", "serverAuth", own),
          check("name_constraints", "pass", "none"),
          check("critical_extensions", "pass", "all are known"),
          check("key_strength", "pass", "EC P-256, EC P-256, EC P-384"),
          check("signature_algorithm", "pass", "SHA-256 and better"),
          check("sct", "not_checked", "no list of logs: name one with `--ct-logs FILE`", own),
          check("ocsp", "not_checked", "no response was stapled", own),
          check("must_staple", "pass", "not asked for"),
          check("crl", "not_checked", "no CRL was given: `--crl FILE`"),
          check("possession", "pass", "the origin signed the handshake with the leaf's key", own),
        ],
    alternatives: [],
    trusted_by: [],
    badges: failing === "anchor" ? [{ sha256: own.sha256, kind: "self_signed" }] : [],
    fault: null,
    ocsp: null,
  };
}

/** All that were seen, each with its roles and hosts. */
function everything(data) {
  return once(`all ${data.count > 0}`, () => {
    const seen = new Map();
    const see = (certificate, role, host, nth) => {
      const row = seen.get(certificate.sha256) ?? {
        certificate,
        roles: new Set(),
        hosts: new Set(),
        connections: 0,
        from: nth,
        to: nth,
      };
      row.roles.add(role);
      row.hosts.add(host);
      row.connections += 1 + (seedOf(host) % 40);
      row.from = Math.min(row.from, nth);
      row.to = Math.max(row.to, nth);
      seen.set(certificate.sha256, row);
    };
    if (data.count > 0) {
      for (let k = 0; k < Math.min(60, data.connectionCount); k += 1) {
        const connection = data.connection(k);
        const host = connection.sni ?? "";
        const { presented, minted_chain, client } = chainOf(connection);
        presented.forEach((one) => see(one, one.is_ca ? (one.self_issued ? "root" : "intermediate") : "leaf", host, k));
        minted_chain.forEach((one) => see(one, "minted", host, k));
        client.forEach((one) => see(one, "client", host, k));
      }
      see(ROOT, "root", "api.shop.example", 3);
      // A host whose leaf changed: renewed once, then by another issuer.
      see(leaf("api.shop.example", { days: [-130, -41], seed: 700 }), "leaf", "api.shop.example", -90);
      see(
        leaf("api.shop.example", { days: [-220, -131], seed: 701 }, ca("Example Issuing CA 4")),
        "leaf",
        "api.shop.example",
        -200,
      );
      for (let n = 0; n < 900; n += 1) {
        const host = `host-${n}.fleet.example`;
        see(
          leaf(host, {
            days: [-60, -20 + ((n * 37) % 400)],
            key: n % 3 ? "ec" : "rsa",
            signature: n % 3 ? "ec" : "rsa",
          }),
          "leaf",
          host,
          n,
        );
      }
    }
    return seen;
  });
}

const stamp = (nth) => new Date(NOW - 7_200_000 + nth * 60_000).toISOString();

function rowOf({ certificate, roles, hosts, connections, from, to }) {
  const { sha256, subject, issuer, not_before, not_after, days_left, key, signature, is_ca } = certificate;
  return {
    sha256,
    subject,
    issuer,
    not_before,
    not_after,
    days_left,
    key,
    signature,
    is_ca,
    roles: [...roles],
    verdicts: verdictsOf(certificate, roles),
    revoked: false,
    hosts: [...hosts].slice(0, 8),
    host_count: hosts.size,
    connections,
    first_seen: stamp(from),
    last_seen: stamp(to),
  };
}

/** What is expired is refused; what is minted isn't judged. */
function verdictsOf({ days_left }, roles) {
  return roles.has("minted") ? [] : [days_left < 0 ? "refused" : "trusted"];
}

const SORTS = {
  expiry: (row) => Date.parse(row.not_after),
  issuer: (row) => row.issuer,
  subject: (row) => row.subject,
  key: (row) => row.key,
  hosts: (row) => row.hosts.join(),
  first_seen: (row) => row.first_seen,
  last_seen: (row) => row.last_seen,
};

const FIELDS = {
  host: (row) => row.hosts.join(" "),
  subject: (row) => row.subject,
  issuer: (row) => row.issuer,
  key: (row) => row.key,
  role: (row) => row.roles.join(" "),
};

/** As much of the filter language as the dashboard's development needs. */
function tests(filter) {
  return [...filter.matchAll(/(?:([a-z0-9]+):)?(\S+)/gi)].map(([, field, value], at, all) => {
    if (field !== undefined && !(field in FIELDS)) {
      const start = all[at].index;
      throw new FilterFault(
        `there is no field "${field}"; known here are ${Object.keys(FIELDS).join(", ")}`,
        start,
        start + field.length,
      );
    }
    const text = FIELDS[field] ?? ((row) => [row.subject, row.issuer, ...row.hosts].join(" "));
    return (row) => text(row).toLowerCase().includes(value.toLowerCase());
  });
}

function page(data, query) {
  const terms = tests(query.get("filter") ?? "");
  const sort = query.get("sort") || "expiry";
  const value = SORTS[sort.replace(/^-/, "")] ?? SORTS.expiry;
  const all = [...everything(data).values()].map(rowOf);
  const matched = all
    .filter((row) => !query.get("role") || row.roles.includes(query.get("role")))
    .filter((row) => terms.every((term) => term(row)))
    .sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
  if (sort.startsWith("-")) {
    matched.reverse();
  }
  const offset = Number(query.get("offset") ?? 0);
  return {
    total: all.length,
    matched: matched.length,
    offset,
    items: matched.slice(offset, offset + Number(query.get("limit") ?? 100)),
  };
}

function detail(data, sha256) {
  const seen = everything(data).get(sha256);
  if (!seen) {
    return null;
  }
  const hosts = [...seen.hosts];
  const leaves = (host) =>
    [...everything(data).values()]
      .filter((other) => other.roles.has("leaf") && other.hosts.has(host))
      .sort((a, b) => a.from - b.from)
      .map(({ certificate, from, to }) => ({
        sha256: certificate.sha256,
        subject: certificate.subject,
        issuer: certificate.issuer,
        not_after: certificate.not_after,
        first_seen: stamp(from),
        last_seen: stamp(to),
      }));
  return {
    ...seen.certificate,
    roles: [...seen.roles],
    sightings: hosts.map((host) => ({
      host,
      first_seen: stamp(seen.from),
      last_seen: stamp(seen.to),
      connections: 1 + (seedOf(host) % 40),
      verdicts: verdictsOf(seen.certificate, seen.roles).map((decision) => ({
        decision,
        text: decision === "trusted" ? "certificate is good" : "certificate has expired",
        connections: 1 + (seedOf(host) % 40),
        last_seen: stamp(seen.to),
      })),
    })),
    history: seen.roles.has("leaf") ? hosts.map((host) => ({ host, leaves: leaves(host) })) : [],
  };
}

/** `/api/connections/ID/certificates` and `chain.pem`. */
export function answerChain(response, connection, what) {
  const told = chainOf(connection);
  return what === "chain.pem"
    ? send(response, 200, "application/x-pem-file", told.presented.map(({ pem }) => pem).join(""))
    : json(response, told);
}

/** `/api/certificates...`. */
export function answerCertificates(data, response, [name], query) {
  if (name === undefined) {
    return json(response, page(data, query));
  }
  const [, sha256, form] = /^([0-9a-f]{64})(?:\.(pem|der))?$/.exec(name) ?? [];
  const found = sha256 === undefined ? null : detail(data, sha256);
  if (!found) {
    return problem(response, 404, "this certificate is not held");
  }
  return form === undefined
    ? json(response, found)
    : send(response, 200, "application/octet-stream", form === "pem" ? found.pem : Buffer.from(found.bytes, "hex"));
}
