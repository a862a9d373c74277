//! `cargo xtask install` and `uninstall`: two files, and nothing else, on the user's machine.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use super::build;
use crate::{exports, needs, process, workspace};

const DROP_IN: &str = "50-vcable.conf";
const SYSTEM_DROP_INS: &str = "/usr/share/pipewire/pipewire.conf.d";

/// Options of `install` and `uninstall`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Put the drop-in into ~/.config/pipewire, for this user alone
    #[arg(long)]
    user: bool,
    /// Put this folder before every path, as packagers do
    #[arg(long, value_name = "DIR")]
    destdir: Option<PathBuf>,
}

/// The two files that make an installation.
struct Places {
    plugin: PathBuf,
    drop_in: PathBuf,
    /// Whether the drop-in lies among the user's own files, which the user may have edited.
    drop_in_is_users: bool,
}

impl Places {
    fn of(args: &Args) -> Result<Self> {
        let plugins = needs::spa_plugin_dir().context(
            "pkg-config does not know where PipeWire keeps its plugins: install libspa-0.2-dev (pipewire-devel)",
        )?;
        let config_home =
            std::env::var_os("XDG_CONFIG_HOME").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let drop_ins = if args.user {
            let config = config_home.or_else(|| Some(home?.join(".config")));
            config.context("neither XDG_CONFIG_HOME nor HOME is set")?.join("pipewire/pipewire.conf.d")
        } else {
            SYSTEM_DROP_INS.into()
        };
        Ok(Self::below(args.destdir.as_deref(), &plugins, &drop_ins, args.user))
    }

    fn below(destdir: Option<&Path>, plugins: &Path, drop_ins: &Path, drop_in_is_users: bool) -> Self {
        let place = |dir: &Path| match destdir {
            Some(destdir) => destdir.join(dir.strip_prefix("/").unwrap_or(dir)),
            None => dir.to_owned(),
        };
        Self {
            plugin: place(plugins).join("vcable").join(exports::FILE_NAME),
            drop_in: place(drop_ins).join(DROP_IN),
            drop_in_is_users,
        }
    }

    /// Whether the user changed the drop-in, so that it is theirs to keep.
    fn drop_in_was_edited(&self) -> bool {
        let there = std::fs::read(&self.drop_in).ok();
        self.drop_in_is_users && there.is_some() && there != std::fs::read(shipped_drop_in()).ok()
    }
}

fn shipped_drop_in() -> PathBuf {
    workspace::root().join("pipewire-conf").join(DROP_IN)
}

/// Builds the plugin and installs it with its drop-in.
///
/// # Errors
/// When something needed is missing, the build fails, or a file can't be written.
pub(crate) fn install(args: &Args) -> Result<ExitCode> {
    needs::ensure(needs::Purpose::Build)?;
    let places = Places::of(args)?;
    let built = build::plugin(false)?;
    put(&built.path, &places.plugin, "755")?;
    if places.drop_in_was_edited() {
        println!("kept      {} (it differs from the shipped one)", places.drop_in.display());
    } else {
        put(&shipped_drop_in(), &places.drop_in, "644")?;
    }
    println!("\nTo undo it: {}", undo(args));
    say_restart(args, "To use it:  ");
    Ok(ExitCode::SUCCESS)
}

fn undo(args: &Args) -> String {
    let mut line = "cargo xtask uninstall".to_owned();
    if args.user {
        line.push_str(" --user");
    }
    if let Some(destdir) = &args.destdir {
        line = format!("{line} --destdir {}", destdir.display());
    }
    line
}

/// Removes what [`install`] put there, and its folder when nothing else is in it.
///
/// # Errors
/// When a file can't be removed.
pub(crate) fn uninstall(args: &Args) -> Result<ExitCode> {
    let places = Places::of(args)?;
    if places.drop_in_was_edited() {
        println!("kept      {} (it differs from the shipped one)", places.drop_in.display());
    } else {
        remove(&places.drop_in)?;
    }
    remove(&places.plugin)?;
    if let Some(folder) = places.plugin.parent().filter(|folder| is_empty(folder)) {
        process::run(with_rights_to(folder, "rmdir")?.arg(folder))?;
    }
    say_restart(args, "\nTo stop using it: ");
    Ok(ExitCode::SUCCESS)
}

/// The running daemon knows nothing of changed files; of a packager's folder it need not know.
fn say_restart(args: &Args, what_for: &str) {
    if args.destdir.is_none() {
        println!("{what_for}systemctl --user restart pipewire");
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// Installs one file, making the folders above it.
fn put(from: &Path, to: &Path, mode: &str) -> Result<()> {
    if !from.is_file() {
        bail!("{} is missing from the source tree", from.display());
    }
    process::run(with_rights_to(to, "install")?.args(["-D", "-m", mode]).arg(from).arg(to))?;
    println!("installed {}", to.display());
    Ok(())
}

fn remove(file: &Path) -> Result<()> {
    if file.symlink_metadata().is_err() {
        println!("not there {}", file.display());
        return Ok(());
    }
    process::run(with_rights_to(file, "rm")?.arg(file))?;
    println!("removed   {}", file.display());
    Ok(())
}

/// A command that may write at `path`: our own when the nearest folder is ours to write to, else root's.
fn with_rights_to(path: &Path, program: &str) -> Result<Command> {
    let folder = path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
    let ours = Command::new("test").arg("-w").arg(folder).status().is_ok_and(|status| status.success());
    if ours { Ok(Command::new(program)) } else { process::as_root(program) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(destdir: Option<&Path>, is_users: bool) -> Places {
        Places::below(destdir, Path::new("/usr/lib/spa-0.2"), Path::new("/conf.d"), is_users)
    }

    #[test]
    fn a_destdir_goes_before_every_path() {
        let places = below(Some(Path::new("/stage")), false);
        assert_eq!(places.plugin, Path::new("/stage/usr/lib/spa-0.2/vcable/libspa-vcable.so"));
        assert_eq!(places.drop_in, Path::new("/stage/conf.d/50-vcable.conf"));
        assert_eq!(below(None, false).drop_in, Path::new("/conf.d/50-vcable.conf"));
    }

    #[test]
    fn files_come_and_go_without_a_trace() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("a/b/to"));
        std::fs::write(&from, "x").unwrap();
        put(&from, &to, "644").unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"x");
        remove(&to).unwrap();
        remove(&to).unwrap();
        assert!(is_empty(to.parent().unwrap()));
        assert!(put(&dir.path().join("absent"), &to, "644").is_err());
    }

    #[test]
    fn only_a_users_own_edits_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("conf.d")).unwrap();
        assert!(!below(Some(dir.path()), true).drop_in_was_edited());
        std::fs::write(dir.path().join("conf.d").join(DROP_IN), "# edited\n").unwrap();
        assert!(below(Some(dir.path()), true).drop_in_was_edited());
        assert!(!below(Some(dir.path()), false).drop_in_was_edited());
    }

    #[test]
    fn undoing_takes_the_same_options() {
        let args = Args { user: true, destdir: Some("/stage".into()) };
        assert_eq!(undo(&args), "cargo xtask uninstall --user --destdir /stage");
    }
}
