use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::{CustomExtension, PublicKeyData as _, SigningKey as _};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::responder::{Says, extension};
use super::*;
use crate::der::{OCTET_STRING, element};
use crate::encode::sha256;
use crate::verdict::moment;

/// A log with a key of its own.
struct MadeLog {
    name: &'static str,
    operator: &'static str,
    key: KeyPair,
    state: Value,
    interval: Value,
}

impl MadeLog {
    fn new(name: &'static str, operator: &'static str) -> Self {
        Self {
            name,
            operator,
            key: KeyPair::generate().unwrap(),
            state: json!({"usable": {"timestamp": "2024-01-01T00:00:00Z"}}),
            interval: Value::Null,
        }
    }

    fn retired(name: &'static str, operator: &'static str, since: OffsetDateTime) -> Self {
        Self {
            state: json!({"retired": {"timestamp": since.format(&Rfc3339).unwrap()}}),
            ..Self::new(name, operator)
        }
    }

    fn id(&self) -> [u8; 32] {
        sha256(&self.key.subject_public_key_info())
    }

    /// A timestamp over an entry, written as RFC 6962 section 3.2 has it.
    fn promise(&self, at: OffsetDateTime, entry: &[u8]) -> Vec<u8> {
        let at = u64::try_from(at.unix_timestamp() * 1000).unwrap().to_be_bytes();
        let kind = if self.key.algorithm() == &rcgen::PKCS_RSA_SHA256 {
            1
        } else {
            3
        };
        let signed = [&[0, 0][..], &at, entry, &[0, 0]].concat();
        let signature = self.key.sign(&signed).unwrap();
        let length = u16::try_from(signature.len()).unwrap().to_be_bytes();
        [&[0][..], &self.id(), &at, &[0, 0, 4, kind], &length, &signature].concat()
    }

    fn entry_of_list(&self) -> Value {
        json!({
            "description": self.name,
            "log_id": BASE64.encode(self.id()),
            "key": BASE64.encode(self.key.subject_public_key_info()),
            "url": "https://log.example/",
            "mmd": 86400,
            "state": self.state,
            "temporal_interval": self.interval,
            "something_new": {"a": [1]},
        })
    }
}

fn list_file(lab: &Lab, logs: &[&MadeLog]) -> PathBuf {
    let operators: Vec<Value> = logs
        .iter()
        .enumerate()
        .map(|(number, log)| {
            let kind = if number % 2 == 0 { "logs" } else { "tiled_logs" };
            json!({"name": log.operator, "email": [], kind: [log.entry_of_list()]})
        })
        .collect();
    let list = json!({
        "version": "70.1",
        "log_list_timestamp": "2026-11-01T12:00:00Z",
        "operators": operators,
    });
    lab.file("log_list.json", list.to_string())
}

fn vector(parts: &[Vec<u8>]) -> Vec<u8> {
    let body: Vec<u8> = parts
        .iter()
        .flat_map(|part| [&u16::try_from(part.len()).unwrap().to_be_bytes()[..], part].concat())
        .collect();
    [&u16::try_from(body.len()).unwrap().to_be_bytes()[..], &body].concat()
}

fn length24(bytes: &[u8]) -> [u8; 3] {
    let [_, length @ ..] = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    length
}

/// The entry of a certificate that timestamps come beside.
fn whole(leaf: &CertificateDer<'_>) -> Vec<u8> {
    [&[0, 0][..], &length24(leaf), leaf].concat()
}

/// A lab whose certificate carries what these logs promise. They promise it of a certificate that never had the
/// extension: so what is taken out of the real one is told by other code than that which takes it out.
fn lab_with_embedded(promises: &[(&MadeLog, OffsetDateTime)]) -> Lab {
    lab_with_embedded_and(|_| (), promises)
}

