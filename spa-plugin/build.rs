//! Gives the shared object its name: packagers and `dlopen` users look for `libspa-vcable.so`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libspa-vcable.so");
}
