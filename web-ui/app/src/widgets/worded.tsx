// A sentence of the server's, in which `what is typed` stands between backticks.

/** The sentence, with what is typed as code. A backtick without a second one stays as it is. */
export function Worded({ text }: { text: string }) {
  return (
    <>
      {text
        .split(/(`[^`]+`)/)
        .map((part, place) => (place % 2 === 1 ? <code key={place}>{part.slice(1, -1)}</code> : part))}
    </>
  );
}
