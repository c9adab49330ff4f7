//! A certificate for an end, in DER (RFC 5280 section 4.1): minted leaves, and what is issued on request.
//!
//! It is written here and not by `rcgen`, which keeps one value of each kind of attribute in a name: a root
//! called `DC=example, DC=corp` would issue leaves whose issuer is another name, and no client would find the
//! path. Here the issuer is the root's subject, byte for byte.

use std::net::IpAddr;

use rustls::pki_types::{AlgorithmIdentifier, CertificateDer};
use time::OffsetDateTime;
use yasna::models::{GeneralizedTime, ObjectIdentifier, UTCTime};
use yasna::{DERWriter, DERWriterSeq, Tag, construct_der};

use crate::encode::random_serial;
use crate::leaf::AlternativeName;

/// RFC 5280 section 4.2.1 and X.520.
mod oid {
    pub(super) const COMMON_NAME: &[u64] = &[2, 5, 4, 3];
    pub(super) const ORGANIZATION: &[u64] = &[2, 5, 4, 10];
    pub(super) const SUBJECT_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 14];
    pub(super) const KEY_USAGE: &[u64] = &[2, 5, 29, 15];
    pub(super) const SUBJECT_ALT_NAME: &[u64] = &[2, 5, 29, 17];
    pub(super) const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
    pub(super) const CRL_DISTRIBUTION_POINTS: &[u64] = &[2, 5, 29, 31];
    pub(super) const AUTHORITY_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 35];
    pub(super) const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
    pub(super) const SERVER_AUTH: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 1];
    pub(super) const CLIENT_AUTH: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 2];
}

/// What one certificate says that others don't.
pub(crate) struct Contents<'a> {
    /// The subject, in whole DER.
    pub(crate) subject: Vec<u8>,
    pub(crate) names: Vec<AlternativeName>,
    pub(crate) validity: Validity,
    /// The holder's SubjectPublicKeyInfo, in whole DER.
    pub(crate) public_key_info: &'a [u8],
    pub(crate) key_identifier: [u8; 20],
    pub(crate) purpose: Purpose,
    /// Where revoked ones are listed.
    pub(crate) crl: Option<&'a str>,
}

/// From when to when a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Server,
    Client,
}

/// Who signs.
pub(crate) struct Signer<'a> {
    /// Its name, in whole DER, byte for byte.
    pub(crate) subject: &'a [u8],
    pub(crate) key_identifier: &'a [u8],
    /// The contents of the signature's AlgorithmIdentifier.
    pub(crate) algorithm: AlgorithmIdentifier,
    pub(crate) key: &'a rcgen::KeyPair,
}

