//! How much work a piece of HTML is for a parser that follows the standard.
//!
//! 256 KiB can keep it busy for minutes: at many tags it looks through all open elements, and it opens every unclosed formatting
//! element again in each following paragraph (up to three of a kind, more if their attributes differ).
use std::collections::HashMap;

/// Tags times what is open; a long article of 5,000 tags comes to about 100,000.
const MAX: usize = 500_000;

const FORMATTING: [&str; 13] =
    ["b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
/// Elements that close themselves.
const SHALLOW: [&str; 11] =
    ["area", "br", "dd", "dt", "hr", "img", "input", "li", "p", "source", "wbr"];
/// Within these an end tag does not reach the elements outside.
const FENCES: [&str; 12] = [
    "applet", "button", "caption", "marquee", "math", "object", "select", "svg", "table", "td",
    "template", "th",
];

/// True when parsing would cost more than any honest text.
pub(super) fn is_excessive(html: &str) -> bool {
    let mut tags = 0_usize;
    let mut reopened = Reopened::default();
    let mut depth = Depth::default();
    for tag in html.split('<').skip(1) {
        tags += 1;
        let (closing, tag) = tag.strip_prefix('/').map_or((false, tag), |name| (true, name));
        let name = tag.split(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
        let name: String = name.take(1).flat_map(str::chars).take(12).collect();
        let name = name.to_ascii_lowercase();
        if closing {
            depth.close(&name);
        } else if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            reopened.count(&name, tag);
            depth.open(name);
        }
    }
    tags.saturating_mul(1 + reopened.most() + depth.deepest) > MAX
}

/// An upper bound of the formatting elements that a paragraph opens again.
#[derive(Default)]
struct Reopened {
    plain: [usize; FORMATTING.len()],
    with_attributes: usize,
}

impl Reopened {
    fn count(&mut self, name: &str, tag: &str) {
        let Some(kind) = FORMATTING.iter().position(|known| *known == name) else { return };
        let plain = tag.get(name.len()..).is_some_and(|rest| rest.starts_with('>'));
        match self.plain.get_mut(kind) {
            Some(count) if plain => *count = (*count + 1).min(3),
            _ => self.with_attributes += 1,
        }
    }

    fn most(&self) -> usize {
        self.with_attributes + self.plain.iter().sum::<usize>()
    }
}

/// An upper bound of the open elements.
#[derive(Default)]
struct Depth {
    open: HashMap<String, usize>,
    fenced: bool,
    now: usize,
    deepest: usize,
}

impl Depth {
    fn open(&mut self, name: String) {
        if SHALLOW.contains(&name.as_str()) {
            return;
        }
        self.fenced |= FENCES.contains(&name.as_str());
        *self.open.entry(name).or_default() += 1;
        self.now += 1;
        self.deepest = self.deepest.max(self.now);
    }

    fn close(&mut self, name: &str) {
        if !self.fenced
            && let Some(open) = self.open.get_mut(name)
            && *open > 0
        {
            *open -= 1;
            self.now -= 1;
        }
    }
}
