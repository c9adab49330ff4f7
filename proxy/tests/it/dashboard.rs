//! The dashboard in Chromium against this binary. The script is the app's own: `web-ui/app/e2e-real/`.

use std::path::Path;

use crate::lab::{program, run};

#[tokio::test]
async fn the_dashboard_shows_the_traffic_of_the_real_thing() {
    let app = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../web-ui/app")
        .canonicalize()
        .unwrap();
    assert!(
        app.join("node_modules/playwright-core").is_dir(),
        "this test needs: npm ci --prefix {}",
        app.display()
    );
    let home = tempfile::tempdir().unwrap();
    let _chromium = program("chromium", "chromium", home.path());
    let mut node = program("node", "nodejs", home.path());
    node.arg("--test").arg("e2e-real/dashboard.mjs").current_dir(&app);
    node.env("HANDLENS_BIN", env!("CARGO_BIN_EXE_handlens"));
    run(&mut node).await.succeeded();
}
