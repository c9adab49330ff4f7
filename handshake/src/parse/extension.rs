//! Extensions (RFC 8446 section 4.2): each of IANA's registry whose content means something, and any other by its
//! bytes.

use super::certificate::{authorities, certificate_status, schemes};
use super::hello::version;
use super::{ech, key_share, quic, transparency};
use crate::registry;
use crate::scribe::{Read, Scribe, Text, count, entry_u8, tell_bytes};

/// The message in which an extension stands: its form depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    ClientHello,
    ServerHello,
    HelloRetryRequest,
    EncryptedExtensions,
    Certificate,
    CertificateRequest,
    NewSessionTicket,
}

impl Within {
    /// Whether it is the client's offer, and not the answer to one.
    fn is_offer(self) -> bool {
        matches!(self, Self::ClientHello | Self::CertificateRequest)
    }
}

/// ```text
/// struct { ExtensionType extension_type; opaque extension_data<0..2^16-1>; } Extension;
/// Extension extensions<0..2^16-1>;
/// ```
pub(super) fn extensions(s: &mut Scribe<'_>, within: Within) -> Read {
    s.list(2, "extensions", "extension", |s| extension(s, within))
}

/// One extension as one field: its type and length are the field's header.
fn extension(s: &mut Scribe<'_>, within: Within) -> Read {
    let start = s.position();
    let number = s.header_u16("an extension's type")?;
    let registered = registry::extension(number);
    s.framed(start, 2, registered.name, |s| {
        if s.is_empty() {
            return Ok(Text::Borrowed("empty"));
        }
        content(s, number, within)
    })?;
    s.recommend(registered.recommended);
    Ok(())
}

/// `extension_data`, which is not empty.
fn content(s: &mut Scribe<'_>, number: u16, within: Within) -> Read<Text> {
    match number {
        0 => server_names(s)?,
        1 => drop(s.u8("max_fragment_length", |n| {
            entry_u8(registry::max_fragment_length(n), n)
        })?),
        5 if within.is_offer() => {
            s.u8("status_type", |n| {
                entry_u8(registry::certificate_status_type(n), n)
            })?;
            let value = s.last_value();
            s.bytes(2, "responder_id_list")?;
            s.bytes(2, "request_extensions")?;
            return Ok(value);
        }
        5 => certificate_status(s)?,
        // RFC 7250 section 3; 9 is its forerunner of RFC 6091.
        9 | 19 | 20 if within.is_offer() => s.list(1, "certificate_types", "type", |s| {
            s.listed_u8(registry::certificate_type).map(drop)
        })?,
        9 | 19 | 20 => drop(s.u8("certificate_type", |n| entry_u8(registry::certificate_type(n), n))?),
        10 => s.numbers("named_group_list", "group", registry::group)?,
        11 => s.list(1, "ec_point_format_list", "format", |s| {
            s.listed_u8(registry::ec_point_format).map(drop)
        })?,
        12 => s.text(1, "srp_i")?,
        13 | 50 => schemes(s)?,
        14 => use_srtp(s)?,
        15 => drop(s.u8("mode", |n| entry_u8(registry::heartbeat_mode(n), n))?),
        16 => {
            s.list(2, "protocol_name_list", "protocol", |s| {
                s.text(1, "protocol_name")
            })?;
            return Ok(s.values().into());
        }
        17 => s.list(2, "certificate_status_req_list", "request", |s| {
            s.part("request", |s| {
                s.u8("status_type", |n| {
                    entry_u8(registry::certificate_status_type(n), n)
                })?;
                let value = s.last_value();
                s.bytes(2, "request")?;
                Ok(value)
            })
        })?,
        18 => return transparency::timestamp_list(s),
        21 => return Ok(padding(s).into()),
        24 => {
            s.u8("major", |n| n.to_string())?;
            s.u8("minor", |n| n.to_string())?;
            s.list(1, "key_parameters_list", "key parameter", |s| {
                s.listed_u8(token_binding).map(drop)
            })?;
        }
        27 => {
            s.list(1, "algorithms", "algorithm", |s| {
                s.u16("algorithm", |n| {
                    format!("{} ({n})", registry::certificate_compression(n))
                })
                .map(drop)
            })?;
            return Ok(s.values().into());
        }
        28 => drop(s.u16("record_size_limit", |n| count(n.into(), "byte"))?),
        34 if within == Within::Certificate => return delegated_credential(s),
        34 => schemes(s)?,
        35 => return Ok(tell_bytes(s.opaque("ticket", s.left())?)),
        41 => return key_share::pre_shared_key(s, within),
        42 => drop(s.u32("max_early_data_size", |n| count(n as usize, "byte"))?),
        43 if within.is_offer() => {
            s.list(1, "versions", "version", |s| s.u16("version", version).map(drop))?;
            return Ok(s.values().into());
        }
        43 => drop(s.u16("selected_version", version)?),
        44 => s.bytes(2, "cookie")?,
        45 => {
            s.list(1, "ke_modes", "mode", |s| {
                s.listed_u8(registry::psk_key_exchange_mode).map(drop)
            })?;
            return Ok(s.values().into());
        }
        47 => authorities(s, "authorities")?,
        48 => s.list(2, "filters", "filter", |s| {
            s.part("filter", |s| {
                s.bytes(1, "certificate_extension_oid")?;
                let value = s.last_value();
                s.bytes(2, "certificate_extension_values")?;
                Ok(value)
            })
        })?,
        51 => return key_share::key_share(s, within),
        54 => s.bytes(1, "cid")?,
        57 | 0xffa5 => return quic::transport_parameters(s),
        58 if within.is_offer() => {
            s.u8("new_session_count", |n| n.to_string())?;
            let fresh = s.last_value();
            s.u8("resumption_count", |n| n.to_string())?;
            return Ok(format!("{fresh} new, {} resumed", s.last_value()).into());
        }
        58 => drop(s.u8("expected_count", |n| n.to_string())?),
        62 => s.bytes(1, "flags")?,
        // Application-layer protocol settings (draft-vvv-tls-alps), under its old number and its new one.
        0x4469 | 0x44cd if within.is_offer() => {
            s.list(2, "supported_protocols", "protocol", |s| {
                s.text(1, "protocol_name")
            })?;
            return Ok(s.values().into());
        }
        0xca34 if within.is_offer() => s.list(2, "trust_anchors", "trust anchor", |s| {
            s.bytes(1, "trust_anchor_id")
        })?,
        0xfe0d => return ech::encrypted_client_hello(s, within),
        0xff01 => s.bytes(1, "renegotiated_connection")?,
        _ => return Ok(tell_bytes(s.opaque("extension_data", s.left())?)),
    }
    Ok(s.last_value())
}

