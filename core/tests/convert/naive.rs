//! The conversions as one would write them first: sample by sample, in `f64`, which holds every sample exactly.

use vcable_core::format::SampleFormat;

use crate::sides::Place;

/// Significant bits of an integer format; none of F32.
pub(crate) fn bits(format: SampleFormat) -> Option<u32> {
    match format {
        SampleFormat::F32 => None,
        SampleFormat::S16 => Some(16),
        SampleFormat::S24 | SampleFormat::S24In32 => Some(24),
        SampleFormat::S32 => Some(32),
    }
}

fn full_scale(bits: u32) -> f64 {
    2.0_f64.powi(bits as i32 - 1)
}

/// The value of a stored sample, full scale at 1; NaN and infinities are silence.
pub(crate) fn decode(format: SampleFormat, bytes: &[u8]) -> f64 {
    let integer = match (format, bytes) {
        (SampleFormat::F32, &[a, b, c, d]) => {
            let value = f32::from_le_bytes([a, b, c, d]);
            return if value.is_finite() { f64::from(value) } else { 0.0 };
        }
        (SampleFormat::S16, &[a, b]) => i32::from(i16::from_le_bytes([a, b])),
        (SampleFormat::S24, &[a, b, c]) | (SampleFormat::S24In32, &[a, b, c, _]) => {
            let unsigned = i32::from(a) + 256 * i32::from(b) + 65_536 * i32::from(c);
            if unsigned < 8_388_608 { unsigned } else { unsigned - 16_777_216 }
        }
        (SampleFormat::S32, &[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]),
        _ => panic!("{format:?} does not have {} bytes", bytes.len()),
    };
    f64::from(integer) / full_scale(bits(format).expect("F32 returned above"))
}

/// The stored sample nearest to `value`, ties to even, clipped.
pub(crate) fn encode(format: SampleFormat, value: f64) -> Vec<u8> {
    let Some(bits) = bits(format) else {
        return (value as f32).to_le_bytes().to_vec();
    };
    store(format, (value * full_scale(bits)).round_ties_even())
}

/// Stores a whole number, clipped.
fn store(format: SampleFormat, whole: f64) -> Vec<u8> {
    let full_scale = full_scale(bits(format).expect("an integer format"));
    let clipped = whole.clamp(-full_scale, full_scale - 1.0) as i32;
    let mut bytes = clipped.to_le_bytes().to_vec();
    bytes.truncate(format.bytes());
    bytes
}

/// One sample from one format to another.
pub(crate) fn convert(from: SampleFormat, to: SampleFormat, bytes: &[u8]) -> Vec<u8> {
    encode(to, decode(from, bytes))
}

/// Whether dither has any effect between two formats.
pub(crate) fn narrows(from: SampleFormat, to: SampleFormat) -> bool {
    match (bits(from), bits(to)) {
        (None, Some(to)) => to < 32,
        (Some(from), Some(to)) => to < from,
        (_, None) => false,
    }
}

/// The same with dither for the sample at `place` of the stream.
pub(crate) fn convert_dithered(
    from: SampleFormat,
    to: SampleFormat,
    bytes: &[u8],
    seed: u32,
    place: Place,
) -> Vec<u8> {
    if !narrows(from, to) {
        return convert(from, to, bytes);
    }
    let random = random_bits(seed, (place.frame * place.channels + place.channel) as u64);
    let (low, high) = (random % 65_536, random / 65_536);
    let bits = bits(to).expect("F32 does not narrow");
    let value = decode(from, bytes);
    let noisy = if from == SampleFormat::F32 {
        let noise = (low as f32 + high as f32 - 65_535.0) / 65_536.0;
        f64::from(value as f32 * full_scale(bits) as f32 + noise)
    } else {
        // Uniform over the values of the bits that are lost, twice, in units of an S32 sample's last bit.
        let lost = 2_u64.pow(32 - bits);
        let noise = (low * lost / 65_536) as f64 + (high * lost / 65_536) as f64 - (lost - 1) as f64;
        let sum = (value * full_scale(32) + noise).clamp(-full_scale(32), full_scale(32) - 1.0);
        sum / lost as f64
    };
    store(to, noisy.round_ties_even())
}

/// The published mixing function in wide arithmetic.
fn random_bits(seed: u32, place: u64) -> u64 {
    const WORD: u64 = 1 << 32;
    let mut x = (u64::from(seed) + (place % WORD) * 0x9e37_79b9) % WORD;
    x = (x ^ (x >> 16)) * 0x85eb_ca6b % WORD;
    x = (x ^ (x >> 13)) * 0xc2b2_ae35 % WORD;
    x ^ (x >> 16)
}
