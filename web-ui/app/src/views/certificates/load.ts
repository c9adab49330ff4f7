// Reads a certificate, and the certificates of a connection.

import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { ApiError, errorText, fetchCertificate, fetchCertificates, isAborted } from "../../api";
import { status } from "../../live";
import type { CertificateDetail, ConnectionCertificates } from "../../types/certificates";

export type Loaded<Value> =
  | { state: "loading" }
  | { state: "ready"; of: string; value: Value }
  | { state: "gone" }
  | { state: "failed"; text: string };

/** What `read` gives for a name; read again with each status until it is `settled`. What was read stays until then. */
function useLoaded<Value>(
  name: string,
  settled: (value: Value) => boolean,
  read: (name: string, abort: AbortSignal) => Promise<Value>,
): Loaded<Value> {
  const loaded = useMemo(() => signal<Loaded<Value>>({ state: "loading" }), []);
  const now = loaded.value;
  const beat = now.state === "ready" && now.of === name && !settled(now.value) ? status.value : null;
  useEffect(() => {
    const abort = new AbortController();
    read(name, abort.signal).then(
      (value) => {
        loaded.value = { state: "ready", of: name, value };
      },
      (error: unknown) => {
        const before = loaded.peek();
        const gone = error instanceof ApiError && error.status === 404;
        if (!isAborted(error) && (gone || before.state !== "ready" || before.of !== name)) {
          loaded.value = gone ? { state: "gone" } : { state: "failed", text: errorText(error) };
        }
      },
    );
    return () => abort.abort();
  }, [name, beat]);
  return now;
}

export const useCertificate = (sha256: string): Loaded<CertificateDetail> =>
  useLoaded(sha256, () => true, fetchCertificate);

/** `open`: the connection is not over, so that what is not there yet may still come. */
export function useCertificates(connection: string, open: boolean): Loaded<ConnectionCertificates> {
  return useLoaded(
    connection,
    ({ verdict, minted }) => !open || (verdict !== null && minted !== null),
    fetchCertificates,
  );
}
