import { expect, it } from "vitest";

import { chooseMessageView, viewsOfMessage } from "./message-views";

const message = { opcode: "text" as const, preview: "hello", grpc: null };

it("the views that make sense of a message, the best first", () => {
  expect(viewsOfMessage({ ...message, preview: '{"a":1' }, "websocket")[0]).toBe("pretty");
  expect(viewsOfMessage({ ...message, preview: "[1,2]" }, "websocket")[0]).toBe("pretty");
  expect(viewsOfMessage({ ...message, preview: "[warn] disk is full" }, "sse")[0]).toBe("raw");
  expect(viewsOfMessage({ ...message, opcode: "binary", preview: "0a 03" }, "websocket")).toEqual([
    "hex",
    "fields",
    "raw",
  ]);
  expect(viewsOfMessage({ opcode: null, preview: "0a 03", grpc: { trailers: false } }, "grpc")[0]).toBe("fields");
  expect(viewsOfMessage({ opcode: null, preview: "grpc-status: 0", grpc: { trailers: true } }, "grpc_web")[0]).toBe(
    "raw",
  );
  expect(viewsOfMessage({ opcode: null, preview: '{"a":1}', grpc: null }, "opaque")[0]).toBe("hex");
});

it("what was asked for counts where it makes sense, then what is remembered", () => {
  expect(chooseMessageView(["pretty", "raw"], "raw", "pretty")).toBe("raw");
  expect(chooseMessageView(["pretty", "raw"], "fields", "raw")).toBe("raw");
  expect(chooseMessageView(["pretty", "raw"], null, "nothing")).toBe("pretty");
});
