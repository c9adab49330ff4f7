// What a gRPC call that failed tells beside its code: a google.rpc.Status, its details by their types.

import { protoRows, protoText } from "../../lib/proto-tree";
import { remembered } from "../../memory";
import type { ProtobufField } from "../../types/protocols";
import { CopyButton } from "../../widgets/copy";
import { Fold } from "./fold";

const open = remembered("fold.status-details", true, (text) => text === "true", String);

export function StatusDetails({ fields }: { fields: readonly ProtobufField[] }) {
  const rows = protoRows(fields, new Set());
  // Which type it is stands at the value already.
  const shown = rows.filter(({ field }) => field.name !== "type_url");
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
