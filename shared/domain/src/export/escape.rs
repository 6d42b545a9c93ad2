//! Words and addresses that Markdown must not interpret.

use std::ops::Range;

use url::Host;

use crate::{
    library::web_address::web_address,
    sanitize::markdown::{addresses, as_code},
};

/// Puts a text on one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Puts a text on one line and escapes what Markdown would interpret there: inside of the line, at its beginning, and at
/// the end of a heading. An address becomes code, because readers of Markdown make links of bare addresses.
pub(super) fn plain(text: &str) -> String {
    let line = one_line(text);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let escaped = |words: Range<usize>| {
        let mut escaped = String::with_capacity(words.len());
        for (at, c) in line[words.clone()].char_indices().map(|(at, c)| (words.start + at, c)) {
            let is_inline = matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '~' | '|' | '$');
            // A list item, a heading, or the line below a heading.
            let is_first = at == 0 && matches!(c, '#' | '+' | '-' | '=');
            let is_item = digits > 0 && at == digits && matches!(c, '.' | ')');
            let is_last = c == '#' && at + 1 == line.len();
            if is_inline || is_first || is_item || is_last {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        escaped
    };
    let (mut plain, mut from) = (String::with_capacity(line.len()), 0);
    for address in addresses(&line) {
        plain.push_str(&escaped(from..address.start));
        plain.push_str(&as_code(&line[address.clone()]));
        from = address.end;
    }
    plain.push_str(&escaped(from..line.len()));
    plain
}

/// Like [`one_line`], for the Markdown of a heading. Number signs at the end of a heading would be dropped.
pub(super) fn heading(markdown: &str) -> String {
    let mut line = one_line(markdown);
    if line.ends_with('#') {
        line.insert(line.len() - 1, '\\');
    }
    line
}

/// The target of a link to a web address, or `None` for any other address. Every character that could end the target or
/// begin something else is percent-encoded.
pub(super) fn link_target(address: &str) -> Option<String> {
    let address = address.trim();
    let url = web_address(address)?;
    // An address of IPv6 stands in brackets, and is none without them.
    let brackets = url.host().filter(|host| matches!(host, Host::Ipv6(_))).and_then(|_| address.find(']'));
    let is_of_host = |at: usize, c: char| matches!(c, '[' | ']') && brackets.is_some_and(|end| at <= end);
    let mut target = String::with_capacity(address.len() + 2);
    target.push('<');
    for (at, c) in address.char_indices() {
        let is_special = matches!(c, '<' | '>' | '[' | ']' | '\\' | '`' | '"' | '|') && !is_of_host(at, c);
        if c.is_whitespace() || c.is_control() || is_special {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                target.push_str(&format!("%{byte:02X}"));
            }
        } else {
            if c == '&' && begins_with_entity(&address[at + 1..]) {
                target.push('\\');
            }
            target.push(c);
        }
    }
    target.push('>');
    Some(target)
}

/// Whether `&` before this text would begin an entity such as `&lt;`. The longest name of an entity has 31 letters.
fn begins_with_entity(rest: &str) -> bool {
    let name = rest.bytes().take(40).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').count();
    name > 0 && rest.as_bytes().get(name) == Some(&b';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_of_a_link_has_nothing_that_markdown_interprets() {
        for (address, target) in [
            ("https://git.example.com/a>[b](c)|`\\", "<https://git.example.com/a%3E%5Bb%5D(c)%7C%60%5C>"),
            ("https://git.example.com/&gt;&a", "<https://git.example.com/\\&gt;&a>"),
            ("http://[::1]:8080/[a]", "<http://[::1]:8080/%5Ba%5D>"),
        ] {
            assert_eq!(link_target(address).as_deref(), Some(target));
        }
        assert_eq!(link_target("javascript:alert(1)"), None);
    }
}
