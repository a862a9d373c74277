//! Signal processing modes: the attribute behind a format.

use crate::bytes::{guid_at, u32_at};
use crate::guid::Guid;
use crate::status::{INVALID_PARAMETER, NOT_SUPPORTED, Status};

/// KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE (ksmedia.h).
pub const ATTRIBUTE_MODE: Guid = Guid::new(0xe1f89eb5_5f46_419b_967b_ff6770b98401);
/// KSDATAFORMAT_ATTRIBUTES: a list of attributes follows.
const FLAG_ATTRIBUTES: u32 = 2;
/// Bytes of a KSATTRIBUTE, and of one that holds a mode.
const ATTRIBUTE_BYTES: usize = 24;
const MODE_BYTES: usize = 40;

/// What Windows may do to the sound of a stream. A cable does nothing to either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// AUDIO_SIGNALPROCESSINGMODE_DEFAULT.
    #[default]
    Default,
    /// AUDIO_SIGNALPROCESSINGMODE_RAW.
    Raw,
}

impl Mode {
    /// Both, in the order they are told.
    pub const ALL: [Self; 2] = [Self::Default, Self::Raw];

    /// Its GUID.
    pub const fn id(self) -> Guid {
        match self {
            Self::Default => Guid::new(0xc18e2f7e_933d_4965_b7d1_1eef228d2af3),
            Self::Raw => Guid::new(0x9e90ea20_b493_4fd1_a1a8_7e1361a956cf),
        }
    }
}

/// Where the attribute list behind a format begins, in bytes; `None` when its header says that there is none.
///
/// # Errors
/// INVALID_PARAMETER for a header that is cut off or a size beyond all memory.
pub fn list_offset(format: &[u8]) -> Result<Option<usize>, Status> {
    let (Some(size), Some(flags)) = (u32_at(format, 0), u32_at(format, 4)) else {
        return Err(INVALID_PARAMETER);
    };
    let offset = size.checked_next_multiple_of(8).ok_or(INVALID_PARAMETER)?;
    Ok((flags & FLAG_ATTRIBUTES != 0).then_some(offset as usize))
}

/// The mode in an attribute list: `list` is a KSMULTIPLE_ITEM and as many bytes as its `Size` says.
///
/// # Errors
/// INVALID_PARAMETER when it is malformed or names two modes, NOT_SUPPORTED for other attributes and modes.
pub fn mode_of(list: &[u8]) -> Result<Mode, Status> {
    let (Some(size), Some(count)) = (u32_at(list, 0), u32_at(list, 4)) else {
        return Err(INVALID_PARAMETER);
    };
    let list = list.get(..size as usize).ok_or(INVALID_PARAMETER)?;
    let mut mode = None;
    let mut at = 8;
    // Each attribute takes 24 bytes at least, so a list that claims too many ends in an error soon.
    for _ in 0..count {
        let attribute = list.get(at..).unwrap_or_default();
        let bytes = u32_at(attribute, 0).ok_or(INVALID_PARAMETER)? as usize;
        if bytes < ATTRIBUTE_BYTES || bytes > attribute.len() {
            return Err(INVALID_PARAMETER);
        }
        if guid_at(attribute, 8) != Some(ATTRIBUTE_MODE) {
            return Err(NOT_SUPPORTED);
        }
        if bytes != MODE_BYTES || mode.is_some() {
            return Err(INVALID_PARAMETER);
        }
        let id = guid_at(attribute, ATTRIBUTE_BYTES);
        mode = Some(Mode::ALL.into_iter().find(|known| Some(known.id()) == id).ok_or(NOT_SUPPORTED)?);
        at += bytes.next_multiple_of(8);
    }
    Ok(mode.unwrap_or_default())
}
