//! Programs: what their tokens open, and how they get them.
use axum::{Router, extract::Request, routing::get};
use federation_tests::{Answer, Browser, Network, Node, browser::between};
use reqwest::Method;
use serde_json::{Value, json};
use tower::ServiceExt;
use tsudoi::{
    accounts::{
        actions::{sign_up, tokens},
        queries, session,
    },
    clock::{HOUR, MINUTE},
    config::{Signup, Switch},
};

const ME: &str = "/api/v1/accounts/verify_credentials";
const HOME: &str = "/api/v1/timelines/home";

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

    let reader = aiko.allowing("read:statuses").await;
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
    let liker = aiko.allowing("write:favourites").await;
    assert_eq!(liker.call(Method::POST, &favourite, None).await.status, 200);
    assert_eq!(liker.call(Method::POST, &bookmark, None).await.status, 403);
    let writer = aiko.allowing("write").await;
    assert_eq!(writer.call(Method::POST, &bookmark, None).await.status, 200);
    assert_eq!(writer.call(Method::GET, HOME, None).await.status, 403);
    let signed_in = aiko.allowing("profile").await;
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

/// Sends a form, as most programs do.
async fn form(node: &Node, path: &str, fields: &[(&str, &str)], token: &str) -> Answer {
    let body: String =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = node.net().http.post(node.url(path)).body(body);
    request = request.header("content-type", "application/x-www-form-urlencoded");
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    Answer::of(request.send().await.unwrap()).await
}

const BACK: &str = "https://reader.example/back?x=y";
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A registered program.
struct Reader {
    node: Node,
    id: String,
    secret: String,
}

impl Reader {
    async fn registers(node: &Node, scopes: &str) -> Self {
        let ways = format!("{BACK}\ntusky://back\n{OUT_OF_BAND}");
        let fields =
            [("client_name", "Reader"), ("redirect_uris", ways.as_str()), ("scopes", scopes)];
        let app = form(node, "/api/v1/apps", &fields, "").await.succeeded().json();
        let text = |name: &str| app[name].as_str().unwrap().to_owned();
        Self { node: node.clone(), id: text("client_id"), secret: text("client_secret") }
    }

