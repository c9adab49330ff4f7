//! Certificates made byte by byte, so that each can be wrong in the one way that a case is about.

use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;

use super::keys::Key;
use crate::der::{
    BIT_STRING, BOOLEAN, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE, context, element,
};

/// The time at which everything is judged: 2026-11-21 12:00:00 UTC.
pub(super) const NOW: i64 = 1_795_262_400;
const DAY: i64 = 86_400;

/// Extensions by their OIDs.
pub(super) mod extension {
    pub(crate) const SUBJECT_KEY: &[u8] = &[0x55, 0x1d, 14];
    pub(crate) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
    pub(crate) const NAMES: &[u8] = &[0x55, 0x1d, 17];
    pub(crate) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
    pub(crate) const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
    pub(crate) const POLICIES: &[u8] = &[0x55, 0x1d, 32];
    pub(crate) const ISSUER_KEY: &[u8] = &[0x55, 0x1d, 35];
    pub(crate) const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
    pub(crate) const AUTHORITY_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
    pub(crate) const POISON: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 3];
    /// 1.2.3.4, which is nobody's.
    pub(crate) const UNKNOWN: &[u8] = &[0x2a, 3, 4];
}

/// Purposes of extended key usage, below 1.3.6.1.5.5.7.3.
pub(super) const SERVER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
pub(super) const CLIENT: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
pub(super) const CODE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 3];
pub(super) const ANY: &[u8] = &[0x55, 0x1d, 37, 0];

/// Bits of a key usage's first byte (RFC 5280 section 4.2.1.3).
pub(super) const SIGNS: u8 = 0x80;
pub(super) const ENCIPHERS: u8 = 0x20;
pub(super) const SIGNS_CERTIFICATES: u8 = 0x04;
pub(super) const SIGNS_LISTS: u8 = 0x02;

/// What has a key and a certificate.
#[derive(Clone)]
pub(super) struct Entity {
    pub(super) key: Key,
    /// The subject, a whole Name.
    pub(super) name: Vec<u8>,
    pub(super) der: CertificateDer<'static>,
}

/// A certificate to be made.
#[derive(Clone)]
pub(super) struct Template {
    version: Option<u8>,
    serial: Vec<u8>,
    /// The AlgorithmIdentifier in the signed part, where it is another than outside.
    inner_algorithm: Option<Vec<u8>>,
    issuer: Vec<u8>,
    begins: Vec<u8>,
    ends: Vec<u8>,
    name: Vec<u8>,
    key: Key,
    signer: Option<Key>,
    extensions: Vec<(Vec<u8>, bool, Vec<u8>)>,
    spoils_signature: bool,
    has_empty_extensions: bool,
    trails: Vec<u8>,
}

/// A self-signed root of this name.
pub(super) fn root(name: &str) -> Entity {
    root_of(name).make()
}

/// The same, to be changed.
pub(super) fn root_of(name: &str) -> Template {
    root_with(name, Key::p256())
}

pub(super) fn root_with(name: &str, key: Key) -> Template {
    let template = Template::new(common_name(name), common_name(name), key, None);
    template.authority(None).days(-1_000, 3_000)
}

/// A server's certificate that is signed with its own key.
pub(super) fn self_signed(names: &[&str]) -> Template {
    let name = common_name(names.first().unwrap_or(&"server"));
    Template::new(name.clone(), name, Key::p256(), None).server(names)
}

impl Entity {
    /// A server's certificate for these names, for 90 days, 60 of them to come.
    pub(super) fn server(&self, names: &[&str]) -> Template {
        let name = common_name(names.first().unwrap_or(&"server"));
        self.issue(name).server(names)
    }

    /// An authority's.
    pub(super) fn authority(&self, name: &str) -> Template {
        self.issue(common_name(name)).authority(None).days(-500, 1_500)
    }

    /// Another certificate for an authority that has one: its name and its key.
    pub(super) fn cross_sign(&self, other: &Entity) -> Template {
        self.issue(other.name.clone())
            .key(other.key.clone())
            .authority(None)
            .days(-500, 1_500)
    }

    fn issue(&self, name: Vec<u8>) -> Template {
        let template = Template::new(self.name.clone(), name, Key::p256(), Some(self.key.clone()));
        template.with(extension::ISSUER_KEY, false, &issuer_key(&self.key))
    }
}

impl Template {
    fn new(issuer: Vec<u8>, name: Vec<u8>, key: Key, signer: Option<Key>) -> Self {
        let serial: Vec<u8> = std::iter::once(0x40).chain(rand::<15>()).collect();
        Self {
            version: Some(2),
            serial,
            inner_algorithm: None,
            issuer,
            begins: time_at(NOW - 30 * DAY),
            ends: time_at(NOW + 60 * DAY),
            name,
            key,
            signer,
            extensions: Vec::new(),
            spoils_signature: false,
            has_empty_extensions: false,
            trails: Vec::new(),
        }
    }

