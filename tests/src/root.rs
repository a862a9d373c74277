//! Where programs come from: this machine's own PipeWire, or the one inside a root folder.
//!
//! A root folder is entered in a mount namespace of its own, so nothing stays mounted however the program
//! ends. `/proc`, `/dev` (with `/dev/shm`), `/sys` and `/tmp` are the host's: sockets and files of a test
//! have one path on both sides.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, bail, ensure};

/// The environment variable that names the roots to test besides the host: `trixie=/path:other=/path`.
pub const ROOTS_VARIABLE: &str = "VCABLE_TEST_ROOTS";

/// Binds the host's folders into the root and becomes the program: one process, no wrapper left over.
const ENTER: &str = r#"root=$1; shift
for dir in proc dev sys tmp; do mount --rbind "/$dir" "$root/$dir" || exit 125; done
exec setpriv --pdeathsig "$VCABLE_DEATH_SIGNAL" chroot "$root" "$@""#;

/// Whether a program dies with the thread that started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Killed by the kernel when the starting *thread* ends, even by a crash.
    Bound,
    /// Goes on; for `demo --keep`.
    Free,
}

/// How the kernel schedules a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduling {
    /// As any other program.
    Normal,
    /// Real time (`SCHED_FIFO`) above `PipeWire`'s data threads, where the user may. A client that serves its
    /// stream from an ordinary thread must do so within a cycle or two, and `PipeWire` does not wait for it: late,
    /// it would be heard as a fault of the cable.
    RealTime,
}

/// Above the priorities of `PipeWire`'s data threads, 83 and 88: a client's main thread that its data thread wakes
/// serves the stream before anything else goes on.
const PRIORITY: &str = "90";

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Host,
    Folder { path: PathBuf, user_namespace: bool },
}

/// A set of installed programs: the host's or those of a root folder.
#[derive(Clone, Debug)]
pub struct Root {
    name: String,
    place: Place,
    version: String,
    plugin_dir: PathBuf,
}

impl Root {
    /// The machine's own PipeWire, under the name `host`.
    ///
    /// # Errors
    /// No `pipewire` in the path, or no SPA plugin folder found.
    pub fn host() -> Result<Self> {
        Self::probe("host", Place::Host)
    }

    /// The PipeWire inside a debootstrap folder.
    ///
    /// # Errors
    /// The folder cannot be entered (neither root nor user namespaces), or has no PipeWire.
    pub fn folder(name: &str, path: &Path) -> Result<Self> {
        let path = path.canonicalize().with_context(|| format!("root folder {}", path.display()))?;
        let user_namespace = !rustix::process::geteuid().is_root();
        let place = Place::Folder { path, user_namespace };
        let true_works = start(&place, "true", Lifetime::Bound, Scheduling::Normal)
            .stdin(Stdio::null())
            .output()
            .context("unshare (package util-linux)")?;
        ensure!(
            true_works.status.success(),
            "cannot enter the root folder {name}: {} (needs root, or user namespaces for this user)",
            String::from_utf8_lossy(&true_works.stderr).trim()
        );
        Self::probe(name, place)
    }

    /// All roots of this run: the host first, then those of [`ROOTS_VARIABLE`]. A root that cannot be used
    /// comes with the reason, for the caller to report as skipped.
    pub fn all() -> Vec<(String, Result<Self>)> {
        let mut roots = vec![("host".to_owned(), Self::host())];
        let listed = std::env::var(ROOTS_VARIABLE).unwrap_or_default();
        for entry in listed.split(':').filter(|entry| !entry.is_empty()) {
            let (name, path) = entry.split_once('=').unwrap_or((entry, entry));
            roots.push((name.to_owned(), Self::folder(name, Path::new(path))));
        }
        roots
    }