    fn asks(&self, back: &str, more: &[(&str, &str)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([
            ("response_type", "code"),
            ("client_id", self.id.as_str()),
            ("redirect_uri", back),
        ]);
        format!("/oauth/authorize?{}", query.extend_pairs(more).finish())
    }

    async fn fetches(&self, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![("client_id", self.id.as_str()), ("client_secret", &self.secret)];
        fields.extend(more);
        form(&self.node, "/oauth/token", &fields, "").await
    }

    async fn redeems(&self, code: &str) -> Answer {
        let grant = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        self.fetches(&grant).await
    }

    /// The code that the member's browser brings back.
    async fn is_allowed(&self, browser: &Browser, scopes: &str) -> String {
        let asked =
            [("scope", scopes), ("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
        let page = browser.opens(&self.asks(BACK, &asked)).await.succeeded();
        let told = browser.posts_form(&page, "/oauth/authorize", &[("decision", "allow")]).await;
        told_in(&told, "code")
    }

    async fn token_for(&self, browser: &Browser, scopes: &str) -> String {
        let code = self.is_allowed(browser, scopes).await;
        let granted = self.redeems(&code).await.succeeded().json();
        assert_eq!(granted["scope"], scopes);
        granted["access_token"].as_str().unwrap().to_owned()
    }
}

/// What the program is told in the address that the browser is sent to.
fn told_in(answer: &Answer, name: &str) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    let address = url::Url::parse(answer.header("location")).unwrap();
    let told = address.query_pairs().find(|(n, _)| n == name);
    told.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_program_registers_is_allowed_speaks_for_the_member_and_is_signed_out() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let browser = Browser::of(&aiko).await;
    let reader = Reader::registers(&iwate, "read write push").await;

    let page = browser.opens(&reader.asks(BACK, &[("scope", "read write:statuses")])).await;
    assert!(page.text().contains("Reader"));
    let code = reader.is_allowed(&browser, "read write:statuses").await;
    let granted = reader.redeems(&code).await.succeeded();
    assert_eq!(granted.header("cache-control"), "no-store");
    let granted = granted.json();
    assert_eq!(granted["token_type"], "Bearer");
    assert_eq!(granted["scope"], "read write:statuses");
    assert_eq!(granted["created_at"], net.now().0 / 1_000);
    assert!(granted.get("expires_in").is_none());
    let token = granted["access_token"].as_str().unwrap();

    let through = aiko.with_token(token);
    assert_eq!(through.call(Method::GET, ME, None).await.json()["username"], "aiko");
    through.posts("アプリから").await;
    let id = aiko.account().await.id;
    let block = format!("/api/v1/accounts/{id}/block");
    assert_eq!(through.call(Method::POST, &block, None).await.status, 403);
    let app = through.call(Method::GET, "/api/v1/apps/verify_credentials", None).await;
    assert_eq!(app.json()["name"], "Reader");
    assert!(app.json().get("client_secret").is_none());

    let fields = [("token", token), ("client_id", &reader.id), ("client_secret", "wrong")];
    assert_eq!(form(&iwate, "/oauth/revoke", &fields, "").await.status, 403);
    assert_eq!(through.call(Method::GET, ME, None).await.status, 200);
    let other = Reader::registers(&iwate, "read").await;
    for (one, opens) in [(&other, 200), (&reader, 401), (&reader, 401)] {
        let fields = [("token", token), ("client_id", &one.id), ("client_secret", &one.secret)];
        let revoked = form(&iwate, "/oauth/revoke", &fields, "").await;
        assert_eq!((revoked.status, revoked.json()), (200, json!({})));
        assert_eq!(through.call(Method::GET, ME, None).await.status, opens);
    }
}

#[tokio::test]
async fn a_code_works_once_within_ten_minutes_for_its_program_its_way_and_its_secret() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let browser = Browser::of(&iwate.member("aiko").await).await;
    let reader = Reader::registers(&iwate, "read").await;
    let other = Reader::registers(&iwate, "read").await;

    let code = reader.is_allowed(&browser, "read").await;
    assert_eq!(other.redeems(&code).await.status, 400, "another program's");
    reader.redeems(&code).await.succeeded();
    let again = reader.redeems(&code).await;
    assert_eq!((again.status, again.json()["error"].clone()), (400, json!("invalid_grant")));

    for (name, wrong) in [("redirect_uri", OUT_OF_BAND), ("code_verifier", "x"), ("code", "x")] {
        let code = reader.is_allowed(&browser, "read").await;
        let mut grant = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        grant.retain(|(n, _)| *n != name);
        grant.push((name, wrong));
        assert_eq!(reader.fetches(&grant).await.status, 400, "{name}");
    }
    let code = reader.is_allowed(&browser, "read").await;
    net.advance(10 * MINUTE);
    assert_eq!(reader.redeems(&code).await.status, 400, "too late");

    let thief = Reader { node: iwate.clone(), id: reader.id.clone(), secret: "guessed".into() };
    let code = reader.is_allowed(&browser, "read").await;
    let refused = thief.redeems(&code).await;
    assert_eq!((refused.status, refused.json()["error"].clone()), (401, json!("invalid_client")));
    reader.redeems(&code).await.succeeded();
}

#[tokio::test]
async fn the_program_may_prove_itself_by_http_basic_and_send_json() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let browser = Browser::of(&iwate.member("aiko").await).await;
    let reader = Reader::registers(&iwate, "read").await;
    let code = reader.is_allowed(&browser, "read").await;

    let grant = json!({
        "grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER,
    });
    let request = net.http.post(iwate.url("/oauth/token")).json(&grant);
    let request = request.basic_auth(&reader.id, Some(&reader.secret));
    Answer::of(request.send().await.unwrap()).await.succeeded();

    for grant in ["password", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"] {
        let refused = reader.fetches(&[("grant_type", grant)]).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.json()["error"], "unsupported_grant_type");
        assert!(refused.json()["error_description"].is_string());
    }
    assert_eq!(reader.fetches(&[]).await.json()["error"], "invalid_request");
}

