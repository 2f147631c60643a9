//! Bivalent: a laboratory of distributed systems. No browser, no clock, no files: see ARCHITECTURE.md.

pub mod adversary;
pub mod canon;
pub mod catalogue;
pub mod draw;
pub mod engine;
pub mod explorer;
pub mod export;
pub mod flp;
pub mod history;
pub mod lab;
pub mod model;
pub mod page;
pub mod process;
pub mod property;
pub mod protocols;
pub mod scenario;
pub mod scene;
pub mod sorted;
pub mod sweep;
