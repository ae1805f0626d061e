//! How a name is read: hiragana, whichever kana it was typed in.
use unicode_normalization::UnicodeNormalization;

/// Between a hiragana and its katakana, in Unicode.
const APART: u32 = 0x60;

/// The text in hiragana, with single blanks between its words. Half-width and full-width katakana become hiragana, after NFKC; `None` when there is
/// anything else.
pub fn hiragana(text: &str) -> Option<String> {
    let text: String = text.nfkc().collect();
    let words: Option<Vec<String>> =
        text.split_whitespace().map(|word| word.chars().map(one).collect()).collect();
    words.map(|words| words.join(" "))
}

fn one(c: char) -> Option<char> {
    match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' | 'ー' => Some(c),
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => char::from_u32(u32::from(c) - APART),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::hiragana;

    #[test]
    fn kana_of_every_width_become_hiragana() {
        for (typed, read) in [
            ("いわて あいこ", "いわて あいこ"),
            ("イワテ　アイコ", "いわて あいこ"),
            ("ｲﾜﾃ ｱｲｺ", "いわて あいこ"),
            ("ｶﾞｰﾄﾞ", "がーど"),
            ("  ヴィオラ  ヶ ", "ゔぃおら ゖ"),
            ("か\u{3099}", "が"),
            ("みすゞ", "みすゞ"),
            ("", ""),
        ] {
            assert_eq!(hiragana(typed).as_deref(), Some(read), "{typed}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for typed in ["岩手 藍子", "aiko", "あいこ2", "あ・い", "あ<い", "あ゛"] {
            assert_eq!(hiragana(typed), None, "{typed}");
        }
    }
}
