//! Our posts: a Markdown subset becomes the HTML that other servers show well, with mentions, hashtags and links.
//!
//! Marks are found before Markdown is read and travel through the parser as placeholders, so that the `_` of an address is never
//! taken for emphasis; in code and in links they become again what was written.
use crate::text::{
    handle::host_key,
    html::escape,
    marks::{Kind, Mark, Part, parts},
    tokens::fold,
};
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd, TextMergeWithOffset};
use std::fmt::Write;
use unicode_segmentation::UnicodeSegmentation;
use url::Url;

/// Whom and what a post names, each once, in the order of the text; what stands in code or in a link does not count.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Entities {
    pub mentions: Vec<MentionText>,
    /// As written, without `#`.
    pub hashtags: Vec<String>,
}

/// A mention as written; without a host it means a member of this node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MentionText {
    pub name: String,
    pub host: Option<String>,
}

/// What a mention becomes.
#[derive(Clone, Debug)]
pub struct Mention {
    /// The profile page, or the actor's id.
    pub href: String,
    /// What is shown after `@`, usually the name alone.
    pub handle_shown: String,
}

/// Finds the account behind a mention, given as written without its first `@`.
pub type Resolve<'a> = &'a dyn Fn(&str) -> Option<Mention>;

/// How many characters an address counts, however long it is (as on Mastodon).
const ADDRESS_LENGTH: usize = 23;
/// How much of an address is shown.
const ADDRESS_SHOWN: usize = 30;

/// Placeholders `OPEN number CLOSE`, and a joiner that makes emphasis work beside Japanese brackets. They are private-use characters,
/// which count as letters for Markdown; the source has none left.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';
const JOIN: char = '\u{e002}';

pub fn entities(source: &str) -> Entities {
    let source = clean(source);
    let (prepared, marks) = prepare(&source);
    let mut entities = Entities::default();
    let mut tags_seen = Vec::new();
    for mark in write(&prepared, &marks, &|_| None, None).named {
        match mark.kind {
            Kind::Mention { name, host } => {
                let Ok(host) = host.map(host_key).transpose() else { continue };
                let mention = MentionText { name: name.to_owned(), host };
                if !entities.mentions.contains(&mention) {
                    entities.mentions.push(mention);
                }
            }
            Kind::Hashtag(tag) => {
                let key = fold(tag);
                if !tags_seen.contains(&key) {
                    tags_seen.push(key);
                    entities.hashtags.push(tag.to_owned());
                }
            }
            Kind::Address => {}
        }
    }
    entities
}

/// Renders a post. `tag_base` is the address under which our hashtag pages lie, without a final slash.
pub fn render(source: &str, resolve: Resolve<'_>, tag_base: &str) -> String {
    let source = clean(source);
    let (prepared, marks) = prepare(&source);
    write(&prepared, &marks, resolve, Url::parse(tag_base).ok().as_ref()).out
}

/// Characters as people count them; an address counts 23, a mention without its host.
pub fn length(source: &str) -> usize {
    let lengths = parts(source).into_iter().map(|part| match part {
        Part::Mark(Mark { kind: Kind::Address, .. }) => ADDRESS_LENGTH,
        Part::Mark(Mark { kind: Kind::Mention { name, .. }, .. }) => 1 + name.len(),
        Part::Text(text) | Part::Mark(Mark { text, .. }) => text.graphemes(true).count(),
    });
    lengths.sum()
}

fn clean(source: &str) -> String {
    let unwanted =
        |c: char| matches!(c, OPEN | CLOSE | JOIN) || c.is_control() && c != '\n' && c != '\t';
    source.replace("\r\n", "\n").replace('\r', "\n").replace(unwanted, "")
}

/// Puts placeholders where marks are. `<https://…>` is left to Markdown.
fn prepare(source: &str) -> (String, Vec<Mark<'_>>) {
    let (mut text, mut marks) = (String::with_capacity(source.len()), Vec::new());
    let mut parts = parts(source).into_iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Mark(mark) => {
                let closed =
                    matches!(parts.peek(), Some(Part::Text(next)) if next.starts_with('>'));
                if matches!(mark.kind, Kind::Address) && closed && text.ends_with('<') {
                    text.push_str(mark.text);
                } else {
                    let _ = write!(text, "{OPEN}{}{CLOSE}", marks.len());
                    marks.push(mark);
                }
            }
        }
    }
    (joined(&text), marks)
}

