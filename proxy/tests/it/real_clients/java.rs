//! Java, by its own library and its own trust store, told to accept nothing without an answer about revocation.

use crate::lab::{Lab, Ran, program, run};

use super::home;

const FETCH: &str = r#"
import java.net.*;
public class Fetch {
    public static void main(String[] arguments) throws Exception {
        Proxy proxy = new Proxy(Proxy.Type.HTTP, new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])));
        HttpURLConnection answer = (HttpURLConnection) new URL(arguments[1]).openConnection(proxy);
        System.out.println(answer.getResponseCode() + " " + answer.getInputStream().readAllBytes().length);
    }
}
"#;

/// Java's trust store with our root in it, by Java's own tool, and the program compiled.
async fn prepare(lab: &Lab) {
    let home = home(lab);
    std::fs::write(home.join("Fetch.java"), FETCH).unwrap();
    let mut compile = program("javac", "default-jdk-headless", &home);
    run(compile.arg("Fetch.java")).await.succeeded();
    let mut import = program("keytool", "default-jdk-headless", &home);
    import.args([
        "-importcert",
        "-noprompt",
        "-alias",
        "handlens",
        "-storepass",
        "changeit",
        "-keystore",
        "trust",
        "-file",
    ]);
    run(import.arg(lab.handlens.root_path())).await.succeeded();
}

/// Fetches a page through the proxy.
async fn fetch(lab: &Lab, url: &str, properties: &[&str]) -> Ran {
    let mut command = program("java", "default-jdk-headless", &home(lab));
    let port = lab.handlens.proxy().port().to_string();
    // What Java asks by itself, for a list, goes through the proxy like all else.
    command.args(["-Dhttp.proxyHost=127.0.0.1", &format!("-Dhttp.proxyPort={port}")]);
    command.args([
        "-Djavax.net.ssl.trustStore=trust",
        "-Djavax.net.ssl.trustStorePassword=changeit",
    ]);
    run(command.args(properties).args(["-cp", ".", "Fetch", &port, url])).await
}

#[tokio::test]
async fn java_takes_the_leaf() {
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    prepare(&lab).await;
    let told = fetch(&lab, &origin.url("/bytes/70000"), &[]).await.succeeded();
    assert_eq!(told, "200 70000\n");
    assert_eq!(
        lab.api().exchange("/bytes/70000").await["tls"]["client"],
        "TLS 1.3"
    );
}

/// Told to check revocation, it refuses a leaf that has no answer about it, and takes one whose list Handlens gives.
#[tokio::test]
async fn java_that_insists_on_revocation_takes_the_leaf_with_a_list() {
    const INSIST: [&str; 2] = [
        "-Dcom.sun.net.ssl.checkRevocation=true",
        "-Dcom.sun.security.enableCRLDP=true",
    ];
    let lab = Lab::start().await;
    let origin = lab.origin().await;
    prepare(&lab).await;
    let refused = fetch(&lab, &origin.url("/bytes/3"), &INSIST).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stderr.contains("Could not determine revocation status"),
        "{refused:?}"
    );

    let lab = Lab::start_with(&["--leaf-crl"]).await;
    let origin = lab.origin().await;
    prepare(&lab).await;
    let told = fetch(&lab, &origin.url("/bytes/3"), &INSIST).await.succeeded();
    assert_eq!(told, "200 3\n");
    assert_eq!(lab.api().exchange("/root.crl").await["status"], 200);
}
