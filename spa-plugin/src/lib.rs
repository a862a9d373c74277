//! `libspa-vcable.so`.
