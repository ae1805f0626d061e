//! What comes out of the sanitiser is harmless, and what people wrote is still there.
use super::*;

#[test]
fn what_mastodon_and_others_send_stays_as_it_is() {
    for html in [
        r#"<p><span class="h-card" translate="no"><a href="https://x.example/@aiko" class="u-url mention" rel="nofollow noopener noreferrer">@<span>aiko</span></a></span> こんにちは</p>"#,
        "<p>一行目<br>二行目 <del>a</del> <ruby>釜石<rp>(</rp><rt>かまいし</rt><rp>)</rp></ruby></p>",
        r#"<ol start="3" reversed=""><li value="5">a</li></ol><pre><code>x &lt; y</code></pre>"#,
        r#"<p class="quote-inline">RE: <a href="https://x.example/1" rel="nofollow noopener noreferrer"><span class="invisible">https://</span><span class="ellipsis">x.example/</span><span class="invisible">1</span></a></p>"#,
        r#"<blockquote cite="https://x.example/2"><p lang="en">quoted</p></blockquote><h2>題</h2>"#,
    ] {
        assert_eq!(sanitise(html), html);
    }
}

#[test]
fn links_say_that_we_do_not_vouch_for_them() {
    assert_eq!(
        sanitise(r#"<a href="https://x.example/tags/a" rel="tag opener" target="_blank">#a</a>"#),
        r#"<a href="https://x.example/tags/a" rel="tag nofollow noopener noreferrer">#a</a>"#
    );
    let once = sanitise(r#"<a rel="me" href="https://x.example/">x</a>"#);
    assert_eq!(once, sanitise(&once));
}

#[test]
fn nothing_that_runs_gets_through() {
    for hostile in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\" java\nscript:alert(1)\">x</a>",
        "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
        "<a href=\"//evil.example\">x</a>",
        "<p style=\"position:fixed\" onclick=\"alert(1)\" id=\"a\" class=\"btn\">x</p>",
        "<iframe src=\"https://evil.example\">x</iframe>",
        "<form action=\"https://evil.example\"><input name=a><button>x</button></form>",
        "<svg><style><!--</style><img src=1 onerror=alert(1)>-->",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<blockquote cite=\"javascript:alert(1)\">x</blockquote>",
        "<img alt=\"x\" src=\"javascript:alert(1)\">",
        "<img alt='\"><script>alert(1)</script>' src='https://x.example/a.png'>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    ] {
        let clean = sanitise(hostile);
        for word in
            ["<script", "<img", "<svg", "<style", "<iframe", "<form", "<input", "<a href=\"j"]
        {
            assert!(!clean.contains(word), "{hostile} became {clean}");
        }
        let tags = clean.split('<').skip(1).filter_map(|tag| tag.split('>').next());
        for tag in tags {
            for word in ["onerror", "onload", "onclick", "style=", "javascript", "data:", "id="] {
                assert!(!tag.contains(word), "{hostile} became {clean}");
            }
        }
        assert_eq!(sanitise(&clean), clean, "not settled: {hostile}");
    }
}

#[test]
fn unknown_elements_leave_their_text_and_keep_words_apart() {
    assert_eq!(sanitise("<marquee>a</marquee><blink>b</blink>"), "ab");
    let cells = plain_text("<div>one</div><div>two</div><table><tr><td>3<td>4</table>");
    assert_eq!(cells, "one two 3 4");
    assert_eq!(sanitise("<a href=\"javascript:x\">text</a> <a name=\"y\">stays</a>"), "text stays");
}

#[test]
fn a_picture_becomes_a_link_to_it() {
    let rel = "rel=\"nofollow noopener noreferrer\"";
    assert_eq!(
        sanitise(
            r#"<p><img src="https://x.example/a.png?b=1&c=2" alt="祭り &quot;2026&quot;"></p>"#
        ),
        format!(
            "<p><a href=\"https://x.example/a.png?b=1&amp;c=2\" {rel}>[🖼 祭り \"2026\"]</a></p>"
        )
    );
    assert_eq!(
        sanitise(r#"<a href="https://x.example/"><img src="https://x.example/a.png" alt="a"></a>"#),
        format!("<a href=\"https://x.example/\" {rel}>[🖼 a]</a>")
    );
}

#[test]
fn links_never_lie_in_links() {
    let html = r#"<a href="https://a.example/"><table><tr><td><a href="https://b.example/">x</a></td></tr></table>y</a>"#;
    let clean = sanitise(html);
    assert_eq!(clean.matches("<a ").count(), clean.matches("</a>").count(), "{clean}");
    assert!(!clean.split("</a>").any(|part| part.matches("<a ").count() > 1), "{clean}");
}

#[test]
fn angle_brackets_in_attributes_do_not_end_the_tag() {
    let clean = sanitise(r#"<abbr title="a > b < c &quot;">x</abbr>"#);
    assert_eq!(clean, r#"<abbr title="a &gt; b &lt; c &quot;">x</abbr>"#);
}

#[test]
fn direction_overrides_go_and_joiners_stay() {
    assert_eq!(sanitise("<p>a\u{202e}b\u{0}c</p>"), "<p>abc</p>");
    assert_eq!(sanitise("<p>👩‍👩‍👧 می‌خواهم</p>"), "<p>👩‍👩‍👧 می‌خواهم</p>");
}

#[test]
fn markup_made_to_exhaust_the_server_becomes_text() {
    let many: Vec<String> = (0..4_000).map(|n| format!("<b id={n}>")).collect();
    for bomb in [
        many.concat() + &"<p>x".repeat(20_000),
        "<b><i><u><em><code>".to_owned() + &"<p>x".repeat(50_000),
        "<div>".repeat(1_000),
        "<div></x>".repeat(1_000),
        "<div><object></div>".repeat(1_000),
        "<ul><li>".repeat(1_000),
        "<b>".repeat(80_000),
    ] {
        assert!(cost::is_excessive(&bomb));
        let clean = sanitise(&bomb);
        assert!(clean.starts_with("<p>") && clean.matches('<').count() == 2);
    }
}

#[test]
fn long_honest_articles_keep_their_markup() {
    let item = "<li><p>一 <b>二</b> <code class=\"x\">三</code> <a href=\"https://x.example\">四</a></p></li>";
    let article = format!("<div><ul>{}</ul></div>", item.repeat(120));
    assert_eq!(sanitise(&article).matches("<b>").count(), 120);
    let old = format!("<table><tr><td>{}</table>", "<p>一<br>二".repeat(2_000));
    assert_eq!(sanitise(&old).matches("<br>").count(), 2_000);
}

#[test]
fn very_long_html_is_cut_between_characters() {
    let long = format!("<p>{}</p>", "集".repeat(100_000));
    let clean = sanitise(&long);
    assert!(clean.len() <= MAX_INPUT + 10);
    assert!(clean.starts_with("<p>集") && clean.ends_with("集</p>"));
}

#[test]
fn plain_text_keeps_paragraphs_lines_and_lists() {
    let html = "<p>一行目<br>二行目 &amp; <b>太字</b></p>\n<p>次</p><ul><li>a</li><li>b</li></ul><pre>x\n  y</pre>";
    assert_eq!(plain_text(html), "一行目\n二行目 & 太字\n\n次\n\n- a\n- b\n\nx\n  y");
    let link = r#"<a href="https://x.example/long"><span class="invisible">https://</span><span class="ellipsis">x.example/</span><span class="invisible">long</span></a>"#;
    assert_eq!(plain_text(link), "https://x.example/long");
    assert_eq!(plain_text("a &lt;b&gt; &amp;lt; &nbsp; c"), "a <b> &lt; c");
    assert_eq!(plain_text("<script>x</script>"), "");
}

#[test]
fn names_are_one_visible_line() {
    for (text, name) in [
        (" 山田　太郎 \n", "山田　太郎"),
        ("<b>Aiko</b>\u{202e} <3", "Aiko <3"),
        ("a\u{200b}\u{0}b\u{3164}\tc", "ab c"),
        ("\u{2800}\u{3164}\u{202e}", ""),
        ("👨‍👩‍👧‍👦家", "👨‍👩‍👧‍👦家"),
        ("一二三四五六七", "一二三四五"),
    ] {
        assert_eq!(one_line(text, 5), name.graphemes(true).take(5).collect::<String>(), "{text:?}");
    }
    assert_eq!(one_line("<b>Aiko</b>\u{202e} <3", 50), "Aiko <3");
    let tower = format!("z{}", "\u{301}".repeat(500));
    assert!(one_line(&tower, 5).chars().count() <= 16);
}
