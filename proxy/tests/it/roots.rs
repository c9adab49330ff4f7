//! `handlens ca`: what is said of the root, and what is refused.

use crate::lab::Setup;

#[tokio::test]
async fn a_data_folder_without_a_root_is_told_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let typo = dir.path().join("tpyo");
    for command in [["ca", "show"], ["ca", "export"]] {
        let setup = Setup::bare(dir.path()).args(&command);
        let output = setup.arg("--data-dir").arg(&typo).run().await;
        assert_eq!(output.code, Some(1), "{output:?}");
        assert_eq!(output.stdout, "");
        assert_eq!(
            output.stderr,
            format!(
                "handlens: there is no root in {}/root: `handlens run` makes one at its first start; or give the \
                 folder of another with --data-dir\n",
                typo.display()
            )
        );
        assert!(!typo.exists());
    }
}
