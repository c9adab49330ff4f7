//! Keys and signatures: what is strong enough, what browsers refuse, and what nobody knows.

use super::keys::{Key, algorithm};
use super::maker::{Entity, dns, root, root_with};
use super::{Case, case};

pub(super) fn cases() -> Vec<Case> {
    let root = root("Root");
    let with_key = |key: Key| root.server(&["example.com"]).key(key).der();
    let below = |issuer: &Entity| issuer.server(&["example.com"]).der();
    let good = |what, der| case(what, &[&der]).trusting(&[&root]);
    let rsa = Key::rcgen(&rcgen::PKCS_RSA_SHA256, algorithm::RSA_SHA256);
    let short = Key::rsa(1024, "-sha256", algorithm::RSA_SHA256);
    let sha1 = Key::rsa(2048, "-sha1", algorithm::RSA_SHA1);
    let md5 = Key::rsa(2048, "-md5", algorithm::RSA_MD5);
    let sha224 = Key::rsa(2048, "-sha224", algorithm::RSA_SHA224);
    let p256_sha1 = Key::curve("P-256", "-sha1", algorithm::ECDSA_SHA1);
    let short_root = root_with("Short Root", short.clone()).make();
    let sha1_root = root_with("SHA-1 Root", sha1.clone()).make();
    let short_issuer = root.authority("Short").key(short.clone()).make();
    let sha1_issuer = root.authority("SHA-1").key(sha1.clone()).make();
    let md5_issuer = root.authority("MD5").key(md5.clone()).make();
    let as_dsa = md5.signing("-sha1", algorithm::DSA_SHA1);
    let short_sha384 = short.signing("-sha384", algorithm::RSA_SHA384);
    let short_sha384_issuer = root.authority("Short").key(short_sha384).make();
    let p384_sha1 = Key::curve("P-384", "-sha1", algorithm::ECDSA_SHA1);
    let p384_sha1_issuer = root.authority("P-384").key(p384_sha1).make();
    let sha224_issuer = root.authority("SHA-224").key(sha224).make();
    let ecdsa_sha1 = root.authority("ECDSA with SHA-1").key(p256_sha1).make();
    let rsa_issuer = root.authority("RSA").key(rsa.clone()).make();
    let p521 = Key::rcgen(&rcgen::PKCS_ECDSA_P521_SHA512, algorithm::ECDSA_SHA512);
    let p384 = Key::rcgen(&rcgen::PKCS_ECDSA_P384_SHA384, algorithm::ECDSA_SHA384);
    let p384_issuer = root.authority("P-384").key(p384.clone()).make();
    let ed25519 = Key::rcgen(&rcgen::PKCS_ED25519, algorithm::ED25519);
    let ed25519_issuer = root.authority("Ed25519").key(ed25519.clone()).make();
    let many_names = vec![dns("example.com"); 1_001];
    let bounded = root
        .authority("Bounded")
        .constrained(&[dns("example.com")], &[])
        .make();
    let below_sha1_root = sha1_root.server(&["example.com"]);
    // A root whose own signature is with SHA-1, and which signs others with SHA-256, as many old ones are.
    let old_root = {
        let own = root_with("Old Root", sha1.clone()).make();
        Entity {
            key: sha1.signing("-sha256", algorithm::RSA_SHA256),
            ..own
        }
    };
    let chain = |what, issuer: &Entity| case(what, &[&below(issuer), &issuer.der]).trusting(&[&root]);
    vec![
        good("RSA with 2048 bits", with_key(rsa)).says("RSA 2048"),
        good("P-384", with_key(p384)).says("EC P-384"),
        good("P-521", with_key(p521)).says("EC P-521"),
        good("Ed25519", with_key(ed25519))
            .warns(&["key_strength"])
            .says("which browsers don't take"),
        chain("an issuer with an RSA key", &rsa_issuer).says("signed by RSA (RSA with SHA-256)"),
        chain("an issuer with a P-384 key", &p384_issuer).says("signed by P-384 (ECDSA with SHA-384)"),
        chain("an issuer with an Ed25519 key", &ed25519_issuer).warns(&["key_strength"]),
        good("RSA with 1024 bits", with_key(short.clone()))
            .fails(&["key_strength"])
            .merely_weak()
            .says("certificate's RSA key has 1024 bits, and fewer than 2048 are too few"),
        good(
            "RSA with 2047 bits",
            with_key(Key::rsa(2047, "-sha256", algorithm::RSA_SHA256)),
        )
        .fails(&["key_strength"])
        .merely_weak()
        .openssl_differs("it counts by levels of strength, and rounds"),
        chain("an issuer with 1024 bits", &short_issuer)
            .fails(&["key_strength"])
            .merely_weak()
            .says("issuing certificate Short's RSA key has 1024 bits"),
        case("a root with 1024 bits", &[&below(&short_root)])
            .trusting(&[&short_root])
            .fails(&["key_strength"])
            .merely_weak()
            .says("root Short Root's RSA key has 1024 bits"),
        chain("a signature with SHA-1", &sha1_issuer)
            .fails(&["signature_algorithm"])
            .merely_weak()
            .says("certificate is signed with SHA-1, which can be forged"),
        case("a root's signature with SHA-1", &[&below(&sha1_root)])
            .trusting(&[&sha1_root])
            .fails(&["signature_algorithm"])
            .merely_weak(),
        case(
            "a root's own signature with SHA-1",
            &[&below(&old_root), &old_root.der],
        )
        .trusting(&[&old_root]),
        chain("a signature of ECDSA with SHA-1", &ecdsa_sha1)
            .fails(&["signature_algorithm"])
            .merely_weak(),
        chain("a signature with MD5", &md5_issuer)
            .fails(&["signature_algorithm"])
            .says("certificate is signed with MD5, which can be forged")
            .says("RSA with MD5 is not verified here"),
        case(
            "a forged signature that says it is with MD5",
            &[&root.server(&["example.com"]).signed_by(&md5).der()],
        )
        .trusting(&[&root])
        .fails(&["signature_algorithm"])
        .says("RSA with MD5 is not verified here"),
        case(
            "a forged signature that says it is with SHA-1",
            &[&below_sha1_root.spoiled().der()],
        )
        .trusting(&[&sha1_root])
        .fails(&["signature", "signature_algorithm"]),
        case(
            "a forged signature that says it is of DSA",
            &[&root.server(&["example.com"]).signed_by(&as_dsa).der()],
        )
        .trusting(&[&root])
        .fails(&["signature_algorithm"])
        .says("DSA with SHA-1 is not verified here"),
        chain("a signature with SHA-1, for another name", &sha1_issuer)
            .asked("example.org")
            .fails(&["name", "signature_algorithm"]),
        case(
            "a short key, and more names than are compared",
            &[
                &bounded
                    .server(&["example.com"])
                    .named(&many_names)
                    .key(short.clone())
                    .der(),
                &bounded.der,
            ],
        )
        .trusting(&[&root])
        .fails(&["key_strength"])
        .says("there are too many names and constraints to compare"),
        chain("a signature with SHA-384 of a short key", &short_sha384_issuer)
            .fails(&["signature", "key_strength"])
            .says("that is not supported (RSA with SHA-384)"),
        chain("a signature with SHA-1 of a P-384 key", &p384_sha1_issuer)
            .fails(&["signature_algorithm"])
            .says("ECDSA with SHA-1 is not verified here"),
        chain("a signature with SHA-224", &sha224_issuer)
            .fails(&["signature"])
            .says("that is not supported (RSA with SHA-224)")
            .openssl_differs("it takes SHA-224, which browsers don't"),
        good(
            "P-224",
            with_key(Key::curve("P-224", "-sha256", algorithm::ECDSA_SHA256)),
        )
        .fails(&["key_strength"])
        .merely_weak()
        .says("certificate's key is of a kind that is not taken: EC P-224")
        .openssl_differs("it takes P-224, which browsers don't"),
        good(
            "the curve of Bitcoin",
            with_key(Key::curve("secp256k1", "-sha256", algorithm::ECDSA_SHA256)),
        )
        .fails(&["key_strength"])
        .merely_weak()
        .openssl_differs("it takes any curve that it knows"),
        good(
            "Ed448",
            with_key(Key::openssl(&["-algorithm", "ED448"], "", algorithm::ED25519)),
        )
        .fails(&["key_strength"])
        .merely_weak()
        .openssl_differs("it takes Ed448, which browsers don't"),
        good(
            "RSA for PSS alone",
            with_key(Key::openssl(
                &["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
                "",
                algorithm::RSA_SHA256,
            )),
        )
        .fails(&["key_strength"])
        .merely_weak()
        .openssl_differs("it takes such keys, which browsers don't"),
        good(
            "two algorithms told",
            root.server(&["example.com"])
                .inner_algorithm(algorithm::ECDSA_SHA384)
                .der(),
        )
        .fails(&["path"])
        .says("certificate is broken: it tells two signature algorithms"),
    ]
}
