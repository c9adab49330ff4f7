//! A handshake told in a terminal, as wide as that is.

use std::collections::HashMap;
use std::io::{self, Write};

use capture::CertificateId;
use handshake::{ChipState, Field, Message, Party};
use web_ui::api::model::{CheckOutcome, Decision, LegHandshake, Step, StepName, Verdict};

use super::Report;
use super::palette::Palette;

/// Columns where no terminal says how many it has.
const WIDTH: usize = 100;
/// The narrowest that text is wrapped for.
const NARROWEST: usize = 40;
/// Where text begins that belongs to the line above it.
const INDENT: usize = 14;
/// Where the evidence of a check begins.
const EVIDENCE: usize = 35;

/// Tells to a person.
pub(super) struct Terminal {
    palette: Palette,
    width: usize,
    /// With each message's fields and bytes.
    bytes: bool,
}

impl Terminal {
    /// For the standard output.
    pub(super) fn new(bytes: bool) -> Self {
        Self {
            palette: Palette::of_stdout(),
            width: columns().unwrap_or(WIDTH).clamp(NARROWEST, 160),
            bytes,
        }
    }

    /// All of one server.
    pub(super) fn report(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let at = report
            .address
            .as_ref()
            .map_or_else(String::new, |address| format!("  {address}"));
        writeln!(
            out,
            "{}{}",
            self.palette.bold(&report.target),
            self.palette.dim(&at)
        )?;
        if let Some(handshake) = &report.handshake {
            self.facts(handshake, out)?;
        }
        match &report.handshake {
            Some(handshake) => self.handshake(handshake, &report.steps, Party::Handlens, out)?,
            None => self.steps(&report.steps, u64::MAX, out).map(drop)?,
        }
        let told = report
            .handshake
            .as_ref()
            .and_then(|leg| leg.handshake.failure.as_ref());
        if let (Some(failure), None) = (&report.failure, told) {
            writeln!(out)?;
            let text = format!("failed: {}", failure.text);
            self.wrapped(0, &text, |line| self.palette.bad(line), out)?;
        }
        match &report.verdict {
            Some(verdict) => self.verdict(&report.name, verdict, &subjects(report.handshake.as_ref()), out),
            None => writeln!(out, "\n{}", self.palette.bad("no chain was judged")),
        }
    }

    /// Who shook hands with whom.
    pub(super) fn heading(
        &self,
        client: &str,
        server: &str,
        name: Option<&str>,
        opened: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let ends = format!("{client} -> {server}");
        let name = name.map_or_else(String::new, |name| format!("  {name}"));
        let opened = format!("  {opened}");
        writeln!(
            out,
            "{}{name}{}",
            self.palette.bold(&ends),
            self.palette.dim(&opened)
        )
    }

    /// What was agreed on, in one line, and what is good or bad about it in another.
    pub(super) fn facts(&self, handshake: &LegHandshake, out: &mut dyn Write) -> io::Result<()> {
        let facts = &handshake.handshake.facts;
        let took = facts.handshake_us.map(milliseconds);
        let agreed: Vec<&str> = [
            &facts.version,
            &facts.cipher_suite,
            &facts.group,
            &facts.alpn,
            &facts.signature_scheme,
            &took,
        ]
        .into_iter()
        .filter_map(|fact| fact.as_deref())
        .collect();
        if !agreed.is_empty() {
            self.wrapped(2, &agreed.join(" · "), str::to_owned, out)?;
        }
        let chips = facts.chips.iter().filter(|chip| chip.state != ChipState::Unknown);
        let chips: Vec<&str> = chips.map(|chip| &*chip.label).collect();
        if !chips.is_empty() {
            self.wrapped(2, &chips.join(" · "), str::to_owned, out)?;
        }
        Ok(())
    }

