//! States, seats, notifications, and clocks that come late.

use std::boxed::Box;
use std::cell::Cell;
use std::rc::Rc;
use std::vec::Vec;

use super::rig::{Counted, MS, Rig, format, noise};
use crate::cable::{Direction, State, Stream, Way};
use crate::format::Encoding;
use crate::sys::status::{STATUS_INSUFFICIENT_RESOURCES, STATUS_NOT_FOUND, STATUS_UNSUCCESSFUL};

const STEREO: crate::format::WaveFormat = format(Encoding::Pcm16, 2, 48_000);

#[test]
fn without_a_player_there_is_silence() {
    let mut rig = Rig::new();
    let mut recorder = rig.open(Direction::Capture, STEREO, 480, 2);
    rig.set_state(&recorder, State::Run);
    rig.advance(9 * MS);
    assert!(rig.read(&mut recorder).iter().all(|&byte| byte == 0));
    // And again when a player has come and gone.
    let mut player = rig.open(Direction::Render, STEREO, 480, 2);
    rig.set_state(&player, State::Run);
    rig.write(&mut player, noise(STEREO));
    rig.advance(5 * MS);
    assert!(rig.read(&mut recorder).iter().any(|&byte| byte != 0));
    rig.set_state(&player, State::Pause);
    rig.advance(5 * MS);
    assert!(rig.read(&mut recorder).iter().all(|&byte| byte == 0));
    let gone = rig.engine.detach(player.direction, player.id);
    assert!(gone.0.is_some() && gone.1.is_some());
    rig.advance(5 * MS);
    assert!(rig.read(&mut recorder).iter().all(|&byte| byte == 0));
    assert_eq!(rig.engine.counters().silent_frames, (9 + 5 + 5) * 48);
}

#[test]
fn a_player_without_a_recorder_loses_nothing_of_its_time() {
    let mut rig = Rig::new();
    let player = rig.open(Direction::Render, STEREO, 480, 2);
    rig.set_state(&player, State::Run);
    rig.advance(9 * MS);
    assert_eq!(rig.frames(&player), 432);
    let mut recorder = rig.open(Direction::Capture, STEREO, 480, 2);
    rig.set_state(&recorder, State::Run);
    rig.advance(MS);
    assert_eq!((rig.frames(&player), rig.frames(&recorder)), (480, 48));
    // Not what was played before: what is played now.
    let pages = player.pages.0.borrow()[432 * 4..].to_vec();
    assert_eq!(rig.read(&mut recorder), pages);
}

#[test]
fn pause_freezes_and_stop_clears() {
    let mut rig = Rig::new();
    let player = rig.open(Direction::Render, STEREO, 480, 2);
    for state in [State::Acquire, State::Pause] {
        rig.set_state(&player, state);
        rig.advance(3 * MS);
        assert_eq!(rig.frames(&player), 0);
    }
    rig.set_state(&player, State::Run);
    rig.advance(15 * MS);
    rig.set_state(&player, State::Pause);
    rig.advance(15 * MS);
    assert_eq!(rig.frames(&player), 720);
    let half = rig.engine.stream(player.direction, player.id).unwrap();
    assert_eq!((half.offset_bytes(720), half.packets().unwrap().completed(720)), (240 * 4, 3));
    rig.set_state(&player, State::Run);
    rig.advance(MS);
    assert_eq!(rig.frames(&player), 768);
    rig.set_state(&player, State::Stop);
    assert_eq!(rig.frames(&player), 0);
    assert!(!rig.engine.is_running());
}

#[test]
fn streams_stand_still_while_the_machine_sleeps() {
    let mut rig = Rig::new();
    let player = rig.open(Direction::Render, STEREO, 480, 2);
    rig.set_state(&player, State::Run);
    rig.advance(5 * MS);
    rig.engine.set_awake(false);
    assert!(!rig.engine.is_running());
    rig.advance(3_600_000 * MS);
    // A stream that is started meanwhile waits too.
    let recorder = rig.open(Direction::Capture, STEREO, 480, 2);
    rig.set_state(&recorder, State::Run);
    rig.advance(MS);
    rig.engine.set_awake(true);
    rig.engine.set_awake(true);
    rig.advance(MS);
    assert_eq!((rig.frames(&player), rig.frames(&recorder)), (6 * 48, 48));
    assert_eq!(rig.engine.counters().late, 0);
}

#[test]
fn events_come_with_every_packet() {
    let mut rig = Rig::new();
    let player = rig.open(Direction::Render, STEREO, 960, 2);
    let event = Counted(Rc::new(Cell::new(0)));
    let half = rig.engine.stream(player.direction, player.id).unwrap();
    assert_eq!(half.register(event.clone()), Ok(()));
    assert_eq!(half.register(event.clone()), Err(STATUS_UNSUCCESSFUL));
    let mut others: Vec<Counted> = (0..8).map(|_| Counted(Rc::default())).collect();
    let outcomes: Vec<_> = others.iter().map(|other| half.register(other.clone())).collect();
    assert_eq!(outcomes[6..], [Ok(()), Err(STATUS_INSUFFICIENT_RESOURCES)]);
    rig.set_state(&player, State::Run);
    let mut times = Vec::new();
    for ms in 1..=1000 {
        let before = event.0.get();
        rig.advance(MS);
        if event.0.get() > before {
            times.push(ms);
        }
    }
    assert_eq!(times, (1..=100).map(|packet| packet * 10).collect::<Vec<_>>());
    assert_eq!(event.0.get(), 100);
    let half = rig.engine.stream(player.direction, player.id).unwrap();
    assert_eq!(half.unregister(&event), Ok(()));
    assert_eq!(half.unregister(&event), Err(STATUS_NOT_FOUND));
    rig.advance(10 * MS);
    let other = others.remove(0);
    assert_eq!((event.0.get(), other.0.get()), (100, 101));
    // None after STOP.
    rig.set_state(&player, State::Stop);
    rig.advance(100 * MS);
    assert_eq!(other.0.get(), 101);
    // And from the beginning again.
    rig.set_state(&player, State::Run);
    rig.advance(9 * MS);
    assert_eq!(other.0.get(), 101);
    rig.advance(MS);
    assert_eq!(other.0.get(), 102);
}

