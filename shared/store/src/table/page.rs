//! Pages of lists.

/// A page of a list ends early when its items are larger, in bytes. A Lambda response has at most 6 MB, and the body is
/// escaped again inside this response.
pub const MAX_PAGE_BYTES: usize = 2 * 1024 * 1024;

/// A page of a list, newest first.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The cursor of the next page: the sort key, number or id of the last item. `None` on the last page.
    pub next: Option<String>,
}