    /// The steps that began before `until_us`, in order; those that are left.
    fn steps<'a>(&self, steps: &'a [Step], until_us: u64, out: &mut dyn Write) -> io::Result<&'a [Step]> {
        let (before, left) = steps.split_at(steps.partition_point(|step| step.start_us < until_us));
        for step in before.iter().filter(|step| step.name != StepName::Tls) {
            let name = match step.name {
                StepName::Resolve => "resolve",
                StepName::Connect => "connect",
                StepName::Tls => "tls",
                StepName::Judge => "judge",
                StepName::Mint => "mint",
                StepName::UpstreamResolve => "proxy resolve",
                StepName::UpstreamConnect => "proxy connect",
                StepName::UpstreamTls => "proxy tls",
                StepName::UpstreamTunnel => "proxy tunnel",
            };
            let took = milliseconds(step.end_us.saturating_sub(step.start_us));
            let text = step.text.as_deref().unwrap_or_default();
            let moment = format!("{:>9.3} ms", step.start_us as f64 / 1000.0);
            let line = format!("{name:<8} {text}  {took}");
            writeln!(out, "{}  {}", self.palette.dim(&moment), line)?;
        }
        Ok(left)
    }

    /// The messages in order, each with its story, and between them what was done beside. `client` plays the client's
    /// role.
    pub(super) fn handshake(
        &self,
        handshake: &LegHandshake,
        mut steps: &[Step],
        client: Party,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        writeln!(out)?;
        let dissected = &handshake.handshake;
        for message in &dissected.messages {
            steps = self.steps(steps, message.offset_us, out)?;
            self.message(message, client, out)?;
        }
        self.steps(steps, u64::MAX, out)?;
        for problem in &dissected.problems {
            self.wrapped(INDENT, &problem.text, |line| self.palette.odd(line), out)?;
        }
        if handshake.truncated {
            let text = "the handshake was longer than what is kept of one";
            self.wrapped(INDENT, text, |line| self.palette.odd(line), out)?;
        }
        if let Some(failure) = &dissected.failure {
            writeln!(out)?;
            self.wrapped(0, &failure.text, |line| self.palette.bad(line), out)?;
            for text in [&failure.cause, &failure.advice] {
                self.wrapped(0, text, str::to_owned, out)?;
            }
        }
        Ok(())
    }

    fn message(&self, message: &Message, client: Party, out: &mut dyn Write) -> io::Result<()> {
        let arrow = if message.from == client { "->" } else { "<-" };
        let moment = format!("{:>9.3} ms", message.offset_us as f64 / 1000.0);
        let sealed = if message.encrypted { ", sealed" } else { "" };
        let verified = match message.verified {
            Some(true) => self.palette.good(", verified"),
            Some(false) => self.palette.bad(", does NOT verify"),
            None => String::new(),
        };
        let size = format!("{} bytes{sealed}", message.length);
        writeln!(
            out,
            "{}  {arrow} {}  {}{verified}",
            self.palette.dim(&moment),
            self.palette.name(&message.kind.to_string()),
            self.palette.dim(&size),
        )?;
        let story = &message.story;
        self.wrapped(INDENT, &story.what, |line| self.palette.dim(line), out)?;
        self.wrapped(INDENT, &story.here, str::to_owned, out)?;
        if let Some(problem) = &message.problem {
            self.wrapped(INDENT, &problem.text, |line| self.palette.odd(line), out)?;
        }
        if self.bytes {
            self.fields(&message.fields, INDENT, out)?;
            self.dump(&message.bytes.0, out)?;
        }
        Ok(())
    }

    fn fields(&self, fields: &[Field], indent: usize, out: &mut dyn Write) -> io::Result<()> {
        for field in fields {
            let place = format!("{}..{}", field.start, field.end);
            writeln!(
                out,
                "{:indent$}{} {}  {}",
                "",
                self.palette.name(&field.name),
                field.value,
                self.palette.dim(&place)
            )?;
            // However deep a peer nests, the terminal's edge is near.
            self.fields(&field.fields, (indent + 2).min(self.width / 2), out)?;
        }
        Ok(())
    }

    /// Sixteen bytes a line, with their text.
    fn dump(&self, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        for (at, line) in bytes.chunks(16).enumerate() {
            let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
            let text: String = line
                .iter()
                .map(|&byte| {
                    if (0x20..0x7f).contains(&byte) {
                        byte as char
                    } else {
                        '.'
                    }
                })
                .collect();
            let place = format!("{:04x}", at * 16);
            writeln!(
                out,
                "{:INDENT$}{}  {:<47}  {}",
                "",
                self.palette.dim(&place),
                hex.join(" "),
                self.palette.dim(&text)
            )?;
        }
        Ok(())
    }

    /// The checks, and what comes of them.
    pub(super) fn verdict(
        &self,
        name: &str,
        verdict: &Verdict,
        subjects: &HashMap<String, String>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        writeln!(out)?;
        for check in &verdict.checks {
            let outcome = match check.outcome {
                CheckOutcome::Pass => self.palette.good("pass       "),
                CheckOutcome::Fail => self.palette.bad("FAIL       "),
                CheckOutcome::Warn => self.palette.odd("warn       "),
                CheckOutcome::NotChecked => self.palette.dim("not checked"),
            };
            let width = self.width.saturating_sub(EVIDENCE).max(NARROWEST / 2);
            let mut evidence = wrap(&check.evidence, width).into_iter();
            let first = evidence.next().unwrap_or_default();
            writeln!(out, "  {outcome}  {:<19} {first}", check.name)?;
            for line in evidence {
                writeln!(out, "{:EVIDENCE$}{line}", "")?;
            }
            if let Some(subject) = check.certificate.as_ref().and_then(|id| subjects.get(id)) {
                let about = format!("of {subject}");
                self.wrapped(EVIDENCE, &about, |line| self.palette.dim(line), out)?;
            }
        }
        match verdict.decision {
            Decision::Trusted => writeln!(
                out,
                "{}",
                self.palette.good(&format!("the chain is good for {name}"))
            ),
            _ => writeln!(
                out,
                "{}",
                self.palette.bad(&format!("the chain is not good for {name}"))
            ),
        }
    }

    /// Writes text in lines that fit, each painted by itself.
    fn wrapped(
        &self,
        indent: usize,
        text: &str,
        paint: impl Fn(&str) -> String,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let width = self.width.saturating_sub(indent).max(NARROWEST / 2);
        for line in wrap(text, width) {
            writeln!(out, "{:indent$}{}", "", paint(&line))?;
        }
        Ok(())
    }
}

