//! The subset of HTML that may be shown, read strictly: whatever is not plainly allowed fails.
//! <https://docs.joinmastodon.org/spec/activitypub/#sanitization>

const ELEMENTS: &str = " p br span a abbr del s pre blockquote code b strong u sub sup i em h1 h2 h3 h4 h5 ul ol li ruby rt rp ";
const SCHEMES: [&str; 11] = [
    "http://", "https://", "dat:", "dweb:", "ipfs:", "ipns:", "ssb:", "gopher:", "xmpp:",
    "magnet:", "gemini:",
];

/// Every tag is of the subset, with attributes of the subset; text has no stray angle bracket.
pub(crate) fn assert_safe(what: &str, html: &str) {
    let mut pieces = html.split('<');
    let text = pieces.next().unwrap_or_default();
    assert!(!text.contains('>'), "{what}: stray > in {html}");
    for piece in pieces {
        let (tag, text) =
            piece.split_once('>').unwrap_or_else(|| panic!("{what}: unfinished tag in {html}"));
        assert!(!text.contains('>'), "{what}: stray > in {html}");
        assert_tag(what, tag);
    }
}

fn assert_tag(what: &str, tag: &str) {
    let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
    let bare = name.trim_start_matches('/').trim_end_matches('/');
    assert!(ELEMENTS.contains(&format!(" {bare} ")), "{what}: element {tag}");
    let mut rest = attributes.trim().trim_end_matches('/').trim();
    while !rest.is_empty() {
        let (key, after) =
            rest.split_once("=\"").unwrap_or_else(|| panic!("{what}: attribute in {tag}"));
        let (value, after) =
            after.split_once('"').unwrap_or_else(|| panic!("{what}: attribute in {tag}"));
        assert!(allowed(bare, key, value), "{what}: {key}={value} in {tag}");
        rest = after.trim();
    }
}

fn allowed(element: &str, key: &str, value: &str) -> bool {
    match (element, key) {
        (_, "lang")
        | ("a", "rel" | "title" | "translate")
        | ("abbr", "title")
        | ("span", "translate")
        | ("ol", "start" | "reversed")
        | ("li", "value") => true,
        ("a", "href") | ("blockquote", "cite") => SCHEMES.iter().any(|s| value.starts_with(s)),
        ("a" | "span" | "p", "class") => value.split(' ').all(|class| {
            matches!(class, "mention" | "hashtag" | "ellipsis" | "invisible" | "quote-inline")
                || ["h-", "p-", "u-", "dt-", "e-"].iter().any(|prefix| class.starts_with(prefix))
        }),
        _ => false,
    }
}

#[test]
fn what_is_not_plainly_allowed_fails() {
    assert_safe("good", r#"<p>a<br /><a href="https://example.com/" rel="nofollow">b</a></p>"#);
    for bad in [
        "<script>",
        "<p onclick=\"x\">",
        "<a href=\"javascript:x\">",
        "<img src=\"https://example.com/\">",
        "<p class=\"danger\">",
        "a > b",
        "<p",
    ] {
        assert!(std::panic::catch_unwind(|| assert_safe("bad", bad)).is_err(), "{bad}");
    }
}
