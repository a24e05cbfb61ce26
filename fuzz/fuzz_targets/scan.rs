//! Any bytes, one frame after the other to one scanner, read as the engine and JavaScript read them.
//!
//! `cargo +nightly fuzz run scan`; the captured frames of tests/fixtures/frames.jsonl make a corpus.

#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use zaqar_codec::msgpack::Reader;
use zaqar_codec::scan::Scanner;
use zaqar_codec::tape::Value;

thread_local! {
    static SCANNER: RefCell<Scanner> = RefCell::default();
}

fuzz_target!(|bytes: &[u8]| SCANNER.with_borrow_mut(|scanner| {
    scanner.room(bytes.len()).copy_from_slice(bytes);
    if scanner.scan().is_ok() {
        assert_eq!(Reader::new(bytes).value(), Some(bytes), "the two readers differ");
        scanner.action();
        read(scanner.value());
        scanner.body().map(read);
        deliver(scanner);
    }
    scanner.room(bytes.len()).copy_from_slice(bytes);
    if scanner.scan_value().is_ok() {
        read(scanner.value());
        deliver(scanner);
    }
}));

fn read(value: Value<'_>) {
    value.is_null();
    value.as_integer();
    value.as_text();
    value.field("id");
    value.items().for_each(read);
    value.field("messages").map(read);
}

fn deliver(scanner: &mut Scanner) {
    scanner.deliver();
    if std::str::from_utf8(scanner.text()).is_err() {
        scanner.forget();
        return;
    }
    scanner.utf16();
    let units = scanner.text().len() as u32;
    assert!(scanner.new_texts().chunks_exact(3).all(|new| new[1] + new[2] <= units));
    while scanner.take_new_shape().is_some() {}
}
