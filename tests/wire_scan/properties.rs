//! Any MessagePack there is, against rmpv.

use proptest::prelude::*;
use rmpv::Value as MessagePack;

use crate::page::{Page, expected, field};
use crate::{encoded, scan, scan_value};
use zaqar_codec::scan::Scanner;
use zaqar_codec::tape::Place;

fn texts() -> impl Strategy<Value = String> {
    let often =
        prop::sample::select(vec!["", "id", "cpu", "status", "sixteen letters!", "clé", "日本", "🚀", "__proto__"]);
    prop_oneof![4 => often.prop_map(str::to_owned), 2 => "[a-z]{0,40}", 1 => ".{0,300}"]
}

fn keys() -> impl Strategy<Value = MessagePack> {
    let often = vec!["id", "ttl", "body", "name", "request", "headers", "a_key_over_sixteen", "clé", "value"];
    prop_oneof![
        20 => prop::sample::select(often).prop_map(MessagePack::from),
        5 => texts().prop_map(MessagePack::from),
        1 => prop_oneof![
            Just(MessagePack::Nil),
            any::<bool>().prop_map(MessagePack::from),
            any::<i16>().prop_map(MessagePack::from),
            any::<u64>().prop_map(MessagePack::from),
            prop::collection::vec(any::<u8>(), 0..4).prop_map(MessagePack::Binary),
        ],
    ]
}

fn values() -> impl Strategy<Value = MessagePack> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..300);
    let leaves = prop_oneof![
        Just(MessagePack::Nil),
        any::<bool>().prop_map(MessagePack::from),
        any::<i8>().prop_map(MessagePack::from),
        any::<i32>().prop_map(MessagePack::from),
        any::<i64>().prop_map(MessagePack::from),
        any::<u64>().prop_map(MessagePack::from),
        any::<f32>().prop_map(MessagePack::from),
        any::<f64>().prop_map(MessagePack::from),
        texts().prop_map(MessagePack::from),
        texts().prop_map(MessagePack::from),
        bytes().prop_map(MessagePack::Binary),
        (any::<i8>(), bytes()).prop_map(|(kind, bytes)| MessagePack::Ext(kind, bytes)),
    ];
    leaves.prop_recursive(5, 60, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(MessagePack::Array),
            prop::collection::vec((keys(), inner), 0..20).prop_map(MessagePack::Map),
        ]
    })
}

proptest! {
    /// Frames follow each other, for the scanner and the page remember. Some never reach the page.
    #[test]
    fn frames_one_after_the_other_read_as_rmpv_reads_them(frames in prop::collection::vec((values(), 0..4), 1..8)) {
        let (mut scanner, mut page) = (Scanner::new(), Page::default());
        for (value, kind) in frames {
            scan_value(&mut scanner, &encoded(&value)).unwrap();
            if kind > 0 {
                prop_assert_eq!(page.build(&mut scanner, Place::default()), Some(expected(&value)));
            }
        }
    }

    #[test]
    fn the_body_of_a_frame_is_built_alone(frames in prop::collection::vec(values(), 1..8), before in any::<bool>()) {
        let (mut scanner, mut page) = (Scanner::new(), Page::default());
        for value in frames {
            let mut entries = vec![
                (MessagePack::from("request"), value.clone()),
                (MessagePack::from("body"), value.clone()),
                (MessagePack::from("headers"), value.clone()),
            ];
            if before {
                entries.reverse();
            }
            let frame = MessagePack::Map(entries);
            let envelope = scan(&mut scanner, &encoded(&frame)).unwrap();
            prop_assert!(envelope.is_reply);
            let body = page.build(&mut scanner, envelope.body.unwrap());
            prop_assert_eq!(body, field(&expected(&frame), "body"));
        }
    }

    #[test]
    fn no_bytes_bring_the_scanner_down(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..8)) {
        let (mut scanner, mut page) = (Scanner::new(), Page::default());
        for bytes in frames {
            if let Ok(envelope) = scan(&mut scanner, &bytes) {
                page.build(&mut scanner, envelope.body.unwrap_or_default());
            }
        }
    }
}
