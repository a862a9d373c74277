//! Every format and channel count crosses bit by bit; ends of two rates do not talk.

use crate::host::tape::Run;
use crate::host::{Setup, Tape};

#[test]
fn every_format_and_channel_count_is_bit_exact() {
    for format in ["F32P", "F32", "S16", "S24", "S32"] {
        for channels in [1, 2, 3, 8, 64] {
            let cable = Setup { format, channels, ..Setup::new("formats-exact", 256, 192) }.run();
            cable.run_ms(150);
            cable.assert_sound();
            let runs = cable.tape.take_runs();
            let &Run::Sound { first, frames } = runs.last().expect("sound") else {
                panic!("{format}, {channels} channels: {runs:?}")
            };
            assert!(first + frames + 256 > cable.tape.sent_frames());
        }
    }
}

#[test]
fn a_tape_notices_what_is_lost_doubled_silent_or_garbled() {
    let tape = Tape::new(2, 2, 48_000);
    let mut sent = [[0_u32; 2]; 8];
    tape.play(0, 8, |channel, frame, sample| sent[frame][channel] = sample);
    for (frames, expected) in [
        (vec![0, 1, 2], vec![Run::Sound { first: 0, frames: 3 }]),
        (vec![0, 2], vec![Run::Sound { first: 0, frames: 1 }, Run::Sound { first: 2, frames: 1 }]),
        (vec![4, 4], vec![Run::Sound { first: 4, frames: 1 }, Run::Sound { first: 4, frames: 1 }]),
    ] {
        tape.record(0, frames.len() as u64, |channel, frame| sent[frames[frame]][channel]);
        assert_eq!(tape.take_runs(), expected);
    }
    tape.record(0, 3, |_, _| 0);
    assert_eq!(tape.take_runs(), [Run::Silence { frames: 3 }]);
    tape.record(0, 1, |channel, _| sent[3][1 - channel]);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tape.take_runs())).is_err());
}

#[test]
fn ends_at_two_rates_run_at_their_own_paces_and_sound_is_exact_when_they_agree() {
    let mut setup = Setup::new("formats-rates", 256, 256);
    setup.sink.rate_hz = 44_100;
    let cable = setup.build();
    // What is resampled has no numbers any more; how it sounds is for the core's tests and the real daemon.
    cable.sink.is_counting_only.set(true);
    cable.source.is_counting_only.set(true);
    assert_eq!((cable.sink.start(), cable.source.start()), (0, 0));
    cable.run_ms(1000);
    let cycles = [&cable.sink, &cable.source].map(|end| end.begun_count());
    assert!(cycles[0].abs_diff(172) <= 2 && cycles[1].abs_diff(187) <= 2, "{cycles:?} cycles in a second");
    cable.assert_sound();
    cable.sink.is_counting_only.set(false);
    cable.source.is_counting_only.set(false);
    cable.sink.suspend();
    setup.sink.rate_hz = 48_000;
    cable.sink.set_quantum(256, 48_000);
    assert_eq!(setup.negotiate(&cable.sink), 0);
    assert_eq!(cable.sink.start(), 0);
    cable.run_ms(100);
    cable.tape.take_runs();
    cable.tape.take_latency_frames();
    cable.run_ms(100);
    assert!(matches!(cable.tape.take_runs()[..], [Run::Sound { .. }]));
    cable.assert_no_latency("one rate");
}
