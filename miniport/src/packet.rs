//! Packets: the halves of a cyclic buffer, or all of it, that are announced and fetched one by one.
//!
//! A packet's number counts from the stream's start; Windows sees its low 32 bits. All places are frames of the stream
//! since it left STOP, so packets, positions and notifications cannot disagree. Pure arithmetic; any IRQL.

use crate::divisor::Divisor;
use crate::sys::{
    NTSTATUS,
    ks::KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM as END_OF_STREAM,
    status::{
        STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN, STATUS_DEVICE_NOT_READY, STATUS_INVALID_DEVICE_STATE,
        STATUS_INVALID_PARAMETER,
    },
};

/// A recorded packet to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its number.
    pub packet: u32,
    /// The stream's frame it begins with.
    pub first_frame: u64,
    /// Whether another one is complete.
    pub more: bool,
    /// Whether packets before it were overwritten before they were fetched.
    pub overrun: bool,
}

/// The packets of one stream.
#[derive(Clone, Debug)]
pub struct Packets {
    packet_frames: Divisor,
    per_buffer: u64,
    frame_bytes: u32,
    /// The packet that was last announced by the player.
    announced: Option<u64>,
    /// The frame behind the last of the stream, once the player told it.
    end: Option<u64>,
    /// The packet that the recorder is to fetch next.
    fetch: u64,
}

impl Packets {
    /// `per_buffer` packets (at least 1) in a buffer of `buffer_frames`; `None` when they do not fill it exactly.
    pub fn new(buffer_frames: u64, per_buffer: u32, frame_bytes: u32) -> Option<Self> {
        let per_buffer = u64::from(per_buffer);
        let whole = buffer_frames > 0 && buffer_frames.checked_rem(per_buffer) == Some(0);
        whole.then(|| Self {
            packet_frames: Divisor::new(buffer_frames / per_buffer.max(1)),
            per_buffer,
            frame_bytes,
            announced: None,
            end: None,
            fetch: 0,
        })
    }

    /// Back to the beginning, as STOP does.
    pub fn reset(&mut self) {
        (self.announced, self.end, self.fetch) = (None, None, 0);
    }

    /// Packets completed at the stream's frame `position`.
    pub fn completed(&self, position: u64) -> u64 {
        self.packet_frames.quotient(position)
    }

    /// `SetWritePacket`: the player has filled `packet`. `flags` may tell that it is the last one, with `end_bytes` of
    /// sound in it.
    ///
    /// # Errors
    /// `STATUS_INVALID_DEVICE_STATE` after the last packet; `STATUS_INVALID_PARAMETER` for other flags or an end behind the packet;
    /// `STATUS_DATA_LATE_ERROR` and `STATUS_DATA_OVERRUN` for another packet than the one that comes next.
    pub fn announce(
        &mut self,
        position: u64,
        running: bool,
        packet: u32,
        flags: u32,
        end_bytes: u32,
    ) -> Result<(), NTSTATUS> {
        if self.end.is_some() {
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        let packet_bytes = self.packet_frames.value().saturating_mul(u64::from(self.frame_bytes));
        let last = flags & END_OF_STREAM != 0;
        if flags & !END_OF_STREAM != 0 || (last && u64::from(end_bytes) > packet_bytes) {
            return Err(STATUS_INVALID_PARAMETER);
        }
        let expected = self.completed(position) + u64::from(running);
        // Numbers wrap at 32 bits: their difference is signed.
        match packet.wrapping_sub(expected as u32) as i32 {
            ..0 => Err(STATUS_DATA_LATE_ERROR),
            1.. => Err(STATUS_DATA_OVERRUN),
            0 => {
                self.announced = Some(expected);
                let sound = u64::from(end_bytes / self.frame_bytes.max(1));
                self.end = last.then(|| expected * self.packet_frames.value() + sound);
                Ok(())
            }
        }
    }

    /// The stream's frame up to which the player has filled the buffer; `None` when it announces nothing.
    pub fn filled_to(&self) -> Option<u64> {
        let behind = |packet: u64| (packet + 1) * self.packet_frames.value();
        self.end.or_else(|| self.announced.map(behind))
    }

    /// Whether the player told the end of its stream.
    pub const fn ended(&self) -> bool {
        self.end.is_some()
    }

    /// `GetReadPacket`: the oldest recorded packet that was not fetched and is not being overwritten.
    ///
    /// # Errors
    /// `STATUS_DEVICE_NOT_READY` when no new one is complete.
    pub fn fetch(&mut self, position: u64) -> Result<Recorded, NTSTATUS> {
        let completed = self.completed(position);
        let newest = completed.checked_sub(1).ok_or(STATUS_DEVICE_NOT_READY)?;
        // The packet being recorded takes the place of the oldest in the buffer.
        let oldest = (completed + 1).saturating_sub(self.per_buffer).min(newest);
        let packet = self.fetch.max(oldest);
        if packet > newest {
            return Err(STATUS_DEVICE_NOT_READY);
        }
        let overrun = packet > self.fetch;
        self.fetch = packet + 1;
        Ok(Recorded {
            packet: packet as u32,
            first_frame: packet * self.packet_frames.value(),
            more: packet < newest,
            overrun,
        })
    }
}

#[cfg(test)]
mod tests;
