#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bearward_fuzz::introspection_answer(data));
