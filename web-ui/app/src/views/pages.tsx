// The small pages: an exchange, a connection or a certificate by itself, an address where nothing is, and a browser without the token.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

import { useCommands } from "../commands";
import { type Route, TRAFFIC } from "../lib/route";
import { hostOf } from "../lib/target";
import { selectExchange } from "../live";
import { go, left, route as current } from "../location";
import type { ConnectionRow } from "../types/generated";
import { Button, Link } from "../widgets/button";
import { Icon } from "../widgets/icon";
import { isPhone } from "../widgets/media";
import { EmptyState } from "../widgets/state";
import { CertificateDetail } from "./certificates/detail";
import { Chain } from "./chain";
import { chainPlaceOf } from "./chain/place";
import { ConnectionDetail, NoConnection } from "./connections/detail";
import { ConnectionHead } from "./connections/head";
import { useConnection } from "./connections/load";
import { Frames } from "./frames";
import type { FramesPlace } from "./frames/place";
import { Handshake } from "./handshake";
import { placeOf } from "./handshake/place";
import { Inspector } from "./inspector";
import { WhenLoaded } from "./loaded";

export function ExchangePage({ route }: { route: Extract<Route, { view: "exchange" }> }) {
  useEffect(() => selectExchange(route.id), [route.id]);
  const up = { ...left.value.traffic, sel: isPhone.value ? null : route.id, tab: route.tab, messages: route.messages };
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
  const place = placeOf(handshake, true, (changed) => ({ view: "handshake", id, handshake: changed }));
  return (
    <PageOfConnection id={id} shown="handshake">
      {(connection) => (
        <Handshake
          key={id}
          id={id}
          host={hostOf(connection)}
          failure={connection.failure}
          open={connection.closed === null}
          place={place}
        />
      )}
    </PageOfConnection>
  );
}

export function FramesPage({ route }: { route: Extract<Route, { view: "frames" }> }) {
  const { id } = route;
  const set: FramesPlace["set"] = (change, how = { replace: false }) => {
    const now = current.peek();
    if (now.view === "frames") {
      go({ ...now, frames: { ...now.frames, ...change } }, how);
    }
  };
  return (
    <PageOfConnection id={id} shown="frames">
      {(connection) => (
        <Frames key={id} id={id} open={connection.closed === null} place={{ state: route.frames, set }} />
      )}
    </PageOfConnection>
  );
}

export function ChainPage({ route }: { route: Extract<Route, { view: "chain" }> }) {
  const { id, chosen } = route;
  const place = chainPlaceOf(chosen, true, (changed) => ({ view: "chain", id, chosen: changed }));
  return (
    <PageOfConnection id={id} shown="certificates">
      {(connection) => (
        <Chain
          key={id}
          id={id}
          host={hostOf(connection)}
          outcome={connection.outcome}
          open={connection.closed === null}
          place={place}
        />
      )}
    </PageOfConnection>
  );
}

/** A page about one side of a connection, under the connection's head. */
function PageOfConnection({
  id,
  shown,
  children,
}: {
  id: string;
  shown: "handshake" | "frames" | "certificates";
  children: (connection: ConnectionRow) => ComponentChildren;
}) {
  const up = { ...left.value.connections, sel: isPhone.value ? null : id };
  useCommands({ back: () => go(up) });
  return (
    <div class="page">
      <Link to={up} class="crumb">
        <Icon name="back" size={13} /> Connections
      </Link>
      <WhenLoaded loaded={useConnection(id)} what="the connection" gone={<NoConnection />}>
        {(connection) => (
          <section class="inspector" aria-label="Connection">
            <ConnectionHead connection={connection} shown={shown} />
            {children(connection)}
          </section>
        )}
      </WhenLoaded>
    </div>
  );
}

export function CertificatePage({ route }: { route: Extract<Route, { view: "certificate" }> }) {
  const { sha256, field } = route;
  const up = { ...left.value.certificates, sel: isPhone.value ? null : sha256, field: null };
  useCommands({ back: () => go(up) });
  const to = (path: string | null): Route => ({ ...route, field: path });
  return (
    <div class="page">
      <Link to={up} class="crumb">
        <Icon name="back" size={13} /> Certificates
      </Link>
      <CertificateDetail sha256={sha256} field={field} onField={(path) => go(to(path), { replace: true })} to={to} />
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
