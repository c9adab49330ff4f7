// Writes DER and its field tree in one go, so that every field's range is where its bytes are.

/** A TLV of these parts: bytes, or TLVs. `more`: text, rfc. */
export function tlv(tag, name, value, parts, more = {}) {
  return { tag, name, value, parts, more };
}

/** The bytes of a TLV and its field, which begins at `start`. */
export function write(node, start = 0) {
  const made = Array.isArray(node.parts) && typeof node.parts[0] === "object" ? node.parts : null;
  const inner = made ? made.map((part) => write(part).bytes.length).reduce((sum, length) => sum + length, 0) : 0;
  const length = made ? inner : node.parts.length;
  const head = [node.tag, ...lengthBytes(length)];
  const bytes = [...head];
  const fields = [];
  if (made) {
    for (const part of made) {
      const written = write(part, start + bytes.length);
      bytes.push(...written.bytes);
      fields.push(written.field);
    }
  } else {
    bytes.push(...node.parts);
  }
  const field = {
    name: node.name,
    start,
    end: start + bytes.length,
    value: node.value,
    text: null,
    rfc: null,
    recommended: null,
    ...node.more,
    fields,
  };
  return { bytes, field };
}

function lengthBytes(length) {
  if (length < 128) {
    return [length];
  }
  return length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
}

/** The bytes of an object identifier. */
export function oid(dotted) {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  return [first * 40 + second, ...rest.flatMap(base128)];
}

function base128(number) {
  const digits = [number & 127];
  for (let rest = number >> 7; rest > 0; rest >>= 7) {
    digits.unshift((rest & 127) | 128);
  }
  return digits;
}