#[tokio::test]
async fn the_member_may_say_no_and_wrong_requests_lead_nowhere() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let browser = Browser::of(&iwate.member("aiko").await).await;
    let reader = Reader::registers(&iwate, "read").await;

    let page = browser.opens(&reader.asks(BACK, &[("state", "a b&c")])).await.succeeded();
    let told = browser.posts_form(&page, "/oauth/authorize", &[("decision", "deny")]).await;
    assert!(told.header("location").starts_with(&format!("{BACK}&error=access_denied")));
    assert_eq!(told_in(&told, "state"), "a b&c");
    let told = browser.posts_form(&page, "/oauth/authorize", &[("decision", "allow")]).await;
    assert_eq!(told_in(&told, "state"), "a b&c");

    let plain = &[("code_challenge", CHALLENGE), ("code_challenge_method", "plain")];
    for (more, error, words) in [
        (&[("scope", "write")][..], "invalid_scope", "登録していない許可"),
        (&[("scope", "everything")], "invalid_scope", "登録していない許可"),
        (plain, "invalid_request", "S256だけ"),
        (&[("response_type", "token")], "unsupported_response_type", "（response_type）"),
    ] {
        let path = reader.asks(BACK, more).replacen(
            "response_type=code&",
            "",
            usize::from(more[0].0 == "response_type"),
        );
        let told = browser.opens(&path).await;
        assert_eq!(
            (told.status, told.header("location")),
            (400, ""),
            "{error}: nobody is led away"
        );
        assert!(told.text().contains(words), "the member reads {words} on {path}");
        let machine = asks(&iwate, &path, &[("accept", "application/json")]).await;
        assert!(machine.json()["error"].as_str().unwrap().starts_with(error));
    }
    for back in ["https://reader.example/", "https://evil.example/", "tusky://back/", ""] {
        let refused = browser.opens(&reader.asks(back, &[])).await;
        assert_eq!((refused.status, refused.header("location")), (422, ""), "{back}");
    }
    let nobody = Reader { node: iwate.clone(), id: "nobody".into(), secret: String::new() };
    assert_eq!(browser.opens(&nobody.asks(BACK, &[])).await.status, 422);
    // A form without the session's token is somebody else's.
    let fields = [("client_id", reader.id.as_str()), ("redirect_uri", BACK), ("decision", "allow")];
    let fields = fields.map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(browser.posts("/oauth/authorize", &fields).await.status, 403);
}

#[tokio::test]
async fn the_page_lets_the_browser_go_to_the_program_whose_window_it_is() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let browser = Browser::of(&iwate.member("aiko").await).await;
    let reader = Reader::registers(&iwate, "read").await;

    for (back, source) in [(BACK, "https:"), ("tusky://back", "tusky:")] {
        let page = browser.opens(&reader.asks(back, &[])).await.succeeded();
        let policy = page.header("content-security-policy");
        assert!(policy.contains(&format!("form-action 'self' {source};")), "{policy}");
        assert_eq!(page.header("cross-origin-opener-policy"), "unsafe-none");
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert!(page.header("cache-control").contains("no-store"));
    }
    let page = browser.opens("/settings/devices").await;
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
    assert!(page.header("content-security-policy").contains("form-action 'self';"));
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_and_comes_back_and_so_does_who_must_do_it_anew() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let browser = Browser::of(&iwate.member("aiko").await).await;
    let reader = Reader::registers(&iwate, "read").await;
    let path = reader.asks(BACK, &[("state", "s"), ("force_login", "true")]);

    let to_sign_in = iwate.get(&path, "text/html").await;
    assert_eq!(to_sign_in.status, 303);
    let sign_in = to_sign_in.header("location").to_owned();
    assert!(sign_in.starts_with("/login?next=%2Foauth%2Fauthorize%3F"), "{sign_in}");
    assert!(!sign_in.contains("force_login"));
    let page = iwate.get(&sign_in, "text/html").await.succeeded();
    assert_eq!(page.header("cross-origin-opener-policy"), "unsafe-none");
    let next = between(&page.text(), "name=\"next\" value=\"", "\"");
    browser.opens(&next).await.succeeded();

    let page = browser.opens(&path).await.succeeded();
    assert!(!page.text().contains("value=\"allow\""));
    let left = browser.posts_form(&page, "/oauth/authorize/again", &[]).await;
    assert_eq!(left.header("location"), sign_in);
    assert_eq!(browser.opens("/settings/devices").await.status, 303, "signed out");
}

