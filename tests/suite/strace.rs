//! System calls of a command, told by `strace`, which also makes faults at them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hourbill");

/// Calls that are disturbed in a default test run, of each command and kind of fault.
const SAMPLE: usize = 24;

pub fn soaks() -> bool {
    std::env::var_os("HOURBILL_SOAK").is_some_and(|value| value == "1")
}

pub fn has_strace() -> bool {
    let traced = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    let has = traced.is_ok_and(|status| status.success());
    if !has {
        println!("skipped: strace is not installed, or may not trace here");
    }
    has
}

/// One system call of a command: its name, the how many-eth of that name, and what strace wrote about it.
#[derive(Clone, Debug)]
pub struct Call {
    pub name: String,
    pub nth: usize,
    pub text: String,
}

/// The main thread makes the same calls each time: with huge pages the C library looks once how large they are, in whatever thread wants
/// memory first.
fn calls_alike(strace: &mut Command) {
    strace.env("RAYON_NUM_THREADS", "1").env("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0");
    strace.stdout(Stdio::null()).stderr(Stdio::null());
}

/// All calls about files that the main thread makes; the others only read.
pub fn calls(shop: &Path, words: &[&str]) -> Vec<Call> {
    let trace = shop.join("trace");
    let mut strace = Command::new("strace");
    strace.current_dir(shop).args(["-f", "-y", "-o", "trace", "-e", "trace=%file,%desc", PROGRAM]).args(words);
    calls_alike(&mut strace);
    assert!(strace.status().unwrap().success(), "{words:?}");
    let text = fs::read_to_string(&trace).unwrap();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let main = text.split_whitespace().next().unwrap().to_owned();
    let mut calls = Vec::new();
    for line in text.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        let Some((name, _)) = call.split_once('(') else { continue };
        if thread != main || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            continue;
        }
        // The program starts with it; faults come after.
        if name == "execve" {
            continue;
        }
        let nth = counts.entry(name.to_owned()).or_default();
        *nth += 1;
        calls.push(Call { name: name.to_owned(), nth: *nth, text: call.to_owned() });
    }
    assert!(calls.len() > 30, "{}", calls.len());
    calls
}

/// Runs a command with a fault at one call; the exit code, `None` when it was killed.
pub fn disturbed(shop: &Path, words: &[&str], call: &Call, fault: &str) -> Option<i32> {
    let inject = format!("inject={}:{fault}:when={}", call.name, call.nth);
    let trace = format!("trace={}", call.name);
    let mut strace = Command::new("strace");
    strace.current_dir(shop).args(["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject, PROGRAM]).args(words);
    calls_alike(&mut strace);
    strace.status().unwrap().code()
}

/// A spread of the calls, the first and the last with them; all of them when soaking.
pub fn sampled(calls: Vec<Call>) -> Vec<Call> {
    if soaks() || calls.len() <= SAMPLE {
        return calls;
    }
    let last = calls.len() - 1;
    (0..SAMPLE).map(|nth| calls[nth * last / (SAMPLE - 1)].clone()).collect()
}

/// The calls that change something: all others leave the state that the next of these finds.
pub fn changes(call: &Call) -> bool {
    let by_name = [
        "write",
        "pwrite64",
        "writev",
        "fsync",
        "fdatasync",
        "linkat",
        "link",
        "rename",
        "renameat2",
        "mkdir",
        "unlink",
    ];
    let own = |place: &str| call.text.contains(place);
    let creates = call.name == "openat" && own("O_CREAT");
    (by_name.contains(&call.name.as_str()) || creates)
        && (own("/ledger") || own("/out") || own("\"ledger") || own("\"out"))
}
