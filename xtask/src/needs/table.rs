//! The table of what is needed: one row for each thing, with its package in each family.

use super::Need;
use super::Purpose::{Bench, Build, Driver, Run, Test};
use super::probe::Probe::{File, Libclang, Library, LibrarySource, Program, SpaPlugin, WindowsLinker};

/// Everything any command needs. The packages stand as Debian, Fedora, Arch, openSUSE.
pub(super) const NEEDS: &[Need] = &[
    Need {
        purpose: Build,
        probe: Program("pkg-config"),
        why: "tells where PipeWire's headers and plugins lie",
        packages: ["pkg-config", "pkgconf-pkg-config", "pkgconf", "pkgconf-pkg-config"],
    },
    Need {
        purpose: Build,
        probe: Library("libspa-0.2"),
        why: "headers that the plugin is built against",
        packages: ["libspa-0.2-dev", "pipewire-devel", "libpipewire", "pipewire-devel"],
    },
    Need {
        purpose: Build,
        probe: Library("libpipewire-0.3"),
        why: "headers that the test clients are built against",
        packages: ["libpipewire-0.3-dev", "pipewire-devel", "libpipewire", "pipewire-devel"],
    },
    Need {
        purpose: Build,
        probe: Libclang,
        why: "reads those headers for Rust",
        packages: ["libclang-dev", "clang-devel", "clang", "clang-devel"],
    },
    Need {
        purpose: Build,
        probe: Program("clang"),
        why: "brings the headers that libclang itself needs",
        packages: ["clang", "clang", "clang", "clang"],
    },
    Need {
        purpose: Run,
        probe: Program("pipewire"),
        why: "the sound daemon that loads the plugin",
        packages: ["pipewire", "pipewire", "pipewire", "pipewire"],
    },
    Need {
        purpose: Run,
        probe: SpaPlugin("audioconvert/libspa-audioconvert.so"),
        why: "PipeWire's own plugins, which surround the cable",
        packages: ["libspa-0.2-modules", "pipewire", "pipewire", "pipewire-spa-plugins-0_2"],
    },
    Need {
        purpose: Run,
        probe: Program("pw-cat"),
        why: "PipeWire's command line clients",
        packages: ["pipewire-bin", "pipewire-utils", "pipewire", "pipewire-tools"],
    },
    Need {
        purpose: Run,
        probe: Program("pw-loopback"),
        why: "a peer to compare with",
        packages: ["pipewire-bin", "pipewire-utils", "pipewire", "pipewire-tools"],
    },
    Need {
        purpose: Run,
        probe: Program("pipewire-pulse"),
        why: "lets PulseAudio's clients play into the cable",
        packages: ["pipewire-pulse", "pipewire-pulseaudio", "pipewire-pulse", "pipewire-pulseaudio"],
    },
    Need {
        purpose: Run,
        probe: Program("wireplumber"),
        why: "the session manager that connects clients",
        packages: ["wireplumber", "wireplumber", "wireplumber", "wireplumber"],
    },
    Need {
        purpose: Run,
        probe: Program("paplay"),
        why: "PulseAudio's clients paplay, parec and pactl",
        packages: ["pulseaudio-utils", "pulseaudio-utils", "libpulse", "pulseaudio-utils"],
    },
    Need {
        purpose: Run,
        probe: Program("dbus-daemon"),
        why: "a private bus for the session manager",
        packages: ["dbus", "dbus-daemon", "dbus", "dbus-1-daemon"],
    },
    Need {
        purpose: Test,
        probe: Program("cc"),
        why: "compiles a C program against the core's header",
        packages: ["gcc", "gcc", "gcc", "gcc"],
    },
    Need {
        purpose: Test,
        probe: Program("c++"),
        why: "compiles that header as C++",
        packages: ["g++", "gcc-c++", "gcc", "gcc-c++"],
    },
    Need {
        purpose: Test,
        probe: Program("debootstrap"),
        why: "unpacks another Debian release with its PipeWire",
        packages: ["debootstrap", "debootstrap", "debootstrap", "debootstrap"],
    },
    Need {
        purpose: Test,
        probe: File("/usr/share/keyrings/debian-archive-keyring.gpg"),
        why: "checks that release's signatures",
        packages: [
            "debian-archive-keyring",
            "debian-keyring",
            "debian-archive-keyring",
            "debian-archive-keyring",
        ],
    },
    Need {
        purpose: Bench,
        probe: Program("c++"),
        why: "compiles the shim around the peers",
        packages: ["g++", "gcc-c++", "gcc", "gcc-c++"],
    },
    Need {
        purpose: Bench,
        probe: File("/usr/include/soxr.h"),
        why: "the SoX resampler, a peer to compare with",
        packages: ["libsoxr-dev", "soxr-devel", "libsoxr", "soxr-devel"],
    },
    Need {
        purpose: Bench,
        probe: File("/usr/include/samplerate.h"),
        why: "Secret Rabbit Code, a peer to compare with",
        packages: ["libsamplerate0-dev", "libsamplerate-devel", "libsamplerate", "libsamplerate-devel"],
    },
    Need {
        purpose: Bench,
        probe: File("/usr/include/speex/speex_resampler.h"),
        why: "Speex's resampler, a peer to compare with",
        packages: ["libspeexdsp-dev", "speexdsp-devel", "speexdsp", "speexdsp-devel"],
    },
    Need {
        purpose: Bench,
        probe: File("/usr/include/zita-resampler/vresampler.h"),
        why: "the zita resampler, a peer to compare with",
        packages: ["libzita-resampler-dev", "zita-resampler-devel", "zita-resampler", "zita-resampler-devel"],
    },
    Need {
        purpose: Bench,
        probe: Program("spa-resample"),
        why: "PipeWire's resampler as a program, a peer to compare with",
        packages: ["pipewire-bin", "pipewire-utils", "pipewire", "pipewire-tools"],
    },
    Need {
        purpose: Driver,
        probe: LibrarySource,
        why: "builds the driver and the core for targets that no toolchain here brings",
        packages: ["rustc-web", "rust-src", "rust-src", "rust-src"],
    },
    Need {
        purpose: Driver,
        probe: LibrarySource,
        why: "runs that compiler",
        packages: ["cargo-web", "rust-src", "rust-src", "rust-src"],
    },
    Need {
        purpose: Driver,
        probe: LibrarySource,
        why: "the library's source, to be built for those targets",
        packages: ["rust-web-src", "rust-src", "rust-src", "rust-src"],
    },
    Need {
        purpose: Driver,
        probe: WindowsLinker,
        why: "links the driver",
        packages: ["lld", "lld", "lld", "lld"],
    },
];
