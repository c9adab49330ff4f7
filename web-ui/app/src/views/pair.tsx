// A fact of both legs in one cell: once where both agree.

export function LegPair({ client, origin }: { client: string | null; origin: string | null }) {
  if (client === null && origin === null) {
    return <span class="faint">none</span>;
  }
  const words = `client ${client ?? "none"}, origin ${origin ?? "none"}`;
  return <span title={words}>{client === origin ? client : `${client ?? "–"} | ${origin ?? "–"}`}</span>;
}
