//! Mentions, hashtags and bare addresses in running text.
use unicode_normalization::char::is_combining_mark;
use url::Url;

/// Running text in order; the parts together are the text.
pub(super) enum Part<'s> {
    Text(&'s str),
    Mark(Mark<'s>),
}

#[derive(Clone, Copy)]
pub(super) struct Mark<'s> {
    /// As written, with its `@` or `#`.
    pub(super) text: &'s str,
    pub(super) kind: Kind<'s>,
}

#[derive(Clone, Copy)]
pub(super) enum Kind<'s> {
    /// http or https.
    Address,
    Mention {
        name: &'s str,
        host: Option<&'s str>,
    },
    /// Without its `#`.
    Hashtag(&'s str),
}

const MAX_ADDRESS: usize = 2_000;
const MAX_NAME: usize = 100;
const MAX_TAG_CHARS: usize = 100;

pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut plain_from, mut at, mut before) = (0, 0, None);
    while let Some(tail) = text.get(at..)
        && let Some(c) = tail.chars().next()
    {
        let Some(mark) = mark(before, c, tail) else {
            at += c.len_utf8();
            before = Some(c);
            continue;
        };
        parts.extend(text.get(plain_from..at).map(Part::Text));
        parts.push(Part::Mark(mark));
        at += mark.text.len();
        before = mark.text.chars().next_back();
        plain_from = at;
    }
    parts.extend(text.get(plain_from..).map(Part::Text));
    parts
}

/// The mark at the beginning of `tail`, whose first character is `c`.
fn mark(before: Option<char>, c: char, tail: &str) -> Option<Mark<'_>> {
    match c {
        'h' | 'H' => address(before, tail),
        '@' => mention(before, tail),
        '#' | '＃' => hashtag(before, tail),
        _ => None,
    }
}

/// Addresses are ASCII as browsers copy them, so that Japanese text may follow without a blank.
fn address(before: Option<char>, tail: &str) -> Option<Mark<'_>> {
    let begins = |scheme: &str| {
        tail.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    if before.is_some_and(|c| c.is_ascii_alphanumeric())
        || !(begins("http://") || begins("https://"))
    {
        return None;
    }
    let legal = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    let run = tail.split(|c| !legal(c)).next().unwrap_or_default();
    let text = without_punctuation(run.get(..MAX_ADDRESS).unwrap_or(run));
    let url = Url::parse(text).ok()?;
    // A name before the host is there to deceive.
    let plain = url.username().is_empty() && url.password().is_none();
    plain.then_some(Mark { text, kind: Kind::Address })
}

/// Leaves out what belongs to the sentence: final punctuation, emphasis, brackets that were opened outside.
fn without_punctuation(mut text: &str) -> &str {
    loop {
        let unbalanced = |open, close| text.matches(close).count() > text.matches(open).count();
        let shorter = match text.chars().next_back() {
            Some('.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' | '_' | '~') => true,
            Some(')') => unbalanced('(', ')'),
            Some(']') => unbalanced('[', ']'),
            _ => false,
        };
        match text.get(..text.len().saturating_sub(1)) {
            Some(rest) if shorter => text = rest,
            _ => return text,
        }
    }
}

fn mention(before: Option<char>, tail: &str) -> Option<Mark<'_>> {
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || "_@/=#&".contains(c)) {
        return None;
    }
    let name = word(tail.strip_prefix('@')?, |c| c.is_ascii_alphanumeric() || c == '_');
    if name.is_empty() || name.len() > MAX_NAME {
        return None;
    }
    let mut length = 1 + name.len();
    let host = tail.get(length..).and_then(|rest| host(rest.strip_prefix('@')?));
    length += host.map_or(0, |host| 1 + host.len());
    Some(Mark { text: tail.get(..length)?, kind: Kind::Mention { name, host } })
}

/// A host name, with its port if digits follow the colon.
fn host(text: &str) -> Option<&str> {
    let name = word(text, |c| c.is_ascii_alphanumeric());
    if name.is_empty() || name.len() > 253 {
        return None;
    }
    let port = text.get(name.len()..)?.strip_prefix(':').unwrap_or_default();
    match port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len()) {
        digits @ 1..=5 => text.get(..name.len() + 1 + digits),
        _ => Some(name),
    }
}

/// The longest beginning of letters that may have dots and hyphens between them.
fn word(text: &str, letter: impl Fn(char) -> bool) -> &str {
    let run = text.split(|c| !letter(c) && !matches!(c, '.' | '-')).next().unwrap_or_default();
    if run.starts_with(letter) { run.trim_end_matches(['.', '-']) } else { "" }
}

fn hashtag(before: Option<char>, tail: &str) -> Option<Mark<'_>> {
    if before.is_some_and(|c| c.is_alphanumeric() || "_/&#＃".contains(c)) {
        return None;
    }
    let mut characters = tail.chars();
    characters.next()?;
    let tag = characters.as_str().split(|c| !is_tag_char(c)).next()?.trim_end_matches('・');
    let fits = tag.chars().any(char::is_alphabetic)
        && !tag.starts_with('・')
        && tag.chars().count() <= MAX_TAG_CHARS;
    let length = tail.chars().next()?.len_utf8() + tag.len();
    let text = tail.get(..length)?;
    fits.then_some(Mark { text, kind: Kind::Hashtag(tag) })
}

/// The long-vowel mark counts as a letter by itself; separate voicing marks come from some keyboards.
fn is_tag_char(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '_' | '・')
}
