#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lambda_codesign_fuzz::policy_file(bytes));