/// `**「重要」**です` is no emphasis by the letter of `CommonMark`, which knows only languages with blanks; a letter between
/// asterisk and bracket makes it one.
fn joined(text: &str) -> String {
    let bracket = |c| {
        matches!(c, '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '・'
            | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}'
            | '\u{ff5b}'..='\u{ff65}')
    };
    let star = |c| matches!(c, '*' | '~');
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        if star(before) && bracket(c) || bracket(before) && star(c) {
            out.push(JOIN);
        }
        out.push(c);
        before = c;
    }
    out
}

fn write<'s>(
    prepared: &str,
    marks: &'s [Mark<'s>],
    resolve: Resolve<'_>,
    tag_base: Option<&Url>,
) -> Writer<'s> {
    let mut writer = Writer { marks, ..Writer::default() };
    let events = Parser::new_ext(prepared, Options::ENABLE_STRIKETHROUGH).into_offset_iter();
    for (event, range) in TextMergeWithOffset::new(events) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                let hashes = prepared.get(range).is_some_and(|text| text.starts_with('#'));
                writer.start_heading(hashes);
            }
            Event::Start(tag) => writer.start(tag),
            Event::End(tag) => writer.end(tag),
            Event::Text(text) | Event::InlineHtml(text) | Event::Html(text) => {
                writer.text(&text, resolve, tag_base);
            }
            Event::Code(code) => {
                let code = escape(&writer.restore(&code));
                writer.out.extend(["<code>", &code, "</code>"]);
            }
            Event::SoftBreak | Event::HardBreak => writer.out.push_str("<br>"),
            Event::Rule => writer.out.push_str(RULE),
            _ => {}
        }
    }
    writer
}

/// Many servers drop `<hr>`.
const RULE: &str = "<p>―――</p>";

#[derive(Default)]
struct Writer<'s> {
    out: String,
    marks: &'s [Mark<'s>],
    /// The mentions and hashtags that were met outside code and links.
    named: Vec<Mark<'s>>,
    code: bool,
    /// True for a heading by `#`; a line of dashes below the text is taken for a rule, as mail writers mean it.
    strong_heading: bool,
    /// One entry for each open link: true if it is written.
    links: Vec<bool>,
}

impl<'s> Writer<'s> {
    fn start_heading(&mut self, hashes: bool) {
        self.strong_heading = hashes;
        self.out.push_str(if hashes { "<p><strong>" } else { "<p>" });
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.out.push_str("<p>"),
            Tag::BlockQuote(_) => self.out.push_str("<blockquote>"),
            Tag::CodeBlock(_) => {
                self.code = true;
                self.out.push_str("<pre><code>");
            }
            Tag::List(None) => self.out.push_str("<ul>"),
            Tag::List(Some(1)) => self.out.push_str("<ol>"),
            Tag::List(Some(start)) => {
                let _ = write!(self.out, "<ol start=\"{start}\">");
            }
            Tag::Item => self.out.push_str("<li>"),
            Tag::Emphasis => self.out.push_str("<em>"),
            Tag::Strong => self.out.push_str("<strong>"),
            Tag::Strikethrough => self.out.push_str("<del>"),
            Tag::Link { dest_url, link_type, .. } => {
                let email = matches!(link_type, LinkType::Email);
                self.start_link(if email { "" } else { &dest_url });
            }
            Tag::Image { dest_url, .. } => {
                self.start_link(&dest_url);
                self.out.push_str("🖼 ");
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.out.push_str("</p>"),
            TagEnd::Heading(_) if self.strong_heading => self.out.push_str("</strong></p>"),
            TagEnd::Heading(_) => self.out.extend(["</p>", RULE]),
            TagEnd::HtmlBlock => {
                self.out.truncate(self.out.trim_end_matches("<br>").len());
                self.out.push_str("</p>");
            }
            TagEnd::BlockQuote(_) => self.out.push_str("</blockquote>"),
            TagEnd::CodeBlock => {
                self.code = false;
                self.out.truncate(self.out.trim_end_matches('\n').len());
                self.out.push_str("</code></pre>");
            }
            TagEnd::List(false) => self.out.push_str("</ul>"),
            TagEnd::List(true) => self.out.push_str("</ol>"),
            TagEnd::Item => self.out.push_str("</li>"),
            TagEnd::Emphasis => self.out.push_str("</em>"),
            TagEnd::Strong => self.out.push_str("</strong>"),
            TagEnd::Strikethrough => self.out.push_str("</del>"),
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => {}
        }
    }

