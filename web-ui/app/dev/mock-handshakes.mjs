// The handshakes of the mock's connections: whole ones of TLS 1.3 and 1.2, with a retry, resumed, rejected by the
// client, refused by us or by the origin, and passed through.

import { facts12, facts13, factsOfHello } from "./mock-facts.mjs";
import { compare } from "./mock-compare.mjs";
import * as flights from "./mock-flights.mjs";
import { BROWSER, clientHello, helloRetryRequest, OURS, serverHello, serverHello12 } from "./mock-hellos.mjs";
import { MockLeg } from "./mock-leg.mjs";
import { schedule } from "./mock-schedule.mjs";

const CLIENT_LEG = { client: "client", server: "handlens" };
const ORIGIN_LEG = { client: "handlens", server: "origin" };
const PASSED = { client: "client", server: "origin" };
const who = { client: "The client", handlens: "Handlens", origin: "The origin" };
const CLOSE = flights.alert.bind(null, 1, 0, "close_notify", "The sender sends nothing more.");

/** A leg of TLS 1.3 from its hello at `at`; `answer`: how long the server's flight takes, `last`: the client's. */
function leg13(parties, address, rtt, o) {
  const leg = new MockLeg(parties, address, rtt);
  const [client, server] = [who[parties.client], who[parties.server]];
  const suite = o.suite ?? "TLS_AES_128_GCM_SHA256";
  const hash = suite.endsWith("384") ? 48 : 32;
  const group = o.group ?? "X25519MLKEM768";
  const { seed, host, offer } = o;
  const psk = o.psk ? 192 : 0;
  let at = o.at;
  leg.say(
    "client",
    at,
    "clear",
    [
      [
        clientHello(offer, { seed, host, alpn: o.alpn, psk }),
        `${client} offers ${offer.suites.length} suites and ${offer.versions.at(offer.versions[0] === "GREASE" ? 1 : 0)} for ${host}, with key shares for ${offer.shares.filter((name) => name !== "GREASE").join(" and ")}.`,
      ],
    ],
    { version: "TLS 1.0 (0x0301)" },
  );
  if (o.retry) {
    at += o.answer;
    leg.say(
      "server",
      at,
      "clear",
      [
        [
          helloRetryRequest({ seed: seed + 50, suite, group }),
          `${server} wants a share of ${group}, which the first hello did not bring: one more round trip.`,
        ],
        [flights.changeCipherSpec(false), `${server} sends it for old middleboxes.`],
      ],
      { apart: true },
    );
    at += 180;
    leg.say("client", at, "clear", [
      [flights.changeCipherSpec(false), `${client} sends it for old middleboxes.`],
      [
        clientHello({ ...offer, shares: [group] }, { seed, host, alpn: o.alpn, psk }),
        `${client} says hello again, now with a share of ${group}.`,
      ],
    ]);
  }
  at += o.answer;
  if (o.refusal) {
    const alert = leg.say("server", at, "clear", [
      [
        flights.alert(2, 40, "handshake_failure", "No common ground."),
        `${server} found nothing in the hello that it could accept.`,
      ],
    ]);
    return leg.done(factsOfHello(o), schedule("TLS 1.3", 0), failure(alert, parties.server, o.refusal));
  }
  leg.say(
    "server",
    at,
    "clear",
    [
      [
        serverHello({ seed: seed + 60, suite, group, psk: o.psk }),
        `${server} chose ${suite}, and ${group} for the key${o.psk ? ", and resumes the session offered" : ""}.`,
      ],
      ...(o.retry ? [] : [[flights.changeCipherSpec(false), `${server} sends it for old middleboxes.`]]),
    ],
    { apart: true },
  );
  const sealed = [
    [
      flights.encryptedExtensions(o.chosen),
      o.chosen ? `${server} agrees to speak ${o.chosen}.` : `${server} chose no application protocol.`,
    ],
    ...(o.asks
      ? [[flights.certificateRequest(), `${server} asks for a certificate, and says which signatures it takes.`]]
      : []),
    ...(o.psk
      ? []
      : [
          [
            flights.certificate(o.names),
            `${server} presents ${o.names[0]}${o.names.length > 1 ? `, and ${o.names.length - 1} more above it` : ""}.`,
          ],
          [flights.certificateVerify(seed + 70), `${server} signs the handshake with ecdsa_secp256r1_sha256.`],
        ]),
    [flights.finished(seed + 71, hash), `${server}'s MAC over the handshake is right.`, true],
  ];
  leg.say("server", at + (o.spread ?? 0), "handshake", sealed, { apart: o.apart });
  at += o.last + (o.spread ?? 0);
  if (o.reject) {
    const [code, name, text, story] = o.reject;
    const alert = leg.say("client", at, o.sealedAlert ? "handshake" : "clear", [
      [flights.alert(2, code, name, text), story.here],
    ]);
    return leg.done(
      facts13({ ...o, suite, group, us: null, trips: o.retry ? 2 : 1 }),
      schedule("TLS 1.3", 2),
      failure(alert, parties.client, story),
    );
  }
  leg.say(
    "client",
    at,
    "clear",
    o.retry ? [] : [[flights.changeCipherSpec(false), `${client} sends it for old middleboxes.`]],
  );
  leg.say("client", at, "handshake", [
    ...(o.asks ? [[flights.certificate([]), `${client} has no certificate to give.`]] : []),
    [flights.finished(seed + 72, hash), `${client}'s MAC over the handshake is right: the handshake is done.`, true],
  ]);
  const us = at - o.at;
  leg.say("server", at + o.tickets, "application", [
    [flights.newSessionTicket(seed + 80), `${server} gives a ticket for two hours.`],
    [
      flights.newSessionTicket(seed + 83),
      `${server} gives a second ticket, so that two connections can resume at once.`,
    ],
  ]);
  if (o.close) {
    leg.say("client", o.close, "application", [[CLOSE(), `${client} is done.`]]);
  }
  return leg.done(facts13({ ...o, suite, group, us, trips: o.retry ? 2 : 1 }), schedule("TLS 1.3", 3));
}

