// One half of an exchange: its fields, query, cookies and trailers, folded as the person likes, and its body.

import type { BodyView } from "../../lib/route";
import {
  type Cookie,
  fieldsText,
  firstField,
  isUpgrade,
  parsePairs,
  queryOf,
  requestCookies,
  responseCookies,
} from "../../lib/http";
import { formatBytes } from "../../lib/format";
import { isCarried } from "../../lib/protocol";
import { remembered } from "../../memory";
import type { ExchangeDetail, RequestDetail } from "../../types/generated";
import type { Side } from "../../api";
import { Link } from "../../widgets/button";
import { CopyButton } from "../../widgets/copy";
import { FieldTable } from "../../widgets/field-table";
import { Notice } from "../../widgets/state";
import { Body } from "./body";
import { Fold } from "./fold";

interface Props {
  side: Side;
  exchange: ExchangeDetail;
  half: Pick<RequestDetail, "fields" | "trailers" | "bytes" | "kept" | "dropped">;
  view: BodyView | null;
  onView: (view: BodyView) => void;
}

const folds = {
  headers: remembered("fold.headers", true, (text) => text === "true", String),
  query: remembered("fold.query", true, (text) => text === "true", String),
  cookies: remembered("fold.cookies", false, (text) => text === "true", String),
  trailers: remembered("fold.trailers", true, (text) => text === "true", String),
};

export function Half({ side, exchange, half, view, onView }: Props) {
  const query = side === "request" ? parsePairs(queryOf(exchange.path)) : [];
  const cookies = side === "request" ? requestCookies(half.fields) : responseCookies(half.fields);
  return (
    <div class="exchange-half">
      {exchange.protocol !== "opaque" && (
        <Fold
          title="Headers"
          count={half.fields.length}
          open={folds.headers}
          aside={<CopyButton text={fieldsText(half.fields)} title="Copy the headers" />}
        >
          <FieldTable label="Headers" fields={half.fields} />
        </Fold>
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
