// The bytes of a body in the view that was chosen.

import { useMemo } from "preact/hooks";

import type { BodyPart } from "../../../api";
import { decodeText } from "../../../lib/body";
import { hexDump } from "../../../lib/hex";
import { languageOf } from "../../../lib/highlight";
import { type BodyKind, charsetOf, parsePairs } from "../../../lib/http";
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
  type: string | null;
  part: BodyPart;
  whole: boolean;
}

export function ShownBody({ view, kind, type, part, whole }: Props) {
  if (view === "hex") {
    return (
      <>
        <HexBody bytes={part.bytes} />
        {part.bytes.length <= 1_000_000 && <div class="corner"><CopyButton text={() => Promise.resolve(hexDump(part.bytes))} title="Copy the dump" /></div>}
      </>
    );
  }
  return <Decoded view={view} kind={kind} type={type} part={part} whole={whole} />;
}

function Decoded({ view, kind, type, part, whole }: Props) {
  // What is laid out by the server comes as UTF-8, whatever the origin sent.
  const charset = view === "pretty" ? "utf-8" : charsetOf(type);
  const text = useMemo(() => decodeText(part.bytes, charset), [part, charset]);
  if (view === "pretty" && kind === "form") {
    return <FieldTable label="Form" fields={parsePairs(text)} />;
  }
  if (view === "tree") {
    return whole ? <Tree text={text} /> : <Notice tone="info" title="A tree needs all of the body">Load all of it, or look at it raw.</Notice>;
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
