//! The nftables rules that lead connections to the transparent door. Text is made here; loading it is the person's.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

/// What Handlens's own connections are marked with, where it may mark them, so that no rule leads them back to it.
pub(crate) const OWN_MARK: u32 = 0x4861_6e64;

/// What TPROXY marks packets with on their way out, so that they are routed to this machine.
const LED_MARK: u32 = 0x4861_6e65;

/// The routing table that delivers those packets here.
const LED_TABLE: u32 = 18_504;

const TABLE: &str = "inet handlens";

/// Whose connections are led to the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Those of all programs on this machine.
    Machine,
    /// Those of a user, by name or number.
    User(String),
    /// Those of a cgroup (version 2), by its path below the mount.
    Cgroup(String),
}

/// How they are led there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Their destination is rewritten, and asked of connection tracking.
    Redirect,
    /// They keep their destination and are delivered here all the same.
    Tproxy,
}

/// What the rules are to do.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) whose: Whose,
    pub(crate) how: How,
    /// The TCP ports that are led to the door.
    pub(crate) ports: Vec<u16>,
    /// Where transparent doors listen.
    pub(crate) doors: Vec<SocketAddr>,
    /// The number of the user that Handlens runs as, where its connections are to be told by that.
    pub(crate) own_user: Option<u32>,
}

/// No rules can be made of what was asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RulesError {
    #[error(
        "there is no transparent door for rules to lead to; give the one that Handlens runs with: \
         --listen transparent@127.0.0.1:8082 (and --listen transparent@[::1]:8082 for IPv6)"
    )]
    NoDoor,
    #[error("{0} has port 0: rules need the port itself; give the transparent door one")]
    AnyPort(SocketAddr),
    #[error(
        "REDIRECT leads to the loopback address, and nobody listens there: let the transparent door listen on 127.0.0.1 \
         and [::1], or on [::], or use --tproxy"
    )]
    NotLoopback,
    #[error("{0:?} is not the name or the number of a user")]
    User(String),
    #[error("{0:?} is not the path of a cgroup, such as user.slice/app.slice")]
    Cgroup(String),
}

/// The door for each family of addresses.
struct Doors {
    ipv4: Option<SocketAddr>,
    ipv6: Option<SocketAddr>,
}

impl Wanted {
    /// The rules, with how to load and how to remove them.
    pub(crate) fn to_nft(&self) -> Result<String, RulesError> {
        let doors = self.choose_doors()?;
        let whose = self.matching()?;
        let ports: Vec<String> = self.ports.iter().map(u16::to_string).collect();
        let ports = ports.join(", ");
        let mut text = self.introduction(&ports);
        for (door, family, listens) in [
            (doors.ipv4, "IPv4", "127.0.0.1 or 0.0.0.0"),
            (doors.ipv6, "IPv6", "[::1] or [::]"),
        ] {
            if door.is_none() {
                let _ = writeln!(
                    text,
                    "# {family} is left alone: no transparent door listens on {listens}."
                );
            }
        }
        // So that loading them again replaces them.
        let _ = writeln!(text, "\ntable {TABLE}\ndelete table {TABLE}\ntable {TABLE} {{");
        match self.how {
            How::Redirect => self.write_redirect(&mut text, &doors, &whose, &ports),
            How::Tproxy => self.write_tproxy(&mut text, &doors, &whose, &ports),
        }
        text.push_str("}\n");
        Ok(text)
    }

    fn introduction(&self, ports: &str) -> String {
        let whose = match &self.whose {
            Whose::Machine => "this machine".to_owned(),
            Whose::User(name) => format!("the user {name}"),
            Whose::Cgroup(path) => format!("the cgroup {path}"),
        };
        let mut text = format!(
            "# Leads the TCP connections of {whose} to the ports {ports} to the transparent door of Handlens.\n\
             # Load them:   pipe this into `nft -f -`, as root\n\
             # Remove them: nft delete table {TABLE}\n"
        );
        if self.how == How::Tproxy {
            text.push_str(
                "# Handlens needs CAP_NET_ADMIN for them; started with --listen tproxy@ADDR it says so.\n",
            );
            let (mark, table) = (format!("{LED_MARK:#x}"), LED_TABLE);
            let _ = write!(
                text,
                "# They need routes beside them, which `ip` makes:\n\
                 #   ip rule add fwmark {mark} lookup {table}; ip route add local 0.0.0.0/0 dev lo table {table}\n\
                 #   ip -6 rule add fwmark {mark} lookup {table}; ip -6 route add local ::/0 dev lo table {table}\n\
                 # and which these remove:\n\
                 #   ip rule del fwmark {mark}; ip route flush table {table}\n\
                 #   ip -6 rule del fwmark {mark}; ip -6 route flush table {table}\n"
            );
        }
        text
    }

