//! Trust stores: what this machine trusts, and what a program is to trust beside it.
//!
//! [`Roots`] is what origins are judged against. [`write_bundle`] and [`write_java_trust_store`] make the files that
//! programs behind the proxy read. [`find_stores`] finds the stores that a root can be put into, and [`install`] and
//! [`uninstall`] change one: what they do is told first by [`TrustStore::steps_in`] and [`TrustStore::steps_out`].

mod anchors;
mod arch;
mod bundle;
mod chromium;
mod command;
mod debian;
mod fedora;
mod find;
mod firefox;
mod java;
mod jdk;
mod macos;
mod mozilla;
mod noted;
mod nss;
mod roots;
mod steps;
mod store;
mod surroundings;
mod suse;
mod system;
mod windows;

use crate::export::RootCertificate;

pub use bundle::{BundleError, read_certificates, write_bundle};
pub use command::{Command, CommandError};
pub use find::{Found, Missing, find_stores};
pub use java::{JAVA_TRUST_STORE_PASSWORD, write_java_trust_store};
#[cfg(test)]
pub(crate) use mozilla::PublicRoots;
pub use nss::{MakeDatabaseError, make_nss_database};
pub use roots::{Roots, RootsError, Source};
pub use steps::{Step, StepError};
pub use store::{
    ChangeError, LookError, Outcome, Presence, RootFile, StoreKind, TrustStore, install, uninstall,
};
pub use surroundings::{Surroundings, System};
pub use system::{SystemRoots, system_roots};

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
