//! Signing up and in, proofs of identity and roles, with a clock that moves and with two people at once.
use federation_tests::{Network, Node, Reply, Stranger, settle};
use serde_json::json;
use tsudoi::{
    accounts::{
        actions::{
            profile, roles, security, setup,
            sign_in::{self, Entering},
            sign_up::{self, Application, Outcome},
            tokens,
        },
        queries,
        types::{Account, Member, MemberState, NewPassword, ProfileChange, Role},
    },
    app::NodeProfile,
    clock::{DAY, HOUR, MINUTE},
    config::Signup,
    db::Tx,
    error::{Error, Result},
    federation::{delivery, hosts},
    fetch_all,
    ids::{AccountId, PostId},
    mail::EmailAddress,
    node, posts,
    text::{Lang, LocalName},
};

const BROWSER: &str = "test browser";

/// From where codes are asked for.
const HERE: &str = "192.0.2.1";

fn application(name: &str, email: &str) -> Application {
    let (name, email) = (LocalName::choose(name).unwrap(), EmailAddress::parse(email).unwrap());
    Application::new(&name, "見本はな", &email, Lang::Ja).because("みほん村の者です。")
}

fn entering(who: &str) -> Entering {
    Entering { who: who.to_owned(), shared: false }
}

async fn mails_in(tx: &mut Tx, email: &str) -> Result<Vec<(String, String)>> {
    let sql = "SELECT subject, body FROM mail WHERE recipient = $1 ORDER BY id";
    Ok(fetch_all!(tx, sqlx::query_as(sql).bind(email)))
}

/// Subjects and bodies of the mails to an address, oldest first.
async fn mails(node: &Node, email: &str) -> Vec<(String, String)> {
    let mut tx = node.app().db.read().await.unwrap();
    mails_in(&mut tx, email).await.unwrap()
}

/// The six digits of the newest mail to an address.
async fn digits(node: &Node, email: &str) -> String {
    let (_, body) = mails(node, email).await.pop().unwrap();
    let six = |line: &&str| line.len() == 6 && line.chars().all(|c| c.is_ascii_digit());
    body.lines().find(six).unwrap().to_owned()
}

fn other(digits: &str) -> &'static str {
    if digits == "123456" { "654321" } else { "123456" }
}

fn refusal<T>(outcome: Result<T>) -> &'static str {
    outcome.err().unwrap().message().0
}

async fn account(node: &Node, name: &str) -> Option<Account> {
    let mut tx = node.app().db.read().await.unwrap();
    let id = queries::holder(&mut tx, name, node.host()).await.unwrap()?;
    Some(queries::by_id(&mut tx, id).await.unwrap())
}

async fn member(node: &Node, name: &str) -> Member {
    let id = account(node, name).await.unwrap().id;
    let mut tx = node.app().db.read().await.unwrap();
    queries::member(&mut tx, id).await.unwrap()
}

/// Signs up and types the digits.
async fn join(node: &Node, name: &str, email: &str) -> Result<Outcome> {
    let token = sign_up::begin(node.app(), &application(name, email), HERE).await?;
    sign_up::finish(node.app(), &token, &digits(node, email).await, BROWSER).await
}

async fn owner(node: &Node, name: &str) -> Member {
    node.member(name).await;
    let id = account(node, name).await.unwrap().id;
    let mut tx = node.app().db.begin().await.unwrap();
    queries::set_role(&mut tx, id, Role::Owner).await.unwrap();
    tx.commit().await.unwrap();
    member(node, name).await
}

#[tokio::test]
async fn nothing_is_created_before_the_digits_are_right_and_they_work_once() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let app = iwate.app();
    let token = sign_up::begin(app, &application("hana", "hana@mail.example"), HERE).await.unwrap();
    let digits = digits(&iwate, "hana@mail.example").await;
    assert_eq!(refusal(sign_up::finish(app, &token, other(&digits), BROWSER).await), "code-wrong");
    assert!(account(&iwate, "hana").await.is_none());

    let full_width = digits.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap());
    let typed: String = full_width.collect();
    let outcome = sign_up::finish(app, &token, &typed, BROWSER).await.unwrap();
    let Outcome::SignedIn(secret) = outcome else { panic!("an open node asks nobody") };
    assert_eq!(member(&iwate, "hana").await.state, MemberState::Active);
    let mut tx = app.db.read().await.unwrap();
    assert!(sign_in::session(&mut tx, &secret, app.now()).await.unwrap().is_some());
    drop(tx);
    assert_eq!(refusal(sign_up::finish(app, &token, &digits, BROWSER).await), "code-expired");
}

