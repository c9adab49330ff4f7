// The traffic view: the list of exchanges, and the inspector of the selected one.

import { useSignalEffect } from "@preact/signals";

import { harUrl } from "../../api";
import { useCommands } from "../../commands";
import { EXCHANGE_FIELDS } from "../../lib/filter";
import { shortType } from "../../lib/http";
import { type ListState, MESSAGES, type Route } from "../../lib/route";
import { link, selectExchange } from "../../live";
import { go, route as current } from "../../location";
import { remembered } from "../../memory";
import { liveRows } from "../../rows";
import type { ExchangeRow } from "../../types/generated";
import { Grid } from "../../widgets/grid/grid";
import { isPhone, isWide } from "../../widgets/media";
import { Splitter } from "../../widgets/splitter";
import { clearShown, download } from "../actions";
import { FaultyFilter } from "../faulty";
import { Inspector } from "../inspector";
import { frequent, useListView } from "../list";
import { ListBar } from "./bar";
import { TRAFFIC_COLUMNS, TRAFFIC_SORTS } from "./columns";
import { TrafficEmpty } from "./empty";

type TrafficRoute = Extract<Route, { view: "traffic" }>;

const ROWS = liveRows("exchanges");
const share = remembered("split.traffic", 0.55, Number, String);

export function TrafficView({ route }: { route: TrafficRoute }) {
  const update = (change: Partial<TrafficRoute>, how: { replace: boolean }) => {
    const now = current.peek();
    if (now.view === "traffic") {
      go({ ...now, ...change }, how);
    }
  };
  const open = (id: string) =>
    go({
      view: "exchange",
      id,
      tab: route.tab,
      messages: id === route.sel ? route.messages : MESSAGES,
      body: route.body,
      handshake: route.handshake,
      chosen: route.chosen,
    });
  const choose = (change: Partial<ListState>, how: { replace: boolean }) =>
    // There is no room for list and inspector on a phone: the inspector is a page of its own.
    isPhone.peek() && change.sel
      ? open(change.sel)
      : // Another exchange has messages of its own.
        update("sel" in change ? { ...change, messages: MESSAGES } : change, how);

  const view = useListView<ExchangeRow>({
    source: ROWS,
    columns: TRAFFIC_COLUMNS,
    sorts: TRAFFIC_SORTS,
    memory: "columns.traffic",
    route,
    update: choose,
    open,
    seen: seenValues,
    inspector: ".inspector [role=tab][aria-selected=true]",
  });
  const { list, control } = view;

  useSignalEffect(() => selectExchange(current.value.view === "traffic" ? current.value.sel : null));
  useCommands({
    clear: () => {
      if (route.q === "") {
        control.select(null);
        list.follow(true);
      }
      void clearShown(route.q, list.matched.peek());
    },
    export: () => download(harUrl({ filter: route.q })),
  });

  const empty = list.matched.value === 0 && list.ready.value;
  return (
    <Splitter
      share={share}
      beside={isWide.value}
      label="Resize list and inspector"
      first={
        <div class="list-pane" ref={view.place}>
          <ListBar view={view} columns={TRAFFIC_COLUMNS} noun="exchange" filter={route.q} />
          {list.fault.value && !list.ready.value ? (
            <FaultyFilter
              filter={route.q}
              fault={list.fault.value}
              onClear={() => update({ q: "" }, { replace: false })}
            />
          ) : empty ? (
            <TrafficEmpty
              filter={route.q}
              total={list.total.value}
              onFilter={(q) => update({ q }, { replace: false })}
            />
          ) : (
            <Grid
              control={control}
              label="Exchanges"
              columns={TRAFFIC_COLUMNS}
              shown={view.shown}
              sort={view.sort}
              stale={link.value.state === "lost"}
              rowClass={rowClass}
              onSort={view.sortBy}
              onShown={view.setShown}
              onOpen={open}
            />
          )}
        </div>
      }
      second={
        route.sel === null ? null : (
          <Inspector
            id={route.sel}
            state={route}
            onState={(change) => update(change, { replace: true })}
            onClose={() => control.select(null)}
            onOpen={() => open(route.sel ?? "")}
          />
        )
      }
    />
  );
}

function rowClass(row: ExchangeRow): string {
  return row.state === "failed" || row.error !== null ? "failed" : row.state;
}

function seenValues(rows: readonly ExchangeRow[]) {
  return new Map(
    EXCHANGE_FIELDS.map(({ name }) => {
      const values = rows.map(
        (row) =>
          ({
            host: row.host,
            path: row.path.split("?", 1)[0] ?? "",
            type: shortType(row.content_type),
            status: row.status?.toString() ?? "",
            operation: row.operation ?? "",
            process: row.process?.name ?? "",
          })[name] ?? "",
      );
      return [name, frequent(values.filter((value) => value !== ""))];
    }),
  );
}
