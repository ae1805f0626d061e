//! Posts as people write them, and the HTML that other servers get.
use super::*;
use crate::text::html::{plain_text, sanitise};

fn html(source: &str) -> String {
    let resolve = |written: &str| {
        let name = written.split('@').next().unwrap_or_default();
        (!name.starts_with("nobody")).then(|| Mention {
            href: format!("https://x.example/@{name}"),
            handle_shown: name.to_owned(),
        })
    };
    render(source, &resolve, "https://om.example.jp/tags")
}

/// What is linked as an address.
fn addresses(source: &str) -> Vec<String> {
    let html = html(source);
    let links = html.split("<a href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.map(|href| href.replace("&amp;", "&")).collect()
}

fn mentions(source: &str) -> Vec<String> {
    let shown = |m: MentionText| m.host.map_or(m.name.clone(), |host| format!("{}@{host}", m.name));
    entities(source).mentions.into_iter().map(shown).collect()
}

#[test]
fn the_subset_of_markdown() {
    for (source, expected) in [
        ("一行目\n二行目\n\n次の段落", "<p>一行目<br>二行目</p><p>次の段落</p>"),
        (
            "**太字** *斜体* ~~消す~~ `a < b`",
            "<p><strong>太字</strong> <em>斜体</em> <del>消す</del> <code>a &lt; b</code></p>",
        ),
        (
            "これは**「重要」**です。**注意。**次",
            "<p>これは<strong>「重要」</strong>です。<strong>注意。</strong>次</p>",
        ),
        (
            "```\nlet x = \"<&>\";\n\ny\n```",
            "<pre><code>let x = &quot;&lt;&amp;&gt;&quot;;\n\ny</code></pre>",
        ),
        ("> 引用\n\n答え", "<blockquote><p>引用</p></blockquote><p>答え</p>"),
        ("- a\n- b\n  1. c", "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>"),
        ("3. a\n4. b", "<ol start=\"3\"><li>a</li><li>b</li></ol>"),
        ("# 題\n本文", "<p><strong>題</strong></p><p>本文</p>"),
        ("署名\n----\n続き", "<p>署名</p><p>―――</p><p>続き</p>"),
        ("<b>x</b> <script>", "<p>&lt;b&gt;x&lt;/b&gt; &lt;script&gt;</p>"),
        (
            "<div onclick=\"x\">\na\n</div>",
            "<p>&lt;div onclick=&quot;x&quot;&gt;<br>a<br>&lt;/div&gt;</p>",
        ),
        ("5 < 6 & <3", "<p>5 &lt; 6 &amp; &lt;3</p>"),
        ("", ""),
    ] {
        assert_eq!(html(source), expected, "{source:?}");
    }
}

#[test]
fn links_and_pictures_become_links_to_the_web_only() {
    let rel = "rel=\"nofollow noopener noreferrer\"";
    assert_eq!(
        html("[案内](https://x.example/@a_b_c?q=\"1\")"),
        format!("<p><a href=\"https://x.example/@a_b_c?q=&quot;1&quot;\" {rel}>案内</a></p>")
    );
    assert_eq!(
        html("![祭り](https://x.example/a.png)"),
        format!("<p><a href=\"https://x.example/a.png\" {rel}>🖼 祭り</a></p>")
    );
    assert_eq!(html("[x](javascript:alert(1)) [y](/a)"), "<p>x y</p>");
    assert_eq!(html("[@aiko #a https://y.example](https://x.example)").matches("<a ").count(), 1);
    assert_eq!(addresses("<https://x.example/_a_/>"), ["https://x.example/_a_/"]);
}

#[test]
fn a_mention_becomes_an_h_card() {
    assert_eq!(
        html("@aiko さん"),
        "<p><span class=\"h-card\"><a href=\"https://x.example/@aiko\" class=\"u-url mention\">@<span>aiko</span></a></span> さん</p>"
    );
    assert_eq!(html("@nobody@x.example"), "<p>@nobody@x.example</p>");
}

#[test]
fn mentions_are_found_where_people_write_them() {
    for (source, found) in [
        ("@aiko", &["aiko"][..]),
        ("こんにちは@aikoさん、@ken@Om.example.jp:8081。", &["aiko", "ken@om.example.jp:8081"]),
        ("(@aiko) **@ken_t** @a.b-c@x.example.", &["aiko", "ken_t", "a.b-c@x.example"]),
        ("@aiko @aiko", &["aiko"]),
        ("mail aiko@x.example, https://x.example/@aiko", &[]),
        ("`@aiko` [@ken](https://x.example)", &[]),
        ("```\n@aiko\n```", &[]),
        ("@@aiko @ @-", &[]),
        ("@aiko@ @ken@-", &["aiko", "ken"]),
        ("@_a_ と @_b_", &["_a_", "_b_"]),
    ] {
        assert_eq!(mentions(source), found, "{source:?}");
    }
}

#[test]
fn a_hashtag_becomes_a_link_to_its_page() {
    assert_eq!(
        html("#復興"),
        "<p><a href=\"https://om.example.jp/tags/%E5%BE%A9%E8%88%88\" class=\"mention hashtag\" rel=\"tag\">#<span>復興</span></a></p>"
    );
    assert!(html("＃Ｒｕｓｔ").contains("/tags/rust\""));
}

#[test]
fn hashtags_are_found_where_people_write_them() {
    for (source, found) in [
        (
            "#釜石 ＃まちづくり、#サーバー・ラック。",
            &["釜石", "まちづくり", "サーバー・ラック"][..],
        ),
        ("#rust #Rust", &["rust"]),
        ("(#2026年) #2026 #_", &["2026年"]),
        ("C# a#b https://x.example/#frag 山#川 &#39;", &[]),
        ("#名・ #・名", &["名"]),
        ("`#a` [#b](https://x.example)", &[]),
        ("**#太字**", &["太字"]),
        ("# 見出し", &[]),
    ] {
        assert_eq!(entities(source).hashtags, found, "{source:?}");
    }
    assert_eq!(entities(&format!("#{}", "あ".repeat(101))).hashtags, [""; 0]);
}

#[test]
fn addresses_end_where_the_sentence_goes_on() {
    for (source, found) in [
        ("詳細はhttps://x.example/a_b_cを見て。", "https://x.example/a_b_c"),
        ("https://x.example/、次", "https://x.example/"),
        ("（https://x.example/a）", "https://x.example/a"),
        ("「https://x.example/a」", "https://x.example/a"),
        ("https://x.example/a.", "https://x.example/a"),
        ("https://x.example/a?b=1&c=2!", "https://x.example/a?b=1&c=2"),
        ("(https://x.example/Foo_(bar))", "https://x.example/Foo_(bar)"),
        ("**https://x.example/_a_**", "https://x.example/_a"),
        ("https://x.example/_a_/*b*/", "https://x.example/_a_/*b*/"),
        ("HTTPS://X.example", "HTTPS://X.example"),
        ("http://iwate.localhost:8081/@aiko", "http://iwate.localhost:8081/@aiko"),
    ] {
        assert_eq!(addresses(source), [found], "{source:?}");
    }
    for none in
        ["https://", "https://user@evil.example/", "xhttps://x.example", "`https://x.example`"]
    {
        assert_eq!(addresses(none), [""; 0], "{none:?}");
    }
}

#[test]
fn a_long_address_is_shown_short_and_stays_whole() {
    let long = "https://x.example/2026/11/22/a-very-long-report";
    let html = html(long);
    assert!(html.contains("<span class=\"invisible\">https://</span><span class=\"ellipsis\">x.example/2026/11/22/a-very-lo</span><span class=\"invisible\">ng-report</span>"), "{html}");
    assert_eq!(plain_text(&html), long);
}

#[test]
fn length_is_counted_as_people_count() {
    for (source, expected) in [
        ("集い", 2),
        ("👨‍👩‍👧‍👦が", 2),
        ("https://x.example/very/long/path/that/goes/on を", 25),
        ("@aiko@om.example.jp さん", 8),
        ("#釜石", 3),
        ("", 0),
    ] {
        assert_eq!(length(source), expected, "{source:?}");
    }
}

#[test]
fn our_own_html_passes_our_own_sanitiser() {
    let source = "# 題\n@aiko #復興 https://x.example/a?b=1&c=2\n\n- *a* ~~b~~ `c`\n\n> 引用 ![x](https://x.example/y.png)\n\n```\n<x>\n```";
    let html = html(source);
    let plain = |html: &str| {
        html.replace(" rel=\"nofollow noopener noreferrer\"", "")
            .replace(" nofollow noopener noreferrer\"", "\"")
            .replace("&#39;", "'")
            .replace("&quot;", "\"")
    };
    assert_eq!(plain(&sanitise(&html)), plain(&html));
}

#[test]
fn nothing_that_a_member_types_breaks_the_html() {
    for hostile in [
        "\u{e000}0\u{e001}",
        "&#xe000;0&#xe001; @aiko",
        "&#xe000;99&#xe001;",
        "[x](https://x.example/\"onclick=\"a)",
        "[a]: https://x.example/'\"<>\n\n[a]",
        "#\"><script>",
        "@aiko\"><img>",
        "![\"><script>](https://x.example)",
        "[[a](https://x.example)](https://y.example)",
        "\u{0}\u{1b}[31m",
    ] {
        let html = html(hostile);
        let clean = sanitise(&html);
        assert_eq!(clean.matches('<').count(), html.matches('<').count(), "{hostile:?}: {html}");
        assert!(!html.contains(['\u{e000}', '\u{e001}', '\u{e002}', '\0', '\u{1b}']), "{html:?}");
    }
}
