#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hourbill_fuzz::guarded(hourbill_fuzz::job_file::target, data));
