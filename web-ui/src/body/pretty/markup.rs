//! XML and HTML laid out by their tags: a line a tag, text beside the tags that hold nothing else.
//!
//! HTML's inline elements stay in the line of the text that they are part of, and what is in `pre`, `script`
//! and their like is not touched.

use super::{Out, PrettyError};

/// Elements of HTML that are part of the text around them.
const INLINE: [&str; 29] = [
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "data", "dfn", "em", "i", "img", "input", "kbd",
    "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
];
/// Elements of HTML that have no end tag.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];
/// Elements of HTML whose content is not markup, or whose white space counts.
const VERBATIM: [&str; 4] = ["script", "style", "pre", "textarea"];
/// Elements of HTML that a next one of their own kind ends.
const SELF_ENDING: [&str; 8] = ["li", "p", "tr", "td", "th", "option", "dt", "dd"];
/// How far up an end tag looks for its begin.
const LOOK_UP: usize = 64;

/// Lays out a document, or a piece of one.
pub(super) fn lay_out(text: &str, html: bool, out: &mut Out) -> Result<(), PrettyError> {
    let mut writer = Writer {
        out,
        html,
        open: Vec::new(),
        line: String::new(),
        after_open: false,
    };
    let mut rest = text.trim_start_matches('\u{feff}');
    while !rest.is_empty() {
        let (token, after) = next_token(rest);
        rest = after;
        match token {
            Token::Text(text) => writer.text(text),
            Token::Whole(text) => writer.whole(text)?,
            Token::Close { text, name } => writer.close(text, name)?,
            Token::Open { text, name } if html && is_one_of(&VERBATIM, name) && !text.ends_with("/>") => {
                let (content, after) = split_verbatim(rest, name);
                writer.whole(&format!("{text}{content}"))?;
                rest = after;
            }
            Token::Open { text, name } => writer.open(text, name)?,
        }
    }
    writer.end_text()
}

