//! Does what a person asks for in the dashboard: pauses the recording, makes rules and takes them back.

use std::sync::Arc;

use capture::{EventSender, Target};
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};
use web_ui::api::model;
use web_ui::{Command, RuleError, TypesError};

use crate::reflection::{Described, Reflection, ReflectionError};
use crate::rules::{AddRuleError, RevokeRuleError, Rule, RuleKind, RuleOrigin, Rules};

/// Does what is asked, one thing after the other, until nobody can ask any more.
pub(crate) async fn obey(
    mut asked: mpsc::Receiver<Command>,
    events: EventSender,
    rules: Arc<Rules>,
    reflection: Reflection,
) {
    // An origin may take its time.
    let mut asking = JoinSet::new();
    while let Some(command) = asked.recv().await {
        // Who no longer waits for an answer needs none.
        match command {
            Command::PauseRecording => events.set_paused(true),
            Command::ResumeRecording => events.set_paused(false),
            Command::AddRule { kind, host, answer } => {
                let _ = answer.send(add(rules.clone(), kind, host).await);
            }
            Command::RevokeRule { id, answer } => {
                let _ = answer.send(revoke(rules.clone(), id).await);
            }
            Command::AskForTypes {
                host,
                port,
                is_tls,
                answer,
            } => {
                while asking.try_join_next().is_some() {}
                let reflection = reflection.clone();
                asking.spawn(async move {
                    let asked = reflection.ask(Target::new(&host, port), is_tls).await;
                    let _ = answer.send(asked.map(tell_types).map_err(tell_why_not));
                });
            }
        }
    }
}

/// The rules that hold now, as the dashboard tells them.
pub(crate) fn told(rules: &Rules) -> Vec<model::Rule> {
    rules.watch().borrow().iter().map(tell).collect()
}

async fn add(rules: Arc<Rules>, kind: model::RuleKind, host: String) -> Result<model::Rule, RuleError> {
    let kind = match kind {
        model::RuleKind::AllowInvalid => RuleKind::AllowInvalid,
        model::RuleKind::Pass => RuleKind::Pass,
    };
    let added = spawn_blocking(move || rules.add(kind, &host)).await;
    match added.map_err(|_| broke_off())? {
        Ok(rule) => Ok(tell(&rule)),
        Err(error @ (AddRuleError::Pattern(_) | AddRuleError::TooMany)) => {
            Err(RuleError::Wrong(error.to_string()))
        }
        Err(AddRuleError::File(error)) => Err(RuleError::NotKept(error.to_string())),
    }
}

async fn revoke(rules: Arc<Rules>, id: String) -> Result<(), RuleError> {
    let revoked = spawn_blocking(move || rules.revoke(&id)).await;
    revoked.map_err(|_| broke_off())?.map_err(|error| match error {
        RevokeRuleError::Unknown => RuleError::Unknown,
        RevokeRuleError::Fixed(_) => RuleError::Fixed(error.to_string()),
        RevokeRuleError::File(error) => RuleError::NotKept(error.to_string()),
    })
}

fn broke_off() -> RuleError {
    RuleError::NotKept("it broke off: see the log of handlens".to_owned())
}

fn tell_types(described: Described) -> model::DescribedTypes {
    model::DescribedTypes {
        services: described.services,
        files: described.files,
    }
}

fn tell(rule: &Rule) -> model::Rule {
    model::Rule {
        id: rule.id.to_string(),
        kind: match rule.kind {
            RuleKind::AllowInvalid => model::RuleKind::AllowInvalid,
            RuleKind::Pass => model::RuleKind::Pass,
        },
        host: rule.host.to_string(),
        origin: match rule.origin {
            RuleOrigin::Flag => model::RuleOrigin::Flag,
            RuleOrigin::Config => model::RuleOrigin::Config,
            RuleOrigin::Person => model::RuleOrigin::Person,
        },
        made: rule.made.map(|made| made.to_string()),
    }
}

fn tell_why_not(error: ReflectionError) -> TypesError {
    let text = error.to_string();
    match error {
        ReflectionError::Paused => TypesError::NotAsked(text),
        ReflectionError::Busy | ReflectionError::NoRoom | ReflectionError::Stopping => {
            TypesError::NotNow(text)
        }
        _ => TypesError::NotTold(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use capture::WhenBehind;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn rules_are_made_and_taken_back_as_asked() {
        let given = Rule::fixed(RuleKind::Pass, "*.pinned.test".parse().unwrap(), RuleOrigin::Flag);
        let rules = Arc::new(Rules::load(vec![given], None).unwrap());
        let (events, _received) = capture::channel(1000, WhenBehind::Wait);
        let (commands, asked) = mpsc::channel(1);
        tokio::spawn(obey(asked, events, rules.clone(), Reflection::new()));
        let add = async |host: &str| {
            let (answer, answered) = oneshot::channel();
            let (kind, host) = (model::RuleKind::AllowInvalid, host.to_owned());
            let command = Command::AddRule { kind, host, answer };
            commands.send(command).await.unwrap();
            answered.await.unwrap()
        };
        let revoke = async |id: &str| {
            let (answer, answered) = oneshot::channel();
            let command = Command::RevokeRule {
                id: id.to_owned(),
                answer,
            };
            commands.send(command).await.unwrap();
            answered.await.unwrap()
        };
        let made = add("Bank.Test").await.unwrap();
        assert_eq!(
            (&*made.host, made.origin),
            ("bank.test", model::RuleOrigin::Person)
        );
        assert_eq!(told(&rules).last(), Some(&made));
        assert!(rules.allows_invalid("bank.test").is_some());
        assert!(matches!(
            add("https://bank.test/").await,
            Err(RuleError::Wrong(_))
        ));

        let given = told(&rules).remove(0);
        assert_eq!(
            revoke(&given.id).await,
            Err(RuleError::Fixed(
                "--pass *.pinned.test was given at the start: take it away there".into()
            ))
        );
        assert_eq!(revoke("nobody").await, Err(RuleError::Unknown));
        assert_eq!(revoke(&made.id).await, Ok(()));
        assert_eq!(told(&rules), [given]);
    }
}
