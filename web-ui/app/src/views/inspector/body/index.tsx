// A body: its sizes, the ways to look at it, and the way that is chosen.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { bodyUrl, type Side } from "../../../api";
import { chooseView, MOST_BYTES, viewsOf } from "../../../lib/body";
import { formatBytes, formatExactBytes } from "../../../lib/format";
import { bodyKind, type Field, firstField } from "../../../lib/http";
import type { BodyView } from "../../../lib/route";
import { recall, remember } from "../../../memory";
import { Button } from "../../../widgets/button";
import { Icon } from "../../../widgets/icon";
import { Notice, Waiting } from "../../../widgets/state";
import { Tabs } from "../../../widgets/tabs";
import { Worded } from "../../../widgets/worded";
import { useBody, useDecodedSize } from "./load";
import { ImageBody } from "./image";
import { ShownBody } from "./shown";

interface Props {
  id: string;
  side: Side;
  fields: readonly Field[];
  size: { bytes: number; kept: number; dropped: number };
  /** Whether more may come. */
  open: boolean;
  view: BodyView | null;
  onView: (view: BodyView) => void;
}

const TITLES: Record<BodyView, string> = { pretty: "Pretty", raw: "Raw", hex: "Hex", tree: "Tree", image: "Image" };

export function Body(props: Props) {
  const { size, open } = props;
  if (size.bytes === 0) {
    return <p class="nothing">{open ? "No body yet." : "No body."}</p>;
  }
  if (size.kept === 0) {
    return (
      <Notice tone="warn" title="The body was not kept">
        {formatExactBytes(size.bytes)} passed. The recorder let them go: one body is kept up to a bound, and with{" "}
        <code>when-behind = "drop-bodies"</code> none is waited for.
      </Notice>
    );
  }
  return <KeptBody {...props} />;
}

function KeptBody({ id, side, fields, size, open, view: asked, onView }: Props) {
  const type = firstField(fields, "content-type");
  const coding = firstField(fields, "content-encoding");
  const coded = coding !== null && coding.toLowerCase() !== "identity";
  const kind = bodyKind(type);
  const view = chooseView(kind, asked, recall(`body.${kind}`));
  // Null: as it fits. Decoded, but for what can't be.
  const wire = useSignal<boolean | null>(null);
  const broken = useSignal<string | null>(null);
  const all = useSignal(false);
  const asWire = view === "hex" && (wire.value ?? broken.value !== null);
  const form =
    view === "hex" ? (asWire ? "wire" : "decoded") : view === "pretty" && kind !== "form" ? "pretty" : "text";
  const body = useBody({ id, side, form, kept: size.kept, coded, all: all.value }).value;
  const part = body.state === "failed" ? null : body.part;
  const undecoded =
    form !== "decoded" || !coded
      ? null
      : body.state === "failed"
        ? body.text
        : body.part?.bytes.length === 0
          ? body.part.problem
          : null;
  // Nothing of it comes out of its coding: what is there to be seen are the bytes that passed.
  useEffect(() => {
    if (undecoded !== null) {
      broken.value = undecoded;
    }
  }, [undecoded]);
  const told = useDecodedSize({ id, side, kept: size.kept }, coded);
  const decodedSize = told ?? (part && form === "decoded" ? part.total : null);
  const rest = part && (part.total === null || part.bytes.length < part.total) ? part : null;

  const choose = (next: BodyView) => {
    remember(`body.${kind}`, next);
    onView(next);
  };

  return (
    <section class="body" aria-label="Body">
      <Tabs
        look="segments"
        label="Body as"
        items={viewsOf(kind).map((name) => ({ name, title: TITLES[name] }))}
        chosen={view}
        onChoose={choose}
        aside={
          <>
            <span class="body-size">
              <span title={formatExactBytes(size.bytes)}>
                {formatBytes(size.bytes)}
                {coded && " on the wire"}
              </span>
              {coded && broken.value === null && (
                <DecodedSize
                  coding={coding}
                  size={decodedSize}
                  atLeast={part && form === "decoded" ? part.bytes.length : 0}
                />
              )}
              {open && <em>still coming</em>}
            </span>
            <span class="grow" />
            {view === "hex" && coded && (
              <label class="check">
                <input
                  type="checkbox"
                  checked={asWire}
                  onChange={() => {
                    wire.value = !asWire;
                  }}
                />
                as on the wire
              </label>
            )}
            <a
              class="button plain bare"
              href={bodyUrl(id, side, "decoded")}
              download
              title="Download the body"
              aria-label="Download the body"
            >
              <Icon name="download" />
            </a>
          </>
        }
      >
        {size.dropped > 0 && (
          <Notice tone="warn" title={`${formatBytes(size.kept)} of ${formatBytes(size.bytes)} were kept`}>
            The recorder let the rest go: one body is kept up to a bound.
          </Notice>
        )}
        {asWire && broken.value !== null && (
          <Notice tone="warn" title={`These are the bytes on the wire: ${coding ?? "the coding"} can't be undone`}>
            <Worded text={broken.value} />
          </Notice>
        )}
        {view === "image" ? (
          <ImageBody id={id} side={side} type={type ?? ""} />
        ) : body.state === "failed" ? (
          <Notice tone="warn" title="The body can't be shown in this form">
            <Worded text={body.text} />{" "}
            <button type="button" class="link" onClick={() => choose(view === "raw" ? "hex" : "raw")}>
              {view === "raw" ? "Look at it as hex" : "Look at it raw"}
            </button>
          </Notice>
        ) : part === null ? (
          <Waiting what="the body" />
        ) : (
          <>
            {part.problem !== null && (
              <Notice tone="warn" title="Not all of it can be shown">
                <Worded text={part.problem} />
                {part.bytes.length === 0 && view !== "hex" && (
                  <>
                    {" "}
                    <button type="button" class="link" onClick={() => choose("hex")}>
                      Look at the bytes on the wire
                    </button>
                  </>
                )}
              </Notice>
            )}
            <ShownBody view={view} kind={kind} part={part} whole={rest === null} />
            {rest && !(all.value && body.state === "loading") && (
              <div class="rest">
                <span>
                  The first {formatBytes(rest.bytes.length)}
                  {rest.total !== null && <> of {formatBytes(rest.total)}</>} are shown.
                </span>
                {(rest.total ?? size.bytes) <= MOST_BYTES ? (
                  <Button
                    onClick={() => {
                      all.value = true;
                    }}
                  >
                    Load all
                  </Button>
                ) : (
                  <span>More than {formatBytes(MOST_BYTES)} is for a download.</span>
                )}
              </div>
            )}
            {all.value && body.state === "loading" && <Waiting what="all of it" />}
          </>
        )}
      </Tabs>
    </section>
  );
}

/** The size without the content coding. */
function DecodedSize({ coding, size, atLeast }: { coding: string; size: number | null; atLeast: number }) {
  return (
    <span title={size === null ? undefined : formatExactBytes(size)}>
      {size === null ? (atLeast > 0 ? `more than ${formatBytes(atLeast)}` : "…") : formatBytes(size)} decoded{" "}
      <span class="chip">{coding}</span>
    </span>
  );
}
