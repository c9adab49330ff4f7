//! Colours for a terminal, and none where they are not wanted.

use std::io::IsTerminal;

/// Paints text, or leaves it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    is_on: bool,
}

impl Palette {
    /// Colours when the standard output is a terminal that has them and the person did not say no
    /// (<https://no-color.org>).
    pub(super) fn of_stdout() -> Self {
        let said_no = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            is_on: std::io::stdout().is_terminal() && !said_no && !is_dumb,
        }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(super) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    pub(super) fn odd(self, text: &str) -> String {
        self.paint("33", text)
    }

    pub(super) fn name(self, text: &str) -> String {
        self.paint("1;36", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.is_on && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
impl Palette {
    pub(super) fn new(is_on: bool) -> Self {
        Self { is_on }
    }
}
