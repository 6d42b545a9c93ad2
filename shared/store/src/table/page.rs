//! Pages of lists.

/// A page of a list ends early when its items are larger, in bytes: as they are stored, and then as they are escaped in the
/// response (`api::fitting`). A Lambda response has at most 6 MB. One item alone may be larger, but fits.
pub const MAX_PAGE_BYTES: usize = 2 * 1024 * 1024;

/// A page of a list, newest first.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The cursor of the next page: the sort key, number or id of the last item. `None` on the last page.
    pub next: Option<String>,
}
