//! What a server is asked of itself by gRPC's server reflection (`grpc.reflection.v1`), one question after the other,
//! until its types are known as far as it tells them. Nothing is sent here: payloads go out and come in.

use std::collections::{HashSet, VecDeque};

use super::described::FILES;
use super::protobuf::varint;
use super::weight::name_of;

/// Questions that are asked at the most.
const QUESTIONS: usize = 500;

/// Bytes of the answers that are taken.
const BYTES: usize = 16 << 20;

/// Asks a server for its types.
#[derive(Debug)]
pub struct Questions {
    waiting: VecDeque<Question>,
    asked: HashSet<Question>,
    services: Vec<String>,
    files: HashSet<String>,
    bytes: usize,
}

/// A question, by the number of its field in `ServerReflectionRequest`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Question {
    File(String),
    Symbol(String),
    Services,
}

impl Default for Questions {
    fn default() -> Self {
        Self {
            waiting: VecDeque::from([Question::Services]),
            asked: HashSet::new(),
            services: Vec::new(),
            files: HashSet::new(),
            bytes: 0,
        }
    }
}

impl Questions {
    /// The next question, a `ServerReflectionRequest`. `None` when all that the server tells is known.
    pub fn next_request(&mut self) -> Option<Vec<u8>> {
        let question = loop {
            let next = self.waiting.pop_front()?;
            let is_known = matches!(&next, Question::File(name) if self.files.contains(name));
            if self.asked.len() >= QUESTIONS || self.bytes > BYTES {
                return None;
            }
            if !is_known && self.asked.insert(next.clone()) {
                break next;
            }
        };
        let (number, text) = match &question {
            Question::File(name) => (3, name.as_str()),
            Question::Symbol(name) => (4, name.as_str()),
            Question::Services => (7, "*"),
        };
        let mut request = vec![number << 3 | 2];
        put_varint(&mut request, text.len());
        request.extend_from_slice(text.as_bytes());
        Some(request)
    }

    /// Takes the answer to it, a `ServerReflectionResponse`. What can't be read asks for nothing further, nor does a name
    /// that is too long.
    pub fn take_response(&mut self, response: &[u8]) {
        self.bytes += response.len();
        for (number, value) in fields(response) {
            match number {
                4 => fields(value)
                    .filter(|(number, _)| *number == 1)
                    .for_each(|(_, file)| self.take_file(file)),
                6 => {
                    let listed = fields(value).filter(|(number, _)| *number == 1);
                    let names = listed.flat_map(|(_, service)| fields(service));
                    for (_, name) in names.filter(|(number, _)| *number == 1) {
                        self.take_service(name);
                    }
                }
                _ => {}
            }
        }
    }

    /// The services that it told of, but for reflection itself.
    #[must_use]
    pub fn services(&self) -> &[String] {
        &self.services
    }

    /// How many files describe them.
    #[must_use]
    pub fn files(&self) -> usize {
        self.files.len()
    }

    fn take_service(&mut self, name: &[u8]) {
        let Some(name) = name_of(name) else { return };
        if !name.starts_with("grpc.reflection.") && self.services.len() < QUESTIONS {
            self.waiting.push_back(Question::Symbol(name.to_owned()));
            self.services.push(name.to_owned());
        }
    }

    /// A `FileDescriptorProto`: its first field is its name, its third names each file that it imports.
    fn take_file(&mut self, file: &[u8]) {
        for (number, value) in fields(file) {
            let Some(name) = name_of(value) else { continue };
            match number {
                1 if self.files.len() < FILES => {
                    self.files.insert(name.to_owned());
                }
                3 if self.waiting.len() < QUESTIONS => {
                    self.waiting.push_back(Question::File(name.to_owned()));
                }
                _ => {}
            }
        }
    }
}

fn put_varint(to: &mut Vec<u8>, mut value: usize) {
    while value > 127 {
        to.push(value as u8 | 128);
        value >>= 7;
    }
    to.push(value as u8);
}

/// The fields of a message that hold bytes, as far as it is one.
pub(super) fn fields(message: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let (tag, next) = varint(message, at)?;
            at = match tag & 7 {
                0 => varint(message, next)?.1,
                1 => next.checked_add(8)?,
                5 => next.checked_add(4)?,
                2 => {
                    let (length, start) = varint(message, next)?;
                    let end = start.checked_add(usize::try_from(length).ok()?)?;
                    at = end;
                    return Some((tag >> 3, message.get(start..end)?));
                }
                _ => return None,
            };
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(number: u8, value: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2];
        put_varint(&mut out, value.len());
        out.extend_from_slice(value);
        out
    }

    #[test]
    fn services_are_asked_for_then_their_files_then_what_those_import_each_once() {
        let mut questions = Questions::default();
        assert_eq!(questions.next_request(), Some(field(7, b"*")));
        let listed: Vec<u8> = [&b"a.A"[..], b"grpc.reflection.v1.ServerReflection"]
            .iter()
            .flat_map(|name| field(1, &field(1, name)))
            .collect();
        questions.take_response(&field(6, &listed));
        assert_eq!(questions.services(), ["a.A"]);

        assert_eq!(questions.next_request(), Some(field(4, b"a.A")));
        let file = [field(1, b"a.proto"), field(3, b"b.proto"), field(3, b"a.proto")].concat();
        questions.take_response(&field(4, &field(1, &file)));
        assert_eq!(questions.next_request(), Some(field(3, b"b.proto")));
        // It is not there, says the server.
        questions.take_response(&field(7, b"\x08\x05"));
        assert_eq!(questions.next_request(), None);
        assert_eq!(questions.files(), 1);
    }

    #[test]
    fn a_server_that_goes_on_and_on_is_left() {
        let mut questions = Questions::default();
        let mut asked = 0;
        while questions.next_request().is_some() {
            asked += 1;
            let file = [
                field(1, format!("{asked}").as_bytes()),
                field(3, format!("{}", asked + 1).as_bytes()),
            ];
            questions.take_response(&field(4, &field(1, &file.concat())));
        }
        assert_eq!(asked, QUESTIONS);
    }

    #[test]
    fn whatever_an_answer_holds_counts_and_names_that_are_too_long_are_not_asked_for() {
        let mut questions = Questions::default();
        questions.next_request();
        let long = vec![b'a'; 4 << 20];
        let service = field(6, &field(1, &field(1, &long)));
        let file = field(4, &field(1, &[field(1, &long), field(3, &long)].concat()));
        questions.take_response(&service);
        questions.take_response(&file);
        assert_eq!(questions.next_request(), None);
        assert_eq!((questions.services().len(), questions.files()), (0, 0));

        questions.take_response(&field(6, &field(1, &field(1, b"a.A"))));
        questions.take_response(&service);
        assert_eq!(questions.next_request(), None, "more than 16 MiB were told");
    }

    proptest! {
        #[test]
        fn whatever_is_answered_is_taken(answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..5)) {
            let mut questions = Questions::default();
            for answer in answers {
                questions.take_response(&answer);
                questions.next_request();
            }
        }
    }
}
