//! Algorithms and public keys (RFC 5280 sections 4.1.1.2 and 4.1.2.7, RFC 3279, RFC 4055, RFC 5480, RFC 8410,
//! RFC 9881).

use crate::scribe::{Oid, Read, Scribe, Text, tag, tell_bytes};

const RSA: &str = "1.2.840.113549.1.1.1";
const RSA_PSS: &str = "1.2.840.113549.1.1.10";
const MGF1: &str = "1.2.840.113549.1.1.8";
const DSA: &str = "1.2.840.10040.4.1";
const EC: &str = "1.2.840.10045.2.1";

/// An algorithm that was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Algorithm {
    pub(super) oid: Oid,
    /// The curve of an elliptic-curve key.
    curve: Option<Oid>,
}

/// `AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY DEFINED BY algorithm OPTIONAL }`
pub(super) fn algorithm_identifier(s: &mut Scribe<'_>, name: &'static str) -> Read<Algorithm> {
    let mut algorithm = Algorithm::default();
    s.element(tag::SEQUENCE, name, |s| {
        algorithm.oid = s.oid("algorithm")?;
        let mut hash = None;
        if !s.is_empty() {
            match (&*algorithm.oid.dotted, s.next_tag()) {
                (EC, Some(tag::OBJECT_IDENTIFIER)) => algorithm.curve = Some(s.oid("named_curve")?),
                (RSA_PSS, Some(tag::SEQUENCE)) => hash = Some(pss_parameters(s)?),
                (DSA, Some(tag::SEQUENCE)) => dsa_parameters(s)?,
                (MGF1, Some(tag::SEQUENCE)) => drop(algorithm_identifier(s, "hash_algorithm")?),
                _ => s.unknown("parameters")?,
            }
        }
        Ok(match (hash, &algorithm.curve) {
            (Some(hash), _) => format!("RSA-PSS with {hash}").into(),
            (None, Some(curve)) => format!("EC {}", curve_name(curve)).into(),
            (None, None) => algorithm_name(&algorithm.oid),
        })
    })?;
    Ok(algorithm)
}

/// ```text
/// RSASSA-PSS-params ::= SEQUENCE {
///     hashAlgorithm    [0] HashAlgorithm    DEFAULT sha1Identifier,
///     maskGenAlgorithm [1] MaskGenAlgorithm DEFAULT mgf1SHA1Identifier,
///     saltLength       [2] INTEGER          DEFAULT 20,
///     trailerField     [3] INTEGER          DEFAULT 1 }
/// ```
/// (RFC 4055 section 3.1). Tells the hash.
fn pss_parameters(s: &mut Scribe<'_>) -> Read<Text> {
    let mut hash = Text::Borrowed("SHA-1");
    s.element(tag::SEQUENCE, "parameters", |s| {
        if s.next_is(tag::constructed(0)) {
            s.wrapped(tag::constructed(0), "hash_algorithm", |s| {
                algorithm_identifier(s, "hash_algorithm").map(drop)
            })?;
            hash = s.last_value();
        }
        if s.next_is(tag::constructed(1)) {
            s.wrapped(tag::constructed(1), "mask_gen_algorithm", |s| {
                algorithm_identifier(s, "mask_gen_algorithm").map(drop)
            })?;
        }
        for (number, name) in [(2, "salt_length"), (3, "trailer_field")] {
            if s.next_is(tag::constructed(number)) {
                s.wrapped(tag::constructed(number), name, |s| s.integer(tag::INTEGER, name))?;
            }
        }
        Ok(hash.clone())
    })?;
    Ok(hash)
}

/// `Dss-Parms ::= SEQUENCE { p INTEGER, q INTEGER, g INTEGER }` (RFC 3279 section 2.3.2).
fn dsa_parameters(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "parameters", |s| {
        for name in ["dsa_p", "dsa_q", "dsa_g"] {
            s.integer(tag::INTEGER, name)?;
        }
        Ok("DSA")
    })
}

