// The hellos of the mock's handshakes: real layouts, values that look random.

import { ascii, handshakeMessage, noise, plural } from "./mock-bytes.mjs";

const SUITES = {
  GREASE: [0x3a3a, null],
  TLS_AES_128_GCM_SHA256: [0x1301, true],
  TLS_AES_256_GCM_SHA384: [0x1302, true],
  TLS_CHACHA20_POLY1305_SHA256: [0x1303, true],
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: [0xc02b, true],
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: [0xc02f, true],
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: [0xc02c, true],
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: [0xc030, true],
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: [0xcca9, true],
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: [0xcca8, true],
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: [0xc013, false],
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: [0xc014, false],
  TLS_RSA_WITH_AES_128_GCM_SHA256: [0x009c, false],
  TLS_RSA_WITH_AES_256_GCM_SHA384: [0x009d, false],
  TLS_RSA_WITH_AES_128_CBC_SHA: [0x002f, false],
  TLS_RSA_WITH_AES_256_CBC_SHA: [0x0035, false],
  TLS_EMPTY_RENEGOTIATION_INFO_SCSV: [0x00ff, null],
};
const GROUPS = {
  GREASE: [0x3a3a, null, 1],
  X25519MLKEM768: [0x11ec, false, 1216],
  x25519: [0x001d, true, 32],
  secp256r1: [0x0017, true, 65],
  secp384r1: [0x0018, true, 97],
};
const SCHEMES = {
  ecdsa_secp256r1_sha256: [0x0403, true],
  rsa_pss_rsae_sha256: [0x0804, true],
  rsa_pkcs1_sha256: [0x0401, true],
  ecdsa_secp384r1_sha384: [0x0503, true],
  rsa_pss_rsae_sha384: [0x0805, true],
  rsa_pkcs1_sha384: [0x0501, true],
  rsa_pss_rsae_sha512: [0x0806, true],
  rsa_pkcs1_sha512: [0x0601, true],
  ed25519: [0x0807, true],
};
const VERSIONS = { GREASE: 0x3a3a, "TLS 1.3": 0x0304, "TLS 1.2": 0x0303 };

export const BROWSER = {
  suites: Object.keys(SUITES).slice(0, 16),
  groups: ["GREASE", "X25519MLKEM768", "x25519", "secp256r1", "secp384r1"],
  shares: ["GREASE", "X25519MLKEM768", "x25519"],
  schemes: Object.keys(SCHEMES).slice(0, 8),
  versions: ["GREASE", "TLS 1.3", "TLS 1.2"],
};
export const OURS = {
  suites: [
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
  ],
  groups: ["X25519MLKEM768", "x25519", "secp256r1", "secp384r1"],
  shares: ["X25519MLKEM768", "x25519"],
  schemes: Object.keys(SCHEMES),
  versions: ["TLS 1.3", "TLS 1.2"],
};

const number16 = (code) => `0x${code.toString(16).padStart(4, "0")}`;
const named = (name, code) => `${name} (${number16(code)})`;
const hello = "RFC 8446 section 4.1.2";

function list(writer, name, size, table, names, text) {
  writer.vector(
    name,
    size,
    () =>
      names.forEach((one) => {
        const [code, recommended] = table[one];
        writer.number(one.toLowerCase() === "grease" ? "grease" : one, code, 2, number16(code), {
          recommended,
          text:
            one === "GREASE" ? "A number that means nothing, so that servers learn to step over the unknown." : null,
        });
      }),
    plural(names.length, "entry").replace("entrys", "entries"),
    { text },
  );
}

function head(writer, seed, session) {
  writer.number("legacy_version", 0x0303, 2, "TLS 1.2 (0x0303)", {
    text: "Frozen at TLS 1.2 since TLS 1.3; the real offer stands in supported_versions.",
    rfc: hello,
  });
  writer.field("random", noise(seed, 32), "32 bytes", {
    text: "Fresh for each handshake, so that no answer can be replayed.",
    rfc: hello,
  });
  writer.vector("legacy_session_id", 1, () => writer.bytes.push(...noise(seed + 1, session)), plural(session, "byte"), {
    text: "Filled with noise so that old middleboxes take this for a TLS 1.2 resumption.",
    rfc: hello,
  });
}

/** A ClientHello. `shares`: the key shares sent; `psk`: the length of a ticket offered. */
export function clientHello(offer, { seed, host, alpn, psk = 0, cookie = false, early = false }) {
  return handshakeMessage(1, "client_hello", (w) => {
    head(w, seed, 32);
    list(w, "cipher_suites", 2, SUITES, offer.suites, "The ciphers that the client can use, the best liked first.");
    w.vector("legacy_compression_methods", 1, () => w.number("null", 0, 1, "null (0)"), "1 method", {
      text: "Compression is gone from TLS: only null is left.",
    });
    w.vector(
      "extensions",
      2,
      () => extensions(w, offer, { seed, host, alpn, psk, cookie, early }),
      (field) => plural(field.fields.length, "extension"),
    );
  });
}