    fn write_redirect(&self, text: &mut String, doors: &Doors, whose: &str, ports: &str) {
        text.push_str("  chain output {\n    type nat hook output priority -100; policy accept;\n");
        self.write_own(text);
        for (door, family) in doors.each() {
            let port = door.port();
            let _ = writeln!(
                text,
                "    meta nfproto {family} {whose}tcp dport {{ {ports} }} redirect to :{port}"
            );
        }
        text.push_str("  }\n");
    }

    fn write_tproxy(&self, text: &mut String, doors: &Doors, whose: &str, ports: &str) {
        text.push_str("  chain output {\n    type route hook output priority -150; policy accept;\n");
        self.write_own(text);
        for (_, family) in doors.each() {
            let _ = writeln!(
                text,
                "    meta nfproto {family} {whose}tcp dport {{ {ports} }} meta mark set {LED_MARK:#x}"
            );
        }
        text.push_str(
            "  }\n  chain prerouting {\n    type filter hook prerouting priority -150; policy accept;\n",
        );
        for (door, family) in doors.each() {
            let short = if family == "ipv4" { "ip" } else { "ip6" };
            // A door on [::] takes IPv4 too.
            let to = match door.ip().is_unspecified() {
                true => format!(":{}", door.port()),
                false => door.to_string(),
            };
            let _ = writeln!(
                text,
                "    meta nfproto {family} meta mark {LED_MARK:#x} meta l4proto tcp tproxy {short} to {to} accept"
            );
        }
        text.push_str("  }\n");
    }

    /// What Handlens itself dials goes its way.
    fn write_own(&self, text: &mut String) {
        let _ = writeln!(text, "    meta mark {OWN_MARK:#x} accept");
        if let Some(user) = self.own_user {
            let _ = writeln!(text, "    meta skuid {user} accept");
        }
    }

    fn choose_doors(&self) -> Result<Doors, RulesError> {
        if self.doors.is_empty() {
            return Err(RulesError::NoDoor);
        }
        if let Some(door) = self.doors.iter().find(|door| door.port() == 0) {
            return Err(RulesError::AnyPort(*door));
        }
        let is_reached = |door: &&SocketAddr| match self.how {
            How::Redirect => matches!(door.ip(), ip if ip.is_unspecified() || is_first_loopback(ip)),
            How::Tproxy => true,
        };
        let find = |is_right: fn(&SocketAddr) -> bool| {
            self.doors
                .iter()
                .filter(is_reached)
                .find(|door| is_right(door))
                .copied()
        };
        let both = |door: &SocketAddr| door.is_ipv6() && door.ip().is_unspecified();
        let doors = Doors {
            ipv4: find(SocketAddr::is_ipv4).or_else(|| find(both)),
            ipv6: find(SocketAddr::is_ipv6),
        };
        match doors {
            Doors {
                ipv4: None,
                ipv6: None,
            } => Err(RulesError::NotLoopback),
            doors => Ok(doors),
        }
    }

    /// What picks the connections, with a space behind it where it is anything.
    fn matching(&self) -> Result<String, RulesError> {
        match &self.whose {
            Whose::Machine => Ok(String::new()),
            Whose::User(name) => {
                let is_name = !name.is_empty()
                    && !name.starts_with('-')
                    && name
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
                match is_name {
                    true => Ok(format!("meta skuid {name} ")),
                    false => Err(RulesError::User(name.clone())),
                }
            }
            Whose::Cgroup(path) => {
                let below = path
                    .strip_prefix("/sys/fs/cgroup")
                    .unwrap_or(path)
                    .trim_matches('/');
                let is_path = !below.is_empty()
                    && !below.contains(|c: char| c == '"' || c == '\\' || c.is_control())
                    && !below.split('/').any(|part| matches!(part, "" | "." | ".."));
                let level = below.split('/').count();
                match is_path {
                    true => Ok(format!("socket cgroupv2 level {level} \"{below}\" ")),
                    false => Err(RulesError::Cgroup(path.clone())),
                }
            }
        }
    }
}

