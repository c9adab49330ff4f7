import { describe, expect, it } from "vitest";

import { handshakeWith, message } from "../fixtures-handshake";
import {
  alertOf,
  entriesOf,
  explainingEntries,
  handshakeEnd,
  isDirect,
  isFatal,
  messageAt,
  messageHeading,
  messageName,
  receiverOf,
  rfcUrl,
  shortSuite,
} from "./handshake";

describe("both legs as one sequence", () => {
  const told = handshakeWith({
    client: [message("client_hello", "client", 1_000), message("server_hello", "handlens", 30_000)],
    origin: [message("client_hello", "handlens", 12_000), message("finished", "origin", 29_000)],
  });

  it("is in order of time", () => {
    expect(entriesOf(told).map(({ key }) => key)).toEqual(["client-0", "origin-0", "origin-1", "client-1"]);
  });

  it("explains each thing once, and anew where the other leg's version makes it another", () => {
    const says = (what: string) => ({ story: { what, here: "", rfc: "" } });
    const mixed = handshakeWith({
      client: [
        message("client_hello", "client", 1, says("opens")),
        message("certificate", "handlens", 40, says("sealed")),
      ],
      origin: [
        message("client_hello", "handlens", 10, says("opens")),
        message("certificate", "origin", 20, says("in the clear")),
      ],
    });
    expect([...explainingEntries(entriesOf(mixed))]).toEqual(["client-0", "origin-1", "client-1"]);
  });

  it("ends with the last Finished, or the last message of a leg without one", () => {
    expect(handshakeEnd(told, entriesOf(told))).toBe(30_000);
  });

  it("is found again by leg and number", () => {
    expect(messageAt(told, "origin", 1)?.message.type).toBe("finished");
    expect(messageAt(told, "origin", 2)).toBeNull();
    expect(messageAt(told, null, 0)).toBeNull();
  });
});

describe("who speaks to whom", () => {
  it("on a leg that is ended here", () => {
    expect(receiverOf("client", "client", false)).toBe("handlens");
    expect(receiverOf("handlens", "origin", false)).toBe("origin");
  });

  it("on one that is passed through", () => {
    const passed = handshakeWith({
      client: [message("client_hello", "client", 0), message("server_hello", "origin", 1)],
    });
    expect(isDirect(passed)).toBe(true);
    expect(receiverOf("origin", "client", true)).toBe("client");
  });
});

it("an alert is fatal when it says what is wrong, or the handshake failed by it", () => {
  const alert = message("alert", "client", 5, { fields: [field("description", "unknown_ca (48)")] });
  const told = handshakeWith({
    client: [
      alert,
      message("alert", "client", 6, { fields: [field("description", "close_notify (0)")] }),
      message("alert", "client", 7),
    ],
  });
  expect(alertOf(alert)).toBe("unknown_ca");
  expect(messageHeading(alert)).toBe("Alert unknown_ca");
  expect(messageHeading(message("alert", "client", 5))).toBe("Alert");
  const fatal = () => entriesOf(told).map((entry) => isFatal(told, entry));
  expect(fatal()).toEqual([true, false, false]);
  if (told.client) {
    told.client.failure = { last_message: 2, alert: 2, sender: "client", text: "", cause: "", advice: "" };
  }
  expect(fatal()).toEqual([true, false, true]);
});

it.each([
  ["client_hello", "ClientHello"],
  ["hello_retry_request", "HelloRetryRequest"],
  ["handshake_99", "Handshake99"],
])("%s is called %s", (kind, name) => {
  expect(messageName(kind)).toBe(name);
});

it.each([
  ["TLS_AES_128_GCM_SHA256", "AES-128-GCM"],
  ["TLS_CHACHA20_POLY1305_SHA256", "ChaCha20-Poly1305"],
  ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA AES-256-GCM"],
  ["TLS_RSA_WITH_AES_128_CBC_SHA", "RSA AES-128-CBC"],
  ["0x1399", "0x1399"],
])("%s in short is %s", (suite, brief) => {
  expect(shortSuite(suite)).toBe(brief);
});

it.each([
  ["RFC 8446 section 4.1.2", "https://www.rfc-editor.org/rfc/rfc8446#section-4.1.2"],
  ["RFC 8446 appendix D.4", "https://www.rfc-editor.org/rfc/rfc8446#appendix-D.4"],
  ["RFC 7627", "https://www.rfc-editor.org/rfc/rfc7627"],
  ["draft-ietf-tls-esni", null],
])("%s is read at %s", (source, url) => {
  expect(rfcUrl(source)).toBe(url);
});

function field(name: string, value: string) {
  return { name, start: 0, end: 1, value, text: null, rfc: null, recommended: null, fields: [] };
}
