//! Every recorded frame in another form that says the same: numbers, texts and counts in other widths, keys in another order,
//! and among them keys that Zaqar does not send.

use std::ops::RangeInclusive;

use proptest::prelude::*;
use rmpv::Value as MessagePack;

use crate::arrivals::arrival;
use crate::page::{Js, Page, exact, expected, field};
use crate::{captured, decoded, scan};
use zaqar_codec::scan::Scanner;

/// What the keys begin with that Zaqar does not send.
const UNKNOWN: &str = "unknown";

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// One scanner and one page for both forms: they remember what came before.
    #[test]
    fn a_frame_in_any_form_is_the_same_arrival(choices in prop::collection::vec(any::<u8>(), 1..400)) {
        let (mut scanner, mut page) = (Scanner::new(), Page::default());
        let mut choices = Choices { bytes: &choices, at: 0 };
        for frame in captured() {
            let (plain, other) = (frame.bytes(), other_form(&frame.bytes(), &mut choices));
            let envelope = scan(&mut scanner, &other).unwrap();
            prop_assert_eq!((envelope.is_reply, envelope.status), (frame.status.is_some(), frame.status), "{}", &frame.name);
            prop_assert_eq!(scanner.action(), frame.action.as_ref().map(String::as_bytes), "{}", &frame.name);
            let built = page.build(&mut scanner, envelope.body.filter(|_| envelope.is_reply).unwrap_or_default());
            let plain_value = expected(&decoded(&plain));
            let wanted = if envelope.is_reply { field(&plain_value, "body").unwrap() } else { plain_value };
            prop_assert_eq!(known(built.unwrap()), known(wanted), "{}", &frame.name);
            prop_assert_eq!(arrival(&frame, &other), arrival(&frame, &plain), "{}", &frame.name);
        }
    }
}

/// A value without the keys that Zaqar does not send, and the others in one order.
fn known(value: Js) -> Js {
    match value {
        Js::Array(items) => Js::Array(items.into_iter().map(known).collect()),
        Js::Object(pairs) => {
            let pairs = pairs.into_iter().filter(|(key, _)| !key.starts_with(UNKNOWN));
            let mut pairs: Vec<_> = pairs.map(|(key, value)| (key, known(value))).collect();
            pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
            Js::Object(pairs)
        }
        other => other,
    }
}

fn other_form(bytes: &[u8], choices: &mut Choices<'_>) -> Vec<u8> {
    let mut other = Vec::new();
    write(&mut other, &varied(decoded(bytes), choices), choices);
    other
}

/// Says which form is taken, over and over the same. All zero, frames stay as Zaqar writes them.
struct Choices<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Choices<'_> {
    fn below(&mut self, count: usize) -> usize {
        self.at += 1;
        usize::from(self.bytes[self.at % self.bytes.len()]) % count
    }
}

/// The value with its keys in another order and some that Zaqar does not send.
fn varied(value: MessagePack, choices: &mut Choices<'_>) -> MessagePack {
    match value {
        MessagePack::Array(items) => MessagePack::Array(items.into_iter().map(|item| varied(item, choices)).collect()),
        MessagePack::Map(entries) => {
            let mut varied_entries: Vec<_> =
                entries.into_iter().map(|(key, value)| (key, varied(value, choices))).collect();
            for number in 0..choices.below(3) {
                varied_entries.push((format!("{UNKNOWN} {number}").into(), unknown(choices)));
            }
            for first in 0..varied_entries.len() {
                let second = first + choices.below(varied_entries.len() - first);
                varied_entries.swap(first, second);
            }
            MessagePack::Map(varied_entries)
        }
        other => other,
    }
}

