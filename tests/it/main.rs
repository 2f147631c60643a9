//! The laboratory from outside: through its library, and as a program.

mod adversary;
mod architecture;
mod catalogue;
mod cli;
mod clocks;
mod common;
mod compare;
mod costs;
mod determinism;
mod diagram;
mod drawings;
mod explorer;
mod gallery;
mod lab;
mod language;
mod models;
mod moments;
mod own_properties;
mod page;
mod replays;
mod summary;
mod sweep;
mod unmet;
mod versions;
mod without;
