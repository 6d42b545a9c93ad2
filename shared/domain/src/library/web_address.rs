//! Web addresses, as browsers read them.

use url::Url;

/// What a field for a web address takes, for errors.
pub const WEB_ADDRESS: &str =
    "must be a web address that begins with https:// or http://, without a name or password in it";

/// The address as browsers write it, with every character encoded that needs it. `None` for another scheme, such as
/// `javascript:`, for an address without a host, and for one that holds a name or a password.
pub fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    (is_plain && url.has_host()).then_some(url)
}

/// The host of a web address.
pub fn web_host(text: &str) -> Option<String> {
    web_address(text)?.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_browsers_read_it() {
        for (text, address, host) in [
            ("https://example.com", "https://example.com/", "example.com"),
            (
                "HTTPS://Example.COM/a b<c>\"d\"?q=é#x",
                "https://example.com/a%20b%3Cc%3E%22d%22?q=%C3%A9#x",
                "example.com",
            ),
            ("https:\\\\example.com\\a", "https://example.com/a", "example.com"),
            ("http://0x7f.1/", "http://127.0.0.1/", "127.0.0.1"),
            ("https://exa\tmple.com/", "https://example.com/", "example.com"),
            ("https://bücher.example", "https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ] {
            assert_eq!(web_address(text).map(String::from).as_deref(), Some(address), "{text}");
            assert_eq!(web_host(text).as_deref(), Some(host), "{text}");
        }
        for text in [
            "",
            "example.com",
            "javascript:alert(1)",
            "https://",
            "https://a@example.com",
            "https://:b@example.com/",
            "data:text/html,x",
            "//example.com",
            "https://exa mple.com",
            "ftp://example.com",
            "https://[::1",
        ] {
            assert_eq!(web_address(text), None, "{text}");
        }
    }
}