#[tokio::test]
async fn a_program_without_a_way_back_is_given_its_code_by_hand() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let browser = Browser::of(&iwate.member("aiko").await).await;
    let reader = Reader::registers(&iwate, "read").await;

    let page = browser.opens(&reader.asks(OUT_OF_BAND, &[])).await.succeeded();
    let page = browser.sends(&page, "/oauth/authorize", &[("decision", "allow")]).await;
    let code = between(&page.text(), "readonly value=\"", "\"");
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", OUT_OF_BAND),
    ];
    reader.fetches(&grant).await.succeeded();
    assert_eq!(browser.opens("/oauth/authorize/native?code=%3Cb%3E").await.status, 404);
}

#[tokio::test]
async fn a_program_may_speak_for_itself_but_not_as_a_member() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let reader = Reader::registers(&iwate, "read").await;
    let itself = [("grant_type", "client_credentials"), ("scope", "read")];
    let token = reader.fetches(&itself).await.succeeded().json()["access_token"].clone();
    let token = format!("Bearer {}", token.as_str().unwrap());

    let app = asks(&iwate, "/api/v1/apps/verify_credentials", &[("authorization", &token)]).await;
    assert_eq!(app.json()["name"], "Reader");
    assert_eq!(app.json()["scopes"], json!(["read"]));
    let refused = asks(&iwate, ME, &[("authorization", &token)]).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json(), json!({"error": "This method requires an authenticated user"}));

    let too_much =
        reader.fetches(&[("grant_type", "client_credentials"), ("scope", "write")]).await;
    assert_eq!((too_much.status, too_much.json()["error"].clone()), (400, json!("invalid_scope")));
}

#[tokio::test]
async fn what_visitors_may_read_is_answered_without_a_token_and_never_with_a_wrong_one() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let me = aiko.account().await.id.to_string();
    let who = async |session::Reader(who): session::Reader| {
        who.map_or("nobody".to_owned(), |id| id.to_string())
    };
    let routes = Router::new()
        .route("/api/v1/statuses/{id}", get(who))
        .route("/api/v1/unheard_of", get(who))
        .with_state(iwate.app().clone());
    let ask = async |path: &str, token: &str| {
        let mut request = Request::builder().uri(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(axum::body::Body::empty()).unwrap();
        let answer = routes.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = axum::body::to_bytes(answer.into_body(), 1_000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    };
    let reader = Reader::registers(&iwate, "read").await;
    let itself = reader.fetches(&[("grant_type", "client_credentials")]).await.json();
    let itself = itself["access_token"].as_str().unwrap();
    let post = "/api/v1/statuses/5";

    assert_eq!(ask(post, "").await, (200, "nobody".into()));
    assert_eq!(ask(post, aiko.token()).await, (200, me));
    assert_eq!(ask(post, itself).await, (200, "nobody".into()));
    assert_eq!(ask(post, "wrong").await.0, 401);
    assert_eq!(ask(post, aiko.allowing("write").await.token()).await.0, 403);
    assert_eq!(ask("/api/v1/unheard_of", aiko.token()).await.0, 403, "not in the table");
}

#[tokio::test]
async fn programs_of_any_origin_may_ask_and_read_what_the_server_can_do() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let reader = Reader::registers(&iwate, "read profile").await;
    let browser = Browser::of(&iwate.member("aiko").await).await;
    let origin = ("origin", "https://reader.example");

    for path in ["/oauth/token", "/oauth/revoke", "/api/v1/apps"] {
        let request = net.http.request(Method::OPTIONS, iwate.url(path)).header(origin.0, origin.1);
        let request = request.header("access-control-request-method", "POST");
        let answer = Answer::of(request.send().await.unwrap()).await.succeeded();
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
    }
    let described = asks(&iwate, "/.well-known/oauth-authorization-server", &[origin]).await;
    assert_eq!(described.header("access-control-allow-origin"), "*");
    let described = described.json();
    assert_eq!(described["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(described["token_endpoint"], iwate.url("/oauth/token"));
    assert!(described["scopes_supported"].as_array().unwrap().contains(&json!("write:media")));

    let token = format!("Bearer {}", reader.token_for(&browser, "profile").await);
    let me = asks(&iwate, "/oauth/userinfo", &[("authorization", &token), origin]).await;
    assert_eq!(me.header("access-control-allow-origin"), "*");
    assert_eq!(me.json()["preferred_username"], "aiko");
    assert_eq!(me.json()["sub"], iwate.url("/users/aiko"));
}

#[tokio::test]
async fn a_registration_is_read_in_every_form_and_refused_in_words() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let register = async |body: Value| {
        let request = net.http.post(iwate.url("/api/v1/apps")).json(&body);
        Answer::of(request.send().await.unwrap()).await
    };
    let app = register(json!({
        "client_name": "Reader", "website": "https://reader.example", "redirect_uris": [BACK, OUT_OF_BAND],
    }))
    .await
    .succeeded()
    .json();
    assert_eq!(app["redirect_uris"], json!([BACK, OUT_OF_BAND]));
    assert_eq!(app["scopes"], json!(["read"]));
    assert_eq!(app["website"], "https://reader.example");
    assert_eq!(app["client_secret_expires_at"], 0);

    for back in ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "reader", ""] {
        let refused = register(json!({"client_name": "Reader", "redirect_uris": back})).await;
        assert_eq!(refused.status, 422, "{back}");
        assert!(refused.json()["error"].as_str().unwrap().contains("redirect URI"));
    }
    let refused =
        register(json!({"client_name": "x", "redirect_uris": BACK, "scopes": "read fly"})).await;
    assert_eq!(refused.json()["error"], "invalid_scope");
}

