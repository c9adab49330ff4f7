// The inspector: one exchange, beside its list or as a page of its own.

import { useCommands } from "../../commands";
import { harUrl, pcapngUrl } from "../../api";
import { capitalize } from "../../lib/format";
import { hasMessages, messageNoun } from "../../lib/protocol";
import { type InspectorState, type Route, type Tab, TABS, TRAFFIC } from "../../lib/route";
import { go, route } from "../../location";
import type { ExchangeDetail } from "../../types/generated";
import { Button, Link } from "../../widgets/button";
import { Icon } from "../../widgets/icon";
import { EmptyState, Notice, Waiting } from "../../widgets/state";
import { Tabs } from "../../widgets/tabs";
import { Chain } from "../chain";
import { chainPlaceOf } from "../chain/place";
import { copyCurl, copyUrl, download } from "../actions";
import { FailureCard } from "../failure";
import { Handshake } from "../handshake";
import { placeOf } from "../handshake/place";
import { mayHaveHandshakes, WHAT_PCAPNG_HOLDS } from "../pcapng";
import { Half } from "./half";
import { InspectorHead } from "./head";
import { useExchange } from "./load";
import { Messages } from "./messages";
import { TimingTab } from "./timing";
import { TlsTab } from "./tls";

interface Props {
  id: string;
  state: InspectorState;
  onState: (change: Partial<InspectorState>) => void;
  /** Beside a list: how to close it. */
  onClose?: () => void;
  /** Beside a list: how to show it as a page of its own. */
  onOpen?: () => void;
}

export function Inspector({ id, state, onState, onClose, onOpen }: Props) {
  const loaded = useExchange(id).value;
  switch (loaded.state) {
    case "loading":
      return <Waiting what="the exchange" />;
    case "gone":
      return (
        <EmptyState icon="trash" title="This exchange is gone">
          <p>It was cleared, or it was among the oldest when the store came to its bound.</p>
          {onClose ? (
            <button type="button" class="link" onClick={onClose}>
              Close
            </button>
          ) : (
            <Link to={TRAFFIC}>All traffic</Link>
          )}
        </EmptyState>
      );
    case "failed":
      return (
        <EmptyState icon="bad" title="This exchange could not be read">
          <p>{loaded.text}</p>
        </EmptyState>
      );
    case "ready":
      return (
        <Shown
          exchange={loaded.exchange}
          fresh={loaded.exchange.id === id}
          state={state}
          onState={onState}
          onClose={onClose}
          onOpen={onOpen}
        />
      );
  }
}

interface ShownProps extends Pick<Props, "state" | "onState"> {
  exchange: ExchangeDetail;
  /** False while another exchange is being read. */
  fresh: boolean;
  onClose: Props["onClose"] | undefined;
  onOpen: Props["onOpen"] | undefined;
}

const TITLES: Record<Tab, string> = {
  messages: "Messages",
  request: "Request",
  response: "Response",
  timing: "Timing",
  handshake: "Handshake",
  certificates: "Certificates",
  tls: "TLS",
};

/** Where the page is, with this changed. */
function routeWith(change: Partial<InspectorState>): Route {
  const now = route.peek();
  return now.view === "traffic" || now.view === "exchange" ? { ...now, ...change } : now;
}

/** What the tabs are called of an exchange that is none of HTTP. */
const OPAQUE_TITLES: Record<Tab, string> = { ...TITLES, request: "Sent", response: "Received" };

