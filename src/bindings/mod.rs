//! What JavaScript sees of the crate: functions of numbers, nothing else.
//!
//! The wasm imports nothing. It has no socket, no `fetch`, no timer and no clock: `js/driver.ts` has them, gives the time
//! with each call, and asks [`client_poll`](client) what to do next. Texts and bytes are put into a room of the wasm's
//! memory that is asked for first; what comes back is described by words there. So the glue that wasm-bindgen would
//! write in JavaScript is not needed, and a call costs 10 ns.

mod arrival;
mod client;
mod codec;
mod output;
mod page;

/// In a browser nobody reads a panic's text; without it the texts and all of `core::fmt` stay out of the download. A
/// panic is a bug in any case: JavaScript gets a `RuntimeError`.
#[panic_handler]
fn panic(_: &::core::panic::PanicInfo<'_>) -> ! {
    ::core::arch::wasm32::unreachable()
}

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
