//! The command `hourbill`.

use std::process::ExitCode;

fn main() -> ExitCode {
    hourbill::cli::main()
}
