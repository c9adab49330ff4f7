// What the mock says of a leg: what was agreed, and the chips with the fields that decide them.

const BARE = {
  version: null,
  cipher_suite: null,
  group: null,
  alpn: null,
  server_name: null,
  signature_scheme: null,
  handshake_us: null,
  round_trips: null,
  ja3: null,
  ja3s: null,
  ja4: null,
  resumption: null,
};
const chip = (name, state, label, why, message = null, field = null) => ({ name, state, label, why, message, field });
const JA4 = { BROWSER: "t13d1516h2_8daaf6152771_02713d6af862", OURS: "t13d0811h2_55b375c5d22e_f28d2f7b1c0a" };
const prints = (o) => ({
  ja3: "cd08e31494f9531f560d64c695473da9",
  ja4: o.offer.suites.length === 16 ? JA4.BROWSER : JA4.OURS,
});

export function factsOfHello(o) {
  return {
    ...BARE,
    ...prints(o),
    server_name: o.host,
    chips: ["forward_secrecy", "post_quantum", "aead", "resumed"].map((name) =>
      chip(name, "unknown", name.replace("_", " "), "The handshake ended before this was settled."),
    ),
  };
}

export function facts13(o) {
  const hello = o.retry ? 5 : 1;
  const pq = o.group.includes("MLKEM");
  return {
    ...BARE,
    ...prints(o),
    version: "TLS 1.3",
    cipher_suite: o.suite,
    group: o.group,
    alpn: o.chosen,
    server_name: o.host,
    signature_scheme: o.psk ? null : "ecdsa_secp256r1_sha256",
    handshake_us: o.us,
    round_trips: o.trips,
    ja3s: "eb1d94daa7e0344597e756a1fb6e7054",
    resumption: o.psk ? "psk_dhe" : "full",
    chips: [
      chip(
        "forward_secrecy",
        "yes",
        "forward secret",
        `The server's key_share carries a fresh ${o.group} share: the recorded bytes stay shut even if a long-lived key leaks later.`,
        hello,
        "extensions/key_share",
      ),
      chip(
        "post_quantum",
        pq ? "yes" : "no",
        pq ? "post-quantum" : "not post-quantum",
        pq
          ? "The group chosen is X25519MLKEM768: a quantum computer of the future can't open what is recorded today."
          : `The group chosen is ${o.group}: who records this today may open it with a quantum computer.`,
        hello,
        "extensions/key_share/server_share/group",
      ),
      chip("aead", "yes", "AEAD", `The suite ${o.suite} seals and checks in one step.`, hello, "cipher_suite"),
      chip(
        "resumed",
        o.psk ? "yes" : "no",
        o.psk ? "resumed" : "full handshake",
        o.psk
          ? "The server chose the session that the client's pre_shared_key offered: no certificate was sent."
          : "No session was resumed: the server showed its certificate.",
        hello,
        o.psk ? "extensions/pre_shared_key" : null,
      ),
      chip("early_data", "no", "no 0-RTT", "The client offered no early data.", 0, "extensions"),
      chip(
        "client_certificate",
        "no",
        "no client certificate",
        o.asks ? "The server asked for one and the client had none." : "The server did not ask for one.",
        null,
        null,
      ),
      chip(
        "ech",
        "no",
        "no ECH",
        "The server name stands in the clear: the hello has no encrypted_client_hello.",
        0,
        "extensions/server_name",
      ),
    ],
  };
}

export function facts12(o) {
  return {
    ...facts13({ ...o, group: "secp256r1", trips: 2 }),
    version: "TLS 1.2",
    signature_scheme: "rsa_pss_rsae_sha256",
    ja3s: "ae4edc6faf64d08308082ad26be60767",
    chips: [
      chip(
        "forward_secrecy",
        "yes",
        "forward secret",
        "The suite's key exchange is ECDHE, with a fresh point on secp256r1.",
        3,
        "params/named_curve",
      ),
      chip("post_quantum", "no", "not post-quantum", "TLS 1.2 knows no post-quantum group.", 3, "params/named_curve"),
      chip("aead", "yes", "AEAD", "The suite is AES_256_GCM, which seals and checks in one step.", 1, "cipher_suite"),
      chip("resumed", "no", "full handshake", "The server showed its certificate.", 2, "certificate_list"),
      chip("client_certificate", "no", "no client certificate", "The server did not ask for one.", null, null),
      chip("ech", "no", "no ECH", "The server name stands in the clear.", 0, "extensions/server_name"),
    ],
  };
}
