//! The fence around libjack, which is loaded as a program's own: `pw-jack` says whose it is. No header is needed.

use std::ffi::{CStr, CString, c_char, c_int, c_ulong, c_void};
use std::ptr::NonNull;

use anyhow::{Context as _, Result, ensure};
use libloading::Library;

/// What the host calls, on its own threads.
pub(crate) trait Callbacks: Send {
    /// A cycle: what comes in, and what goes out.
    fn process(&mut self, input: &[f32], output: &mut [f32]);
    /// Freewheeling begins or ends.
    fn freewheel(&self, is_on: bool);
}

type Handle = NonNull<c_void>;
type ProcessCallback = unsafe extern "C" fn(u32, *mut c_void) -> c_int;
type FreewheelCallback = unsafe extern "C" fn(c_int, *mut c_void);
type SetCallback<F> = unsafe extern "C" fn(Handle, F, *mut c_void) -> c_int;
type PortBuffer = unsafe extern "C" fn(Handle, u32) -> *mut c_void;

/// `JackNoStartServer`, `JackPortIsInput`, `JackPortIsOutput` and the type of audio ports, as in `jack/types.h`.
const NO_START_SERVER: c_int = 1;
const IS_INPUT: c_ulong = 1;
const IS_OUTPUT: c_ulong = 2;
const AUDIO: &CStr = c"32 bit float mono audio";

/// An open client. It stays open as long as the process lives.
pub(crate) struct Client {
    library: Library,
    handle: Handle,
}

/// What the callbacks need.
struct Deck<C> {
    callbacks: C,
    ports: [Handle; 2],
    port_buffer: PortBuffer,
}

impl Client {
    pub(crate) fn open(name: &str) -> Result<Self> {
        type Open = unsafe extern "C" fn(*const c_char, c_int, *mut c_int, ...) -> Option<NonNull<c_void>>;
        // SAFETY: what libjack does when it is loaded is sound.
        let library = unsafe { Library::new("libjack.so.0") }?;
        // SAFETY: the type is that of `jack/jack.h`.
        let open = unsafe { library.get::<Open>(b"jack_client_open\0") }?;
        let name = CString::new(name)?;
        let mut status = 0;
        // SAFETY: a C string, a number, and room for another one.
        let handle = unsafe { open(name.as_ptr(), NO_START_SERVER, &raw mut status) };
        Ok(Self { handle: handle.with_context(|| format!("no client: {status:#x}"))?, library })
    }

    /// Makes the ports `in` and `out`, and has the callbacks called from now on.
    pub(crate) fn run<C: Callbacks + 'static>(&self, callbacks: C) -> Result<()> {
        let ports = [self.register(c"in", IS_INPUT)?, self.register(c"out", IS_OUTPUT)?];
        // SAFETY: the type is that of `jack/jack.h`, and the library is never unloaded.
        let port_buffer = *unsafe { self.library.get::<PortBuffer>(b"jack_port_get_buffer\0") }?;
        // Leaked: it is used as long as the process lives.
        let deck: *mut Deck<C> = Box::leak(Box::new(Deck { callbacks, ports, port_buffer }));
        // SAFETY: the type is that of `jack/jack.h`.
        let on_process =
            unsafe { self.library.get::<SetCallback<ProcessCallback>>(b"jack_set_process_callback\0") }?;
        // SAFETY: the client is open, and the callback gets what it expects.
        let answer = unsafe { on_process(self.handle, process::<C>, deck.cast()) };
        ensure!(answer == 0, "jack_set_process_callback: {answer}");
        // SAFETY: as above.
        let on_freewheel =
            unsafe { self.library.get::<SetCallback<FreewheelCallback>>(b"jack_set_freewheel_callback\0") }?;
        // SAFETY: as above.
        let answer = unsafe { on_freewheel(self.handle, freewheel::<C>, deck.cast()) };
        ensure!(answer == 0, "jack_set_freewheel_callback: {answer}");
        // SAFETY: the type is that of `jack/jack.h`.
        let activate =
            unsafe { self.library.get::<unsafe extern "C" fn(Handle) -> c_int>(b"jack_activate\0") }?;
        // SAFETY: the client is open.
        let answer = unsafe { activate(self.handle) };
        ensure!(answer == 0, "jack_activate: {answer}");
        Ok(())
    }

    fn register(&self, name: &CStr, flags: c_ulong) -> Result<Handle> {
        type Register =
            unsafe extern "C" fn(Handle, *const c_char, *const c_char, c_ulong, c_ulong) -> Option<Handle>;
        // SAFETY: the type is that of `jack/jack.h`.
        let register = unsafe { self.library.get::<Register>(b"jack_port_register\0") }?;
        // SAFETY: an open client and C strings.
        let port = unsafe { register(self.handle, name.as_ptr(), AUDIO.as_ptr(), flags, 0) };
        port.with_context(|| format!("no port {name:?}"))
    }

    /// Lets the whole graph run as fast as it can, or at its own pace again.
    pub(crate) fn set_freewheel(&self, is_on: bool) -> Result<()> {
        type Set = unsafe extern "C" fn(Handle, c_int) -> c_int;
        // SAFETY: the type is that of `jack/jack.h`.
        let set = unsafe { self.library.get::<Set>(b"jack_set_freewheel\0") }?;
        // SAFETY: the client is open.
        let answer = unsafe { set(self.handle, c_int::from(is_on)) };
        ensure!(answer == 0, "jack_set_freewheel: {answer}");
        Ok(())
    }
}

unsafe extern "C" fn process<C: Callbacks>(frames: u32, deck: *mut c_void) -> c_int {
    // SAFETY: `run` gave a leaked deck of this type, and only this thread changes it.
    let Deck { callbacks, ports, port_buffer } = unsafe { &mut *deck.cast::<Deck<C>>() };
    let [input, output] = ports.map(|port| {
        // SAFETY: the port is registered, and the call is made within its cycle.
        unsafe { port_buffer(port, frames) }.cast::<f32>()
    });
    if input.is_null() || output.is_null() {
        return 0;
    }
    // SAFETY: the host lends so many samples until the callback returns.
    let input = unsafe { std::slice::from_raw_parts(input, frames as usize) };
    // SAFETY: as above, and no other port has this buffer.
    let output = unsafe { std::slice::from_raw_parts_mut(output, frames as usize) };
    callbacks.process(input, output);
    0
}

unsafe extern "C" fn freewheel<C: Callbacks>(is_on: c_int, deck: *mut c_void) {
    // SAFETY: `run` gave a leaked deck of this type; of its callbacks only what other threads may use is touched.
    let callbacks = unsafe { &raw const (*deck.cast::<Deck<C>>()).callbacks };
    // SAFETY: as above.
    unsafe { &*callbacks }.freewheel(is_on != 0);
}
