//! HTML from elsewhere made safe, and HTML and names made plain text.
use ammonia::{Builder, UrlRelative};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::LazyLock,
};
use unicode_segmentation::UnicodeSegmentation;

mod cost;
mod pieces;
mod rel_me;
use pieces::{Piece, Pieces, Tag};
pub use rel_me::rel_me;

/// Bytes of HTML that are looked at; the rest is cut off.
pub const MAX_INPUT: usize = 256 << 10;

/// Elements that stay: what Mastodon keeps since 4.2.
const ELEMENTS: [&str; 28] = [
    "p",
    "br",
    "span",
    "a",
    "abbr",
    "del",
    "s",
    "pre",
    "blockquote",
    "code",
    "b",
    "strong",
    "u",
    "sub",
    "sup",
    "i",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "ul",
    "ol",
    "li",
    "ruby",
    "rt",
    "rp",
];

/// Elements that go, but whose neighbours must not run together into one word.
const SPACERS: [&str; 27] = [
    "address",
    "article",
    "aside",
    "caption",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h6",
    "header",
    "hr",
    "main",
    "nav",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "center",
];

/// Elements that go with everything in them.
const DROPPED: [&str; 8] =
    ["script", "style", "iframe", "noscript", "noembed", "noframes", "template", "textarea"];

const SCHEMES: [&str; 10] =
    ["http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet"];

/// Microformats and the classes by which clients know mentions, tags and shortened links.
const CLASS_PREFIXES: [&str; 5] = ["h-", "p-", "u-", "dt-", "e-"];
const CLASSES: [&str; 5] = ["mention", "hashtag", "ellipsis", "invisible", "quote-inline"];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::empty();
    cleaner
        .tags(ELEMENTS.into_iter().chain(SPACERS).chain(["img"]).collect())
        .clean_content_tags(DROPPED.into())
        .generic_attributes(["lang"].into())
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "rel", "class", "title", "translate"])),
            ("abbr", ["title"].into()),
            ("span", ["class", "translate"].into()),
            ("blockquote", ["cite"].into()),
            ("ol", ["start", "reversed"].into()),
            ("li", ["value"].into()),
            ("p", ["class"].into()),
            ("img", ["src", "alt"].into()),
        ]))
        .url_schemes(SCHEMES.into())
        .url_relative(UrlRelative::Deny)
        .link_rel(None)
        .attribute_filter(|_, attribute, value| filter(attribute, value));
    cleaner
});

/// Makes HTML safe to show: the elements, attributes, classes and link schemes that Mastodon keeps, images as links, the text of
/// everything else. Safe for its own output; input beyond [`MAX_INPUT`] is cut off.
pub fn sanitise(html: &str) -> String {
    let html = without_overrides(cut(html, MAX_INPUT));
    if cost::is_excessive(&html) {
        return format!("<p>{}</p>", escape(without_tags(&html).trim()));
    }
    rewrite(&CLEANER.clean(&html).to_string())
}

/// The text of HTML: paragraphs set off by blank lines, list items by dashes. For previews, notifications, mails and search.
pub fn plain_text(html: &str) -> String {
    let clean = sanitise(html);
    let mut text = Lines::default();
    for piece in Pieces::new(&clean) {
        match piece {
            Piece::Text(words) => text.push(&pieces::unescape(words)),
            Piece::Open(tag) => match tag.name() {
                "br" => text.breaks += 1,
                "li" => text.item(),
                "pre" => text.preformatted(true),
                name => text.block(name),
            },
            Piece::Close("pre") => text.preformatted(false),
            Piece::Close(name) => text.block(name),
        }
    }
    text.out
}

/// A name or title: one line without tags, control and invisible characters, at most `max_chars` characters as people count.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let text = without_tags(cut(text, 16 << 10));
    let mut line = String::new();
    let mut blank = None;
    for c in text.chars() {
        if c.is_whitespace() {
            // The ideographic space between family and given name stays.
            blank = blank.or(Some(if c == '\u{3000}' { c } else { ' ' }));
        } else if !is_hidden(c) {
            if !line.is_empty() {
                line.extend(blank);
            }
            blank = None;
            line.push(c);
        }
    }
    // One "character" can be a tower of hundreds of accents; the longest emoji has 11 code points.
    let characters = line.graphemes(true).take(max_chars);
    characters.flat_map(|character| character.chars().take(16)).collect()
}

/// Text for an element or an attribute value.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Control characters, direction controls and characters that show nothing. Joiners are none: emoji and Persian need them.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'
            | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}')
}

/// At most `bytes` bytes, cut between characters.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

/// Takes out control characters and the two direction overrides, which turn words round and which no language needs.
fn without_overrides(html: &str) -> Cow<'_, str> {
    let bad = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\r' | '\t') || matches!(c, '\u{202d}' | '\u{202e}')
    };
    if html.contains(bad) { html.replace(bad, "").into() } else { html.into() }
}

