import { describe, expect, it } from "vitest";

import { closeMeaning, grpcStatusName, hasMessages, isCarried, messageTime, messageType, methodWord } from "./protocol";

const row = { protocol: "http", method: "GET", scheme: "https" } as const;
const message = { opcode: null, event: null, comment: null, close: null, grpc: null, size_on_wire: 9 };
const trailers = { is_trailers: true, status: 0, status_name: "OK", message: null, type_name: null };

describe("what an exchange speaks", () => {
  it("decides whether it has messages, and whether HTTP's words say anything of it", () => {
    expect(hasMessages({ ...row, protocol: "sse" })).toBe(true);
    expect(hasMessages({ ...row, protocol: "graphql" })).toBe(false);
    expect(hasMessages(row)).toBe(false);
    expect(isCarried({ ...row, protocol: "opaque" })).toBe(true);
    expect(isCarried({ ...row, protocol: "grpc" })).toBe(false);
  });

  it("has a word in the place of the method", () => {
    expect(methodWord(row)).toBe("GET");
    expect(methodWord({ ...row, protocol: "websocket" })).toBe("WS");
    expect(methodWord({ ...row, method: "CONNECT", protocol: "opaque", scheme: "tcp" })).toBe("TCP");
    expect(methodWord({ ...row, method: "CONNECT", protocol: "opaque", scheme: "tls" })).toBe("TLS");
  });
});

describe("a message's type", () => {
  it("is its opcode, its event's name, or what it is", () => {
    expect(messageType({ ...message, opcode: "text" }, "websocket")).toBe("text");
    expect(
      messageType({ ...message, opcode: "close", close: { code: 1001, name: null, reason: "" } }, "websocket"),
    ).toBe("close 1001");
    expect(messageType({ ...message, opcode: "close", close: null }, "websocket")).toBe("close");
    expect(messageType({ ...message, event: "tick" }, "sse")).toBe("tick");
    expect(messageType(message, "sse")).toBe("message");
    expect(messageType({ ...message, comment: "still here" }, "sse")).toBe("comment");
    expect(messageType({ ...message, grpc: trailers }, "grpc_web")).toBe("trailers");
    expect(messageType(message, "opaque")).toBe("burst");
    expect(messageType({ ...message, size_on_wire: 0 }, "opaque")).toBe("gap");
  });
});

it("statuses and close codes have their names", () => {
  expect(grpcStatusName(0)).toBe("OK");
  expect(grpcStatusName(16)).toBe("UNAUTHENTICATED");
  expect(grpcStatusName(99)).toBe("status 99");
  expect(closeMeaning(1000)).toMatch(/^normal/);
  expect(closeMeaning(4242)).toBe("a code of the application's own");
  expect(closeMeaning(3000)).toBe("a code that a library or framework has registered");
  expect(closeMeaning(17)).toBe("a code that is not known");
});

it("times are told in seconds", () => {
  expect(messageTime(1_370)).toBe("0.0014");
  expect(messageTime(136_967_700)).toBe("136.9677");
});
