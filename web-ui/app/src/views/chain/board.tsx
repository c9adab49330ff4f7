// Three columns: presented, the path that was built, minted. Equal certificates are joined by lines; where there is
// no room for columns they become a list, and what is equal is said in words.

import { useId } from "preact/hooks";

import { badgeOf, shortName } from "../../lib/certificates";
import type { Board as BoardOf, BoardColumn, Card, Join } from "../../lib/board";
import { Link } from "../../widgets/button";
import { Icon } from "../../widgets/icon";
import { useWidth } from "../../widgets/width";
import { Lasting } from "../certificates/certificate";
import type { ChainPlace } from "./place";

/** Pixels of a card, between two, and of what the lines run through. As in the style sheet. */
const CARD = 88;
const GAP = 14;
const GUTTER = 44;
/** Below this the columns have no room. */
const COLUMNS = 600;

interface Props {
  board: BoardOf;
  place: ChainPlace;
}

export function Board({ board, place }: Props) {
  const { place: frame, width } = useWidth();
  const wide = width.value >= COLUMNS;
  const [left, right] = board.joins;
  const rows = Math.max(...board.columns.map(({ cards }) => cards.length));
  return (
    <div ref={frame} class={wide ? "board" : "board stacked"}>
      <Column column={board.columns[0]} wide={wide} place={place} same={() => null} />
      {wide && <Lines joins={left} rows={rows} />}
      <Column column={board.columns[1]} wide={wide} place={place} same={(at) => sameWords(left, at, wide)} />
      {wide && <Lines joins={right} rows={rows} />}
      <Column column={board.columns[2]} wide={wide} place={place} same={() => null} />
    </div>
  );
}

/** Of a certificate of the path: which one presented it is. */
function sameWords(joins: readonly Join[], at: number, wide: boolean): string | null {
  const join = joins.find(({ to }) => to === at);
  return join && !wide ? `presented ${join.from + 1}` : null;
}

interface ColumnProps {
  column: BoardColumn;
  wide: boolean;
  place: ChainPlace;
  same: (at: number) => string | null;
}

function Column({ column, place, same }: ColumnProps) {
  const id = useId();
  return (
    <section class={`board-column ${column.name}`} aria-labelledby={id}>
      <h3 id={id}>{column.title}</h3>
      {column.cards.length === 0 ? (
        <p class="board-none">{column.none}</p>
      ) : (
        <ol>
          {column.cards.map((card, at) => (
            <li key={at}>
              <CardLink card={card} number={at + 1} same={same(at)} place={place} />
              {card.signed && <span class="signed-by" title="signed by the next" aria-hidden="true" />}
            </li>
          ))}
          {column.missing !== null && (
            <li>
              <div class="card ghost">
                <span class="card-name">{shortName(column.missing)}</span>
                <span class="card-line">not sent by the server: it must send this certificate too</span>
                <span class="card-badges">
                  <span class="badge-chip bad" title={badgeOf("missing").means}>
                    {badgeOf("missing").word}
                  </span>
                </span>
              </div>
            </li>
          )}
        </ol>
      )}
    </section>
  );
}

interface CardProps {
  card: Card;
  number: number;
  same: string | null;
  place: ChainPlace;
}

function CardLink({ card, number, same, place }: CardProps) {
  const { certificate, source, badges, faults } = card;
  const shown = place.state.cert === certificate.sha256;
  return (
    <Link
      class={shown ? "card shown" : "card"}
      current={shown}
      to={place.to({ cert: certificate.sha256, field: null })}
      title={certificate.subject}
    >
      <span class="card-head">
        <span class="card-number">{number}</span>
        <span class="card-name">{shortName(certificate.subject)}</span>
      </span>
      <span class="card-line">
        {certificate.self_issued ? "issued by itself" : <>by {shortName(certificate.issuer)}</>}
      </span>
      <span class="card-line">
        <Lasting certificate={certificate} /> <span class="card-key">{certificate.key}</span>
      </span>
      <span class="card-badges">
        {faults.map(({ word, evidence }) => (
          <span key={word} class="badge-chip bad" title={evidence}>
            {word}
          </span>
        ))}
        {source !== null && source !== "presented" && (
          <span class="badge-chip source" title={source}>
            <Icon name="certificate" size={11} /> <span>{shortSource(source)}</span>
          </span>
        )}
        {same !== null && <span class="badge-chip plain">{same}</span>}
        {badges.map((kind) => {
          const { word, means, tone } = badgeOf(kind);
          return (
            <span key={kind} class={`badge-chip ${tone}`} title={means}>
              {word}
            </span>
          );
        })}
      </span>
    </Link>
  );
}

/** Of a store that is a file, the file's name without its folders. */
function shortSource(source: string): string {
  return source.replace(/(\S*[/\\])(?=[^/\\\s]+$)/, "");
}

/** Lines between two columns, from the middle of a card to the middle of another. */
function Lines({ joins, rows }: { joins: readonly Join[]; rows: number }) {
  const middle = (at: number) => at * (CARD + GAP) + CARD / 2;
  const height = rows * (CARD + GAP) - GAP;
  return (
    <svg class="board-lines" width={GUTTER} height={Math.max(height, 0)} aria-hidden="true">
      {joins.map(({ from, to, kind }) => (
        <path
          key={`${from} ${to} ${kind}`}
          class={kind}
          d={`M0 ${middle(from)}C${GUTTER / 2} ${middle(from)} ${GUTTER / 2} ${middle(to)} ${GUTTER} ${middle(to)}`}
        >
          <title>{kind === "same" ? "the same certificate" : "the leaf is made after it"}</title>
        </path>
      ))}
    </svg>
  );
}
