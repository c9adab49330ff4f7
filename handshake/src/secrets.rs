//! The secrets of a connection, by the labels of a key log (draft-ietf-tls-keylogfile).

use std::fmt;
use std::sync::Arc;

/// No secret is longer: TLS 1.2's master secret has 48 bytes, as SHA-384's output does.
const MAX_SECRET: usize = 64;
/// Traffic secrets after KeyUpdates come without number; what a person asks to keep is bounded all the same.
const MAX_SECRETS: usize = 1024;

/// The secrets of one connection.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Shared: a dissector keeps them, as do those who gave them.
    secrets: Arc<Vec<(String, Vec<u8>)>>,
}

impl Secrets {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a secret under its label, such as `CLIENT_HANDSHAKE_TRAFFIC_SECRET`; `CLIENT_RANDOM` is the label of TLS
    /// 1.2's master secret. The first of a label counts.
    pub fn insert(&mut self, label: &str, secret: &[u8]) {
        if self.by_label(label).is_none() && self.secrets.len() < MAX_SECRETS && secret.len() <= MAX_SECRET {
            Arc::make_mut(&mut self.secrets).push((label.to_owned(), secret.to_vec()));
        }
    }

    /// Those of a key log in the NSS format that belong to the connection with this client random. Lines that are not
    /// understood are passed over, as the format wants.
    #[must_use]
    pub fn parse_key_log(text: &str, client_random: &[u8]) -> Self {
        let mut secrets = Self::new();
        let random = crate::message::hex(client_random);
        for line in text.lines() {
            let mut words = line.split_ascii_whitespace();
            if let (Some(label), Some(of), Some(secret), None) =
                (words.next(), words.next(), words.next(), words.next())
                && of.eq_ignore_ascii_case(&random)
                && let Some(secret) = unhex(secret)
            {
                secrets.insert(label, &secret);
            }
        }
        secrets
    }

    /// The secret of this label.
    #[must_use]
    pub fn by_label(&self, label: &str) -> Option<&[u8]> {
        self.secrets
            .iter()
            .find(|(known, _)| known == label)
            .map(|(_, secret)| &secret[..])
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }
}

/// The labels alone: a secret has no place in a log.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.secrets.iter().map(|(label, _)| label))
            .finish()
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| (c as char).to_digit(16).and_then(|d| u8::try_from(d).ok());
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_log_yields_the_lines_of_one_connection() {
        let log = "# made by hand\nCLIENT_RANDOM 0A0b 0102\nSERVER_HANDSHAKE_TRAFFIC_SECRET 0a0b ff\n\
                   SERVER_HANDSHAKE_TRAFFIC_SECRET 0a0c 00\nEXPORTER_SECRET 0a0b f\nEXPORTER_SECRET 0a0b 01 02\nX";
        let secrets = Secrets::parse_key_log(log, &[10, 11]);
        assert_eq!(secrets.by_label("CLIENT_RANDOM"), Some(&[1, 2][..]));
        assert_eq!(
            secrets.by_label("SERVER_HANDSHAKE_TRAFFIC_SECRET"),
            Some(&[255][..])
        );
        assert_eq!(secrets.by_label("EXPORTER_SECRET"), None);
        assert_eq!(
            format!("{secrets:?}"),
            r#"["CLIENT_RANDOM", "SERVER_HANDSHAKE_TRAFFIC_SECRET"]"#
        );
    }
}
