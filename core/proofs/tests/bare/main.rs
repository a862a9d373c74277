//! The core on targets without an operating system's library: `x86_64-unknown-none` as kernels are built, with soft
//! floats, and `x86_64-pc-windows-msvc` as drivers are.
//!
//! The program of `core/tests/bare`, which calls everything that an audio callback calls, is built for each together
//! with `core` itself, and linked with nothing else. Three things are then shown, and each shown to be noticed when it
//! is broken on purpose:
//! * no allocator's symbol is there, defined or asked for;
//! * no panic can be reached: the handler calls a function that does not exist, so the program would not link;
//! * every instruction is one that all processors of the target have: SSE2 at most for Windows, no vectors at all else.
//!
//! Needs a compiler with the source of its library, as `cargo xtask test --only bare` provides; it need not be the one
//! that builds everything else. The memory functions come from `compiler_builtins`.
#![cfg(all(not(loom), target_os = "linux"))]

mod image;
mod target;

use target::{MSVC, NONE, Target};

/// The program, and the line in it that mutations take the place of.
const PROGRAM: &str = include_str!("../../../tests/bare/program.rs");
const STOP: &str = "    reader.stop();\n";

const PANIC: &str = "assert!(reader.fill_frames() < 7);";
const ALLOCATION: &str =
    "unsafe extern \"C\" { safe fn malloc(bytes: usize) -> *mut u8; } black_box(malloc(black_box(8)));";
const WIDE: &str = "unsafe { core::arch::asm!(\"vaddps ymm0, ymm0, ymm0\", \"haddps xmm0, xmm0\") };";

/// The program with `code` before the reader stops.
fn with(code: &str) -> String {
    assert_eq!(PROGRAM.matches(STOP).count(), 1);
    PROGRAM.replace(STOP, &format!("    {code}\n{STOP}"))
}

fn proves(target: &Target) {
    let core = target.build_core();
    let sound = core.build("sound", PROGRAM);
    let image = sound.image.unwrap_or_else(|error| panic!("{}: {error}", target.triple));
    assert_eq!(image::allocator_symbols(&sound.object), Vec::<String>::new(), "{}", target.triple);
    let features = image::cpu_features(&image);
    let foreign: Vec<_> = features.iter().filter(|name| !target.allows(name)).collect();
    assert!(foreign.is_empty(), "{}: instructions of {foreign:?}", target.triple);
    println!(
        "{}: {} symbols, instructions of {features:?}",
        target.triple,
        image::symbols(&sound.object).len()
    );

    let broken = core.build("broken", &with(&[PANIC, ALLOCATION, WIDE].concat()));
    let error = broken.image.expect_err("a panic that can be reached and an allocation must not link");
    assert!(error.contains("a_panic_can_be_reached") && error.contains("malloc"), "{error}");
    assert_eq!(image::allocator_symbols(&broken.object), ["malloc"]);
    let features = image::cpu_features(&broken.object);
    assert!(features.contains("AVX") && features.contains("SSE3"), "{features:?}");
    assert!(!target.allows("AVX") && !target.allows("SSE3"));
}

#[test]
#[ignore = "needs a compiler with its library's source: cargo xtask test --only bare"]
fn none_needs_no_allocator_and_no_vectors_and_cannot_panic() {
    proves(&NONE);
}

#[test]
#[ignore = "needs a compiler with its library's source: cargo xtask test --only bare"]
fn msvc_needs_no_allocator_and_no_more_than_sse2_and_cannot_panic() {
    proves(&MSVC);
}
