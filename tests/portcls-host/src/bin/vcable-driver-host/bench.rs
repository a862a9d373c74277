//! What a tick costs, beside memcpy of the same bytes.

use std::hint::black_box;
use std::sync::LazyLock;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use anyhow::{Context, Result};
use vcable_portcls_host::call::call;
use vcable_portcls_host::engine::{State, Stream};
use vcable_portcls_host::format::Format;
use vcable_portcls_host::machine::Machine;
use vcable_portcls_host::nt::{exports, timer};

const TICKS: u32 = 200_000;
const TICK_NS: i64 = 1_000_000;

/// The least of five runs, in nanoseconds for one of `TICKS` times `work`.
fn cost(mut work: impl FnMut(u32)) -> f64 {
    let mut run = || {
        let start = Instant::now();
        (0..TICKS).for_each(&mut work);
        start.elapsed().as_nanos() as f64 / f64::from(TICKS)
    };
    (0..5).map(|_| run()).fold(f64::INFINITY, f64::min)
}

/// A timer that does nothing: what the host itself takes.
extern "win64" fn nothing(_timer: usize, _context: usize) {}

/// A function of the kernel's, which takes up to two words.
type Service = extern "win64" fn(usize, usize) -> usize;

/// What each tick asks the kernel for.
static SERVICES: LazyLock<[Service; 3]> = LazyLock::new(|| {
    ["KeQueryPerformanceCounter", "KeAcquireSpinLockRaiseToDpc", "KeReleaseSpinLock"].map(|name| {
        let address = exports::find("ntoskrnl.exe", name).expect("a double");
        // SAFETY: the doubles have this convention and take no more.
        unsafe { std::mem::transmute::<usize, Service>(address) }
    })
});

/// A timer that asks for it and does nothing with it: the counter once, a lock once.
extern "win64" fn services(_timer: usize, _context: usize) {
    static LOCK: AtomicUsize = AtomicUsize::new(0);
    let [counter, acquire, release] = &*SERVICES;
    counter(0, 0);
    let lock = LOCK.as_ptr() as usize;
    let level = acquire(lock, 0) & 0xFF;
    release(lock, level);
}

fn cost_of_timer(callback: extern "win64" fn(usize, usize)) -> Result<f64> {
    let find = |name| exports::find("ntoskrnl.exe", name).context("a double");
    let callback = callback as *const () as usize;
    let own = call("a timer", find("ExAllocateTimer")?, &[callback.into(), 0_usize.into(), 4_u32.into()]);
    let set = [own.into(), 0_u64.into(), 10_000_u64.into(), 0_usize.into()];
    call("a timer", find("ExSetTimer")?, &set);
    let cost = cost(|_| timer::advance(TICK_NS));
    call("a timer", find("ExDeleteTimer")?, &[own.into(), true.into(), true.into(), 0_usize.into()]);
    Ok(cost)
}

/// Copies as much as a tick moves, in the same circle.
fn copy_cost(bytes: usize) -> f64 {
    let (from, mut to) = (vec![1_u8; 20 * bytes], vec![0_u8; 20 * bytes]);
    cost(|tick| {
        let at = tick as usize % 20 * bytes;
        to[at..at + bytes].copy_from_slice(black_box(&from[at..at + bytes]));
        black_box(&mut to);
    })
}

/// Measures ticks of one running cable.
pub(crate) fn run() -> Result<()> {
    let machine = Machine::start();
    let (render, capture) = machine.cable(1);
    let host = cost_of_timer(nothing)?;
    let kernel = cost_of_timer(services)? - host;
    println!("a tick of virtual time costs the host {host:.0} ns, which is taken off below;");
    println!("the host's counter and lock, which are not taken off, cost {kernel:.0} ns");
    println!("{:28} {:>6} {:>9} {:>9} {:>6}", "played -> recorded", "bytes", "tick ns", "copy ns", "ratio");
    let (pcm, float, wide) = (Format::pcm16(48_000, 2), Format::float(48_000, 2), Format::float(192_000, 8));
    for (played, recorded) in
        [(pcm, pcm), (float, float), (wide, wide), (pcm, float), (Format::float(44_100, 2), float)]
    {
        let ready = |end, format: Format| {
            Stream::ready(end, format, format.rate_hz as usize / 50, 2).context("a stream is refused")
        };
        let (mut playing, mut recording) = (ready(&render, played)?, ready(&capture, recorded)?);
        recording.go(State::Run);
        playing.go(State::Run);
        let tick = cost(|_| timer::advance(TICK_NS)) - host;
        let bytes = recorded.bytes_per_second() / 1000;
        let copy = copy_cost(bytes);
        let name = |format: Format| {
            format!(
                "{}x{}{}@{}",
                format.channels,
                if format.float { "f" } else { "s" },
                format.valid,
                format.rate_hz / 1000
            )
        };
        let pair = format!("{} -> {}", name(played), name(recorded));
        println!("{pair:28} {bytes:6} {tick:9.0} {copy:9.1} {:6.1}", tick / copy);
        playing.close();
        recording.close();
    }
    drop((render, capture));
    machine.finish();
    Ok(())
}
