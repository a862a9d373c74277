//! The host's buffers of one call: each exactly as long as the call says, so that a byte too far is seen at once.

use std::ffi::c_void;

use vcable_core::ffi::{Format, Status, VCABLE_MAX_FRAMES};
use vcable_core_fuzz::{Result, Unstructured, content};

use crate::arguments::shape;

/// What buffers hold before a call.
const UNTOUCHED: u8 = 0xa5;

pub(crate) struct Port {
    planes: Vec<Box<[u8]>>,
    pointers: Vec<*mut c_void>,
    /// As it is told to the call.
    pub(crate) count: u32,
    /// Whether the pointer to the pointers is left out.
    missing: bool,
    /// What is wrong with them.
    pub(crate) wrong: Vec<Status>,
}

impl Port {
    /// Buffers for `frames` frames of `format`, now and then with something wrong.
    pub(crate) fn new(u: &mut Unstructured<'_>, format: &Format, frames: u32) -> Result<Self> {
        let (count, stride) = shape(format);
        let mut wrong = Vec::new();
        let held = if frames > VCABLE_MAX_FRAMES {
            wrong.push(Status::Frames);
            1
        } else {
            frames as usize
        };
        let mut planes = vec![vec![UNTOUCHED; held * stride].into_boxed_slice(); count];
        let mut pointers: Vec<*mut c_void> =
            planes.iter_mut().map(|plane| plane.as_mut_ptr().cast()).collect();
        let mut port_count = count as u32;
        let mut missing = false;
        match u.int_in_range(0..=63)? {
            0 => missing = true,
            1 => pointers[0] = std::ptr::null_mut(),
            2 => port_count += 1,
            3 => port_count -= 1,
            4 => port_count = u.arbitrary::<u32>()?.saturating_add(65),
            _ => {}
        }
        if missing || pointers[0].is_null() {
            wrong.push(Status::Null);
        }
        if port_count as usize != count {
            wrong.push(Status::Planes);
            // As many as the call is told of, should it look.
            pointers.resize(pointers.len().max(port_count.min(128) as usize), pointers[0]);
        }
        Ok(Self { planes, pointers, count: port_count, missing, wrong })
    }

    /// The same with sound in it.
    pub(crate) fn filled(mut self, u: &mut Unstructured<'_>) -> Result<Self> {
        for plane in &mut self.planes {
            content(u, plane)?;
        }
        Ok(self)
    }

    pub(crate) fn pointers(&self) -> *const *mut c_void {
        if self.missing { std::ptr::null() } else { self.pointers.as_ptr() }
    }

    /// Whether every byte is what it was.
    pub(crate) fn is_untouched(&self) -> bool {
        self.planes.iter().flatten().all(|&byte| byte == UNTOUCHED)
    }
}
