//! What keys may be used for: key usage, extended key usage, and clients' certificates.

use super::maker::{
    ANY, CLIENT, CODE, ENCIPHERS, Entity, SERVER, SIGNS, SIGNS_CERTIFICATES, SIGNS_LISTS, extension, root,
    root_of, self_signed,
};
use super::{Case, case};
use crate::der::{SEQUENCE, element};

pub(super) fn cases() -> Vec<Case> {
    let root = root("Root");
    let server = || root.server(&["example.com"]);
    let leaf = |above: &Entity| above.server(&["example.com"]).der();
    let for_servers = root.authority("For Servers").purposes(&[SERVER, CLIENT]).make();
    let for_code = root.authority("For Code").purposes(&[CODE]).make();
    let for_any = root.authority("For Any").purposes(&[ANY]).make();
    let below_code = for_code.authority("Below").purposes(&[SERVER]).make();
    let lists = root.authority("Lists").usage(SIGNS_LISTS).make();
    let silent = root.authority("Silent").without(extension::KEY_USAGE).make();
    let quiet_root = root_of("Quiet Root").usage(SIGNS_LISTS).make();
    let client = || root.server(&["client.test"]).purposes(&[CLIENT]);
    let empty = element(SEQUENCE, &[]);
    let good = |what, der| case(what, &[&der]).trusting(&[&root]);
    vec![
        good(
            "for servers and clients",
            server().purposes(&[SERVER, CLIENT]).der(),
        )
        .says("serverAuth and clientAuth"),
        good(
            "for all, as nothing is said",
            server().without(extension::EXTENDED_KEY_USAGE).der(),
        )
        .says("it has none, so it is for servers too"),
        good("for clients", server().purposes(&[CLIENT]).der())
            .fails(&["extended_key_usage"])
            .says("its extended key usage lacks serverAuth"),
        good("for signing code", server().purposes(&[CODE]).der()).fails(&["extended_key_usage"]),
        good("for any use", server().purposes(&[ANY]).der())
            .fails(&["extended_key_usage"])
            .says("anyExtendedKeyUsage is not taken for it"),
        good(
            "for no use",
            server().with(extension::EXTENDED_KEY_USAGE, false, &empty).der(),
        )
        .fails(&["extended_key_usage"]),
        case("an issuer for servers", &[&leaf(&for_servers), &for_servers.der]).trusting(&[&root]),
        case("an issuer for code", &[&leaf(&for_code), &for_code.der])
            .trusting(&[&root])
            .fails(&["extended_key_usage"])
            .says("issuing certificate For Code is not for servers"),
        case("an issuer for any use", &[&leaf(&for_any), &for_any.der])
            .trusting(&[&root])
            .fails(&["extended_key_usage"]),
        case(
            "an issuer for servers below one for code",
            &[&leaf(&below_code), &below_code.der, &for_code.der],
        )
        .trusting(&[&root])
        .fails(&["extended_key_usage"]),
        case(
            "an issuer that may not sign certificates",
            &[&leaf(&lists), &lists.der],
        )
        .trusting(&[&root])
        .fails(&["key_usage"])
        .says("issuing certificate Lists may not sign certificates (its key usage lacks keyCertSign)"),
        case(
            "an issuer that says nothing of its key",
            &[&leaf(&silent), &silent.der],
        )
        .trusting(&[&root]),
        case("a root that may not sign certificates", &[&leaf(&quiet_root)])
            .trusting(&[&quiet_root])
            .warns(&["key_usage"])
            .openssl_differs(
                "it holds a root's key usage against it; webpki takes a root for a name and a key",
            ),
        good(
            "a key that may sign handshakes and encipher",
            server().usage(SIGNS | ENCIPHERS).der(),
        ),
        good(
            "a key that says nothing",
            server().without(extension::KEY_USAGE).der(),
        ),
        good("a key that may only encipher", server().usage(ENCIPHERS).der())
            .warns(&["key_usage"])
            .says("browsers refuse that"),
        good(
            "a key that may only sign certificates",
            server().usage(SIGNS_CERTIFICATES).der(),
        )
        .fails(&["key_usage"])
        .says("certificate's key is not for TLS"),
        good("a client", client().der()).of_client().says("clientAuth"),
        good(
            "a client for all uses",
            client().without(extension::EXTENDED_KEY_USAGE).der(),
        )
        .of_client(),
        good("a server as a client", server().der())
            .of_client()
            .fails(&["extended_key_usage"])
            .says("certificate is not for clients (its extended key usage lacks clientAuth)"),
        good("an expired client", client().days(-90, -1).der())
            .of_client()
            .fails(&["dates"]),
        case(
            "a client that nobody vouches for",
            &[&self_signed(&["client.test"]).purposes(&[CLIENT]).der()],
        )
        .trusting(&[&root])
        .of_client()
        .fails(&["anchor"]),
        good("an authority as a client", client().path_length(None).der())
            .of_client()
            .fails(&["ca_flag"])
            .says("certificate is an authority's own and not a client's")
            .openssl_differs("it lets an authority be a client"),
    ]
}
