//! A MessagePack frame to a flat tape.
