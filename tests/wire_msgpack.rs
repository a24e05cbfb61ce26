//! The codec's own small writer and reader of MessagePack, against rmpv.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use proptest::prelude::*;
use rmpv::Value;
use zaqar_codec::msgpack::{Reader, Token, Writer};

fn decoded(mut bytes: &[u8]) -> Value {
    let value = rmpv::decode::read_value(&mut bytes).unwrap();
    assert!(bytes.is_empty());
    value
}

fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, value).unwrap();
    bytes
}

#[test]
fn texts_and_counts_are_written_right_at_every_border() {
    for length in [0, 1, 15, 16, 31, 32, 255, 256, 65_535, 65_536] {
        let mut writer = Writer::new();
        writer.text("x".repeat(length));
        assert_eq!(decoded(&writer.into_bytes()), Value::from("x".repeat(length)));

        let mut writer = Writer::new();
        writer.array(length);
        for _ in 0..length {
            writer.nil();
        }
        assert_eq!(decoded(&writer.into_bytes()), Value::Array(vec![Value::Nil; length]));

        let mut writer = Writer::new();
        writer.map(length);
        for number in 0..length {
            writer.number(number as u32).boolean(true);
        }
        assert_eq!(decoded(&writer.into_bytes()).as_map().unwrap().len(), length);
    }
}

#[test]
fn numbers_are_written_in_as_few_bytes_as_they_take() {
    let numbers = [(0, 1), (0x7f, 1), (0x80, 2), (0xff, 2), (0x100, 3), (0xffff, 3), (0x1_0000, 5), (u32::MAX, 5)];
    for (number, length) in numbers {
        let mut writer = Writer::new();
        writer.number(number);
        let bytes = writer.into_bytes();
        assert_eq!(decoded(&bytes), Value::from(number));
        assert_eq!(bytes.len(), length, "{number}");
    }
}

#[test]
fn the_fields_of_a_map_are_found() {
    let map = Value::Map(vec![
        ("name".into(), "q".into()),
        ("nested".into(), Value::Array(vec![Value::Map(vec![("name".into(), 1.into())]), Value::F32(0.5)])),
        ("limit".into(), (-70_000).into()),
    ]);
    let bytes = encoded(&map);
    let reader = Reader::new(&bytes);
    assert_eq!(reader.field("name").and_then(Reader::as_text), Some("q"));
    assert_eq!(reader.field("limit").and_then(Reader::as_integer), Some(-70_000));
    assert!(reader.field("absent").is_none());
    assert_eq!(reader.field("nested").unwrap().items().count(), 2);
    assert!(reader.field("name").unwrap().field("x").is_none());
}

#[test]
fn absurd_counts_end_at_the_end_of_the_bytes() {
    for head in [0xc6, 0xc9, 0xdb, 0xdd, 0xdf] {
        let bytes = [head, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert!(Reader::new(&bytes).value().is_none());
        assert_eq!(Reader::new(&bytes).items().count(), usize::from(head == 0xdd));
        assert_eq!(Reader::new(&bytes).entries().count(), 0);
    }
}

fn values() -> impl Strategy<Value = Value> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..300);
    let leaves = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::from),
        any::<i16>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,80}".prop_map(Value::from),
        bytes().prop_map(Value::Binary),
        (any::<i8>(), bytes()).prop_map(|(kind, bytes)| Value::Ext(kind, bytes)),
    ];
    leaves.prop_recursive(4, 40, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::Array),
            prop::collection::vec((inner.clone(), inner), 0..20).prop_map(Value::Map),
        ]
    })
}

/// A value from the reader's tokens.
fn read(reader: &mut Reader<'_>) -> Value {
    match reader.token().unwrap() {
        Token::Nil => Value::Nil,
        Token::Boolean(value) => value.into(),
        Token::Integer(number) => number.into(),
        Token::Large(number) => number.into(),
        Token::Float(number) => number.into(),
        Token::Text(text) => std::str::from_utf8(text).unwrap().into(),
        Token::Binary(bytes) => Value::Binary(bytes.to_vec()),
        Token::Array(items) => Value::Array((0..items).map(|_| read(reader)).collect()),
        Token::Map(entries) => Value::Map((0..entries).map(|_| (read(reader), read(reader))).collect()),
        Token::Extension(bytes) => Value::Ext(0, bytes.to_vec()),
    }
}

/// The same without what the reader does not tell: the width of a float, the type of an extension.
fn simplified(value: Value) -> Value {
    match value {
        Value::F32(number) => f64::from(number).into(),
        Value::Ext(_, bytes) => Value::Ext(0, bytes),
        Value::Array(items) => Value::Array(items.into_iter().map(simplified).collect()),
        Value::Map(entries) => {
            Value::Map(entries.into_iter().map(|(key, value)| (simplified(key), simplified(value))).collect())
        }
        other => other,
    }
}

proptest! {
    #[test]
    fn every_value_is_read_token_by_token(value in values()) {
        let bytes = encoded(&value);
        let mut reader = Reader::new(&bytes);
        // NaN is not itself: what is compared is what it is written as.
        prop_assert_eq!(encoded(&read(&mut reader)), encoded(&simplified(value)));
        prop_assert!(reader.rest().is_empty());
    }

    #[test]
    fn a_value_is_passed_over_whole_or_not_at_all(value in values(), more in prop::collection::vec(any::<u8>(), 0..4)) {
        let bytes = encoded(&value);
        let longer = [&bytes[..], &more].concat();
        let mut reader = Reader::new(&longer);
        prop_assert_eq!(reader.value(), Some(&bytes[..]));
        prop_assert_eq!(reader.rest(), &more[..]);
        for end in 0..bytes.len() {
            let mut reader = Reader::new(&bytes[..end]);
            prop_assert_eq!(reader.value(), None);
            prop_assert_eq!(reader.rest(), &bytes[..end]);
        }
    }

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut reader = Reader::new(&bytes);
        while reader.token().is_some() {}
        Reader::new(&bytes).entries().for_each(drop);
        Reader::new(&bytes).items().for_each(drop);
    }
}
