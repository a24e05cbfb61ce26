//! JSON of MessagePack, without loss.

use proptest::prelude::*;
use serde_json::{Value, json};
use zaqar_web::protocol::json::to_json;

use crate::message_pack;
use crate::strategies::any_body;

fn float(value: f64) -> String {
    to_json(&rmp_serde::to_vec(&value).unwrap()).unwrap()
}

#[test]
fn integers_of_64_bits_are_digits() {
    let numbers = json!([i64::MIN, -1, 0, i64::MAX, u64::MAX]);
    assert_eq!(
        to_json(&message_pack(&numbers)).unwrap(),
        "[-9223372036854775808,-1,0,9223372036854775807,18446744073709551615]"
    );
}

#[test]
fn a_float_stays_one_however_whole_it_is() {
    let two_to_53 = 9_007_199_254_740_992.0;
    for value in [
        -0.0,
        5.0,
        two_to_53,
        -two_to_53,
        2f64.powi(60),
        -(2f64.powi(63)),
        1e20,
        123456789012345680000.0,
        1e21,
        f64::MAX,
        5e-324,
        0.1,
    ] {
        let text = float(value);
        assert!(text.contains(['.', 'e']), "{text} would be read as an integer");
        let read: f64 = text.parse().unwrap();
        assert_eq!(read.to_bits(), value.to_bits(), "{text}");
    }
    assert_eq!(float(-0.0), "-0.0");
}

#[test]
fn what_json_lacks_does_no_harm() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(float(value), "null", "as JSON.stringify has it");
    }
    assert_eq!(to_json(b"\xc4\x02ab").unwrap(), "[97,98]");
    assert_eq!(to_json(b"\xa2a\xff").unwrap(), "\"a\u{fffd}\"");
    let extension = b"\xd4\x01x";
    let number_as_key = b"\x81\x01\x01";
    for bytes in [
        &b""[..],
        b"\xc1",
        b"\x92\x01",
        b"\x01\x01",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        extension,
        number_as_key,
    ] {
        assert_eq!(to_json(bytes), None, "{bytes:x?}");
    }
}

#[test]
fn what_is_nested_too_deep_is_no_json() {
    let nested = |depth| [vec![0x91; depth], vec![0xc0]].concat();
    assert_eq!(to_json(&nested(128)).unwrap().len(), 2 * 128 + 4);
    assert_eq!(to_json(&nested(129)), None);
    assert_eq!(to_json(&nested(10_000_000)), None);
    let beside = [vec![0xdc, 0x01, 0x00], vec![0x90; 256]].concat();
    assert!(to_json(&beside).is_some(), "what stands side by side is not deep");
}

#[test]
fn a_frame_is_json_as_a_whole() {
    let frame = json!({ "action": "queue_get", "headers": { "Client-ID": "c" }, "body": { "queue_name": "q" } });
    assert_eq!(to_json(&message_pack(&frame)).unwrap().parse::<Value>().unwrap(), frame);
}

proptest! {
    #[test]
    fn any_value_is_the_same_as_json(value in any_body()) {
        let text = to_json(&message_pack(&value)).unwrap();
        prop_assert_eq!(text, value.to_string());
    }
}
