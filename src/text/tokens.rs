//! Words for the search index: one tokeniser for both databases, made for Japanese.
//!
//! Runs of Han, kana and Hangul become overlapping pairs of characters plus the last character alone, so that a word is found
//! wherever it stands and 1-character words are found too; other runs of letters and digits become one word each. Nothing but
//! letters, digits and marks can be in a token, so nothing in a query can be read as an operator of FTS5 or tsquery.
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Raise when `tokens` changes: the index must be rebuilt then.
pub const VERSION: i64 = 1;

/// `PostgreSQL` knows 16,383 positions.
const MAX_TOKENS: usize = 16_000;
/// A tsvector is at most 1 MiB.
const MAX_BYTES: usize = 512 << 10;
/// Letters of one word; the rest of it is cut off, in documents as in queries.
const MAX_WORD: usize = 60;
const MAX_QUERY_RUNS: usize = 16;
const MAX_QUERY_CHARS: usize = 300;

/// The form in which names, tags and words are compared: NFKC and lower case.
///
/// Hiragana and katakana stay distinct: #さくら and #サクラ are different tags to Japanese readers.
pub fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfc().collect()
}

/// True when `word` stands in `text`, both folded. `whole`: a word of letters and digits does not count within a longer one; Japanese has no
/// borders between words, so that there it always counts.
pub fn contains(text: &str, word: &str, whole: bool) -> bool {
    let joins = |c: Option<char>| c.is_some_and(|c| is_word(c) && !is_cjk(c));
    let (first, last) = (word.chars().next(), word.chars().next_back());
    !word.is_empty()
        && text.match_indices(word).any(|(at, found)| {
            let before = text.get(..at).and_then(|t| t.chars().next_back());
            let after = text.get(at + found.len()..).and_then(|t| t.chars().next());
            !whole || !(joins(first) && joins(before) || joins(last) && joins(after))
        })
}

/// The words of a document in order.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut bytes = 0;
    for run in runs(text.nfkc()) {
        let words = match run {
            Run::Cjk(run) => {
                let mut words = pairs(&run);
                words.extend(run.last().map(char::to_string));
                words
            }
            Run::Word(word) => vec![word],
        };
        for word in words {
            bytes += word.len();
            if tokens.len() == MAX_TOKENS || bytes > MAX_BYTES {
                return tokens;
            }
            tokens.push(word);
        }
    }
    tokens
}

/// The body of an FTS5 row.
pub fn sqlite_document(text: &str) -> String {
    tokens(text).join(" ")
}

/// The literal of a tsvector.
pub fn postgres_document(text: &str) -> String {
    let positions = tokens(text).into_iter().zip(1..);
    positions.map(|(word, at)| format!("'{word}':{at}")).collect::<Vec<_>>().join(" ")
}

/// What to MATCH for words that must all be there; nothing when there is nothing to look for.
pub fn sqlite_query(words: &str) -> Option<String> {
    let terms = query(words).into_iter().map(|term| match term {
        Term::Phrase(pairs) => format!("\"{}\"", pairs.join(" ")),
        Term::Prefix(word) => format!("\"{word}\"*"),
    });
    joined(terms, " AND ")
}

/// The literal of a tsquery for words that must all be there; nothing when there is nothing to look for.
pub fn postgres_query(words: &str) -> Option<String> {
    let terms = query(words).into_iter().map(|term| match term {
        Term::Phrase(pairs) => {
            let quoted: Vec<String> = pairs.iter().map(|pair| format!("'{pair}'")).collect();
            format!("({})", quoted.join(" <-> "))
        }
        Term::Prefix(word) => format!("'{word}':*"),
    });
    joined(terms, " & ")
}

fn joined(terms: impl Iterator<Item = String>, operator: &str) -> Option<String> {
    let terms: Vec<String> = terms.collect();
    (!terms.is_empty()).then(|| terms.join(operator))
}

enum Term {
    Phrase(Vec<String>),
    Prefix(String),
}

fn query(words: &str) -> Vec<Term> {
    runs(words.chars().take(MAX_QUERY_CHARS).nfkc())
        .take(MAX_QUERY_RUNS)
        .map(|run| match run {
            Run::Cjk(run) if run.len() > 1 => Term::Phrase(pairs(&run)),
            Run::Cjk(run) => Term::Prefix(run.into_iter().collect()),
            Run::Word(word) => Term::Prefix(word),
        })
        .collect()
}

enum Run {
    Cjk(Vec<char>),
    Word(String),
}

/// Splits normalised text into runs of CJK characters and of other letters and digits.
fn runs(text: impl Iterator<Item = char>) -> impl Iterator<Item = Run> {
    let mut text = text.flat_map(char::to_lowercase).peekable();
    std::iter::from_fn(move || {
        while text.next_if(|c| !is_word(*c)).is_some() {}
        let first = text.next()?;
        if is_cjk(first) {
            let mut run = vec![first];
            while let Some(c) = text.next_if(|c| is_cjk(*c)) {
                run.push(c);
            }
            return Some(Run::Cjk(run));
        }
        let mut run = vec![first];
        while let Some(c) = text.next_if(|c| is_word(*c) && !is_cjk(*c)) {
            if run.len() < MAX_WORD {
                run.push(c);
            }
        }
        Some(Run::Word(run.into_iter().collect()))
    })
}

fn pairs(run: &[char]) -> Vec<String> {
    run.windows(2).map(|pair| pair.iter().collect()).collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || is_cjk(c)
}

/// Han with its repetition marks, kana with the long-vowel mark, Hangul.
fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{309f}'
        | '\u{30a1}'..='\u{30fa}'
        | '\u{30fc}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{3130}'..='\u{318f}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests;
