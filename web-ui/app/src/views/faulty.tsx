// In the place of rows when the filter is none and nothing was shown before.

import { caretLine } from "../lib/filter";
import type { FilterFault } from "../rows";
import { Button } from "../widgets/button";
import { EmptyState } from "../widgets/state";
import { Worded } from "../widgets/worded";

export function FaultyFilter({ filter, fault, onClear }: { filter: string; fault: FilterFault; onClear: () => void }) {
  return (
    <EmptyState icon="filter" title="The filter can't be read">
      <p>
        <Worded text={fault.detail} />
      </p>
      {fault.at && (
        <pre class="fault-place">
          {filter}
          {"\n"}
          <b aria-hidden="true">{caretLine(fault.at)}</b>
        </pre>
      )}
      <Button icon="close" onClick={onClear}>
        Clear the filter
      </Button>
    </EmptyState>
  );
}
