// The setup view: the proxy's address, the root, steps for each system and program, and a live check.

import { formatDate, formatFingerprint } from "../../lib/format";
import type { Route } from "../../lib/route";
import { listensToOthers, proxyAddress } from "../../lib/setup";
import { status } from "../../live";
import type { Status } from "../../types/generated";
import { Link } from "../../widgets/button";
import { CodeLine, CopyButton } from "../../widgets/copy";
import { Icon } from "../../widgets/icon";
import { Waiting } from "../../widgets/state";
import { Doors } from "./doors";
import { type Guide, guides } from "./guides";
import { Lights } from "./lights";

const GROUPS = ["Programs", "Browsers", "Systems", "Phones"] as const;

export function SetupView({ route }: { route: Extract<Route, { view: "setup" }> }) {
  const now = status.value;
  if (!now) {
    return <Waiting what="the status" />;
  }
  const all = guides({
    proxy: proxyAddress(now),
    dataDir: now.data_dir,
    rootPath: now.root.path,
    open: listensToOthers(now),
  });
  const guide = all.find(({ key }) => key === route.guide) ?? all[0];
  return (
    <div class="setup">
      <div class="setup-main">
        <h1>Setup</h1>
        <p class="lead">
          Send a client through the proxy, and let it trust the root. The lights turn green as it happens.
        </p>
        <section class="setup-check" aria-label="Live check">
          <Lights counts={now.counts} />
        </section>
        <div class="guides">
          <nav aria-label="Guides">
            {GROUPS.map((group) => (
              <div key={group}>
                <h2>{group}</h2>
                <ul>
                  {all
                    .filter((one) => one.group === group)
                    .map(({ key, title }) => (
                      <li key={key}>
                        <Link class="guide-link" to={{ view: "setup", guide: key }} current={key === guide?.key}>
                          {title}
                        </Link>
                      </li>
                    ))}
                </ul>
              </div>
            ))}
          </nav>
          {guide && <GuideSteps guide={guide} />}
        </div>
      </div>
      <Facts now={now} />
    </div>
  );
}

function GuideSteps({ guide }: { guide: Guide }) {
  return (
    <article class="guide">
      <h2>{guide.title}</h2>
      {guide.download && (
        <p>
          <a class="button solid" href={`/api/root.${guide.download}`} download={`handlens-root.${guide.download}`}>
            <Icon name="download" />
            <span>Download the root (.{guide.download})</span>
          </a>
        </p>
      )}
      <ol>
        {guide.steps.map(({ text, code }, place) => (
          <li key={place}>
            <p>{text}</p>
            {code !== undefined && <CodeLine code={code} title="Copy the command" />}
          </li>
        ))}
      </ol>
      {guide.remark !== undefined && <p class="remark">{guide.remark}</p>}
    </article>
  );
}

const FORMS = {
  pem: "PEM",
  der: "DER",
  mobileconfig: "A profile for iOS and macOS",
  p12: "PKCS#12; its password is handlens",
  "0": "For Android's system store, named after the subject's hash",
};

function Facts({ now }: { now: Status }) {
  const fingerprint = formatFingerprint(now.root.sha256);
  return (
    <aside class="setup-facts" aria-label="Proxy and root">
      <Doors now={now} />
      <h2>Root</h2>
      <dl>
        <dt>Subject</dt>
        <dd>{now.root.subject}</dd>
        <dt>Valid until</dt>
        <dd>{formatDate(now.root.not_after)}</dd>
        <dt>
          SHA-256 <CopyButton text={fingerprint} title="Copy the fingerprint" />
        </dt>
        <dd class="fingerprint">{fingerprint}</dd>
        <dt>
          File <CopyButton text={now.root.path} title="Copy the path" />
        </dt>
        <dd class="mono">{now.root.path}</dd>
      </dl>
      <p class="downloads">
        {(["pem", "der", "mobileconfig", "p12", "0"] as const).map((form) => (
          <a key={form} class="button plain" href={`/api/root.${form}`} download title={FORMS[form]}>
            <Icon name="download" />
            <span>.{form}</span>
          </a>
        ))}
      </p>
      <p class="remark">
        Its key never leaves this machine. Whoever has it can read what a client that trusts the root sends: trust it
        only where you look.
      </p>
    </aside>
  );
}
