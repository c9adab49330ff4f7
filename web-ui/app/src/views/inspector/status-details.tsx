// What a gRPC call that failed tells beside its code: a google.rpc.Status, its details by their types.

import { protoRows, protoText } from "../../lib/proto-tree";
import { remembered } from "../../memory";
import type { ProtobufField } from "../../types/protocols";
import { CopyButton } from "../../widgets/copy";
import { Fold } from "./fold";

const open = remembered("fold.status-details", true, (text) => text === "true", String);

/** An `Any` as what it holds: its type stands at that already. */
function unwrapped(field: ProtobufField): ProtobufField {
  const held = field.type === "google.protobuf.Any" ? field.children.find(({ name }) => name === "value") : undefined;
  return held ? { ...held, name: field.name } : field;
}

export function StatusDetails({ fields }: { fields: readonly ProtobufField[] }) {
  const rows = protoRows(fields, new Set());
  const shown = protoRows(fields.map(unwrapped), new Set());
  return (
    <Fold
      title="Status details"
      count={fields.filter(({ name }) => name === "details").length}
      open={open}
      aside={<CopyButton text={protoText(rows)} title="Copy the status details" />}
    >
      <div class="status-details">
        {shown.map(({ path, depth, field }) => (
          <div key={path} style={{ paddingLeft: `${depth * 16}px` }}>
            <span class="t-key">{field.name ?? field.number}</span>{" "}
            {field.children.length > 0 || field.type === "malformed" ? (
              <span class="t-comment">{field.type}</span>
            ) : null}{" "}
            <span class={/string/.test(field.type) ? "t-string" : "t-number"}>{field.value}</span>
          </div>
        ))}
      </div>
    </Fold>
  );
}
