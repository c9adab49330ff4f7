// The connections view: one row a client connection, failed, passed and opaque ones too, and what is known of one.

import { pcapngUrl } from "../../api";
import { useCommands } from "../../commands";
import { CONNECTION_FIELDS } from "../../lib/filter";
import type { ListState, Route } from "../../lib/route";
import { link } from "../../live";
import { go, route as current } from "../../location";
import { remembered } from "../../memory";
import { liveRows } from "../../rows";
import type { ConnectionRow } from "../../types/generated";
import { Button } from "../../widgets/button";
import { Grid } from "../../widgets/grid/grid";
import { isPhone, isWide } from "../../widgets/media";
import { Splitter } from "../../widgets/splitter";
import { EmptyState } from "../../widgets/state";
import { download } from "../actions";
import { FaultyFilter } from "../faulty";
import { frequent, useListView } from "../list";
import { ListBar } from "../traffic/bar";
import { CONNECTION_COLUMNS, CONNECTION_SORTS } from "./columns";
import { ConnectionDetail } from "./detail";

type ConnectionsRoute = Extract<Route, { view: "connections" }>;

const ROWS = liveRows("connections");
const share = remembered("split.connections", 0.6, Number, String);

export function ConnectionsView({ route }: { route: ConnectionsRoute }) {
  const open = (id: string) => go({ view: "connection", id });
  const update = (change: Partial<ListState>, how: { replace: boolean }) => {
    const now = current.peek();
    if (isPhone.peek() && change.sel) {
      open(change.sel);
    } else if (now.view === "connections") {
      go({ ...now, ...change }, how);
    }
  };
  const view = useListView<ConnectionRow>({
    source: ROWS,
    columns: CONNECTION_COLUMNS,
    sorts: CONNECTION_SORTS,
    memory: "columns.connections",
    route,
    update,
    open,
    seen: (rows) =>
      new Map(
        CONNECTION_FIELDS.map(({ name }) => [
          name,
          name === "host"
            ? frequent(rows.map((row) => row.target?.replace(/:\d+$/, "") ?? "").filter((host) => host !== ""))
            : [],
        ]),
      ),
    inspector: ".connection :is(a:not([download]), button)",
  });
  const { list, control } = view;
  useCommands({ export: () => download(pcapngUrl({ filter: route.q })) });

  return (
    <Splitter
      share={share}
      beside={isWide.value}
      label="Resize list and connection"
      first={
        <div class="list-pane" ref={view.place}>
          <ListBar view={view} columns={CONNECTION_COLUMNS} noun="connection" filter={route.q} />
          {list.fault.value && !list.ready.value ? (
            <FaultyFilter
              filter={route.q}
              fault={list.fault.value}
              onClear={() => update({ q: "" }, { replace: false })}
            />
          ) : list.matched.value === 0 && list.ready.value ? (
            <NoConnections filter={route.q} onClear={() => update({ q: "" }, { replace: false })} />
          ) : (
            <Grid
              control={control}
              label="Connections"
              columns={CONNECTION_COLUMNS}
              shown={view.shown}
              sort={view.sort}
              stale={link.value.state === "lost"}
              rowClass={(row) => (row.outcome === "failed" ? "failed" : "")}
              onSort={view.sortBy}
              onShown={view.setShown}
              onOpen={open}
            />
          )}
        </div>
      }
      second={
        route.sel === null ? null : (
          <ConnectionDetail id={route.sel} onClose={() => control.select(null)} onOpen={() => open(route.sel ?? "")} />
        )
      }
    />
  );
}

function NoConnections({ filter, onClear }: { filter: string; onClear: () => void }) {
  return filter === "" ? (
    <EmptyState icon="connections" title="No connections yet">
      <p>Each client that comes in has a row here, also when its TLS fails or is passed through.</p>
    </EmptyState>
  ) : (
    <EmptyState icon="filter" title="Nothing matches">
      <p>
        <code>{filter}</code> matches no connection.
      </p>
      <Button icon="close" onClick={onClear}>
        Clear the filter
      </Button>
    </EmptyState>
  );
}