#[tokio::test]
async fn digits_live_ten_minutes() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    iwate.member("aiko").await;
    for (waited, outcome) in [(10 * MINUTE - 1, None), (10 * MINUTE, Some("code-expired"))] {
        let token = sign_in::begin(iwate.app(), &entering("aiko"), Lang::Ja, HERE).await.unwrap();
        let digits = digits(&iwate, "aiko@mail.example").await;
        net.clock.advance(waited);
        let entered = sign_in::by_code(iwate.app(), &token, &digits).await;
        assert_eq!(entered.err().map(|e| e.message().0), outcome);
    }
}

#[tokio::test]
async fn wrong_digits_count_although_they_fail_and_the_sixth_try_is_too_late() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    iwate.member("aiko").await;
    let token = sign_in::begin(iwate.app(), &entering("aiko"), Lang::Ja, HERE).await.unwrap();
    let digits = digits(&iwate, "aiko@mail.example").await;
    for left in [4, 3, 2, 1] {
        let tried = sign_in::by_code(iwate.app(), &token, other(&digits)).await;
        assert_eq!(tried.err().unwrap().message(), ("code-wrong", left));
    }
    for typed in [other(&digits), &digits] {
        assert_eq!(refusal(sign_in::by_code(iwate.app(), &token, typed).await), "code-expired");
    }
}

#[tokio::test]
async fn digits_for_one_purpose_do_not_serve_another() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    iwate.member("aiko").await;
    let aiko = member(&iwate, "aiko").await;
    let token = security::ask_for_proof(iwate.app(), &aiko).await.unwrap();
    let digits = digits(&iwate, "aiko@mail.example").await;
    assert_eq!(refusal(sign_in::by_code(iwate.app(), &token, &digits).await), "code-expired");
}

/// Said that it was enough, a visitor who had asked for the codes of a name would know whose address it is.
#[tokio::test]
async fn one_address_gets_five_mails_an_hour_and_whoever_asks_for_more_sees_no_difference() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let app = iwate.app();
    iwate.member("aiko").await;
    let begins =
        async |who: &str| sign_in::begin(app, &entering(who), Lang::Ja, HERE).await.unwrap();
    for who in ["aiko", "aiko@mail.example", "nobody@mail.example", "no_such_name"] {
        for _ in 0..6 {
            begins(who).await;
        }
    }
    sign_up::begin(app, &application("hana", "aiko@mail.example"), HERE).await.unwrap();
    let address = EmailAddress::parse("aiko@mail.example").unwrap();
    let yui = owner(&iwate, "yui").await;
    let token = security::begin_email_change(app, &yui, &address).await.unwrap();
    assert_eq!(mails(&iwate, "aiko@mail.example").await.len(), 6, "yui is somebody else");
    assert!(mails(&iwate, "nobody@mail.example").await.is_empty());
    // The page that asks for the digits is the same, too.
    let changed = security::finish_email_change(app, &yui, &token, "123456").await;
    assert_eq!(refusal(changed), "code-wrong");
    assert_eq!(refusal(sign_in::by_code(app, &begins("aiko").await, "123456").await), "code-wrong");

    net.clock.advance(HOUR);
    begins("aiko").await;
    assert_eq!(mails(&iwate, "aiko@mail.example").await.len(), 7);
}

#[tokio::test]
async fn no_visitor_uses_up_the_digits_by_which_a_member_proves_who_they_are() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    iwate.member("aiko").await;
    let aiko = member(&iwate, "aiko").await;
    for _ in 0..6 {
        sign_in::begin(iwate.app(), &entering("aiko"), Lang::Ja, HERE).await.unwrap();
    }
    for _ in 0..5 {
        security::ask_for_proof(iwate.app(), &aiko).await.unwrap();
    }
    let more = security::ask_for_proof(iwate.app(), &aiko).await;
    assert_eq!(refusal(more), "code-too-many", "they know their own address");
    assert_eq!(mails(&iwate, "aiko@mail.example").await.len(), 10);
}

#[tokio::test]
async fn of_two_who_want_a_name_the_one_who_types_the_digits_first_gets_it() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let app = iwate.app();
    let first =
        sign_up::begin(app, &application("hana", "first@mail.example"), HERE).await.unwrap();
    let second =
        sign_up::begin(app, &application("hana", "second@mail.example"), HERE).await.unwrap();
    let typed = digits(&iwate, "second@mail.example").await;
    sign_up::finish(app, &second, &typed, BROWSER).await.unwrap();
    let typed = digits(&iwate, "first@mail.example").await;
    assert_eq!(refusal(sign_up::finish(app, &first, &typed, BROWSER).await), "name-taken");
    assert_eq!(member(&iwate, "hana").await.email, "second@mail.example");
}

