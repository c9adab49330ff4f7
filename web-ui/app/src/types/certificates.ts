// Certificates and rules as the API tells them, and as the lists of the page name their rows.

import type { CertificateRow } from "./generated";

export type {
  Certificate,
  CertificateDetail,
  CertificatePage,
  CertificateRole,
  CertificateRow,
  ConnectionCertificates,
  HistoryLeaf,
  PathCertificate,
  Rule,
  RuleKind,
  Sighting,
} from "./generated";

/** A certificate in a list, named as the lists of the page name their rows. */
export interface ListedCertificate extends CertificateRow {
  id: string;
}
