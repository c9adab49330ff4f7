//! A leaf's certificate in DER (RFC 5280 section 4.1).
//!
//! It is written here and not by `rcgen`, which keeps one value of each kind of attribute in a name: a root
//! called `DC=example, DC=corp` would issue leaves whose issuer is another name, and no client would find the
//! path. Here the issuer is the root's subject, byte for byte.

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use time::{Duration, OffsetDateTime, Time};
use yasna::models::{GeneralizedTime, ObjectIdentifier, UTCTime};
use yasna::{DERWriter, DERWriterSeq, Tag, construct_der};

use super::MintError;
use super::key::KeyOfLeaves;
use super::names::AlternativeName;
use crate::Root;
use crate::encode::random_serial;

/// Browsers cut what they accept step by step to 47 days (CA/Browser Forum ballot SC-081). Both ends count, so
/// it is a second less.
const LIFETIME: Duration = Duration::days(47).saturating_sub(Duration::seconds(1));
/// For clients whose clock is behind.
const BACKDATED: Duration = Duration::days(2);

/// RFC 5280 section 4.2.1 and X.520.
mod oid {
    pub(super) const COMMON_NAME: &[u64] = &[2, 5, 4, 3];
    pub(super) const SUBJECT_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 14];
    pub(super) const KEY_USAGE: &[u64] = &[2, 5, 29, 15];
    pub(super) const SUBJECT_ALT_NAME: &[u64] = &[2, 5, 29, 17];
    pub(super) const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
    pub(super) const AUTHORITY_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 35];
    pub(super) const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
    pub(super) const SERVER_AUTH: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 1];
}

/// What one leaf says that others don't.
pub(super) struct Contents {
    pub(super) names: Vec<AlternativeName>,
    pub(super) common_name: Option<String>,
    pub(super) validity: Validity,
}

/// From when to when a leaf is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) not_before: OffsetDateTime,
    pub(super) not_after: OffsetDateTime,
}

impl Validity {
    /// 47 days of which two are past, and never beyond the root's own.
    pub(super) fn within(root: &Root, now: OffsetDateTime) -> Result<Self, MintError> {
        if now >= root.not_after() {
            return Err(MintError::RootExpired {
                subject: root.subject().to_owned(),
                on: root.not_after().date(),
            });
        }
        // Certificates count whole seconds.
        let now =
            now.replace_time(Time::from_hms(now.hour(), now.minute(), now.second()).unwrap_or(now.time()));
        let not_before = (now - BACKDATED).max(root.not_before());
        Ok(Self {
            not_before,
            not_after: (not_before + LIFETIME).min(root.not_after()),
        })
    }
}

/// The certificate of `key`, signed by `root`.
pub(super) fn sign(
    contents: &Contents,
    key: &KeyOfLeaves,
    root: &Root,
) -> Result<CertificateDer<'static>, MintError> {
    let to_be_signed = construct_der(|writer| write_to_be_signed(writer, contents, key, root));
    let signature = root.sign(&to_be_signed).map_err(MintError::Sign)?;
    let certificate = construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_der(&to_be_signed);
            write_algorithm(writer.next(), root);
            writer.next().write_bitvec_bytes(&signature, signature.len() * 8);
        });
    });
    Ok(certificate.into())
}

fn write_to_be_signed(writer: DERWriter<'_>, contents: &Contents, key: &KeyOfLeaves, root: &Root) {
    writer.write_sequence(|writer| {
        // Version 3
        writer
            .next()
            .write_tagged(Tag::context(0), |writer| writer.write_u8(2));
        writer.next().write_bigint_bytes(&random_serial(), true);
        write_algorithm(writer.next(), root);
        writer.next().write_der(root.subject_der());
        writer.next().write_sequence(|writer| {
            write_time(writer.next(), contents.validity.not_before);
            write_time(writer.next(), contents.validity.not_after);
        });
        write_subject(writer.next(), contents.common_name.as_deref());
        writer.next().write_der(&key.public_key_info);
        writer.next().write_tagged(Tag::context(3), |writer| {
            writer.write_sequence(|writer| write_extensions(writer, contents, key, root));
        });
    });
}

