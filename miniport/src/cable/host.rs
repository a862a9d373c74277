//! What the cable needs of the system around it.

/// The pages of a cyclic buffer. A program may be writing to them at the same time, so no reference to their bytes is
/// ever made: they are copied out and in.
pub trait Pages {
    /// Bytes they hold.
    fn bytes(&self) -> usize;

    /// Copies from `at` on into `to`. What lies beyond the end is left out.
    fn load(&self, at: usize, to: &mut [u8]);

    /// Copies `from` to `at` on. What lies beyond the end is left out.
    fn store(&mut self, at: usize, from: &[u8]);
}

/// An event that a program waits for; equal when it is the same one.
pub trait Event: PartialEq {
    /// Wakes whoever waits. At most DISPATCH.
    fn set(&self);
}
