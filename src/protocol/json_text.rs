//! What JSON is: where its values end, and what its texts say.
//!
//! Levels are passed over without recursion, so depth costs no stack. serde_json's own reader has error messages with places, and reads
//! numbers to tell them: of all that nothing is used here, and it takes nine kilobytes.

/// Where the value ends that begins at `at`. `None` if it is no JSON.
pub(super) fn end_of_value(json: &[u8], mut at: usize) -> Option<usize> {
    let mut closings = Vec::new();
    loop {
        at = match *json.get(at)? {
            opening @ (b'{' | b'[') => {
                let closing = opening + 2;
                at = behind_space(json, at + 1);
                if json.get(at) != Some(&closing) {
                    at = if closing == b'}' { behind_key(json, at)? } else { at };
                    closings.push(closing);
                    continue;
                }
                at + 1
            }
            b'"' => end_of_text(json, at)?,
            b'-' | b'0'..=b'9' => end_of_number(json, at)?,
            _ => end_of_word(json, at)?,
        };
        // behind a value: what closes here, and whether another follows
        loop {
            let Some(closing) = closings.last() else { return Some(at) };
            at = behind_space(json, at);
            let byte = *json.get(at)?;
            at += 1;
            if byte == *closing {
                closings.pop();
            } else if byte == b',' {
                at = behind_space(json, at);
                at = if *closing == b'}' { behind_key(json, at)? } else { at };
                break;
            } else {
                return None;
            }
        }
    }
}

/// Calls with the bounds of each item of an array, or of each key and each value of an object in turn; returns where it ends. `None` if
/// it is neither, or no JSON.
pub(super) fn each(json: &[u8], at: usize, mut take: impl FnMut(usize, usize)) -> Option<usize> {
    let closing = match json.get(at)? {
        opening @ (b'{' | b'[') => opening + 2,
        _ => return None,
    };
    let mut at = behind_space(json, at + 1);
    if json.get(at) == Some(&closing) {
        return Some(at + 1);
    }
    loop {
        if closing == b'}' {
            take(at, end_of_text(json, at)?);
            at = behind_key(json, at)?;
        }
        let end = end_of_value(json, at)?;
        take(at, end);
        at = behind_space(json, end);
        match json.get(at)? {
            b',' => at = behind_space(json, at + 1),
            byte => return (*byte == closing).then_some(at + 1),
        }
    }
}

/// Behind the space that begins here, if any does.
pub(super) fn behind_space(json: &[u8], at: usize) -> usize {
    at + run(json, at, |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}

/// Behind the text that begins here.
pub(super) fn end_of_text(json: &[u8], mut at: usize) -> Option<usize> {
    if json.get(at) != Some(&b'"') {
        return None;
    }
    loop {
        at += 1;
        match json.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => {
                at += 1;
                match json.get(at)? {
                    b'u' => {
                        unit(json, at + 1)?;
                        at += 4;
                    }
                    letter => {
                        escaped(*letter)?;
                    }
                }
            }
            0..=0x1f => return None,
            _ => {}
        }
    }
}

/// What stands within the quotes of a text, without its escapes. Lone surrogates are replaced.
pub(super) fn unescaped(inside: &str) -> String {
    let bytes = inside.as_bytes();
    let mut text = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if *byte != b'\\' {
            text.push(*byte);
            continue;
        }
        let letter = bytes.get(at).copied().unwrap_or_default();
        at += 1;
        if let Some(byte) = escaped(letter) {
            text.push(byte);
            continue;
        }
        let mut units = vec![unit(bytes, at).unwrap_or_default()];
        at += 4;
        if matches!(units[0], 0xd800..=0xdbff)
            && bytes.get(at..at + 2) == Some(b"\\u")
            && let Some(second @ 0xdc00..=0xdfff) = unit(bytes, at + 2)
        {
            units.push(second);
            at += 6;
        }
        text.extend_from_slice(String::from_utf16_lossy(&units).as_bytes());
    }
    // it was UTF-8, and is what is put into it
    String::from_utf8(text).unwrap_or_default()
}

/// What a letter behind a backslash stands for.
fn escaped(letter: u8) -> Option<u8> {
    Some(match letter {
        b'"' | b'\\' | b'/' => letter,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return None,
    })
}

/// The UTF-16 unit of four hexadecimal digits.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 4)?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)? as u16))
}

/// Behind a key and its colon.
fn behind_key(json: &[u8], at: usize) -> Option<usize> {
    let colon = behind_space(json, end_of_text(json, at)?);
    (json.get(colon) == Some(&b':')).then(|| behind_space(json, colon + 1))
}

fn end_of_number(json: &[u8], mut at: usize) -> Option<usize> {
    let digits = |at: usize| Some(run(json, at, |byte| byte.is_ascii_digit())).filter(|count| *count > 0);
    at += usize::from(json.get(at) == Some(&b'-'));
    at += if json.get(at) == Some(&b'0') { 1 } else { digits(at)? };
    if json.get(at) == Some(&b'.') {
        at += 1 + digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = json.get(at) {
        at += 1 + usize::from(matches!(json.get(at + 1), Some(b'+' | b'-')));
        at += digits(at)?;
    }
    Some(at)
}

fn end_of_word(json: &[u8], at: usize) -> Option<usize> {
    let rest = json.get(at..)?;
    let word = [&b"null"[..], b"true", b"false"].into_iter().find(|word| rest.starts_with(word))?;
    Some(at + word.len())
}

/// How many bytes of a kind stand here.
fn run(json: &[u8], at: usize, is_of_kind: impl Fn(u8) -> bool) -> usize {
    json.iter().skip(at).take_while(|byte| is_of_kind(**byte)).count()
}
