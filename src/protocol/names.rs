//! Enums that JavaScript knows by name: each name stands once, in Rust, and TypeScript gets its type from there.

/// Defines an enum whose variants have names, with the names' type in TypeScript.
///
/// ```
/// zaqar_web::named! {
///     /// Where a thing is.
///     pub enum Place as "Place" {
///         /// On this side.
///         Here = "here",
///         /// On the other side.
///         There = "there",
///     }
/// }
///
/// assert_eq!(Place::There.name(), "there");
/// assert_eq!(Place::from_name("here"), Some(Place::Here));
/// assert_eq!(Place::TYPESCRIPT, "export type Place = 'here' | 'there';\n");
/// ```
#[macro_export]
macro_rules! named {
    (
        $(#[$doc:meta])*
        pub enum $enum:ident as $type:literal {
            $(#[$first_doc:meta])* $first:ident = $first_name:literal,
            $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $enum {
            $(#[$first_doc])* $first,
            $($(#[$variant_doc])* $variant,)*
        }

        #[allow(dead_code, reason = "not every enum needs all of these")]
        impl $enum {
            /// All of them, in the order of their definition.
            pub const ALL: &[$enum] = &[$enum::$first, $($enum::$variant),*];

            /// The type of the names in TypeScript.
            pub const TYPESCRIPT: &str =
                concat!("export type ", $type, " = '", $first_name, "'" $(, " | '", $name, "'")*, ";\n");

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $enum::$first => $first_name,
                    $($enum::$variant => $name,)*
                }
            }

            /// The one with this name.
            pub fn from_name(name: &str) -> Option<$enum> {
                match name {
                    $first_name => Some($enum::$first),
                    $($name => Some($enum::$variant),)*
                    _ => None,
                }
            }
        }

        impl ::serde::Serialize for $enum {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}
