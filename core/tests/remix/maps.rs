//! Positions and maps in words and numbers.

use vcable_core::format::ChannelCount;
use vcable_core::remix::{ChannelMap, ChannelMapError, ChannelPosition};

use crate::map;

const NAMES: &str = "UNK NA MONO FL FR FC LFE SL SR FLC FRC RC RL RR TC TFL TFC TFR TRL TRC TRR RLC RRC FLW FRW LFE2 \
                     FLH FCH FRH TFLC TFRC TSL TSR LLFE RLFE BC BLC BRC";

#[test]
fn every_position_has_its_name_and_number() {
    let lines = (0..64).map(|line| (0x1000 + line, format!("AUX{line}")));
    let all = (0..).zip(NAMES.split(' ').map(str::to_owned)).chain(lines);
    let mut count = 0;
    for (id, name) in all {
        let position: ChannelPosition = name.parse().unwrap();
        assert_eq!(position.to_string(), name);
        assert_eq!(position.id(), id, "{name}");
        assert_eq!(ChannelPosition::from_id(id), Some(position));
        count += 1;
    }
    assert_eq!(count, 38 + 64);
    for id in [38, 0xfff, 0x1000 + 64, 0x1000 + 256, u32::MAX] {
        assert_eq!(ChannelPosition::from_id(id), None);
    }
}

#[test]
fn wrong_names_are_refused() {
    for name in ["", "fl", " FL", "AUX", "AUX64", "AUX-1", "AUX+1", "AUX01", "AUX300", "FLFR"] {
        assert!(name.parse::<ChannelPosition>().is_err(), "{name:?}");
    }
    assert_eq!("FL,XX".parse::<ChannelMap>(), Err(ChannelMapError::Position { channel: 1 }));
    for count in ["", "[ ]", ",,"] {
        assert_eq!(count.parse::<ChannelMap>(), Err(ChannelMapError::Count));
    }
    assert_eq!(["NA"; 65].join(",").parse::<ChannelMap>(), Err(ChannelMapError::Count));
    assert_eq!(ChannelMap::new(&[]), Err(ChannelMapError::Count));
    assert_eq!(ChannelMap::new(&[ChannelPosition::Fl; 65]), Err(ChannelMapError::Count));
}

#[test]
fn lists_are_read_as_users_write_them() {
    for list in ["FL,FR", "FL FR", "[FL,FR]", "[ FL, FR ]", " FL\tFR ", "[ FL FR ]"] {
        assert_eq!(map(list).to_string(), "FL,FR", "{list:?}");
    }
}

#[test]
fn every_count_has_a_map_that_tells_its_channels_apart() {
    for count in 1..=64 {
        let map = ChannelMap::default_for(ChannelCount::new(count).unwrap());
        assert_eq!(map.channels(), count as usize);
        for (channel, &position) in map.positions().iter().enumerate() {
            assert_eq!(map.channel_at(position), Some(channel));
        }
        assert_eq!(map.to_string().parse::<ChannelMap>().as_ref(), Ok(&map));
    }
    let default = |count| ChannelMap::default_for(ChannelCount::new(count).unwrap()).to_string();
    assert_eq!(default(1), "MONO");
    assert_eq!(default(2), "FL,FR");
    assert_eq!(default(8), "FL,FR,FC,LFE,RL,RR,SL,SR");
    assert!(default(64).starts_with("AUX0,AUX1,") && default(64).ends_with(",AUX63"));
}
