//! Tells the C library how to get memory from the system, which it only takes up from its environment when a program starts.
//!
//! A run over ten million entries touches hundreds of megabytes for the first time: in pages of 4 KiB the kernel's work for them is a
//! quarter of all time, so an ordinary run asks for huge pages. Under `--memory` what is given back has to be given back to the system.
//! There is no call for either, and an allocator of our own took more memory and was no faster; so the program starts itself once more, in
//! its own place, with the setting. Where that cannot be done everything works as well, only slower or with more memory.

/// Starts the program again with the setting, unless it is there already or the environment says otherwise.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn prepare() {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    const TUNABLES: &str = "GLIBC_TUNABLES";
    const HUGE_PAGES: &str = "glibc.malloc.hugetlb=1";
    // Where memory is limited, what is given back must be given back to the system, however much time that takes.
    const FRUGAL: &str = "glibc.malloc.mmap_threshold=32768:glibc.malloc.trim_threshold=65536:glibc.malloc.arena_max=2";

    let limited = |arg: std::ffi::OsString| arg.to_str().is_some_and(|arg| arg.starts_with("--memory"));
    let wanted = if std::env::args_os().any(limited) { FRUGAL } else { HUGE_PAGES };
    let key = wanted.split('=').next().unwrap_or(wanted);
    let before = std::env::var_os(TUNABLES).unwrap_or_default();
    let Some(before) = before.to_str().filter(|before| !before.contains(key)) else { return };
    let separator = if before.is_empty() { "" } else { ":" };
    let Ok(program) = std::env::current_exe() else { return };
    let mut args = std::env::args_os();
    let mut again = Command::new(program);
    again.env(TUNABLES, format!("{before}{separator}{wanted}"));
    if let Some(name) = args.next() {
        again.arg0(name);
    }
    // Comes back only if it failed.
    let _ = again.args(args).exec();
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn prepare() {}
