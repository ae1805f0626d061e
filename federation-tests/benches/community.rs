//! What a community leaves behind in years, written straight into the tables: accounts here and on other servers, their posts in threads, with
//! pictures, polls, quotes, tags and names, what they like and boost, the home timeline of a member and what the member was told.
//!
//! A post stands at its number: who wrote it, what it answers and what hangs on it follow from that.
use super::measured::Node;
use std::time::SystemTime;

/// Those who write; two of five are on this node.
pub(crate) const AUTHORS: i64 = 500;
/// One post in five is an answer in the conversation that the first of so many began.
const THREAD: i64 = 200;
/// What the node keeps of a home timeline (`feeds/home.rs`).
const HOME: i64 = 800;
/// Between two posts, ms.
const STEP: i64 = 30_000;

/// The moments and ids of so many posts, the last of them now.
pub(crate) struct Community {
    posts: i64,
    begun: i64,
}

impl Community {
    pub(crate) fn of(posts: i64) -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
        Self { posts, begun: i64::try_from(now).unwrap() - posts * STEP }
    }

    /// A post by somebody of this node with 40 answers, the last such that is whole.
    pub(crate) fn conversation(&self) -> i64 {
        let number = (self.posts / THREAD - 1) * THREAD;
        (self.begun + number * STEP) << 16
    }

    /// SQL: when the post `i` was written, so many ms later.
    fn at(&self, i: &str, later: i64) -> String {
        format!("({} + ({i}) * {STEP} + {later})", self.begun)
    }

    /// SQL: the id of what happened then.
    fn id(&self, i: &str, later: i64) -> String {
        format!("({} * 65536)", self.at(i, later))
    }

    /// Writes it all down for the member `reader`.
    pub(crate) async fn settle(&self, node: &Node) {
        let mut statements = people();
        statements.extend(self.posts(&node.domain));
        statements.extend(self.what_hangs_on_posts());
        statements.extend(self.what_the_reader_gets());
        node.fill(statements, self.posts).await;
    }

    fn posts(&self, domain: &str) -> Vec<String> {
        let (id, at, thread) = (self.id("i", 0), self.at("i", 0), self.id(&begins("i"), 0));
        let (parent, quoted) = (self.id(PARENT, 0), self.id("i - 2", 0));
        let uri = |i: &str| format!("'http://{domain}/posts/' || ({i})");
        let (own, parents, quotes) = (uri("i"), uri(PARENT), uri("i - 2"));
        let (author, local) = (author("i"), is_local("i"));
        vec![format!(
            "INSERT INTO post (id, uri, account_id, local, audience, content_html, summary, sensitive, lang, url, in_reply_to_uri, in_reply_to_id,
                 thread_id, quote_uri, quote_id, quote_state, replies_count, likes_count, boosts_count, published_at, refreshed_at)
             {NUMBERS} SELECT {id}, {own}, {author}, {local}, CASE i % 20 WHEN 7 THEN 'followers' WHEN 13 THEN 'unlisted' ELSE 'public' END,
                 '<p>' || i || '番目の投稿です。来週の土曜日に公民館で勉強会を開きます。商店街の空き店舗をこれからどう使うか、みんなで考えましょう。'
                     || '</p><p>くわしくは<a href=\"https://sample.example/' || i || '\" rel=\"nofollow noopener\" target=\"_blank\">こちら</a>へ。</p>',
                 CASE WHEN i % 40 = 8 THEN '長い話' ELSE '' END, i % 40 = 8, 'ja', {own},
                 CASE WHEN {IS_ANSWER} THEN {parents} END, CASE WHEN {IS_ANSWER} THEN {parent} END, CASE WHEN {IS_ANSWER} THEN {thread} ELSE {id} END,
                 CASE WHEN {IS_QUOTE} THEN {quotes} END, CASE WHEN {IS_QUOTE} THEN {quoted} END,
                 CASE WHEN {IS_QUOTE} THEN 'accepted' ELSE 'none' END,
                 CASE WHEN i % {THREAD} = 0 THEN 20 WHEN i % 10 = 4 THEN 1 ELSE 0 END,
                 CASE WHEN i % 6 = 0 THEN 2 WHEN i % 3 = 0 THEN 1 WHEN {IS_READERS} THEN 5 ELSE 0 END,
                 CASE WHEN i % 10 = 2 THEN 1 WHEN {IS_READERS} THEN 2 ELSE 0 END, {at}, {at} FROM n"
        )]
    }

    fn what_hangs_on_posts(&self) -> Vec<String> {
        let (id, at, thread_author) = (self.id("i", 0), self.at("i", 0), author(PARENT));
        let (writer, local) = (author("i"), is_local("i"));
        let mut statements = vec![
            format!(
                "INSERT INTO post_mention (post_id, account_id)
                 {NUMBERS} SELECT {id}, {thread_author} FROM n WHERE {IS_ANSWER}"
            ),
            format!(
                "INSERT INTO post_mention (post_id, account_id)
                 {NUMBERS} SELECT {id}, {READER} FROM n WHERE i % 50 IN (39, 44) ON CONFLICT DO NOTHING"
            ),
            format!("INSERT INTO post_tag (tag, post_id) {NUMBERS} SELECT 'tag' || (i / 4 % 50), {id} FROM n WHERE i % 4 = 1"),
            format!("INSERT INTO post_tag (tag, post_id) {NUMBERS} SELECT 'まちづくり', {id} FROM n WHERE i % 8 = 1"),
            format!(
                "INSERT INTO poll (post_id, multiple, ends_at, voters_count, announced)
                 {NUMBERS} SELECT {id}, FALSE, {at} + 86400000, 6, TRUE FROM n WHERE i % 20 = 3"
            ),
            format!(
                "INSERT INTO poll_vote (post_id, account_id, position) {NUMBERS} SELECT {id}, {READER}, 1 FROM n WHERE i % 40 = 3"
            ),
            format!(
                "INSERT INTO boost (id, uri, account_id, post_id, audience, created_at)
                 {NUMBERS} SELECT {}, 'https://boosts.example/' || i, {}, {id}, 'public', {at} + 1000 FROM n WHERE i % 10 = 2",
                self.id("i", 1_000),
                author("i + 1")
            ),
            format!(
                "INSERT INTO favourite (post_id, account_id, id, uri)
                 {NUMBERS} SELECT {id}, {}, {id} + 1, 'https://likes.example/' || i FROM n WHERE i % 3 = 0",
                author("i + 2")
            ),
            format!(
                "INSERT INTO favourite (post_id, account_id, id, uri)
                 {NUMBERS} SELECT {id}, {READER}, {id} + 2, 'https://likes.example/reader/' || i FROM n WHERE i % 6 = 0"
            ),
            format!("INSERT INTO bookmark (account_id, post_id, id) {NUMBERS} SELECT {READER}, {id}, {id} + 3 FROM n WHERE i % 100 = 95"),
        ];
        for (position, every) in [(0, 5), (1, 10)] {
            statements.push(format!(
                "INSERT INTO media (id, account_id, post_id, position, media_type, url, width, height, blurhash, description, created_at)
                 {NUMBERS} SELECT {id} + {position}, {writer}, {id}, {position}, 'image/jpeg',
                     CASE WHEN {local} THEN '' ELSE 'https://pictures.example/' END || i || '-{position}.jpg',
                     1600, 1200, 'LEHV6nWB2yk8pyo0adR*.7kCMdnj', '公民館の入口', {at} FROM n WHERE i % {every} = 0"
            ));
        }
        for (position, title) in
            ["参加します", "参加しません", "まだわかりません"].into_iter().enumerate()
        {
            statements.push(format!(
                "INSERT INTO poll_option (post_id, position, title, votes) {NUMBERS} SELECT {id}, {position}, '{title}', 2 FROM n WHERE i % 20 = 3"
            ));
        }
        statements
    }

    /// The newest posts at home, some of them boosted, and one notification for every five posts: likes and boosts of the reader's own, answers
    /// and new followers.
    fn what_the_reader_gets(&self) -> Vec<String> {
        let (id, boost) = (self.id("i", 0), self.id("i", 1_000));
        let (writer, booster) = (author("i"), author("i + 1"));
        let (own, answer) = (self.id("i / 50 * 50 + 1", 0), self.id("i + 4", 0));
        vec![
            format!(
                "INSERT INTO home_entry (account_id, id, post_id, author_id, booster_id)
                 {NUMBERS} SELECT {READER}, CASE WHEN i % 10 = 2 THEN {boost} ELSE {id} END, {id}, {writer},
                     CASE WHEN i % 10 = 2 THEN {booster} END FROM n WHERE i >= $1 - {HOME}"
            ),
            format!(
                "INSERT INTO notification (id, account_id, kind, from_id, post_id, dedupe)
                 {NUMBERS} SELECT {}, {READER},
                     CASE i / 5 % 10 WHEN 7 THEN 'reply' WHEN 8 THEN 'mention' WHEN 9 THEN 'follow' WHEN 5 THEN 'boost' WHEN 6 THEN 'boost' ELSE 'like' END,
                     1000 + i * 31 / 5 % {AUTHORS}, CASE i / 5 % 10 WHEN 9 THEN NULL WHEN 7 THEN {answer} WHEN 8 THEN {answer} ELSE {own} END,
                     'bench' || i FROM n WHERE i % 5 = 0",
                self.id("i", 2_000)
            ),
        ]
    }
}