fn lab_with_embedded_and(
    change: impl Fn(&mut CertificateParams),
    promises: &[(&MadeLog, OffsetDateTime)],
) -> Lab {
    let mut lab = lab();
    let key = KeyPair::generate().unwrap();
    let mut params = params();
    change(&mut params);
    let before = lab.issuer.sign_with_key(&params, &key);
    let (_, parsed) = parse_x509_certificate(&before).unwrap();
    let (_, issuer) = parse_x509_certificate(lab.issuer.certificate()).unwrap();
    let signed = parsed.tbs_certificate.as_ref();
    let entry = [
        &[0, 1][..],
        &sha256(issuer.public_key().raw),
        &length24(signed),
        signed,
    ]
    .concat();
    let timestamps: Vec<_> = promises
        .iter()
        .map(|(log, at)| log.promise(*at, &entry))
        .collect();
    let oid = [1, 3, 6, 1, 4, 1, 11129, 2, 4, 2];
    let extension = CustomExtension::from_oid_content(&oid, element(OCTET_STRING, &vector(&timestamps)));
    params.custom_extensions.push(extension);
    lab.leaf = lab.issuer.sign_with_key(&params, &key);
    lab
}

fn judge_with(lab: &Lab, logs: &[&MadeLog]) -> Judge {
    lab.judge()
        .with_ct_logs(CtLogs::load(&list_file(lab, logs)).unwrap())
}

fn outcomes(judgement: &Judgement) -> Vec<(CheckOutcome, String)> {
    assert!(judgement.is_trusted(), "{}", judgement.text());
    checks(judgement, "sct")
        .into_iter()
        .map(|check| (check.outcome, check.evidence.clone()))
        .collect()
}

fn enough(told: &str) -> (CheckOutcome, String) {
    let evidence = format!("{told}; browsers ask public authorities for 2 logs of 2 operators");
    (CheckOutcome::Pass, evidence)
}

fn too_few(told: &str) -> (CheckOutcome, String) {
    (CheckOutcome::Warn, enough(told).1)
}

#[test]
fn timestamps_in_the_certificate_are_verified() {
    let logs = [MadeLog::new("Argon", "One"), MadeLog::new("Oak", "Two")];
    let lab = lab_with_embedded(&[(&logs[0], days(-2)), (&logs[1], days(-2))]);
    let judgement = lab.judgement(&judge_with(&lab, &[&logs[0], &logs[1]]), &[], &[]);
    let at = moment(days(-2));
    assert_eq!(
        outcomes(&judgement),
        [
            (
                CheckOutcome::Pass,
                format!("in the certificate, of {at}, by Argon (One): signature verified")
            ),
            (
                CheckOutcome::Pass,
                format!("in the certificate, of {at}, by Oak (Two): signature verified")
            ),
            enough("2 logs that count, of 2 operators"),
        ]
    );
    assert!(
        checks(&judgement, "sct")
            .iter()
            .all(|check| check.certificate == Some(0))
    );
}

#[test]
fn timestamps_in_the_handshake_and_in_the_staple_are_verified() {
    let rsa = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let logs = [
        MadeLog {
            key: rsa,
            ..MadeLog::new("Argon", "One")
        },
        MadeLog::new("Oak", "Two"),
    ];
    let lab = lab();
    let handshake = vector(&[logs[0].promise(days(-2), &whole(&lab.leaf))]);
    let list = vector(&[logs[1].promise(days(-1), &whole(&lab.leaf))]);
    let oid = [0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 5];
    let staple = Says {
        extensions: extension(&oid, false, &element(OCTET_STRING, &list)),
        ..Says::good(&lab)
    };
    let judgement = lab.judgement(
        &judge_with(&lab, &[&logs[0], &logs[1]]),
        &staple.der(),
        &handshake,
    );
    assert_eq!(
        outcomes(&judgement),
        [
            (
                CheckOutcome::Pass,
                format!(
                    "in the handshake, of {}, by Argon (One): signature verified",
                    moment(days(-2))
                )
            ),
            (
                CheckOutcome::Pass,
                format!(
                    "in the stapled OCSP response, of {}, by Oak (Two): signature verified",
                    moment(days(-1))
                )
            ),
            enough("2 logs that count, of 2 operators"),
        ]
    );
}

#[test]
fn without_a_list_of_logs_they_are_decoded_and_not_verified() {
    let log = MadeLog::new("Argon", "One");
    let lab = lab_with_embedded(&[(&log, days(-2))]);
    let evidence = |why: &str| {
        let (at, id) = (moment(days(-2)), BASE64.encode(log.id()));
        format!("in the certificate, of {at}, by the log {id}: {why}")
    };
    let without = lab.judgement(&lab.judge(), &[], &[]);
    let why = "not verified, for no list of logs was given (--ct-logs)";
    assert_eq!(outcomes(&without), [(CheckOutcome::NotChecked, evidence(why))]);

    let other = MadeLog::new("Oak", "Two");
    let judge = judge_with(&lab, &[&other]);
    let file = lab.dir.path().join("log_list.json");
    let why = format!("not verified, for it isn't in {} of 2026-11-01", file.display());
    assert_eq!(
        outcomes(&lab.judgement(&judge, &[], &[])),
        [
            (CheckOutcome::NotChecked, evidence(&why)),
            too_few("0 logs that count, of 0 operators")
        ]
    );
}

