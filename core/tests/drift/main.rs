//! The drift loop in virtual time: the figures it promises, the faults it survives, and the proof that a loop
//! deprived of what makes it work fails the same figures.
#![cfg(not(loom))]

mod day;
mod faults;
mod figures;
mod goals;
mod loops;
mod recovery;
mod simulator;
mod twins;
