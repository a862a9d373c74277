//! The Debian mirror that this machine already uses.

use std::fs;
use std::path::{Path, PathBuf};

/// Debian's own mirror network, for machines that name no other.
const DEFAULT: &str = "http://deb.debian.org/debian";

/// The first Debian mirror among apt's sources, or else Debian's own.
pub(super) fn of_this_machine() -> String {
    let below = fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = below.map(|entry| entry.path()).collect();
    files.sort_unstable();
    files.insert(0, Path::new("/etc/apt/sources.list").to_owned());
    let texts = files.iter().filter_map(|file| fs::read_to_string(file).ok());
    texts.into_iter().find_map(|text| of_sources(&text)).unwrap_or_else(|| DEFAULT.to_owned())
}

/// The first Debian archive in a sources file of either form (sources.list(5)).
///
/// Archives end in `/debian`; security updates, other vendors and Ubuntu's archive do not, or are no
/// place to unpack a Debian release from.
fn of_sources(text: &str) -> Option<String> {
    let active = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let relevant = active.filter(|line| line.starts_with("deb ") || line.starts_with("URIs:"));
    let words = relevant.flat_map(str::split_whitespace);
    let urls = words.filter(|word| word.starts_with("http://") || word.starts_with("https://"));
    urls.map(|url| url.trim_end_matches('/')).find(|url| is_debian(url)).map(str::to_owned)
}

fn is_debian(url: &str) -> bool {
    // Vendors end their own archives so too: docker.com/linux/debian, packages.microsoft.com/debian.
    // A mirror of Debian has the path alone, or is one of Debian's hosts.
    let Some((host, path)) = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')) else {
        return false;
    };
    path == "debian" && (host.ends_with("debian.org") || host.contains("mirror") || host.starts_with("ftp."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_sources_are_read() {
        let one_line = "# deb http://ftp.us.debian.org/debian bookworm main\n\
             deb [signed-by=/k.gpg] http://ftp.de.debian.org/debian/ bookworm main\n";
        assert_eq!(of_sources(one_line).as_deref(), Some("http://ftp.de.debian.org/debian"));
        let deb822 = "Types: deb\n# URIs: http://old.example/debian\nURIs: https://mirror.example.org/debian\n\
             Suites: bookworm\n";
        assert_eq!(of_sources(deb822).as_deref(), Some("https://mirror.example.org/debian"));
    }

    #[test]
    fn other_archives_are_passed_over() {
        for url in [
            "http://deb.debian.org/debian-security",
            "http://archive.ubuntu.com/ubuntu",
            "https://download.docker.com/linux/debian",
            "https://packages.example.com/debian",
            "https://deb.nodesource.com/node_20.x",
        ] {
            assert_eq!(of_sources(&format!("deb {url} stable main\n")), None, "{url}");
        }
        assert_eq!(of_sources("deb-src http://deb.debian.org/debian bookworm main\n"), None);
    }
}
