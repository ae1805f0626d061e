//! The network as its admins tend it in the browser: forms and nothing else.
use federation_tests::{
    Answer, Browser, Network, Node,
    browser::between,
    chapters::{chapters, talk},
};
use tsudoi::{
    clock::MINUTE,
    network::{log, membership, sync},
};

const HERE: &str = "/admin/network";
const SURE: (&str, &str) = ("sure", "true");

/// The nodes of the network that a node is in, by its own roster.
async fn members(node: &Node) -> Vec<String> {
    let us = membership::now(node.app()).await.unwrap();
    us.map_or_else(Vec::new, |us| us.roster.members.iter().map(|m| m.node.clone()).collect())
}

/// The digits of the page that stand behind a chapter's name.
fn digits(page: &Answer, chapter: &str) -> String {
    let text = page.text();
    let after = text.split_once(&format!("{chapter}</strong>")).unwrap().1;
    between(after, "<p class=\"digits\">", "</p>").replace("<span>", "").replace("</span>", "")
}

async fn found(admin: &Browser) -> Answer {
    let page = admin.opens("/admin/network/create").await;
    let typed = [("name", "東北OM"), ("node", "aomori"), ("prefecture", "青森県")];
    admin.sends(&page, "/admin/network/create", &typed).await
}

/// A new invitation, as it stands on the page.
async fn invitation(admin: &Browser) -> String {
    let page = admin.opens(HERE).await;
    let shown = admin.sends(&page, "/admin/network/invite", &[]).await;
    assert_eq!(shown.status, 200);
    assert!(shown.header("cache-control").contains("no-store"));
    between(&shown.text(), "readonly spellcheck=\"false\">", "</textarea>")
}

/// Reads an invitation: the page that says whose it is.
async fn reads(admin: &Browser, invitation: &str, node: &str) -> Answer {
    let page = admin.opens("/admin/network/join").await;
    let typed = [("invitation", invitation), ("node", node), ("prefecture", "どこか県")];
    admin.sends(&page, "/admin/network/join/check", &typed).await
}

async fn joins(admin: &Browser, invitation: &str, node: &str) -> Answer {
    let page = reads(admin, invitation, node).await;
    admin.sends(&page, "/admin/network/join", &[SURE]).await
}

#[tokio::test]
async fn two_nodes_found_a_network_and_the_second_joins_by_forms_alone() {
    let net = Network::new();
    let (aomori, iwate) = (net.node("aomori").await, net.node("iwate").await);
    let (hana, ken) =
        (Browser::of_admin(&aomori, "hana").await, Browser::of_admin(&iwate, "ken").await);

    let page = found(&hana).await;
    assert!(page.text().contains("ネットワークができました"), "{}", page.text());
    let own = digits(&page, "青森県");
    let invitation = invitation(&hana).await;

    let page = reads(&ken, &invitation, "iwate").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("東北OM") && page.text().contains("青森県からの招待です"));
    let shown = between(&page.text(), "<p class=\"digits\">", "</p>");
    assert_eq!(shown.replace("<span>", "").replace("</span>", ""), own);
    assert_eq!(members(&iwate).await, [""; 0], "reading an invitation joins nothing");

    let careless = ken.sends(&page, "/admin/network/join", &[]).await;
    assert_eq!(careless.status, 422);
    assert!(careless.text().contains("確かめてから、印を付けて"));
    let page = ken.sends(&careless, "/admin/network/join", &[SURE]).await;
    assert!(page.text().contains("ネットワークに加わりました"), "{}", page.text());
    for node in [&aomori, &iwate] {
        assert_eq!(members(node).await, ["aomori", "iwate"]);
    }
    let (there, here) = (hana.opens(HERE).await, ken.opens(HERE).await);
    assert_eq!(digits(&there, "どこか県"), digits(&here, "どこか県"));
}