/// Text without anything that looks like a tag; a lone `<` is text.
fn without_tags(text: &str) -> String {
    let mut parts = text.split('<');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_tag = part.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        match part.split_once('>') {
            Some((_, rest)) if is_tag => out.push_str(rest),
            _ => {
                out.push('<');
                out.push_str(part);
            }
        }
    }
    out
}

/// Which values an allowed attribute may have.
fn filter<'v>(attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let kept = |keep: &dyn Fn(&str) -> bool| {
        let words: Vec<&str> = value.split_ascii_whitespace().filter(|w| keep(w)).collect();
        (!words.is_empty()).then(|| words.join(" ").into())
    };
    match attribute {
        "class" => kept(&|class| {
            CLASSES.contains(&class) || CLASS_PREFIXES.iter().any(|p| class.starts_with(p))
        }),
        "rel" => kept(&|rel| matches!(rel, "tag" | "me")),
        // Not one of the attributes whose scheme the library checks.
        "cite" => value.starts_with("https://").then(|| value.into()),
        "translate" => (value == "no").then(|| value.into()),
        "start" | "value" => value.parse::<i32>().is_ok().then(|| value.into()),
        "lang" => {
            let fits =
                value.len() <= 35 && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            fits.then(|| value.into())
        }
        _ => Some(value.into()),
    }
}

/// The second pass: links get their `rel`, links without an address become text, images become links.
fn rewrite(clean: &str) -> String {
    let mut out = String::with_capacity(clean.len() + clean.len() / 4);
    // One entry for each open <a>: true if it was written. Nested ones come from taken-out tables.
    let mut links: Vec<bool> = Vec::new();
    for piece in Pieces::new(clean) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Open(tag) if tag.name() == "a" => {
                let written = !links.contains(&true) && open_link(&mut out, &tag);
                links.push(written);
            }
            Piece::Close("a") => {
                if links.pop() == Some(true) {
                    out.push_str("</a>");
                }
            }
            Piece::Open(tag) if tag.name() == "img" => {
                image(&mut out, &tag, links.contains(&true));
            }
            Piece::Open(tag) if SPACERS.contains(&tag.name()) => out.push(' '),
            Piece::Close(name) if SPACERS.contains(&name) => out.push(' '),
            Piece::Open(tag) => tag.write(&mut out),
            Piece::Close(name) => {
                out.push_str("</");
                out.push_str(name);
                out.push('>');
            }
        }
    }
    out
}

const REL: &str = "nofollow noopener noreferrer";

fn open_link(out: &mut String, tag: &Tag<'_>) -> bool {
    if tag.attribute("href").is_none() {
        return false;
    }
    out.push_str("<a");
    for (name, value) in tag.attributes().filter(|(name, _)| *name != "rel") {
        out.extend([" ", name, "=\"", value, "\""]);
    }
    out.push_str(" rel=\"");
    if let Some(rel) = tag.attribute("rel") {
        out.extend([rel, " "]);
    }
    out.extend([REL, "\">"]);
    true
}

fn image(out: &mut String, tag: &Tag<'_>, in_link: bool) {
    let alt = tag.attribute("alt").unwrap_or_default();
    let alt = alt.replace("&quot;", "\"");
    match tag.attribute("src").filter(|src| src.starts_with("http") && !in_link) {
        Some(src) => out.extend(["<a href=\"", src, "\" rel=\"", REL, "\">[🖼 ", &alt, "]</a>"]),
        None if alt.is_empty() => {}
        None => out.extend(["[🖼 ", &alt, "]"]),
    }
}

/// Text under construction; blanks and breaks wait until the next word.
#[derive(Default)]
struct Lines {
    out: String,
    blank: bool,
    breaks: usize,
    preformatted: bool,
}

impl Lines {
    fn push(&mut self, words: &str) {
        for c in words.chars() {
            if self.preformatted {
                self.flush();
                self.out.push(c);
            } else if c.is_ascii_whitespace() {
                self.blank = true;
            } else {
                self.flush();
                self.out.push(c);
            }
        }
    }

    fn block(&mut self, name: &str) {
        match name {
            "p" | "blockquote" | "h1" | "h2" | "h3" | "h4" | "h5" => {
                self.breaks = self.breaks.max(2);
            }
            "ul" | "ol" | "li" => self.breaks = self.breaks.max(1),
            _ => {}
        }
    }

    fn item(&mut self) {
        self.breaks = self.breaks.max(1);
        self.flush();
        self.out.push_str("- ");
    }

    fn preformatted(&mut self, on: bool) {
        self.breaks = self.breaks.max(2);
        self.preformatted = on;
    }

    fn flush(&mut self) {
        if self.breaks > 0 && !self.out.is_empty() {
            self.out.truncate(self.out.trim_end_matches('\n').len());
            self.out.extend(std::iter::repeat_n('\n', self.breaks.min(2)));
        } else if self.blank && !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
        (self.blank, self.breaks) = (false, 0);
    }
}

#[cfg(test)]
mod tests;