    /// Links that lead elsewhere than to the web, or that lie in another link, stay text.
    fn start_link(&mut self, destination: &str) {
        let destination = self.restore(destination);
        let url =
            Url::parse(&destination).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let written = url.is_some() && !self.links.contains(&true);
        if written {
            let href = escape(&destination);
            self.out.extend(["<a href=\"", &href, "\" rel=\"nofollow noopener noreferrer\">"]);
        }
        self.links.push(written);
    }

    fn end_link(&mut self) {
        if self.links.pop() == Some(true) {
            self.out.push_str("</a>");
        }
    }

    fn text(&mut self, text: &str, resolve: Resolve<'_>, tag_base: Option<&Url>) {
        if self.code {
            let code = self.restore(text);
            self.out.push_str(&escape(&code));
            return;
        }
        for piece in pieces(text) {
            match piece {
                Piece::Plain(plain) => {
                    let plain = escape(&plain.replace(JOIN, ""));
                    self.out.push_str(&plain.replace('\n', "<br>"));
                }
                Piece::Mark(number) => {
                    let Some(mark) = self.marks.get(number).copied() else { continue };
                    if self.links.is_empty() {
                        self.mark(mark, resolve, tag_base);
                    } else {
                        self.out.push_str(&escape(mark.text));
                    }
                }
            }
        }
    }

    fn mark(&mut self, mark: Mark<'s>, resolve: Resolve<'_>, tag_base: Option<&Url>) {
        let html = match mark.kind {
            Kind::Address => Some(address(mark.text)),
            Kind::Mention { .. } => {
                resolve(mark.text.trim_start_matches('@')).map(|found| mention(&found))
            }
            Kind::Hashtag(tag) => tag_base.and_then(|base| hashtag(base, tag)),
        };
        self.out.push_str(&html.unwrap_or_else(|| escape(mark.text)));
        if !matches!(mark.kind, Kind::Address) {
            self.named.push(mark);
        }
    }

    /// The text as it was written.
    fn restore(&self, text: &str) -> String {
        let written = pieces(text).into_iter().map(|piece| match piece {
            Piece::Plain(plain) => plain.replace(JOIN, ""),
            Piece::Mark(number) => {
                self.marks.get(number).map_or_else(String::new, |m| m.text.to_owned())
            }
        });
        written.collect()
    }
}

enum Piece<'t> {
    Plain(&'t str),
    Mark(usize),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut between = text.split(OPEN);
    let mut pieces: Vec<Piece<'_>> = between.next().map(Piece::Plain).into_iter().collect();
    for part in between {
        let placeholder =
            part.split_once(CLOSE).and_then(|(n, rest)| Some((n.parse().ok()?, rest)));
        if let Some((number, rest)) = placeholder {
            pieces.extend([Piece::Mark(number), Piece::Plain(rest)]);
        } else {
            pieces.push(Piece::Plain(part));
        }
    }
    pieces
}

fn mention(found: &Mention) -> String {
    let (href, shown) = (escape(&found.href), escape(&found.handle_shown));
    format!(
        "<span class=\"h-card\"><a href=\"{href}\" class=\"u-url mention\">@<span>{shown}</span></a></span>"
    )
}

/// The page of a hashtag under `base`; nothing if that is no address of the web.
pub fn tag_page(base: &Url, tag: &str) -> Option<Url> {
    let mut page = base.clone();
    page.path_segments_mut().ok()?.pop_if_empty().push(&fold(tag));
    Some(page)
}

fn hashtag(base: &Url, tag: &str) -> Option<String> {
    let page = tag_page(base, tag)?;
    let (href, shown) = (escape(page.as_str()), escape(tag));
    Some(format!(
        "<a href=\"{href}\" class=\"mention hashtag\" rel=\"tag\">#<span>{shown}</span></a>"
    ))
}

/// Shows the beginning of a long address; the whole stays there for copying and for other servers.
fn address(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let shown: String = rest.chars().take(ADDRESS_SHOWN).collect();
    let hidden: String = rest.chars().skip(ADDRESS_SHOWN).collect();
    let class = if hidden.is_empty() { "" } else { " class=\"ellipsis\"" };
    format!(
        "<a href=\"{href}\" rel=\"nofollow noopener noreferrer\"><span class=\"invisible\">{scheme}://</span><span{class}>{shown}</span><span class=\"invisible\">{hidden}</span></a>",
        href = escape(text),
        shown = escape(&shown),
        hidden = escape(&hidden),
    )
}

#[cfg(test)]
mod tests;