/// A value that must not be taken for another's key or value.
fn unknown(choices: &mut Choices<'_>) -> MessagePack {
    let action = || MessagePack::from("action");
    let values = [
        MessagePack::Nil,
        action(),
        "request".into(),
        7.into(),
        1.5.into(),
        MessagePack::Binary(b"action".to_vec()),
        MessagePack::Ext(1, b"body".to_vec()),
        MessagePack::Array(vec![action(), "queue_list".into()]),
        MessagePack::Map(vec![(action(), "queue_list".into()), (7.into(), MessagePack::Nil)]),
        "a text that no form of sixteen bytes can hold, größer".into(),
    ];
    let chosen = choices.below(values.len());
    values[chosen].clone()
}

fn write(to: &mut Vec<u8>, value: &MessagePack, choices: &mut Choices<'_>) {
    match value {
        MessagePack::Nil => to.push(0xc0),
        MessagePack::Boolean(value) => to.push(0xc2 | u8::from(*value)),
        MessagePack::Integer(number) => integer(to, exact(number), choices),
        MessagePack::F32(number) if choices.below(2) == 0 => {
            to.push(0xca);
            to.extend(number.to_be_bytes());
        }
        MessagePack::F32(number) => write(to, &f64::from(*number).into(), choices),
        MessagePack::F64(number) => {
            to.push(0xcb);
            to.extend(number.to_be_bytes());
        }
        MessagePack::String(text) => {
            size(to, text.as_bytes().len(), Some((0xa0, 31)), &[(0xd9, 1), (0xda, 2), (0xdb, 4)], choices);
            to.extend(text.as_bytes());
        }
        MessagePack::Binary(bytes) => {
            size(to, bytes.len(), None, &[(0xc4, 1), (0xc5, 2), (0xc6, 4)], choices);
            to.extend(bytes);
        }
        MessagePack::Ext(kind, bytes) => {
            size(to, bytes.len(), None, &[(0xc7, 1), (0xc8, 2), (0xc9, 4)], choices);
            to.push(*kind as u8);
            to.extend(bytes);
        }
        MessagePack::Array(items) => {
            size(to, items.len(), Some((0x90, 15)), &[(0xdc, 2), (0xdd, 4)], choices);
            items.iter().for_each(|item| write(to, item, choices));
        }
        MessagePack::Map(entries) => {
            size(to, entries.len(), Some((0x80, 15)), &[(0xde, 2), (0xdf, 4)], choices);
            for (key, value) in entries {
                write(to, key, choices);
                write(to, value, choices);
            }
        }
    }
}

/// What one form of a number looks like: its first byte, the bytes that follow, and the numbers that it can say.
type Form = (u8, usize, RangeInclusive<i128>);

fn integer(to: &mut Vec<u8>, number: i128, choices: &mut Choices<'_>) {
    let mut forms: Vec<Form> = vec![(number as u8, 0, -32..=127)];
    for (step, width) in [1, 2, 4, 8].into_iter().enumerate() {
        let most = (1i128 << (8 * width)) - 1;
        forms.push((0xcc + step as u8, width, 0..=most));
        forms.push((0xd0 + step as u8, width, -(most / 2) - 1..=most / 2));
    }
    number_in(to, number, forms, choices);
}

/// A length or a count: within the first byte up to some number, or behind one of the others in so many bytes.
fn size(to: &mut Vec<u8>, size: usize, short: Option<(u8, i128)>, long: &[(u8, usize)], choices: &mut Choices<'_>) {
    let short = short.map(|(first, most)| (first | size as u8, 0, 0..=most));
    let long = long.iter().map(|(first, width)| (*first, *width, 0..=(1i128 << (8 * width)) - 1));
    number_in(to, size as i128, short.into_iter().chain(long).collect(), choices);
}

fn number_in(to: &mut Vec<u8>, number: i128, mut forms: Vec<Form>, choices: &mut Choices<'_>) {
    forms.retain(|(_, _, numbers)| numbers.contains(&number));
    let (first, width, _) = &forms[choices.below(forms.len())];
    to.push(*first);
    to.extend(&number.to_be_bytes()[16 - width..]);
}