#[tokio::test]
async fn the_third_joins_and_a_node_leaves_when_a_majority_has_signed_in_the_browser() {
    let net = Network::new();
    let names = ["aomori", "iwate", "miyagi"];
    let nodes = [net.node(names[0]).await, net.node(names[1]).await, net.node(names[2]).await];
    let [aomori, iwate, miyagi] = &nodes;
    let mut admins = Vec::new();
    for node in &nodes {
        admins.push(Browser::of_admin(node, "hana").await);
    }
    found(&admins[0]).await;
    joins(&admins[1], &invitation(&admins[0]).await, "iwate").await;
    let page = joins(&admins[2], &invitation(&admins[0]).await, "miyagi").await;
    assert!(page.text().contains("加わりたいと伝えました"), "{}", page.text());
    assert_eq!(members(miyagi).await, [""; 0]);

    net.advance(MINUTE);
    talk(&[aomori, iwate]).await;
    let waits = admins[1].opens(HERE).await;
    assert!(waits.text().contains("署名済み：青森県"), "{}", waits.text());
    assert!(waits.text().contains("2ノードの署名"));
    let careless = admins[1].sends(&waits, "/admin/network/sign", &[]).await;
    assert_eq!(careless.status, 422);
    assert_eq!(members(iwate).await, ["aomori", "iwate"]);
    let page = admins[1].sends(&careless, "/admin/network/sign", &[SURE]).await;
    assert!(page.text().contains("決まりました"), "{}", page.text());
    net.advance(MINUTE);
    talk(&[aomori, iwate, miyagi]).await;
    net.advance(MINUTE);
    talk(&[aomori, iwate, miyagi]).await;
    assert_eq!(members(miyagi).await, names);

    let ask = admins[2].opens("/admin/network/remove?node=miyagi").await;
    assert!(ask.text().contains("ネットワークを抜ける"));
    let careless = admins[2].sends(&ask, "/admin/network/remove", &[]).await;
    assert_eq!(careless.status, 422);
    let page = admins[2].sends(&careless, "/admin/network/remove", &[SURE]).await;
    assert!(page.text().contains("提案して署名しました"), "{}", page.text());
    net.advance(MINUTE);
    talk(&[aomori, iwate, miyagi]).await;
    let waits = admins[0].opens(HERE).await;
    admins[0].sends(&waits, "/admin/network/sign", &[SURE]).await;
    assert_eq!(members(aomori).await, ["aomori", "iwate"]);
    net.advance(MINUTE);
    talk(&[aomori, iwate, miyagi]).await;
    assert_eq!(members(miyagi).await, [""; 0]);
    assert!(admins[2].opens(HERE).await.text().contains("以前は「東北OM」に"));
}

#[tokio::test]
async fn a_plain_member_and_a_form_without_its_token_change_nothing() {
    let net = Network::new();
    let aomori = net.node("aomori").await;
    let member = Browser::of(&aomori.member("yui").await).await;
    let admin = Browser::of_admin(&aomori, "hana").await;
    let fields = |words: &[(&str, &str)]| -> Vec<(String, String)> {
        words.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    };
    let founding = fields(&[("name", "東北OM"), ("node", "aomori"), ("prefecture", "青森県")]);
    let forms = ["create", "invite", "join/check", "join", "sign", "remove"];
    for page in ["", "/create", "/join", "/remove?node=aomori"] {
        assert_eq!(member.opens(&format!("{HERE}{page}")).await.status, 403, "{page}");
    }
    for form in forms {
        let path = format!("{HERE}/{form}");
        assert_eq!(member.posts(&path, &founding).await.status, 403, "{form}");
        assert_eq!(admin.posts(&path, &founding).await.status, 403, "{form} without a token");
        let mut forged = founding.clone();
        forged.extend(fields(&[("csrf", "somebody else's")]));
        assert_eq!(admin.posts(&path, &forged).await.status, 403, "{form} with another token");
    }
    assert_eq!(members(&aomori).await, [""; 0]);
    assert_eq!(aomori.get(HERE, "text/html").await.status, 303, "a visitor signs in first");
}

