//! The C ABI as any host may call it: any numbers, any order, handles that are null, misaligned, destroyed or of another
//! kind. Each call must come to one of the statuses that its documentation names for what is wrong with it, a refused one
//! must have written nothing, and the books must balance.
#![no_main]

#[path = "ffi/arguments.rs"]
mod arguments;
#[path = "ffi/host.rs"]
mod host;
#[path = "ffi/ports.rs"]
mod ports;

use libfuzzer_sys::fuzz_target;
use vcable_core_fuzz::{Result, Unstructured};

fuzz_target!(|data: &[u8]| {
    // Bytes that ran out end a case early; that is no finding.
    let _ = run(&mut Unstructured::new(data));
});

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let Some(mut host) = host::Host::new(u)? else { return Ok(()) };
    while !u.is_empty() {
        host.step(u)?;
        host.check();
    }
    Ok(())
}
