//! The network as its admins tend it in the browser: forms and nothing else.
use federation_tests::{Answer, Browser, Network, Node, browser::between, chapters::talk};
use tsudoi::{clock::MINUTE, network::membership};

const HERE: &str = "/admin/network";
const SURE: (&str, &str) = ("sure", "true");

/// The nodes of the network that a node is in, by its own roster.
async fn members(node: &Node) -> Vec<String> {
    node.app().membership.invalidate_all();
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
    assert!(waits.text().contains("2つのノードの署名"));
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