/// `SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }`
pub(super) fn subject_public_key_info(s: &mut Scribe<'_>) -> Read {
    s.element(tag::SEQUENCE, "subject_public_key_info", |s| {
        let algorithm = algorithm_identifier(s, "algorithm")?;
        let mut told = s.last_value();
        s.bit_string(tag::BIT_STRING, "subject_public_key", |s, _| {
            match &*algorithm.oid.dotted {
                RSA | RSA_PSS => {
                    told = format!("RSA, {}", rsa_key(s)?).into();
                }
                DSA => s.integer(tag::INTEGER, "dsa_public_key")?,
                EC => return ec_point(s),
                _ => drop(s.rest("public_key")?),
            }
            Ok(s.last_value())
        })?;
        Ok(told)
    })
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017 appendix A.1.1). Tells its size.
fn rsa_key(s: &mut Scribe<'_>) -> Read<Text> {
    let mut size = String::new();
    s.element(tag::SEQUENCE, "rsa_public_key", |s| {
        s.element(tag::INTEGER, "modulus", |s| {
            let number = s.skip();
            let zeros = number.iter().take_while(|byte| **byte == 0).count();
            let bits = number.get(zeros).map_or(0, |first| {
                (number.len() - zeros) * 8 - first.leading_zeros() as usize
            });
            size = format!("{bits} bits");
            Ok(format!("{size}: {}", tell_bytes(&number[zeros..])))
        })?;
        s.integer(tag::INTEGER, "public_exponent")?;
        Ok(size.clone())
    })?;
    Ok(size.into())
}

/// A point on a curve, compressed or not (RFC 5480 section 2.2, SEC 1 section 2.3.3).
fn ec_point(s: &mut Scribe<'_>) -> Read<Text> {
    let (start, told) = (s.position(), tell_bytes(s.peek()));
    let form = s.u8("point_form", |n| match n {
        2 | 3 => format!("compressed ({n})").into(),
        4 => Text::Borrowed("uncompressed (4)"),
        _ => n.to_string().into(),
    })?;
    match (form, s.left()) {
        (4, left) if left > 0 && left % 2 == 0 => {
            s.opaque("x", left / 2)?;
            s.opaque("y", left / 2)?;
        }
        (2 | 3, 1..) => drop(s.rest("x")?),
        (_, left) => {
            s.rest("point")?;
            return Err(s.object(
                start,
                start + 1 + left,
                "a point that is neither compressed nor uncompressed",
            ));
        }
    }
    Ok(told)
}

/// A curve by the name of NIST, where it has one.
fn curve_name(curve: &Oid) -> &str {
    match curve.name {
        Some("secp224r1") => "P-224",
        Some("secp256r1") => "P-256",
        Some("secp384r1") => "P-384",
        Some("secp521r1") => "P-521",
        _ => curve.told(),
    }
}

/// An algorithm for a person.
fn algorithm_name(oid: &Oid) -> Text {
    let Some(name) = oid.name else {
        return oid.dotted.clone();
    };
    let known = match name {
        "rsaEncryption" => "RSA",
        "id-RSASSA-PSS" => "RSA-PSS",
        "ecPublicKey" => "EC",
        "dsa" => "DSA",
        "id-mgf1" => "MGF1",
        "md2WithRSAEncryption" => "RSA with MD2",
        "md5WithRSAEncryption" => "RSA with MD5",
        "sha1WithRSAEncryption" => "RSA with SHA-1",
        "sha224WithRSAEncryption" => "RSA with SHA-224",
        "sha256WithRSAEncryption" => "RSA with SHA-256",
        "sha384WithRSAEncryption" => "RSA with SHA-384",
        "sha512WithRSAEncryption" => "RSA with SHA-512",
        "ecdsa-with-SHA1" => "ECDSA with SHA-1",
        "ecdsa-with-SHA224" => "ECDSA with SHA-224",
        "ecdsa-with-SHA256" => "ECDSA with SHA-256",
        "ecdsa-with-SHA384" => "ECDSA with SHA-384",
        "ecdsa-with-SHA512" => "ECDSA with SHA-512",
        "dsa-with-sha1" => "DSA with SHA-1",
        "dsa-with-sha224" => "DSA with SHA-224",
        "dsa-with-sha256" => "DSA with SHA-256",
        "sm2sign-with-sm3" => "SM2 with SM3",
        "md5" => "MD5",
        "sha1" => "SHA-1",
        "sha224" => "SHA-224",
        "sha256" => "SHA-256",
        "sha384" => "SHA-384",
        "sha512" => "SHA-512",
        other => other,
    };
    known.into()
}
