//! Values of serde from MessagePack: as `rmp-serde` reads them, but for nil and wrong types.

use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zaqar_codec::de::{Unfit, from_slice};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Everything {
    text: String,
    texts: Vec<String>,
    small: u8,
    negative: i64,
    large: u64,
    float: f64,
    flag: bool,
    unit: (),
    named: Named,
    maybe: Option<Box<Everything>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Named(String);

fn everything() -> impl Strategy<Value = Everything> {
    let one = (any::<(String, Vec<String>, u8, i64, u64, bool, String)>(), -1e300..1e300);
    let one = one.prop_map(|((text, texts, small, negative, large, flag, name), float)| Everything {
        text,
        texts,
        small,
        negative,
        large,
        float,
        flag,
        unit: (),
        named: Named(name),
        maybe: None,
    });
    (one.clone(), proptest::option::of(one))
        .prop_map(|(outer, inner)| Everything { maybe: inner.map(Box::new), ..outer })
}

proptest! {
    #[test]
    fn a_value_is_read_as_rmp_serde_reads_it(value in everything()) {
        let value = Everything { maybe: value.maybe.clone().or(Some(Box::default())), ..value };
        // the inner one's absence is nil, which is no text's, list's or struct's absence here
        let mut json: Value = serde_json::to_value(&value).unwrap();
        json["maybe"].as_object_mut().unwrap().remove("maybe");
        json["unknown"] = json["texts"].clone();
        let bytes = rmp_serde::to_vec(&json).unwrap();
        prop_assert_eq!(from_slice::<Everything>(&bytes).unwrap(), rmp_serde::from_slice::<Everything>(&bytes).unwrap());
    }

    #[test]
    fn random_bytes_do_no_harm(bytes in vec(any::<u8>(), 0..100)) {
        let _ = from_slice::<Everything>(&bytes);
        let _ = from_slice::<Value>(&bytes);
    }
}

#[test]
fn what_is_of_another_type_is_refused() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Texts {
        text: Option<String>,
        list: Option<Vec<u8>>,
    }
    for value in [&b"\xc0"[..], b"\x01", b"\xc4\x01a", b"\x91\xa1a", b"\xa1\xff", b"\xd4\x01a", b"\xa2a"] {
        assert_eq!(from_slice::<Texts>(&[b"\x81\xa4text", value].concat()), Err(Unfit::Wrong));
    }
    assert_eq!(from_slice::<Texts>(b"\x81\xa4list\xa1a"), Err(Unfit::Wrong));
    assert_eq!(from_slice::<Texts>(b"\x81\xa4list\xc0"), Err(Unfit::Wrong), "nil is a value, and none of this type");
    assert_eq!(from_slice::<Texts>(b"\x81\x00\xa1a"), Err(Unfit::Wrong), "keys are texts");
    assert_eq!(from_slice::<Texts>(b"\x92\xa1a\x90"), Err(Unfit::Wrong), "a list is no struct");
    assert_eq!(from_slice::<Texts>(b"\x80"), Ok(Texts { text: None, list: None }));
    assert_eq!(Unfit::Missing("ttl").to_string(), "ttl is missing");
}
