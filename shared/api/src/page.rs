//! Pages of lists, cut to what fits into a response.

use serde::Serialize;
use store::table::page::{MAX_PAGE_BYTES, Page};

use crate::bytes_in_response;

/// The bodies of the items of a page, as many as take [`MAX_PAGE_BYTES`] in the response, but at least one. `position` is
/// what [`Page::next`] would be if the page ended with this item. The next page begins after the last item that was kept.
///
/// The store has cut the page already, by the size of the stored items. A text of quotation marks or control characters
/// takes up to seven times as many bytes in a response.
pub fn fitting<T, B: Serialize>(page: Page<T>, position: impl Fn(&T) -> String, body: impl Fn(T) -> B) -> Page<B> {
    let mut kept = Page { items: Vec::new(), next: page.next };
    let (mut bytes, mut last) = (0, None);
    for item in page.items {
        let here = position(&item);
        let body = body(item);
        bytes += bytes_in_response(&body);
        if bytes > MAX_PAGE_BYTES && last.is_some() {
            kept.next = last;
            break;
        }
        kept.items.push(body);
        last = Some(here);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_before_the_item_that_does_not_fit() {
        let page = |texts: &[&str]| Page {
            items: texts.iter().map(|text| (*text).to_owned()).collect(),
            next: Some("after all".to_owned()),
        };
        let cut = |texts: &[&str]| fitting(page(texts), |text| text[..1].to_owned(), |text| text);
        let kept = cut(&["a", "b"]);
        assert_eq!((kept.items.len(), kept.next.as_deref()), (2, Some("after all")), "nothing is cut");

        // Each quotation mark takes four bytes.
        let half = format!("x{}", "\"".repeat(MAX_PAGE_BYTES / 8));
        let whole = half.repeat(3);
        let kept = cut(&["a", &half, &half, "b"]);
        assert_eq!((kept.items.len(), kept.next.as_deref()), (2, Some("x")), "the next page begins after the second");
        let kept = cut(&[&whole, "b"]);
        assert_eq!((kept.items.len(), kept.next.as_deref()), (1, Some("x")), "a page has at least one item");
    }
}