#[test]
fn a_certificate_without_any_is_told() {
    let lab = lab();
    let evidence = "no SCT came in the certificate or in a staple, and in the handshake none can be asked for here; of public \
             authorities browsers want them";
    assert_eq!(
        told(&lab.judgement(&lab.judge(), &[], &[]), "sct"),
        (CheckOutcome::NotChecked, evidence)
    );
}

/// Why the one timestamp of this log doesn't count.
fn fault(log: &MadeLog, at: OffsetDateTime) -> String {
    let lab = lab_with_embedded(&[(log, at)]);
    let outcomes = outcomes(&lab.judgement(&judge_with(&lab, &[log]), &[], &[]));
    assert_eq!(outcomes.len(), 2, "{outcomes:?}");
    assert_eq!(outcomes[0].0, CheckOutcome::Warn);
    assert_eq!(outcomes[1], too_few("0 logs that count, of 0 operators"));
    let before = format!("in the certificate, of {}, by Argon (One): ", moment(at));
    outcomes[0].1.strip_prefix(&before).unwrap().to_owned()
}

#[test]
fn logs_that_do_not_count_are_told() {
    let argon = || MadeLog::new("Argon", "One");
    let retired = MadeLog::retired("Argon", "One", days(-4));
    assert_eq!(
        fault(&retired, days(-2)),
        format!("the log was retired before, on {}", days(-4).date())
    );
    let rejected = MadeLog {
        state: json!({"rejected": {"timestamp": "2024-01-01T00:00:00Z"}}),
        ..argon()
    };
    assert_eq!(fault(&rejected, days(-2)), "the log was rejected");
    let pending = MadeLog {
        state: json!({"pending": {"timestamp": "2024-01-01T00:00:00Z"}}),
        ..argon()
    };
    assert_eq!(fault(&pending, days(-2)), "the log isn't one that counts yet");
    let other_time = MadeLog {
        interval: json!({"start_inclusive": "2020-01-01T00:00:00Z", "end_exclusive": "2021-01-01T00:00:00Z"}),
        ..argon()
    };
    assert_eq!(
        fault(&other_time, days(-2)),
        "the log takes certificates that end from 2020-01-01 to before 2021-01-01, which this one doesn't"
    );
    assert_eq!(fault(&argon(), days(2)), "it is of a time yet to come");
}

#[test]
fn what_a_log_promised_before_it_was_retired_counts() {
    let retired = MadeLog::retired("Argon", "One", days(-1));
    let oak = MadeLog::new("Oak", "Two");
    let lab = lab_with_embedded(&[(&retired, days(-2)), (&oak, days(-2))]);
    let told = outcomes(&lab.judgement(&judge_with(&lab, &[&retired, &oak]), &[], &[]));
    let evidence = format!(
        "in the certificate, of {}, by Argon (One), retired on {} after it promised this: signature verified",
        moment(days(-2)),
        days(-1).date()
    );
    assert_eq!(told[0], (CheckOutcome::Pass, evidence));
    assert_eq!(told[2], enough("2 logs that count, of 2 operators"));

    let also_retired = MadeLog::retired("Oak", "Two", days(-1));
    let lab = lab_with_embedded(&[(&retired, days(-2)), (&also_retired, days(-2))]);
    let told = outcomes(&lab.judgement(&judge_with(&lab, &[&retired, &also_retired]), &[], &[]));
    assert_eq!(
        told[2],
        (
            CheckOutcome::Warn,
            "2 logs that count, of 2 operators, all of them retired; \
             browsers ask public authorities for 2 logs of 2 operators, one of them in use"
                .to_owned()
        )
    );
}

