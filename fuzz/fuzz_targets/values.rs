#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hourbill_fuzz::guarded(hourbill_fuzz::values::target, data));
