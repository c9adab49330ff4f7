// One frame: what it is, when it passed, what it says, and what came before and after it on its stream.

import { formatBytes, formatExactBytes, formatOffset } from "../../lib/format";
import { detailFields, frameMeaning, type Lane, type PlacedFrame } from "../../lib/frames";
import { FIRST_TAB } from "../../lib/route";
import type { ExchangeRow } from "../../types/generated";
import { Button, Link } from "../../widgets/button";
import { FieldTable } from "../../widgets/field-table";

interface Props {
  frame: PlacedFrame;
  lane: Lane | null;
  exchange: ExchangeRow | undefined;
  onStep: (by: number) => void;
  onClose: () => void;
}

export function FrameDetail({ frame, lane, exchange, onStep, onClose }: Props) {
  const { type, from, stream, at_us: at, length, flags, leg, id } = frame;
  const { text, rfc } = frameMeaning(type);
  const place = lane?.frames.findIndex((one) => one.id === id) ?? -1;
  const before = lane?.frames[place - 1];
  const fields = detailFields(frame);
  const handlens = from === "handlens";
  return (
    <section class="opened frame-detail" aria-label="The frame that is opened">
      <header class="opened-head">
        <h3>{type}</h3>
        <span class="grow" />
        <Button icon="up" title="Previous frame (k)" onClick={() => onStep(-1)} />
        <Button icon="down" title="Next frame (j)" onClick={() => onStep(1)} />
        <Button icon="close" title="Close (Esc)" onClick={onClose} />
      </header>
      <div class="frame-body">
        <p>
          {text} <span class="faint">{rfc}</span>
        </p>
        <dl class="frame-facts">
          <dt>From</dt>
          <dd>
            <span class={`leg ${handlens ? "proxy" : from}`}>{handlens ? "Handlens" : from}</span> to{" "}
            {handlens ? `the ${leg}` : "Handlens"}, on the <span class={`leg ${leg}`}>{leg} leg</span>
          </dd>
          <dt>Time</dt>
          <dd>
            {formatOffset(at)}
            {before && <span class="faint">, {formatOffset(at - before.at_us)} after the one before it here</span>}
          </dd>
          <dt>Stream</dt>
          <dd>
            {stream === 0 ? "0: the connection itself" : stream}
            {exchange && (
              <>
                {" · "}
                <Link to={{ view: "exchange", id: exchange.id, ...FIRST_TAB }}>
                  {exchange.method} {exchange.path}
                </Link>
              </>
            )}
          </dd>
          <dt>Length</dt>
          <dd title={formatExactBytes(length)}>{formatBytes(length)}, and 9 bytes of its own head</dd>
          <dt>Flags</dt>
          <dd>{flags.length === 0 ? "none" : flags.join(", ")}</dd>
          {lane && lane.stream !== 0 && (
            <>
              <dt>Place</dt>
              <dd>
                {place + 1} of {lane.frames.length} on this stream
              </dd>
            </>
          )}
        </dl>
        {fields.length > 0 && <FieldTable label="What it says" fields={fields} />}
      </div>
    </section>
  );
}
