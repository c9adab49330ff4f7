// The small pages: an exchange or a connection by itself, an address where nothing is, and a browser without the token.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { useCommands } from "../commands";
import { type Route, TRAFFIC } from "../lib/route";
import { selectExchange } from "../live";
import { go, left } from "../location";
import { Button, Link } from "../widgets/button";
import { Icon } from "../widgets/icon";
import { isPhone } from "../widgets/media";
import { EmptyState, Waiting } from "../widgets/state";
import { ConnectionDetail, NoConnection } from "./connections/detail";
import { ConnectionHead, hostOf } from "./connections/head";
import { useConnection } from "./connections/load";
import { Handshake } from "./handshake";
import { placeOf } from "./handshake/place";
import { Inspector } from "./inspector";

export function ExchangePage({ route }: { route: Extract<Route, { view: "exchange" }> }) {
  useEffect(() => selectExchange(route.id), [route.id]);
  const up = { ...left.value.traffic, sel: isPhone.value ? null : route.id, tab: route.tab };
  useCommands({ back: () => go(up) });
  return (
    <div class="page">
      <Link to={up} class="crumb">
        <Icon name="back" size={13} /> Traffic
      </Link>
      <Inspector id={route.id} state={route} onState={(change) => go({ ...route, ...change }, { replace: true })} />
    </div>
  );
}

export function ConnectionPage({ id }: { id: string }) {
  const up = { ...left.value.connections, sel: isPhone.value ? null : id };
  useCommands({ back: () => go(up) });
  return (
    <div class="page">
      <Link to={up} class="crumb">
        <Icon name="back" size={13} /> Connections
      </Link>
      <ConnectionDetail id={id} />
    </div>
  );
}

export function HandshakePage({ route }: { route: Extract<Route, { view: "handshake" }> }) {
  const { id, handshake } = route;
  const up = { ...left.value.connections, sel: isPhone.value ? null : id };
  const loaded = useConnection(id);
  useCommands({ back: () => go(up) });
  const place = placeOf(handshake, true, (changed) => ({ view: "handshake", id, handshake: changed }));
  return (
    <div class="page">
      <Link to={up} class="crumb">
        <Icon name="back" size={13} /> Connections
      </Link>
      {loaded.state === "ready" ? (
        <section class="inspector" aria-label="Connection">
          <ConnectionHead connection={loaded.connection} shown="handshake" />
          <Handshake
            key={id}
            id={id}
            host={hostOf(loaded.connection)}
            failure={loaded.connection.failure}
            open={loaded.connection.closed === null}
            place={place}
          />
        </section>
      ) : loaded.state === "loading" ? (
        <Waiting what="the connection" />
      ) : (
        <NoConnection gone={loaded.gone} text={loaded.text} />
      )}
    </div>
  );
}

export function UnknownPage({ path }: { path: string }) {
  return (
    <EmptyState icon="search" title="Nothing is here">
      <p>
        The dashboard has no page <code>{path}</code>.
      </p>
      <Link to={TRAFFIC}>To the traffic</Link>
    </EmptyState>
  );
}

/** This browser has no token: where it is to be had. */
export function LockedPage() {
  const token = useSignal("");
  const enter = () => {
    if (token.value.trim() !== "") {
      window.location.assign(`/?${new URLSearchParams({ token: token.value.trim() })}`);
    }
  };
  return (
    <EmptyState icon="lock" title="This browser has no token">
      <p>
        Handlens printed a line <code>dashboard http://…/?token=…</code> when it started. Open that address, or put the
        token here.
      </p>
      <form
        class="token-form"
        onSubmit={(event) => {
          event.preventDefault();
          enter();
        }}
      >
        <input
          type="password"
          aria-label="Token"
          autocomplete="off"
          value={token.value}
          onInput={(event) => {
            token.value = event.currentTarget.value;
          }}
        />
        <Button kind="solid" onClick={enter}>
          Open
        </Button>
      </form>
    </EmptyState>
  );
}