fn write_algorithm(writer: DERWriter<'_>, root: &Root) {
    // What stands inside of the SEQUENCE: the algorithm and, for RSA, its NULL parameters.
    writer.write_sequence(|writer| writer.next().write_der(&root.algorithm()));
}

/// Up to 2049 as UTCTime, later as GeneralizedTime (RFC 5280 section 4.1.2.5).
fn write_time(writer: DERWriter<'_>, time: OffsetDateTime) {
    if (1950..2050).contains(&time.year()) {
        writer.write_utctime(&UTCTime::from_datetime(time));
    } else {
        writer.write_generalized_time(&GeneralizedTime::from_datetime(time));
    }
}

fn write_subject(writer: DERWriter<'_>, common_name: Option<&str>) {
    writer.write_sequence(|writer| {
        let Some(common_name) = common_name else { return };
        writer.next().write_set(|writer| {
            writer.next().write_sequence(|writer| {
                writer
                    .next()
                    .write_oid(&ObjectIdentifier::from_slice(oid::COMMON_NAME));
                writer.next().write_utf8_string(common_name);
            });
        });
    });
}

fn write_extensions(writer: &mut DERWriterSeq<'_>, contents: &Contents, key: &KeyOfLeaves, root: &Root) {
    write_extension(writer, oid::BASIC_CONSTRAINTS, true, |writer| {
        writer.write_sequence(|_| ())
    });
    // digitalSignature is the first bit.
    write_extension(writer, oid::KEY_USAGE, true, |writer| {
        writer.write_bitvec_bytes(&[0x80], 1)
    });
    write_extension(writer, oid::EXTENDED_KEY_USAGE, false, |writer| {
        writer.write_sequence(|writer| {
            writer
                .next()
                .write_oid(&ObjectIdentifier::from_slice(oid::SERVER_AUTH));
        });
    });
    write_extension(writer, oid::SUBJECT_KEY_IDENTIFIER, false, |writer| {
        writer.write_bytes(&key.identifier)
    });
    write_extension(writer, oid::AUTHORITY_KEY_IDENTIFIER, false, |writer| {
        writer.write_sequence(|writer| {
            writer.next().write_tagged_implicit(Tag::context(0), |writer| {
                writer.write_bytes(root.key_identifier())
            });
        });
    });
    // Critical where the subject is empty (RFC 5280 section 4.2.1.6).
    write_extension(
        writer,
        oid::SUBJECT_ALT_NAME,
        contents.common_name.is_none(),
        |writer| {
            writer.write_sequence(|writer| {
                for name in &contents.names {
                    write_name(writer.next(), name);
                }
            });
        },
    );
}

fn write_extension(
    writer: &mut DERWriterSeq<'_>,
    oid: &[u64],
    critical: bool,
    value: impl FnOnce(DERWriter<'_>),
) {
    writer.next().write_sequence(|writer| {
        writer.next().write_oid(&ObjectIdentifier::from_slice(oid));
        // DER leaves out a value that is the default, which is FALSE.
        if critical {
            writer.next().write_bool(true);
        }
        writer.next().write_bytes(&construct_der(value));
    });
}

/// GeneralName: dNSName [2] IA5String, iPAddress [7] OCTET STRING.
fn write_name(writer: DERWriter<'_>, name: &AlternativeName) {
    match name {
        AlternativeName::Dns(name) => {
            writer.write_tagged_implicit(Tag::context(2), |writer| writer.write_ia5_string(name));
        }
        AlternativeName::Address(address) => {
            writer.write_tagged_implicit(Tag::context(7), |writer| match address {
                IpAddr::V4(address) => writer.write_bytes(&address.octets()),
                IpAddr::V6(address) => writer.write_bytes(&address.octets()),
            });
        }
    }
}
