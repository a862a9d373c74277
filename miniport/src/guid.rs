//! Globally unique identifiers: plain values that can be compared.

/// A GUID as it lies in memory.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guid {
    data1: u32,
    data2: u16,
    data3: u16,
    data4: [u8; 8],
}

impl Guid {
    /// All zeros: the wildcard of a data range.
    pub const ZERO: Self = Self::new(0);

    /// The GUID written `0x73647561_0000_0010_8000_00aa00389b71`.
    pub const fn new(written: u128) -> Self {
        Self {
            data1: (written >> 96) as u32,
            data2: (written >> 80) as u16,
            data3: (written >> 64) as u16,
            data4: (written as u64).to_be_bytes(),
        }
    }

    /// From its 16 bytes in memory.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        let written = u128::from_be_bytes(bytes);
        let swapped = Self::new(written);
        Self {
            data1: swapped.data1.swap_bytes(),
            data2: swapped.data2.swap_bytes(),
            data3: swapped.data3.swap_bytes(),
            data4: swapped.data4,
        }
    }

    /// Its 16 bytes in memory.
    pub const fn to_bytes(self) -> [u8; 16] {
        let [a0, a1, a2, a3] = self.data1.to_le_bytes();
        let [b0, b1] = self.data2.to_le_bytes();
        let [c0, c1] = self.data3.to_le_bytes();
        let [d0, d1, d2, d3, d4, d5, d6, d7] = self.data4;
        [a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, d2, d3, d4, d5, d6, d7]
    }
}
