//! What the machine must have for a command, and installing what it lacks.

mod apt;
mod probe;
mod table;

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::host::Family;
use crate::toolchain;
use probe::Probe;

/// What a command is about to do, and so what it needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// Building the Windows driver, wherever this is.
    Driver,
    /// Building the plugin.
    Build,
    /// Building it and running it in a private PipeWire with real clients.
    Run,
    /// All of that, and PipeWire of other releases beside the machine's own.
    Test,
    /// Nothing of that: the resamplers of others, to compare ours with.
    Bench,
}

impl Purpose {
    /// Whether it needs what `need` names.
    fn needs(self, need: &Need) -> bool {
        need.purpose == self
            || match self {
                Self::Driver | Self::Build | Self::Bench => false,
                Self::Run => need.purpose == Self::Build,
                Self::Test => need.purpose != Self::Bench,
            }
    }
}

/// One thing that must be there, and the package that brings it.
struct Need {
    /// The purpose that needs it. Those that include this one need it too.
    purpose: Purpose,
    /// How to see that it is there.
    probe: Probe,
    /// What it is for, to tell whoever is asked to install it.
    why: &'static str,
    /// Its package in each family, in the order of [`Family::ALL`].
    packages: [&'static str; Family::ALL.len()],
}

impl Need {
    fn package(&self, family: Family) -> &'static str {
        let [debian, fedora, arch, suse] = self.packages;
        match family {
            Family::Debian => debian,
            Family::Fedora => fedora,
            Family::Arch => arch,
            Family::Suse => suse,
        }
    }
}

/// PipeWire's plugin folder, if pkg-config knows it.
pub(crate) fn spa_plugin_dir() -> Option<PathBuf> {
    probe::plugin_dir()
}

/// Makes sure that everything for `purpose` is there, installing with apt what is missing.
///
/// # Errors
/// When something is missing and can't be installed here; the text names the packages.
pub(crate) fn ensure(purpose: Purpose) -> Result<()> {
    ensure_those(|need| purpose.needs(need))
}

/// The same for one program of the table alone.
///
/// # Errors
/// As for [`ensure`].
pub(crate) fn ensure_program(name: &str) -> Result<()> {
    ensure_those(|need| matches!(need.probe, Probe::Program(program) if program == name))
}

fn ensure_those(which: impl Fn(&Need) -> bool) -> Result<()> {
    let missing = missing(&which);
    if missing.is_empty() {
        return Ok(());
    }
    match Family::of_this_machine() {
        Some(Family::Debian) => {
            let named: Vec<_> = missing.iter().map(|need| (need.package(Family::Debian), need.why)).collect();
            apt::install(&named)?;
        }
        other => bail!("{}", by_hand(&missing, other)),
    }
    let left = self::missing(&which);
    if !left.is_empty() {
        let names = left.iter().map(|need| need.probe.to_string()).collect::<Vec<_>>().join(", ");
        bail!("apt installed its packages, but still not found: {names}");
    }
    Ok(())
}

/// Makes sure that LLVM's tools of version `major` are there, and tells where: the folder, and what their names end with.
///
/// # Errors
/// When they are missing and can't be installed here.
pub(crate) fn ensure_llvm_tools(major: &str) -> Result<LlvmTools> {
    if let Some(found) = LlvmTools::find(major) {
        return Ok(found);
    }
    if Family::of_this_machine() == Some(Family::Debian) {
        apt::install(&[(&format!("llvm-{major}"), "reads what instrumented tests have counted")])?;
    }
    LlvmTools::find(major).with_context(|| {
        format!("no llvm-cov of version {major}, the compiler's: install LLVM {major}, or rustup's component llvm-tools")
    })
}

/// LLVM's programs for coverage.
pub(crate) struct LlvmTools {
    /// `llvm-cov`.
    pub(crate) cov: PathBuf,
    /// `llvm-profdata`.
    pub(crate) profdata: PathBuf,
}

impl LlvmTools {
    fn find(major: &str) -> Option<Self> {
        let own = toolchain::tools_dir().unwrap_or_default();
        let places =
            [own, format!("/usr/lib/llvm-{major}/bin").into(), format!("/usr/lib/llvm{major}/bin").into()];
        let tools = places.map(|dir| Self { cov: dir.join("llvm-cov"), profdata: dir.join("llvm-profdata") });
        tools.into_iter().find(|tools| tools.cov.is_file() && tools.profdata.is_file())
    }
}

fn missing(which: impl Fn(&Need) -> bool) -> Vec<&'static Need> {
    table::NEEDS.iter().filter(|need| which(need) && !need.probe.is_there()).collect()
}

/// The packages of some needs, each named once, in the order of the table.
fn packages(needs: &[&Need], family: Family) -> Vec<&'static str> {
    let mut names = Vec::new();
    for need in needs {
        let name = need.package(family);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The sentence for machines without apt: on an unknown distribution it names every family's packages.
fn by_hand(missing: &[&Need], family: Option<Family>) -> String {
    let things = missing.iter().map(|need| need.probe.to_string()).collect::<Vec<_>>().join(", ");
    let families = family.map_or_else(|| Family::ALL.to_vec(), |family| vec![family]);
    let mut text = format!("missing here: {things}; install them and run this again:");
    for family in families {
        let names = packages(missing, family).join(" ");
        let _ = write!(text, "\n  {}: {} {names}", family.name(), family.install_command());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(purpose: Purpose) -> Vec<&'static Need> {
        table::NEEDS.iter().filter(|need| purpose.needs(need)).collect()
    }

    #[test]
    fn each_purpose_needs_what_the_ones_before_it_need() {
        let debian = |purpose| packages(&of(purpose), Family::Debian);
        let (build, run, test) = (debian(Purpose::Build), debian(Purpose::Run), debian(Purpose::Test));
        assert!(build.iter().all(|name| run.contains(name)) && run.iter().all(|name| test.contains(name)));
        assert!(build.contains(&"libspa-0.2-dev") && !build.contains(&"wireplumber"));
        assert!(run.contains(&"pulseaudio-utils") && !run.contains(&"debootstrap"));
        assert!(test.contains(&"debootstrap") && !test.contains(&"libsoxr-dev"));
        let driver = debian(Purpose::Driver);
        assert!(
            driver.iter().all(|name| test.contains(name)) && driver.iter().all(|name| !run.contains(name))
        );
        let bench = debian(Purpose::Bench);
        assert!(bench.contains(&"libsoxr-dev") && !bench.contains(&"debootstrap"));
    }

    #[test]
    fn a_package_of_two_needs_is_named_once() {
        for family in Family::ALL {
            let mut names = packages(&of(Purpose::Test), family);
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{family:?}");
            assert!(names.iter().all(|name| !name.is_empty() && !name.contains(' ')), "{family:?}");
        }
    }

    #[test]
    fn other_distributions_are_told_their_own_names() {
        let text = by_hand(&of(Purpose::Build), Some(Family::Fedora));
        assert!(text.contains("Fedora: dnf install") && text.contains("pipewire-devel"), "{text}");
        assert!(!text.contains("libspa-0.2-dev") && !text.contains("pacman"), "{text}");
        let text = by_hand(&of(Purpose::Build), None);
        for family in Family::ALL {
            assert!(text.contains(family.install_command()), "{text}");
        }
    }
}