function extensions(w, offer, { seed, host, alpn, psk, cookie, early }) {
  if (host) {
    w.extension(
      "server_name",
      0,
      () =>
        w.vector("server_name_list", 2, () => {
          w.number("name_type", 0, 1, "host_name (0)");
          w.vector("host_name", 2, () => w.bytes.push(...ascii(host)), host);
        }),
      host,
      {
        text: "The name that the client wants, in the clear: it chooses the certificate.",
        rfc: "RFC 6066 section 3",
        recommended: true,
      },
    );
  }
  w.extension(
    "supported_groups",
    10,
    () => list(w, "named_group_list", 2, GROUPS, offer.groups, null),
    plural(offer.groups.length, "group"),
    {
      text: "The groups in which the client can agree on a key.",
      rfc: "RFC 8446 section 4.2.7",
      recommended: true,
    },
  );
  w.extension(
    "signature_algorithms",
    13,
    () => list(w, "supported_signature_algorithms", 2, SCHEMES, offer.schemes, null),
    plural(offer.schemes.length, "scheme"),
    { text: "The signatures that the client can check.", rfc: "RFC 8446 section 4.2.3", recommended: true },
  );
  if (alpn.length > 0) {
    w.extension(
      "application_layer_protocol_negotiation",
      16,
      () =>
        w.vector("protocol_name_list", 2, () =>
          alpn.forEach((name) => w.vector(name.replace("/", "_"), 1, () => w.bytes.push(...ascii(name)), name)),
        ),
      alpn.join(", "),
      {
        text: "The protocols that the client would speak inside, the best liked first.",
        rfc: "RFC 7301 section 3.1",
        recommended: true,
      },
    );
  }
  w.extension(
    "supported_versions",
    43,
    () =>
      w.vector("versions", 1, () =>
        offer.versions.forEach((name) =>
          w.number(
            name === "GREASE" ? "grease" : name.toLowerCase().replace(" ", "_").replace(".", "_"),
            VERSIONS[name],
            2,
            named(name, VERSIONS[name]),
          ),
        ),
      ),
    offer.versions.filter((name) => name !== "GREASE").join(", "),
    { text: "The real offer of versions.", rfc: "RFC 8446 section 4.2.1", recommended: true },
  );
  w.extension(
    "psk_key_exchange_modes",
    45,
    () => w.vector("ke_modes", 1, () => w.number("psk_dhe_ke", 1, 1, "psk_dhe_ke (1)"), "1 mode"),
    "psk_dhe_ke",
    {
      text: "A session may be resumed, but only with a fresh key exchange beside it.",
      rfc: "RFC 8446 section 4.2.9",
    },
  );
  if (cookie) {
    w.extension(
      "cookie",
      44,
      () => w.vector("cookie", 2, () => w.bytes.push(...noise(seed + 40, 24)), "24 bytes"),
      "24 bytes",
      {
        text: "What the server gave to be sent back.",
        rfc: "RFC 8446 section 4.2.2",
      },
    );
  }
  w.extension(
    "key_share",
    51,
    () =>
      w.vector(
        "client_shares",
        2,
        () => offer.shares.forEach((name, at) => share(w, name, seed + 10 + at)),
        plural(offer.shares.length, "share"),
      ),
    offer.shares.filter((name) => name !== "GREASE").join(", "),
    {
      text: "The client's half of the key exchange, sent along at once to save a round trip.",
      rfc: "RFC 8446 section 4.2.8",
      recommended: true,
    },
  );
  if (early) {
    w.extension("early_data", 42, () => undefined, "offered", {
      text: "Data follows at once, under the old session's keys.",
      rfc: "RFC 8446 section 4.2.10",
    });
  }
  if (psk > 0) {
    w.extension(
      "pre_shared_key",
      41,
      () => {
        w.vector(
          "identities",
          2,
          () => {
            w.vector("identity", 2, () => w.bytes.push(...noise(seed + 30, psk)), plural(psk, "byte"), {
              text: "The ticket of the session to resume.",
            });
            w.number("obfuscated_ticket_age", 3_481_220_917, 4);
          },
          "1 identity",
        );
        w.vector(
          "binders",
          2,
          () => w.vector("binder", 1, () => w.bytes.push(...noise(seed + 31, 32)), "32 bytes"),
          "1 binder",
          {
            text: "Proof that the client knows the old session's secret.",
          },
        );
      },
      "1 identity",
      { text: "The session that the client would resume.", rfc: "RFC 8446 section 4.2.11", recommended: true },
    );
  }
}

function share(w, name, seed) {
  const [code, recommended, length] = GROUPS[name];
  w.field(
    name === "GREASE" ? "grease" : name,
    () => {
      w.number("group", code, 2, named(name, code), { recommended });
      w.vector("key_exchange", 2, () => w.bytes.push(...noise(seed, length)), plural(length, "byte"));
    },
    plural(length, "byte"),
    { text: name.includes("MLKEM") ? "ML-KEM-768 and X25519 together: safe as long as either holds." : null },
  );
}

