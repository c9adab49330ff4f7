#!/usr/bin/env python3
"""Makes certificates and answers of every kind, for the tests: certificates/*.der and certificates/*.ocsp.

Needs Python's `cryptography` (47 or later, for ML-DSA). Keys differ from run to run: the files in the repository are
what one run gave.
"""
import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, mldsa, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from cryptography.x509.oid import NameOID

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "certificates")
FROM = datetime.datetime(2026, 11, 1, 8, 30, 15)
TO = datetime.datetime(2051, 2, 28, 23, 59, 59)
RAW = x509.UnrecognizedExtension
OID = x509.ObjectIdentifier


def name(*parts):
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def der(tag, *parts):
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def text(tag, words):
    return der(tag, words.encode())


def write(file, data):
    with open(os.path.join(FOLDER, file), "wb") as out:
        out.write(data)


def save(file, certificate):
    write(file + ".der", certificate.public_bytes(serialization.Encoding.DER))


def builder(subject, issuer, key, serial=0x0123456789ABCDEF):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(FROM)
        .not_valid_after(TO)
    )


os.makedirs(FOLDER, exist_ok=True)
ROOT = name((NameOID.COUNTRY_NAME, "NL"), (NameOID.ORGANIZATION_NAME, "Example"), (NameOID.COMMON_NAME, "Root of tests"))
root_key = ec.generate_private_key(ec.SECP384R1())
leaf_key = ec.generate_private_key(ec.SECP256R1())

authority = (
    builder(ROOT, ROOT, root_key.public_key(), serial=0x80 << 56)
    .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
    .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
    .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
    .add_extension(
        x509.NameConstraints(
            permitted_subtrees=[
                x509.DNSName("example.com"),
                x509.IPAddress(ipaddress.ip_network("10.0.0.0/8")),
                x509.IPAddress(ipaddress.ip_network("2001:db8::/32")),
            ],
            excluded_subtrees=[x509.DNSName("bad.example.com"), x509.RFC822Name("example.org")],
        ),
        critical=True,
    )
    .add_extension(x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=2), critical=True)
    .add_extension(x509.InhibitAnyPolicy(3), critical=True)
    .add_extension(
        RAW(
            OID("2.5.29.33"),
            der(0x30, der(0x30, der(6, b"\x67\x81\x0c\x01\x02\x01"), der(6, b"\x67\x81\x0c\x01\x02\x02"))),
        ),
        critical=False,
    )
    .sign(root_key, hashes.SHA384())
)
save("authority", authority)

