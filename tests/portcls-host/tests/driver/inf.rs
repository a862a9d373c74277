//! What the driver registers is what its INF has declared.

use std::collections::BTreeSet;

use vcable_inf::{Architecture, Inf, Package, Stamp, stamp};
use vcable_portcls_host::abi::guid::Guid;
use vcable_portcls_host::isolated;
use vcable_portcls_host::machine::Machine;

#[test]
fn all_that_is_registered_is_declared_and_named_in_the_inf() {
    isolated(|| {
        let with = Stamp { architecture: Architecture::X64, date: (2026, 1, 1), version: "0.1.0" };
        let inf = Inf::parse(&stamp(&with).expect("a template")).expect("an INF");
        let package = Package::read(&inf).expect("a package");
        let mut declared: BTreeSet<_> = package.categories().into_keys().map(str::to_owned).collect();
        let guid = |text: &str| Guid::new(text.trim_matches(['{', '}']));
        let mut names: Vec<_> = package.pin_names().into_iter().map(|(id, name)| (guid(&id), name)).collect();
        let machine = Machine::with_cables(16);
        for end in machine.endpoints() {
            for name in [&end.wave.name, &end.topology.name] {
                assert!(declared.remove(name), "{name} is not declared, or registered twice");
            }
            let place = names.iter().position(|(id, _)| *id == end.name);
            let (_, name) = names.swap_remove(place.expect("its name is declared"));
            assert_eq!(Some(name), end.text());
        }
        assert!(declared.is_empty(), "declared and not registered: {declared:?}");
        assert!(names.is_empty(), "names of no endpoint: {}", names.len());
        machine.finish();
    });
}
