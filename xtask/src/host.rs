//! The Linux distribution underneath, as far as its packages are called differently.

use std::fs;

/// Distributions whose package names we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Debian, Ubuntu and what derives from them: packages come from apt.
    Debian,
    /// Fedora, RHEL and what derives from them.
    Fedora,
    /// Arch and what derives from it.
    Arch,
    /// openSUSE and SLE.
    Suse,
}

impl Family {
    /// The families, in the order in which messages name them.
    pub(crate) const ALL: [Self; 4] = [Self::Debian, Self::Fedora, Self::Arch, Self::Suse];

    /// The family of the machine we run on, if `/etc/os-release` names a known one.
    pub(crate) fn of_this_machine() -> Option<Self> {
        Self::of_os_release(&fs::read_to_string("/etc/os-release").unwrap_or_default())
    }

    /// Reads `ID` and, failing that, `ID_LIKE` (os-release(5)).
    fn of_os_release(text: &str) -> Option<Self> {
        let value = |key: &str| {
            let assigned = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='));
            assigned.map(|value| value.trim_matches(['"', '\'']))
        };
        let ids = [value("ID"), value("ID_LIKE")].into_iter().flatten();
        ids.flat_map(str::split_whitespace).find_map(Self::of_id)
    }

    fn of_id(id: &str) -> Option<Self> {
        match id {
            "debian" | "ubuntu" => Some(Self::Debian),
            "fedora" | "rhel" | "centos" => Some(Self::Fedora),
            "arch" => Some(Self::Arch),
            "suse" | "opensuse" | "opensuse-tumbleweed" | "opensuse-leap" | "sles" => Some(Self::Suse),
            _ => None,
        }
    }

    /// The command line that installs packages there, for messages.
    pub(crate) fn install_command(self) -> &'static str {
        match self {
            Self::Debian => "apt-get install",
            Self::Fedora => "dnf install",
            Self::Arch => "pacman -S --needed",
            Self::Suse => "zypper install",
        }
    }

    /// The name people know it by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Debian => "Debian and Ubuntu",
            Self::Fedora => "Fedora",
            Self::Arch => "Arch",
            Self::Suse => "openSUSE",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn os_release_names_the_family() {
        let cases = [
            ("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n", Some(Family::Debian)),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Some(Family::Debian)),
            ("NAME=Fedora\nID=fedora\nVERSION_ID=42\n", Some(Family::Fedora)),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", Some(Family::Fedora)),
            ("ID=manjaro\nID_LIKE=arch\n", Some(Family::Arch)),
            ("ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n", Some(Family::Suse)),
            ("ID=nixos\n", None),
            ("", None),
        ];
        for (text, family) in cases {
            assert_eq!(Family::of_os_release(text), family, "{text}");
        }
    }
}
