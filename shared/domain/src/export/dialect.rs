//! The dialect of Markdown in which texts are read.

use pulldown_cmark::Options;

/// The extensions of Markdown that GitHub knows, without footnotes.
pub(crate) const GITHUB: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_GFM);