#[tokio::test]
async fn a_known_address_is_told_by_mail_and_gets_no_digits() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    iwate.member("aiko").await;
    let begun = sign_up::begin(iwate.app(), &application("aiko2", "AIKO@mail.example"), HERE).await;
    let token = begun.unwrap();
    let sent = mails(&iwate, "aiko@mail.example").await;
    assert_eq!(sent.len(), 1);
    assert!(!sent[0].1.lines().any(|l| l.len() == 6 && l.parse::<u32>().is_ok()), "{}", sent[0].1);
    let guess = sign_up::finish(iwate.app(), &token, "123456", BROWSER).await;
    assert_eq!(refusal(guess), "code-wrong");
}

#[tokio::test]
async fn who_waits_for_approval_is_nowhere_to_be_found_until_the_yes() {
    let net = Network::new();
    let iwate = net.node_with("iwate", |config| config.signup = Signup::Approval).await;
    let app = iwate.app();
    let sewa = owner(&iwate, "sewa").await;
    assert!(matches!(join(&iwate, "hana", "hana@mail.example").await, Ok(Outcome::Waiting)));
    assert!(mails(&iwate, &sewa.email).await[0].1.contains("みほん村の者です。"));

    let found = async || {
        let finger = format!("/.well-known/webfinger?resource=acct:hana@{}", iwate.host());
        let statuses = [
            iwate.document("/users/hana").await.status,
            iwate.get(&finger, "application/jrd+json").await.status,
        ];
        let mut tx = app.db.read().await.unwrap();
        let listed = queries::directory(&mut tx, i64::MAX, 10).await.unwrap();
        (statuses, listed.iter().any(|a| a.name == "hana"))
    };
    assert_eq!(found().await, ([404, 404], false));
    let token = sign_in::begin(app, &entering("hana"), Lang::Ja, HERE).await.unwrap();
    let typed = digits(&iwate, "hana@mail.example").await;
    assert_eq!(refusal(sign_in::by_code(app, &token, &typed).await), "sign-in-pending");

    let id = account(&iwate, "hana").await.unwrap().id;
    for _ in 0..2 {
        let mut tx = app.db.begin().await.unwrap();
        sign_up::approve(app, &mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(found().await, ([200, 200], true));
    let (subject, _) = mails(&iwate, "hana@mail.example").await.pop().unwrap();
    assert!(subject.contains("承認"), "{subject}");
    assert_eq!(mails(&iwate, "hana@mail.example").await.len(), 3, "two codes and one yes");
}

#[tokio::test]
async fn after_a_no_nothing_is_kept_and_the_name_is_free_again() {
    let net = Network::new();
    let iwate = net.node_with("iwate", |config| config.signup = Signup::Approval).await;
    let app = iwate.app();
    join(&iwate, "hana", "hana@mail.example").await.unwrap();
    let id = account(&iwate, "hana").await.unwrap().id;
    for _ in 0..2 {
        let mut tx = app.db.begin().await.unwrap();
        sign_up::decline(app, &mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert!(account(&iwate, "hana").await.is_none());
    assert_eq!(mails(&iwate, "hana@mail.example").await.len(), 2, "one code and one no");
    join(&iwate, "hana", "hana@mail.example").await.unwrap();

    let active = iwate.member("aiko").await;
    let id = account(&iwate, &active.name).await.unwrap().id;
    let mut tx = app.db.begin().await.unwrap();
    assert_eq!(refusal(sign_up::decline(app, &mut tx, id).await), "sign-up-decided");
}

#[tokio::test]
async fn a_wrong_password_an_unknown_name_and_no_password_at_all_are_answered_alike() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    iwate.member("aiko").await;
    iwate.member("bare").await;
    let hash = sign_in::hash_password(NewPassword::parse("a long password").unwrap()).await;
    let id = account(&iwate, "aiko").await.unwrap().id;
    let mut tx = iwate.app().db.begin().await.unwrap();
    queries::set_password(&mut tx, id, Some(&hash.unwrap())).await.unwrap();
    tx.commit().await.unwrap();
    let mut refused = Vec::new();
    let wrong =
        [("aiko", "a wrong password"), ("nobody", "a long password"), ("bare", ""), ("actor", "")];
    for (who, password) in wrong {
        refused.push(refusal(sign_in::by_password(iwate.app(), who, password.into()).await));
    }
    assert_eq!(refused, ["sign-in-wrong"; 4]);
    for who in ["aiko", " @Aiko ", "AIKO@mail.example"] {
        let entered = sign_in::by_password(iwate.app(), who, "a long password".into()).await;
        assert_eq!(entered.unwrap().0.account_id, id, "{who}");
    }
}

#[tokio::test]
async fn a_proof_counts_for_ten_minutes_and_only_for_the_session_that_gave_it() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let app = iwate.app();
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    let (aiko, ken) = (member(&iwate, &aiko.name).await, member(&iwate, &ken.name).await);
    let session = async |id: AccountId| {
        let mut tx = app.db.begin().await.unwrap();
        let secret = sign_in::open_session(app, &mut tx, id, BROWSER).await.unwrap();
        let session = sign_in::session(&mut tx, &secret, app.now()).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        (secret, session)
    };
    let again = async |secret: &str| {
        let mut tx = app.db.read().await.unwrap();
        sign_in::session(&mut tx, secret, app.now()).await.unwrap().unwrap()
    };
    let (secret, here) = session(aiko.account_id).await;
    let (_, kens) = session(ken.account_id).await;
    assert!(!here.is_confirmed(app.now()), "signing in is no fresh proof");

    let token = security::ask_for_proof(app, &aiko).await.unwrap();
    let typed = digits(&iwate, &aiko.email).await;
    let stolen = security::prove_by_code(app, &kens, &token, &typed).await;
    assert_eq!(refusal(stolen), "code-expired");
    assert!(!again(&secret).await.is_confirmed(app.now()));

    let token = security::ask_for_proof(app, &aiko).await.unwrap();
    let typed = digits(&iwate, &aiko.email).await;
    security::prove_by_code(app, &here, &token, &typed).await.unwrap();
    assert!(again(&secret).await.is_confirmed(app.now()));
    net.clock.advance(10 * MINUTE);
    assert!(!again(&secret).await.is_confirmed(app.now()));
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_program() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let app = iwate.app();
    let program = iwate.member("aiko").await;
    let aiko = member(&iwate, "aiko").await;
    let mut tx = app.db.begin().await.unwrap();
    let here = sign_in::open_session(app, &mut tx, aiko.account_id, BROWSER).await.unwrap();
    let there = sign_in::open_session(app, &mut tx, aiko.account_id, BROWSER).await.unwrap();
    let session = sign_in::session(&mut tx, &here, app.now()).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let new = NewPassword::parse("a long new password").unwrap();
    security::set_password(app, &aiko, &session, Some(new)).await.unwrap();

    let mut tx = app.db.read().await.unwrap();
    assert!(sign_in::session(&mut tx, &here, app.now()).await.unwrap().is_some());
    assert!(sign_in::session(&mut tx, &there, app.now()).await.unwrap().is_none());
    assert!(tokens::list(&mut tx, aiko.account_id).await.unwrap().is_empty());
    drop(tx);
    assert_eq!(program.tries_to_say(serde_json::json!({"status": "x"})).await.status, 401);
    assert_eq!(mails(&iwate, &aiko.email).await.len(), 1, "the address is told");
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_for_ninety_days() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let app = iwate.app();
    iwate.member("aiko").await;
    let id = account(&iwate, "aiko").await.unwrap().id;
    let mut tx = app.db.begin().await.unwrap();
    let secret = sign_in::open_session(app, &mut tx, id, BROWSER).await.unwrap();
    tx.commit().await.unwrap();
    let live = async || {
        let mut tx = app.db.read().await.unwrap();
        sign_in::session(&mut tx, &secret, app.now()).await.unwrap()
    };
    net.clock.advance(89 * DAY);
    sign_in::touch_session(app, &live().await.unwrap()).await.unwrap();
    net.clock.advance(89 * DAY);
    assert!(live().await.is_some(), "use prolongs it");
    net.clock.advance(DAY);
    assert!(live().await.is_none());
}

#[tokio::test]
async fn a_changed_address_is_the_members_own_and_nobody_elses() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let app = iwate.app();
    iwate.member("aiko").await;
    iwate.member("ken").await;
    let (aiko, ken) = (member(&iwate, "aiko").await, member(&iwate, "ken").await);
    let new = EmailAddress::parse("New.Aiko@mail.example").unwrap();

    let token = security::begin_email_change(app, &aiko, &new).await.unwrap();
    let typed = digits(&iwate, "New.Aiko@mail.example").await;
    let stolen = security::finish_email_change(app, &ken, &token, &typed).await;
    assert_eq!(refusal(stolen), "code-expired");

    let token = security::begin_email_change(app, &aiko, &new).await.unwrap();
    let typed = digits(&iwate, "New.Aiko@mail.example").await;
    assert_eq!(member(&iwate, "aiko").await.email, "aiko@mail.example", "not before the digits");
    security::finish_email_change(app, &aiko, &token, &typed).await.unwrap();
    assert_eq!(member(&iwate, "aiko").await.email, "New.Aiko@mail.example");
    assert!(mails(&iwate, "aiko@mail.example").await[0].1.contains("New.Aiko@mail.example"));

    let taken = EmailAddress::parse("ken@mail.example").unwrap();
    security::begin_email_change(app, &aiko, &taken).await.unwrap();
    let sent = mails(&iwate, "ken@mail.example").await;
    assert!(sent[0].0.contains("すでに参加"), "{}", sent[0].0);
}

#[tokio::test]
async fn the_node_always_keeps_an_owner_who_can_sign_in() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let app = iwate.app();
    let (hana, taro) = (owner(&iwate, "hana").await, owner(&iwate, "taro").await);
    // Both step down at the same moment.
    let step_down = async |who: &Member| {
        let mut tx = app.db.begin().await?;
        roles::set_role(&mut tx, who, who.account_id, Role::Member).await?;
        tx.commit().await
    };
    let (one, two) = tokio::join!(step_down(&hana), step_down(&taro));
    let refused: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0].message().0, "role-last-owner");

    let (left, gone) =
        if member(&iwate, "hana").await.role == Role::Owner { (hana, taro) } else { (taro, hana) };
    let mut tx = app.db.begin().await.unwrap();
    roles::set_role(&mut tx, &left, gone.account_id, Role::Admin).await.unwrap();
    let admin = queries::member(&mut tx, gone.account_id).await.unwrap();
    let above = roles::set_suspended(app, &mut tx, &admin, left.account_id, true).await;
    assert_eq!(refusal(above), "role-not-allowed");
    let oneself = roles::set_suspended(app, &mut tx, &left, left.account_id, true).await;
    assert_eq!(refusal(oneself), "role-not-allowed");
    roles::set_suspended(app, &mut tx, &left, admin.account_id, true).await.unwrap();
    let state = queries::member(&mut tx, admin.account_id).await.unwrap().state;
    assert_eq!(state, MemberState::Suspended);
}

