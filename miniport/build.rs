//! Nothing to do but with the feature `wdk`: then the WDK's own link settings for drivers.

#[cfg(feature = "wdk")]
fn main() -> Result<(), wdk_build::ConfigError> {
    wdk_build::configure_wdk_binary_build()
}

#[cfg(not(feature = "wdk"))]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
