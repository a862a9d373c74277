//! The debugger's log.

use std::sync::Mutex;

use super::{irql, locked};
use crate::memory;
use crate::verifier;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// All lines so far.
pub fn lines() -> Vec<String> {
    locked(&LINES).clone()
}

// The convention passes what belongs to "..." like everything else: four words in registers, the others on the stack
// behind room for those four. Once these are in that room, all lie in a row.
core::arch::global_asm!(
    ".globl vcable_host_dbg_print_ex",
    "vcable_host_dbg_print_ex:",
    "mov [rsp+8], rcx",
    "mov [rsp+16], rdx",
    "mov [rsp+24], r8",
    "mov [rsp+32], r9",
    "mov rcx, r8",
    "lea rdx, [rsp+32]",
    "sub rsp, 40",
    "call {print}",
    "add rsp, 40",
    "ret",
    ".globl vcable_host_dbg_print",
    "vcable_host_dbg_print:",
    "mov [rsp+16], rdx",
    "mov [rsp+24], r8",
    "mov [rsp+32], r9",
    "lea rdx, [rsp+16]",
    "sub rsp, 40",
    "call {print}",
    "add rsp, 40",
    "ret",
    print = sym print,
);

unsafe extern "C" {
    safe fn vcable_host_dbg_print_ex();
    safe fn vcable_host_dbg_print();
}

/// Where `DbgPrintEx` and `DbgPrint` are.
pub(super) fn entries() -> [usize; 2] {
    [vcable_host_dbg_print_ex as *const () as usize, vcable_host_dbg_print as *const () as usize]
}

extern "win64" fn print(format: usize, arguments: usize) -> u32 {
    verifier::check_stack();
    let format = narrow(format);
    let mut arguments = (0..).map(|index| memory::read::<u64>(arguments + 8 * index));
    let mut line = String::new();
    let mut rest = format.chars();
    while let Some(char) = rest.next() {
        if char != '%' {
            line.push(char);
            continue;
        }
        let mut wide = false;
        let conversion = loop {
            match rest.next() {
                Some('l' | 'I') => wide = true,
                Some('0'..='9' | '.' | '-' | '+' | '#' | 'h' | 'w') => {}
                other => break other,
            }
        };
        line.push_str(&convert(conversion, wide, &mut arguments));
    }
    locked(&LINES).push(line.trim_end().to_owned());
    0
}

fn convert(conversion: Option<char>, wide: bool, arguments: &mut impl Iterator<Item = u64>) -> String {
    let mut next = || arguments.next().unwrap_or_default();
    match conversion {
        Some('%') => "%".to_owned(),
        Some('d' | 'i') if wide => (next() as i64).to_string(),
        Some('d' | 'i') => (next() as i32).to_string(),
        Some('u') if wide => next().to_string(),
        Some('u') => (next() as u32).to_string(),
        Some('x' | 'X') if !wide => format!("{:x}", next() as u32),
        Some('x' | 'X' | 'p') => format!("{:x}", next()),
        Some('s') => narrow(next() as usize),
        Some('S') => {
            irql::require("DbgPrint of wide text", irql::PASSIVE);
            memory::read_wide(next() as usize)
        }
        other => verifier::violation(&format!("DbgPrint with %{other:?}")),
    }
}

fn narrow(address: usize) -> String {
    let bytes = (0..1024).map(|index| memory::read::<u8>(address + index)).take_while(|&byte| byte != 0);
    bytes.map(char::from).collect()
}
