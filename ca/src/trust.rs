//! Trust stores: what this machine trusts, and what a program is to trust beside it.
//!
//! [`Roots`] is what origins are judged against. [`write_bundle`] and [`write_java_trust_store`] make the files that
//! programs behind the proxy read.

mod bundle;
mod java;
mod roots;
mod system;

pub use bundle::{BundleError, read_certificates, write_bundle};
pub use java::{JAVA_TRUST_STORE_PASSWORD, write_java_trust_store};
pub use roots::{Roots, RootsError, Source};
pub use system::{SystemRoots, system_roots};