#[tokio::test]
async fn a_suspended_member_is_shut_out_at_once_programs_included() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let sewa = owner(&iwate, "sewa").await;
    let aiko = iwate.member("aiko").await;
    aiko.posts("はじめまして").await;
    let id = account(&iwate, "aiko").await.unwrap().id;
    let mut tx = iwate.app().db.begin().await.unwrap();
    roles::set_suspended(iwate.app(), &mut tx, &sewa, id, true).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(aiko.tries_to_say(serde_json::json!({"status": "x"})).await.status, 401);
}

#[tokio::test]
async fn of_two_who_use_the_set_up_link_at_once_one_becomes_the_owner() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let app = iwate.app();
    let mut tx = app.db.begin().await.unwrap();
    let link = node::new_setup_token(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let profile = NodeProfile {
        name: "つどい".into(),
        chapter: "みほん支部".into(),
        ..NodeProfile::default()
    };
    let found = async |name: &str| {
        let owner = tsudoi::accounts::actions::create::NewMember {
            name: LocalName::parse(name).unwrap(),
            display_name: "見本".into(),
            email: EmailAddress::parse(&format!("{name}@mail.example")).unwrap(),
            password_hash: None,
            role: Role::Owner,
            state: MemberState::Active,
            reason: String::new(),
            lang: Lang::Ja,
        };
        setup::found_node(app, &link, &profile, owner, None, BROWSER).await
    };
    let (one, two) = tokio::join!(found("hana"), found("taro"));
    let refused = [one, two].into_iter().filter_map(Result::err);
    assert!(matches!(refused.collect::<Vec<_>>().as_slice(), [Error::NotFound]));
    let mut tx = app.db.read().await.unwrap();
    assert_eq!(queries::count_owners(&mut tx).await.unwrap(), 1);
    drop(tx);
    assert_eq!(node::profile(app).await.unwrap().chapter, "みほん支部");
    assert!(matches!(setup::check_link(app, &link).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn admins_find_members_by_part_of_a_name_or_address_and_signs_are_just_signs() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    for name in ["hana_1", "hanax1", "taro"] {
        iwate.member(name).await;
    }
    let mut tx = iwate.app().db.read().await.unwrap();
    let mut found = async |word: &str| {
        let rows = queries::member_rows(&mut tx, false, word, AccountId(0), 10).await.unwrap();
        rows.into_iter().map(|m| m.name).collect::<Vec<_>>()
    };
    assert_eq!(found("").await, ["hana_1", "hanax1", "taro"]);
    assert_eq!(found("na_1").await, ["hana_1"]);
    assert_eq!(found("%").await, [""; 0]);
    assert_eq!(found("taro@mail").await, ["taro"]);
}

#[tokio::test]
async fn admins_read_reports_with_the_addresses_of_the_posts() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    let post = aiko.posts("見本").await;
    let [aiko, ken] = [account(&iwate, &aiko.name).await, account(&iwate, &ken.name).await];
    let report = queries::Report {
        id: 1,
        uri: "https://peer.example/flags/1".into(),
        reporter_id: ken.unwrap().id,
        target_id: aiko.unwrap().id,
        posts: format!("[\"{}\"]", post.id()),
        comment: "見本の通報です。".into(),
    };
    let app = iwate.app();
    let mut tx = app.db.begin().await.unwrap();
    queries::insert_report(&mut tx, &report, app.now()).await.unwrap();
    let read = queries::reports(&mut tx, i64::MAX, 10).await.unwrap();
    assert_eq!((read[0].reporter_name.as_str(), read[0].target_name.as_str()), ("ken", "aiko"));
    let ids: Vec<PostId> = serde_json::from_str(&read[0].posts).unwrap();
    let addresses = tsudoi::posts::queries::addresses(&mut tx, &ids).await.unwrap();
    assert!(addresses[0].1.contains("/@aiko/"), "{addresses:?}");
}

#[tokio::test]
async fn hosts_in_trouble_come_first_and_dead_letters_are_sent_again() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let app = iwate.app();
    let mut tx = app.db.begin().await.unwrap();
    for host in ["a.example", "b.example", "c.example"] {
        hosts::note_success(&mut tx, host, "cavage", app.now()).await.unwrap();
    }
    hosts::note_failure(&mut tx, "c.example", "no answer", app.now()).await.unwrap();
    hosts::set_blocked(&mut tx, "b.example", true).await.unwrap();
    let troubled = hosts::troubled(&mut tx, 10).await.unwrap();
    let names: Vec<&str> = troubled.iter().map(|h| h.host.as_str()).collect();
    assert_eq!(names, ["c.example", "b.example"]);
    tx.commit().await.unwrap();

    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "mura").await;
    server.actor("hana").follows(&iwate, &aiko.uri).await;
    settle(&[&iwate]).await;
    server.answers_posts(Reply::status(403));
    aiko.posts("いらないそうです").await;
    settle(&[&iwate]).await;
    assert_eq!(iwate.dead_letters().await.len(), 1);
    server.answers_posts(Reply::status(202));
    let mut tx = app.db.begin().await.unwrap();
    delivery::revive_all(&mut tx, app.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(iwate.deliver().await, 1);
    assert!(iwate.dead_letters().await.is_empty());
}

