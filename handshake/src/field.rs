//! A field of a message: one line of a tree that names every byte.

use std::borrow::Cow;

use serde::Serialize;

/// One field, or one vector of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(ts_rs::TS, utoipa::ToSchema))]
pub struct Field {
    /// Its name in the RFC's presentation language, in snake case: `legacy_version`. A number of a registry in a
    /// list, an extension and a key share go by their name in the registry: `key_share`, `x25519`.
    pub name: Cow<'static, str>,
    /// Where it begins in [`crate::Message::bytes`], its length bytes included.
    pub start: usize,
    /// Where it ends, exclusive.
    pub end: usize,
    /// How many bytes at its start are its own header: a vector's length, or an extension's type and length.
    #[serde(skip)]
    pub prefix: usize,
    /// Its value for a person: `TLS 1.2 (0x0303)`, `17 suites`, `example.com`.
    pub value: Cow<'static, str>,
    /// One plain sentence: what the field is, or what this value of it means.
    pub text: Option<Cow<'static, str>>,
    /// Where it is specified: `RFC 8446 section 4.1.2`.
    pub rfc: Option<Cow<'static, str>>,
    /// IANA's "Recommended", where the registry has that column.
    pub recommended: Option<bool>,
    /// What it is made of.
    #[cfg_attr(feature = "schema", schema(no_recursion))]
    pub fields: Vec<Field>,
}

impl Field {
    /// A field of these bytes, without parts.
    #[must_use]
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        start: usize,
        end: usize,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            name: name.into(),
            start,
            end,
            prefix: 0,
            value: value.into(),
            text: None,
            rfc: None,
            recommended: None,
            fields: Vec::new(),
        }
    }

    /// The first part of this name.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&Self> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field at a path: names joined with `/`, and where a name repeats among siblings, `~2` behind the second,
    /// `~3` behind the third.
    #[must_use]
    pub fn find<'a>(fields: &'a [Self], path: &str) -> Option<&'a Self> {
        let end = path.bytes().position(|byte| byte == b'/');
        let (step, below) = end.map_or((path, None), |end| (&path[..end], Some(&path[end + 1..])));
        let found = fields.iter().find(|f| f.name == step).or_else(|| {
            let (name, nth) = step.rsplit_once('~')?;
            let nth = nth.parse::<usize>().ok()?.checked_sub(1)?;
            fields.iter().filter(|f| f.name == name).nth(nth)
        })?;
        below.map_or(Some(found), |below| Self::find(&found.fields, below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_a_field_and_to_its_namesakes() {
        let leaf = |name, at| Field::new(name, at, at + 1, "");
        let mut list = Field::new("list", 0, 4, "");
        list.fields = vec![leaf("a", 1), leaf("b", 2), leaf("a", 3)];
        let fields = [list];
        let start = |path| Field::find(&fields, path).map(|f| f.start);
        assert_eq!(start("list"), Some(0));
        assert_eq!(start("list/a"), Some(1));
        assert_eq!(start("list/a~1"), Some(1));
        assert_eq!(start("list/a~2"), Some(3));
        assert_eq!(start("list/a~3"), None);
        assert_eq!(start("list/a~0"), None);
        assert_eq!(start("list/a/x"), None);
    }
}
