//! The `tsudoi` command.
use clap::Parser;
use rustix::{fs::Mode, process};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    // Keys, mails with codes and members' words are for nobody else on this machine.
    process::umask(Mode::RWXG | Mode::RWXO);
    match Box::pin(tsudoi::cli::run(tsudoi::cli::Cli::parse())).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tsudoi: {error:#}");
            ExitCode::FAILURE
        }
    }
}
