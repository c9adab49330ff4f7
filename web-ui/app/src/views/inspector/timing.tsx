// Where an exchange's time went: a waterfall, and the same as numbers.

import { formatDateTime, formatDuration } from "../../lib/format";
import { type Phase, waterfall } from "../../lib/phases";
import type { ExchangeDetail } from "../../types/generated";
import { Notice } from "../../widgets/state";
import { useIsFirst } from "./load";

const PARTS: Record<Phase["part"], string> = {
  client: "client leg",
  origin: "origin leg",
  proxy: "Handlens",
  wait: "waiting",
};

export function TimingTab({ exchange }: { exchange: ExchangeDetail }) {
  const first = useIsFirst(exchange).value === true;
  const { phases, length, withConnection, idle } = waterfall(exchange, exchange.connection_detail, first);
  return (
    <div class="timing">
      <table class="waterfall">
        <caption>
          {formatDuration(length)} in all, from{" "}
          {formatDateTime(
            withConnection && exchange.connection_detail ? exchange.connection_detail.opened : exchange.started,
          )}
        </caption>
        <thead>
          <tr>
            <th scope="col">Phase</th>
            <th scope="col">Where</th>
            <th scope="col" class="end">
              Begins
            </th>
            <th scope="col" class="end">
              Takes
            </th>
            <th scope="col">
              <span class="sr-only">Drawn to scale</span>
              <Axis length={length} />
            </th>
          </tr>
        </thead>
        <tbody>
          {phases.map((phase) => (
            <tr key={phase.key}>
              <th scope="row">{phase.label}</th>
              <td>
                <span class={`leg ${phase.part}`}>{PARTS[phase.part]}</span>
              </td>
              <td class="end">{formatDuration(phase.start)}</td>
              <td class="end">{phase.length === null ? "under way" : formatDuration(phase.length)}</td>
              <td>
                <Bar phase={phase} length={length} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {withConnection ? (
        <p class="remark">
          This was the first exchange of its connection, so the connection's own steps stand before it. Their lengths
          were measured; they are drawn one after the other in the order in which they begin.
          {idle > 0 && <> Between them and the request {formatDuration(idle)} passed.</>}
        </p>
      ) : (
        exchange.connection_detail && (
          <p class="remark">
            The connection was there already: nothing had to be resolved, connected or agreed on for this exchange.
          </p>
        )
      )}
      {exchange.connection_detail === null && (
        <Notice tone="info">The connection is no longer held, so its steps can't be told.</Notice>
      )}
    </div>
  );
}

function Bar({ phase, length }: { phase: Phase; length: number }) {
  const from = (phase.start / length) * 100;
  const part = ((phase.length ?? length - phase.start) / length) * 100;
  return (
    <div class="track" aria-hidden="true">
      <i
        class={`${phase.part}${phase.length === null ? " open" : ""}`}
        style={{ left: `${Math.min(from, 99.5)}%`, width: `${Math.max(part, 0.5)}%` }}
      />
    </div>
  );
}

function Axis({ length }: { length: number }) {
  return (
    <div class="axis" aria-hidden="true">
      {[0, 0.25, 0.5, 0.75, 1].map((share) => (
        <span key={share} style={{ left: `${share * 100}%` }}>
          {share === 0 ? "0" : formatDuration(length * share)}
        </span>
      ))}
    </div>
  );
}
