// A head as it was received, to the byte.

import { rawLines } from "../../lib/raw-head";

export function RawHead({ raw, label }: { raw: string; label: string }) {
  return (
    <pre class="raw-head" role="region" aria-label={label} tabIndex={0}>
      {rawLines(raw).map(({ parts, end }, line) => (
        <span key={line}>
          {parts.map(({ text, escaped }, place) =>
            escaped ? (
              <span key={place} class="raw-byte">
                {text}
              </span>
            ) : (
              text
            ),
          )}
          <span class={end === "\\n" ? "raw-byte" : "raw-end"}>{end}</span>
          {"\n"}
        </span>
      ))}
    </pre>
  );
}