#[test]
fn two_logs_of_one_operator_are_too_few() {
    let logs = [MadeLog::new("Argon", "One"), MadeLog::new("Xenon", "One")];
    let lab = lab_with_embedded(&[(&logs[0], days(-2)), (&logs[1], days(-2))]);
    let told = outcomes(&lab.judgement(&judge_with(&lab, &[&logs[0], &logs[1]]), &[], &[]));
    assert_eq!(told[2], too_few("2 logs that count, of 1 operator"));
}

#[test]
fn a_certificate_that_lasts_long_needs_three() {
    let logs = [MadeLog::new("Argon", "One"), MadeLog::new("Oak", "Two")];
    let long = |params: &mut CertificateParams| params.not_after = days(190);
    let lab = lab_with_embedded_and(long, &[(&logs[0], days(-2)), (&logs[1], days(-2))]);
    let told = outcomes(&lab.judgement(&judge_with(&lab, &[&logs[0], &logs[1]]), &[], &[]));
    assert_eq!(
        told[2],
        (
            CheckOutcome::Warn,
            "2 logs that count, of 2 operators; browsers ask public authorities for 3 logs of 2 operators"
                .to_owned()
        )
    );
}

/// A timestamp of another certificate, put into this one.
#[test]
fn a_signature_over_something_else_is_told() {
    let log = MadeLog::new("Argon", "One");
    let lab = lab();
    let other = lab.issuer.server(&["other.example"]);
    let handshake = vector(&[log.promise(days(-2), &whole(&other))]);
    let told = outcomes(&lab.judgement(&judge_with(&lab, &[&log]), &[], &handshake));
    let evidence = format!(
        "in the handshake, of {}, by Argon (One): its signature is not the log's",
        moment(days(-2))
    );
    assert_eq!(told[0], (CheckOutcome::Warn, evidence));
    assert_eq!(told[1], too_few("0 logs that count, of 0 operators"));
}

#[test]
fn broken_lists_are_told_whatever_is_cut_off() {
    let log = MadeLog::new("Argon", "One");
    let lab = lab();
    let judge = judge_with(&lab, &[&log]);
    let whole = vector(&[log.promise(days(-2), &whole(&lab.leaf))]);
    for length in 1..whole.len() {
        let told = outcomes(&lab.judgement(&judge, &[], &whole[..length]));
        assert_eq!(
            told[0],
            (
                CheckOutcome::Warn,
                "the list of SCTs in the handshake is broken: it can't be read".to_owned()
            ),
            "{length}"
        );
    }
    let timestamp = log.promise(days(-2), &[]);
    for length in 0..timestamp.len() {
        let told = outcomes(&lab.judgement(&judge, &[], &vector(&[timestamp[..length].to_vec()])));
        let evidence = "an SCT in the handshake can't be read, or is of a version after the first";
        assert_eq!(told[0], (CheckOutcome::Warn, evidence.to_owned()), "{length}");
    }
    let many = vector(&vec![vec![0]; 20]);
    let told = outcomes(&lab.judgement(&judge, &[], &many));
    assert_eq!(told.len(), 18);
    assert_eq!(
        told[16],
        (
            CheckOutcome::NotChecked,
            "4 more in the handshake: so many are not looked at".to_owned()
        )
    );
}

#[test]
fn a_list_of_logs_that_cannot_be_used_is_a_clear_error() {
    let lab = lab();
    let error = |contents: &str| {
        let error = CtLogs::load(&lab.file("logs.json", contents)).unwrap_err();
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        format!("{error}{}", cause.unwrap_or_default()).replace(&lab.dir.path().display().to_string(), "DIR")
    };
    let not_a_list = "DIR/logs.json is no list of logs in the format of log_list.json, version 3: ";
    assert_eq!(
        error("{"),
        format!("{not_a_list}EOF while parsing an object at line 1 column 1")
    );
    assert_eq!(
        error("{}"),
        format!("{not_a_list}missing field `operators` at line 1 column 2")
    );
    let none = "the list of logs DIR/logs.json has no log that can be used";
    assert_eq!(error(r#"{"operators": []}"#), none);
    let wrong_id = json!({"operators": [{"name": "One", "logs": [{
        "log_id": BASE64.encode([7; 32]),
        "key": BASE64.encode(KeyPair::generate().unwrap().subject_public_key_info()),
    }]}]});
    assert_eq!(error(&wrong_id.to_string()), none);
    let missing = CtLogs::load(Path::new("/nonexistent/logs.json")).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "the list of logs /nonexistent/logs.json can't be read"
    );
}
