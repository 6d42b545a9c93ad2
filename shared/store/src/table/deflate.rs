//! Compression of long texts before they are stored, to save read and write units.

use std::io::Read as _;

use flate2::{Compression, read::DeflateDecoder, read::DeflateEncoder};

use crate::StoreError;

/// Inflating stops at this length, in bytes, so that a small item cannot fill the memory. All texts that are written
/// are shorter.
pub(crate) const MAX_INFLATED: u64 = 4 * 1024 * 1024;

pub(crate) fn deflate(text: &str) -> Result<Vec<u8>, StoreError> {
    let mut deflated = Vec::new();
    DeflateEncoder::new(text.as_bytes(), Compression::default()).read_to_end(&mut deflated)?;
    Ok(deflated)
}

pub(crate) fn inflate(deflated: &[u8]) -> Result<String, StoreError> {
    let mut text = String::new();
    DeflateDecoder::new(deflated).take(MAX_INFLATED).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_stored_small_and_inflate_to_the_same_bytes() {
        for text in ["", "short", &"I mended 💳 payments. مرحبا\u{0}\r\n".repeat(9_000)] {
            let deflated = deflate(text).expect("deflated");
            assert_eq!(inflate(&deflated).expect("inflated"), text);
            assert!(text.len() < 1_024 || deflated.len() * 10 < text.len());
        }
    }
}
