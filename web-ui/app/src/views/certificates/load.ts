// Reads a certificate, and the certificates of a connection.

import { fetchCertificate, fetchCertificates } from "../../api";
import type { CertificateDetail, ConnectionCertificates } from "../../types/certificates";
import { type Loaded, useLoaded } from "../loaded";

export const useCertificate = (sha256: string): Loaded<CertificateDetail> =>
  useLoaded(sha256, { read: fetchCertificate, settled: () => true });

/** `open`: the connection is not over, so that what is not there yet may still come. */
export function useCertificates(connection: string, open: boolean): Loaded<ConnectionCertificates> {
  return useLoaded(connection, {
    read: fetchCertificates,
    settled: ({ verdict, minted }) => !open || (verdict !== null && minted !== null),
  });
}