/** A leg of TLS 1.2 with ECDHE: two round trips. */
function leg12(parties, address, rtt, o) {
  const leg = new MockLeg(parties, address, rtt);
  const [client, server] = [who[parties.client], who[parties.server]];
  const suite = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384";
  const { seed, host, offer } = o;
  let at = o.at;
  leg.say(
    "client",
    at,
    "clear",
    [
      [
        clientHello(offer, { seed, host, alpn: o.alpn }),
        `${client} offers ${offer.suites.length} suites and TLS 1.3 for ${host}.`,
      ],
    ],
    { version: "TLS 1.0 (0x0301)" },
  );
  at += o.answer;
  leg.say(
    "server",
    at,
    "clear",
    [
      [
        serverHello12({ seed: seed + 60, suite, alpn: o.chosen, session: 32 }),
        `${server} chose TLS 1.2 with ${suite}.`,
      ],
      [
        flights.certificate(o.names, { old: true }),
        `${server} presents ${o.names[0]} and ${o.names.length - 1} more, in the clear for all to read.`,
      ],
      [
        flights.serverKeyExchange(seed + 61),
        `${server} brings a fresh point on secp256r1, signed with its certificate's key.`,
      ],
      [flights.serverHelloDone(), `${server} waits for the client.`],
    ],
    { apart: true },
  );
  at += o.think;
  leg.say("client", at, "clear", [
    [flights.clientKeyExchange(seed + 62), `${client} brings its point: both can compute the secret now.`],
    [flights.changeCipherSpec(true), `${client} seals from here on.`],
  ]);
  leg.say(
    "client",
    at,
    "sealed",
    [
      [
        flights.finished(seed + 63, 12),
        o.passed
          ? `${client} ends its part; what is in it can't be read without the keys.`
          : `${client}'s MAC over the handshake is right.`,
        o.passed ? null : true,
      ],
    ],
    { opened: !o.passed },
  );
  at += o.answer - 1_100;
  leg.say("server", at, "clear", [[flights.changeCipherSpec(true), `${server} seals from here on.`]]);
  leg.say(
    "server",
    at,
    "sealed",
    [
      [
        flights.finished(seed + 64, 12),
        o.passed
          ? `${server} ends its part: the handshake is done.`
          : `${server}'s MAC over the handshake is right: the handshake is done.`,
        o.passed ? null : true,
      ],
    ],
    { opened: !o.passed },
  );
  return leg.done(facts12({ ...o, suite, us: at - o.at }), schedule("TLS 1.2", o.passed ? 0 : 2));
}

function failure(alert, sender, { text, cause, advice }) {
  return { last_message: alert, alert, sender, text, cause, advice };
}

const UNKNOWN_CA = (host) => [
  48,
  "unknown_ca",
  "The certificate's root is not among those that the sender trusts.",
  {
    here: "The client does not trust the root of the certificate that Handlens minted, and ends the handshake.",
    text: "The client sent the alert unknown_ca (48) right after the certificate that Handlens minted.",
    cause: "The root of Handlens isn't trusted by this program, or the program pins the certificate that it expects.",
    advice: `Install the root where this program looks for it. If it pins, pass the host through with --pass ${host}.`,
  },
];
const EXPIRED = () => [
  45,
  "certificate_expired",
  "The certificate is not valid at this time.",
  {
    here: "Handlens judged the chain, found the leaf expired 3 days ago, and ends the handshake.",
    text: "Handlens sent the alert certificate_expired (45): the origin's certificate ended 3 days ago.",
    cause: "The origin's certificate was not renewed in time, or this machine's clock is wrong.",
    advice: "Tell the origin's owner; or let this host pass all the same with --allow-invalid.",
  },
];
const NO_COMMON = {
  text: "The origin sent the alert handshake_failure (40) in answer to the ClientHello.",
  cause: "The origin accepts none of the versions, suites or groups that Handlens offers.",
  advice: "See what it takes: handlens inspect --max 1.2, or pass the host through.",
};