#[tokio::test]
async fn one_address_registers_five_programs_in_ten_minutes() {
    let net = Network::new();
    let iwate = net.node_with("iwate", |c| c.rate_limits = Switch::On).await;
    let fields = [("client_name", "Reader"), ("redirect_uris", BACK)];
    for _ in 0..5 {
        form(&iwate, "/api/v1/apps", &fields, "").await.succeeded();
    }
    assert_eq!(form(&iwate, "/api/v1/apps", &fields, "").await.status, 429);
}

#[tokio::test]
async fn the_member_sees_what_programs_may_do_and_takes_it_back() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let browser = Browser::of(&aiko).await;
    let reader = Reader::registers(&iwate, "read write").await;
    let token = reader.token_for(&browser, "read:statuses write:media").await;
    let pending = reader.is_allowed(&browser, "read").await;

    let page = browser.opens("/settings/devices").await.succeeded();
    for words in ["Reader", "投稿を見る", "写真などのファイルを書き、変える"] {
        assert!(page.text().contains(words), "{words}");
    }
    let mut tx = iwate.app().db.read().await.unwrap();
    let id = aiko.account().await.id;
    let listed = tokens::list(&mut tx, id).await.unwrap();
    let ours = listed.iter().find(|t| t.label == "Reader").unwrap();
    let action = format!("/settings/programs/{}/end", ours.token_hash);
    drop(tx);
    browser.sends(&page, &action, &[]).await;
    assert_eq!(aiko.with_token(&token).call(Method::GET, HOME, None).await.status, 401);

    // Signing out everywhere ends what was just allowed, too.
    let page = browser.opens("/settings/devices").await;
    browser.sends(&page, "/settings/devices/end", &[]).await;
    assert_eq!(reader.redeems(&pending).await.status, 400);
}

// signing up

/// A program that may sign people up.
async fn door(node: &Node) -> String {
    let reader = Reader::registers(node, "read write").await;
    let itself = [("grant_type", "client_credentials"), ("scope", "write")];
    let token = reader.fetches(&itself).await.succeeded().json();
    token["access_token"].as_str().unwrap().to_owned()
}

