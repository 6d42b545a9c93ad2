//! Long texts are stored deflated.

use std::io::Read as _;

use flate2::{Compression, read::DeflateDecoder, read::DeflateEncoder};

use crate::StoreError;

/// Longer texts are deflated, in bytes.
pub(crate) const DEFLATE_FROM: usize = 1_024;
/// No text is longer than this when inflated, in bytes: what a block can hold, with room.
const MAX_INFLATED: u64 = 4 * 1024 * 1024;

/// A text, small.
pub(crate) fn deflate(text: &str) -> Result<Vec<u8>, StoreError> {
    let mut deflated = Vec::new();
    DeflateEncoder::new(text.as_bytes(), Compression::default()).read_to_end(&mut deflated)?;
    Ok(deflated)
}

/// The text that [`deflate`] has made small.
pub(crate) fn inflate(deflated: &[u8]) -> Result<String, StoreError> {
    let mut text = String::new();
    DeflateDecoder::new(deflated).take(MAX_INFLATED).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_stored_small_and_come_back_to_the_byte() {
        for text in ["", "short", &"I mended 💳 payments. مرحبا\u{0}\r\n".repeat(9_000)] {
            let deflated = deflate(text).expect("deflated");
            assert_eq!(inflate(&deflated).expect("inflated"), text);
            assert!(text.len() < DEFLATE_FROM || deflated.len() * 10 < text.len());
        }
    }
}
