#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hourbill_fuzz::guarded(hourbill_fuzz::csv_rows::target, data));
