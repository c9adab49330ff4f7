//! ServerKeyExchange and ClientKeyExchange of TLS 1.2 and before (RFC 5246 section 7.4, RFC 8422 section 5.4,
//! RFC 4279 section 2). Their form is not on the wire: it follows from the suite.

use super::Context;
use crate::registry::{self, Authentication, CipherSuite, KeyExchange};
use crate::scribe::{Read, Scribe, entry, entry_u8};

/// ```text
/// struct {
///     opaque psk_identity_hint<0..2^16-1>;        // suites with PSK
///     ServerDHParams | ServerECDHParams params;
///     SignatureAndHashAlgorithm algorithm;        // TLS 1.2
///     opaque signature<0..2^16-1>;                // unless anonymous, or with PSK
/// } ServerKeyExchange;
/// ```
pub(super) fn server_key_exchange(s: &mut Scribe<'_>, context: Context) -> Read {
    let Some(suite) = context.suite.and_then(CipherSuite::find) else {
        return s.rest("params").map(drop);
    };
    if suite.authentication == Authentication::Psk || suite.key_exchange == KeyExchange::Psk {
        s.text(2, "psk_identity_hint")?;
    }
    match suite.key_exchange {
        KeyExchange::Ecdhe => ecdh_parameters(s)?,
        KeyExchange::Dhe => {
            s.bytes(2, "dh_p")?;
            s.bytes(2, "dh_g")?;
            s.bytes(2, "dh_ys")?;
        }
        _ => return s.rest("params").map(drop),
    }
    match suite.authentication {
        Authentication::Anonymous | Authentication::Psk => Ok(()),
        _ => signature(s, context),
    }
}

/// `ServerECDHParams` (RFC 8422 section 5.4).
fn ecdh_parameters(s: &mut Scribe<'_>) -> Read {
    const NAMED_CURVE: u8 = 3;
    let curve_type = s.u8("curve_type", |n| entry_u8(registry::ec_curve_type(n), n))?;
    if curve_type != NAMED_CURVE {
        let at = s.position();
        s.rest("params")?;
        return Err(s.object(
            at - 1,
            at,
            "the curve is not a named one, so its parameters are not read",
        ));
    }
    s.u16("named_curve", |n| entry(registry::group(n)))?;
    s.bytes(1, "public")
}

/// A signature, and since TLS 1.2 its scheme.
pub(super) fn signature(s: &mut Scribe<'_>, context: Context) -> Read {
    if context.names_schemes() {
        s.u16("algorithm", |n| entry(registry::signature_scheme(n)))?;
    }
    s.bytes(2, "signature")
}

/// ```text
/// struct {
///     opaque psk_identity<0..2^16-1>;             // suites with PSK
///     select (KeyExchangeAlgorithm) {
///         case rsa:   opaque encrypted_pre_master_secret<0..2^16-1>;
///         case dhe:   opaque dh_yc<1..2^16-1>;
///         case ecdhe: opaque ecdh_yc<1..2^8-1>;
///     } exchange_keys;
/// } ClientKeyExchange;
/// ```
pub(super) fn client_key_exchange(s: &mut Scribe<'_>, context: Context) -> Read {
    const SSL3: u16 = 0x0300;
    let Some(suite) = context.suite.and_then(CipherSuite::find) else {
        return s.rest("exchange_keys").map(drop);
    };
    if suite.authentication == Authentication::Psk || suite.key_exchange == KeyExchange::Psk {
        s.text(2, "psk_identity")?;
    }
    match suite.key_exchange {
        // SSL 3 has no length here (RFC 5246 section 7.4.7.1).
        KeyExchange::Rsa if context.version == Some(SSL3) => s.rest("encrypted_pre_master_secret").map(drop),
        KeyExchange::Rsa => s.bytes(2, "encrypted_pre_master_secret"),
        KeyExchange::Dhe | KeyExchange::StaticDh => s.bytes(2, "dh_yc"),
        KeyExchange::Ecdhe | KeyExchange::StaticEcdh => s.bytes(1, "ecdh_yc"),
        KeyExchange::Psk => Ok(()),
        _ => s.rest("exchange_keys").map(drop),
    }
}
