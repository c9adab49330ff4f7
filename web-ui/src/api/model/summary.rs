//! What a list tells of a certificate, read out of its tree: for one that passed in the clear and was never judged.

use capture::{CertificateId, CertificateSummary, Timestamp};
use handshake::Field;

/// The summary of this DER, whose tree this is. What could not be read is empty.
pub(super) fn read_summary(der: &[u8], fields: &[Field]) -> CertificateSummary {
    let to_be_signed = Field::find(fields, "certificate/tbs_certificate");
    let part = |path: &str| Field::find(&to_be_signed?.fields, path);
    let value = |path: &str| {
        part(path)
            .map(|field| field.value.to_string())
            .unwrap_or_default()
    };
    let (subject, issuer) = (value("subject"), value("issuer"));
    let key = part("subject_public_key_info");
    let signature = Field::find(fields, "certificate/signature_algorithm");
    let names = part("extensions/subject_alt_name/extn_value")
        .map(|names| names.fields.iter().map(|name| name.value.to_string()).collect())
        .unwrap_or_default();
    CertificateSummary {
        self_issued: subject == issuer,
        not_before: seconds(&value("validity/not_before")),
        not_after: seconds(&value("validity/not_after")),
        serial: value("serial_number"),
        // `RSA, 2048 bits` is `RSA 2048` in lists.
        key: key.map_or_else(String::new, |key| {
            key.value.trim_end_matches(" bits").replace(", ", " ")
        }),
        signature: signature.map(|field| field.value.to_string()).unwrap_or_default(),
        names,
        is_ca: value("extensions/basic_constraints/extn_value/ca") == "TRUE",
        spki_sha256: key
            .and_then(|key| der.get(key.start..key.end))
            .map_or([0; 32], |key| *CertificateId::of(key).as_bytes()),
        subject,
        issuer,
    }
}

/// `2051-02-28 23:59:59 UTC` in seconds since 1970; nought for what is no moment.
fn seconds(told: &str) -> i64 {
    let rfc3339 = told.replace(" UTC", "Z").replace(' ', "T");
    let moment: Result<Timestamp, _> = serde_json::from_value(rfc3339.into());
    moment.map_or(0, |moment| moment.as_micros().div_euclid(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_tells_its_summary() {
        let der = include_bytes!("../../../../handshake/testdata/certificates/authority.der");
        let summary = read_summary(der, &handshake::certificate(der).fields);
        assert_eq!(summary.subject, "C=NL, O=Example, CN=Root of tests");
        assert!(summary.self_issued && summary.is_ca);
        // 2026-11-01 08:30:15 and 2051-02-28 23:59:59.
        assert_eq!(
            (summary.not_before, summary.not_after),
            (1_793_521_815, 2_561_241_599)
        );
        assert_eq!(summary.serial, "8000000000000000");
        assert_eq!(
            (&*summary.key, &*summary.signature),
            ("EC P-384", "ECDSA with SHA-384")
        );
        assert!(summary.spki_sha256 != [0; 32] && summary.names.is_empty());
    }

    #[test]
    fn of_what_is_no_certificate_nothing_is_told() {
        let summary = read_summary(b"\x30\x03abc", &handshake::certificate(b"\x30\x03abc").fields);
        let nothing = CertificateSummary {
            self_issued: summary.self_issued,
            ..CertificateSummary::default()
        };
        assert_eq!(summary, nothing);
    }
}
