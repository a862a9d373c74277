//! Signal processing modes: the attribute behind a format.

use crate::bytes::read;
use crate::sys::{
    GUID, NTSTATUS,
    guid::{
        AUDIO_SIGNALPROCESSINGMODE_DEFAULT, AUDIO_SIGNALPROCESSINGMODE_RAW,
        KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE,
    },
    ks::{
        KSATTRIBUTE, KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE, KSDATAFORMAT, KSDATAFORMAT_ATTRIBUTES,
        KSMULTIPLE_ITEM,
    },
    status::{STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED},
};

/// What Windows may do to the sound of a stream. A cable does nothing to either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// `AUDIO_SIGNALPROCESSINGMODE_DEFAULT`.
    #[default]
    Default,
    /// `AUDIO_SIGNALPROCESSINGMODE_RAW`.
    Raw,
}

impl Mode {
    /// Both, in the order they are told.
    pub const ALL: [Self; 2] = [Self::Default, Self::Raw];

    /// Its GUID.
    pub const fn id(self) -> GUID {
        match self {
            Self::Default => AUDIO_SIGNALPROCESSINGMODE_DEFAULT,
            Self::Raw => AUDIO_SIGNALPROCESSINGMODE_RAW,
        }
    }
}

/// Where the attribute list behind a format begins, in bytes; `None` when its header says that there is none.
///
/// # Errors
/// `INVALID_PARAMETER` for a size beyond all memory.
pub fn list_offset(format: &KSDATAFORMAT) -> Result<Option<usize>, NTSTATUS> {
    let offset = format.FormatSize.checked_next_multiple_of(8).ok_or(STATUS_INVALID_PARAMETER)?;
    Ok((format.Flags & KSDATAFORMAT_ATTRIBUTES != 0).then_some(offset as usize))
}

/// The mode in an attribute list: `list` begins with a `KSMULTIPLE_ITEM` and holds as many bytes as its `Size` says.
///
/// # Errors
/// `INVALID_PARAMETER` when it is malformed or names two modes, `NOT_SUPPORTED` for other attributes and modes.
pub fn mode_of(list: &[u8]) -> Result<Mode, NTSTATUS> {
    let head: KSMULTIPLE_ITEM = read(list, 0).ok_or(STATUS_INVALID_PARAMETER)?;
    let list = list.get(..head.Size as usize).ok_or(STATUS_INVALID_PARAMETER)?;
    let mut mode = None;
    let mut at = size_of::<KSMULTIPLE_ITEM>();
    // A list that claims too many ends in an error soon: the second mode is one.
    for _ in 0..head.Count {
        let attribute: KSATTRIBUTE = read(list, at).ok_or(STATUS_INVALID_PARAMETER)?;
        let bytes = attribute.Size as usize;
        if bytes < size_of::<KSATTRIBUTE>() || at.saturating_add(bytes) > list.len() {
            return Err(STATUS_INVALID_PARAMETER);
        }
        if attribute.Attribute != KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE {
            return Err(STATUS_NOT_SUPPORTED);
        }
        let whole: KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE = read(list, at).ok_or(STATUS_INVALID_PARAMETER)?;
        if bytes != size_of_val(&whole) || mode.is_some() {
            return Err(STATUS_INVALID_PARAMETER);
        }
        let known = Mode::ALL.into_iter().find(|known| known.id() == whole.SignalProcessingMode);
        mode = Some(known.ok_or(STATUS_NOT_SUPPORTED)?);
        at += bytes.next_multiple_of(8);
    }
    Ok(mode.unwrap_or_default())
}
