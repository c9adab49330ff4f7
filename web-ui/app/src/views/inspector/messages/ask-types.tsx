// The origin of a gRPC call is asked for its types, when a person wants it to be asked.

import { type Signal, useSignal } from "@preact/signals";

import { askForTypes, errorText } from "../../../api";
import { capitalize, plural } from "../../../lib/format";
import { Button } from "../../../widgets/button";
import { Notice } from "../../../widgets/state";
import { say } from "../../../widgets/toast";
import { Worded } from "../../../widgets/worded";

interface Props {
  exchange: string;
  /** It told some before, and may have others by now. */
  again: boolean;
  /** Why it did not tell them, when it was asked last. */
  refusal: Signal<string | null>;
  onTold: () => void;
}

export function AskForTypes({ exchange, again, refusal, onTold }: Props) {
  const asking = useSignal(false);
  const ask = async () => {
    asking.value = true;
    refusal.value = null;
    try {
      const { services, files } = await askForTypes(exchange);
      onTold();
      say(`The origin told ${plural(services.length, "service")} in ${plural(files, "file")}`);
    } catch (error) {
      refusal.value = errorText(error);
    } finally {
      asking.value = false;
    }
  };
  return (
    <Button
      kind="edged"
      disabled={asking.value}
      title="Asks the origin by gRPC's server reflection, over a connection of Handlens' own, which the traffic shows"
      onClick={() => void ask()}
    >
      {asking.value ? "Asking …" : again ? "Ask again" : "Ask the server for its types"}
    </Button>
  );
}

/** Why there are no types, or no others. It stays beside the fields until the origin is asked again. */
export function Refusal({ text, again }: { text: string; again: boolean }) {
  return (
    <div role="alert">
      <Notice tone="warn" title={again ? "The types are those that were told before" : "The types are not known"}>
        <Worded text={`${capitalize(text)}.`} />
      </Notice>
    </div>
  );
}
