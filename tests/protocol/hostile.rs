//! Random bytes and random values do no harm.

use proptest::collection::vec;
use proptest::prelude::*;
use rmpv::Value as Pack;
use zaqar_web::protocol::action::Action;
use zaqar_web::protocol::json::to_json;
use zaqar_web::protocol::limits::Rules;
use zaqar_web::protocol::opaque::Opaque;
use zaqar_web::protocol::request::Request;

use crate::requests::all;

/// Any MessagePack: bytes, extensions, NaN, keys of any type, texts that are not UTF-8.
fn any_pack() -> impl Strategy<Value = Pack> {
    let leaf = prop_oneof![
        Just(Pack::Nil),
        any::<bool>().prop_map(Pack::from),
        any::<i64>().prop_map(Pack::from),
        any::<u64>().prop_map(Pack::from),
        any::<f64>().prop_map(Pack::from),
        "\\PC{0,8}".prop_map(Pack::from),
        vec(any::<u8>(), 0..8).prop_map(Pack::Binary),
        (any::<i8>(), vec(any::<u8>(), 0..8)).prop_map(|(kind, bytes)| Pack::Ext(kind, bytes)),
    ];
    leaf.prop_recursive(4, 30, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Pack::Array),
            vec((inner.clone(), inner), 0..6).prop_map(Pack::Map),
        ]
    })
}

/// A value of JSON as one of MessagePack.
fn pack_of(value: &serde_json::Value) -> Pack {
    rmpv::ext::to_value(value).unwrap()
}

fn bytes_of(value: &Pack) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, value).unwrap();
    bytes
}

/// Does all that can be done with bytes.
fn use_up(action: Action, bytes: &[u8]) {
    to_json(bytes);
    if let Some(opaque) = Opaque::new(bytes.into()) {
        assert!(to_json(opaque.as_bytes()).is_some(), "{bytes:x?}");
    }
    let Ok(request) = Request::read(action, bytes, &Rules::default()) else { return };
    let mut again = Vec::new();
    request.write(&mut again);
    assert_eq!(Request::read(action, &again, &Rules::default()).as_ref(), Ok(&request));
    let exchange = request.exchange();
    assert!(exchange.path.starts_with("/v2/"));
    if let Request::MessagePost(post) = request {
        for most in [0, 1, 2] {
            let tight = Rules { max_messages_post_size: Some(40), ..Rules::default() };
            let _ = post.clone().split(most, &tight);
            let _ = post.clone().split(most, &Rules { max_messages_post_size: Some(0), ..tight });
        }
    }
}

proptest! {
    #[test]
    fn random_bytes(bytes in vec(any::<u8>(), 0..200)) {
        for action in Action::ALL {
            use_up(*action, &bytes);
        }
    }

    #[test]
    fn random_values(value in any_pack()) {
        for action in Action::ALL {
            use_up(*action, &bytes_of(&value));
        }
    }

    #[test]
    fn a_right_request_with_one_value_replaced(value in any_pack(), place in any::<usize>()) {
        for (request, map) in all() {
            let Pack::Map(mut entries) = pack_of(&map) else { unreachable!() };
            let count = entries.len();
            if count > 0 {
                entries[place % count].1 = value.clone();
                use_up(request.action(), &bytes_of(&Pack::Map(entries)));
            }
        }
    }

    #[test]
    fn a_right_request_with_one_key_replaced(key in any_pack(), place in any::<usize>()) {
        for (request, map) in all() {
            let Pack::Map(mut entries) = pack_of(&map) else { unreachable!() };
            let count = entries.len();
            if count > 0 && key.as_str().is_none() {
                entries[place % count].0 = key.clone();
                let bytes = bytes_of(&Pack::Map(entries));
                assert!(Request::read(request.action(), &bytes, &Rules::default()).is_err());
            }
        }
    }

    #[test]
    fn a_post_of_any_bodies(bodies in vec(any_pack(), 1..6)) {
        let messages = bodies.into_iter().map(|body| Pack::Map(vec![("body".into(), body)])).collect();
        let post = Pack::Map(vec![("queue_name".into(), "q".into()), ("messages".into(), Pack::Array(messages))]);
        prop_assert!(Request::read(Action::MessagePost, &bytes_of(&post), &Rules::default()).is_ok());
        use_up(Action::MessagePost, &bytes_of(&post));
    }

    #[test]
    fn a_right_request_with_a_byte_replaced_or_cut(place in any::<usize>(), byte in any::<u8>()) {
        for (request, _) in all() {
            let mut bytes = crate::written(&request);
            let at = place % bytes.len();
            use_up(request.action(), &bytes[..at]);
            bytes[at] = byte;
            use_up(request.action(), &bytes);
        }
    }
}