function Shown({ exchange, fresh, state, onState, onClose, onOpen }: ShownProps) {
  const told = hasMessages(exchange);
  const opaque = exchange.protocol === "opaque";
  const tabs = TABS.filter((name) => name !== "messages" || told);
  const tab = tabs.find((name) => name === state.tab) ?? (told ? "messages" : "response");
  const titles = { ...(opaque ? OPAQUE_TITLES : TITLES), messages: `${capitalize(messageNoun(exchange.protocol))}s` };
  const sealed = exchange.connection_detail !== null && mayHaveHandshakes(exchange.connection_detail);
  const step = (by: number) => {
    const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length];
    onState(next ? { tab: next } : {});
  };
  useCommands({
    "tab-next": () => step(1),
    "tab-previous": () => step(-1),
    ...(opaque ? {} : { "copy-curl": () => void copyCurl(exchange.id) }),
    "copy-url": () => void copyUrl(exchange.url),
    "export-one": () => download(harUrl({ ids: [exchange.id] })),
    ...(sealed ? { "export-connection": () => download(pcapngUrl({ ids: [exchange.connection] })) } : {}),
    "go-connection": () => go({ view: "connection", id: exchange.connection }),
  });
  const setBody = (body: InspectorState["body"]) => onState({ body });
  const failure = exchange.failure ?? (exchange.error ? { ...exchange.error, remedy: null, alert: null } : null);
  return (
    <section class="inspector" aria-label="Exchange" aria-busy={!fresh}>
      <InspectorHead exchange={exchange} onClose={onClose} onOpen={onOpen} />
      <Tabs
        label="Exchange"
        items={tabs.map((name) => ({ name, title: titles[name] }))}
        chosen={tab}
        onChoose={(chosen) => onState({ tab: chosen })}
        aside={
          <span class="tabs-aside">
            {!opaque && (
              <Button icon="copy" title="Copy as curl (c)" onClick={() => void copyCurl(exchange.id)}>
                curl
              </Button>
            )}
            <a class="button plain" href={harUrl({ ids: [exchange.id] })} download title="Download as HAR 1.2">
              <Icon name="download" />
              <span>HAR</span>
            </a>
            {sealed && (
              <a
                class="button plain"
                href={pcapngUrl({ ids: [exchange.connection] })}
                download
                title={`Download the connection that carried it as pcapng. ${WHAT_PCAPNG_HOLDS}`}
              >
                <Icon name="download" />
                <span>pcapng</span>
              </a>
            )}
          </span>
        }
      >
        {failure && tab !== "handshake" && tab !== "certificates" && (
          <FailureCard
            failure={failure}
            host={exchange.host}
            verdict={exchange.connection_detail?.origin.verdict ?? null}
          />
        )}
        {tab === "messages" && (
          <Messages
            key={exchange.id}
            exchange={exchange}
            place={{
              state: state.messages,
              set: (change) => onState({ tab: "messages", messages: { ...state.messages, ...change } }),
              own: onOpen === undefined,
            }}
          />
        )}
        {tab === "request" && (
          <Half side="request" exchange={exchange} half={exchange.request} view={state.body} onView={setBody} />
        )}
        {tab === "response" &&
          (exchange.response ? (
            <>
              {exchange.response.made_here && (
                <Notice tone="info" title="Handlens answered this itself">
                  The origin never saw the request, or never answered it.
                </Notice>
              )}
              {exchange.invites_to_h3 && (
                <Notice tone="info" title="The client may leave for HTTP/3">
                  This answer tells by <code>Alt-Svc</code> that the origin is reached by HTTP/3 too. A browser that
                  goes there goes past Handlens, as it goes past every proxy. <code>strip-alt-svc</code> keeps it here.
                </Notice>
              )}
              <Half side="response" exchange={exchange} half={exchange.response} view={state.body} onView={setBody} />
            </>
          ) : (
            <p class="nothing">{exchange.state === "open" ? "No response yet." : "No response came."}</p>
          ))}
        {tab === "timing" && <TimingTab exchange={exchange} />}
        {tab === "handshake" && (
          <Handshake
            key={exchange.connection}
            id={exchange.connection}
            host={exchange.host}
            failure={failure}
            open={exchange.connection_detail?.closed === null}
            place={placeOf(state.handshake, false, (handshake) => routeWith({ handshake }))}
          />
        )}
        {tab === "certificates" && (
          <Chain
            key={exchange.connection}
            id={exchange.connection}
            host={exchange.host}
            outcome={exchange.connection_detail?.outcome ?? null}
            open={exchange.connection_detail?.closed === null}
            place={chainPlaceOf(state.chosen, false, (chosen) => routeWith({ chosen }))}
          />
        )}
        {tab === "tls" && (
          <TlsTab connection={exchange.connection_detail} id={exchange.connection} scheme={exchange.scheme} />
        )}
      </Tabs>
    </section>
  );
}
