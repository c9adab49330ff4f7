// The bar above a list: how much it shows, whether it follows or holds still, its columns, and what can be done
// with all of it.

import type { ComponentChildren } from "preact";

import { harUrl, pcapngUrl } from "../../api";
import { toggleColumn } from "../../lib/columns";
import { formatClock, formatCount, plural } from "../../lib/format";
import { link } from "../../live";
import type { AnyRow } from "../../live";
import type { RowList } from "../../rows";
import { Button } from "../../widgets/button";
import type { Column } from "../../widgets/grid/column";
import { Icon } from "../../widgets/icon";
import { Menu } from "../../widgets/menu";
import { Worded } from "../../widgets/worded";
import type { ListView } from "../list";
import { WHAT_PCAPNG_HOLDS } from "../pcapng";

interface Props<Row extends AnyRow> {
  view: ListView<Row>;
  columns: readonly Column<Row>[];
  noun: string;
  filter: string;
  /** Its rows don't arrive: there is nothing to follow or to hold. */
  still?: boolean;
  /** What else there is to choose. */
  children?: ComponentChildren;
}

export function ListBar<Row extends AnyRow>({ view, columns, noun, filter, still = false, children }: Props<Row>) {
  const { list } = view;
  const total = list.total.value;
  const matched = list.matched.value;
  return (
    <div class="list-bar" role="toolbar" aria-label="List">
      <span class="list-count">
        {!list.ready.value ? null : filter === "" || list.fault.value ? (
          plural(total, noun)
        ) : (
          <>
            <b>{formatCount(matched)}</b> of {plural(total, noun)}
          </>
        )}
        {link.value.state === "lost" && (
          <em class="stale-mark"> as of {formatClock(new Date(list.toldAt.value).toISOString())}</em>
        )}
        {list.fault.value && list.ready.value && (
          <em class="stale-mark">
            {" "}
            filter not applied: <Worded text={list.fault.value.detail} />
          </em>
        )}
        {list.paused.value && <em class="hold-mark"> view paused</em>}
      </span>
      {!still && <Pill list={list} />}
      <span class="grow" />
      {children}
      {!still && (
        <>
          <Button
            icon="follow"
            pressed={list.following.value}
            disabled={!list.canFollow}
            title={list.canFollow ? "Follow the newest rows (f)" : "Only a list in order of arrival can be followed"}
            onClick={() => list.follow(!list.following.peek())}
          >
            Follow
          </Button>
          <Button
            icon={list.paused.value ? "play" : "pause"}
            pressed={list.paused.value}
            title="Hold the rows still; recording goes on (Space)"
            onClick={() => list.pause(!list.paused.peek())}
          >
            {list.paused.value ? "Resume view" : "Pause view"}
          </Button>
        </>
      )}
      <Menu icon="columns" title="Columns">
        <fieldset class="check-list">
          <legend>Columns</legend>
          {columns.map(({ key, label }) => (
            <label key={key}>
              <input
                type="checkbox"
                checked={view.shown.some((shown) => shown.key === key)}
                onChange={() => view.setShown(toggleColumn(view.shown, key, columns))}
              />
              {label}
            </label>
          ))}
        </fieldset>
        <Button icon="undo" onClick={() => view.setShown(null)}>
          Put back
        </Button>
      </Menu>
      {noun === "exchange" && (
        <a class="button plain" href={harUrl({ filter })} download title="Download what the list shows as HAR 1.2 (e)">
          <Icon name="download" />
          <span>HAR</span>
        </a>
      )}
      {noun === "connection" && (
        <a
          class="button plain"
          href={pcapngUrl({ filter })}
          download
          title={`Download what the list shows as pcapng (e). ${WHAT_PCAPNG_HOLDS}`}
        >
          <Icon name="download" />
          <span>pcapng</span>
        </a>
      )}
    </div>
  );
}

/** How many rows came since the list stopped following. */
export function Pill<Row extends AnyRow>({ list }: { list: RowList<Row> }) {
  const fresh = list.fresh.value;
  if (fresh === 0) {
    return null;
  }
  return (
    <button
      type="button"
      class="pill"
      disabled={!list.canFollow && !list.paused.value}
      onClick={() => (list.canFollow ? list.follow(true) : list.pause(false))}
    >
      {formatCount(fresh)} new
      <Icon name={list.newestFirst ? "up" : "down"} size={12} />
    </button>
  );
}
