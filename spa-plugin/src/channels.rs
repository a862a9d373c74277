//! Channel names and SPA's ids for them (`enum spa_audio_channel`).

use libspa_sys::{SPA_AUDIO_CHANNEL_AUX0, SPA_AUDIO_CHANNEL_MONO};

/// The positioned channels; their ids count up from that of `MONO`.
const NAMES: [&str; 36] = [
    "MONO", "FL", "FR", "FC", "LFE", "SL", "SR", "FLC", "FRC", "RC", "RL", "RR", "TC", "TFL", "TFC", "TFR",
    "TRL", "TRC", "TRR", "RLC", "RRC", "FLW", "FRW", "LFE2", "FLH", "FCH", "FRH", "TFLC", "TFRC", "TSL",
    "TSR", "LLFE", "RLFE", "BC", "BLC", "BRC",
];
const AUX_COUNT: u32 = 64;

const _: () = assert!(SPA_AUDIO_CHANNEL_MONO + 35 == libspa_sys::SPA_AUDIO_CHANNEL_BRC);
const _: () = assert!(SPA_AUDIO_CHANNEL_AUX0 + AUX_COUNT - 1 == libspa_sys::SPA_AUDIO_CHANNEL_AUX63);

/// The id of a channel by its short name.
pub(crate) fn id_of(name: &str) -> Option<u32> {
    if let Some(index) = NAMES.iter().position(|known| *known == name) {
        return Some(SPA_AUDIO_CHANNEL_MONO + index as u32);
    }
    let index: u32 = name.strip_prefix("AUX")?.parse().ok()?;
    (index < AUX_COUNT).then_some(SPA_AUDIO_CHANNEL_AUX0 + index)
}

/// All names, for a message.
pub(crate) fn names() -> String {
    format!("{} AUX0 to AUX{}", NAMES.join(" "), AUX_COUNT - 1)
}

/// What channels are taken to be when only their number is given: PulseAudio's default map, which
/// players use as well, up to 7.1; beyond that unpositioned channels.
pub(crate) fn default_positions(count: usize) -> Vec<u32> {
    let names: &[&str] = match count {
        1 => &["MONO"],
        2 => &["FL", "FR"],
        3 => &["FL", "FR", "LFE"],
        4 => &["FL", "FR", "RL", "RR"],
        5 => &["FL", "FR", "FC", "RL", "RR"],
        6 => &["FL", "FR", "FC", "LFE", "RL", "RR"],
        7 => &["FL", "FR", "FC", "LFE", "RC", "SL", "SR"],
        8 => &["FL", "FR", "FC", "LFE", "RL", "RR", "SL", "SR"],
        _ => &[],
    };
    if names.is_empty() {
        return (0..count as u32).map(|index| SPA_AUDIO_CHANNEL_AUX0 + index).collect();
    }
    names.iter().filter_map(|name| id_of(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_match_the_headers() {
        assert_eq!(id_of("FL"), Some(libspa_sys::SPA_AUDIO_CHANNEL_FL));
        assert_eq!(id_of("TRR"), Some(libspa_sys::SPA_AUDIO_CHANNEL_TRR));
        assert_eq!(id_of("LFE2"), Some(libspa_sys::SPA_AUDIO_CHANNEL_LFE2));
        assert_eq!(id_of("AUX63"), Some(libspa_sys::SPA_AUDIO_CHANNEL_AUX63));
        for wrong in ["AUX64", "AUX", "fl", "", "AUX-1"] {
            assert_eq!(id_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_count_has_that_many_positions() {
        for count in 1..=64 {
            assert_eq!(default_positions(count).len(), count);
        }
    }
}
