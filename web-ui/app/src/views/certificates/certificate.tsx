// One certificate: what it says in short, every field with its bytes, and what can be taken along.

import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";

import { certificateUrl } from "../../api";
import { firstUnfoldedOfCertificate, kindOf, lasting, organisation, shortName } from "../../lib/certificates";
import { fieldLines } from "../../lib/fields";
import { formatDateTime, formatFingerprint, plural } from "../../lib/format";
import { hexDump, bytesOfHex } from "../../lib/hex";
import type { Route } from "../../lib/route";
import { remembered } from "../../memory";
import type { Certificate } from "../../types/certificates";
import { CopyButton } from "../../widgets/copy";
import { Icon } from "../../widgets/icon";
import { Shape } from "../../widgets/shape";
import { Notice } from "../../widgets/state";
import { Tabs } from "../../widgets/tabs";
import { Dissected } from "../handshake/dissected";

const DEPTHS = ["summary", "fields", "bytes", "pem"] as const;
type Depth = (typeof DEPTHS)[number];
const TITLES: Record<Depth, string> = { summary: "Summary", fields: "Fields", bytes: "Bytes", pem: "PEM" };

const ownDepth = remembered<Depth>(
  "certificate.depth",
  "summary",
  (text) => DEPTHS.find((one) => one === text) ?? null,
  String,
);

interface Props {
  certificate: Certificate;
  /** The field that is chosen: it is shown in its tree. */
  field: string | null;
  onField: (path: string | null) => void;
  to: (path: string | null) => Route;
  /** Before the title. */
  before?: ComponentChildren;
  /** Behind it. */
  actions?: ComponentChildren;
  /** Below the summary. */
  more?: ComponentChildren;
}

export function CertificatePane({ certificate, field, onField, to, before, actions, more }: Props) {
  const depth = field !== null && !["fields", "bytes"].includes(ownDepth.value) ? "bytes" : ownDepth.value;
  const owner = organisation(certificate.subject);
  return (
    <section class="message certificate" aria-label="Certificate">
      <header class="message-head">
        {before}
        <div class="message-title">
          <h2>{shortName(certificate.subject)}</h2>
          <p class="message-facts">
            <span>{kindOf(certificate)}</span>
            {owner !== null && <span>{owner}</span>}
            <span>
              <Lasting certificate={certificate} />
            </span>
            <span>{certificate.key}</span>
            <span>{certificate.self_issued ? "issued by itself" : <>issued by {shortName(certificate.issuer)}</>}</span>
          </p>
        </div>
        {actions !== undefined && <span class="actions">{actions}</span>}
      </header>
      <Tabs
        look="segments"
        label="How the certificate is shown"
        items={DEPTHS.map((name) => ({ name, title: TITLES[name] }))}
        chosen={depth}
        onChoose={(chosen) => {
          ownDepth.value = chosen;
          if (field !== null && (chosen === "summary" || chosen === "pem")) {
            onField(null);
          }
        }}
        aside={<Take certificate={certificate} />}
      >
        <Body key={certificate.sha256} depth={depth} {...{ certificate, field, onField, to, more }} />
      </Tabs>
    </section>
  );
}

/** What can be taken along. */
function Take({ certificate }: { certificate: Certificate }) {
  return (
    <span class="tabs-aside">
      {(["pem", "der"] as const).map((form) => (
        <a
          key={form}
          class="button plain"
          href={certificateUrl(certificate.sha256, form)}
          download
          title={`Download as ${form.toUpperCase()}`}
        >
          <Icon name="download" />
          <span>{form.toUpperCase()}</span>
        </a>
      ))}
    </span>
  );
}

function Body({ certificate, depth, field, onField, to, more }: Omit<Props, "before" | "actions"> & { depth: Depth }) {
  const lines = useMemo(() => fieldLines(certificate.fields), [certificate]);
  switch (depth) {
    case "summary":
      return (
        <div class="certificate-summary" role="group" tabIndex={0} aria-label="Summary">
          <Problems certificate={certificate} />
          <Summary certificate={certificate} />
          {more}
        </div>
      );
    case "pem":
      return (
        <div class="certificate-summary" role="group" tabIndex={0} aria-label="PEM">
          <p class="certificate-copies">
            <CopyButton text={certificate.pem} title="Copy the PEM">
              PEM
            </CopyButton>
            <CopyButton text={certificate.bytes} title="Copy the DER as hex">
              Hex
            </CopyButton>
            <CopyButton text={() => Promise.resolve(hexDump(bytesOfHex(certificate.bytes)))} title="Copy the hex dump">
              Dump
            </CopyButton>
          </p>
          <pre class="pem">{certificate.pem}</pre>
        </div>
      );
    default:
      return (
        <Dissected
          lines={lines}
          hex={certificate.bytes}
          unfolded={firstUnfoldedOfCertificate}
          depth={depth}
          field={field}
          onField={onField}
          to={to}
          whole={
            <>
              <p class="words-here">
                {certificate.subject === "" ? "A certificate without a subject" : certificate.subject}
              </p>
              <p class="words-what">
                {plural(certificate.bytes.length / 2, "byte")} of DER. Point at a field or at bytes, and each lights the
                other.
              </p>
            </>
          }
        >
          <Problems certificate={certificate} />
        </Dissected>
      );
  }
}

function Problems({ certificate }: { certificate: Certificate }) {
  return certificate.problems.length === 0 ? null : (
    <Notice tone="warn" title="Something in it is not as it should be">
      {certificate.problems.map(({ text }, place) => (
        <p key={place}>{text}</p>
      ))}
    </Notice>
  );
}

function Summary({ certificate }: { certificate: Certificate }) {
  const { subject, issuer, names, not_before, not_after, key, signature, serial, sha256, spki_sha256 } = certificate;
  return (
    <dl class="certificate-facts">
      <Fact term="Subject">{subject === "" ? <span class="muted">empty</span> : subject}</Fact>
      <Fact term="Issuer">{issuer}</Fact>
      <Fact term="Names">
        {names.length === 0 ? (
          <span class="muted">none</span>
        ) : (
          <ul class="names">
            {names.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        )}
      </Fact>
      <Fact term="Valid">
        {formatDateTime(not_before).slice(0, 16)} to {formatDateTime(not_after).slice(0, 16)}
        <br />
        <Lasting certificate={certificate} />
      </Fact>
      <Fact term="Key">{key}</Fact>
      <Fact term="Signature">{signature}</Fact>
      <Fact term="Serial">{serial}</Fact>
      <Fact term="SHA-256" copy={<CopyButton text={sha256} title="Copy the SHA-256" />}>
        {formatFingerprint(sha256)}
      </Fact>
      <Fact term="SPKI pin" copy={<CopyButton text={spki_sha256} title="Copy the pin of the public key" />}>
        {spki_sha256}
      </Fact>
    </dl>
  );
}

function Fact({ term, children, copy }: { term: string; children: ComponentChildren; copy?: ComponentChildren }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>
        <span>{children}</span>
        {copy}
      </dd>
    </div>
  );
}

const SHAPES = { ok: "dot", warn: "up", bad: "cross" } as const;

/** How long it lasts: in colour, shape and words. */
export function Lasting({ certificate }: { certificate: Pick<Certificate, "days_left" | "not_before" | "not_after"> }) {
  const { text, tone } = lasting(certificate);
  return (
    <span class={`lasting ${tone}`} title={`${certificate.not_before} to ${certificate.not_after}`}>
      <Shape name={SHAPES[tone]} />
      {text}
    </span>
  );
}
