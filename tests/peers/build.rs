//! Compiles the shim around the peers' libraries and links them, if the feature asks for it.

fn main() {
    println!("cargo::rerun-if-changed=src/shim.cc");
    #[cfg(feature = "peers")]
    {
        cc::Build::new().cpp(true).std("c++17").opt_level(2).file("src/shim.cc").compile("peers_shim");
        for library in ["soxr", "samplerate", "speexdsp", "zita-resampler"] {
            println!("cargo::rustc-link-lib={library}");
        }
    }
}
