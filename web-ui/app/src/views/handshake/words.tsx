// A field, or the whole that it is part of, in plain words, with its source and where its bytes are.

import type { ComponentChildren } from "preact";

import type { FieldLine } from "../../lib/fields";
import { formatRoute, type Route } from "../../lib/route";
import { rfcUrl } from "../../lib/handshake";
import { plural } from "../../lib/format";
import { CopyButton } from "../../widgets/copy";
import { Icon } from "../../widgets/icon";

export function Rfc({ source }: { source: string }) {
  const url = rfcUrl(source);
  return url === null ? (
    <span class="rfc">{source}</span>
  ) : (
    <a class="rfc" href={url} target="_blank" rel="noreferrer">
      {source}
    </a>
  );
}

/** Whether IANA recommends a value, where its registry says so. */
export function Recommended({ told, words = false }: { told: boolean | null; words?: boolean }) {
  if (told === null) {
    return null;
  }
  const text = told ? "recommended by IANA" : "not recommended by IANA";
  return (
    <span class={told ? "iana yes" : "iana no"} title={text}>
      <Icon name={told ? "check" : "minus"} size={11} {...(words ? {} : { label: text })} />
      {words && text}
    </span>
  );
}

interface Props {
  /** The bytes of the whole, in hexadecimal. */
  hex: string;
  line: FieldLine | null;
  to: (path: string) => Route;
  /** What is said of the whole, while there is no line. */
  whole: ComponentChildren;
}

export function Words({ hex, line, to, whole }: Props) {
  if (line === null) {
    return (
      <section class="words" aria-label="In plain words">
        {whole}
      </section>
    );
  }
  const { field, path } = line;
  const { start, end } = field;
  return (
    <section class="words" aria-label="In plain words">
      <h3 class="words-path">{path.split("/").join(" › ")}</h3>
      <p class="words-value">{field.value}</p>
      {field.text !== null && <p class="words-here">{field.text}</p>}
      <Recommended told={field.recommended} words />
      <p class="words-foot">
        {field.rfc !== null && <Rfc source={field.rfc} />}
        <span class="muted">
          {end > start ? `${plural(end - start, "byte")} from ${start}` : "no bytes of its own"}
        </span>
        <span class="grow" />
        {end > start && (
          <CopyButton text={hex.slice(start * 2, end * 2)} title="Copy the field's bytes as hex">
            Bytes
          </CopyButton>
        )}
        <CopyButton text={window.location.origin + formatRoute(to(path))} title="Copy a link to this field">
          Link
        </CopyButton>
      </p>
    </section>
  );
}
