#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lambda_codesign_fuzz::claims_patterns(bytes));
