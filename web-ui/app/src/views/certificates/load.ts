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

/** What `read` gives for a name; read again with each `beat`. What was read before stays until then. */
function useLoaded<Value>(
  name: string,
  beat: unknown,
  read: (name: string, abort: AbortSignal) => Promise<Value>,
): Loaded<Value> {
  const loaded = useMemo(() => signal<Loaded<Value>>({ state: "loading" }), []);
  useEffect(() => {
    const abort = new AbortController();
    read(name, abort.signal).then(
      (value) => {
        loaded.value = { state: "ready", of: name, value };
      },
      (error: unknown) => {
        const now = loaded.peek();
        const gone = error instanceof ApiError && error.status === 404;
        if (!isAborted(error) && (gone || now.state !== "ready" || now.of !== name)) {
          loaded.value = gone ? { state: "gone" } : { state: "failed", text: errorText(error) };
        }
      },
    );
    return () => abort.abort();
  }, [name, beat]);
  return loaded.value;
}

export const useCertificate = (sha256: string): Loaded<CertificateDetail> => useLoaded(sha256, null, fetchCertificate);

/** `open`: the connection is not over, so that a verdict may still come. */
export function useCertificates(connection: string, open: boolean): Loaded<ConnectionCertificates> {
  return useLoaded(connection, open ? status.value : null, fetchCertificates);
}