    fn server(self, names: &[&str]) -> Self {
        self.named(&names.iter().map(|name| dns_or_ip(name)).collect::<Vec<_>>())
            .usage(SIGNS)
            .purposes(&[SERVER])
    }

    fn authority(self, path_length: Option<u8>) -> Self {
        let key = subject_key(&self.key);
        self.path_length(path_length)
            .usage(SIGNS_CERTIFICATES | SIGNS_LISTS)
            .with(extension::SUBJECT_KEY, false, &element(OCTET_STRING, &key))
    }

    /// How many authorities may stand below it.
    pub(super) fn path_length(self, limit: Option<u8>) -> Self {
        let mut parts = element(BOOLEAN, &[0xff]);
        if let Some(limit) = limit {
            parts.extend(element(INTEGER, &[limit]));
        }
        self.with(extension::BASIC_CONSTRAINTS, true, &element(SEQUENCE, &parts))
    }

    /// From and to, in days from now.
    pub(super) fn days(mut self, begins: i64, ends: i64) -> Self {
        self.begins = time_at(NOW + begins * DAY);
        self.ends = time_at(NOW + ends * DAY);
        self
    }

    /// The two times as they stand in the certificate, tag and length too.
    pub(super) fn times(mut self, begins: Vec<u8>, ends: Vec<u8>) -> Self {
        self.begins = begins;
        self.ends = ends;
        self
    }

    /// These GeneralNames as its names; none for no such extension.
    pub(super) fn named(self, names: &[Vec<u8>]) -> Self {
        match names.len() {
            0 => self.without(extension::NAMES),
            _ => self.with(extension::NAMES, false, &element(SEQUENCE, &names.concat())),
        }
    }

    pub(super) fn usage(self, bits: u8) -> Self {
        let unused = u8::try_from(bits.trailing_zeros().min(7)).unwrap();
        self.with(extension::KEY_USAGE, true, &element(BIT_STRING, &[unused, bits]))
    }

    pub(super) fn purposes(self, purposes: &[&[u8]]) -> Self {
        let parts: Vec<u8> = purposes
            .iter()
            .flat_map(|purpose| element(OID, purpose))
            .collect();
        self.with(extension::EXTENDED_KEY_USAGE, false, &element(SEQUENCE, &parts))
    }

    /// Which names it may vouch for: GeneralNames, addresses with their masks.
    pub(super) fn constrained(self, permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Self {
        let subtrees = |number, bases: &[Vec<u8>]| match bases.len() {
            0 => Vec::new(),
            _ => {
                let subtrees: Vec<u8> = bases.iter().flat_map(|base| element(SEQUENCE, base)).collect();
                element(context(number), &subtrees)
            }
        };
        let parts = [subtrees(0, permitted), subtrees(1, excluded)].concat();
        self.with(extension::NAME_CONSTRAINTS, true, &element(SEQUENCE, &parts))
    }

    /// This extension in place of the one that it has.
    pub(super) fn with(self, oid: &[u8], critical: bool, value: &[u8]) -> Self {
        self.without(oid).and(oid, critical, value)
    }

    /// This extension, also when it has one of its kind.
    pub(super) fn and(mut self, oid: &[u8], critical: bool, value: &[u8]) -> Self {
        self.extensions.push((oid.to_vec(), critical, value.to_vec()));
        self
    }

    pub(super) fn without(mut self, oid: &[u8]) -> Self {
        self.extensions.retain(|(other, _, _)| other != oid);
        self
    }

    /// Of version 1, which has no extensions, or of any other.
    pub(super) fn version(mut self, version: u8) -> Self {
        self.version = (version != 1).then(|| version - 1);
        if version < 3 {
            self.extensions.clear();
        }
        self
    }

    pub(super) fn serial(mut self, bytes: &[u8]) -> Self {
        self.serial = bytes.to_vec();
        self
    }

    pub(super) fn key(mut self, key: Key) -> Self {
        self.key = key;
        let has_name = self
            .extensions
            .iter()
            .any(|(oid, _, _)| oid == extension::SUBJECT_KEY);
        let name = element(OCTET_STRING, &subject_key(&self.key));
        if has_name {
            self.with(extension::SUBJECT_KEY, false, &name)
        } else {
            self
        }
    }

    pub(super) fn name(mut self, name: Vec<u8>) -> Self {
        self.name = name;
        self
    }

    /// By another key than that of the issuer that it names.
    pub(super) fn signed_by(mut self, key: &Key) -> Self {
        self.signer = Some(key.clone());
        self
    }

    pub(super) fn spoiled(mut self) -> Self {
        self.spoils_signature = true;
        self
    }

    /// A list of extensions, with none in it.
    pub(super) fn empty_extensions(mut self) -> Self {
        self.extensions.clear();
        self.has_empty_extensions = true;
        self
    }

    pub(super) fn trailed_by(mut self, bytes: &[u8]) -> Self {
        self.trails = bytes.to_vec();
        self
    }

    pub(super) fn inner_algorithm(mut self, oid: &[u8]) -> Self {
        self.inner_algorithm = Some(element(SEQUENCE, &element(OID, oid)));
        self
    }

    pub(super) fn der(self) -> CertificateDer<'static> {
        self.make().der
    }

