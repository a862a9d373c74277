//! Folders with another Debian release in them, so that one machine can test several PipeWire releases.
//!
//! Made by debootstrap and kept between runs under `${XDG_CACHE_HOME:-~/.cache}/vcable/roots`. A root
//! is made beside its place and renamed into it, so that a run that was cut off leaves no half root; the
//! recipe it was made by is written inside, so that a changed recipe makes it anew.

mod mirror;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// The releases to test beside the machine's own, by their Debian names.
pub(crate) const SUITES: &[&str] = &["trixie"];

/// What a root holds beside Debian's minimum. The same names in every release since Debian 12.
const PACKAGES: &[&str] = &[
    "dbus",
    "libspa-0.2-modules",
    "pipewire",
    "pipewire-bin",
    "pipewire-pulse",
    "pulseaudio-utils",
    "wireplumber",
];

/// The recipe's name inside a root.
const STAMP: &str = ".vcable-recipe";

/// What a root is made of. Two roots of one recipe are as good as each other.
fn recipe(suite: &str) -> String {
    format!("debootstrap minbase {suite}\n{}\n", PACKAGES.join("\n"))
}

/// Makes sure that the root of `suite` is there, and gives its folder. Making it takes about a minute.
///
/// # Errors
/// When debootstrap fails, or an old root is in use and can't be replaced.
pub(crate) fn ensure(suite: &str) -> Result<PathBuf> {
    let roots = cache_dir()?.join("roots");
    let place = roots.join(suite);
    if is_current(&place, &recipe(suite)) {
        return Ok(place);
    }
    fs::create_dir_all(&roots).with_context(|| format!("{} can't be made", roots.display()))?;
    let fresh = roots.join(format!(".{suite}.{}", std::process::id()));
    let made = bootstrap(suite, &fresh).and_then(|()| put_in_place(&fresh, &place, &recipe(suite)));
    if made.is_err() && fresh.exists() {
        remove(&fresh).context("a half-made root is left")?;
    }
    made.with_context(|| format!("the {suite} root could not be made"))?;
    Ok(place)
}

fn cache_dir() -> Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    Ok(cache.context("neither XDG_CACHE_HOME nor HOME is set")?.join("vcable"))
}

/// Whether a finished root of this recipe lies there.
fn is_current(root: &Path, recipe: &str) -> bool {
    fs::read_to_string(root.join(STAMP)).is_ok_and(|stamp| stamp == recipe)
}

fn bootstrap(suite: &str, root: &Path) -> Result<()> {
    let mirror = mirror::of_this_machine();
    eprintln!("Unpacking Debian {suite} from {mirror} into {}", root.display());
    let mut command = process::as_root("debootstrap")?;
    // The certificates are for mirrors behind https.
    command.args(["--variant=minbase", "--include=ca-certificates"]);
    command.arg("--keyring=/usr/share/keyrings/debian-archive-keyring.gpg");
    command.arg(suite).arg(root).arg(mirror);
    let scripts = Path::new("/usr/share/debootstrap/scripts");
    if !scripts.join(suite).exists() {
        // An older debootstrap knows no newer release by name, but all follow sid's script.
        command.arg(scripts.join("sid"));
    }
    process::run(&mut command)?;
    // Not by debootstrap's own --include: it can't choose among alternative dependencies.
    process::run(inside(root)?.args(["apt-get", "update"]))?;
    process::run(
        inside(root)?.args(["apt-get", "install", "--yes", "--no-install-recommends"]).args(PACKAGES),
    )?;
    process::run(inside(root)?.args(["apt-get", "clean"]))
}

/// A command line that goes on inside the root, in an environment that owes nothing to the host's.
fn inside(root: &Path) -> Result<Command> {
    let mut command = process::as_root("chroot")?;
    command.arg(root).args(["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]);
    // Nobody's services may start in here.
    command.args(["RUNLEVEL=1", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]);
    Ok(command)
}

/// Stamps a finished root and moves it to its place, removing an older one there.
fn put_in_place(fresh: &Path, place: &Path, recipe: &str) -> Result<()> {
    // Written as ours and copied in as root, to whom the folder belongs.
    let stamp = fresh.with_extension("recipe");
    fs::write(&stamp, recipe).with_context(|| format!("{} can't be written", stamp.display()))?;
    let written =
        process::as_root("cp").and_then(|mut cp| process::run(cp.arg(&stamp).arg(fresh.join(STAMP))));
    fs::remove_file(&stamp).with_context(|| format!("{} can't be removed", stamp.display()))?;
    written?;
    if place.exists() {
        remove(place)?;
    }
    process::run(process::as_root("mv")?.arg("--no-target-directory").args([fresh, place]))
}

/// Removes a root, unless something is mounted in it: that would be removed with it.
fn remove(root: &Path) -> Result<()> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").context("the list of mounts can't be read")?;
    let full = root.canonicalize().with_context(|| format!("{} can't be found", root.display()))?;
    if let Some(mount) = mounts_below(&mounts, &full).first() {
        bail!("{mount} is still mounted: unmount it and run this again");
    }
    process::run(process::as_root("rm")?.args(["-rf", "--one-file-system"]).arg(root))
}

/// The mount points at or below a folder, from the text of `/proc/self/mountinfo` (proc(5)).
fn mounts_below<'a>(mountinfo: &'a str, folder: &Path) -> Vec<&'a str> {
    let points = mountinfo.lines().filter_map(|line| line.split(' ').nth(4));
    points.filter(|point| Path::new(point).starts_with(folder)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_finished_root_of_this_recipe_is_current() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("trixie");
        assert!(!is_current(&root, &recipe("trixie")));
        fs::create_dir(&root).unwrap();
        assert!(!is_current(&root, &recipe("trixie")), "a half root has no stamp");
        fs::write(root.join(STAMP), recipe("trixie")).unwrap();
        assert!(is_current(&root, &recipe("trixie")));
        assert!(!is_current(&root, &recipe("forky")));
        assert!(!is_current(&root, &recipe("trixie").replace("dbus\n", "")));
    }

    #[test]
    fn a_recipe_names_release_and_packages() {
        let recipe = recipe("trixie");
        assert!(recipe.contains("minbase trixie\n"));
        assert!(PACKAGES.iter().all(|package| recipe.contains(&format!("\n{package}\n"))));
    }

    #[test]
    fn mounts_inside_are_seen() {
        let mountinfo = "\
22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw
30 22 0:5 / /roots/trixie/proc rw - proc proc rw
31 22 0:6 / /roots/trixie-old/dev rw - devtmpfs dev rw
";
        assert_eq!(mounts_below(mountinfo, Path::new("/roots/trixie")), ["/roots/trixie/proc"]);
        assert!(mounts_below(mountinfo, Path::new("/other")).is_empty());
    }
}
