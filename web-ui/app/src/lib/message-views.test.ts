import { expect, it } from "vitest";

import { chooseMessageView, viewsOfMessage } from "./message-views";

const text = (preview: string) => ({ is_text: true, preview });
const bytes = { is_text: false, preview: "0a 03" };

it("the views that make sense of a message, the best first", () => {
  expect(viewsOfMessage(text('{"a":1'), "websocket")[0]).toBe("pretty");
  expect(viewsOfMessage(text("[1,2]"), "websocket")[0]).toBe("pretty");
  expect(viewsOfMessage(text("[warn] disk is full"), "sse")).toEqual(["raw", "hex"]);
  expect(viewsOfMessage(bytes, "websocket")).toEqual(["hex", "fields", "raw"]);
  expect(viewsOfMessage(bytes, "grpc")[0]).toBe("fields");
  expect(viewsOfMessage(text("grpc-status: 0"), "grpc_web")[0]).toBe("raw");
  expect(viewsOfMessage(text('{"a":1}'), "opaque")[0]).toBe("hex");
});

it("what was asked for counts where it makes sense, then what is remembered", () => {
  expect(chooseMessageView(["pretty", "raw"], "raw", "pretty")).toBe("raw");
  expect(chooseMessageView(["pretty", "raw"], "fields", "raw")).toBe("raw");
  expect(chooseMessageView(["pretty", "raw"], null, "nothing")).toBe("pretty");
});
