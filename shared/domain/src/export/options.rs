//! What an export is asked for.

wire_enum! { "lowercase"
    /// The form of an exported document.
    #[derive(Default)]
    pub enum Format {
        /// GitHub-flavoured Markdown.
        #[default]
        Markdown,
        /// An HTML page that needs no other file.
        Html,
    }
}

impl Format {
    /// The media type of the exported document.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

wire_enum! { "lowercase"
    /// How an exported document shows what its claims rest on.
    #[derive(Default)]
    pub enum Sources {
        /// A mark after each cited claim, and a list of the sources at the end.
        #[default]
        Footnotes,
        /// Neither marks nor a list.
        None,
    }
}
