//! Status codes of the kernel.

/// What kernel functions return: negative means failure, and a warning counts as one.
pub type NTSTATUS = i32;

/// Constants, each named in its documentation like in the header.
macro_rules! statuses {
    ($($name:ident = $value:literal;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`.")]
        pub const $name: NTSTATUS = $value as NTSTATUS;
    )*};
}

statuses! {
    STATUS_SUCCESS = 0_u32;
    STATUS_PENDING = 0x0000_0103_u32;
    STATUS_BUFFER_OVERFLOW = 0x8000_0005_u32;
    STATUS_NO_MORE_ENTRIES = 0x8000_001A_u32;
    STATUS_UNSUCCESSFUL = 0xC000_0001_u32;
    STATUS_NOT_IMPLEMENTED = 0xC000_0002_u32;
    STATUS_INVALID_PARAMETER = 0xC000_000D_u32;
    STATUS_INVALID_DEVICE_REQUEST = 0xC000_0010_u32;
    STATUS_BUFFER_TOO_SMALL = 0xC000_0023_u32;
    STATUS_OBJECT_NAME_NOT_FOUND = 0xC000_0034_u32;
    STATUS_DATA_OVERRUN = 0xC000_003C_u32;
    STATUS_DATA_LATE_ERROR = 0xC000_003D_u32;
    STATUS_INSUFFICIENT_RESOURCES = 0xC000_009A_u32;
    STATUS_DEVICE_NOT_READY = 0xC000_00A3_u32;
    STATUS_NOT_SUPPORTED = 0xC000_00BB_u32;
    STATUS_INVALID_DEVICE_STATE = 0xC000_0184_u32;
    STATUS_NOT_FOUND = 0xC000_0225_u32;
    STATUS_NO_MATCH = 0xC000_0272_u32;
    STATUS_NOINTERFACE = 0xC000_02B9_u32;
}

/// `NT_SUCCESS`: whether a call succeeded. Informational codes are successes, warnings are not.
pub const fn NT_SUCCESS(status: NTSTATUS) -> bool {
    status >= 0
}
