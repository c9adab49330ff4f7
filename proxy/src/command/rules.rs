//! `handlens rules`: what leads connections to the transparent door, as text.

use std::process::ExitCode;

use crate::config::{Config, RulesArgs, RulesFormat};
use crate::netfilter::{How, Wanted, Whose};
use crate::output::print;

pub(super) fn rules(config: &Config, args: &RulesArgs) -> anyhow::Result<ExitCode> {
    let whose = match (&args.user, &args.cgroup) {
        (Some(user), _) => Whose::User(user.clone()),
        (None, Some(cgroup)) => Whose::Cgroup(cgroup.clone()),
        (None, None) => Whose::Machine,
    };
    let doors = config.proxy.listen.iter();
    let wanted = Wanted {
        own_user: own_user().filter(|_| whose == Whose::Machine),
        whose,
        how: if args.tproxy { How::Tproxy } else { How::Redirect },
        ports: match &args.ports[..] {
            [] => vec![80, 443],
            ports => ports.to_vec(),
        },
        doors: doors
            .filter(|listen| listen.mode.is_transparent())
            .map(|listen| listen.address)
            .collect(),
    };
    match args.print {
        RulesFormat::Nft => {
            let rules = wanted.to_nft()?;
            print(|out| out.write_all(rules.as_bytes()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The user that Handlens is taken to run as: the one who asks. Root's Handlens marks what it dials, and is told by
/// that, so that root's programs can be looked at too.
fn own_user() -> Option<u32> {
    #[cfg(unix)]
    return Some(rustix::process::getuid().as_raw()).filter(|&user| user != 0);
    #[cfg(not(unix))]
    None
}
