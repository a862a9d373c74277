//! That the host sees what Driver Verifier would: each rule is broken on purpose, by calls as a driver makes them.

use std::process::Command;

use vcable_portcls_host::call::{Argument, call};
use vcable_portcls_host::machine::Machine;
use vcable_portcls_host::nt::{event::Event, exports, irql, timer};
use vcable_portcls_host::verifier::VIOLATION_CODE;
use vcable_portcls_host::{isolated, region::Guarded};

const TAG: u32 = u32::from_le_bytes(*b"Test");

fn kernel(name: &'static str, arguments: &[Argument]) -> u64 {
    let address = exports::find("ntoskrnl.exe", name).expect("a double");
    call(name, address, arguments)
}

fn allocate(bytes: usize) -> usize {
    kernel("ExAllocatePool2", &[0x40_u64.into(), bytes.into(), TAG.into()]) as usize
}

fn free(block: usize, tag: u32) {
    kernel("ExFreePoolWithTag", &[block.into(), tag.into()]);
}

/// Runs the test of that name, which must end with a report that says `words`.
fn breaks(test: &str, words: &str) {
    let name = format!("strict::{test}");
    let program = std::env::current_exe().expect("this program has a path");
    let arguments = [&name, "--exact", "--ignored", "--nocapture", "--test-threads=1"];
    let output =
        Command::new(program).args(arguments).env("VCABLE_HOST_INSIDE", "1").output().expect("it starts");
    let report = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    assert!(
        code.is_some_and(|code| (VIOLATION_CODE..=VIOLATION_CODE + 1).contains(&code)),
        "{test}: {code:?} {report}"
    );
    assert!(report.contains("BUGCHECK") && report.contains(words), "{test}: {report}");
}

/// Tests that break a rule, and what the report says.
macro_rules! broken {
    ($($name:ident $words:literal $work:block)*) => {
        #[test]
        fn every_broken_rule_is_reported() {
            if std::env::var_os("VCABLE_HOST_INSIDE").is_none() {
                $(breaks(stringify!($name), $words);)*
            }
        }

        $(
            #[test]
            #[ignore = "breaks a rule: run by every_broken_rule_is_reported"]
            fn $name() {
                isolated(|| $work);
            }
        )*
    };
}

broken! {
    double_free "freed twice" {
        let block = allocate(100);
        free(block, TAG);
        free(block, TAG);
    }
    wrong_tag "with the tag" {
        free(allocate(100), TAG + 1);
    }
    no_block "no block of the pool" {
        free(0x1234_5670, TAG);
    }
    overrun "outside of the block" {
        let block = allocate(100);
        vcable_portcls_host::memory::write(block + 100, 7_u8);
        free(block, TAG);
    }
    bad_flags "flags 0x140" {
        kernel("ExAllocatePool2", &[0x140_u64.into(), 8_usize.into(), TAG.into()]);
    }
    bad_tag "tag 0x1" {
        kernel("ExAllocatePool2", &[0x40_u64.into(), 8_usize.into(), 1_u32.into()]);
    }
    paged_at_dispatch "ExAllocatePool2 is called at IRQL 2" {
        irql::at(2, || kernel("ExAllocatePool2", &[0x100_u64.into(), 8_usize.into(), TAG.into()]));
    }
    lock_twice "by the thread that has it" {
        let lock = Guarded::filled(8, 0);
        let address = exports::find("ntoskrnl.exe", "KeAcquireSpinLockRaiseToDpc").expect("a double");
        irql::at(2, || {
            call("a lock", address, &[lock.address().into()]);
            call("a lock", address, &[lock.address().into()]);
        });
    }
    lock_kept "came back at IRQL 2" {
        let lock = Guarded::filled(8, 0);
        kernel("KeAcquireSpinLockRaiseToDpc", &[lock.address().into()]);
    }
    foreign_unlock "released that thread 0 has" {
        let lock = Guarded::filled(8, 0);
        irql::at(2, || kernel("KeReleaseSpinLock", &[lock.address().into(), 2_u32.into()]));
    }
    unlock_low "released at IRQL 0" {
        let lock = Guarded::filled(8, 0);
        kernel("KeReleaseSpinLock", &[lock.address().into(), 0_u32.into()]);
    }
    freed_event "no event" {
        let address = Event::new().address();
        kernel("KeSetEvent", &[address.into(), 0_u32.into(), false.into()]);
    }
    waking_timer "attributes 0xc" {
        kernel("ExAllocateTimer", &[8_usize.into(), 0_usize.into(), 12_u32.into()]);
    }
    absolute_timer "absolute time" {
        let timer = kernel("ExAllocateTimer", &[8_usize.into(), 0_usize.into(), 4_u32.into()]);
        kernel("ExSetTimer", &[timer.into(), 10_000_u64.into(), 10_000_u64.into(), 0_usize.into()]);
    }
    deleted_timer "no timer" {
        let timer = kernel("ExAllocateTimer", &[8_usize.into(), 0_usize.into(), 4_u32.into()]);
        kernel("ExDeleteTimer", &[timer.into(), true.into(), true.into(), 0_usize.into()]);
        kernel("ExCancelTimer", &[timer.into(), 0_usize.into()]);
    }
    deletion_at_dispatch "ExDeleteTimer is called at IRQL 2" {
        let timer = kernel("ExAllocateTimer", &[8_usize.into(), 0_usize.into(), 4_u32.into()]);
        irql::at(2, || kernel("ExDeleteTimer", &[timer.into(), true.into(), true.into(), 0_usize.into()]));
    }
    unwaited_timer "does not wait" {
        let timer = kernel("ExAllocateTimer", &[8_usize.into(), 0_usize.into(), 4_u32.into()]);
        kernel("ExDeleteTimer", &[timer.into(), true.into(), false.into(), 0_usize.into()]);
    }
    stray_callback "signal 11" {
        let _machine = Machine::load();
        let timer = kernel("ExAllocateTimer", &[8_usize.into(), 0_usize.into(), 4_u32.into()]);
        kernel("ExSetTimer", &[timer.into(), 0_u64.into(), 0_u64.into(), 0_usize.into()]);
        timer::advance(1);
    }
    registry_at_dispatch "ZwClose is called at IRQL 2" {
        irql::at(2, || kernel("ZwClose", &[4_usize.into()]));
    }
    no_handle "no handle" {
        kernel("ZwClose", &[4_usize.into()]);
    }
    stopped_machine "KeBugCheckEx 0xe2" {
        kernel("KeBugCheckEx", &[0xE2_u32.into(), 1_usize.into(), 2_usize.into(), 3_usize.into(), 4_usize.into()]);
    }
    use_after_free "which is freed" {
        let _machine = Machine::load();
        let block = allocate(4096);
        free(block, TAG);
        // A fault of a call stands for any: the driver reads through a pointer that it gave away.
        call("a freed block", block, &[]);
    }
}

#[test]
fn only_what_windows_exports_is_imported() {
    isolated(|| {
        assert_eq!(exports::find("ntoskrnl.exe", "KeInitializeSpinLock"), None, "it is inline for 64 bits");
        assert_eq!(exports::find("ntdll.dll", "DbgPrint"), None);
        let machine = Machine::load();
        for (module, name) in machine.imports() {
            assert!(["ntoskrnl.exe", "hal.dll", "portcls.sys"].contains(&module.as_str()), "{module} {name}");
        }
    });
}
