// One half of an exchange: its fields, query, cookies and trailers, folded as the person likes, and its body.

import type { BodyView } from "../../lib/route";
import {
  type Cookie,
  fieldsText,
  firstField,
  isUpgrade,
  parsePairs,
  queryOf,
  reasonOf,
  requestCookies,
  responseCookies,
} from "../../lib/http";
import { formatBytes } from "../../lib/format";
import { isCarried } from "../../lib/protocol";
import { remembered } from "../../memory";
import type { ExchangeDetail, InterimResponse, RequestDetail } from "../../types/generated";
import type { Side } from "../../api";
import { Button, Link } from "../../widgets/button";
import { CopyButton } from "../../widgets/copy";
import { FieldTable } from "../../widgets/field-table";
import { Notice } from "../../widgets/state";
import { Body } from "./body";
import { Fold } from "./fold";
import { StatusDetails } from "./status-details";
import { RawHead } from "./raw-head";

interface Props {
  side: Side;
  exchange: ExchangeDetail;
  half: Pick<RequestDetail, "fields" | "raw_head" | "trailers" | "bytes" | "kept" | "dropped">;
  view: BodyView | null;
  onView: (view: BodyView) => void;
}

const folds = {
  headers: remembered("fold.headers", true, (text) => text === "true", String),
  query: remembered("fold.query", true, (text) => text === "true", String),
  cookies: remembered("fold.cookies", false, (text) => text === "true", String),
  trailers: remembered("fold.trailers", true, (text) => text === "true", String),
};

/** Whether heads are shown as they were received, where that is known. */
const asWritten = remembered("head.raw", false, (text) => text === "true", String);

export function Half({ side, exchange, half, view, onView }: Props) {
  const query = side === "request" ? parsePairs(queryOf(exchange.path)) : [];
  const cookies = side === "request" ? requestCookies(half.fields) : responseCookies(half.fields);
  return (
    <div class="exchange-half">
      {side === "response" && <Informational exchange={exchange} />}
      {exchange.protocol !== "opaque" && (
        <Head title="Headers" label={side === "request" ? "Request head" : "Response head"} head={half} />
      )}
      {query.length > 0 && (
        <Fold title="Query" count={query.length} open={folds.query}>
          <FieldTable label="Query" fields={query} />
        </Fold>
      )}
      {cookies.length > 0 && (
        <Fold title="Cookies" count={cookies.length} open={folds.cookies}>
          <CookieTable cookies={cookies} />
        </Fold>
      )}
      {half.trailers && half.trailers.length > 0 && (
        <Fold title="Trailers" count={half.trailers.length} open={folds.trailers}>
          <FieldTable label="Trailers" fields={half.trailers} />
        </Fold>
      )}
      {side === "response" && exchange.grpc_status_details && <StatusDetails fields={exchange.grpc_status_details} />}
      {isCarried(exchange) && exchange.protocol === "websocket" ? (
        <p class="nothing">
          {side === "response" && "HTTP ended with this answer. "}What passed then is told as messages.
        </p>
      ) : side === "response" && isUpgrade(exchange) && !isCarried(exchange) ? (
        <Upgraded exchange={exchange} />
      ) : (
        <Body
          key={`${exchange.id} ${side}`}
          id={exchange.id}
          side={side}
          fields={half.fields}
          size={half}
          open={exchange.state === "open"}
          view={view}
          onView={onView}
        />
      )}
    </div>
  );
}

/** What came before the response (RFC 9110 section 15.2). */
function Informational({ exchange }: { exchange: ExchangeDetail }) {
  return (
    <>
      {exchange.informational.map((interim, place) => (
        <Head
          key={place}
          title={`${interim.status} ${reasonOf(interim.status)}`.trim()}
          label={`Informational response ${place + 1}`}
          head={interim}
        />
      ))}
    </>
  );
}

/** Header fields as they were read, or the head as it was received. */
function Head({
  title,
  label,
  head,
}: {
  title: string;
  label: string;
  head: Pick<InterimResponse, "fields" | "raw_head">;
}) {
  const raw = head.raw_head;
  const asReceived = raw !== null && asWritten.value;
  return (
    <Fold
      title={title}
      count={head.fields.length}
      open={folds.headers}
      aside={
        <>
          {raw !== null && (
            <Button
              pressed={asReceived}
              title="The head to the byte, as it was received"
              onClick={() => {
                asWritten.value = !asReceived;
              }}
            >
              As received
            </Button>
          )}
          <CopyButton text={asReceived ? raw : fieldsText(head.fields)} title="Copy the headers" />
        </>
      }
    >
      {asReceived ? <RawHead raw={raw} label={label} /> : <FieldTable label={title} fields={head.fields} />}
    </Fold>
  );
}

/** In the place of a body: HTTP ended here, and something else took the connection over. */
function Upgraded({ exchange }: { exchange: ExchangeDetail }) {
  const { connection, connection_detail: carried, response } = exchange;
  const what = firstField(response?.fields ?? [], "upgrade");
  return (
    <Notice
      tone="info"
      title={what === null ? "The connection was upgraded" : `The connection was upgraded to ${what}`}
    >
      What passed after this answer was carried as it came.{" "}
      {carried && (
        <>
          {carried.closed === null ? "So far the" : "The"} connection carried {formatBytes(carried.bytes_from_client)}{" "}
          from the client and {formatBytes(carried.bytes_from_origin)} from the origin.{" "}
        </>
      )}
      <Link to={{ view: "connection", id: connection }}>To the connection</Link>
    </Notice>
  );
}

function CookieTable({ cookies }: { cookies: readonly Cookie[] }) {
  return (
    <table class="fields" aria-label="Cookies">
      <tbody>
        {cookies.map(({ name, value, attributes }, place) => (
          <tr key={place}>
            <th scope="row">{name}</th>
            <td>
              {value}
              {attributes.map(([attribute, told], nth) => (
                <span key={nth} class="chip">
                  {attribute}
                  {told !== "" && <> {told}</>}
                </span>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