/// The subjects of the certificates that were presented, by their SHA-256.
pub(super) fn subjects(handshake: Option<&LegHandshake>) -> HashMap<String, String> {
    let chain = handshake.map_or_else(Vec::new, |leg| leg.handshake.presented_certificates());
    let subject = |der: &Vec<u8>| {
        let told = handshake::certificate(der).fields.into_iter().next()?;
        Some((CertificateId::of(der).to_string(), told.value.into_owned()))
    };
    chain.iter().filter_map(subject).collect()
}

/// Lines of at most so many characters, broken between words; a longer word has a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn milliseconds(us: u64) -> String {
    format!("{:.1} ms", us as f64 / 1000.0)
}

/// Columns of the terminal that the standard output is.
fn columns() -> Option<usize> {
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(std::io::stdout())
        && size.ws_col > 0
    {
        return Some(size.ws_col.into());
    }
    std::env::var("COLUMNS").ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable a", 4), ["unbreakable", "a"]);
        assert!(wrap("", 10).is_empty());
    }

    #[test]
    fn lines_fit_whether_painted_or_not() {
        for is_on in [false, true] {
            let terminal = Terminal {
                palette: Palette::new(is_on),
                width: 40,
                bytes: false,
            };
            let mut out = Vec::new();
            let text = "a sentence that is a good deal longer than forty columns are wide";
            terminal
                .wrapped(4, text, |line| terminal.palette.bad(line), &mut out)
                .unwrap();
            let told = String::from_utf8(out).unwrap();
            assert_eq!(told.contains('\x1b'), is_on);
            let plain = told.replace("\x1b[1;31m", "").replace("\x1b[0m", "");
            assert!(plain.lines().all(|line| line.chars().count() <= 40), "{plain}");
        }
    }

    #[test]
    fn bytes_are_dumped_sixteen_a_line() {
        let terminal = Terminal {
            palette: Palette::new(false),
            width: 80,
            bytes: true,
        };
        let mut out = Vec::new();
        terminal.dump(b"0123456789abcdef\x00z", &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "              0000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n\
             \x20             0010  00 7a                                            .z\n"
        );
    }
}
