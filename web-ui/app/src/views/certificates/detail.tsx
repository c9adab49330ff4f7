// A certificate with where it was seen, and what its hosts presented before and after.

import { formatDateTime, plural } from "../../lib/format";
import { leafChanges, shortName } from "../../lib/certificates";
import { CERTIFICATES, CONNECTIONS, type Route } from "../../lib/route";
import { decisionWord } from "../../lib/tls";
import type { CertificateDetail as Detail, HistoryLeaf } from "../../types/certificates";
import type { SightingVerdict } from "../../types/generated";
import { Button, Link } from "../../widgets/button";
import { EmptyState } from "../../widgets/state";
import { WhenLoaded } from "../loaded";
import { CertificatePane } from "./certificate";
import { useCertificate } from "./load";

interface Props {
  sha256: string;
  field: string | null;
  onField: (path: string | null) => void;
  to: (path: string | null) => Route;
  onClose?: () => void;
  onOpen?: () => void;
}

export function CertificateDetail({ sha256, field, onField, to, onClose, onOpen }: Props) {
  const loaded = useCertificate(sha256);
  return (
    <WhenLoaded loaded={loaded} what="the certificate" gone={<NotHeld />}>
      {(detail) => (
        <CertificatePane
          certificate={detail}
          field={field}
          onField={onField}
          to={to}
          actions={
            <>
              {onOpen && <Button icon="page" title="Open as a page of its own (Shift Enter)" onClick={onOpen} />}
              {onClose && <Button icon="close" title="Close (Esc)" onClick={onClose} />}
            </>
          }
          more={
            <>
              <Sightings detail={detail} />
              <History detail={detail} />
            </>
          }
        />
      )}
    </WhenLoaded>
  );
}

function NotHeld() {
  return (
    <EmptyState icon="trash" title="This certificate is not held">
      <p>A certificate goes with the last connection that it was seen on.</p>
      <Link to={CERTIFICATES}>All certificates</Link>
    </EmptyState>
  );
}

function Sightings({ detail }: { detail: Detail }) {
  return (
    <section class="sightings">
      <h3>
        Where it was seen{detail.roles.length > 0 && <>, as {detail.roles.join(" and ")}</>}{" "}
        <Link class="link aside" to={{ ...CONNECTIONS, q: `cert:${detail.sha256}` }}>
          every connection
        </Link>
      </h3>
      {detail.sightings.length === 0 ? (
        <p class="muted">On no connection that is still held.</p>
      ) : (
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">Host</th>
              <th scope="col">Verdict</th>
              <th scope="col" class="end">
                Connections
              </th>
              <th scope="col">First</th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {detail.sightings.map(({ host, first_seen, last_seen, connections, verdicts }) => (
              <tr key={host}>
                <th scope="row">
                  <Link to={{ ...CONNECTIONS, q: `host:${host}` }}>{host}</Link>
                </th>
                <td>
                  <Verdicts host={host} sha256={detail.sha256} verdicts={verdicts} />
                </td>
                <td class="end">{connections}</td>
                <td>
                  <Moment time={first_seen} />
                </td>
                <td>
                  <Moment time={last_seen} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** What was decided of the chains with this certificate, the latest first. What is minted isn't judged. */
function Verdicts({ host, sha256, verdicts }: { host: string; sha256: string; verdicts: SightingVerdict[] }) {
  if (verdicts.length === 0) {
    return <span class="faint">not judged</span>;
  }
  return (
    <ul class="decisions">
      {verdicts.map(({ decision, text, connections }) => (
        <li key={`${decision} ${text}`}>
          <Link to={{ ...CONNECTIONS, q: `host:=${host} cert:${sha256} verdict:${decision}` }} title={text}>
            <span class={`decision ${decision}`}>{decisionWord(decision)}</span>
          </Link>
          {verdicts.length > 1 && <span class="muted"> on {connections}</span>}
          {decision !== "trusted" && <span class="muted">: {text}</span>}
        </li>
      ))}
    </ul>
  );
}

/** Only where a host had more than this one is there something to tell. */
function History({ detail }: { detail: Detail }) {
  const changed = detail.history.filter(({ leaves }) => leaves.length > 1);
  return (
    <>
      {changed.map(({ host, leaves }) => (
        <section key={host} class="history">
          <h3>
            {host} <span class="muted">presented {plural(leaves.length, "leaf", "leaves")} so far</span>
          </h3>
          <ol>
            {leaves.map((leaf, place) => (
              <Leaf
                key={`${leaf.sha256} ${leaf.first_seen}`}
                leaf={leaf}
                before={leaves[place - 1] ?? null}
                shown={leaf.sha256 === detail.sha256}
              />
            ))}
          </ol>
        </section>
      ))}
    </>
  );
}

function Leaf({ leaf, before, shown }: { leaf: HistoryLeaf; before: HistoryLeaf | null; shown: boolean }) {
  const changes = before === null ? [] : leafChanges(before, leaf);
  const name = `${shortName(leaf.subject)} by ${shortName(leaf.issuer)}`;
  return (
    <li class={shown ? "shown" : ""}>
      <p>
        {shown ? <b>{name}</b> : <Link to={{ view: "certificate", sha256: leaf.sha256, field: null }}>{name}</Link>}{" "}
        {shown && <span class="chip">this one</span>} <code class="muted">{leaf.sha256.slice(0, 12)}…</code>
      </p>
      <p class="muted">
        seen <Moment time={leaf.first_seen} /> to <Moment time={leaf.last_seen} />
      </p>
      {before !== null && (
        <p>
          {changes.length > 0
            ? changes.join("; ")
            : "renewed: the same names, issuer and end, with another key or serial number"}
        </p>
      )}
    </li>
  );
}

function Moment({ time }: { time: string }) {
  return <time dateTime={time}>{formatDateTime(time).slice(0, 16)}</time>;
}
