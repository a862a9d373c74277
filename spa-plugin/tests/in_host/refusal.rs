//! A property that cannot be honoured is refused with exactly one line.

use crate::host::node::End;
use crate::host::world::ALL;
use crate::host::{Node, World};

/// Property, bad value, and a part of what the line says is accepted.
const BAD: [(&str, &str, &str); 14] = [
    ("audio.channels", "0", "1 to 64"),
    ("audio.channels", "65", "1 to 64"),
    ("audio.channels", "-1", "1 to 64"),
    ("audio.channels", "", "1 to 64"),
    ("audio.channels", "99999999999999999999", "1 to 64"),
    ("audio.rate", "0", "8000 to 384000"),
    ("audio.rate", "7999", "8000 to 384000"),
    ("audio.rate", "48k", "8000 to 384000"),
    ("audio.format", "U8", "F32P"),
    ("audio.format", "", "S24"),
    ("audio.position", "[ FL NO ]", "AUX0 to AUX63"),
    ("vcable.name", "", "1 to 48 bytes"),
    ("vcable.colour", "red", "vcable.name"),
    ("vcable.name", "0123456789012345678901234567890123456789012345678", "1 to 48 bytes"),
];

fn code_of(result: Result<Node, i32>) -> i32 {
    result.err().unwrap_or(0)
}

#[test]
fn a_bad_property_is_refused_with_one_line_that_names_it_its_value_and_what_is_accepted() {
    for end in [End::Sink, End::Source] {
        for (property, value, accepted) in BAD {
            let world = World::new();
            let made = Node::new(&world, end, ALL, &[("node.name", "x"), (property, value)]);
            assert_eq!(code_of(made), -libc::EINVAL, "{property} = {value}");
            let lines = world.log.take_complaints();
            assert_eq!(lines.len(), 1, "{lines:?}");
            for part in [property, &format!("\"{value}\""), accepted] {
                assert!(lines[0].contains(part), "{part} is not in: {}", lines[0]);
            }
            assert!(!lines[0].contains('\n'), "{lines:?}");
            assert_eq!(world.leftovers(), (0, 0));
        }
    }
}

#[test]
fn a_second_end_of_one_name_is_refused_with_one_line_and_the_first_lives_on() {
    for end in [End::Sink, End::Source] {
        let world = World::new();
        let properties = [("vcable.name", "refusal-twice")];
        let first = Node::new(&world, end, ALL, &properties).expect("the first of its name");
        let left = world.leftovers();
        for _ in 0..3 {
            assert_eq!(code_of(Node::new(&world, end, ALL, &properties)), -libc::EINVAL);
            let lines = world.log.take_complaints();
            assert_eq!(lines.len(), 1, "{lines:?}");
            assert!(lines[0].contains("vcable.name = \"refusal-twice\""), "{lines:?}");
            assert_eq!(world.leftovers(), left);
        }
        drop(first);
        assert_eq!(code_of(Node::new(&world, end, ALL, &properties)), 0, "the name is free again");
    }
}

#[test]
fn good_properties_leave_no_complaint() {
    let world = World::new();
    for (format, rate, channels) in [("S24LE", "8000", "1"), ("F32P", "384000", "64"), ("S32", "44100", "6")]
    {
        let properties = [
            ("vcable.name", "refusal-good"),
            ("audio.format", format),
            ("audio.rate", rate),
            ("audio.channels", channels),
            ("clock.quantum-limit", "8192"),
            ("media.class", "Audio/Sink"),
        ];
        assert_eq!(code_of(Node::new(&world, End::Sink, ALL, &properties)), 0);
    }
    assert_eq!(world.log.take_complaints(), [""; 0]);
}
