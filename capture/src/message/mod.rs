//! Messages inside an exchange: what a body holds beyond its bytes.

mod grpc_status;

pub use grpc_status::grpc_status_name;

pub(crate) use grpc_status::grpc_status_named;
