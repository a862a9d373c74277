use super::{Packets, Recorded};
use crate::sys::status::{
    STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN, STATUS_DEVICE_NOT_READY, STATUS_INVALID_DEVICE_STATE,
    STATUS_INVALID_PARAMETER,
};
use proptest::prelude::*;

/// Two packets of 480 stereo frames of 16 bits.
fn packets() -> Packets {
    Packets::new(960, 2, 4).unwrap()
}

#[test]
fn a_packet_is_announced_in_its_turn() {
    let mut packets = packets();
    assert_eq!(packets.announce(0, false, 1, 0, 0), Err(STATUS_DATA_OVERRUN));
    assert_eq!(packets.filled_to(), None);
    assert_eq!(packets.announce(0, false, 0, 0, 0), Ok(()));
    assert_eq!(packets.filled_to(), Some(480));
    // While packet 0 plays, packet 1 is written.
    assert_eq!(packets.announce(1, true, 0, 0, 0), Err(STATUS_DATA_LATE_ERROR));
    assert_eq!(packets.announce(479, true, 1, 0, 0), Ok(()));
    assert_eq!(packets.announce(480, true, 2, 0, 0), Ok(()));
    assert_eq!(packets.announce(480, true, 4, 0, 0), Err(STATUS_DATA_OVERRUN));
    assert_eq!(packets.filled_to(), Some(1440));
    packets.reset();
    assert_eq!(packets.filled_to(), None);
}

#[test]
fn the_end_is_told_once() {
    let mut packets = packets();
    assert_eq!(packets.announce(0, false, 0, 0x201, 0), Err(STATUS_INVALID_PARAMETER));
    assert_eq!(packets.announce(0, false, 0, 0x200, 1921), Err(STATUS_INVALID_PARAMETER));
    // Without the flag the length says nothing.
    assert_eq!(packets.announce(0, false, 0, 0, 1921), Ok(()));
    assert!(!packets.ended());
    assert_eq!(packets.announce(10, true, 1, 0x200, 80), Ok(()));
    assert_eq!(packets.filled_to(), Some(500));
    assert_eq!(packets.announce(490, true, 2, 0, 0), Err(STATUS_INVALID_DEVICE_STATE));
}

#[test]
fn recorded_packets_come_in_order_and_once() {
    let mut packets = packets();
    assert_eq!(packets.fetch(479), Err(STATUS_DEVICE_NOT_READY));
    assert_eq!(packets.fetch(480), Ok(Recorded { packet: 0, first_frame: 0, more: false, overrun: false }));
    assert_eq!(packets.fetch(959), Err(STATUS_DEVICE_NOT_READY));
    // Packets 1 to 3 are complete, and 4 is taking the place of 2.
    assert_eq!(
        packets.fetch(1921),
        Ok(Recorded { packet: 3, first_frame: 1440, more: false, overrun: true })
    );
    assert_eq!(packets.fetch(1921), Err(STATUS_DEVICE_NOT_READY));
    let mut four = Packets::new(960, 4, 4).unwrap();
    assert_eq!(four.fetch(2400), Ok(Recorded { packet: 7, first_frame: 1680, more: true, overrun: true }));
    assert_eq!(four.fetch(2400), Ok(Recorded { packet: 8, first_frame: 1920, more: true, overrun: false }));
    assert_eq!(four.fetch(2400), Ok(Recorded { packet: 9, first_frame: 2160, more: false, overrun: false }));
    let mut one = Packets::new(960, 1, 4).unwrap();
    assert_eq!(one.fetch(961), Ok(Recorded { packet: 0, first_frame: 0, more: false, overrun: false }));
}

#[test]
fn numbers_wrap() {
    let mut packets = packets();
    let far = 480 << 32;
    assert_eq!(packets.announce(far - 1, true, 0, 0, 0), Ok(()));
    assert_eq!(packets.filled_to(), Some(far + 480));
    assert_eq!(packets.announce(far - 1, true, u32::MAX, 0, 0), Err(STATUS_DATA_LATE_ERROR));
    assert_eq!(packets.fetch(far).map(|recorded| recorded.packet), Ok(u32::MAX));
    assert_eq!(packets.fetch(far + 480).map(|recorded| recorded.packet), Ok(0));
}

#[test]
fn a_buffer_of_whole_packets() {
    assert!(Packets::new(961, 2, 4).is_none());
    assert!(Packets::new(0, 1, 4).is_none());
    assert!(Packets::new(960, 0, 4).is_none());
}

proptest! {
    /// However late the recorder comes: each packet at most once, in order, and none that is overwritten meanwhile.
    #[test]
    fn fetching_never_goes_back(steps in proptest::collection::vec(0..2000_u64, 1..100), per_buffer in 2..5_u32) {
        let mut packets = Packets::new(480 * u64::from(per_buffer), per_buffer, 4).unwrap();
        let (mut position, mut last) = (0, None);
        for step in steps {
            position += step;
            while let Ok(recorded) = packets.fetch(position) {
                prop_assert!(last < Some(recorded.packet));
                prop_assert!(recorded.first_frame + 480 <= position);
                prop_assert!(recorded.first_frame + 480 * u64::from(per_buffer) > position);
                last = Some(recorded.packet);
            }
            prop_assert_eq!(last.map_or(0, |packet| packet + 1), (position / 480) as u32);
        }
    }
}
