//! The variables that make programs use a proxy and trust a root.

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::no_proxy::entries_to_keep;

/// Variables that take the proxy's URL. Some libraries know the lower case alone (curl for `http_proxy`, because of
/// CGI), some the upper.
const PROXY_URL: &[&str] = &[
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "npm_config_proxy",
    "npm_config_https_proxy",
    "CARGO_HTTP_PROXY",
];

/// Variables that take a PEM bundle, and who reads them.
const BUNDLE: &[&str] = &[
    "SSL_CERT_FILE",        // OpenSSL, and with it Python, Ruby, PHP; Go; rustls; .NET
    "CURL_CA_BUNDLE",       // curl; Python's requests
    "REQUESTS_CA_BUNDLE",   // Python's requests
    "PIP_CERT",             // pip
    "NODE_EXTRA_CA_CERTS",  // Node.js, which adds them to its own
    "npm_config_cafile",    // npm
    "GIT_SSL_CAINFO",       // git
    "CARGO_HTTP_CAINFO",    // cargo
    "AWS_CA_BUNDLE",        // the AWS command line and SDKs
    "DENO_CERT",            // Deno
    "PERL_LWP_SSL_CA_FILE", // Perl's LWP
];

/// The variable whose options every Java virtual machine takes.
const JAVA_OPTIONS: &str = "JAVA_TOOL_OPTIONS";

/// The files that variables name.
#[derive(Clone, Debug)]
pub(super) struct TrustFiles {
    /// PEM.
    pub(super) bundle: PathBuf,
    /// PKCS#12.
    pub(super) java: PathBuf,
}

/// What is set and taken away for a program.
#[derive(Debug)]
pub(super) struct Environment {
    /// None takes the variable away.
    variables: Vec<(&'static str, Option<OsString>)>,
    /// Hosts that `NO_PROXY` keeps from the proxy.
    pub(super) not_proxied: Vec<String>,
}

impl Environment {
    /// For a program that goes through `proxy` and trusts `files`; `inherited` tells what it would have had.
    pub(super) fn new(
        proxy: SocketAddr,
        files: &TrustFiles,
        inherited: impl Fn(&str) -> Option<OsString>,
    ) -> Self {
        let mut variables = Vec::new();
        let url = OsString::from(format!("http://{proxy}"));
        variables.extend(PROXY_URL.iter().map(|name| (*name, Some(url.clone()))));
        variables.extend(
            BUNDLE
                .iter()
                .map(|name| (*name, Some(files.bundle.clone().into_os_string()))),
        );
        // Since version 24, and 22.21: without it Node.js looks at no proxy variable.
        variables.push(("NODE_USE_ENV_PROXY", Some("1".into())));
        variables.push((
            JAVA_OPTIONS,
            Some(java_options(inherited(JAVA_OPTIONS), proxy, &files.java)),
        ));

        let not_proxied = not_proxied(&inherited);
        let kept = (!not_proxied.is_empty()).then(|| OsString::from(not_proxied.join(",")));
        variables.extend(["NO_PROXY", "no_proxy"].map(|name| (name, kept.clone())));
        Self {
            variables,
            not_proxied,
        }
    }

    pub(super) fn apply(&self, command: &mut Command) {
        for (name, value) in &self.variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
    }
}

/// Files with certificates that the person's own variables name. `SSL_CERT_FILE` isn't among them: reading the
/// system's roots follows it.
pub(super) fn named_certificate_files(inherited: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = BUNDLE
        .iter()
        .filter(|name| **name != "SSL_CERT_FILE")
        .filter_map(|name| inherited(name))
        .map(PathBuf::from)
        // Some may name folders.
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files.dedup();
    files
}

/// What both spellings together keep: of programs that look at one or the other, none loses an entry.
fn not_proxied(inherited: &impl Fn(&str) -> Option<OsString>) -> Vec<String> {
    let mut kept = Vec::new();
    for value in ["NO_PROXY", "no_proxy"].into_iter().filter_map(inherited) {
        for entry in entries_to_keep(&value.to_string_lossy()) {
            if !kept.contains(&entry) {
                kept.push(entry);
            }
        }
    }
    kept
}

/// The options that are there, and behind them ours: of two that set the same property, the later one counts.
///
/// `http.nonProxyHosts` is set and empty. Unset, it is loopback; and to whatever it lists Java adds loopback.
fn java_options(inherited: Option<OsString>, proxy: SocketAddr, trust_store: &Path) -> OsString {
    let host = proxy.ip().to_string();
    let port = proxy.port().to_string();
    let properties: [(&str, &OsStr); 8] = [
        ("http.proxyHost", host.as_ref()),
        ("http.proxyPort", port.as_ref()),
        ("https.proxyHost", host.as_ref()),
        ("https.proxyPort", port.as_ref()),
        ("http.nonProxyHosts", "".as_ref()),
        ("javax.net.ssl.trustStore", trust_store.as_os_str()),
        ("javax.net.ssl.trustStoreType", "PKCS12".as_ref()),
        (
            "javax.net.ssl.trustStorePassword",
            ca::trust::JAVA_TRUST_STORE_PASSWORD.as_ref(),
        ),
    ];
    let mut options = inherited.unwrap_or_default();
    for (name, value) in properties {
        if !options.is_empty() {
            options.push(" ");
        }
        options.push(quoted(name, value));
    }
    options
}

/// `-Dname=value`, in quotes where the value has blanks. Java reads quotes of both kinds and knows no escape.
fn quoted(name: &str, value: &OsStr) -> OsString {
    let text = value.to_string_lossy();
    let quote = match (text.contains(char::is_whitespace), text.contains('"')) {
        (false, _) => "",
        (true, false) => "\"",
        (true, true) => "'",
    };
    let mut option = OsString::from(format!("{quote}-D{name}="));
    option.push(value);
    option.push(quote);
    option
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn files() -> TrustFiles {
        TrustFiles {
            bundle: "/work/bundle.pem".into(),
            java: "/work/trust.p12".into(),
        }
    }

    fn environment(inherited: &[(&str, &str)]) -> Environment {
        let proxy = "127.0.0.1:8080".parse().unwrap();
        Environment::new(proxy, &files(), lookup(inherited))
    }

    fn lookup(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        let variables: HashMap<String, OsString> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
            .collect();
        move |name| variables.get(name).cloned()
    }

    fn value<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
        let mut found = environment.variables.iter().filter(|(other, _)| *other == name);
        let (_, value) = found.next().unwrap_or_else(|| panic!("{name} is left as it was"));
        assert!(found.next().is_none(), "{name} is set twice");
        value.as_deref().map(|value| value.to_str().unwrap())
    }