const SERVER_SHARE = { X25519MLKEM768: 1120, x25519: 32, secp256r1: 65, secp384r1: 97 };

/** A ServerHello of TLS 1.3. */
export function serverHello({ seed, suite, group, psk = false }) {
  return handshakeMessage(2, "server_hello", (w) => {
    head(w, seed, 32);
    chosen(w, suite);
    w.vector(
      "extensions",
      2,
      () => {
        w.extension(
          "supported_versions",
          43,
          () => w.number("selected_version", 0x0304, 2, "TLS 1.3 (0x0304)"),
          "TLS 1.3",
          {
            text: "The version that the server chose.",
            rfc: "RFC 8446 section 4.2.1",
            recommended: true,
          },
        );
        w.extension(
          "key_share",
          51,
          () =>
            w.field(
              "server_share",
              () => {
                w.number("group", GROUPS[group][0], 2, named(group, GROUPS[group][0]), {
                  recommended: GROUPS[group][1],
                });
                w.vector(
                  "key_exchange",
                  2,
                  () => w.bytes.push(...noise(seed + 5, SERVER_SHARE[group])),
                  plural(SERVER_SHARE[group], "byte"),
                );
              },
              group,
            ),
          group,
          {
            text: "The server's half: from here on both can compute the secret.",
            rfc: "RFC 8446 section 4.2.8",
            recommended: true,
          },
        );
        if (psk) {
          w.extension("pre_shared_key", 41, () => w.number("selected_identity", 0, 2, "the first"), "the first", {
            text: "The session offered is resumed.",
            rfc: "RFC 8446 section 4.2.11",
            recommended: true,
          });
        }
      },
      (field) => plural(field.fields.length, "extension"),
    );
  });
}

const RETRY = [...Buffer.from("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c", "hex")];

/** A ServerHello that asks for another hello. */
export function helloRetryRequest({ seed, suite, group }) {
  const message = handshakeMessage(2, "hello_retry_request", (w) => {
    w.number("legacy_version", 0x0303, 2, "TLS 1.2 (0x0303)");
    w.field("random", RETRY, "HelloRetryRequest", {
      text: "This one value makes a ServerHello a HelloRetryRequest: the SHA-256 of that name.",
      rfc: "RFC 8446 section 4.1.3",
    });
    w.vector("legacy_session_id_echo", 1, () => w.bytes.push(...noise(seed + 1, 32)), "32 bytes");
    chosen(w, suite);
    w.vector(
      "extensions",
      2,
      () => {
        w.extension(
          "supported_versions",
          43,
          () => w.number("selected_version", 0x0304, 2, "TLS 1.3 (0x0304)"),
          "TLS 1.3",
        );
        w.extension(
          "key_share",
          51,
          () => w.number("selected_group", GROUPS[group][0], 2, named(group, GROUPS[group][0])),
          group,
          {
            text: "Send a share of this group instead.",
            rfc: "RFC 8446 section 4.2.8",
          },
        );
      },
      "2 extensions",
    );
  });
  return message;
}

function chosen(w, suite) {
  const [code, recommended] = SUITES[suite];
  w.number("cipher_suite", code, 2, named(suite, code), {
    recommended,
    text: "The cipher suite that the server chose.",
    rfc: "RFC 8446 section 4.1.3",
  });
  w.number("legacy_compression_method", 0, 1, "null (0)");
}

/** A ServerHello of TLS 1.2. */
export function serverHello12({ seed, suite, alpn, session }) {
  return handshakeMessage(2, "server_hello", (w) => {
    w.number("server_version", 0x0303, 2, "TLS 1.2 (0x0303)", {
      text: "The version that the server chose.",
      rfc: "RFC 5246 section 7.4.1.3",
    });
    w.field("random", noise(seed, 32), "32 bytes");
    w.vector("session_id", 1, () => w.bytes.push(...noise(seed + 1, session)), plural(session, "byte"));
    chosen(w, suite);
    w.vector(
      "extensions",
      2,
      () => {
        w.extension(
          "renegotiation_info",
          0xff01,
          () => w.vector("renegotiated_connection", 1, () => undefined, "empty"),
          "initial",
        );
        w.extension("extended_master_secret", 23, () => undefined, "agreed", {
          text: "The master secret covers the whole handshake, not the two randoms alone.",
          rfc: "RFC 7627",
          recommended: true,
        });
        if (alpn) {
          w.extension(
            "application_layer_protocol_negotiation",
            16,
            () =>
              w.vector("protocol_name_list", 2, () =>
                w.vector("protocol", 1, () => w.bytes.push(...ascii(alpn)), alpn),
              ),
            alpn,
          );
        }
      },
      (field) => plural(field.fields.length, "extension"),
    );
  });
}
