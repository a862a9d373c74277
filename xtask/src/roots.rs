//! Folders with another Debian release in them, so that one machine can test several PipeWire releases.
//!
//! Made by debootstrap, or from another root and its release's backports, and kept between runs under
//! `${XDG_CACHE_HOME:-~/.cache}/vcable/roots`. A root is made beside its place and renamed into it, so that a run
//! that was cut off leaves no half root; the recipe it was made by is written inside, so that a changed recipe makes
//! it anew.

mod mirror;
mod release;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

pub(crate) use release::{RELEASES, Release};

/// The recipe's name inside a root.
const STAMP: &str = ".vcable-recipe";

/// Makes sure that the root of `release` is there, and gives its folder. Making it takes about a minute.
///
/// # Errors
/// When debootstrap or apt fails, or an old root is in use and can't be replaced.
pub(crate) fn ensure(release: &Release) -> Result<PathBuf> {
    let (name, recipe) = (release.name, release.recipe());
    let roots = cache_dir()?.join("roots");
    let place = roots.join(name);
    if is_current(&place, &recipe) {
        return Ok(place);
    }
    fs::create_dir_all(&roots).with_context(|| format!("{} can't be made", roots.display()))?;
    let fresh = roots.join(format!(".{name}.{}", std::process::id()));
    let made = make(release, &fresh).and_then(|()| put_in_place(&fresh, &place, &recipe));
    if made.is_err() && fresh.exists() {
        remove(&fresh).context("a half-made root is left")?;
    }
    made.with_context(|| format!("the {name} root could not be made"))?;
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

fn make(release: &Release, root: &Path) -> Result<()> {
    match release.base {
        None => bootstrap(release, root)?,
        Some(base) => backport(release, base, root)?,
    }
    process::run(inside(root)?.args(["apt-get", "clean"]))?;
    eprintln!("{} has PipeWire {}", release.name, pipewire_version(root)?);
    Ok(())
}

fn bootstrap(release: &Release, root: &Path) -> Result<()> {
    let (suite, mirror) = (release.name, mirror::of_this_machine());
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
    process::run(inside(root)?.args(INSTALL).args(release.packages))
}

/// A copy of the release's own root, with newer packages in it.
fn backport(release: &Release, base: &Release, root: &Path) -> Result<()> {
    let (suite, mirror, plain) = (release.name, mirror::of_this_machine(), ensure(base)?);
    eprintln!("Adding {suite} from {mirror} to a copy of {}", plain.display());
    process::run(
        process::as_root("cp")?.args(["--archive", "--one-file-system"]).arg("--").args([&plain, root]),
    )?;
    let list = "/etc/apt/sources.list.d/backports.list";
    let source = format!("echo 'deb {mirror} {suite} main' > {list}");
    process::run(inside(root)?.args(["sh", "-c", &source]))?;
    // Without this mode, a list that can't be had is only a warning.
    let update = ["apt-get", "update", "-o", "APT::Update::Error-Mode=any"];
    process::run(inside(root)?.args(update))
        .with_context(|| format!("{mirror} does not give {suite}: it is the source of a newer PipeWire"))?;
    process::run(inside(root)?.args(INSTALL).args(["--target-release", suite]).args(release.packages))?;
    let (old, new) = (pipewire_version(&plain)?, pipewire_version(root)?);
    if old == new {
        bail!("{suite} has no other PipeWire than {}: {new}", base.name);
    }
    Ok(())
}

/// How packages are installed in a root.
const INSTALL: [&str; 4] = ["apt-get", "install", "--yes", "--no-install-recommends"];

/// Such as `1.4.2`.
fn pipewire_version(root: &Path) -> Result<String> {
    let said = process::stdout_of(inside(root)?.args(["pipewire", "--version"])).unwrap_or_default();
    let version = said.lines().find_map(|line| line.trim().strip_prefix("Linked with libpipewire "));
    Ok(version.with_context(|| format!("no PipeWire in {}", root.display()))?.to_owned())
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
        let recipes: Vec<_> = RELEASES.iter().map(Release::recipe).collect();
        let [plain, backports] = recipes.as_slice() else { panic!("{recipes:?}") };
        assert!(!is_current(&root, plain));
        fs::create_dir(&root).unwrap();
        assert!(!is_current(&root, plain), "a half root has no stamp");
        fs::write(root.join(STAMP), plain).unwrap();
        assert!(is_current(&root, plain));
        assert!(!is_current(&root, backports));
        assert!(!is_current(&root, &plain.replace("dbus\n", "")));
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
