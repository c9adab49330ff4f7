// What follows the hellos in the mock's handshakes.

import { ascii, handshakeMessage, MessageWriter, noise, plural } from "./mock-bytes.mjs";

const LEAF = [
  ...Buffer.from(
    "MIIBtjCCAVygAwIBAgIUYTR3cVkJyPxSL+qYFgq9t5virKwwCgYIKoZIzj0EAwIwGzEZMBcGA1UEAwwQd3d3LnNob3AuZXhhbXBsZTAeFw0yNjExMjExMjIwNDBaFw0yNzAyMTkxMjIwNDBaMBsxGTAXBgNVBAMMEHd3dy5zaG9wLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATFxv3YYqvZd0s7BxQ4vFnWtFiZAH/uYgYFLL48zIpbv8z/5+W7SRQb+1DoDQanwKg656c4VB+6fYWIWcvhS0NTo34wfDAdBgNVHQ4EFgQUXoCMtIFcuXjh31VBBMSso8AivYgwHwYDVR0jBBgwFoAUXoCMtIFcuXjh31VBBMSso8AivYgwDwYDVR0TAQH/BAUwAwEB/zApBgNVHREEIjAgghB3d3cuc2hvcC5leGFtcGxlggxzaG9wLmV4YW1wbGUwCgYIKoZIzj0EAwIDSAAwRQIgbQj7Xgp+sGxLoAq2t8/oU7611pldC3pg1z6dOVXaZL0CIQCuJAne5b2RjoUxbrc61qWG7jedhEhJcxb8qulK5StkGw==",
    "base64",
  ),
];

export const encryptedExtensions = (alpn) =>
  handshakeMessage(8, "encrypted_extensions", (w) =>
    w.vector(
      "extensions",
      2,
      () => {
        w.extension("server_name", 0, () => undefined, "empty", {
          text: "The name was used to choose the certificate.",
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
            { text: "The protocol that will be spoken inside.", rfc: "RFC 7301 section 3.1", recommended: true },
          );
        }
      },
      (field) => plural(field.fields.length, "extension"),
    ),
  );

export const certificateRequest = () =>
  handshakeMessage(13, "certificate_request", (w) => {
    w.vector("certificate_request_context", 1, () => undefined, "empty");
    w.vector(
      "extensions",
      2,
      () => w.extension("signature_algorithms", 13, () => w.bytes.push(0, 4, 4, 3, 8, 4), "2 schemes"),
      "1 extension",
    );
  });

/** A Certificate of TLS 1.3; of TLS 1.2 without contexts and extensions. */
export const certificate = (names, { old = false } = {}) =>
  handshakeMessage(11, "certificate", (w) => {
    if (!old) {
      w.vector("certificate_request_context", 1, () => undefined, "empty", {
        text: "Empty but in an answer to a CertificateRequest after the handshake.",
        rfc: "RFC 8446 section 4.4.2",
      });
    }
    w.vector(
      "certificate_list",
      3,
      () =>
        names.forEach((name, at) =>
          w.field(
            "certificate_entry",
            () => {
              w.vector("cert_data", 3, () => w.bytes.push(...LEAF), `${name}, ${LEAF.length} bytes of DER`, {
                text: at === 0 ? "The leaf: the certificate of the server itself." : "Certifies the one before it.",
              });
              if (!old) {
                w.vector("extensions", 2, () => undefined, "none");
              }
            },
            name,
          ),
        ),
      plural(names.length, "certificate"),
      { text: "The leaf first, then what certifies it." },
    );
  });

export const certificateVerify = (seed) =>
  handshakeMessage(15, "certificate_verify", (w) => {
    w.number("algorithm", 0x0403, 2, "ecdsa_secp256r1_sha256 (0x0403)", {
      recommended: true,
      text: "The kind of signature.",
      rfc: "RFC 8446 section 4.4.3",
    });
    w.vector("signature", 2, () => w.bytes.push(0x30, 0x45, ...noise(seed, 69)), "71 bytes", {
      text: "Over the whole handshake so far: only the owner of the certificate's key can make it.",
      rfc: "RFC 8446 section 4.4.3",
    });
  });

export const finished = (seed, length) =>
  handshakeMessage(20, "finished", (w) =>
    w.field("verify_data", noise(seed, length), plural(length, "byte"), {
      text: "A MAC over every message so far: it proves that nobody changed one on the way.",
      rfc: "RFC 8446 section 4.4.4",
    }),
  );

export const newSessionTicket = (seed, ticket = 160) =>
  handshakeMessage(4, "new_session_ticket", (w) => {
    w.number("ticket_lifetime", 7200, 4, "7200 s, two hours", { rfc: "RFC 8446 section 4.6.1" });
    w.field("ticket_age_add", noise(seed, 4), "4 bytes");
    w.vector("ticket_nonce", 1, () => w.bytes.push(...noise(seed + 1, 8)), "8 bytes");
    w.vector("ticket", 2, () => w.bytes.push(...noise(seed + 2, ticket)), plural(ticket, "byte"), {
      text: "Opaque to the client: it sends it back to resume this session.",
    });
    w.vector("extensions", 2, () => undefined, "none");
  });

export const serverKeyExchange = (seed) =>
  handshakeMessage(12, "server_key_exchange", (w) => {
    w.field(
      "params",
      () => {
        w.number("curve_type", 3, 1, "named_curve (3)");
        w.number("named_curve", 0x17, 2, "secp256r1 (0x0017)", { recommended: true });
        w.vector("public", 1, () => w.bytes.push(4, ...noise(seed, 64)), "65 bytes", {
          text: "The server's half of the key exchange.",
        });
      },
      "secp256r1",
      { rfc: "RFC 8422 section 5.4" },
    );
    w.field(
      "signed_params",
      () => {
        w.number("algorithm", 0x0804, 2, "rsa_pss_rsae_sha256 (0x0804)", { recommended: true });
        w.vector("signature", 2, () => w.bytes.push(...noise(seed + 1, 256)), "256 bytes", {
          text: "Over both randoms and the parameters, with the certificate's key.",
        });
      },
      "rsa_pss_rsae_sha256",
    );
  });

export const serverHelloDone = () => handshakeMessage(14, "server_hello_done", () => undefined);

export const clientKeyExchange = (seed) =>
  handshakeMessage(16, "client_key_exchange", (w) =>
    w.vector("ecdh_yc", 1, () => w.bytes.push(4, ...noise(seed, 64)), "65 bytes", {
      text: "The client's half of the key exchange.",
      rfc: "RFC 8422 section 5.7",
    }),
  );

export function changeCipherSpec(old) {
  const writer = new MessageWriter();
  writer.number("type", 1, 1, "change_cipher_spec (1)", {
    text: old
      ? "From here on this side seals what it sends."
      : "Means nothing in TLS 1.3: it is there for old middleboxes.",
    rfc: old ? "RFC 5246 section 7.1" : "RFC 8446 appendix D.4",
  });
  return { type: "change_cipher_spec", bytes: writer.bytes, fields: writer.fields };
}

export function alert(level, code, name, text) {
  const writer = new MessageWriter();
  writer.number("level", level, 1, level === 2 ? "fatal (2)" : "warning (1)", { rfc: "RFC 8446 section 6" });
  writer.number("description", code, 1, `${name} (${code})`, { text, rfc: "RFC 8446 section 6.2" });
  return { type: "alert", bytes: writer.bytes, fields: writer.fields };
}