#[tokio::test]
async fn a_follower_on_a_foreign_server_is_told_of_a_move_and_follows_to_the_new_home() {
    let net = Network::new();
    let (iwate, aomori) = (net.node("iwate").await, net.node("aomori").await);
    let (old, new) = (iwate.member("aiko").await, aomori.member("aiko").await);
    let hana = Stranger::start(&net, "mura").await.actor("hana");
    hana.follows(&iwate, &old.uri).await;
    new.confirms_alias(&old.uri).await;
    hana.server.forgets();

    old.moves_to(&new.handle()).await;
    settle(&[&iwate, &aomori]).await;

    let told = hana.server.received().into_iter().find(|r| r.kind() == "Move").unwrap();
    let said = told.json();
    assert_eq!(
        (&said["actor"], &said["object"]),
        (&old.uri.clone().into(), &old.uri.clone().into())
    );
    assert_eq!(said["target"], new.uri);
    assert!(told.header("signature").contains(&old.uri), "by the one who moves");
    // What a server checks before it follows along: the new home names the old one.
    let home = aomori.document(&new.path("")).await.json();
    assert_eq!(home["alsoKnownAs"], serde_json::json!([old.uri]));
    hana.follows(&aomori, &new.uri).await;
    settle(&[&aomori]).await;
    assert_eq!(hana.server.received_kinds().last().unwrap(), "Accept");
    assert_eq!(account(&aomori, "aiko").await.unwrap().followers_count, 1);
    new.posts("青森から書いています").await;
    settle(&[&aomori]).await;
    assert_eq!(hana.server.received_kinds().last().unwrap(), "Create");
}