/// `struct { NameType name_type; opaque host_name<1..2^16-1>; } ServerName server_name_list<1..2^16-1>;` (RFC 6066
/// section 3).
fn server_names(s: &mut Scribe<'_>) -> Read {
    s.vector(2, "server_name_list", |s| {
        while !s.is_empty() {
            s.part("server_name", |s| {
                s.u8("name_type", |n| entry_u8(registry::server_name_type(n), n))?;
                s.text(2, "host_name")?;
                Ok(s.last_value())
            })?;
        }
        Ok(s.own_values())
    })
}

/// RFC 5764 section 4.1.1.
fn use_srtp(s: &mut Scribe<'_>) -> Read {
    s.list(2, "srtp_protection_profiles", "profile", |s| {
        s.u16("profile", |n| match n {
            1 => "SRTP_AES128_CM_HMAC_SHA1_80 (0x0001)".to_owned(),
            2 => "SRTP_AES128_CM_HMAC_SHA1_32 (0x0002)".to_owned(),
            7 => "SRTP_AEAD_AES_128_GCM (0x0007)".to_owned(),
            8 => "SRTP_AEAD_AES_256_GCM (0x0008)".to_owned(),
            _ => format!("0x{n:04x}"),
        })
        .map(drop)
    })?;
    s.bytes(1, "srtp_mki")
}

/// RFC 7685: zeros.
fn padding(s: &mut Scribe<'_>) -> String {
    let (start, zeros) = (s.position(), s.skip());
    if zeros.iter().any(|&byte| byte != 0) {
        let _ = s.object(start, start + zeros.len(), "padding that is not all zeros");
    }
    format!("{} of padding", count(zeros.len(), "byte"))
}

/// ```text
/// struct {
///     uint32 valid_time; SignatureScheme dc_cert_verify_algorithm;
///     opaque ASN1_subjectPublicKeyInfo<1..2^24-1>;
///     SignatureScheme algorithm; opaque signature<1..2^16-1>;
/// } DelegatedCredential;
/// ```
/// (RFC 9345 section 4)
fn delegated_credential(s: &mut Scribe<'_>) -> Read<Text> {
    let scheme = |n| crate::scribe::entry(registry::signature_scheme(n));
    s.u32("valid_time", |n| count(n as usize, "second"))?;
    s.u16("dc_cert_verify_algorithm", scheme)?;
    let value = s.last_value();
    s.bytes(3, "asn1_subject_public_key_info")?;
    s.u16("algorithm", scheme)?;
    s.bytes(2, "signature")?;
    Ok(value)
}

/// RFC 8472 section 2.
fn token_binding(number: u8) -> std::borrow::Cow<'static, str> {
    match number {
        0 => "rsa2048_pkcs1.5".into(),
        1 => "rsa2048_pss".into(),
        2 => "ecdsap256".into(),
        other => format!("key_parameters_{other}").into(),
    }
}