#[test]
fn a_late_tick_is_counted_and_caught_up_with() {
    let mut rig = Rig::new();
    let mut player = rig.open(Direction::Render, STEREO, 480, 2);
    let mut recorder = rig.open(Direction::Capture, STEREO, 4800, 2);
    rig.set_state(&player, State::Run);
    rig.set_state(&recorder, State::Run);
    rig.write(&mut player, noise(STEREO));
    rig.advance(MS);
    rig.read(&mut recorder);
    // 60 ms: more than the player's 10, less than the recorder's 100.
    let steps = rig.advance(60 * MS);
    assert!(steps <= 1 + 60 / 4 + 1, "{steps}");
    assert_eq!((rig.frames(&player), rig.frames(&recorder)), (61 * 48, 61 * 48));
    assert_eq!(rig.engine.counters().late, 1);
    let heard = rig.read(&mut recorder);
    let (lost, sound) = heard.split_at(50 * 48 * 4);
    assert!(lost.iter().all(|&byte| byte == 0));
    let buffer = player.pages.0.borrow().clone();
    let at = (51 * 48 % 480) * 4;
    assert_eq!(sound, [&buffer[at..], &buffer[..at]].concat());
    // An hour: as little work, and again one event.
    let steps = rig.advance(3_600_000 * MS);
    assert!(steps <= 100 / 4 + 2, "{steps}");
    assert_eq!(rig.frames(&player), 61 * 48 + 3600 * 48_000);
    assert_eq!(rig.engine.counters().late, 2);
    // A buffer is not late.
    rig.advance(10 * MS);
    assert_eq!(rig.engine.counters().late, 2);
}

#[test]
fn what_was_not_announced_is_not_played() {
    let mut rig = Rig::new();
    let mut player = rig.open(Direction::Render, STEREO, 960, 2);
    let mut recorder = rig.open(Direction::Capture, STEREO, 960, 0);
    rig.write(&mut player, |_| [1; 4].to_vec());
    let half = rig.engine.stream(player.direction, player.id).unwrap();
    half.packets().unwrap().announce(0, false, 0, 0, 0).unwrap();
    rig.set_state(&player, State::Run);
    rig.set_state(&recorder, State::Run);
    rig.advance(5 * MS);
    let half = rig.engine.stream(player.direction, player.id).unwrap();
    // The second packet is the last, with 100 frames.
    half.packets().unwrap().announce(240, true, 1, 0x200, 400).unwrap();
    rig.advance(14 * MS);
    let heard = rig.read(&mut recorder);
    let (sound, silence) = heard.split_at(580 * 4);
    assert!(sound.iter().all(|&byte| byte == 1) && silence.iter().all(|&byte| byte == 0));
    // An end is no want of sound.
    assert_eq!(rig.engine.counters().starved, 0);
}

#[test]
fn a_player_that_announces_nothing_more_is_starved_once() {
    let mut rig = Rig::new();
    let player = rig.open(Direction::Render, STEREO, 960, 2);
    let half = rig.engine.stream(player.direction, player.id).unwrap();
    half.packets().unwrap().announce(0, false, 0, 0, 0).unwrap();
    rig.set_state(&player, State::Run);
    for _ in 0..50 {
        rig.advance(MS);
    }
    assert_eq!(rig.engine.counters().starved, 1);
    assert_eq!(rig.frames(&player), 50 * 48);
}

#[test]
fn a_seat_is_taken_by_one() {
    let mut rig = Rig::new();
    let player = rig.open(Direction::Render, STEREO, 480, 2);
    let mut second = Some(Box::new([Stream::new(STEREO, &rig.ends.render).unwrap()]));
    assert_eq!(rig.engine.attach(Direction::Render, &mut second), None);
    assert!(second.is_some());
    assert!(rig.engine.detach(Direction::Render, player.id + 1).0.is_none());
    assert!(rig.engine.detach(Direction::Render, player.id).0.is_some());
    let next = rig.engine.attach(Direction::Render, &mut second).unwrap();
    assert!(next != player.id && second.is_none());
    // The stream of before has no say any more.
    rig.set_state(&player, State::Run);
    assert!(!rig.engine.is_running());
}

#[test]
fn a_way_for_streams_that_are_gone_is_not_taken() {
    let mut rig = Rig::new();
    let player = rig.open(Direction::Render, STEREO, 480, 2);
    let mut capture = Some(Box::new([Stream::new(STEREO, &rig.ends.capture).unwrap()]));
    rig.engine.attach(Direction::Capture, &mut capture).unwrap();
    let (pair, [from, to]) = rig.engine.lacks_way().unwrap();
    let mut way = Some(Box::new([Way::new(&from, &to).unwrap()]));
    drop(rig.engine.detach(Direction::Render, player.id));
    rig.engine.set_way(pair, &mut way);
    assert!(way.is_some());
    rig.open(Direction::Render, STEREO, 480, 2);
    rig.engine.set_way(pair, &mut way);
    assert!(way.is_some() && rig.engine.lacks_way().is_none());
}