#[tokio::test]
async fn a_foreign_server_is_told_of_a_deletion_although_it_was_down() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = Stranger::start(&net, "mura").await.actor("hana");
    hana.follows(&iwate, &aiko.uri).await;
    hana.server.forgets();
    hana.server.goes_down().await;

    aiko.leaves().await;
    settle(&[&iwate]).await;
    hana.server.comes_back().await;
    net.advance(DAY);
    settle(&[&iwate]).await;

    let told = hana.server.received();
    assert_eq!(told.len(), 1, "{:?}", hana.server.received_kinds());
    assert_eq!((told[0].kind().as_str(), &told[0].json()["object"]), ("Delete", &aiko.uri.into()));
}

/// Whatever strangers did about somebody who is not there yet leaves nothing behind that would keep them from being declined.
#[tokio::test]
async fn whom_strangers_followed_blocked_and_named_while_they_waited_can_be_declined() {
    let net = Network::new();
    let iwate = net.node_with("iwate", |config| config.signup = Signup::Approval).await;
    join(&iwate, "hana", "hana@mail.example").await.unwrap();
    let hana = account(&iwate, "hana").await.unwrap();
    let mallory = Stranger::start(&net, "stranger").await.actor("mallory");
    let tag = json!([{"type": "Mention", "href": hana.uri}]);
    let note = mallory.note_with("はなさん", &json!({"cc": [hana.uri], "tag": tag}));
    for activity in [
        mallory.activity("Follow", &json!(hana.uri)),
        mallory.activity("Block", &json!(hana.uri)),
        mallory.activity("Flag", &json!([hana.uri])),
        mallory.create_of(&note),
    ] {
        mallory.sends(&iwate, &activity).await;
    }
    iwate.deliver().await;

    let mut tx = iwate.app().db.begin().await.unwrap();
    sign_up::decline(iwate.app(), &mut tx, hana.id).await.unwrap();
    tx.commit().await.unwrap();

    assert!(account(&iwate, "hana").await.is_none());
    assert_eq!(mallory.server.received_kinds(), [""; 0], "strangers hear nothing of who waits");
}

