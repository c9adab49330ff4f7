// Names and values, one a line: headers, a query, a form.

import type { Field } from "../lib/http";

export function FieldTable({ label, fields }: { label: string; fields: readonly Field[] }) {
  return (
    <table class="fields" aria-label={label}>
      <tbody>
        {fields.map(([name, value], place) => (
          <tr key={place}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