#[tokio::test]
async fn what_is_wrong_with_an_invitation_is_said_in_words_and_what_was_typed_stays() {
    let net = Network::new();
    let (aomori, iwate) = (net.node("aomori").await, net.node("iwate").await);
    let (hana, ken) =
        (Browser::of_admin(&aomori, "hana").await, Browser::of_admin(&iwate, "ken").await);

    let page = reads(&ken, "これは招待ではない", "岩手").await;
    assert_eq!(page.status, 422);
    for words in
        ["招待の文字列が読めません", "これは招待ではない", "value=\"岩手\"", "value=\"どこか県\""]
    {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert!(page.text().contains("小文字のローマ字、数字、ハイフンだけで"), "the node's name");

    found(&hana).await;
    let invitation = invitation(&hana).await;
    let page = joins(&ken, &invitation, "aomori").await;
    assert_eq!(page.status, 422);
    assert!(page.text().contains("この名前のノードは、もうあります"), "{}", page.text());

    let page = reads(&ken, &invitation, "iwate").await;
    aomori.goes_down().await;
    let refused = ken.sends(&page, "/admin/network/join", &[SURE]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("返事がありませんでした"), "{}", refused.text());
    aomori.comes_back().await;
    let page = ken.sends(&refused, "/admin/network/join", &[SURE]).await;
    assert!(page.text().contains("ネットワークに加わりました"), "the same form, sent again");

    let akita = net.node("akita").await;
    let mei = Browser::of_admin(&akita, "mei").await;
    let page = joins(&mei, &invitation, "akita").await;
    assert!(page.text().contains("この招待は使用済みか、期限が切れています"), "{}", page.text());
}

#[tokio::test]
async fn the_pages_say_who_is_down_since_when_what_is_missing_and_how_many_copies_there_are() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let [aomori, iwate, miyagi] = &nodes[..] else { panic!("three nodes") };
    let hana = Browser::of_admin(aomori, "hana").await;
    let said = iwate.member("ken").await.posts("岩手から").await;
    talk(&[aomori, iwate, miyagi]).await;
    let page = aomori.get("/network", "text/html").await.text();
    assert_eq!(page.matches("動いています").count(), 2, "{page}");
    assert!(
        page.contains("<strong>2/2</strong>"),
        "both have what hana's coming here said: {page}"
    );
    assert!(page.contains("追いついた時刻"));

    iwate.goes_down().await;
    let down_at = net.now().plus(MINUTE);
    net.advance(MINUTE);
    talk(&[aomori, miyagi]).await;
    for _ in 0..3 {
        net.advance(MINUTE);
        aomori.member(&format!("m{}", net.now().0)).await.posts("届くかな").await;
    }
    let page = aomori.get("/network", "text/html").await.text();
    assert!(page.contains("まだどこにも写しのない記録：3件"), "{page}");
    net.advance(MINUTE);
    talk(&[aomori, miyagi]).await;
    for page in [aomori.get("/network", "text/html").await, hana.opens(HERE).await] {
        let page = page.text();
        assert!(page.contains("停止中"), "{page}");
        let since =
            format!("<dt>返事がなくなった時刻</dt><dd><time datetime=\"{}", down_at.iso_seconds());
        assert!(page.contains(&since), "{since}: {page}");
        assert!(page.contains("<dt>送り待ち</dt><dd>6</dd>"), "{page}");
        assert!(page.contains("最後に受け取った時刻"), "{page}");
        assert!(page.contains("<strong>1/2</strong>"), "{page}");
    }
    let page = hana.opens(HERE).await.text();
    assert!(page.contains("<a href=\"/admin/hosts#dead\">0</a>"), "{page}");
    assert!(page.contains("<a href=\"/admin/hosts#parked\">0</a>"), "{page}");
    assert!(aomori.post(said.uri()).await.is_some());
}

