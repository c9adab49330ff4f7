use super::*;

fn flag(kind: RuleKind, host: &str) -> Rule {
    Rule::fixed(kind, host.parse().unwrap(), RuleOrigin::Flag)
}

fn told(rules: &Rules) -> Vec<String> {
    rules.now.borrow().iter().map(Rule::to_string).collect()
}

#[test]
fn a_rule_is_named_by_who_made_it() {
    let setting = Rule::fixed(RuleKind::Pass, "b.test".parse().unwrap(), RuleOrigin::Config);
    let given = vec![flag(RuleKind::AllowInvalid, "*.test"), setting];
    let rules = Rules::load(given, None).unwrap();
    rules.add(RuleKind::AllowInvalid, "Bank.Example").unwrap();
    assert_eq!(
        rules.allows_invalid("a.test").as_deref(),
        Some("--allow-invalid *.test")
    );
    assert_eq!(rules.passes("b.test").as_deref(), Some("setting pass: b.test"));
    assert_eq!(
        rules.allows_invalid("bank.example").as_deref(),
        Some("rule: bank.example")
    );
    assert_eq!(rules.passes("bank.example"), None);
}

#[test]
fn what_a_person_made_is_kept_and_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rules.toml");
    let load = || Rules::load(vec![flag(RuleKind::Pass, "f.test")], Some(path.clone())).unwrap();
    let rules = load();
    let made = rules.add(RuleKind::AllowInvalid, "a.test").unwrap();
    assert_eq!(rules.add(RuleKind::AllowInvalid, "A.test.").unwrap(), made);
    rules.add(RuleKind::Pass, "*.b.test").unwrap();
    let again = load();
    assert_eq!(told(&again), ["--pass f.test", "rule: a.test", "rule: *.b.test"]);
    assert_eq!(again.now.borrow()[1], made);
    again.revoke(&made.id.to_string()).unwrap();
    assert!(matches!(
        again.revoke(&made.id.to_string()),
        Err(RevokeRuleError::Unknown)
    ));
    assert_eq!(told(&load()), ["--pass f.test", "rule: *.b.test"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn what_was_given_at_the_start_stays() {
    let rules = Rules::load(vec![flag(RuleKind::Pass, "f.test")], None).unwrap();
    let id = rules.now.borrow()[0].id.to_string();
    assert_eq!(
        rules.revoke(&id).unwrap_err().to_string(),
        "--pass f.test was given at the start: take it away there"
    );
    assert_eq!(
        rules.revoke("nonsense").unwrap_err().to_string(),
        "there is no such rule"
    );
}

#[test]
fn what_can_not_be_kept_does_not_hold() {
    let dir = tempfile::tempdir().unwrap();
    let rules = Rules::load(Vec::new(), Some(dir.path().join("gone/rules.toml"))).unwrap();
    let error = rules.add(RuleKind::Pass, "a.test").unwrap_err().to_string();
    assert!(
        error.ends_with("can't be written: No such file or directory (os error 2)"),
        "{error}"
    );
    assert_eq!(rules.passes("a.test"), None);
}

#[test]
fn there_is_a_bound() {
    let rules = Rules::load(Vec::new(), None).unwrap();
    for n in 0..MOST {
        rules.add(RuleKind::Pass, &format!("{n}.test")).unwrap();
    }
    assert_eq!(
        rules.add(RuleKind::Pass, "more.test").unwrap_err().to_string(),
        "there are 1000 rules already: revoke some that are no longer needed"
    );
    rules.add(RuleKind::Pass, "7.test").unwrap();
}

#[test]
fn a_broken_file_is_told_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rules.toml");
    // With the mode that it is to have.
    super::file::write(&path, &[]).unwrap();
    let error = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let error = Rules::load(Vec::new(), Some(path.clone())).unwrap_err();
        error.to_string().replace(path.to_str().unwrap(), "rules.toml")
    };
    let id = Id::new();
    let kept = |host: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\nkind = \"pass\"\nmade = \"2026-11-21T08:00:00Z\"\nhost = \"{host}\"\n"
        )
    };
    assert_eq!(
        error(&kept("a/b")),
        "the rules file rules.toml is broken at line 5: \"a/b\" is not a host pattern: give the host alone, without \
         scheme, port or path; mend it, or take it away"
    );
    assert!(error("[[rule]]\nkind = \"drop\"").starts_with("the rules file rules.toml is broken at line "));
    std::fs::write(&path, kept("a.test")).unwrap();
    assert_eq!(
        told(&Rules::load(Vec::new(), Some(path.clone())).unwrap()),
        ["rule: a.test"]
    );
}
