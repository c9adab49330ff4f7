//! Apple's configuration profile, by which iOS, iPadOS and macOS take a root.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::RootCertificate;

impl RootCertificate {
    /// A profile with one payload. Its identifiers follow from the certificate, so that a profile that is installed
    /// again takes its own place.
    #[must_use]
    pub fn to_mobileconfig(&self) -> String {
        let certificate = BASE64.encode(&self.der);
        let name = escape(&self.subject);
        let (first, second) = halves(self.sha256());
        let (payload, profile) = (uuid_of(first), uuid_of(second));
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
}

fn halves(fingerprint: [u8; 32]) -> ([u8; 16], [u8; 16]) {
    let (mut first, mut second) = ([0; 16], [0; 16]);
    first.copy_from_slice(&fingerprint[..16]);
    second.copy_from_slice(&fingerprint[16..]);
    (first, second)
}

/// A version 8 UUID (RFC 9562 section 5.8).
fn uuid_of(mut bytes: [u8; 16]) -> String {
    bytes[6] = 0x80 | bytes[6] & 0x0f;
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    let text = |range: std::ops::Range<usize>| -> String {
        bytes[range].iter().map(|byte| format!("{byte:02X}")).collect()
    };
    [text(0..4), text(4..6), text(6..8), text(8..10), text(10..16)].join("-")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::authority;

    #[test]
    fn identifiers_follow_from_the_fingerprint() {
        assert_eq!(
            uuid_of([
                0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee,
                0xff
            ]),
            "00112233-4455-8677-8899-AABBCCDDEEFF"
        );
        assert_eq!(uuid_of([0xff; 16]), "FFFFFFFF-FFFF-8FFF-BFFF-FFFFFFFFFFFF");
    }

    #[test]
    fn a_profile_carries_the_certificate_and_a_safe_name() {
        let own = authority("Handlens <laptop> & co");
        let root = RootCertificate::parse(own.certificate().clone()).unwrap();
        let profile = root.to_mobileconfig();
        assert!(profile.contains(&format!("<data>{}</data>", BASE64.encode(own.certificate()))));
        assert!(profile.contains("<string>CN=Handlens &lt;laptop&gt; &amp; co</string>"));
        assert_eq!(profile, root.to_mobileconfig());
    }
}
