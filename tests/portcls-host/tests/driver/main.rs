//! The driver, driven: each test loads `vcable.sys` anew, in a process of its own.
//!
//! `VCABLE_DRIVER` names another file to test than the one that `cargo xtask driver` builds.
//!
//! What is asserted, and where:
//!
//! | what | tests |
//! |---|---|
//! | sizes and offsets, identifiers, numbers of properties | at compile time in `vcable-miniport-sys` and `vcable_portcls_host::abi`, typed twice; `identity::no_property_is_the_ports_own_and_each_has_its_right_number`; against mingw-w64's headers in `tests/headers` |
//! | interfaces, slots, identity, references on many threads | the others of `identity` |
//! | descriptors: sizes, connections, paths, instances, ranges and attributes, categories, order; for 1 to 16 cables | `descriptors` |
//! | endpoints: as many as there must be, forms, names of the INF and of users, limits of packets | `endpoints`, `inf`; the INF by itself in `inf/tests` |
//! | formats: sizes, ranges, every format, malformed ones, attributes, guard pages behind all of it | `formats` |
//! | states, positions (a day, a month, any frequency, any time), buffers, short lists of pages, events, second streams | `streaming` |
//! | packets: windows, ends, wrap at 2^32, order, times | `packets` |
//! | late ticks to the byte, late players and recorders, the trace | `glitches` |
//! | what is played is what is recorded, silence, other formats and rates, 24 hours | `loopback` |
//! | properties: every verb, size and null pointer, basic support to the byte, levels, meters, jacks, modes, proposals, names | `properties` |
//! | each call and allocation failing in turn, removal in every order and state, power | `lifetime` |
//! | what the kernel forbids is noticed | `strict`; `planted.toml` |
//! | sections, imports, instructions, stack | `miniport/gate` |

mod descriptors;
mod endpoints;
mod formats;
mod glitches;
mod identity;
mod inf;
mod lifetime;
mod loopback;
mod packets;
mod properties;
mod streaming;
mod strict;