fn hana() -> Value {
    json!({
        "username": "hana", "email": "hana@mail.example", "password": "a long password",
        "agreement": true, "locale": "en", "reason": "みほん村の者です。",
    })
}

async fn joins(node: &Node, door: &str, sent: &Value) -> Answer {
    let request = node.net().http.post(node.url("/api/v1/accounts")).bearer_auth(door).json(sent);
    Answer::of(request.send().await.unwrap()).await
}

async fn opens(node: &Node, token: &str) -> u16 {
    asks(node, ME, &[("authorization", &format!("Bearer {token}"))]).await.status
}

#[tokio::test]
async fn on_a_closed_test_net_whoever_signs_up_by_a_program_is_in_at_once() {
    let net = Network::new();
    let iwate = net.node_with("iwate", |c| c.signup_confirm_mail = false).await;
    let door = door(&iwate).await;

    let token = joins(&iwate, &door, &hana()).await.succeeded().json();
    assert_eq!(token["scope"], "read write");
    assert_eq!(opens(&iwate, token["access_token"].as_str().unwrap()).await, 200);
    let fields = [
        ("username", "yui"),
        ("email", "yui@mail.example"),
        ("password", "another long password"),
        ("agreement", "1"),
        ("locale", "ja"),
    ];
    let token = form(&iwate, "/api/v1/accounts", &fields, &door).await.succeeded().json();
    assert_eq!(opens(&iwate, token["access_token"].as_str().unwrap()).await, 200);

    let taken = joins(&iwate, &door, &hana()).await;
    assert_eq!(taken.status, 422);
    assert_eq!(taken.json()["details"]["username"][0]["error"], "ERR_TAKEN");
    let mut same_address = hana();
    same_address["username"] = json!("hanako");
    let taken = joins(&iwate, &door, &same_address).await;
    assert_eq!(taken.json()["details"]["email"][0]["error"], "ERR_TAKEN");
}

