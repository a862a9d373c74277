//! How a ring divides its storage into planes.

use core::fmt;

use crate::format::{MAX_CHANNELS, StreamFormat};

/// Most frames a ring can hold: over 2 s at the highest rate.
pub const MAX_CAPACITY_FRAMES: usize = 1 << 20;
/// Most bytes a frame can take in one plane: an interleaved frame of 64 four-byte samples.
pub const MAX_STRIDE_BYTES: usize = 4 * MAX_CHANNELS as usize;

/// Bytes of one storage cell; every plane starts on a cell.
pub(crate) const WORD_BYTES: usize = size_of::<u64>();

/// The checked measures of a ring: planes, bytes per frame and plane, frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingShape {
    /// 1 to [`MAX_CHANNELS`].
    planes: usize,
    /// 1 to [`MAX_STRIDE_BYTES`].
    stride_bytes: usize,
    /// A power of two up to [`MAX_CAPACITY_FRAMES`], so that free-running counters wrap with a mask.
    capacity_frames: usize,
    /// `planes` times the plane's words, checked not to overflow when the shape is made.
    storage_words: usize,
}

impl RingShape {
    /// Checks and joins the three measures.
    ///
    /// # Errors
    /// A [`ShapeError`] naming the measure, its value and what is accepted.
    pub const fn new(planes: usize, stride_bytes: usize, capacity_frames: usize) -> Result<Self, ShapeError> {
        if planes == 0 || planes > MAX_CHANNELS as usize {
            return Err(ShapeError::Planes { planes });
        }
        if stride_bytes == 0 || stride_bytes > MAX_STRIDE_BYTES {
            return Err(ShapeError::Stride { stride_bytes });
        }
        if !capacity_frames.is_power_of_two() || capacity_frames > MAX_CAPACITY_FRAMES {
            return Err(ShapeError::Capacity { capacity_frames });
        }
        // At most 2^20 x 2^8 bytes per plane: fits 32 bits. Only the product with the planes can overflow.
        let plane_words = (capacity_frames * stride_bytes).div_ceil(WORD_BYTES);
        match plane_words.checked_mul(planes) {
            Some(words) if words <= isize::MAX as usize / WORD_BYTES => {
                Ok(Self { planes, stride_bytes, capacity_frames, storage_words: words })
            }
            _ => Err(ShapeError::Capacity { capacity_frames }),
        }
    }

    /// The shape that holds `capacity_frames` frames of `format`.
    ///
    /// # Errors
    /// [`ShapeError::Capacity`] when the capacity is not a power of two or too large.
    pub const fn of(format: &StreamFormat, capacity_frames: usize) -> Result<Self, ShapeError> {
        Self::new(format.plane_count(), format.plane_stride_bytes(), capacity_frames)
    }

    /// Number of planes.
    pub const fn planes(&self) -> usize {
        self.planes
    }

    /// Bytes one frame takes in one plane.
    pub const fn stride_bytes(&self) -> usize {
        self.stride_bytes
    }

    /// Frames the ring holds when full.
    pub const fn capacity_frames(&self) -> usize {
        self.capacity_frames
    }

    /// Bytes of storage the ring needs; a multiple of 8, because each plane starts 8-byte aligned.
    pub const fn storage_bytes(&self) -> usize {
        self.storage_words * WORD_BYTES
    }

    /// The same in the unit storage is lent in: `u64` cells.
    pub const fn storage_words(&self) -> usize {
        self.storage_words
    }

    /// Bytes from the start of one plane to the start of the next.
    pub(crate) const fn plane_pitch_bytes(&self) -> usize {
        (self.capacity_frames * self.stride_bytes).next_multiple_of(WORD_BYTES)
    }
}

/// Why a ring could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeError {
    /// Not a possible number of planes.
    Planes {
        /// The refused number.
        planes: usize,
    },
    /// Not a possible size of a frame within a plane.
    Stride {
        /// The refused size in bytes.
        stride_bytes: usize,
    },
    /// Not a power of two, or too large for the address space.
    Capacity {
        /// The refused capacity in frames.
        capacity_frames: usize,
    },
    /// The lent storage is smaller than the shape needs.
    Storage {
        /// `u64` cells lent.
        words: usize,
        /// `u64` cells needed.
        needed_words: usize,
    },
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planes { planes } => write!(f, "{planes} planes are not within 1 to {MAX_CHANNELS}"),
            Self::Stride { stride_bytes } => {
                write!(f, "a frame of {stride_bytes} bytes per plane is not within 1 to {MAX_STRIDE_BYTES}")
            }
            Self::Capacity { capacity_frames } => write!(
                f,
                "a capacity of {capacity_frames} frames is not a power of two within 1 to {MAX_CAPACITY_FRAMES}"
            ),
            Self::Storage { words, needed_words } => {
                write!(f, "storage of {words} 64-bit cells is less than the {needed_words} that are needed")
            }
        }
    }
}

impl core::error::Error for ShapeError {}
