//! Words and addresses that Markdown must not interpret.

use std::ops::Range;

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
    web_address(address)?;
    let mut target = String::with_capacity(address.len() + 2);
    target.push('<');
    for (at, c) in address.char_indices() {
        if c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '[' | ']' | '\\' | '`' | '"' | '|') {
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