    #[test]
    fn every_variable_that_programs_look_for() {
        let environment = environment(&[]);
        for name in [
            "HTTP_PROXY",
            "http_proxy",
            "HTTPS_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "all_proxy",
        ] {
            assert_eq!(value(&environment, name), Some("http://127.0.0.1:8080"), "{name}");
        }
        for name in ["npm_config_proxy", "npm_config_https_proxy", "CARGO_HTTP_PROXY"] {
            assert_eq!(value(&environment, name), Some("http://127.0.0.1:8080"), "{name}");
        }
        for name in [
            "SSL_CERT_FILE",
            "CURL_CA_BUNDLE",
            "REQUESTS_CA_BUNDLE",
            "PIP_CERT",
            "NODE_EXTRA_CA_CERTS",
            "npm_config_cafile",
            "GIT_SSL_CAINFO",
            "CARGO_HTTP_CAINFO",
            "AWS_CA_BUNDLE",
            "DENO_CERT",
            "PERL_LWP_SSL_CA_FILE",
        ] {
            assert_eq!(value(&environment, name), Some("/work/bundle.pem"), "{name}");
        }
        assert_eq!(value(&environment, "NODE_USE_ENV_PROXY"), Some("1"));
        assert_eq!(
            value(&environment, "JAVA_TOOL_OPTIONS"),
            Some(
                "-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=8080 -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=8080 \
                 -Dhttp.nonProxyHosts= -Djavax.net.ssl.trustStore=/work/trust.p12 \
                 -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit"
            )
        );
    }

    #[test]
    fn an_ipv6_proxy_is_written_in_brackets_where_it_stands_in_a_url() {
        let environment = Environment::new("[::1]:8080".parse().unwrap(), &files(), |_| None);
        assert_eq!(value(&environment, "HTTPS_PROXY"), Some("http://[::1]:8080"));
        assert!(
            value(&environment, "JAVA_TOOL_OPTIONS")
                .unwrap()
                .contains("-Dhttps.proxyHost=::1 ")
        );
    }

    #[test]
    fn java_options_that_are_there_stay_in_front() {
        let environment = environment(&[("JAVA_TOOL_OPTIONS", "-Xmx1g")]);
        assert!(
            value(&environment, "JAVA_TOOL_OPTIONS")
                .unwrap()
                .starts_with("-Xmx1g -Dhttp.proxyHost=")
        );
    }

    #[test]
    fn a_path_with_blanks_is_quoted_for_java() {
        assert_eq!(
            quoted("a", "/My Files/trust.p12".as_ref()),
            "\"-Da=/My Files/trust.p12\""
        );
        assert_eq!(
            quoted("a", "/My \"Files\"/trust.p12".as_ref()),
            "'-Da=/My \"Files\"/trust.p12'"
        );
        assert_eq!(quoted("a", "/files/trust.p12".as_ref()), "-Da=/files/trust.p12");
    }

    #[test]
    fn no_proxy_is_taken_away_or_reduced_and_what_is_left_is_told() {
        let none = environment(&[("NO_PROXY", "localhost,*"), ("no_proxy", "127.0.0.1")]);
        assert_eq!((value(&none, "NO_PROXY"), value(&none, "no_proxy")), (None, None));
        assert!(none.not_proxied.is_empty());

        let some = environment(&[
            ("NO_PROXY", "localhost,a.example"),
            ("no_proxy", "a.example,b.example"),
        ]);
        assert_eq!(value(&some, "NO_PROXY"), Some("a.example,b.example"));
        assert_eq!(value(&some, "no_proxy"), Some("a.example,b.example"));
        assert_eq!(some.not_proxied, ["a.example", "b.example"]);
    }

    #[test]
    fn files_that_the_person_named_go_into_the_bundle() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("company.pem");
        std::fs::write(&path, "").unwrap();
        let named = named_certificate_files(lookup(&[
            ("NODE_EXTRA_CA_CERTS", path.to_str().unwrap()),
            ("REQUESTS_CA_BUNDLE", path.to_str().unwrap()),
            ("CURL_CA_BUNDLE", dir.path().to_str().unwrap()),
            ("PIP_CERT", "/nonexistent.pem"),
            ("SSL_CERT_FILE", path.to_str().unwrap()),
        ]));
        assert_eq!(named, [path]);
    }
}
