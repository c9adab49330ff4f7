//! The two bodies of an exchange. What comes from an origin is served as nothing but bytes: whatever it says
//! that it is, no browser runs it here.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use capture::{Id, Side};
use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderName,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;

use super::exchanges::not_held;
use super::model::Problem;
use super::openapi::RawBytes;
use super::{Params, PathId};
use crate::body::{Form, Part, Representation, Subject, part_of, raster_type};
use crate::shared::{App, Shared};

/// Says in one sentence why what is sent is not the whole of the body.
pub(super) const BODY_PROBLEM: HeaderName = HeaderName::from_static("handlens-body-problem");

/// The form that a body is asked for in.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BodyForm {
    /// `1`: the content codings undone (gzip, deflate, br, zstd).
    decode: Option<u8>,
    /// `1`: decoded, told in UTF-8 and laid out for reading (JSON, XML, HTML, CSS, JavaScript, forms).
    pretty: Option<u8>,
    /// `text`: decoded and told in UTF-8. `image`: decoded, and of the type of the raster image that it is.
    #[param(inline)]
    r#as: Option<BodyAs>,
}

/// What a body is asked as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum BodyAs {
    Text,
    Image,
}

/// What may come back, for the API's description.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "it is described and never made")]
enum BodyAnswers {
    /// The body. `Handlens-Body-Problem` says why it is not whole, where it is not
    #[response(status = 200, content_type = "application/octet-stream")]
    Whole(RawBytes),
    /// The range that was asked for
    #[response(status = 206, content_type = "application/octet-stream")]
    Range(RawBytes),
    /// No such exchange is held
    #[response(status = 404, content_type = "application/problem+json")]
    NotHeld(Problem),
    /// Too long to be laid out
    #[response(status = 413, content_type = "application/problem+json")]
    TooLong(Problem),
    /// Not of a type that can be shown as asked
    #[response(status = 415, content_type = "application/problem+json")]
    OtherType(Problem),
    /// The range begins behind the end
    #[response(status = 416, content_type = "application/problem+json")]
    NotThere(Problem),
    /// A content coding that can't be undone
    #[response(status = 422, content_type = "application/problem+json")]
    OtherCoding(Problem),
}

/// The request's body, or a range of it
#[utoipa::path(get, path = "", tag = "exchanges",
    params(("id" = String, Path, description = "The exchange"), BodyForm),
    responses(BodyAnswers))]
pub(crate) async fn read_request_body(
    State(shared): App,
    PathId(id): PathId,
    Params(form): Params<BodyForm>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    read_body(&shared, id, Side::Request, &form, &headers).await
}

/// The response's body, or a range of it
#[utoipa::path(get, path = "", tag = "exchanges",
    params(("id" = String, Path, description = "The exchange"), BodyForm),
    responses(BodyAnswers))]
pub(crate) async fn read_response_body(
    State(shared): App,
    PathId(id): PathId,
    Params(form): Params<BodyForm>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    read_body(&shared, id, Side::Response, &form, &headers).await
}

async fn read_body(
    shared: &Arc<Shared>,
    id: Id,
    side: Side,
    asked: &BodyForm,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let form = asked.form()?;
    let subject = shared
        .read(move |store| Subject::find(store, id, side))
        .await??
        .ok_or_else(|| not_held(id))?;
    let name = file_name(&subject.path);
    let representation = Representation::make(shared, subject, form).await?;
    let media_type = match asked.r#as {
        Some(BodyAs::Image) => find_raster_type(&representation).await?,
        _ => "application/octet-stream",
    };
    let mut response = send(&representation, part_of(headers, representation.length));
    let fields = response.headers_mut();
    fields
        .entry(CONTENT_TYPE)
        .or_insert(HeaderValue::from_static(media_type));
    fields.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        fields.insert(CONTENT_DISPOSITION, disposition);
    }
    if let Some(problem) = &representation.problem
        && let Ok(problem) = HeaderValue::from_str(problem)
    {
        fields.insert(BODY_PROBLEM, problem);
    }
    Ok(response)
}

impl BodyForm {
    fn form(&self) -> Result<Form, Problem> {
        let is_set = |name: &str, flag: Option<u8>| match flag {
            None | Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(_) => Err(Problem::bad_request(format!("{name} is 0 or 1"))),
        };
        let decode = is_set("decode", self.decode)?;
        Ok(match (is_set("pretty", self.pretty)?, self.r#as) {
            (true, Some(BodyAs::Image)) => {
                return Err(Problem::bad_request(
                    "an image can't be laid out: give one of pretty and as=image",
                ));
            }
            (true, _) => Form::Pretty,
            (false, Some(BodyAs::Text)) => Form::Text,
            (false, Some(BodyAs::Image)) => Form::Decoded,
            (false, None) if decode => Form::Decoded,
            (false, None) => Form::Wire,
        })
    }
}

async fn find_raster_type(representation: &Representation) -> Result<&'static str, Problem> {
    raster_type(&representation.head(16).await?).ok_or_else(|| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body is not a PNG, JPEG, GIF, WebP, AVIF, BMP or icon",
        )
    })
}

fn send(representation: &Representation, part: Part) -> Response {
    let length = representation.length;
    match part {
        Part::Whole => {
            let headers = [(CONTENT_LENGTH, HeaderValue::from(length))];
            (headers, representation.body(0, length)).into_response()
        }
        Part::Range(start, end) => {
            let range = format!("bytes {start}-{}/{length}", end - 1);
            let mut headers = HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from(end - start))]);
            headers.extend(HeaderValue::from_str(&range).map(|range| (CONTENT_RANGE, range)));
            (
                StatusCode::PARTIAL_CONTENT,
                headers,
                representation.body(start, end),
            )
                .into_response()
        }
        Part::NotThere => {
            let text = format!("the range begins behind the body's {length} bytes");
            let mut response = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, text).into_response();
            if let Ok(range) = HeaderValue::from_str(&format!("bytes */{length}")) {
                response.headers_mut().insert(CONTENT_RANGE, range);
            }
            response
        }
    }
}

/// A name for the download: the path's last step, in letters that every file system takes.
fn file_name(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = last.chars().take(100).map(safe).collect();
    match name.trim_start_matches('.') {
        "" => "body".into(),
        name => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_is_named_after_the_path() {
        assert_eq!(file_name("/a/logo.png?x=/y"), "logo.png");
        assert_eq!(file_name("/"), "body");
        assert_eq!(file_name("/..%2f\"x\r\n"), "_2f_x__");
        assert_eq!(file_name("/..."), "body");
    }

    #[test]
    fn a_flag_is_nought_or_one() {
        let form = BodyForm {
            decode: Some(2),
            ..BodyForm::default()
        };
        assert_eq!(form.form().unwrap_err().detail, "decode is 0 or 1");
    }
}