#[tokio::test]
async fn what_waits_for_something_is_counted_and_listed_for_admins() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let [aomori, iwate, miyagi] = &nodes[..] else { panic!("three nodes") };
    let (aiko, ken) = (aomori.member("aiko").await, iwate.member("ken").await);
    let hana = Browser::of_admin(miyagi, "hana").await;
    talk(&[aomori, iwate, miyagi]).await;
    let post = aiko.posts("まだ届かない").await;
    talk_without(miyagi, &[aomori, iwate]).await;
    ken.likes(post.uri()).await;
    miyagi.comes_back().await;
    // Only iwate's log comes at first.
    let us = membership::now(miyagi.app()).await.unwrap().unwrap();
    let mut tx = iwate.app().db.read().await.unwrap();
    let entries = log::page(&mut tx, "iwate", 1, 0, 100).await.unwrap();
    drop(tx);
    sync::take(miyagi.app(), us.roster.member("iwate").unwrap(), entries).await.unwrap();
    miyagi.apply().await;

    let page = hana.opens(HERE).await.text();
    assert!(page.contains("<a href=\"/admin/hosts#parked\">1</a>"), "{page}");
    let page = hana.opens("/admin/hosts").await.text();
    let list = between(&page, "id=\"parked\">", "</section>");
    assert!(list.contains(iwate.host()) && list.contains("（1回ためしました）"), "{list}");
    net.advance(MINUTE);
    talk(&[aomori, iwate, miyagi]).await;
    let page = hana.opens(HERE).await.text();
    assert!(page.contains("<a href=\"/admin/hosts#parked\">0</a>"), "{page}");
}

/// The others speak to each other while one is down.
async fn talk_without(down: &Node, others: &[&Node]) {
    down.goes_down().await;
    talk(others).await;
}

#[tokio::test]
async fn profile_and_thread_of_a_node_that_is_down_say_so_until_it_is_back() {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let [aomori, iwate, miyagi] = &nodes[..] else { panic!("three nodes") };
    let (aiko, ken) = (aomori.member("aiko").await, iwate.member("ken").await);
    let (of_aiko, of_ken) = (aiko.posts("青森から").await, ken.posts("岩手から").await);
    talk(&[aomori, iwate, miyagi]).await;
    let seen = net.now();
    let thread =
        async |uri: &str, by: &str| format!("/@{by}/{}", miyagi.post(uri).await.unwrap().id);
    let at = |name: &str, node: &Node| format!("{name}@{}", node.host());
    let (aiko_there, ken_there) = (at("aiko", aomori), at("ken", iwate));
    let of_aomori = [format!("/@{aiko_there}"), thread(of_aiko.uri(), &aiko_there).await];
    let of_iwate = [format!("/@{ken_there}"), thread(of_ken.uri(), &ken_there).await];
    let down = "aomori prefectureのノードから返事がありません。これはこのノードにある写しです。";

    net.advance(MINUTE);
    talk_without(aomori, &[iwate, miyagi]).await;
    for page in &of_aomori {
        let page = miyagi.get(page, "text/html").await.text();
        assert!(page.contains(down), "{page}");
        let last = tsudoi::text::Lang::Ja.date(&seen.zoned(&miyagi.app().config.timezone.0));
        assert!(page.contains(&format!("最後に確認した時刻：{last}")), "{last}: {page}");
        assert!(page.contains("青森から") || page.contains("aiko"), "the copy is read");
    }
    for page in &of_iwate {
        assert!(
            !miyagi.get(page, "text/html").await.text().contains("返事がありません。これは"),
            "{page}"
        );
    }
    aomori.comes_back().await;
    net.advance(10 * MINUTE);
    talk(&[aomori, iwate, miyagi]).await;
    for page in &of_aomori {
        assert!(
            !miyagi.get(page, "text/html").await.text().contains("返事がありません。これは"),
            "{page}"
        );
    }
}
