// The mock server's protobuf: a message with types and without, an origin that tells its types, or refuses to, and a
// google.rpc.Status.

import { json, problem } from "./mock-answer.mjs";

const field = (number, name, type, value, range, children = []) => ({ number, name, type, value, range, children });

export const QUOTE = Buffer.from("0a084c454e532d313058120a0a034555521083f2091a0a6c656e73206769667428c801", "hex");

const NAMED = [
  field(1, "sku", "string", "LENS-10X", [0, 10]),
  field(
    2,
    "price",
    "shop.Money",
    "",
    [10, 22],
    [field(1, "currency", "string", "EUR", [12, 17]), field(2, "cents", "int64", "162051", [17, 22])],
  ),
  field(3, "note", "string", "lens gift", [22, 33]),
  field(5, "stock", "uint32", "200", [33, 36]),
];

/** The same as its wire types tell it. */
const guessed = (fields) =>
  fields.map(({ number, type, value, range, children }) => {
    const kind = children.length > 0 ? "message" : type === "string" ? type : "varint";
    return field(number, null, kind, value, range, guessed(children));
  });

/** How a message of this protobuf is told: the name of its type, the line in the list, its fields. */
const told = (type_name, fields) => ({
  type_name,
  preview: brief(fields),
  tree: fields,
});

const brief = (fields) =>
  fields
    .map(({ number, name, type, value, children }) => {
      const of = name ?? String(number);
      return children.length > 0 ? `${of} {${brief(children)}}` : `${of}: ${type === "string" ? `"${value}"` : value}`;
    })
    .join(" ");

const WITH = told("shop.Quote", NAMED);
const WITHOUT = told(null, guessed(NAMED));

/** What a call that failed told beside its code. */
export const STATUS_DETAILS = [
  field(1, "code", "int32", "5", [0, 2]),
  field(2, "message", "string", "no lens of that name", [2, 24]),
  field(
    3,
    "details",
    "google.protobuf.Any",
    "",
    [24, 140],
    [
      field(1, "type_url", "string", "type.googleapis.com/google.rpc.ResourceInfo", [26, 71]),
      field(
        2,
        "value",
        "google.rpc.ResourceInfo",
        "",
        [71, 140],
        [
          field(1, "resource_type", "string", "shop.Lens", [73, 84]),
          field(2, "resource_name", "string", "LENS-10X", [84, 94]),
          field(4, "description", "string", "It is sold out, and not made any more.", [94, 134]),
        ],
      ),
    ],
  ),
  field(
    3,
    "details",
    "google.protobuf.Any",
    "",
    [140, 221],
    [
      field(1, "type_url", "string", "type.googleapis.com/google.rpc.Help", [142, 179]),
      field(
        2,
        "value",
        "google.rpc.Help",
        "",
        [179, 221],
        [
          field(
            1,
            "links",
            "google.rpc.Help.Link",
            "",
            [181, 221],
            [
              field(1, "description", "string", "Lenses that take its place", [183, 211]),
              field(2, "url", "string", "https://www.shop.example/lenses?instead-of=LENS-10X&sort=closest", [211, 221]),
            ],
          ),
        ],
      ),
    ],
  ),
];

export class MockTypes {
  /** Exchanges whose origin told its types. */
  known = new Set();
  /** The status and the words that it is refused with; null where it is not. */
  refusal = null;

  /** How the messages of an exchange are told: of gRPC-Web the types are known from the start. */
  of(row) {
    return row.protocol === "grpc_web" || this.known.has(row.id) ? WITH : WITHOUT;
  }

  /** Who told them. */
  from(row) {
    return row.protocol === "grpc_web" ? "person" : this.known.has(row.id) ? "origin" : null;
  }

  /** `POST /api/exchanges/ID/types`. */
  answer(response, row) {
    if (this.refusal) {
      return problem(response, this.refusal.status, this.refusal.detail);
    }
    this.known.add(row.id);
    return json(response, { services: ["shop.Quotes"], files: 2 });
  }
}
