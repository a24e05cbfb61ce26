//! Whether a text is JSON.

/// Nested deeper than this is not looked into, but refused: the server fails at it too.
const DEEPEST: usize = 100;

/// Whether `text` is one JSON value as RFC 8259 has it, at most 100 deep.
///
/// ```
/// use zaqar_web::core::wire::json::is_json;
///
/// assert!(is_json(br#"{"ding": ["fax", -1.5e3]}"#));
/// assert!(!is_json(b"{ding: 1}"));
/// ```
pub fn is_json(text: &[u8]) -> bool {
    let mut text = Text { rest: text };
    text.value(DEEPEST).is_some() && text.next().is_none()
}

struct Text<'a> {
    rest: &'a [u8],
}

/// Each method passes over what it is named for; `None` where that does not stand.
impl Text<'_> {
    fn value(&mut self, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match self.next()? {
            b'{' => self.list(b'}', |text| {
                text.next().filter(|quote| *quote == b'"')?;
                text.string()?;
                text.expect(b':')?;
                text.value(depth)
            }),
            b'[' => self.list(b']', |text| text.value(depth)),
            b'"' => self.string(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    fn list(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take();
        if self.next()? == end {
            return self.take();
        }
        loop {
            item(self)?;
            let separator = self.next()?;
            self.take();
            match separator {
                b',' => {}
                _ if separator == end => return Some(()),
                _ => return None,
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.take();
        loop {
            let byte = *self.rest.first()?;
            self.take();
            match byte {
                b'"' => return Some(()),
                b'\\' => {
                    let escape = *self.rest.first()?;
                    self.take();
                    match escape {
                        b'u' => {
                            let digits = self.rest.get(..4)?;
                            if !digits.iter().all(u8::is_ascii_hexdigit) {
                                return None;
                            }
                            self.rest = &self.rest[4..];
                        }
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        _ => return None,
                    }
                }
                0..=0x1f => return None,
                _ => {}
            }
        }
    }

    fn number(&mut self) -> Option<()> {
        self.skip(b"-");
        if !self.skip(b"0") {
            self.digits()?;
        }
        if self.skip(b".") {
            self.digits()?;
        }
        if self.skip(b"eE") {
            self.skip(b"+-");
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = &self.rest[digits..];
        (digits > 0).then_some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(())
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.next().filter(|next| *next == byte)?;
        self.take()
    }

    /// The next byte that is not white space, not taken.
    fn next(&mut self) -> Option<u8> {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
        self.rest.first().copied()
    }

    /// Takes one of these bytes, if it is next.
    fn skip(&mut self, bytes: &[u8]) -> bool {
        let next = self.rest.first().is_some_and(|byte| bytes.contains(byte));
        if next {
            self.take();
        }
        next
    }

    fn take(&mut self) -> Option<()> {
        self.rest = self.rest.get(1..)?;
        Some(())
    }
}
