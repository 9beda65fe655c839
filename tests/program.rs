//! The command `bearward`, for the tests of this package that start it.

fn main() -> std::process::ExitCode {
    bearward_cli::main()
}