/// The right digits count when what they are for is done: until then a broken connection, or a node that stops, costs nothing.
#[tokio::test]
async fn the_right_digits_may_be_typed_again_until_what_they_are_for_is_done() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let app = iwate.app();
    iwate.member("aiko").await;
    let token = sign_in::begin(app, &entering("aiko"), Lang::Ja, HERE).await.unwrap();
    let typed = digits(&iwate, "aiko@mail.example").await;
    for _ in 0..6 {
        sign_in::by_code(app, &token, &typed).await.unwrap();
    }
    let (aiko, proof, _) = sign_in::by_code(app, &token, &typed).await.unwrap();
    let (_, again, _) = sign_in::by_code(app, &token, &typed).await.unwrap();

    sign_in::enter(app, &aiko, proof, BROWSER).await.unwrap();

    assert_eq!(refusal(sign_in::enter(app, &aiko, again, BROWSER).await), "code-expired");
    assert_eq!(refusal(sign_in::by_code(app, &token, &typed).await), "code-expired");
}

#[tokio::test]
async fn a_password_that_was_changed_while_it_was_checked_opens_no_session() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let app = iwate.app();
    iwate.member("aiko").await;
    let id = account(&iwate, "aiko").await.unwrap().id;
    let sets = async |password: &str| {
        let hash = sign_in::hash_password(NewPassword::parse(password).unwrap()).await.unwrap();
        let mut tx = app.db.begin().await.unwrap();
        queries::set_password(&mut tx, id, Some(&hash)).await.unwrap();
        tx.commit().await.unwrap();
    };
    sets("the former password").await;
    let known = || "the former password".to_owned();
    let (aiko, proof) = sign_in::by_password(app, "aiko", known()).await.unwrap();
    let (_, in_time) = sign_in::by_password(app, "aiko", known()).await.unwrap();
    sign_in::enter(app, &aiko, in_time, BROWSER).await.unwrap();

    sets("the new password").await;

    assert_eq!(refusal(sign_in::enter(app, &aiko, proof, BROWSER).await), "sign-in-wrong");
}

