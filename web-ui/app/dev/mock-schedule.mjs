// The key schedules of the mock's handshakes, lit as far as they came.

const HELLOS = "ClientHello...ServerHello";
const FULL = "ClientHello...server Finished";
const derive = (from, label, transcript) => `Derive-Secret(${from.replaceAll("_", " ")}, "${label}", ${transcript})`;

/** A secret of a label: name, title, what it comes of, label, transcript, what for, from which stage on. */
const secret = (name, title, from, label, transcript, purpose, stage) => ({
  name,
  title,
  from: [from],
  derivation: derive(from, label, transcript),
  label,
  transcript,
  purpose,
  stage,
});
const made = (name, title, from, derivation, purpose, stage, label = null) => ({
  name,
  title,
  from,
  derivation,
  label,
  transcript: null,
  purpose,
  stage,
});

const TLS13 = [
  made("psk", "PSK", [], "zeros: no pre-shared key is used", "a place for a pre-shared key, empty here", 0),
  made(
    "early_secret",
    "Early Secret",
    ["psk"],
    "HKDF-Extract(salt = 0, IKM = PSK)",
    "the root of what can be sealed before the server has answered",
    1,
  ),
  secret(
    "binder_key",
    "Binder key",
    "early_secret",
    "res binder",
    "nothing",
    "proves in the ClientHello that the client knows the key that it offers",
    9,
  ),
  secret(
    "client_early_traffic_secret",
    "Client early traffic secret",
    "early_secret",
    "c e traffic",
    "ClientHello",
    "seals 0-RTT data",
    9,
  ),
  made(
    "shared_secret",
    "(EC)DHE",
    [],
    "what both key shares make together",
    "what nobody who only listens can compute",
    1,
  ),
  secret("derived_early", "Derived", "early_secret", "derived", "nothing", "leads on to the next secret", 1),
  made(
    "handshake_secret",
    "Handshake Secret",
    ["derived_early", "shared_secret"],
    "HKDF-Extract(salt = derived, IKM = (EC)DHE)",
    "the root of what seals the rest of the handshake",
    1,
  ),
  secret(
    "client_handshake_traffic_secret",
    "Client handshake traffic secret",
    "handshake_secret",
    "c hs traffic",
    HELLOS,
    "seals the client's part of the handshake",
    1,
  ),
  secret(
    "server_handshake_traffic_secret",
    "Server handshake traffic secret",
    "handshake_secret",
    "s hs traffic",
    HELLOS,
    "seals the server's part of the handshake",
    1,
  ),
  made(
    "client_finished_key",
    "Client finished key",
    ["client_handshake_traffic_secret"],
    'HKDF-Expand-Label(secret, "finished", "")',
    "makes the MAC in this side's Finished",
    1,
    "finished",
  ),
  made(
    "server_finished_key",
    "Server finished key",
    ["server_handshake_traffic_secret"],
    'HKDF-Expand-Label(secret, "finished", "")',
    "makes the MAC in this side's Finished",
    1,
    "finished",
  ),
  secret("derived_handshake", "Derived", "handshake_secret", "derived", "nothing", "leads on to the next secret", 2),
  made(
    "master_secret",
    "Master Secret",
    ["derived_handshake"],
    "HKDF-Extract(salt = derived, IKM = 0)",
    "the root of what the application uses",
    2,
  ),
  secret(
    "client_application_traffic_secret_0",
    "Client application traffic secret",
    "master_secret",
    "c ap traffic",
    FULL,
    "seals what the client's application sends",
    2,
  ),
  secret(
    "server_application_traffic_secret_0",
    "Server application traffic secret",
    "master_secret",
    "s ap traffic",
    FULL,
    "seals what the server's application sends",
    2,
  ),
  secret(
    "exporter_master_secret",
    "Exporter secret",
    "master_secret",
    "exp master",
    FULL,
    "gives keys to other protocols",
    2,
  ),
  secret(
    "resumption_master_secret",
    "Resumption secret",
    "master_secret",
    "res master",
    "ClientHello...client Finished",
    "makes the pre-shared keys of later connections",
    3,
  ),
];
const TLS12 = [
  made(
    "premaster_secret",
    "Premaster secret",
    [],
    "what both points make together",
    "what nobody who only listens can compute",
    1,
  ),
  {
    ...secret(
      "master_secret",
      "Master secret",
      "premaster_secret",
      "extended master secret",
      "ClientHello...ClientKeyExchange",
      "the root of every key of this session",
      1,
    ),
    derivation: "PRF(premaster secret, label, transcript)",
  },
  made(
    "key_block",
    "Key block",
    ["master_secret"],
    "PRF(master secret, label, both randoms)",
    "the keys of both directions, cut from one block",
    2,
    "key expansion",
  ),
  made("client_write_key", "Client write key", ["key_block"], "a part of the block", "seals what the client sends", 2),
  made("server_write_key", "Server write key", ["key_block"], "a part of the block", "seals what the server sends", 2),
];

const KEPT = ["client_handshake_traffic_secret", "server_handshake_traffic_secret"];

/** Reached up to `stage`: 0 none, 1 handshake keys, 2 application keys, 3 all. */
export function schedule(version, stage) {
  return {
    version,
    nodes: (version === "TLS 1.2" ? TLS12 : TLS13).map(({ stage: at, ...node }, place) => ({
      ...node,
      reached: at <= stage,
      value:
        at <= stage && KEPT.includes(node.name)
          ? `${(place + 7).toString(16).padStart(2, "0")}4fa7c91e`.repeat(7).slice(0, 64)
          : null,
    })),
  };
}
