//! How texts are compared: letters A to Z in either case, all else as bytes.

/// Whether `text` contains `part`.
pub(crate) fn contains(text: &[u8], part: &[u8]) -> bool {
    find(text, part).next().is_some()
}

/// Whether a label of `host` begins with `part`, which may go on over further labels.
pub(crate) fn begins_label(host: &[u8], part: &[u8]) -> bool {
    find(host, part).any(|at| at == 0 || host[at - 1] == b'.')
}

/// Whether `pattern` tells all of `text`, each `*` standing for any text.
pub(crate) fn globs(text: &[u8], pattern: &[u8]) -> bool {
    let mut parts = pattern.split(|&b| b == b'*');
    let first = parts.next().unwrap_or_default();
    let Some(last) = parts.next_back() else {
        return text.eq_ignore_ascii_case(pattern);
    };
    if text.len() < first.len() + last.len() {
        return false;
    }
    let (begin, rest) = text.split_at(first.len());
    let (mut rest, end) = rest.split_at(rest.len() - last.len());
    // Between the two ends the earliest place of each part leaves most room for the next.
    begin.eq_ignore_ascii_case(first)
        && end.eq_ignore_ascii_case(last)
        && parts.all(|part| match find(rest, part).next() {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
}

/// The places at which `part` stands in `text`.
fn find<'a>(text: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let (first, ends) = match part.first() {
        Some(&first) => (
            first,
            text.len().checked_sub(part.len()).map_or(0, |last| last + 1),
        ),
        None => (0, 0),
    };
    let empty = part.is_empty().then_some(0);
    let places = memchr::memchr2_iter(
        first.to_ascii_lowercase(),
        first.to_ascii_uppercase(),
        &text[..ends],
    );
    empty
        .into_iter()
        .chain(places.filter(move |&at| text[at..at + part.len()].eq_ignore_ascii_case(part)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_host_matches_at_the_beginning_of_a_label() {
        for (host, part, matches) in [
            ("example.com", "example.com", true),
            ("www.example.com", "example.com", true),
            ("notexample.com", "example.com", false),
            ("www.example.com", "exam", true),
            ("www.example.com", "ample", false),
            ("192.168.1.7", "192.168", true),
            ("a.b", "a.b.c", false),
        ] {
            assert_eq!(
                begins_label(host.as_bytes(), part.as_bytes()),
                matches,
                "{part} in {host}"
            );
        }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (text, pattern, matches) in [
            ("www.example.com", "*.example.com", true),
            ("example.com", "*.example.com", false),
            ("/a/1/b/2/c", "/a/*/b/*", true),
            ("/a/b", "/a/*/b", false),
            ("aXa", "a*a", true),
            ("a", "a*a", false),
            ("anything", "*", true),
            ("", "*", true),
            ("ABC", "*b*", true),
        ] {
            assert_eq!(
                globs(text.as_bytes(), pattern.as_bytes()),
                matches,
                "{pattern} of {text}"
            );
        }
    }

    proptest! {
        #[test]
        fn contains_is_what_it_says(text in "[aAbB.]{0,12}", part in "[aAbB.]{0,4}") {
            let expected = text.to_lowercase().contains(&part.to_lowercase());
            prop_assert_eq!(contains(text.as_bytes(), part.as_bytes()), expected);
            prop_assert_eq!(globs(text.as_bytes(), format!("*{part}*").as_bytes()), expected);
        }
    }
}
