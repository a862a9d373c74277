//! Volume, mute and meter: the nodes of topology filters.

use super::answer::{Values, Verb, give, support, taken};
use crate::{
    bytes::read,
    com::property::{Property, Refusal, Request},
    filters::{
        End, TopologyFilter,
        tables::topology::{MUTE_NODE, VOLUME_NODE},
    },
    levels::{LEVEL_MAX, LEVEL_MIN, LEVEL_STEP, PEAK_MAX},
    sys::{
        BOOL,
        ks::{
            KSAUDIO_CPU_RESOURCES_HOST_CPU, KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL as MULTICHANNEL,
            KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_UNIFORM as UNIFORM, KSPROPERTY_STEPPING_LONG,
            KSPROPERTY_TYPE_GET, KSPROPERTY_TYPE_SET, VT_BOOL, VT_I4,
        },
        status::{STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_PARAMETER},
    },
};

/// All channels at once.
const ALL: i32 = -1;

/// The channels that a request is about: one or all of `channels`.
fn channels(request: &Request<'_>, channels: u16) -> Result<core::ops::Range<usize>, Refusal> {
    let refused = Refusal::from(STATUS_INVALID_PARAMETER);
    let asked: i32 = read(request.instance, 0).ok_or(refused)?;
    match usize::try_from(asked) {
        Ok(channel) if channel < usize::from(channels) => Ok(channel..channel + 1),
        Err(_) if asked == ALL => Ok(0..usize::from(channels)),
        _ => Err(refused),
    }
}

const fn range(least: i32, most: i32, step: u32) -> KSPROPERTY_STEPPING_LONG {
    KSPROPERTY_STEPPING_LONG { SteppingDelta: step, Reserved: 0, SignedMinimum: least, SignedMaximum: most }
}

/// `KSPROPERTY_AUDIO_VOLUMELEVEL`: the level of a channel, in 1/65536 dB. All channels answer with the first.
pub struct Volume;

impl<E: End> Property<TopologyFilter<E>> for Volume {
    fn answer(filter: &TopologyFilter<E>, mut request: Request<'_>) -> Result<u32, Refusal> {
        let (levels, count) = (filter.levels(), filter.device().offer().most_channels());
        let verb = Verb::of(&request)?;
        if verb == Verb::BasicSupport {
            let values = Values {
                kind: VT_I4,
                range: range(LEVEL_MIN, LEVEL_MAX, LEVEL_STEP as u32),
                channels: count,
                flags: MULTICHANNEL,
            };
            return support(&mut request, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET, Some(&values));
        }
        let channels = channels(&request, count)?;
        if verb == Verb::Get {
            let level = levels.level(channels.start).ok_or(STATUS_INVALID_PARAMETER)?;
            return give(&mut request, &level);
        }
        let level = taken(&request)?;
        let before = |channel| levels.level(channel);
        let changed = channels.fold(false, |changed, channel| {
            let old = before(channel);
            levels.set_level(channel, level);
            changed || old != before(channel)
        });
        if changed {
            filter.changed(VOLUME_NODE);
        }
        Ok(size_of::<i32>() as u32)
    }
}

/// `KSPROPERTY_AUDIO_MUTE`: whether nothing is to be heard. Every channel names the whole end.
pub struct Mute;

impl<E: End> Property<TopologyFilter<E>> for Mute {
    fn answer(filter: &TopologyFilter<E>, mut request: Request<'_>) -> Result<u32, Refusal> {
        let (levels, count) = (filter.levels(), filter.device().offer().most_channels());
        let verb = Verb::of(&request)?;
        if verb == Verb::BasicSupport {
            let values = Values {
                kind: VT_BOOL,
                range: range(0, 1, 1),
                channels: count,
                flags: MULTICHANNEL | UNIFORM,
            };
            return support(&mut request, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET, Some(&values));
        }
        channels(&request, count)?;
        if verb == Verb::Get {
            return give(&mut request, &BOOL::from(levels.muted()));
        }
        let muted = taken(&request)? != 0;
        if levels.set_muted(muted) != muted {
            filter.changed(MUTE_NODE);
        }
        Ok(size_of::<BOOL>() as u32)
    }
}

/// `KSPROPERTY_AUDIO_PEAKMETER2`: the highest peak of a channel since the last answer. All channels answer with the loudest.
pub struct Meter;

impl<E: End> Property<TopologyFilter<E>> for Meter {
    fn answer(filter: &TopologyFilter<E>, mut request: Request<'_>) -> Result<u32, Refusal> {
        let (levels, count) = (filter.levels(), filter.device().offer().most_channels());
        match Verb::of(&request)? {
            Verb::BasicSupport => {
                let values = Values {
                    kind: VT_I4,
                    range: range(0, PEAK_MAX, 1),
                    channels: count,
                    flags: MULTICHANNEL,
                };
                support(&mut request, KSPROPERTY_TYPE_GET, Some(&values))
            }
            Verb::Get => {
                let channels = channels(&request, count)?;
                if request.value.len() < size_of::<i32>() {
                    // Refused, and the peak stays for who has room for it.
                    return give(&mut request, &0_i32);
                }
                let loudest = channels.filter_map(|channel| levels.take_peak(channel)).fold(0, i32::max);
                give(&mut request, &loudest)
            }
            Verb::Set => Err(STATUS_INVALID_DEVICE_REQUEST.into()),
        }
    }
}

/// `KSPROPERTY_AUDIO_CPU_RESOURCES`: the nodes are done in software.
pub struct CpuResources;

impl<E: End> Property<TopologyFilter<E>> for CpuResources {
    fn answer(_: &TopologyFilter<E>, mut request: Request<'_>) -> Result<u32, Refusal> {
        match Verb::of(&request)? {
            Verb::BasicSupport => support(&mut request, KSPROPERTY_TYPE_GET, None),
            Verb::Get => give(&mut request, &KSAUDIO_CPU_RESOURCES_HOST_CPU),
            Verb::Set => Err(STATUS_INVALID_DEVICE_REQUEST.into()),
        }
    }
}
