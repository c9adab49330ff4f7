//! CSS and JavaScript that were made small, laid out again by their braces. It knows strings, comments, templates
//! and regular expressions well enough not to break a line within one, and no more than that.

use super::{Out, PrettyError};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Css,
    JavaScript,
}

/// Characters a line has on average above which a text counts as made small.
const SMALL: usize = 160;
/// Characters that a regular expression has at the most.
const MAX_REGEX: usize = 1000;

/// Lays the text out. One that a person laid out already stays as it is.
pub(super) fn lay_out(text: &str, language: Language, out: &mut Out) -> Result<(), PrettyError> {
    if text.len() / (text.lines().count().max(1)) < SMALL && text.contains('\n') {
        return out.push(text);
    }
    let mut writer = Writer {
        out,
        depth: 0,
        parens: Vec::new(),
        line_due: false,
        gap: false,
        last: None,
        word: String::new(),
    };
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            writer.gap = true;
            rest = rest.trim_start();
            continue;
        }
        let length = token_length(rest, first, language, &writer);
        let (token, after) = rest.split_at(length);
        writer.token(token, after.trim_start())?;
        rest = after;
    }
    Ok(())
}

struct Writer<'a> {
    out: &'a mut Out,
    depth: usize,
    /// Open brackets other than braces that stood when each open brace came; `;` breaks no line within any.
    parens: Vec<usize>,
    line_due: bool,
    gap: bool,
    /// The last character that was no white space, and the word that it ended.
    last: Option<char>,
    word: String,
}

impl Writer<'_> {
    fn token(&mut self, token: &str, next: &str) -> Result<(), PrettyError> {
        let open = self.parens.last().copied().unwrap_or(0);
        match token {
            "}" => {
                self.depth = self.depth.saturating_sub(1);
                self.parens.pop();
                if self.last != Some('{') {
                    self.line_due = true;
                }
                self.put(token)?;
                self.line_due = !next.starts_with([')', ']', ',', ';', '.', '(']);
            }
            "{" => {
                self.put(token)?;
                self.depth += 1;
                self.parens.push(0);
                self.line_due = !next.starts_with('}');
            }
            "(" | "[" => {
                self.put(token)?;
                self.set_open(open + 1);
            }
            ")" | "]" => {
                self.put(token)?;
                self.set_open(open.saturating_sub(1));
            }
            ";" => {
                self.put(token)?;
                self.line_due = open == 0;
            }
            _ => {
                self.put(token)?;
                self.line_due = token.starts_with("//") || (token.starts_with("/*") && open == 0);
            }
        }
        self.note_word(token);
        Ok(())
    }

    fn set_open(&mut self, open: usize) {
        match self.parens.last_mut() {
            Some(last) => *last = open,
            None => self.parens.push(open),
        }
    }

    fn put(&mut self, token: &str) -> Result<(), PrettyError> {
        if self.line_due {
            self.out.line(self.depth)?;
        } else if self.gap && self.last.is_some() {
            self.out.push(" ")?;
        }
        (self.line_due, self.gap) = (false, false);
        self.out.push(token)
    }

    fn note_word(&mut self, token: &str) {
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        self.word.clear();
        if token.chars().all(is_word) && token.len() <= 16 {
            self.word.push_str(token);
        }
        self.last = token.chars().next_back();
    }

    /// Whether a slash here begins a regular expression: after a value it divides.
    fn wants_value(&self) -> bool {
        const BEFORE_VALUE: [&str; 11] = [
            "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do",
        ];
        match self.last {
            None => true,
            Some(')' | ']' | '}' | '"' | '\'' | '`') => false,
            Some(_) if !self.word.is_empty() => BEFORE_VALUE.contains(&self.word.as_str()),
            Some(c) => !c.is_alphanumeric() && c != '_' && c != '$',
        }
    }
}

/// The length of the token that begins here, which is never nought.
fn token_length(text: &str, first: char, language: Language, writer: &Writer<'_>) -> usize {
    let is_script = language == Language::JavaScript;
    match first {
        '"' | '\'' => quoted_length(text, first),
        '`' if is_script => template_length(text),
        '/' if text.starts_with("/*") => text[2..].find("*/").map_or(text.len(), |at| at + 4),
        '/' if is_script && text.starts_with("//") => text.find('\n').unwrap_or(text.len()),
        '/' if is_script && writer.wants_value() => regex_length(text),
        _ if first.is_alphanumeric() || first == '_' || first == '$' => text
            .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
            .unwrap_or(text.len()),
        _ => first.len_utf8(),
    }
}

fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => return at,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A template with what is in its `${}`, braces counted.
fn template_length(text: &str) -> usize {
    let (mut escaped, mut braces, mut before) = (false, 0_usize, ' ');
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' if before == '$' || braces > 0 => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            '`' if braces == 0 => return at + 1,
            _ => {}
        }
        before = c;
    }
    text.len()
}

/// A regular expression without its flags; one slash, where none ends it on its line, or not soon: a text of
/// nothing but slashes must not be searched to its end for each.
fn regex_length(text: &str) -> usize {
    let (mut escaped, mut class) = (false, false);
    for (at, c) in text.char_indices().skip(1).take(MAX_REGEX) {
        match c {
            '\n' => return 1,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '/' if !class => return at + 1,
            _ => {}
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(text: &str, language: Language) -> String {
        let mut out = Out::default();
        lay_out(text, language, &mut out).unwrap();
        out.text
    }

    #[test]
    fn small_css_is_laid_out() {
        assert_eq!(
            laid_out(
                "@media (min-width:1px){a,b>c{color:red;background:url(\"a;b{\")}}/*! x */p{}",
                Language::Css
            ),
            "@media (min-width:1px){\n  a,b>c{\n    color:red;\n    background:url(\"a;b{\")\n  }\n}\n/*! x */\np{}"
        );
    }

    #[test]
    fn small_javascript_is_laid_out() {
        assert_eq!(
            laid_out(
                "for(let i=0;i<3;i++){f(`a;${b({c:1})}`,/[/;]}/g.test(x)?1/2:'};');}var a={};if(a){b()}else{c()}",
                Language::JavaScript
            ),
            "for(let i=0;i<3;i++){\n  f(`a;${b({c:1})}`,/[/;]}/g.test(x)?1/2:'};');\n}\nvar a={};\nif(a){\n  b()\n}\n\
             else{\n  c()\n}"
        );
    }

    #[test]
    fn what_a_person_laid_out_stays() {
        let text = "a {\n    color: red;\n}\n";
        assert_eq!(laid_out(text, Language::Css), text);
    }

    #[test]
    fn only_white_space_changes_whatever_comes() {
        for text in [
            "a{b:'unclosed;}c",
            "`unclosed ${ {",
            "/unclosed [",
            "}}}{{{",
            "((;",
            "x/y/z;/r/;",
            "\u{e9}\u{1f600};{",
        ] {
            for language in [Language::Css, Language::JavaScript] {
                let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
                assert_eq!(bare(&laid_out(text, language)), bare(text));
            }
        }
    }
}