timestamp = lambda at: (
    b"\0" + bytes(range(32)) + at.to_bytes(8, "big") + b"\0\0" + b"\4\3" + (8).to_bytes(2, "big") + der(0x30, der(2, b"\5"), der(2, b"\6"))
)
timestamps = b"".join(len(one).to_bytes(2, "big") + one for one in [timestamp(1795264634000), timestamp(1795264635000)])
timestamps = len(timestamps).to_bytes(2, "big") + timestamps
everything = (
    builder(
        name(
            (NameOID.JURISDICTION_COUNTRY_NAME, "NL"),
            (NameOID.BUSINESS_CATEGORY, "Private Organization"),
            (NameOID.SERIAL_NUMBER, "12345678"),
            (NameOID.COUNTRY_NAME, "NL"),
            (NameOID.STATE_OR_PROVINCE_NAME, "Utrecht"),
            (NameOID.LOCALITY_NAME, "Zeist"),
            (NameOID.STREET_ADDRESS, "Slotlaan 1"),
            (NameOID.POSTAL_CODE, "3701"),
            (NameOID.ORGANIZATION_NAME, "Exämple B.V."),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, "Tests"),
            (NameOID.DOMAIN_COMPONENT, "example"),
            (NameOID.USER_ID, "tester"),
            (NameOID.EMAIL_ADDRESS, "tester@example.com"),
            (NameOID.COMMON_NAME, "everything.example.com"),
        ),
        ROOT,
        leaf_key.public_key(),
    )
    .add_extension(
        x509.SubjectAlternativeName(
            [
                x509.DNSName("everything.example.com"),
                x509.DNSName("*.example.com"),
                x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
                x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
                x509.RFC822Name("tester@example.com"),
                x509.UniformResourceIdentifier("spiffe://example.com/tests"),
                x509.DirectoryName(name((NameOID.COMMON_NAME, "by another name"))),
                x509.RegisteredID(OID("1.2.3.4")),
                x509.OtherName(OID("1.3.6.1.4.1.311.20.2.3"), text(12, "tester@corp.example.com")),
            ]
        ),
        critical=False,
    )
    .add_extension(x509.IssuerAlternativeName([x509.UniformResourceIdentifier("https://example.com/ca")]), critical=False)
    .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    .add_extension(x509.KeyUsage(True, True, True, False, True, False, False, True, False), critical=True)
    .add_extension(
        x509.ExtendedKeyUsage([Usage.SERVER_AUTH, Usage.CLIENT_AUTH, Usage.OCSP_SIGNING, OID("1.2.3.4.5")]), critical=False
    )
    .add_extension(x509.SubjectKeyIdentifier.from_public_key(leaf_key.public_key()), critical=False)
    .add_extension(
        x509.AuthorityKeyIdentifier(bytes(range(20)), [x509.DirectoryName(ROOT)], 0x80 << 56), critical=False
    )
    .add_extension(
        x509.CertificatePolicies(
            [
                x509.PolicyInformation(OID("2.23.140.1.2.2"), ["https://example.com/cps"]),
                x509.PolicyInformation(
                    OID("1.2.3.4"),
                    [x509.UserNotice(x509.NoticeReference("Example", [1, 2]), "Trust it for tests alone")],
                ),
            ]
        ),
        critical=False,
    )
    .add_extension(
        x509.CRLDistributionPoints(
            [
                x509.DistributionPoint([x509.UniformResourceIdentifier("http://crl.example.com/1.crl")], None, None, None),
                x509.DistributionPoint(
                    None,
                    x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "CRL 2")]),
                    frozenset([x509.ReasonFlags.key_compromise, x509.ReasonFlags.superseded]),
                    [x509.DirectoryName(ROOT)],
                ),
            ]
        ),
        critical=False,
    )
    .add_extension(
        x509.FreshestCRL(
            [x509.DistributionPoint([x509.UniformResourceIdentifier("http://crl.example.com/delta.crl")], None, None, None)]
        ),
        critical=False,
    )
    .add_extension(
        x509.AuthorityInformationAccess(
            [
                x509.AccessDescription(Access.OCSP, x509.UniformResourceIdentifier("http://ocsp.example.com")),
                x509.AccessDescription(Access.CA_ISSUERS, x509.UniformResourceIdentifier("http://example.com/ca.crt")),
            ]
        ),
        critical=False,
    )
    .add_extension(x509.TLSFeature([x509.TLSFeatureType.status_request]), critical=False)
    .add_extension(x509.OCSPNoCheck(), critical=False)
    .add_extension(RAW(OID("1.3.6.1.4.1.11129.2.4.2"), der(4, timestamps)), critical=False)
    .add_extension(RAW(OID("2.16.840.1.113730.1.1"), der(3, b"\6\xc0")), critical=False)
    .add_extension(RAW(OID("2.16.840.1.113730.1.13"), text(22, "made for tests")), critical=False)
    .add_extension(RAW(OID("1.3.6.1.4.1.311.20.2"), der(30, "WebServer".encode("utf-16-be"))), critical=False)
    .add_extension(
        RAW(OID("1.3.6.1.4.1.311.21.7"), der(0x30, der(6, b"\x2b\6\1\4\1\x82\x37\x15\x08\1"), der(2, b"\x64"), der(2, b"\4"))),
        critical=False,
    )
    .add_extension(
        RAW(OID("2.23.140.3.1"), der(0x30, text(19, "NTR"), text(19, "NL"), text(12, "12345678"))), critical=False
    )
    .add_extension(
        RAW(OID("2.5.29.16"), der(0x30, text(0x80, "20261101083015Z"), text(0x81, "20271101083015Z"))), critical=False
    )
    .add_extension(
        RAW(OID("1.3.6.1.5.5.7.1.3"), der(0x30, der(0x30, der(6, b"\4\0\x8e\x46\1\1")))), critical=False
    )
    .add_extension(RAW(OID("1.3.6.1.4.1.44363.44"), der(5)), critical=False)
    .add_extension(
        RAW(OID("1.2.3.4.5.6"), der(0x30, der(1, b"\xff"), der(0xA0, der(10, b"\2")), der(0x81, b"words"), der(6, b"\x2a\3"))),
        critical=False,
    )
    .add_extension(RAW(OID("1.2.3.4.5.7"), b"not DER at all"), critical=True)
    .sign(root_key, hashes.SHA384())
)
save("everything", everything)

