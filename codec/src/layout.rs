//! What Rust and JavaScript share of the memory in which a frame becomes values. It is defined here, and the build writes it
//! for TypeScript ([`typescript`]).

/// Defines a struct of words that JavaScript reads by their places.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident,)* }) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: u32,)*
        }

        impl $name {
            /// All zero.
            pub const EMPTY: $name = $name { $($field: 0,)* };
            const FIELDS: &[&str] = &[$(stringify!($field),)*];
        }
    };
}

words! {
    /// Where the value of a scan is, and what JavaScript must learn before it builds it. All but the last are addresses.
    Head {
        /// The value's first word.
        tape,
        /// The first of its numbers.
        numbers,
        /// The bytes of all binaries.
        binaries,
        /// The text in which starts are counted.
        text,
        /// The end of it.
        text_end,
        /// New short texts, each as its slot, start and length.
        new_texts,
        /// The end of them.
        new_texts_end,
        /// The number of new shapes.
        new_shapes,
    }
}

words! {
    /// The last key of a shape.
    Key {
        /// The address of its UTF-8.
        text,
        /// Bytes of it.
        length,
        /// The shape of the keys before it; 0 for none.
        before,
    }
}

/// Defines the tags of the tape's words.
macro_rules! tags {
    ($($(#[$doc:meta])* $tag:ident,)*) => {
        tags!(@ 0; $($(#[$doc])* $tag,)*);
        const TAGS: &[&str] = &[$(stringify!($tag),)*];
    };
    (@ $number:expr; $(#[$doc:meta])* $tag:ident, $($rest:tt)*) => {
        $(#[$doc])*
        pub const $tag: u32 = $number;
        tags!(@ $number + 1; $($rest)*);
    };
    (@ $number:expr;) => {};
}

tags! {
    /// null
    NIL,
    /// false
    FALSE,
    /// true
    TRUE,
    /// a signed integer of 28 bits, in the word
    INTEGER,
    /// the next of the numbers
    NUMBER,
    /// a text: its length; the word after it says where it starts
    TEXT,
    /// an array: its count; the items follow
    ARRAY,
    /// an object: its shape; the values follow
    OBJECT,
    /// an object whose later keys make no shape: the shape of the first keys; their values follow, then an [`INTEGER`] that
    /// counts the pairs of key and value behind it
    DICTIONARY,
    /// bytes: their length; the word after it says where they start
    BINARY,
    /// an integer beyond 2^53, its 64 bits in the next of the numbers
    UNSIGNED,
    /// an integer beyond ±2^53, its 64 bits in the next of the numbers
    SIGNED,
    /// a short text, by its slot in the table of known texts
    KNOWN,
}

/// Bits of a word that hold its tag; the others hold its content.
pub const TAG_BITS: u32 = 4;

/// Changes with everything that is defined here.
pub const VERSION: u32 = {
    let mut version = hash(0x811c_9dc5, &[TAG_BITS as u8]);
    let lists = [Head::FIELDS, Key::FIELDS, TAGS];
    let mut list = 0;
    while list < lists.len() {
        let mut name = 0;
        while name < lists[list].len() {
            version = hash(hash(version, lists[list][name].as_bytes()), b",");
            name += 1;
        }
        version = hash(version, b";");
        list += 1;
    }
    version
};

/// FNV-1a.
const fn hash(start: u32, bytes: &[u8]) -> u32 {
    let mut hash = start;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

/// All of it in TypeScript.
///
/// ```
/// let typescript = zaqar_codec::layout::typescript();
/// assert!(typescript.contains("export const enum Tag {\n  NIL,\n"));
/// assert!(typescript.contains(&format!("VERSION = {}", zaqar_codec::layout::VERSION)));
/// ```
pub fn typescript() -> String {
    let list = |name: &str, items: &[&str]| {
        let items: String = items.iter().map(|item| format!("  {item},\n")).collect();
        format!("\nexport const enum {name} {{\n{items}}}\n")
    };
    format!(
        "// Written by the build from codec/src/layout.rs.\n\nexport const VERSION = {VERSION};\nexport const TAG_BITS = {TAG_BITS};\n{}{}{}",
        list("Tag", TAGS),
        list("Head", Head::FIELDS),
        list("Key", Key::FIELDS),
    )
}
