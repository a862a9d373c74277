//! `NTSTATUS`.

use std::fmt;

/// What a function came to.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(pub u32);

macro_rules! statuses {
    ($($name:ident $value:literal)*) => {
        impl Status {
            $(
                #[doc = concat!("`STATUS_", stringify!($name), "`")]
                pub const $name: Self = Self($value);
            )*
        }

        impl fmt::Debug for Status {
            fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                match self.0 {
                    $($value => formatter.write_str(stringify!($name)),)*
                    other => write!(formatter, "{other:#010x}"),
                }
            }
        }
    };
}

statuses! {
    SUCCESS 0
    PENDING 0x0000_0103
    BUFFER_OVERFLOW 0x8000_0005
    UNSUCCESSFUL 0xC000_0001
    NOT_IMPLEMENTED 0xC000_0002
    INVALID_PARAMETER 0xC000_000D
    INVALID_DEVICE_REQUEST 0xC000_0010
    BUFFER_TOO_SMALL 0xC000_0023
    OBJECT_NAME_NOT_FOUND 0xC000_0034
    DATA_OVERRUN 0xC000_003C
    DATA_LATE_ERROR 0xC000_003D
    INSUFFICIENT_RESOURCES 0xC000_009A
    DEVICE_NOT_READY 0xC000_00A3
    NOT_SUPPORTED 0xC000_00BB
    INVALID_DEVICE_STATE 0xC000_0184
    NOT_FOUND 0xC000_0225
    NO_MATCH 0xC000_0272
    NOINTERFACE 0xC000_02B9
}

impl Status {
    /// Neither a warning nor an error.
    pub fn is_success(self) -> bool {
        self.0 >> 31 == 0
    }

    /// Checks it.
    ///
    /// # Errors
    /// Itself, when it is no success.
    pub fn ok(self) -> Result<(), Self> {
        if self.is_success() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

impl std::error::Error for Status {}
