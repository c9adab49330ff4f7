//! The root certificate, in the forms that systems take. Its key is not here.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, header};

use super::openapi::RawBytes;
use crate::RootAbout;
use crate::shared::App;

/// The root certificate in PEM
#[utoipa::path(get, path = "", tag = "root", responses(
    (status = 200, body = String, content_type = "application/x-pem-file"),
))]
pub(crate) async fn read_pem(State(shared): App) -> Response {
    let pem = shared.about.root.pem.clone();
    download(
        "application/x-pem-file",
        "attachment; filename=\"handlens-root.pem\"",
        pem.into(),
    )
}

/// The root certificate in DER
#[utoipa::path(get, path = "", tag = "root", responses(
    (status = 200, body = RawBytes, content_type = "application/x-x509-ca-cert"),
))]
pub(crate) async fn read_der(State(shared): App) -> Response {
    let der = shared.about.root.der.clone();
    download(
        "application/x-x509-ca-cert",
        "attachment; filename=\"handlens-root.cer\"",
        der,
    )
}

/// The root certificate as a profile for iOS and macOS
#[utoipa::path(get, path = "", tag = "root", responses(
    (status = 200, body = String, content_type = "application/x-apple-aspen-config"),
))]
pub(crate) async fn read_mobileconfig(State(shared): App) -> Response {
    let profile = write_profile(&shared.about.root);
    download(
        "application/x-apple-aspen-config",
        "attachment; filename=\"handlens-root.mobileconfig\"",
        profile.into(),
    )
}

fn download(media_type: &'static str, disposition: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition)),
    ];
    (headers, bytes).into_response()
}

/// Apple's configuration profile with one payload. Its identifiers follow from the certificate, so that a
/// profile that is installed again takes its own place.
fn write_profile(root: &RootAbout) -> String {
    let certificate = STANDARD.encode(&root.der);
    let name = escape(&root.subject);
    let payload = uuid_of(&root.sha256_hex, 0);
    let profile = uuid_of(&root.sha256_hex, 1);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>PayloadContent</key>
	<array>
		<dict>
			<key>PayloadCertificateFileName</key>
			<string>handlens-root.cer</string>
			<key>PayloadContent</key>
			<data>{certificate}</data>
			<key>PayloadDescription</key>
			<string>Lets Handlens show what this device says over HTTPS.</string>
			<key>PayloadDisplayName</key>
			<string>{name}</string>
			<key>PayloadIdentifier</key>
			<string>dev.handlens.root.{payload}</string>
			<key>PayloadType</key>
			<string>com.apple.security.root</string>
			<key>PayloadUUID</key>
			<string>{payload}</string>
			<key>PayloadVersion</key>
			<integer>1</integer>
		</dict>
	</array>
	<key>PayloadDisplayName</key>
	<string>Handlens root certificate</string>
	<key>PayloadIdentifier</key>
	<string>dev.handlens.profile.{profile}</string>
	<key>PayloadRemovalDisallowed</key>
	<false/>
	<key>PayloadType</key>
	<string>Configuration</string>
	<key>PayloadUUID</key>
	<string>{profile}</string>
	<key>PayloadVersion</key>
	<integer>1</integer>
</dict>
</plist>
"#
    )
}

/// A version 8 UUID (RFC 9562 section 5.8) of one half of the fingerprint.
fn uuid_of(sha256_hex: &str, half: usize) -> String {
    let hex: Vec<char> = sha256_hex
        .chars()
        .filter(char::is_ascii_hexdigit)
        .map(|digit| digit.to_ascii_uppercase())
        .collect();
    let mut digits: Vec<char> = (0..32)
        .map(|at| hex.get(half * 32 + at).copied().unwrap_or('0'))
        .collect();
    digits[12] = '8';
    digits[16] = match digits[16].to_digit(16).unwrap_or(0) & 3 {
        0 => '8',
        1 => '9',
        2 => 'A',
        _ => 'B',
    };
    let text = |from: usize, to: usize| digits[from..to].iter().collect::<String>();
    [text(0, 8), text(8, 12), text(12, 16), text(16, 20), text(20, 32)].join("-")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> RootAbout {
        RootAbout {
            pem: String::new(),
            der: vec![1, 2, 3],
            sha256_hex: "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef".into(),
            subject: "Handlens <laptop> & co".into(),
            not_after: String::new(),
            path: "root.pem".into(),
        }
    }

    #[test]
    fn a_profiles_identifiers_follow_from_the_certificate() {
        let root = root();
        assert_eq!(
            uuid_of(&root.sha256_hex, 0),
            "00112233-4455-8677-8899-AABBCCDDEEFF"
        );
        assert_eq!(
            uuid_of(&root.sha256_hex, 1),
            "01234567-89AB-8DEF-8123-456789ABCDEF"
        );
        assert_eq!(uuid_of("", 0), "00000000-0000-8000-8000-000000000000");
        assert_eq!(write_profile(&root), write_profile(&root));
    }

    #[test]
    fn a_profile_carries_the_certificate_and_a_safe_name() {
        let profile = write_profile(&root());
        assert!(profile.contains("<data>AQID</data>"));
        assert!(profile.contains("<string>Handlens &lt;laptop&gt; &amp; co</string>"));
    }
}
