// The bytes of a message in the view that was chosen.

import { useMemo } from "preact/hooks";

import type { BodyPart } from "../../../api";
import { JsonError, parseJson } from "../../../lib/json-parse";
import { prettyText } from "../../../lib/json-tree";
import type { MessageView } from "../../../lib/route";
import { Notice } from "../../../widgets/state";
import { ShownBody } from "../body/shown";
import { TextBody } from "../body/text";

interface Props {
  part: BodyPart;
  view: Exclude<MessageView, "fields">;
  whole: boolean;
}

export function Payload({ part, view, whole }: Props) {
  return view === "pretty" ? (
    <PrettyText part={part} whole={whole} />
  ) : (
    <ShownBody view={view} kind="text" part={part} whole={whole} />
  );
}

/** Laid out by the page: a message is small, and its numbers stay as they were sent. */
function PrettyText({ part, whole }: Pick<Props, "part" | "whole">) {
  const { text, fault } = useMemo(() => {
    const raw = new TextDecoder().decode(part.bytes);
    if (!whole) {
      return { text: raw, fault: null };
    }
    try {
      return { text: prettyText(parseJson(raw)), fault: null };
    } catch (error) {
      return { text: raw, fault: error instanceof JsonError ? error.message : String(error) };
    }
  }, [part, whole]);
  return (
    <>
      {fault !== null && (
        <Notice tone="info" title="This is not JSON: it is shown as it came">
          {fault}
        </Notice>
      )}
      <TextBody text={text} language="json" wrap />
    </>
  );
}