    fn probe(name: &str, place: Place) -> Result<Self> {
        let output = start(&place, "pipewire", Lifetime::Bound, Scheduling::Normal)
            .arg("--version")
            .output()
            .with_context(|| format!("starting pipewire of {name}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("Linked with libpipewire "))
            .with_context(|| format!("no PipeWire in {name}: {}", String::from_utf8_lossy(&output.stderr)))?
            .to_owned();
        let mut root = Self { name: name.to_owned(), place, version, plugin_dir: PathBuf::new() };
        root.plugin_dir = root.find_plugin_dir()?;
        Ok(root)
    }

    fn find_plugin_dir(&self) -> Result<PathBuf> {
        for lib in ["usr/lib", "usr/lib64", "usr/local/lib"] {
            let lib = Path::new("/").join(lib);
            let mut candidates = vec![lib.join("spa-0.2")];
            if let Ok(entries) = std::fs::read_dir(self.outside(&lib)) {
                candidates.extend(entries.flatten().map(|entry| lib.join(entry.file_name()).join("spa-0.2")));
            }
            let support = "support/libspa-support.so";
            if let Some(found) = candidates.into_iter().find(|dir| self.outside(&dir.join(support)).exists())
            {
                return Ok(found);
            }
        }
        bail!("no SPA plugin folder in {}", self.name)
    }

    /// The name it was given, `host` for the machine itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// PipeWire's version, such as `1.4.2`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether PipeWire is at least this version.
    pub fn at_least(&self, major: u32, minor: u32, patch: u32) -> bool {
        let mut parts = self.version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0);
        (next(), next(), next()) >= (major, minor, patch)
    }

    /// The folder of the root's own SPA plugins, as seen inside.
    pub fn plugin_dir(&self) -> &Path {
        &self.plugin_dir
    }

    /// A path inside the root as seen from outside.
    pub fn outside(&self, inside: &Path) -> PathBuf {
        match &self.place {
            Place::Host => inside.to_owned(),
            Place::Folder { path, .. } => path.join(inside.strip_prefix("/").unwrap_or(inside)),
        }
    }

    /// Whether the program is installed.
    pub fn has(&self, program: &str) -> bool {
        self.command("sh", Lifetime::Bound)
            .args(["-c", &format!("command -v {program}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// A command that starts `program` of this root in a process group of its own.
    pub fn command(&self, program: impl AsRef<OsStr>, lifetime: Lifetime) -> Command {
        start(&self.place, program, lifetime, Scheduling::Normal)
    }

    /// As [`Root::command`], scheduled as told; see [`may_run_in_real_time`].
    pub fn command_scheduled(
        &self,
        program: impl AsRef<OsStr>,
        lifetime: Lifetime,
        scheduling: Scheduling,
    ) -> Command {
        start(&self.place, program, lifetime, scheduling)
    }
}

/// Whether this user may start programs with real-time scheduling.
pub fn may_run_in_real_time() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let mut command = Command::new("chrt");
        command.args(["--fifo", PRIORITY, "true"]).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

fn start(place: &Place, program: impl AsRef<OsStr>, lifetime: Lifetime, scheduling: Scheduling) -> Command {
    use std::os::unix::process::CommandExt as _;
    let signal = match lifetime {
        Lifetime::Bound => "KILL",
        Lifetime::Free => "clear",
    };
    // Wrappers that replace themselves by what follows: one process in the end.
    let mut command = Command::new("env");
    if scheduling == Scheduling::RealTime && may_run_in_real_time() {
        command.args(["chrt", "--fifo", PRIORITY]);
    }
    match place {
        Place::Host => {
            command.args(["setpriv", "--pdeathsig", signal]).arg(program);
        }
        Place::Folder { path, user_namespace } => {
            command.arg("unshare");
            if *user_namespace {
                command.args(["--user", "--map-root-user"]);
            }
            command.args(["--mount", "--propagation", "private", "sh", "-c", ENTER, "enter"]);
            command.arg(path).arg(program);
            command.env("VCABLE_DEATH_SIGNAL", signal);
            command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        }
    }
    // Cargo points this at the toolchain, which is none of the children's business.
    command.env_remove("LD_LIBRARY_PATH").process_group(0);
    command
}
