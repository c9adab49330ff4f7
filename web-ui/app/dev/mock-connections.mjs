// The mock server's connections: four exchanges each, and now and then one that carries none.

/** A UUIDv7 in looks: sorts by number. */
export const idOf = (kind, n) => `01940000-0000-7${kind}00-8000-${n.toString(16).padStart(12, "0")}`;

// Four exchanges a connection; every ninth connection carries none, and is one of SPECIAL.
export const connectionOf = (n) => Math.floor(n / 4) + Math.floor(n / 32);
export const firstOf = (k) => (k - Math.floor((k + 1) / 9)) * 4;

const leg = (address, tls, more = {}) => ({ address, tls, resolve_us: null, connect_us: null, ...more });
const tls = (version, suite, group, us, more = {}) => ({
  version,
  cipher_suite: suite,
  group,
  alpn: "h2",
  resumed: false,
  handshake_us: us,
  ja3: null,
  ja4: null,
  ...more,
});
const good = (us, more) => tls("TLS 1.3", "TLS_AES_128_GCM_SHA256", "X25519MLKEM768", us, more);

const SPECIAL = [
  {
    target: "api.bank.example:443",
    outcome: "failed",
    failure: {
      leg: "client",
      stage: "tls",
      text: "the client rejected our certificate",
      remedy: "install the root in this client, or pass the host through with --pass api.bank.example",
      alert: { code: 48, name: "unknown_ca", sent_by_us: false },
    },
  },
  { target: "update.vendor.example:443", outcome: "passed", failure: null },
  { target: "db.internal.example:5432", outcome: "opaque", failure: null, starttls: "postgres" },
  {
    target: "nowhere.example:443",
    outcome: "failed",
    failure: {
      leg: "origin",
      stage: "resolve",
      text: "no address for nowhere.example",
      remedy: "check the name; the resolver answered NXDOMAIN",
      alert: null,
    },
  },
  {
    target: "mainframe.bank.example:443",
    outcome: "failed",
    failure: {
      leg: "origin",
      stage: "tls",
      text: "the origin found no common ground",
      remedy: "see what it takes with handlens inspect, or pass the host through with --pass mainframe.bank.example",
      alert: { code: 40, name: "handshake_failure", sent_by_us: false },
    },
  },
];

/** The doors of every seventh connections; of the others it is CONNECT. */
const DOORS = { 3: "socks5", 5: "transparent", 6: "reverse" };

/** What is told of connection `k`, whose first exchange is of this kind. */
export function connection(data, k, kind) {
  const special = k % 9 === 8 ? SPECIAL[Math.floor(k / 9) % SPECIAL.length] : null;
  const n = Math.min(firstOf(k), Math.max(0, data.count - 1));
  const opened = new Date(Date.parse(data.time(n)) - 90);
  const base = {
    id: idOf(1, k),
    opened: opened.toISOString().replace("Z", "000Z"),
    closed: new Date(opened.getTime() + 4_000 + (k % 7) * 911).toISOString().replace("Z", "000Z"),
    door: DOORS[k % 7] ?? "connect",
    via: k % 6 === 4 ? "http://proxy.office.example:3128" : null,
    via_us: k % 6 === 4 ? 6_100 : null,
    starttls: null,
    process: k % 3 === 0 ? { pid: 4_100 + (k % 7), name: "curl", executable: "/usr/bin/curl" } : null,
  };
  const client = `127.0.0.1:${40_000 + (k % 20_000)}`;
  if (special) {
    const host = special.target.replace(/:\d+$/, "");
    const resolved = special.failure?.stage !== "resolve";
    return {
      ...base,
      target: special.target,
      sni: special.outcome === "opaque" ? null : host,
      outcome: special.outcome,
      starttls: special.starttls ?? null,
      failure: special.failure,
      client: leg(client, null),
      origin: {
        ...leg(
          resolved ? "203.0.113.40:443" : null,
          special.failure?.leg === "client" ? good(31_000) : null,
          resolved ? { resolve_us: 1_900, connect_us: 11_000 } : { resolve_us: 4_100 },
        ),
        verdict: special.failure?.leg === "client" ? verdict("trusted", host) : null,
      },
      mint_us: special.failure?.leg === "client" ? 34 : null,
      bytes_from_client: resolved ? 1_904 : 0,
      bytes_from_origin: special.failure ? 0 : 40_960,
      exchanges: 0,
    };
  }
  const plain = kind.plain === true;
  const refused = kind.error?.stage === "connect";
  const failed = kind.error !== undefined;
  const agreed = tlsOf(k, kind);
  const decision = kind.decision ?? "trusted";
  return {
    ...base,
    closed: kind.us === null ? null : base.closed,
    door: plain ? "http" : base.door,
    target: `${kind.host}:${plain ? 80 : 443}`,
    sni: plain ? null : kind.host,
    outcome: plain ? "plain" : failed ? "failed" : "inspected",
    failure: failureOf(kind),
    client: leg(client, agreed.client),
    origin: {
      ...leg(`203.0.113.${10 + (k % 80)}:${plain ? 80 : 443}`, agreed.origin, {
        resolve_us: 2_300 + (k % 9) * 400,
        connect_us: refused ? null : 11_800,
      }),
      verdict: plain || refused ? null : verdict(decision, kind.host),
    },
    mint_us: plain ? null : k % 5 === 0 ? 38 : 0,
    bytes_from_client: 4_200,
    bytes_from_origin: 81_000 + k * 13,
    exchanges: 4,
  };
}