impl Doors {
    fn each(&self) -> impl Iterator<Item = (SocketAddr, &'static str)> {
        let four = self.ipv4.map(|door| (door, "ipv4"));
        four.into_iter().chain(self.ipv6.map(|door| (door, "ipv6")))
    }
}

/// Where the kernel redirects connections that begin on this machine.
fn is_first_loopback(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip == std::net::Ipv4Addr::LOCALHOST,
        IpAddr::V6(ip) => ip == std::net::Ipv6Addr::LOCALHOST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(how: How, whose: Whose, doors: &[&str]) -> Wanted {
        Wanted {
            whose,
            how,
            ports: vec![80, 443],
            doors: doors.iter().map(|door| door.parse().unwrap()).collect(),
            own_user: None,
        }
    }

    #[test]
    fn redirection_of_a_machine() {
        let mut wanted = wanted(How::Redirect, Whose::Machine, &["127.0.0.1:8082", "[::1]:8083"]);
        wanted.own_user = Some(990);
        assert_eq!(
            wanted.to_nft().unwrap(),
            "# Leads the TCP connections of this machine to the ports 80, 443 to the transparent door of Handlens.\n\
             # Load them:   pipe this into `nft -f -`, as root\n\
             # Remove them: nft delete table inet handlens\n\
             \n\
             table inet handlens\n\
             delete table inet handlens\n\
             table inet handlens {\n\
             \x20 chain output {\n\
             \x20   type nat hook output priority -100; policy accept;\n\
             \x20   meta mark 0x48616e64 accept\n\
             \x20   meta skuid 990 accept\n\
             \x20   meta nfproto ipv4 tcp dport { 80, 443 } redirect to :8082\n\
             \x20   meta nfproto ipv6 tcp dport { 80, 443 } redirect to :8083\n\
             \x20 }\n\
             }\n"
        );
    }

    #[test]
    fn one_user_or_one_cgroup_by_tproxy() {
        let text = wanted(
            How::Tproxy,
            Whose::User("alice".into()),
            &["10.0.0.1:8082", "[::]:8083"],
        )
        .to_nft()
        .unwrap();
        for line in [
            "#   ip rule add fwmark 0x48616e65 lookup 18504; ip route add local 0.0.0.0/0 dev lo table 18504",
            "    meta nfproto ipv6 meta skuid alice tcp dport { 80, 443 } meta mark set 0x48616e65",
            "    meta nfproto ipv4 meta mark 0x48616e65 meta l4proto tcp tproxy ip to 10.0.0.1:8082 accept",
            "    meta nfproto ipv6 meta mark 0x48616e65 meta l4proto tcp tproxy ip6 to :8083 accept",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        let cgroup = Whose::Cgroup("/sys/fs/cgroup/user.slice/app.slice".into());
        let text = wanted(How::Redirect, cgroup, &["[::]:8082"]).to_nft().unwrap();
        for family in ["ipv4", "ipv6"] {
            let line = format!(
                "    meta nfproto {family} socket cgroupv2 level 2 \"user.slice/app.slice\" tcp dport {{ 80, 443 }} \
                 redirect to :8082"
            );
            assert!(text.contains(&line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_family_without_a_door_is_told() {
        let text = wanted(How::Redirect, Whose::Machine, &["127.0.0.1:8082"])
            .to_nft()
            .unwrap();
        assert!(
            text.contains("# IPv6 is left alone: no transparent door listens on [::1] or [::].\n"),
            "{text}"
        );
        assert!(!text.contains("nfproto ipv6"), "{text}");
    }

    #[test]
    fn what_makes_no_rules_is_said() {
        let error = |whose: Whose, doors: &[&str]| wanted(How::Redirect, whose, doors).to_nft().unwrap_err();
        assert_eq!(error(Whose::Machine, &[]), RulesError::NoDoor);
        assert!(matches!(
            error(Whose::Machine, &["127.0.0.1:0"]),
            RulesError::AnyPort(_)
        ));
        assert_eq!(error(Whose::Machine, &["192.0.2.1:1"]), RulesError::NotLoopback);
        for name in ["", "a b", "x; flush ruleset", "-1"] {
            assert!(matches!(
                error(Whose::User(name.into()), &["[::]:1"]),
                RulesError::User(_)
            ));
        }
        for path in ["", "/", "a//b", "../a", "a\" accept"] {
            assert!(matches!(
                error(Whose::Cgroup(path.into()), &["[::]:1"]),
                RulesError::Cgroup(_)
            ));
        }
    }
}
