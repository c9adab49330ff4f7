//! The page: the root, the steps for the system that asks, and all the others folded. Without scripts.

use std::fmt::Write as _;

use ca::{Root, RootCertificate};
use time::macros::format_description;

use super::guides::{Client, GUIDES, Guide};
use crate::error_page::escape;
use crate::instance::hex;

const STYLE: &str = include_str!("page.css");

/// Every form, with what it is for.
const FORMS: &[(&str, &str)] = &[
    ("/root.pem", "PEM"),
    ("/root.der", "DER"),
    ("/root.mobileconfig", "Apple profile"),
    ("/root.p12", "PKCS#12 (password: handlens)"),
    ("/root.0", "Android, hashed name"),
];

pub(super) fn write(root: &Root, certificate: &RootCertificate, agent: &str, is_secure: bool) -> String {
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Handlens: trust the root</title><style>{STYLE}</style><main><p class=\"name\">Handlens</p>"
    );
    html.push_str(if is_secure {
        "<h1 class=\"ok\">HTTPS comes through this proxy</h1><p>This page came over HTTPS, with a certificate that \
         Handlens made. If your browser opened it without a warning, it trusts the root, and nothing is left to do.</p>"
    } else {
        "<h1>Trust the root of this proxy</h1><p>Your requests reach the proxy. To look into HTTPS it shows certificates \
         of its own, which this device has to trust. Do it only where you want to be looked at: whoever runs this proxy \
         can then read what the device sends.</p>"
    });
    write_root(&mut html, root, certificate);
    let asking = Client::from_user_agent(agent);
    let (own, others): (Vec<&Guide>, Vec<&Guide>) =
        GUIDES.iter().partition(|guide| Some(guide.client) == asking);
    for guide in own {
        let _ = write!(html, "<section><h2>{}</h2>", guide.title);
        write_guide(&mut html, guide);
        html.push_str("</section>");
    }
    if !is_secure {
        html.push_str(
            "<p class=\"then\">Then open <a href=\"https://handlens.local/\">https://handlens.local/</a>: it comes \
             without a warning where the root is trusted.</p>",
        );
    }
    html.push_str(if asking.is_some() {
        "<h2>Other systems</h2>"
    } else {
        "<h2>Your system</h2>"
    });
    for guide in others {
        let _ = write!(html, "<details><summary>{}</summary>", guide.title);
        write_guide(&mut html, guide);
        html.push_str("</details>");
    }
    html.push_str("<h2>Every form</h2><ul class=\"forms\">");
    for (path, name) in FORMS {
        let _ = write!(html, "<li><a href=\"{path}\">{name}</a></li>");
    }
    html.push_str(
        "</ul><p class=\"note\">The certificate alone is here. Its key never leaves the machine that the proxy runs \
         on.</p></main></html>",
    );
    html
}

fn write_root(html: &mut String, root: &Root, certificate: &RootCertificate) {
    let day = format_description!("[year]-[month]-[day]");
    let until = root.not_after().format(day).unwrap_or_default();
    // A line may end behind a colon, and nowhere else.
    let fingerprint = hex(&certificate.sha256(), ":<wbr>");
    let _ = write!(
        html,
        "<dl><dt>Root</dt><dd>{}</dd><dt>SHA-256</dt><dd class=\"mono upper\">{fingerprint}</dd>\
         <dt>Valid until</dt><dd>{until}</dd></dl>",
        escape(certificate.subject())
    );
}

fn write_guide(html: &mut String, guide: &Guide) {
    let Guide {
        file,
        button,
        list,
        steps,
        remark,
        ..
    } = guide;
    let _ = write!(
        html,
        "<p><a class=\"button\" href=\"{file}\">{button}</a></p><{list}>"
    );
    for step in *steps {
        let _ = write!(html, "<li>{step}</li>");
    }
    let _ = write!(html, "</{list}>");
    if !remark.is_empty() {
        let _ = write!(html, "<p class=\"note\">{remark}</p>");
    }
}