#[tokio::test]
async fn a_member_signs_in_with_the_handle_that_the_settings_show() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    iwate.member("aiko").await;
    for (n, who) in (1..).zip([format!("@aiko@{}", iwate.host()), format!("aiko@{}", iwate.host())])
    {
        sign_in::begin(iwate.app(), &entering(&who), Lang::Ja, HERE).await.unwrap();
        assert_eq!(mails(&iwate, "aiko@mail.example").await.len(), n, "{who}");
    }
}

#[tokio::test]
async fn a_name_of_invisible_signs_is_no_name_and_nobody_joins_with_a_turn_of_direction() {
    for nothing in ["", "  ", "\u{200B}", "\u{202E}\n"] {
        assert_eq!(refusal(sign_up::check_display_name(nothing)), "display-name-missing");
    }
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (name, email) = (LocalName::choose("hana").unwrap(), "hana@mail.example");
    let address = EmailAddress::parse(email).unwrap();
    let application = Application::new(&name, "見本\u{202E}\nはな", &address, Lang::Ja);
    let token = sign_up::begin(iwate.app(), &application.because("な\0ぜ"), HERE).await.unwrap();
    let typed = digits(&iwate, email).await;
    sign_up::finish(iwate.app(), &token, &typed, BROWSER).await.unwrap();
    assert_eq!(account(&iwate, "hana").await.unwrap().display_name, "見本 はな");
}

/// A picture takes long to come; what was changed in between stays changed.
#[tokio::test]
async fn a_profile_that_is_saved_late_takes_no_move_back() {
    let net = Network::new();
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (old, new) = (iwate.member("aiko").await, akita.member("aiko").await);
    new.confirms_alias(&old.uri).await;
    let opened = account(&iwate, "aiko").await.unwrap();
    old.moves_to(&new.handle()).await;

    let mut tx = iwate.app().db.begin().await.unwrap();
    let renames = |now: &Account| ProfileChange {
        display_name: "遅れて届いた名前".into(),
        ..ProfileChange::of(now)
    };
    profile::update(iwate.app(), &mut tx, opened.id, renames).await.unwrap();
    tx.commit().await.unwrap();

    let now = account(&iwate, "aiko").await.unwrap();
    assert_eq!(now.display_name, "遅れて届いた名前");
    assert_eq!(now.moved_to.as_deref(), Some(new.uri.as_str()));
}

#[tokio::test]
async fn nobody_reads_the_posts_of_a_deleted_account_from_the_first_moment_and_they_are_removed_afterwards()
 {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    aiko.follows(&ken.handle()).await;
    ken.posts_many(230).await;
    let last = ken.posts("さようなら").await;
    assert_eq!(aiko.timeline().await.len(), 20);

    let app = iwate.app();
    let mut tx = app.db.begin().await.unwrap();
    profile::delete(app, &mut tx, &account(&iwate, "ken").await.unwrap()).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(aiko.timeline().await.len(), 0);
    assert!(aiko.reads_post(last.uri()).await.is_none());
    assert_eq!(iwate.document(&path_of(last.uri())).await.status, 410);
    assert_eq!(iwate.fetch().await, 1);
    let ken = account(&iwate, "ken").await.unwrap();
    let mut tx = app.db.read().await.unwrap();
    assert!(posts::queries::all_by(&mut tx, ken.id, 500).await.unwrap().is_empty());
}

fn path_of(uri: &str) -> String {
    url::Url::parse(uri).unwrap().path().to_owned()
}

#[tokio::test]
async fn who_asks_in_a_members_name_uses_up_their_own_codes_and_not_the_members() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    iwate.member("aiko").await;
    let asks = async |asker: &str| {
        sign_in::begin(iwate.app(), &entering("aiko"), Lang::Ja, asker).await.unwrap();
        mails(&iwate, "aiko@mail.example").await.len()
    };
    for _ in 0..7 {
        asks("198.51.100.7").await;
    }
    assert_eq!(asks(HERE).await, 6, "five because of the other, and her own");
    for n in 0..10 {
        for _ in 0..5 {
            asks(&format!("203.0.113.{n}")).await;
        }
    }
    assert_eq!(asks(HERE).await, 20, "nobody is flooded");
}
