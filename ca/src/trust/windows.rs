//! Windows: the person's own root store, changed by Windows's `certutil` and looked at by PowerShell. Windows asks the
//! person by itself before it trusts a root.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::command::Command;
use super::find::Found;
use super::noted::Noted;
use super::steps::Step;
use super::store::{LookError, Presence, RootFile, StoreKind, TrustStore};
use crate::encode::hex;

struct UserRoots {
    place: PathBuf,
}

pub(super) fn find(notes: &Path, found: &mut Found) {
    let place = PathBuf::from(r"Cert:\CurrentUser\Root");
    found.stores.push(Box::new(Noted {
        store: UserRoots { place },
        notes: notes.to_owned(),
    }));
}

/// Windows's name for the certificate.
fn thumbprint(root: &RootFile) -> String {
    hex(&root.certificate.sha1()).to_uppercase()
}

/// Prints the certificate of that name in Base64, or nothing.
fn look_command(root: &RootFile) -> Command {
    let script = format!(
        "$c = Get-Item -LiteralPath Cert:\\CurrentUser\\Root\\{} -ErrorAction SilentlyContinue; \
         if ($c) {{ [Convert]::ToBase64String($c.RawData) }}",
        thumbprint(root)
    );
    Command::new("powershell.exe").args(["-NoProfile", "-NonInteractive", "-Command", &script])
}

fn add_command(root: &RootFile) -> Command {
    Command::new("certutil.exe")
        .args(["-user", "-addstore", "Root"])
        .arg(&root.path)
}

fn delete_command(root: &RootFile) -> Command {
    Command::new("certutil.exe")
        .args(["-user", "-delstore", "Root"])
        .arg(thumbprint(root))
}

impl TrustStore for UserRoots {
    fn kind(&self) -> StoreKind {
        StoreKind::System
    }

    fn title(&self) -> String {
        "your root certificates".to_owned()
    }

    fn place(&self) -> &Path {
        &self.place
    }

    fn look(&self, root: &RootFile) -> Result<Presence, LookError> {
        Ok(read_presence(&look_command(root).run()?, root))
    }

    fn steps_in(&self, root: &RootFile) -> Vec<Step> {
        vec![Step::Run {
            command: add_command(root),
            undo: Some(delete_command(root)),
        }]
    }

    fn steps_out(&self, root: &RootFile) -> Vec<Step> {
        vec![Step::Run {
            command: delete_command(root),
            undo: Some(add_command(root)),
        }]
    }

    /// The store is the person's own.
    fn needs_root(&self) -> bool {
        false
    }
}

/// The store has no names beside the hash, and does not tell who put a certificate there.
fn read_presence(said: &str, root: &RootFile) -> Presence {
    match BASE64.decode(said.trim()) {
        Ok(der) if der == root.certificate.der().as_ref() => Presence::Installed,
        _ => Presence::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RootCertificate;
    use crate::testing::authority;

    #[test]
    fn the_commands_name_the_certificates_hash() {
        let certificate = RootCertificate::parse(authority("Lab Root").certificate().clone()).unwrap();
        let path = PathBuf::from(r"C:\Users\ada\root.pem");
        let root = RootFile { certificate, path };
        let name = thumbprint(&root);
        assert_eq!(
            add_command(&root).to_string(),
            r"certutil.exe -user -addstore Root C:\Users\ada\root.pem"
        );
        assert_eq!(
            delete_command(&root).to_string(),
            format!("certutil.exe -user -delstore Root {name}")
        );
        assert_eq!(
            look_command(&root).to_string(),
            format!(
                "powershell.exe -NoProfile -NonInteractive -Command '$c = Get-Item -LiteralPath \
                 Cert:\\CurrentUser\\Root\\{name} -ErrorAction SilentlyContinue; if ($c) {{ \
                 [Convert]::ToBase64String($c.RawData) }}'"
            )
        );
        let said = format!("{}\r\n", BASE64.encode(root.certificate.der()));
        assert_eq!(read_presence(&said, &root), Presence::Installed);
        assert_eq!(read_presence("", &root), Presence::Absent);
        assert_eq!(read_presence("QUJD", &root), Presence::Absent);
    }
}