rsa_key = rsa.generate_private_key(65537, 2048)
save(
    "rsa-pss",
    builder(name((NameOID.COMMON_NAME, "rsa.example.com")), ROOT, rsa_key.public_key(), serial=1).sign(
        rsa_key, hashes.SHA256(), rsa_padding=padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    ),
)
ed_key = ed25519.Ed25519PrivateKey.generate()
save("ed25519", builder(x509.Name([]), ROOT, ed_key.public_key()).sign(ed_key, None))
dsa_key = dsa.generate_private_key(1024)
save("dsa", builder(ROOT, ROOT, dsa_key.public_key()).sign(dsa_key, hashes.SHA256()))
mldsa_key = mldsa.MLDSA44PrivateKey.generate()
algorithm = der(0x30, der(6, b"\x60\x86\x48\x01\x65\x03\x04\x03\x11"))
signed = der(
    0x30,
    der(2, b"\7"),
    algorithm,
    ROOT.public_bytes(),
    der(0x30, text(23, "261101083015Z"), text(24, "20510228235959Z")),
    ROOT.public_bytes(),
    der(0x30, algorithm, der(3, b"\0", mldsa_key.public_key().public_bytes_raw())),
)
write("ml-dsa-44-v1.der", der(0x30, signed, algorithm, der(3, b"\0", mldsa_key.sign(signed))))

MULTI = x509.Name(
    [
        x509.RelativeDistinguishedName(
            [x509.NameAttribute(NameOID.COMMON_NAME, "two"), x509.NameAttribute(OID("1.2.3.4"), "at once")]
        )
    ]
)
save("two-attributes", builder(MULTI, ROOT, leaf_key.public_key()).sign(root_key, hashes.SHA256()))

ANSWERED = datetime.datetime(2026, 11, 20, 6, 0, 0)
for file, status, reason in [
    ("good", ocsp.OCSPCertStatus.GOOD, None),
    ("revoked", ocsp.OCSPCertStatus.REVOKED, x509.ReasonFlags.key_compromise),
    ("unknown", ocsp.OCSPCertStatus.UNKNOWN, None),
]:
    answer = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            everything,
            authority,
            hashes.SHA1(),
            status,
            ANSWERED,
            ANSWERED + datetime.timedelta(days=7),
            ANSWERED if reason else None,
            reason,
        )
        .responder_id(ocsp.OCSPResponderEncoding.NAME if reason else ocsp.OCSPResponderEncoding.HASH, authority)
    )
    if reason:
        answer = answer.certificates([authority]).add_extension(x509.OCSPNonce(bytes(range(16))), critical=False)
    write(file + ".ocsp", answer.sign(root_key, hashes.SHA384()).public_bytes(serialization.Encoding.DER))
write(
    "try-later.ocsp",
    ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(serialization.Encoding.DER),
)
