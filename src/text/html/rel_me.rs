//! The links by which a page says whose it is.
use super::pieces::unescape;

/// Elements whose content is text, whatever it looks like.
const TEXTS: [&str; 8] =
    ["script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp"];

/// The addresses to which a page links with `rel="me"`, as it writes them <https://microformats.org/wiki/rel-me>. What stands in comments, scripts
/// and values is no link.
pub fn rel_me(page: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut rest = page;
    while let Some((_, tag)) = rest.split_once('<') {
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let (name, attributes) = word(tag);
        let mut attributes = Attributes { rest: attributes };
        let mut claim = Claim::default();
        if !name.is_empty() {
            attributes.by_ref().for_each(|(name, value)| claim.note(name, value));
        }
        rest = attributes.rest;
        if ["a", "link"].iter().any(|link| name.eq_ignore_ascii_case(link)) {
            links.extend(claim.address());
        } else if TEXTS.iter().any(|text| name.eq_ignore_ascii_case(text)) {
            rest = behind_text(rest, name);
        }
    }
    links
}

/// The letters with which a tag begins; none of an end tag.
fn word(tag: &str) -> (&str, &str) {
    tag.split_at(tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len()))
}

/// What comes from the end tag of an element on.
fn behind_text<'h>(html: &'h str, element: &str) -> &'h str {
    let ends = html.match_indices("</").map(|(at, _)| html.split_at(at).1);
    let mut ends =
        ends.filter(|end| word(end.trim_start_matches("</")).0.eq_ignore_ascii_case(element));
    ends.next().unwrap_or_default()
}

#[derive(Default)]
struct Claim<'h> {
    is_me: bool,
    href: Option<&'h str>,
}

impl<'h> Claim<'h> {
    fn note(&mut self, name: &str, value: &'h str) {
        if name.eq_ignore_ascii_case("rel") {
            let mut words = value.split_ascii_whitespace();
            self.is_me = words.any(|word| word.eq_ignore_ascii_case("me"));
        } else if name.eq_ignore_ascii_case("href") {
            self.href = Some(value);
        }
    }

    fn address(self) -> Option<String> {
        self.href.filter(|_| self.is_me).map(|href| unescape(href.trim()).into_owned())
    }
}

/// Names and values of a tag; when they are all read, `rest` is what follows it.
struct Attributes<'h> {
    rest: &'h str,
}

impl<'h> Iterator for Attributes<'h> {
    type Item = (&'h str, &'h str);

    fn next(&mut self) -> Option<Self::Item> {
        let blank = |c: char| c.is_ascii_whitespace();
        self.rest = self.rest.trim_start_matches(|c| blank(c) || matches!(c, '/' | '='));
        if self.rest.is_empty() || self.rest.starts_with('>') {
            return None;
        }
        let end = self.rest.find(|c| blank(c) || matches!(c, '=' | '>' | '/'));
        let (name, after) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let Some(value) = after.trim_start().strip_prefix('=').map(str::trim_start) else {
            self.rest = after;
            return Some((name, ""));
        };
        let quoted =
            ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.split_once(quote));
        let bare = || value.split_at(value.find(|c| blank(c) || c == '>').unwrap_or(value.len()));
        let (value, after) = quoted.unwrap_or_else(bare);
        self.rest = after;
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_link_that_says_me_claims_an_address() {
        let page = r#"<!doctype html><title><a rel="me" href="https://x.example/title"></title>
            <LINK HREF='https://x.example/@a?b&amp;c' rel=me>
            <a class="me" href="https://x.example/me">me</a> <a rel="menu" href="https://x.example/menu">
            <a rel="nofollow ME" href=https://x.example/@d>d</a> <a rel="me">nowhere</a>
            <!-- <a rel="me" href="https://x.example/comment"> --> 1 < 2
            <script>"<a rel='me' href='https://x.example/script'>"</script>
            <input disabled value="<a rel='me' href='https://x.example/value'>">
            </a rel="me" href="https://x.example/end">"#;
        assert_eq!(rel_me(page), ["https://x.example/@a?b&c", "https://x.example/@d"]);
    }
}
