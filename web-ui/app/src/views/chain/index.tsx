// The certificates of a connection: what was presented, the path that was built, what was minted; how it was judged,
// what else was tried; and one certificate opened.

import { useMemo } from "preact/hooks";

import { chainUrl } from "../../api";
import { useCommands } from "../../commands";
import { boardOf, everyCertificate, isModelled, mintedChain, nameAmong } from "../../lib/board";
import { besideEachOther, shortName } from "../../lib/certificates";
import { remembered } from "../../memory";
import type { Certificate, ConnectionCertificates } from "../../types/certificates";
import type { Alternative, Outcome } from "../../types/generated";
import { Button, Link } from "../../widgets/button";
import { Icon } from "../../widgets/icon";
import { Splitter } from "../../widgets/splitter";
import { EmptyState } from "../../widgets/state";
import { useWidth } from "../../widgets/width";
import { CertificatePane } from "../certificates/certificate";
import { useCertificates } from "../certificates/load";
import { ChangeTable } from "../handshake/changes";
import { Fold } from "../inspector/fold";
import { WhenLoaded } from "../loaded";
import { Board } from "./board";
import { CheckCounts, Checks } from "./checks";
import type { ChainPlace } from "./place";
import { PolicyLine } from "./policy";

interface Props {
  id: string;
  host: string | null;
  outcome: Outcome | null;
  /** The connection is not over. */
  open: boolean;
  place: ChainPlace;
}

export function Chain({ id, host, outcome, open, place }: Props) {
  const loaded = useCertificates(id, open);
  return (
    <WhenLoaded loaded={loaded} what="the certificates">
      {(told) =>
        everyCertificate(told).length === 0 && told.verdict === null ? (
          <NoCertificates outcome={outcome} />
        ) : (
          <Shown id={id} told={told} host={host} outcome={outcome} place={place} />
        )
      }
    </WhenLoaded>
  );
}

function NoCertificates({ outcome }: { outcome: Outcome | null }) {
  return (
    <EmptyState icon="certificate" title="No certificates passed here">
      <p>
        {outcome === "passed"
          ? "The host is passed through, and in TLS 1.3 an origin's certificates are sealed from who carries them."
          : outcome === "failed"
            ? "It failed before a certificate was presented or minted."
            : "What this connection carried was not TLS, or it ended before a certificate was presented."}
      </p>
    </EmptyState>
  );
}

/** Below this, what is decided and the certificate opened have no room beside each other. */
const BESIDE = 1180;
const share = remembered("split.chain", 0.58, Number, String);
const others = remembered("fold.alternatives", false, (text) => text === "true", String);

interface ShownProps extends Pick<Props, "id" | "host" | "outcome" | "place"> {
  told: ConnectionCertificates;
}

function Shown({ id, told, host, outcome, place }: ShownProps) {
  const { place: frame, width } = useWidth();
  const { state, set } = place;
  const all = useMemo(() => everyCertificate(told), [told]);
  const opened = all.find(({ sha256 }) => sha256 === state.cert) ?? null;
  const beside = width.value >= BESIDE;
  const at = opened === null ? -1 : all.indexOf(opened);
  const step = (by: number) => {
    const next = at < 0 ? all[0] : all[at + by];
    if (next) {
      set({ cert: next.sha256, field: null }, { replace: at >= 0 });
    }
  };
  const close = () => set({ cert: null, field: null });
  useCommands(
    place.own ? { next: () => step(1), previous: () => step(-1), ...(opened === null ? {} : { back: close }) } : {},
  );
  const chain = <Judged id={id} told={told} all={all} host={host} outcome={outcome} place={place} />;
  const certificate = opened && (
    <CertificatePane
      certificate={opened}
      field={state.field}
      onField={(field) => set({ field }, { replace: true })}
      to={(field) => place.to({ field })}
      before={
        !beside && (
          <Button icon="back" title="The whole chain" onClick={close}>
            The chain
          </Button>
        )
      }
      actions={
        <>
          <Button icon="up" title="The certificate before (k)" disabled={at <= 0} onClick={() => step(-1)} />
          <Button
            icon="down"
            title="The certificate after (j)"
            disabled={at >= all.length - 1}
            onClick={() => step(1)}
          />
          {beside && <Button icon="close" title="Close (Esc)" onClick={close} />}
        </>
      }
      more={
        <p class="remark">
          <Link to={{ view: "certificate", sha256: opened.sha256, field: null }}>Where else it was seen</Link>
        </p>
      }
    />
  );
  return (
    <div class="chain" ref={frame}>
      {beside && certificate ? (
        <Splitter share={share} beside label="Resize chain and certificate" first={chain} second={certificate} />
      ) : (
        (certificate ?? chain)
      )}
    </div>
  );
}

