//! Rounding and clipping: everywhere to the nearest, ties to even, then clipped to what the target holds.
//!
//! `f32::round_ties_even` and saturating casts are not in `core`, or do not vectorise on SSE2. So rounding is done by
//! the addition itself: a sum of magnitude 2^23 to 2^24 has a unit of 1 in the last place of an `f32`, and IEEE 754
//! rounds it to nearest even (Knuth, The Art of Computer Programming 2, section 4.2.2; Rust never runs with another
//! rounding mode and never fuses or reorders the operations).

/// 2^23: sums from here on are whole numbers.
const WHOLE: f32 = 8_388_608.0;
/// 1.5 * 2^23: also holds negative summands of up to 2^22.
const WHOLE_SIGNED: f32 = 12_582_912.0;

/// `value`, or zero for NaN and infinities.
#[inline(always)]
pub(super) fn finite_or_zero(value: f32) -> f32 {
    // By its bits, so that every finite number passes unchanged, and as a mask, which all vector units have.
    let bits = value.to_bits();
    let finite = u32::from(bits & 0x7f80_0000 != 0x7f80_0000);
    f32::from_bits(bits & finite.wrapping_neg())
}

/// Full-scale `i32` to `f32`: exact up to 25 bits, else to nearest even.
#[inline(always)]
pub(super) fn s32_to_f32(value: i32) -> f32 {
    const UNIT: f32 = 1.0 / 2_147_483_648.0;
    value as f32 * UNIT
}

/// 16-bit sample nearest to `value + noise`; the noise counts in last bits.
#[inline(always)]
pub(super) fn f32_to_s16(value: f32, noise: f32) -> i32 {
    let scaled = clip(value * 32_768.0 + noise, -32_768.0, 32_767.0);
    // The low half of the sum's bits is the whole number in two's complement.
    i32::from((scaled + WHOLE_SIGNED).to_bits() as i16)
}

/// 24-bit sample nearest to `value + noise`; the noise counts in last bits.
#[inline(always)]
pub(super) fn f32_to_s24(value: f32, noise: f32) -> i32 {
    let scaled = clip(value * WHOLE + noise, -WHOLE, WHOLE - 1.0);
    // Magnitudes reach 2^23, so the sign is taken off first: the sum then stays within 2^23 to 2^24.
    let magnitude = ((scaled.abs() + WHOLE).to_bits() - WHOLE.to_bits()) as i32;
    let sign = scaled.to_bits() as i32 >> 31;
    (magnitude ^ sign) - sign
}

/// 32-bit sample nearest to `value`. There is no noise: an `f32` of any audible level is coarser than the last bit.
#[inline(always)]
pub(super) fn f32_to_s32(value: f32) -> i32 {
    // In two halves, as a saturating cast does not vectorise. The high half is the nearest whole number of 2^-15, the
    // rest is exact, and as the high half is an even number of last bits, ties to even remain so.
    let scaled = clip(value, -1.0, 1.0) * 32_768.0;
    let high = scaled + WHOLE_SIGNED;
    let low = (scaled - (high - WHOLE_SIGNED)) * 65_536.0 + WHOLE_SIGNED;
    let sum = (high.to_bits() << 16).wrapping_add(low.to_bits()).wrapping_sub(WHOLE_SIGNED.to_bits()) as i32;
    if value < 1.0 { sum } else { i32::MAX }
}

/// Takes `DROP` low bits off a full-scale `value + noise`.
#[inline(always)]
pub(super) fn narrow<const DROP: u32>(value: i32, noise: i32) -> i32 {
    let value = value.saturating_add(noise);
    let kept = value >> DROP;
    // One more than half, less one if `kept` is even: a tie only carries into the odd.
    let below_half = (1 << (DROP - 1)) - 1;
    let carry = ((value & ((1 << DROP) - 1)) + below_half + (kept & 1)) >> DROP;
    (kept + carry).min(i32::MAX >> DROP)
}

/// `value` within `low` to `high`. Two bare comparisons, as vector units have them; `f32::clamp` minds NaN and costs more.
#[inline(always)]
fn clip(value: f32, low: f32, high: f32) -> f32 {
    let value = if value < low { low } else { value };
    if value > high { high } else { value }
}
