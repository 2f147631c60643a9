//! Bivalent: a laboratory of distributed systems. No browser, no clock, no files: see ARCHITECTURE.md.

pub mod canon;
pub mod quote;
pub mod draw;
pub mod process;
pub mod model;
pub mod engine;
pub mod property;
pub mod history;
pub mod scenario;
pub mod catalogue;
pub mod protocols;
pub mod explorer;
pub mod adversary;
pub mod flp;
pub mod scene;
pub mod export;
pub mod sweep;
pub mod lab;
pub mod page;
