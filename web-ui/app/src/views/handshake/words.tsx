// A field or a whole message in plain words, with its source and where its bytes are.

import type { FieldLine } from "../../lib/fields";
import { formatRoute } from "../../lib/route";
import { rfcUrl } from "../../lib/handshake";
import { plural } from "../../lib/format";
import type { Message } from "../../types/generated";
import { CopyButton } from "../../widgets/copy";
import { Icon } from "../../widgets/icon";
import type { Place } from "./place";

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
  message: Message;
  line: FieldLine | null;
  place: Place;
}

export function Words({ message, line, place }: Props) {
  if (line === null) {
    return (
      <section class="words" aria-label="In plain words">
        <p class="words-here">{message.story.here}</p>
        <p class="words-what">{message.story.what}</p>
        <Rfc source={message.story.rfc} />
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
          <CopyButton text={message.bytes.slice(start * 2, end * 2)} title="Copy the field's bytes as hex">
            Bytes
          </CopyButton>
        )}
        <CopyButton
          text={window.location.origin + formatRoute(place.to({ field: path }))}
          title="Copy a link to this field"
        >
          Link
        </CopyButton>
      </p>
    </section>
  );
}
