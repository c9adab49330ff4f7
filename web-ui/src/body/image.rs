//! The raster images that a page may show, told by their first bytes and never by what the origin says.

/// The media type of the image that begins so. SVG is not one: it is a document that runs.
pub(crate) fn raster_type(head: &[u8]) -> Option<&'static str> {
    let is_at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    Some(if is_at(0, b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if is_at(0, b"\xff\xd8\xff") {
        "image/jpeg"
    } else if is_at(0, b"GIF87a") || is_at(0, b"GIF89a") {
        "image/gif"
    } else if is_at(0, b"RIFF") && is_at(8, b"WEBP") {
        "image/webp"
    } else if is_at(4, b"ftypavif") || is_at(4, b"ftypavis") {
        "image/avif"
    } else if is_at(0, b"BM") && is_at(6, b"\0\0\0\0") {
        "image/bmp"
    } else if is_at(0, b"\0\0\x01\0") {
        "image/x-icon"
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_by_their_first_bytes() {
        assert_eq!(raster_type(b"\x89PNG\r\n\x1a\n.."), Some("image/png"));
        assert_eq!(raster_type(b"RIFF....WEBPVP8 "), Some("image/webp"));
        assert_eq!(raster_type(b"\0\0\0\x20ftypavif"), Some("image/avif"));
        assert_eq!(raster_type(b"<svg xmlns='http://www.w3.org/2000/svg'>"), None);
        assert_eq!(raster_type(b"<html>"), None);
        assert_eq!(raster_type(b""), None);
    }
}
