// What was decided of the origin's chain, and each check that it rests on.

import { everyCertificate, nameAmong } from "../../lib/board";
import { NO_CERTIFICATE } from "../../lib/route";
import type { Outcome, Verdict } from "../../types/generated";
import { useCertificates } from "../certificates/load";
import { Checks } from "../chain/checks";
import { chainPlaceOf } from "../chain/place";
import { PolicyLine } from "../chain/policy";

interface Props {
  /** The connection's. */
  id: string;
  verdict: Verdict;
  outcome: Outcome | null;
  host: string | null;
}

export function VerdictTable({ id, verdict, outcome, host }: Props) {
  // The verdict knows certificates by their SHA-256 alone; they are kept before it is told.
  const loaded = useCertificates(id, false);
  const all = loaded.state === "ready" ? everyCertificate(loaded.value) : [];
  const place = chainPlaceOf(NO_CERTIFICATE, false, (chosen) => ({ view: "chain", id, chosen }));
  return (
    <section class="verdict">
      <PolicyLine verdict={verdict} whose="origin" passed={outcome === "passed"} host={host} />
      <Checks checks={verdict.checks} places={{ nameOf: (sha256) => nameAmong(all, sha256), place }} />
    </section>
  );
}