/** Handshakes with every signature checked. */
export function proven(answer) {
  for (const message of [answer.client, answer.origin].flatMap((leg) => leg?.messages ?? [])) {
    if (message.type === "certificate_verify" || message.type === "server_key_exchange") {
      message.verified = true;
    }
  }
  return answer;
}

/** The handshakes of a connection that is told as in mock-connections.mjs. */
export function handshakes(connection, k, idOf) {
  const answer = {
    client: null,
    origin: null,
    opened: connection.opened,
    steps: [],
    comparison: null,
    resumes: { client: null, origin: null },
  };
  const host = connection.sni;
  if (host === null) {
    return answer;
  }
  const common = { seed: k + 1, host, alpn: ["h2", "http/1.1"], chosen: "h2", k };
  const names = [host, "Example Issuing CA 3"];
  if (connection.outcome === "passed") {
    const o = {
      ...common,
      at: 13_900,
      answer: 19_800,
      think: 900,
      last: 1_200,
      tickets: 500,
      offer: BROWSER,
      names,
      passed: true,
    };
    answer.client = leg12(PASSED, connection.client.address, 18_600, o);
    answer.steps = [
      step("resolve", "origin", 1_100, 2_900, "2 addresses"),
      step("connect", "origin", 3_000, 13_700, null),
    ];
    return answer;
  }
  const dns = connection.origin.resolve_us ?? 0;
  const tcp = connection.origin.connect_us ?? 0;
  const hello = 1_240;
  answer.steps.push(step("resolve", "origin", hello + 90, hello + 90 + dns, host));
  const begin = hello + 210 + dns + tcp;
  if (tcp > 0) {
    answer.steps.push(step("connect", "origin", begin - 60 - tcp, begin - 60, connection.origin.address));
  }
  const stage = connection.failure?.stage;
  const oldOrigin = connection.origin.tls?.version === "TLS 1.2";
  const origin = {
    ...common,
    seed: k + 500,
    at: begin,
    offer: OURS,
    names: [...names, "Example Root X1"],
    answer: tcp + 4_300,
    think: 1_400,
    last: 1_900,
    tickets: tcp + 900,
    apart: true,
    suite: "TLS_AES_256_GCM_SHA384",
  };
  if (tcp > 0) {
    answer.origin = oldOrigin
      ? leg12(ORIGIN_LEG, connection.origin.address, tcp, { ...origin, chosen: "http/1.1" })
      : leg13(ORIGIN_LEG, connection.origin.address, tcp, {
          ...origin,
          ...(k % 5 === 2 ? { retry: true, group: "secp384r1" } : {}),
          ...(stage === "verify" ? { reject: EXPIRED(), sealedAlert: true } : {}),
          ...(stage === "tls" && connection.failure.leg === "origin" ? { refusal: NO_COMMON } : {}),
          ...(k % 7 === 3 ? { psk: true } : k % 11 === 4 ? { asks: true } : {}),
          ...(connection.closed && k % 2 === 0 ? { close: 4_210_000 } : {}),
        });
    answer.resumes.origin = k % 7 === 3 && !oldOrigin ? idOf(1, Math.max(0, k - 1)) : null;
  }
  const settled = answer.origin?.messages.findLast(
    (message) => message.from === "origin" && message.epoch !== "application",
  );
  const judged = (settled?.offset_us ?? begin) + 60;
  const failed = stage !== undefined && connection.failure.leg === "origin";
  if (answer.origin && !answer.origin.failure) {
    answer.steps.push(
      step("judge", "origin", judged, judged + 410, "trusted"),
      step("mint", "client", judged + 430, judged + 470, k % 5 === 0 ? "38 µs" : "from the cache"),
    );
  } else if (stage === "verify") {
    answer.steps.push(step("judge", "origin", judged, judged + 410, "refused"));
  }
  const answerAt = failed ? judged + 700 - hello : judged + 620 - hello;
  const psk = k % 3 === 1;
  answer.client = leg13(CLIENT_LEG, connection.client.address, 140, {
    ...common,
    at: hello,
    offer: BROWSER,
    names,
    answer: answerAt,
    last: 1_350,
    tickets: 90,
    ...(psk ? { psk: true } : {}),
    ...(oldOrigin ? { chosen: "http/1.1" } : {}),
    ...(connection.failure?.leg === "client" ? { reject: UNKNOWN_CA(host), sealedAlert: true } : {}),
    ...(connection.closed && k % 2 === 0 ? { close: 4_209_000 } : {}),
  });
  answer.resumes.client = psk ? idOf(1, k - 1) : null;
  for (const [name, leg] of [
    ["origin", answer.origin],
    ["client", answer.client],
  ]) {
    const us = leg?.facts.handshake_us;
    if (us) {
      answer.steps.push(step("tls", name, leg.messages[0].offset_us, leg.messages[0].offset_us + us, null));
    }
  }
  answer.comparison = answer.origin ? compare(answer.client, answer.origin, { client: BROWSER, handlens: OURS }) : null;
  return answer;
}

function step(name, leg, start_us, end_us, text) {
  return { name, leg, start_us, end_us, text };
}
