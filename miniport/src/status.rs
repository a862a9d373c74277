//! The NTSTATUS codes this driver returns (ntstatus.h).

/// An NTSTATUS: negative for warnings and failures.
pub type Status = i32;

/// Defines codes by their published spelling.
macro_rules! codes {
    ($($name:ident $code:literal $what:literal;)*) => {
        $(#[doc = $what] pub const $name: Status = $code as Status;)*
    };
}

codes! {
    SUCCESS 0_u32 "Done.";
    BUFFER_OVERFLOW 0x8000_0005_u32 "A size was asked for, and is told.";
    UNSUCCESSFUL 0xC000_0001_u32 "An impossible buffer size; an event registered twice.";
    NOT_IMPLEMENTED 0xC000_0002_u32 "Left to the port driver.";
    INVALID_PARAMETER 0xC000_000D_u32 "Malformed.";
    INVALID_DEVICE_REQUEST 0xC000_0010_u32 "Asked of a pin that does not have it.";
    BUFFER_TOO_SMALL 0xC000_0023_u32 "The answer does not fit.";
    DATA_OVERRUN 0xC000_003C_u32 "A packet too early.";
    DATA_LATE_ERROR 0xC000_003D_u32 "A packet too late.";
    INSUFFICIENT_RESOURCES 0xC000_009A_u32 "No memory.";
    DEVICE_NOT_READY 0xC000_00A3_u32 "No new packet yet.";
    NOT_SUPPORTED 0xC000_00BB_u32 "Not done here.";
    INVALID_DEVICE_STATE 0xC000_0184_u32 "Not in this stream state.";
    NOT_FOUND 0xC000_0225_u32 "An event that was not registered.";
    NO_MATCH 0xC000_0272_u32 "A format that is not offered.";
}
