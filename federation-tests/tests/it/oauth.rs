//! Programs: what their tokens open, and how they get them.
use federation_tests::{Answer, Member, Network, Node};
use reqwest::Method;
use serde_json::json;
use tsudoi::{
    accounts::actions::tokens::{self, NewToken},
    clock::HOUR,
    scopes::Scopes,
};

const ME: &str = "/api/v1/accounts/verify_credentials";
const HOME: &str = "/api/v1/timelines/home";

/// The member through a program that may do only this.
async fn allowed(member: &Member, scopes: &str) -> Member {
    let app = member.node.app();
    let new = NewToken { label: "test".into(), app: None, scopes: Scopes::parse(scopes).unwrap() };
    let id = member.account().await.id;
    let mut tx = app.db.begin().await.unwrap();
    let token = tokens::issue(app, &mut tx, id, &new).await.unwrap();
    tx.commit().await.unwrap();
    member.with_token(&token)
}

async fn asks(node: &Node, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = node.net().http.get(node.url(path));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_token_opens_what_its_scopes_say_and_nothing_else() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let post = aiko.posts("おはよう").await;
    let favourite = format!("/api/v1/statuses/{}/favourite", post.id());
    let bookmark = format!("/api/v1/statuses/{}/bookmark", post.id());

    let reader = allowed(&aiko, "read:statuses").await;
    assert_eq!(reader.call(Method::GET, HOME, None).await.status, 200);
    for (method, path) in
        [(Method::GET, ME), (Method::POST, "/api/v1/statuses"), (Method::POST, &favourite)]
    {
        let refused = reader.call(method, path, Some(json!({"status": "x"}))).await;
        assert_eq!(refused.status, 403, "{path}");
        assert_eq!(
            refused.json(),
            json!({"error": "This action is outside the authorized scopes"})
        );
    }
    let liker = allowed(&aiko, "write:favourites").await;
    assert_eq!(liker.call(Method::POST, &favourite, None).await.status, 200);
    assert_eq!(liker.call(Method::POST, &bookmark, None).await.status, 403);
    let writer = allowed(&aiko, "write").await;
    assert_eq!(writer.call(Method::POST, &bookmark, None).await.status, 200);
    assert_eq!(writer.call(Method::GET, HOME, None).await.status, 403);
    let signed_in = allowed(&aiko, "profile").await;
    assert_eq!(signed_in.call(Method::GET, ME, None).await.status, 200);
}

#[tokio::test]
async fn a_token_comes_in_the_header_or_in_the_address_and_a_wrong_one_is_refused() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, yui) = (iwate.member("aiko").await, iwate.member("yui").await);

    for member in [&aiko, &yui, &aiko] {
        let path = format!("{ME}?access_token={}", member.token());
        let answer = iwate.get(&path, "*/*").await;
        assert_eq!(answer.json()["username"], member.name.as_str());
        assert_eq!(answer.header("cache-control"), "private, no-store");
        let header = format!("bearer {}", member.token());
        let answer = asks(&iwate, ME, &[("authorization", &header)]).await;
        assert_eq!(answer.json()["username"], member.name.as_str());
        let answer = asks(&iwate, ME, &[("sec-websocket-protocol", member.token())]).await;
        assert_eq!(answer.json()["username"], member.name.as_str());
    }
    for path in [ME.to_owned(), format!("{ME}?access_token=wrong")] {
        let refused = iwate.get(&path, "*/*").await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.json(), json!({"error": "The access token is invalid"}));
        assert!(refused.header("www-authenticate").starts_with("Bearer"));
    }
    // Nobody else is given what was asked for with a token in another place.
    assert_eq!(iwate.get(ME, "*/*").await.status, 401);
}

#[tokio::test]
async fn that_a_token_is_in_use_is_written_down_once_an_hour() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let id = aiko.account().await.id;
    let changes = || iwate.app().db.changes();
    let before = changes();
    for _ in 0..3 {
        aiko.call(Method::GET, HOME, None).await.succeeded();
    }
    assert_eq!(changes(), before, "no writing");

    net.advance(HOUR);
    for _ in 0..3 {
        aiko.call(Method::GET, HOME, None).await.succeeded();
    }
    assert_eq!(changes(), before + 1);
    let mut tx = iwate.app().db.read().await.unwrap();
    assert_eq!(tokens::list(&mut tx, id).await.unwrap()[0].last_used_at, net.now());
}
