//! The protocols that the page begins with.

use bivalent::catalogue::Catalogue;
use std::sync::LazyLock;

/// The catalogue of this crate, made once.
pub(super) fn builtin() -> &'static Catalogue {
    static BUILTIN: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);
    &BUILTIN
}
