//! The laboratory from outside: through its library, and as a program.

mod adversary;
mod architecture;
mod catalogue;
mod cli;
mod clocks;
mod costs;
mod determinism;
mod explorer;
mod gallery;
mod lab;
mod models;
mod replays;
mod summary;
mod unmet;
mod without;