    pub(super) fn make(self) -> Entity {
        let signer = self.signer.as_ref().unwrap_or(&self.key);
        let algorithm = signer.algorithm();
        let extensions: Vec<u8> = self
            .extensions
            .iter()
            .flat_map(|(oid, critical, value)| {
                let critical = if *critical {
                    element(BOOLEAN, &[0xff])
                } else {
                    Vec::new()
                };
                element(
                    SEQUENCE,
                    &[element(OID, oid), critical, element(OCTET_STRING, value)].concat(),
                )
            })
            .collect();
        let signed = element(
            SEQUENCE,
            &[
                self.version
                    .map(|version| element(context(0), &element(INTEGER, &[version])))
                    .unwrap_or_default(),
                element(INTEGER, &self.serial),
                self.inner_algorithm.clone().unwrap_or_else(|| algorithm.clone()),
                self.issuer.clone(),
                element(SEQUENCE, &[self.begins.clone(), self.ends.clone()].concat()),
                self.name.clone(),
                self.key.public.clone(),
                match self.extensions.len() {
                    0 if !self.has_empty_extensions => Vec::new(),
                    _ => element(context(3), &element(SEQUENCE, &extensions)),
                },
            ]
            .concat(),
        );
        let mut signature = signer.sign(&signed);
        if self.spoils_signature {
            let last = signature.len() - 1;
            signature[last] ^= 1;
        }
        let signature = element(BIT_STRING, &[&[0], signature.as_slice()].concat());
        let mut der = element(SEQUENCE, &[signed, algorithm, signature].concat());
        der.extend(&self.trails);
        Entity {
            key: self.key,
            name: self.name,
            der: CertificateDer::from(der),
        }
    }
}

/// A Name of one common name.
pub(super) fn common_name(name: &str) -> Vec<u8> {
    const UTF8_STRING: u8 = 0x0c;
    common_name_as(UTF8_STRING, name)
}

/// The same as a PrintableString.
pub(super) fn printable_name(name: &str) -> Vec<u8> {
    const PRINTABLE_STRING: u8 = 0x13;
    common_name_as(PRINTABLE_STRING, name)
}

fn common_name_as(kind: u8, name: &str) -> Vec<u8> {
    const SET: u8 = 0x31;
    const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    let attribute = [element(OID, COMMON_NAME), element(kind, name.as_bytes())].concat();
    element(SEQUENCE, &element(SET, &element(SEQUENCE, &attribute)))
}

/// A dNSName of any bytes.
pub(super) fn dns(name: impl AsRef<[u8]>) -> Vec<u8> {
    element(0x82, name.as_ref())
}

/// An iPAddress of any bytes.
pub(super) fn ip(bytes: &[u8]) -> Vec<u8> {
    element(0x87, bytes)
}

/// A directoryName.
pub(super) fn directory(name: &str) -> Vec<u8> {
    element(context(4), &common_name(name))
}

fn dns_or_ip(name: &str) -> Vec<u8> {
    match name.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(address)) => ip(&address.octets()),
        Ok(std::net::IpAddr::V6(address)) => ip(&address.octets()),
        Err(_) => dns(name),
    }
}

/// A GeneralizedTime.
pub(super) fn time_at(seconds: i64) -> Vec<u8> {
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second) = at.to_hms();
    let month = u8::from(month);
    let text = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    element(GENERALIZED_TIME, text.as_bytes())
}

fn subject_key(key: &Key) -> [u8; 20] {
    crate::encode::key_identifier(&key.public)
}

/// The authorityKeyIdentifier that names this key.
pub(super) fn issuer_key(key: &Key) -> Vec<u8> {
    element(SEQUENCE, &element(0x80, &subject_key(key)))
}

fn rand<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).unwrap();
    bytes
}