#[tokio::test]
async fn a_sign_up_that_is_wrong_is_refused_field_by_field() {
    let net = Network::new();
    let iwate = net.node_with("iwate", |c| c.signup = Signup::Approval).await;
    let door = door(&iwate).await;
    let sent =
        json!({"username": "admin", "email": "hana", "password": "short", "agreement": false});

    let refused = joins(&iwate, &door, &sent).await;

    assert_eq!(refused.status, 422);
    let refused = refused.json();
    assert!(refused["error"].as_str().unwrap().starts_with("Validation failed: "));
    for (field, code) in [
        ("username", "ERR_RESERVED"),
        ("email", "ERR_INVALID"),
        ("password", "ERR_TOO_SHORT"),
        ("agreement", "ERR_ACCEPTED"),
        ("reason", "ERR_BLANK"),
    ] {
        assert_eq!(refused["details"][field][0]["error"], code);
        assert!(refused["details"][field][0]["description"].is_string());
    }
    let nobody = iwate.net().http.post(iwate.url("/api/v1/accounts")).json(&hana());
    assert_eq!(nobody.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn the_token_of_a_sign_up_works_once_the_mail_is_confirmed() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let door = door(&iwate).await;
    let token = joins(&iwate, &door, &hana()).await.succeeded().json();
    let token = token["access_token"].as_str().unwrap();
    assert_eq!(opens(&iwate, token).await, 401);

    let (link, digits) = mailed(&iwate).await;
    sign_up::finish(iwate.app(), &link, &digits, "test").await.unwrap();
    assert_eq!(opens(&iwate, token).await, 200);
}

#[tokio::test]
async fn where_organisers_decide_the_token_waits_for_their_yes_and_a_closed_node_takes_nobody() {
    let net = Network::new();
    let iwate = net.node_with("iwate", |c| c.signup = Signup::Approval).await;
    let token = joins(&iwate, &door(&iwate).await, &hana()).await.succeeded().json();
    let token = token["access_token"].as_str().unwrap();
    let (link, digits) = mailed(&iwate).await;
    sign_up::finish(iwate.app(), &link, &digits, "test").await.unwrap();
    assert_eq!(opens(&iwate, token).await, 403);
    let mut tx = iwate.app().db.begin().await.unwrap();
    let id = queries::holder(&mut tx, "hana", iwate.host()).await.unwrap().unwrap();
    sign_up::approve(iwate.app(), &mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(opens(&iwate, token).await, 200);

    let akita = net.node_with("akita", |c| c.signup = Signup::Closed).await;
    assert_eq!(joins(&akita, &door(&akita).await, &hana()).await.status, 403);
}

#[tokio::test]
async fn a_program_asks_for_the_mail_again_and_whether_it_was_answered() {
    const AGAIN: &str = "/api/v1/emails/confirmations";
    const CHECK: &str = "/api/v1/emails/check_confirmation";
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let door = door(&iwate).await;
    let token = joins(&iwate, &door, &hana()).await.succeeded().json();
    let token = token["access_token"].as_str().unwrap();
    let bearer = format!("Bearer {token}");
    let confirmed =
        async || asks(&iwate, CHECK, &[("authorization", &bearer)]).await.succeeded().json();
    assert_eq!(confirmed().await, json!(false));
    let first = mailed(&iwate).await;

    // The first code has run out meanwhile.
    net.advance(11 * MINUTE);
    assert_eq!(form(&iwate, AGAIN, &[], token).await.succeeded().json(), json!({}));
    let second = mailed(&iwate).await;
    assert_ne!(second.0, first.0);
    net.tick();
    let elsewhere = [("email", "hanako@mail.example")];
    form(&iwate, AGAIN, &elsewhere, token).await.succeeded();
    let (link, digits) = mailed(&iwate).await;
    assert_eq!(opens(&iwate, token).await, 401);
    for (email, status) in [("hana", 422), ("", 422)] {
        assert_eq!(form(&iwate, AGAIN, &[("email", email)], token).await.status, status);
    }
    let wrong = sign_up::finish(iwate.app(), &second.0, &second.1, "test").await;
    assert!(wrong.is_err(), "whoever got the mail at the wrong address opens nothing with it");
    sign_up::finish(iwate.app(), &link, &digits, "test").await.unwrap();

    assert_eq!(confirmed().await, json!(true));
    assert_eq!(opens(&iwate, token).await, 200);
    let mut tx = iwate.app().db.read().await.unwrap();
    let known = queries::member_by_email(&mut tx, "hanako@mail.example").await.unwrap();
    assert!(known.is_some(), "the address that was corrected");
    drop(tx);
    let late = form(&iwate, AGAIN, &[], token).await;
    assert_eq!(late.status, 403, "{}", late.text());
    assert!(late.json()["error"].as_str().unwrap().contains("confirmed already"));
    assert_eq!(form(&iwate, AGAIN, &[], "nobodys").await.status, 401);
    assert_eq!(form(&iwate, AGAIN, &[], &door).await.status, 422, "it speaks for nobody");
    assert_eq!(asks(&iwate, CHECK, &[]).await.status, 401);
}

#[tokio::test]
async fn nobody_has_an_address_flooded_with_mails_that_confirm_it() {
    let net = Network::new();
    let iwate = net.node_with("iwate", |c| c.rate_limits = Switch::On).await;
    let door = door(&iwate).await;
    let token = joins(&iwate, &door, &hana()).await.succeeded().json();
    let token = token["access_token"].as_str().unwrap();
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(form(&iwate, "/api/v1/emails/confirmations", &[], token).await.status);
    }
    assert_eq!(answers, [200, 200, 200, 200, 429], "with the sign-up five");
}

/// The token and the digits of the last mail.
async fn mailed(node: &Node) -> (String, String) {
    let mut tx = node.app().db.read().await.unwrap();
    let body = last_mail(&mut tx).await.unwrap();
    let part = |name: &str| {
        let rest = body.split_once(&format!("{name}=")).unwrap().1;
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
    };
    (part("token"), part("code"))
}

async fn last_mail(tx: &mut tsudoi::db::Tx) -> tsudoi::error::Result<String> {
    let sql = "SELECT body FROM mail ORDER BY id DESC LIMIT 1";
    let (body,): (String,) = tsudoi::fetch_one!(tx, sqlx::query_as(sql));
    Ok(body)
}
