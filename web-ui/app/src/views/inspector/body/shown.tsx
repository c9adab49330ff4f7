// The bytes of a body in the view that was chosen.

import { useMemo } from "preact/hooks";

import type { BodyPart } from "../../../api";
import { hexDump } from "../../../lib/hex";
import { languageOf } from "../../../lib/highlight";
import { type BodyKind, parsePairs } from "../../../lib/http";
import { JsonError, parseJson } from "../../../lib/json-parse";
import type { BodyView } from "../../../lib/route";
import { CopyButton } from "../../../widgets/copy";
import { FieldTable } from "../../../widgets/field-table";
import { Notice } from "../../../widgets/state";
import { HexBody } from "./hex";
import { TextBody } from "./text";
import { TreeBody } from "./tree";

interface Props {
  view: BodyView;
  kind: BodyKind;
  part: BodyPart;
  whole: boolean;
}

export function ShownBody({ view, kind, part, whole }: Props) {
  if (view === "hex") {
    return (
      <div class="hex-body">
        <HexBody bytes={part.bytes} />
        {part.bytes.length > 0 && part.bytes.length <= 1_000_000 && (
          <div class="corner">
            <CopyButton text={() => Promise.resolve(hexDump(part.bytes))} title="Copy the dump" />
          </div>
        )}
      </div>
    );
  }
  return <Decoded view={view} kind={kind} part={part} whole={whole} />;
}

function Decoded({ view, kind, part, whole }: Props) {
  // It comes in UTF-8, whatever the origin sent.
  const text = useMemo(() => new TextDecoder().decode(part.bytes), [part]);
  if (view === "pretty" && kind === "form") {
    return <FieldTable label="Form" fields={parsePairs(text)} />;
  }
  if (view === "tree") {
    return whole ? (
      <Tree text={text} />
    ) : (
      <Notice tone="info" title="A tree needs all of the body">
        Load all of it, or look at it raw.
      </Notice>
    );
  }
  return <TextBody text={text} language={languageOf(kind)} wrap={view === "raw"} />;
}

function Tree({ text }: { text: string }) {
  const parsed = useMemo(() => {
    try {
      return parseJson(text);
    } catch (error) {
      return error instanceof JsonError ? error : new JsonError(String(error), 0);
    }
  }, [text]);
  return parsed instanceof JsonError ? (
    <Notice tone="warn" title="This is not JSON">
      {parsed.message}
    </Notice>
  ) : (
    <TreeBody root={parsed} />
  );
}
