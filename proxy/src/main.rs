//! The program `handlens`: parse, do, say what went wrong.

use std::process::ExitCode;

use proxy::config::Cli;

#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match proxy::command::obey(Cli::read()).await {
        Ok(code) => code,
        Err(error) => proxy::command::fail(&error),
    }
}
