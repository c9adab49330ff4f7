#![no_main]
//! What a server tells of itself by reflection: answers, and the files in them.

use capture::message::{Questions, Schema};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|response: &[u8]| {
    let mut questions = Questions::default();
    let mut asked = 0;
    while let Some(request) = questions.next_request() {
        assert!(!request.is_empty());
        asked += 1;
        questions.take_response(response);
        if asked == 64 {
            break;
        }
    }
    let mut schema = Schema::default();
    schema.add_described([response]);
    for file in schema.files() {
        let mut again = Schema::default();
        again.add_described([&file[..]]);
    }
});
