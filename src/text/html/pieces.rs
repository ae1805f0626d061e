//! The tags and texts of HTML as the sanitiser writes it: every attribute in double quotes, `<`, `>`, `&` and `"` escaped.
use std::borrow::Cow;

pub(super) enum Piece<'h> {
    Text(&'h str),
    Open(Tag<'h>),
    Close(&'h str),
}

/// A start tag, by what stands between its angle brackets.
pub(super) struct Tag<'h>(&'h str);

impl<'h> Tag<'h> {
    pub(super) fn name(&self) -> &'h str {
        self.0.split(' ').next().unwrap_or_default()
    }

    /// Names and values, the values still escaped.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'h str, &'h str)> {
        let mut rest = self.0.split_once(' ').map_or("", |(_, attributes)| attributes);
        std::iter::from_fn(move || {
            let (name, after) = rest.split_once("=\"")?;
            let (value, after) = after.split_once('"')?;
            rest = after;
            Some((name.trim_start(), value))
        })
    }

    pub(super) fn attribute(&self, wanted: &str) -> Option<&'h str> {
        self.attributes().find(|(name, _)| *name == wanted).map(|(_, value)| value)
    }

    pub(super) fn write(&self, out: &mut String) {
        out.extend(["<", self.0, ">"]);
    }
}

pub(super) struct Pieces<'h> {
    rest: &'h str,
}

impl<'h> Pieces<'h> {
    pub(super) fn new(html: &'h str) -> Self {
        Self { rest: html }
    }
}

impl<'h> Iterator for Pieces<'h> {
    type Item = Piece<'h>;

    fn next(&mut self) -> Option<Piece<'h>> {
        if let Some(tag) = self.rest.strip_prefix('<') {
            let (inside, rest) = tag.split_once('>')?;
            self.rest = rest;
            return Some(match inside.strip_prefix('/') {
                Some(name) => Piece::Close(name),
                None => Piece::Open(Tag(inside)),
            });
        }
        if self.rest.is_empty() {
            return None;
        }
        let (text, rest) = self.rest.split_at(self.rest.find('<').unwrap_or(self.rest.len()));
        self.rest = rest;
        Some(Piece::Text(text))
    }
}

/// The text behind the five escapes that the sanitiser's writer knows.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&nbsp;", " ").replace("&amp;", "&").into()
}
