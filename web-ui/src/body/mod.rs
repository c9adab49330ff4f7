//! The bodies that were captured, in the forms that they can be looked at: as they stood on the wire, with
//! content codings undone, as UTF-8 text, or laid out for reading; whole, or a range.
//!
//! All of it is made of [`std::io::Read`]s that run on blocking threads in short steps, so that neither a slow
//! browser nor a bomb holds a thread, and nothing is held in memory whole but what is laid out, up to a bound.

mod charset;
mod image;
mod measure;
mod pretty;
mod range;
mod representation;
mod source;
mod stream;

pub(crate) use capture::coding::{DecodeError, codings_of, undo};
pub(crate) use charset::charset_of;
pub(crate) use image::raster_type;
pub(crate) use measure::Measurements;
pub(crate) use range::{Part, part_of};
pub(crate) use representation::{Form, Representation, Subject};
pub(crate) use source::Source;
