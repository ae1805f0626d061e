//! The `tsudoi` command.
use clap::Parser;
use std::process::ExitCode;

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