impl Signer<'_> {
    /// The certificate of what is said, signed.
    pub(crate) fn certify(&self, contents: &Contents<'_>) -> Result<CertificateDer<'static>, rcgen::Error> {
        let signed = construct_der(|writer| self.write_to_be_signed(writer, contents));
        self.sign(&signed).map(CertificateDer::from)
    }

    /// What is to be signed, its algorithm and its signature: the frame of certificates and of CRLs.
    pub(crate) fn sign(&self, to_be_signed: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        use rcgen::SigningKey as _;
        let signature = self.key.sign(to_be_signed)?;
        Ok(construct_der(|writer| {
            writer.write_sequence(|writer| {
                writer.next().write_der(to_be_signed);
                self.write_algorithm(writer.next());
                writer.next().write_bitvec_bytes(&signature, signature.len() * 8);
            });
        }))
    }

    fn write_to_be_signed(&self, writer: DERWriter<'_>, contents: &Contents<'_>) {
        writer.write_sequence(|writer| {
            // Version 3
            writer
                .next()
                .write_tagged(Tag::context(0), |writer| writer.write_u8(2));
            writer.next().write_bigint_bytes(&random_serial(), true);
            self.write_algorithm(writer.next());
            writer.next().write_der(self.subject);
            writer.next().write_sequence(|writer| {
                write_time(writer.next(), contents.validity.not_before);
                write_time(writer.next(), contents.validity.not_after);
            });
            writer.next().write_der(&contents.subject);
            writer.next().write_der(contents.public_key_info);
            writer.next().write_tagged(Tag::context(3), |writer| {
                writer.write_sequence(|writer| self.write_extensions(writer, contents));
            });
        });
    }

    pub(crate) fn write_algorithm(&self, writer: DERWriter<'_>) {
        // What stands inside of the SEQUENCE: the algorithm and, for RSA, its NULL parameters.
        writer.write_sequence(|writer| writer.next().write_der(&self.algorithm));
    }

    pub(crate) fn write_key_identifier(&self, writer: &mut DERWriterSeq<'_>) {
        write_extension(writer, oid::AUTHORITY_KEY_IDENTIFIER, false, |writer| {
            writer.write_sequence(|writer| {
                writer
                    .next()
                    .write_tagged_implicit(Tag::context(0), |writer| writer.write_bytes(self.key_identifier));
            });
        });
    }

    fn write_extensions(&self, writer: &mut DERWriterSeq<'_>, contents: &Contents<'_>) {
        write_extension(writer, oid::BASIC_CONSTRAINTS, true, |writer| {
            writer.write_sequence(|_| ())
        });
        // digitalSignature is the first bit.
        write_extension(writer, oid::KEY_USAGE, true, |writer| {
            writer.write_bitvec_bytes(&[0x80], 1)
        });
        write_extension(writer, oid::EXTENDED_KEY_USAGE, false, |writer| {
            writer.write_sequence(|writer| {
                let purpose = match contents.purpose {
                    Purpose::Server => oid::SERVER_AUTH,
                    Purpose::Client => oid::CLIENT_AUTH,
                };
                writer.next().write_oid(&ObjectIdentifier::from_slice(purpose));
            });
        });
        write_extension(writer, oid::SUBJECT_KEY_IDENTIFIER, false, |writer| {
            writer.write_bytes(&contents.key_identifier)
        });
        self.write_key_identifier(writer);
        if !contents.names.is_empty() {
            // Critical where the subject is empty (RFC 5280 section 4.2.1.6).
            let is_critical = contents.subject == empty_name();
            write_extension(writer, oid::SUBJECT_ALT_NAME, is_critical, |writer| {
                writer.write_sequence(|writer| {
                    for name in &contents.names {
                        write_name(writer.next(), name);
                    }
                });
            });
        }
        if let Some(url) = contents.crl {
            write_extension(writer, oid::CRL_DISTRIBUTION_POINTS, false, |writer| {
                writer.write_sequence(|writer| write_distribution_point(writer.next(), url));
            });
        }
    }
}

/// A name of an organisation and a common name, as far as there are any, in whole DER.
pub(crate) fn name(organization: Option<&str>, common_name: Option<&str>) -> Vec<u8> {
    construct_der(|writer| {
        writer.write_sequence(|writer| {
            for (oid, value) in [(oid::ORGANIZATION, organization), (oid::COMMON_NAME, common_name)] {
                let Some(value) = value else { continue };
                writer.next().write_set(|writer| {
                    writer.next().write_sequence(|writer| {
                        writer.next().write_oid(&ObjectIdentifier::from_slice(oid));
                        writer.next().write_utf8_string(value);
                    });
                });
            }
        });
    })
}

/// The name without anything in it.
fn empty_name() -> Vec<u8> {
    name(None, None)
}

/// Up to 2049 as UTCTime, later as GeneralizedTime (RFC 5280 section 4.1.2.5).
pub(crate) fn write_time(writer: DERWriter<'_>, time: OffsetDateTime) {
    if (1950..2050).contains(&time.year()) {
        writer.write_utctime(&UTCTime::from_datetime(time));
    } else {
        writer.write_generalized_time(&GeneralizedTime::from_datetime(time));
    }
}

pub(crate) fn write_extension(
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

/// GeneralName: rfc822Name [1] and dNSName [2] IA5String, iPAddress [7] OCTET STRING.
fn write_name(writer: DERWriter<'_>, name: &AlternativeName) {
    match name {
        AlternativeName::Mail(address) => {
            writer.write_tagged_implicit(Tag::context(1), |writer| writer.write_ia5_string(address));
        }
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

/// `DistributionPoint { distributionPoint [0] { fullName [0] { uniformResourceIdentifier [6] } } }`
fn write_distribution_point(writer: DERWriter<'_>, url: &str) {
    writer.write_sequence(|writer| {
        writer.next().write_tagged(Tag::context(0), |writer| {
            writer.write_tagged_implicit(Tag::context(0), |writer| {
                writer.write_sequence(|writer| {
                    writer
                        .next()
                        .write_tagged_implicit(Tag::context(6), |writer| writer.write_ia5_string(url));
                });
            });
        });
    });
}
