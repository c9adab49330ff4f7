// What was decided of the origin's chain, and each check that it rests on.

import type { Outcome, Verdict } from "../../types/generated";
import { Checks } from "../chain/checks";
import { PolicyLine } from "../chain/policy";

interface Props {
  verdict: Verdict;
  outcome: Outcome | null;
  host: string | null;
}

export function VerdictTable({ verdict, outcome, host }: Props) {
  return (
    <section class="verdict">
      <PolicyLine verdict={verdict} whose="origin" passed={outcome === "passed"} host={host} />
      <Checks checks={verdict.checks} />
    </section>
  );
}
