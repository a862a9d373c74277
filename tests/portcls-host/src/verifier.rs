//! What happens when the driver does what it must not: a report, and the end of the process.
//!
//! The process ends because nothing can unwind through the driver's frames; each test has one of its own.

use std::cell::Cell;
use std::collections::HashSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::{memory, nt};

/// How a process ends after [`violation`].
pub const VIOLATION_CODE: i32 = 86;

/// The most that a driver may have on a kernel's stack.
const STACK_LIMIT_BYTES: usize = 24 << 10;

/// The loaded image, for reports.
#[derive(Debug)]
pub struct Image {
    /// Its file.
    pub path: PathBuf,
    /// Where it lies.
    pub start: usize,
    /// How long it is.
    pub bytes: usize,
}

static IMAGE: OnceLock<Image> = OnceLock::new();

thread_local! {
    static STACK_TOP: Cell<usize> = const { Cell::new(0) };
    static DOING: Cell<&'static str> = const { Cell::new("nothing") };
}

/// Tells which image reports are about.
///
/// # Panics
/// When told twice.
pub fn watch(image: Image) {
    IMAGE.set(image).expect("one driver in a process");
    faults();
}

/// What the host asks the driver for, while it does.
#[derive(Debug)]
pub(crate) struct Entered {
    doing: &'static str,
    top: usize,
}

/// The driver is called: its stack counts from here unless it is called from within itself.
#[inline]
pub(crate) fn enter(what: &'static str) -> Entered {
    let entered = Entered { doing: DOING.replace(what), top: STACK_TOP.get() };
    if entered.top == 0 {
        STACK_TOP.set(stack_pointer());
    }
    entered
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        DOING.set(self.doing);
        STACK_TOP.set(self.top);
    }
}

#[inline]
fn stack_pointer() -> usize {
    let here = 0_u8;
    std::hint::black_box(&raw const here) as usize
}

/// Called at each entry of the kernel: how deep is the stack?
#[inline]
pub(crate) fn check_stack() {
    let top = STACK_TOP.get();
    if top != 0 && top - stack_pointer() > STACK_LIMIT_BYTES {
        violation(&format!("kernel stack overflow: {} bytes in use", top - stack_pointer()));
    }
}

/// Reports and ends the process.
pub fn violation(what: &str) -> ! {
    let irql = nt::irql::current();
    eprintln!("BUGCHECK during {} at IRQL {irql}: {what}", DOING.get());
    report_stack(None, stack_pointer());
    report_log();
    std::process::exit(VIOLATION_CODE)
}

fn report_log() {
    for line in nt::debug::lines().iter().rev().take(8).rev() {
        eprintln!("  DbgPrint: {line}");
    }
}

/// Addresses within the driver that a call instruction stands before.
fn return_addresses(image: &Image, from: usize) -> Vec<usize> {
    const WORDS: usize = 8192;
    let stack = (0..WORDS).map_while(|index| memory::try_read::<usize>(from + 8 * index));
    let mut seen = HashSet::new();
    stack.filter(|&word| is_after_call(image, word) && seen.insert(word)).take(24).collect()
}

fn is_after_call(image: &Image, address: usize) -> bool {
    if address < image.start + 8 || address >= image.start + image.bytes {
        return false;
    }
    let Some(before) = memory::try_read::<[u8; 8]>(address - 8) else { return false };
    let indirect = |length: usize| before[8 - length] == 0xFF && before[9 - length] & 0x38 == 0x10;
    before[3] == 0xE8 || [2, 3, 4, 6, 7].iter().any(|&length| indirect(length))
}

/// Prints the driver's return addresses that lie on the stack, by name where the debug information is found.
fn report_stack(fault: Option<usize>, from: usize) {
    let Some(image) = IMAGE.get() else { return };
    let addresses: Vec<_> = fault.into_iter().chain(return_addresses(image, from)).collect();
    let offsets: Vec<_> = addresses.iter().map(|address| format!("{:#x}", address - image.start)).collect();
    eprintln!("the driver's addresses on the stack, newest first (some may be of calls that ended):");
    for (offset, name) in offsets.iter().zip(names(image, &offsets)) {
        eprintln!("  +{offset} {name}");
    }
}

/// A name for each offset; empty ones when there is no symbolizer.
fn names(image: &Image, offsets: &[String]) -> Vec<String> {
    let mut command = Command::new("llvm-symbolizer-22");
    command.arg("--relative-address").arg("--output-style=GNU").arg("--pretty-print").arg("--basenames");
    command.arg(format!("--obj={}", image.path.display())).args(offsets);
    let output = command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let mut names: Vec<_> = output
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.starts_with(" (inlined by)"))
        .map(str::to_owned)
        .collect();
    names.resize(offsets.len(), String::new());
    names
}

/// From now on a fault, the driver's or ours, is reported as one of the driver's doing.
fn faults() {
    for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGTRAP, libc::SIGFPE] {
        // SAFETY: all zero is a valid value.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = on_fault as extern "C" fn(_, _, _) as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESETHAND;
        // SAFETY: a whole action, and nobody asks for the former one.
        unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) };
    }
}

/// Not everything here is allowed in a handler; the process has nothing to lose.
extern "C" fn on_fault(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel gives both.
    let info = unsafe { &*info };
    // SAFETY: as above.
    let context = unsafe { &*context.cast::<libc::ucontext_t>() };
    // SAFETY: a fault has an address.
    let address = unsafe { info.si_addr() } as usize;
    let registers = context.uc_mcontext.gregs;
    let at = registers[libc::REG_RIP as usize] as usize;
    let stack = registers[libc::REG_RSP as usize] as usize;
    let ours = IMAGE.get().is_none_or(|image| !(image.start..image.start + image.bytes).contains(&at));
    let who = if ours { "the host" } else { "the driver" };
    eprintln!(
        "BUGCHECK during {}: signal {signal} in {who}, address {address:#x}{}",
        DOING.get(),
        nt::pool::describe(address)
    );
    report_stack((!ours).then_some(at), stack);
    report_log();
    std::process::exit(VIOLATION_CODE + 1)
}
