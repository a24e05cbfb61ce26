//! Bytes that are no MessagePack, or MessagePack that no client sends.

use crate::page::{Js, Page};
use crate::{Captured, captured, scan, scan_value};
use zaqar_codec::scan::{Damaged, Scanner};
use zaqar_codec::tape::{NIL, Place};

/// Reads all that can be read, so that nothing in there can panic.
fn exhaust_frame(scanner: &mut Scanner, page: &mut Page, bytes: &[u8]) {
    let Ok(envelope) = scan(scanner, bytes) else { return };
    scanner.action();
    for value in [Some(scanner.value()), scanner.body()].into_iter().flatten() {
        value.field("status").map(|status| (status.as_integer(), status.as_text()));
        for item in value.items() {
            item.field("id");
        }
    }
    page.build(scanner, envelope.body.unwrap_or_default());
}

fn exhaust_value(scanner: &mut Scanner, page: &mut Page, bytes: &[u8]) {
    if scan_value(scanner, bytes).is_ok() {
        page.build(scanner, Place::default());
    }
}

#[test]
fn no_truncated_frame_is_taken_for_a_whole_one() {
    let mut scanner = Scanner::new();
    for frame in captured() {
        let bytes = frame.bytes();
        for end in 0..bytes.len() {
            assert_eq!(scan(&mut scanner, &bytes[..end]), Err(Damaged::Truncated));
        }
    }
}

#[test]
fn no_flipped_bit_brings_the_scanner_down() {
    // Half a million frames: on all cores there are.
    std::thread::scope(|scope| {
        for some in captured().chunks(50) {
            let some: Vec<Vec<u8>> = some.iter().map(Captured::bytes).collect();
            scope.spawn(move || some.into_iter().for_each(flip_every_bit));
        }
    });
}

fn flip_every_bit(mut bytes: Vec<u8>) {
    let (mut scanner, mut page) = (Scanner::new(), Page::default());
    // All of the small frames; of the large page every bit of every 64th byte.
    let step = if bytes.len() < 4096 { 1 } else { 64 };
    for at in (0..bytes.len()).step_by(step) {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            // Each flip in one of the two ways: they share what could break.
            if (at + bit).is_multiple_of(2) {
                exhaust_frame(&mut scanner, &mut page, &bytes);
            } else {
                exhaust_value(&mut scanner, &mut page, &bytes);
            }
            bytes[at] ^= 1 << bit;
        }
    }
}

#[test]
fn a_count_beyond_the_bytes_is_refused_at_once() {
    let mut scanner = Scanner::new();
    for head in [0xc6, 0xc9, 0xdb, 0xdd, 0xdf] {
        assert_eq!(scan(&mut scanner, &[head, 0xff, 0xff, 0xff, 0xff]), Err(Damaged::Truncated));
        let skipped = [b"\x81\xa7request".as_slice(), &[head, 0xff, 0xff, 0xff, 0xff]].concat();
        assert_eq!(scan(&mut scanner, &skipped), Err(Damaged::Truncated));
    }
}

#[test]
fn what_is_no_message_is_refused() {
    let mut scanner = Scanner::new();
    assert_eq!(scan(&mut scanner, b""), Err(Damaged::Truncated));
    assert_eq!(scan(&mut scanner, b"\x01\x02"), Err(Damaged::Trailing));
    assert_eq!(scan(&mut scanner, b"\xc1"), Err(Damaged::Reserved));
    assert_eq!(scan(&mut scanner, b"\x81\x90\x01"), Err(Damaged::Key));
    assert!(scanner.value().is_null());
    assert!(scanner.body().is_none());
}

#[test]
fn of_what_is_refused_nothing_is_left_to_be_built() {
    let (mut scanner, mut page) = (Scanner::new(), Page::default());
    scan_value(&mut scanner, b"\x91\xa5other").unwrap();
    assert!(scan_value(&mut scanner, b"").is_err());
    assert_eq!(scanner.tape(), [NIL]);
    assert_eq!(page.build(&mut scanner, Place::default()), Some(Js::Null));
}

#[test]
fn a_frame_beyond_the_limit_gets_no_room() {
    let mut scanner = Scanner::new();
    assert!(scanner.room(Scanner::LARGEST + 1).is_empty());
    assert_eq!(scanner.scan(), Err(Damaged::TooLarge));
}

