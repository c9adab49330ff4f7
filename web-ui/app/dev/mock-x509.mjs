// Certificates of the mock: well formed and decoded, their keys and signatures noise.

import { createHash } from "node:crypto";

import { ascii, hex, noise, plural } from "./mock-bytes.mjs";
import { oid, tlv, write } from "./mock-der.mjs";

const SEQUENCE = 0x30;
const DAY = 86_400_000;

/** The mock's clock: what is expired and what is soon depends on it. */
export const NOW = Date.now();

const RFC = { rfc: "RFC 5280 section 4.1.2" };
const seq = (name, value, parts, more = {}) => tlv(SEQUENCE, name, value, parts, more);
const identifier = (name, dotted, value) => tlv(0x06, name, value, oid(dotted), { text: null, rfc: null });

const SIGNATURES = {
  ec: ["1.2.840.10045.4.3.2", "ECDSA with SHA-256"],
  ec384: ["1.2.840.10045.4.3.3", "ECDSA with SHA-384"],
  rsa: ["1.2.840.113549.1.1.11", "RSA PKCS #1 with SHA-256"],
  sha1: ["1.2.840.113549.1.1.5", "RSA PKCS #1 with SHA-1"],
};
const KEYS = {
  ec: ["EC P-256", 65],
  ec384: ["EC P-384", 97],
  rsa: ["RSA 2048", 270],
  rsa1024: ["RSA 1024", 140],
};

function algorithm(name, kind) {
  const [dotted, words] = SIGNATURES[kind];
  return seq(name, words, [identifier("algorithm", dotted, words)], {
    text: "How the issuer signed.",
    rfc: "RFC 5280 section 4.1.1.2",
  });
}

function name(field, told) {
  const text = told.map(([kind, value]) => `${kind}=${value}`).join(", ");
  return seq(
    field,
    text,
    told.map(([kind, value]) =>
      tlv(0x31, kind, value, [
        seq("attribute", value, [
          identifier("type", { CN: "2.5.4.3", O: "2.5.4.10", C: "2.5.4.6" }[kind], kind),
          tlv(0x0c, "value", value, [...Buffer.from(value)]),
        ]),
      ]),
    ),
    { ...RFC, text: field === "issuer" ? "Who signed the certificate." : "Whose key it is." },
  );
}

function time(field, at) {
  const digits = new Date(at).toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return tlv(0x17, field, new Date(at).toISOString(), ascii(`${digits}Z`));
}

function extension(field, dotted, value, parts, more = {}) {
  return seq(
    field,
    value,
    [
      identifier("extn_id", dotted, field),
      ...(more.critical ? [tlv(0x01, "critical", "true", [0xff])] : []),
      tlv(0x04, "extn_value", plural(parts.length, "byte"), parts),
    ],
    { text: more.text ?? null, rfc: more.rfc ?? "RFC 5280 section 4.2.1" },
  );
}

/**
 * A certificate. `days`: from and to, counted from now. `unknown`: with an extension that nobody knows.
 */
export function makeCertificate({
  subject,
  issuer,
  names = [],
  days: [from, to],
  key = "ec",
  signature = "ec",
  ca = false,
  seed,
  unknown = false,
}) {
  const began = Math.floor((NOW + from * DAY) / 1000) * 1000;
  const ended = Math.floor((NOW + to * DAY) / 1000) * 1000;
  const serial = [0x40 + (seed % 60), ...noise(seed, 15)];
  const [keyWords, keyLength] = KEYS[key];
  const spki = seq("subject_public_key_info", keyWords, [
    seq("algorithm", keyWords, [identifier("algorithm", "1.2.840.10045.2.1", keyWords)]),
    tlv(0x03, "subject_public_key", plural(keyLength, "byte"), [0, 4, ...noise(seed + 7, keyLength - 1)], {
      text: "The key itself.",
      ...RFC,
    }),
  ]);
  const alternative = names.flatMap((one) => [0x82, one.length, ...ascii(one)]);
  const extensions = [
    extension("basic_constraints", "2.5.29.19", ca ? "CA" : "no CA", ca ? [0x30, 3, 1, 1, 0xff] : [0x30, 0], {
      critical: true,
      text: ca ? "It may sign certificates." : "It may not sign certificates.",
    }),
    extension(
      "key_usage",
      "2.5.29.15",
      ca ? "keyCertSign, cRLSign" : "digitalSignature",
      ca ? [3, 2, 1, 6] : [3, 2, 7, 128],
      { critical: true, text: "What the key may be used for." },
    ),
    ...(ca
      ? []
      : [
          extension("extended_key_usage", "2.5.29.37", "serverAuth", [0x30, 10, 6, 8, 43, 6, 1, 5, 5, 7, 3, 1], {
            text: "For TLS servers.",
          }),
          extension("subject_alt_name", "2.5.29.17", names.join(", "), [0x30, alternative.length, ...alternative], {
            text: "The names that the certificate is for.",
            rfc: "RFC 5280 section 4.2.1.6",
          }),
        ]),
    extension("subject_key_identifier", "2.5.29.14", hex(noise(seed, 8)), [4, 8, ...noise(seed, 8)]),
    ...(unknown
      ? [
          extension(
            "1.3.6.1.4.1.55555.7",
            "1.3.6.1.4.1.55555.7",
            "not known: a SEQUENCE of 2",
            [0x30, 6, 2, 1, 42, 5, 0, 4],
          ),
        ]
      : []),
  ];
  const root = seq("certificate", "", [
    seq(
      "tbs_certificate",
      "",
      [
        tlv(0xa0, "version", "v3", [2, 1, 2], { text: "The version: 3 has extensions.", ...RFC }),
        tlv(0x02, "serial_number", hex(serial), serial, { text: "Unique for the issuer.", ...RFC }),
        algorithm("signature", signature),
        name("issuer", issuer),
        seq("validity", `${new Date(began).toISOString()} to ${new Date(ended).toISOString()}`, [
          time("not_before", began),
          time("not_after", ended),
        ]),
        name("subject", subject),
        spki,
        tlv(0xa3, "extensions", plural(extensions.length, "extension"), extensions, {
          text: "What version 3 adds.",
          ...RFC,
        }),
      ],
      { text: "What is signed.", rfc: "RFC 5280 section 4.1.2" },
    ),
    algorithm("signature_algorithm", signature),
    tlv(0x03, "signature_value", "71 bytes", [0, ...noise(seed + 3, 70)], { text: "The issuer's signature." }),
  ]);
  const { bytes, field } = write(root);
  const der = Buffer.from(bytes);
  const pem = `-----BEGIN CERTIFICATE-----\n${der
    .toString("base64")
    .match(/.{1,64}/g)
    .join("\n")}\n-----END CERTIFICATE-----\n`;
  const words = (told) => told.map(([kind, value]) => `${kind}=${value}`).join(", ");
  return {
    sha256: createHash("sha256").update(der).digest("hex"),
    spki_sha256: createHash("sha256")
      .update(Buffer.from(noise(seed + 7, 91)))
      .digest("base64"),
    subject: words(subject),
    issuer: words(issuer),
    not_before: new Date(began).toISOString().replace(".000Z", "Z"),
    not_after: new Date(ended).toISOString().replace(".000Z", "Z"),
    days_left: Math.floor((ended - NOW) / DAY),
    serial: hex(serial),
    key: keyWords,
    signature: SIGNATURES[signature][1],
    names,
    is_ca: ca,
    self_issued: words(subject) === words(issuer),
    pem,
    bytes: der.toString("hex"),
    fields: [field],
    problems: [],
  };
}
