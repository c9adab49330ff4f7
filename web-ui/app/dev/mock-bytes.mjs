// Writes a TLS message and its field tree in one go, so that every field's range is where its bytes are.

export class MessageWriter {
  constructor() {
    this.bytes = [];
    this.fields = [];
  }

  /** A field of these bytes: an array, or a function that writes its parts. */
  field(name, bytes, value, more = {}) {
    const field = { name, start: this.bytes.length, end: 0, value: "", ...BARE, ...more, fields: [] };
    const siblings = this.fields;
    siblings.push(field);
    if (typeof bytes === "function") {
      this.fields = field.fields;
      bytes();
      this.fields = siblings;
    } else {
      this.bytes.push(...bytes);
    }
    field.end = this.bytes.length;
    field.value = typeof value === "function" ? value(field) : value;
    return this;
  }

  /** A field whose parts stand behind a length of `size` bytes. */
  vector(name, size, parts, value, more = {}) {
    return this.field(
      name,
      () => {
        const at = this.bytes.length;
        this.bytes.push(...uint(0, size));
        parts();
        this.bytes.splice(at, size, ...uint(this.bytes.length - at - size, size));
      },
      value ?? ((field) => plural(field.end - field.start - size, "byte")),
      more,
    );
  }

  /** An extension: type and length are the field's header, `parts` what is in it. */
  extension(name, code, parts, value, more = {}) {
    return this.field(
      name,
      () => {
        this.bytes.push(...uint(code, 2), 0, 0);
        const at = this.bytes.length;
        parts();
        this.bytes.splice(at - 2, 2, ...uint(this.bytes.length - at, 2));
      },
      value,
      more,
    );
  }

  /** One number as a field. */
  number(name, number, size, value, more = {}) {
    return this.field(name, uint(number, size), value ?? String(number), more);
  }
}

const BARE = { text: null, rfc: null, recommended: null };

/** A handshake message: type, length, and what `body` writes. */
export function handshakeMessage(code, kind, body) {
  const writer = new MessageWriter();
  writer.number("msg_type", code, 1, `${kind} (${code})`, { text: "Which handshake message this is." });
  writer.field("length", [0, 0, 0], "", { text: "How many bytes follow." });
  body(writer);
  const length = writer.bytes.length - 4;
  writer.bytes.splice(1, 3, ...uint(length, 3));
  writer.fields[1].value = plural(length, "byte");
  return { type: kind, bytes: writer.bytes, fields: writer.fields };
}

export function uint(number, size) {
  return Array.from({ length: size }, (_, at) => Math.floor(number / 256 ** (size - 1 - at)) % 256);
}

export const ascii = (text) => [...Buffer.from(text, "latin1")];
export const hex = (bytes) => Buffer.from(bytes).toString("hex");
export const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** Bytes that look random and are the same each time. */
export function noise(seed, length) {
  let state = (seed * 2654435761 + 97) >>> 0;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}