enum Token<'a> {
    Text(&'a str),
    /// A comment, a declaration, an instruction, CDATA.
    Whole(&'a str),
    Open {
        text: &'a str,
        name: &'a str,
    },
    Close {
        text: &'a str,
        name: &'a str,
    },
}

/// The first token of a text that is not empty, and what follows it.
fn next_token(text: &str) -> (Token<'_>, &str) {
    let until = |end: &str| text.find(end).map_or(text.len(), |at| at + end.len());
    let whole = |length: usize| (Token::Whole(&text[..length]), &text[length..]);
    if text.starts_with("<!--") {
        return whole(until("-->"));
    } else if text.starts_with("<![CDATA[") {
        return whole(until("]]>"));
    } else if text.starts_with("<?") {
        return whole(until("?>"));
    } else if text.starts_with("<!") {
        return whole(tag_length(text));
    }
    let name_of = |from: usize| {
        let name = &text[from..];
        &name[..name
            .find(|c: char| c.is_whitespace() || c == '>' || c == '/')
            .unwrap_or(name.len())]
    };
    let begins_name =
        |from: usize| text[from..].starts_with(|c: char| c.is_alphabetic() || c == '_' || c == ':');
    if text.starts_with("</") && begins_name(2) {
        let (tag, rest) = text.split_at(tag_length(text));
        return (
            Token::Close {
                text: tag,
                name: name_of(2),
            },
            rest,
        );
    } else if text.starts_with('<') && begins_name(1) {
        let (tag, rest) = text.split_at(tag_length(text));
        return (
            Token::Open {
                text: tag,
                name: name_of(1),
            },
            rest,
        );
    }
    let length = text
        .char_indices()
        .skip(1)
        .find(|&(_, c)| c == '<')
        .map_or(text.len(), |(at, _)| at);
    (Token::Text(&text[..length]), &text[length..])
}

/// A tag with its brackets; a `>` within quotes does not end it.
fn tag_length(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (byte, quote) {
            (b'>', None) => return at + 1,
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if byte == open => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// What stands before the end tag of this element and that tag itself, and what follows.
fn split_verbatim<'a>(text: &'a str, name: &str) -> (&'a str, &'a str) {
    let mut from = 0;
    while let Some(at) = text[from..].find("</") {
        let tag = from + at;
        let after = &text.as_bytes()[tag + 2..];
        if after
            .get(..name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        {
            return text.split_at(tag + tag_length(&text[tag..]));
        }
        from = tag + 2;
    }
    (text, "")
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

struct Writer<'a> {
    out: &'a mut Out,
    html: bool,
    /// The elements that are open, by name.
    open: Vec<String>,
    /// Text, and the inline tags in it, that is still to be written.
    line: String,
    /// Whether the last thing written is the tag that the end tag to come may follow on its line.
    after_open: bool,
}

impl Writer<'_> {
    fn text(&mut self, text: &str) {
        self.line.push_str(text);
    }

    fn whole(&mut self, text: &str) -> Result<(), PrettyError> {
        self.end_text()?;
        self.out.line(self.open.len())?;
        self.out.push(text)?;
        self.after_open = false;
        Ok(())
    }

    fn open(&mut self, tag: &str, name: &str) -> Result<(), PrettyError> {
        if self.html && is_one_of(&INLINE, name) {
            self.line.push_str(tag);
            return Ok(());
        }
        self.end_text()?;
        if self.html
            && is_one_of(&SELF_ENDING, name)
            && self
                .open
                .last()
                .is_some_and(|last| last.eq_ignore_ascii_case(name))
        {
            self.open.pop();
        }
        self.out.line(self.open.len())?;
        self.out.push(tag)?;
        let is_void = tag.ends_with("/>") || (self.html && is_one_of(&VOID, name));
        if !is_void {
            self.open.push(name.to_owned());
        }
        self.after_open = !is_void;
        Ok(())
    }

    fn close(&mut self, tag: &str, name: &str) -> Result<(), PrettyError> {
        if self.html && is_one_of(&INLINE, name) {
            self.line.push_str(tag);
            return Ok(());
        }
        let same = |open: &str| {
            if self.html {
                open.eq_ignore_ascii_case(name)
            } else {
                open == name
            }
        };
        let ends_last = self.open.last().is_some_and(|last| same(last));
        let up = self.open.iter().rev().take(LOOK_UP).position(|open| same(open));
        let beside = self.after_open && ends_last && !self.line.trim().contains('\n');
        if beside {
            let text = std::mem::take(&mut self.line);
            self.out.push(text.trim())?;
        } else {
            self.end_text()?;
        }
        if let Some(up) = up {
            self.open.truncate(self.open.len() - up - 1);
        }
        if !beside {
            self.out.line(self.open.len())?;
        }
        self.out.push(tag)?;
        self.after_open = false;
        Ok(())
    }

    /// Writes the text that waits, on a line of its own, its white space as one space each.
    fn end_text(&mut self) -> Result<(), PrettyError> {
        let text = std::mem::take(&mut self.line);
        let mut words = text.split_whitespace();
        if let Some(first) = words.next() {
            self.out.line(self.open.len())?;
            self.out.push(first)?;
            for word in words {
                self.out.push(" ")?;
                self.out.push(word)?;
            }
            self.after_open = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(text: &str, html: bool) -> String {
        let mut out = Out::default();
        lay_out(text, html, &mut out).unwrap();
        out.text
    }

    #[test]
    fn xml_is_a_line_a_tag() {
        assert_eq!(
            laid_out(
                "<?xml version=\"1.0\"?><a x=\"1>2\"><b>text</b><c/><d></d><!-- n --><e><f>1</f>2</e><![CDATA[<x>]]></a>",
                false
            ),
            "<?xml version=\"1.0\"?>\n<a x=\"1>2\">\n  <b>text</b>\n  <c/>\n  <d></d>\n  <!-- n -->\n  <e>\n    <f>1</f>\n    2\n  \
             </e>\n  <![CDATA[<x>]]>\n</a>"
        );
    }

    #[test]
    fn html_keeps_inline_elements_in_their_line() {
        assert_eq!(
            laid_out(
                "<!DOCTYPE html><html><head><meta charset=utf-8><title>T</title></head><body><p>one <b>two</b>\n three\
                 <ul><li>a<li>b</ul><script>if (a < b) {\n x }</script><pre> a\n  b</pre></body></html>",
                true
            ),
            "<!DOCTYPE html>\n<html>\n  <head>\n    <meta charset=utf-8>\n    <title>T</title>\n  </head>\n  <body>\n    <p>\n      \
             one <b>two</b> three\n      <ul>\n        <li>\n          a\n        <li>\n          b\n      </ul>\n      \
             <script>if (a < b) {\n x }</script>\n      <pre> a\n  b</pre>\n  </body>\n</html>"
        );
    }

    #[test]
    fn what_is_no_markup_is_followed_as_far_as_it_goes() {
        for text in [
            "<",
            "a < b",
            "<a",
            "</a>",
            "<a \"",
            "<!--",
            "<![CDATA[",
            "<?",
            "</",
            "<>",
            "<script>",
            "<b></c></b>",
            "\u{e9}<\u{e9}>",
        ] {
            for html in [true, false] {
                let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
                assert_eq!(bare(&laid_out(text, html)), bare(text), "{text}");
            }
        }
    }
}