#[test]
fn a_value_that_is_too_deep_comes_as_its_bytes() {
    let (mut scanner, mut page) = (Scanner::new(), Page::default());
    for (depth, within) in [(128, true), (129, false), (1000, false)] {
        let deep = [vec![0x91; depth], vec![7]].concat();
        scan_value(&mut scanner, &deep).unwrap();
        let mut value = page.build(&mut scanner, Place::default()).unwrap();
        for _ in 0..128 {
            let Js::Array(items) = value else { panic!("not deep enough") };
            [value] = <[Js; 1]>::try_from(items).unwrap();
        }
        let expected = if within { Js::Number(7f64.to_bits()) } else { Js::Bytes(deep[128..].to_vec()) };
        assert_eq!(value, expected);
    }
}

#[test]
fn what_others_may_post_does_not_take_its_page_down() {
    let (mut scanner, mut page) = (Scanner::new(), Page::default());
    let cases: [(&[u8], Js); 7] = [
        (b"\xc4\x02\xff\xfe", Js::Bytes(vec![0xff, 0xfe])),
        (b"\xd4\x05\x07", Js::Bytes(vec![7])),
        (b"\xd6\xff\x00\x00\x00\x01", Js::Bytes(vec![0, 0, 0, 1])),
        (b"\x82\xa1a\xc3\x05\xc3", object(&["a", "5"])),
        (b"\x83\xc0\xc3\xc2\xc3\xa1z\xc3", object(&["null", "false", "z"])),
        (b"\x82\xc4\x01b\xc3\xc4\x02\xff\x01\xc3", object(&["b", "\u{fffd}\u{1}"])),
        (b"\x81\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xc3", object(&["18446744073709551615"])),
    ];
    for (bytes, expected) in cases {
        scan_value(&mut scanner, bytes).unwrap();
        assert_eq!(page.build(&mut scanner, Place::default()), Some(expected));
    }
}

fn object(keys: &[&str]) -> Js {
    Js::Object(keys.iter().map(|key| ((*key).to_owned(), Js::Boolean(true))).collect())
}

/// An array of so many nils.
fn nils(count: u32) -> Vec<u8> {
    let mut bytes = vec![0xdd];
    bytes.extend(count.to_be_bytes());
    bytes.resize(bytes.len() + count as usize, 0xc0);
    bytes
}

#[test]
fn a_count_without_as_many_bytes_is_refused_before_anything_is_read() {
    let mut scanner = Scanner::new();
    for head in [0xdd, 0xdf] {
        // Half as many bytes as the map's keys and values would need.
        let mut bytes = vec![head, 0, 1, 0, 0];
        bytes.resize(bytes.len() + if head == 0xdf { 0x1_8000 } else { 0xffff }, 0xa0);
        assert_eq!(scan_value(&mut scanner, &bytes), Err(Damaged::Truncated));
    }
}

#[test]
fn more_values_than_a_server_sends_are_refused_however_they_nest() {
    let mut scanner = Scanner::new();
    let most = Scanner::MOST_VALUES as u32;
    scan_value(&mut scanner, &nils(most)).unwrap();
    let before = scanner.memory();
    assert_eq!(scan_value(&mut scanner, &nils(most + 1)), Err(Damaged::TooLarge));
    let mut nested = vec![0x93];
    (0..3).for_each(|_| nested.extend(nils(most / 2)));
    assert_eq!(scan_value(&mut scanner, &nested), Err(Damaged::TooLarge));
    scanner.room(nested.len()).copy_from_slice(&nested);
    assert_eq!(scanner.scan_own_value(), Ok(()), "what no server sent may be larger");
    assert!(before < 64 << 20, "{before} bytes");
}

#[test]
fn what_a_large_frame_took_is_given_back() {
    let mut scanner = Scanner::new();
    scan_value(&mut scanner, b"\x91\xa5small").unwrap();
    scanner.give_back();
    let small = scanner.memory();
    let mut floats = vec![0xdd, 0, 0x10, 0, 0];
    (0..0x10_0000).for_each(|_| floats.extend(b"\xcb\x3f\xf8\0\0\0\0\0\0"));
    let binary = [&[0xc6, 0, 0x80, 0, 0][..], &vec![7; 0x80_0000]].concat();
    for large in [nils(1 << 21), floats, binary] {
        scan_value(&mut scanner, &large).unwrap();
        scanner.give_back();
        assert!(scanner.memory() < small + (16 << 20), "{} bytes", scanner.memory());
        scan_value(&mut scanner, b"\x91\xa5small").unwrap();
        assert_eq!(scanner.value().items().next().and_then(|item| item.as_text()), Some(&b"small"[..]));
    }
}
