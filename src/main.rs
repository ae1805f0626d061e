//! The `tsudoi` command.
use clap::Parser;
use std::process::ExitCode;

/// A page is thousands of small pieces: this allocator spends a third of the time of the system's on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match Box::pin(tsudoi::cli::run(tsudoi::cli::Cli::parse())).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tsudoi: {error:#}");
            ExitCode::FAILURE
        }
    }
}