/** What both legs of connection `k` agreed on. */
export function tlsOf(k, kind) {
  if (kind.plain) {
    return { client: null, origin: null };
  }
  const old = { alpn: "http/1.1" };
  const origin = kind.old
    ? tls("TLS 1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "secp256r1", 58_000, old)
    : tls("TLS 1.3", "TLS_AES_256_GCM_SHA384", k % 5 === 2 ? "secp384r1" : "X25519MLKEM768", 33_000 + (k % 40) * 700, {
        resumed: k % 7 === 3,
      });
  return {
    client: good(1_420, {
      ...(kind.old ? old : {}),
      resumed: k % 3 === 1,
      ja3: "cd08e31494f9531f560d64c695473da9",
      ja4: "t13d1516h2_8daaf6152771_02713d6af862",
    }),
    origin: kind.error?.stage === "connect" ? null : origin,
  };
}

export function failureOf(kind) {
  return kind.error ? { ...kind.error, remedy: remedyOf(kind), alert: kind.alert ?? null } : null;
}

function remedyOf(kind) {
  if (kind.alert) {
    return `install the root in this client, or pass the host through with --pass ${kind.host}`;
  }
  return kind.error.stage === "verify"
    ? `tell the origin's owner, or let it pass with --allow-invalid ${kind.host}`
    : "check that the origin runs and that this machine may reach it";
}

function verdict(decision, host) {
  const bad = decision !== "trusted";
  return {
    decision,
    text: bad ? "" : "leads to Example Root X1",
    error: decision === "refused" ? "certificate expired 3 days ago" : null,
    allowed_by: decision === "overridden" ? `--allow-invalid ${host}` : null,
    presented: [],
    path: [],
    alternatives: [],
    trusted_by: bad ? [] : ["system", "Mozilla"],
    badges: [],
    fault: null,
    ocsp: null,
    checks: [
      { name: "name", outcome: "pass", evidence: `${host} is among the leaf's DNS names`, certificate: null },
      {
        name: "dates",
        outcome: decision === "refused" ? "fail" : "pass",
        evidence:
          decision === "refused" ? "ended 2026-11-18 12:00 UTC, 3 days ago" : "valid from 2026-10-02 to 2026-12-31",
        certificate: null,
      },
      {
        name: "path",
        outcome: decision === "overridden" ? "fail" : "pass",
        evidence:
          decision === "overridden"
            ? "self-signed, and not among the trusted roots"
            : "leaf, Example Issuing CA 3, Example Root X1",
        certificate: null,
      },
      { name: "signature", outcome: "pass", evidence: "ecdsa_secp256r1_sha256", certificate: null },
      {
        name: "key_usage",
        outcome: bad ? "warn" : "pass",
        evidence: bad ? "digitalSignature is missing" : "digitalSignature, serverAuth",
        certificate: null,
      },
      { name: "revocation", outcome: "not_checked", evidence: "no OCSP response was stapled", certificate: null },
    ],
  };
}
