//! Alerts: their names in IANA's registry and what they mean (RFC 8446 section 6).

/// The name of an alert: `unknown_ca`; `alert_NUMBER` for one that IANA does not list.
#[must_use]
pub fn alert_name(code: u8) -> String {
    find(code).map_or_else(|| format!("alert_{code}"), |(_, name, _)| (*name).to_owned())
}

/// What an alert means, as a sentence without a full stop.
#[must_use]
pub fn alert_meaning(code: u8) -> &'static str {
    find(code).map_or("an alert that the registry does not list", |(_, _, meaning)| {
        meaning
    })
}

fn find(code: u8) -> Option<&'static (u8, &'static str, &'static str)> {
    ALERTS.iter().find(|(number, _, _)| *number == code)
}

const ALERTS: &[(u8, &str, &str)] = &[
    (
        0,
        "close_notify",
        "the sender will send nothing more on this connection",
    ),
    (
        10,
        "unexpected_message",
        "a message came that does not belong at this point of the handshake",
    ),
    (
        20,
        "bad_record_mac",
        "a record could not be authenticated: its keys or bytes are not the right ones",
    ),
    (
        21,
        "decryption_failed",
        "a record could not be decrypted (an alert of TLS 1.0 and before)",
    ),
    (22, "record_overflow", "a record was longer than TLS allows"),
    (
        30,
        "decompression_failure",
        "a record could not be decompressed (an alert of TLS 1.2 and before)",
    ),
    (
        40,
        "handshake_failure",
        "the sender found nothing acceptable in what the other side offers",
    ),
    (
        41,
        "no_certificate",
        "the client has no certificate to give (an alert of SSL 3)",
    ),
    (
        42,
        "bad_certificate",
        "a certificate is corrupt, or a signature in it does not hold",
    ),
    (
        43,
        "unsupported_certificate",
        "a certificate is of a kind that the sender cannot use",
    ),
    (
        44,
        "certificate_revoked",
        "a certificate was revoked by its issuer",
    ),
    (
        45,
        "certificate_expired",
        "a certificate has expired or is not valid yet",
    ),
    (
        46,
        "certificate_unknown",
        "a certificate is not acceptable for a reason that no other alert names",
    ),
    (
        47,
        "illegal_parameter",
        "a field of the handshake is out of range or contradicts another",
    ),
    (
        48,
        "unknown_ca",
        "the chain ends at an authority that the sender does not trust",
    ),
    (
        49,
        "access_denied",
        "the certificate is valid, but the sender does not let its holder in",
    ),
    (
        50,
        "decode_error",
        "a message could not be read: a field is out of range or a length is wrong",
    ),
    (
        51,
        "decrypt_error",
        "a signature or a Finished message of the handshake does not verify",
    ),
    (
        60,
        "export_restriction",
        "an export rule was not kept (an alert of TLS 1.0)",
    ),
    (
        70,
        "protocol_version",
        "the sender speaks none of the versions that were offered",
    ),
    (
        71,
        "insufficient_security",
        "the sender wants stronger parameters than the other side has",
    ),
    (
        80,
        "internal_error",
        "something failed inside the sender that has nothing to do with its peer",
    ),
    (
        86,
        "inappropriate_fallback",
        "the client came back with a lower version than it could speak",
    ),
    (
        90,
        "user_canceled",
        "the sender gave the handshake up for a reason outside the protocol",
    ),
    (
        100,
        "no_renegotiation",
        "the sender does not renegotiate (an alert of TLS 1.2 and before)",
    ),
    (
        109,
        "missing_extension",
        "an extension that this handshake must have is not there",
    ),
    (
        110,
        "unsupported_extension",
        "an extension came that was not asked for",
    ),
    (
        111,
        "certificate_unobtainable",
        "a certificate could not be fetched from the URL given for it",
    ),
    (
        112,
        "unrecognized_name",
        "the server knows no host of the name that the client wants",
    ),
    (
        113,
        "bad_certificate_status_response",
        "the OCSP answer that came with the certificate is not acceptable",
    ),
    (
        114,
        "bad_certificate_hash_value",
        "a certificate does not match the hash given for it",
    ),
    (
        115,
        "unknown_psk_identity",
        "the server does not know the pre-shared key that the client named",
    ),
    (
        116,
        "certificate_required",
        "the server wants a certificate from the client, and none came",
    ),
    (
        120,
        "no_application_protocol",
        "the server speaks none of the application protocols offered (ALPN)",
    ),
    (
        121,
        "ech_required",
        "the client insists on encrypting its hello, and the server did not",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_alert_has_its_name_and_another_its_number() {
        assert_eq!(alert_name(48), "unknown_ca");
        assert_eq!(alert_name(200), "alert_200");
        assert!(alert_meaning(48).contains("does not trust"));
    }
}
