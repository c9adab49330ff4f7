// The certificates view: all that were seen, the next to end first, and what is known of one.

import { useMemo } from "preact/hooks";

import { certificateRows } from "../../certificate-rows";
import { ROLES, shortName } from "../../lib/certificates";
import type { ListState, Route } from "../../lib/route";
import { BY_EXPIRY } from "../../lib/sort";
import { link } from "../../live";
import { go, route as current } from "../../location";
import { remembered } from "../../memory";
import type { CertificateRole, ListedCertificate } from "../../types/certificates";
import { Button } from "../../widgets/button";
import { Grid } from "../../widgets/grid/grid";
import { isPhone, isWide } from "../../widgets/media";
import { Splitter } from "../../widgets/splitter";
import { EmptyState } from "../../widgets/state";
import { FaultyFilter } from "../faulty";
import { frequent, useListView } from "../list";
import { ListBar } from "../traffic/bar";
import { CERTIFICATE_COLUMNS, CERTIFICATE_SORTS } from "./columns";
import { CertificateDetail } from "./detail";

type CertificatesRoute = Extract<Route, { view: "certificates" }>;

const share = remembered("split.certificates", 0.55, Number, String);

export function CertificatesView({ route }: { route: CertificatesRoute }) {
  const open = (sha256: string) => go({ view: "certificate", sha256, field: null });
  const update = (change: Partial<ListState>, how: { replace: boolean }) => {
    const now = current.peek();
    if (isPhone.peek() && change.sel) {
      open(change.sel);
    } else if (now.view === "certificates") {
      const other = change.sel !== undefined && change.sel !== now.sel;
      go({ ...now, ...change, field: other ? null : now.field }, how);
    }
  };
  const source = useMemo(() => certificateRows(route.role), [route.role]);
  const view = useListView<ListedCertificate>({
    source,
    columns: CERTIFICATE_COLUMNS,
    sorts: CERTIFICATE_SORTS,
    first: BY_EXPIRY,
    memory: "columns.certificates",
    route,
    update,
    open,
    seen: (rows) =>
      new Map([
        ["host", frequent(rows.flatMap((row) => row.hosts))],
        ["subject", frequent(rows.map((row) => shortName(row.subject)))],
        ["issuer", frequent(rows.map((row) => shortName(row.issuer)))],
      ]),
    inspector: ".certificate [role=tab][aria-selected=true]",
  });
  const { list, control } = view;
  const none = list.matched.value === 0 && list.ready.value;
  const toField = (field: string | null) => ({ ...route, field });

  return (
    <Splitter
      share={share}
      beside={isWide.value}
      label="Resize list and certificate"
      first={
        <div class="list-pane" ref={view.place}>
          <ListBar
            view={view}
            columns={CERTIFICATE_COLUMNS}
            noun="certificate"
            filter={route.role === null ? route.q : `${route.role} ${route.q}`}
            still
          >
            <Roles chosen={route.role} onChoose={(role) => go({ ...route, role, sel: null, field: null })} />
          </ListBar>
          {list.fault.value && !list.ready.value && route.q === "" ? (
            <EmptyState icon="bad" title="The certificates could not be read">
              <p>{list.fault.value.detail}</p>
            </EmptyState>
          ) : list.fault.value && !list.ready.value ? (
            <FaultyFilter
              filter={route.q}
              fault={list.fault.value}
              onClear={() => update({ q: "" }, { replace: false })}
            />
          ) : none ? (
            <NoCertificates filter={route.q} role={route.role} onClear={() => go({ ...route, q: "", role: null })} />
          ) : (
            <Grid
              control={control}
              label="Certificates"
              columns={CERTIFICATE_COLUMNS}
              shown={view.shown}
              sort={view.sort}
              stale={link.value.state === "lost"}
              rowClass={() => ""}
              onSort={view.sortBy}
              onShown={view.setShown}
              onOpen={open}
            />
          )}
        </div>
      }
      second={
        route.sel === null ? null : (
          <CertificateDetail
            sha256={route.sel}
            field={route.field}
            onField={(field) => go(toField(field), { replace: true })}
            to={toField}
            onClose={() => control.select(null)}
            onOpen={() => open(route.sel ?? "")}
          />
        )
      }
    />
  );
}

/** Which of them are listed, by what they were seen as. */
function Roles({
  chosen,
  onChoose,
}: {
  chosen: CertificateRole | null;
  onChoose: (role: CertificateRole | null) => void;
}) {
  return (
    <label class="role-choice">
      <span class="sr-only">Seen as</span>
      <select
        value={chosen ?? ""}
        onChange={(event) => onChoose(ROLES.find((role) => role === event.currentTarget.value) ?? null)}
      >
        <option value="">every role</option>
        {ROLES.map((role) => (
          <option key={role} value={role}>
            {role}
          </option>
        ))}
      </select>
    </label>
  );
}

function NoCertificates({
  filter,
  role,
  onClear,
}: {
  filter: string;
  role: CertificateRole | null;
  onClear: () => void;
}) {
  return filter === "" && role === null ? (
    <EmptyState icon="certificate" title="No certificates yet">
      <p>Each certificate that an origin or a client presents has a row here, and each that Handlens mints.</p>
    </EmptyState>
  ) : (
    <EmptyState icon="filter" title="Nothing matches">
      <p>
        No certificate{role !== null && <> seen as {role}</>}
        {filter !== "" && (
          <>
            {" "}
            matches <code>{filter}</code>
          </>
        )}
        .
      </p>
      <Button icon="close" onClick={onClear}>
        Show all
      </Button>
    </EmptyState>
  );
}