interface JudgedProps extends ShownProps {
  all: readonly Certificate[];
}

function Judged({ id, told, all, host, outcome, place }: JudgedProps) {
  const { verdict, presented } = told;
  const passed = outcome === "passed";
  const board = useMemo(() => boardOf(told, passed), [told, passed]);
  const nameOf = (sha256: string) => nameAmong(all, sha256);
  const leaf = presented[0];
  const minted = mintedChain(told)[0];
  return (
    <div class="judged" role="group" tabIndex={0} aria-label="The chain and how it was judged">
      {verdict !== null && <PolicyLine verdict={verdict} whose="origin" passed={passed} host={host} />}
      <Board board={board} place={place} />
      {presented.length > 0 && (
        <p class="chain-take">
          <a class="button plain" href={chainUrl(id)} download title="Download the chain as it was presented, as PEM">
            <Icon name="download" />
            <span>Chain as presented</span>
          </a>
        </p>
      )}
      {verdict !== null && verdict.checks.length > 0 && (
        <section class="judged-part">
          <h3>
            Checks <CheckCounts checks={verdict.checks} />
          </h3>
          <Checks checks={verdict.checks} places={{ nameOf, place }} />
        </section>
      )}
      {verdict !== null && verdict.alternatives.length > 0 && (
        <Fold title="Other paths, not taken" count={verdict.alternatives.length} open={others}>
          <Alternatives alternatives={verdict.alternatives} all={all} place={place} />
        </Fold>
      )}
      {leaf && minted && isModelled(told) && (
        <section class="judged-part">
          <h3>The origin's leaf beside ours</h3>
          <ChangeTable
            caption="What it says"
            heads={[
              { title: "Presented by the origin", leg: "origin" },
              { title: "Minted for the client", leg: "proxy" },
            ]}
            rows={besideEachOther(leaf, minted)}
          />
        </section>
      )}
      <ClientParts told={told} place={place} nameOf={nameOf} passed={passed} />
    </div>
  );
}

function Alternatives({
  alternatives,
  all,
  place,
}: {
  alternatives: readonly Alternative[];
  all: readonly Certificate[];
  place: ChainPlace;
}) {
  return (
    <ol class="alternatives">
      {alternatives.map(({ names, certificates, reason }, at) => (
        <li key={at}>
          <p class="alternative-path">
            {names.map((name, nth) => {
              const sha256 = certificates[nth];
              const known = sha256 !== undefined && all.some((one) => one.sha256 === sha256);
              return (
                <span key={nth}>
                  {nth > 0 && <Icon name="next" size={11} label="signed by" />}
                  {sha256 === undefined ? (
                    shortName(name)
                  ) : (
                    <Link
                      to={
                        known ? place.to({ cert: sha256, field: null }) : { view: "certificate", sha256, field: null }
                      }
                    >
                      {shortName(name)}
                    </Link>
                  )}
                </span>
              );
            })}
          </p>
          <p class="alternative-reason">
            <Icon name="close" size={12} /> {reason}
          </p>
        </li>
      ))}
    </ol>
  );
}

/** Certificates of clients: the one that the client gave, and the one that was sent to the origin. */
function ClientParts({
  told,
  place,
  nameOf,
  passed,
}: {
  told: ConnectionCertificates;
  place: ChainPlace;
  nameOf: (sha256: string) => string | null;
  passed: boolean;
}) {
  const { client, client_verdict: verdict, sent } = told;
  return (
    <>
      {(client.length > 0 || verdict !== null) && (
        <section class="judged-part client-part">
          <h3>
            The client's certificate <small>asked of the client, and {client.length > 0 ? "given" : "not given"}</small>
          </h3>
          {verdict !== null && <PolicyLine verdict={verdict} whose="client" passed={passed} host={null} />}
          <CertificateList certificates={client} place={place} />
          {verdict !== null && <Checks checks={verdict.checks} places={{ nameOf, place }} />}
        </section>
      )}
      {sent.length > 0 && (
        <section class="judged-part client-part">
          <h3>
            Sent to the origin <small>it asked for a client certificate, and the settings name this one</small>
          </h3>
          <CertificateList certificates={sent} place={place} />
        </section>
      )}
    </>
  );
}

function CertificateList({ certificates, place }: { certificates: readonly Certificate[]; place: ChainPlace }) {
  return (
    <ol class="certificate-list">
      {certificates.map((certificate) => (
        <li key={certificate.sha256}>
          <Link to={place.to({ cert: certificate.sha256, field: null })} title={certificate.subject}>
            {shortName(certificate.subject)}
          </Link>{" "}
          <span class="muted">
            by {shortName(certificate.issuer)}, {certificate.key}
          </span>
        </li>
      ))}
    </ol>
  );
}
