//! The releases that are tested beside the machine's own, and what their roots are made of.

/// A Debian release, or such a release with its backports.
#[derive(Debug)]
pub(crate) struct Release {
    /// Debian's name of the suite; also the root's.
    pub(crate) name: &'static str,
    /// The release that these are backports for; none for a release itself.
    pub(super) base: Option<&'static Release>,
    /// What is installed from it, beside Debian's minimum or what the base has.
    pub(super) packages: &'static [&'static str],
}

/// Debian 13: PipeWire 1.4, WirePlumber 0.5. The packages have the same names since Debian 12.
const TRIXIE: Release = Release {
    name: "trixie",
    base: None,
    packages: &[
        "alsa-utils",
        "dbus",
        "jack-delay",
        "libspa-0.2-modules",
        "pipewire",
        "pipewire-alsa",
        "pipewire-bin",
        "pipewire-jack",
        "pipewire-pulse",
        "pulseaudio-utils",
        "wireplumber",
    ],
};

/// The same with PipeWire 1.6.
const TRIXIE_BACKPORTS: Release = Release {
    name: "trixie-backports",
    base: Some(&TRIXIE),
    packages: &[
        "libspa-0.2-modules",
        "pipewire",
        "pipewire-alsa",
        "pipewire-bin",
        "pipewire-jack",
        "pipewire-pulse",
        "wireplumber",
    ],
};

/// All of them, in the order of their age.
pub(crate) const RELEASES: &[Release] = &[TRIXIE, TRIXIE_BACKPORTS];

impl Release {
    /// What its root is made of. Two roots of one recipe are as good as each other.
    pub(super) fn recipe(&self) -> String {
        let base = self.base.map_or_else(|| "debootstrap minbase\n".to_owned(), Release::recipe);
        format!("{base}{}\n{}\n", self.name, self.packages.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_names_release_packages_and_base() {
        for release in RELEASES {
            let recipe = release.recipe();
            assert!(recipe.lines().any(|line| line == release.name), "{recipe}");
            assert!(release.packages.iter().all(|package| recipe.contains(&format!("\n{package}\n"))));
            assert!(release.base.is_none_or(|base| recipe.starts_with(&base.recipe())));
        }
    }

    #[test]
    fn backports_bring_only_what_the_base_has() {
        let known = |package| TRIXIE.packages.contains(package);
        assert!(TRIXIE_BACKPORTS.packages.iter().all(known));
    }
}