/// SQL: the numbers from 0 to below `$1`, as the table `n (i)`.
const NUMBERS: &str = "WITH RECURSIVE n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1 - 1)";
const READER: &str = "(SELECT id FROM account WHERE name = 'reader' AND local = TRUE)";
const IS_ANSWER: &str = "i % 5 = 4";
const IS_QUOTE: &str = "i % 20 = 11";
/// The reader writes, too.
const IS_READERS: &str = "i % 50 = 1";
/// What an answer answers: the first post of its conversation, or the answer before it.
const PARENT: &str = "CASE WHEN i % 10 = 4 THEN i - i % 200 ELSE i - 5 END";

fn begins(i: &str) -> String {
    format!("{i} - {i} % {THREAD}")
}

/// SQL: who wrote the post.
fn author(i: &str) -> String {
    format!("(CASE WHEN ({i}) % 50 = 1 THEN {READER} ELSE 1000 + ({i}) * 7919 % {AUTHORS} END)")
}

fn is_local(i: &str) -> String {
    format!("({i} % 50 = 1 OR {i} * 7919 % 5 < 2)")
}

/// The authors, each with a profile; the reader follows them all, and they follow back.
fn people() -> Vec<String> {
    let all = format!(
        "WITH RECURSIVE n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {AUTHORS} - 1 AND $1 > 0)"
    );
    let host = "CASE WHEN i % 5 < 2 THEN (SELECT host FROM account WHERE name = 'reader') ELSE 'h' || (i % 20) || '.example' END";
    let follow = "INSERT INTO follow (follower_id, followee_id, id, uri, state, created_at)";
    vec![
        format!(
            "INSERT INTO account (id, uri, local, kind, name, host, display_name, bio_html, url, inbox, shared_inbox, avatar, fields, key_id, public_key,
                 followers_count, following_count, posts_count, last_post_at, created_at, refreshed_at)
             {all} SELECT 1000 + i, 'https://people.example/' || i, i % 5 < 2, 'person', 'person' || i, {host}, '市民 ' || i,
                 '<p>まちづくりの会で活動しています。週末は畑にいます。</p>', 'https://people.example/@' || i, 'https://people.example/inbox/' || i,
                 'https://people.example/inbox', CASE WHEN i % 5 < 2 THEN 'avatar' || i || '.jpg' ELSE 'https://pictures.example/' || i || '.jpg' END,
                 '[{{\"name\":\"会場\",\"value\":\"公民館\"}},{{\"name\":\"web\",\"value\":\"<a href=\\\"https://sample.example/\\\">sample.example</a>\"}}]',
                 'https://people.example/' || i || '#k', 'k', 300, 200, 1000, 1, 1, 1 FROM n"
        ),
        format!("{follow} {all} SELECT {READER}, 1000 + i, 2 * i, 'f' || i, 'accepted', 1 FROM n"),
        format!("{follow} {all} SELECT 1000 + i, {READER}, 2 * i + 1, 'b' || i, 'accepted', 1 FROM n"),
    ]
}
