//! Who may be on the list, and which version follows which.
use super::*;
use crate::signatures::keys;

struct Node {
    member: Member,
    key: ProofKey,
}

fn node(name: &str) -> Node {
    let generated = keys::generate().unwrap();
    let id = format!("https://{name}.example/actor#ed25519-key").parse().unwrap();
    let key = ProofKey::parse(id, &generated.ed25519_private).unwrap();
    let member = Member {
        node: name.into(),
        chapter: format!("{name}支部"),
        prefecture: "岩手県".into(),
        domain: format!("{name}.example"),
        key: generated.ed25519_public,
        sync_url: format!("https://{name}.example/net/v1"),
        vault_recipient: None,
        consent: String::new(),
    };
    Node { member: member.agree("net", &key).unwrap(), key }
}

const LATER: Timestamp = Timestamp(1_000);

fn of(nodes: &[&Node]) -> Vec<Member> {
    nodes.iter().map(|n| n.member.clone()).collect()
}

fn three() -> (Roster, Node, Node, Node) {
    let (a, b, c) = (node("aomori"), node("iwate"), node("miyagi"));
    let mut roster = Roster::found("東北OM", "net", a.member.clone(), LATER);
    roster.members = of(&[&a, &b, &c]);
    (roster, a, b, c)
}

#[test]
fn a_new_version_counts_when_a_majority_of_the_former_members_signed_it() {
    let (roster, a, b, _) = three();
    let d = node("akita");
    let mut next = roster.next(of(&[&a, &b, &d]), LATER).unwrap();
    next.sign("aomori", &a.key).unwrap();
    assert!(matches!(
        next.succeeds(&roster),
        Err(RosterError::Signatures { signed: 1, needed: 2 })
    ));
    next.sign("akita", &d.key).unwrap();
    assert!(next.succeeds(&roster).is_err(), "who is added has no vote yet");
    next.sign("iwate", &b.key).unwrap();
    next.succeeds(&roster).unwrap();
}

#[test]
fn a_signature_in_anothers_name_does_not_count() {
    let (roster, a, b, _) = three();
    let mut next = roster.next(of(&[&a, &b]), LATER).unwrap();
    next.sign("aomori", &a.key).unwrap();
    next.sign("iwate", &a.key).unwrap();
    assert_eq!(next.signed_by(&roster).unwrap().len(), 1);
}

#[test]
fn nobody_is_a_member_without_having_agreed() {
    let (roster, a, b, _) = three();
    let mut forged = node("akita");
    forged.member.chapter = "another chapter".into();
    let mut next = roster.next(of(&[&a, &b, &forged]), LATER).unwrap();
    next.sign("aomori", &a.key).unwrap();
    next.sign("iwate", &b.key).unwrap();
    assert!(matches!(next.succeeds(&roster), Err(RosterError::Consent(_))));
}

#[test]
fn a_node_keeps_its_key_and_a_version_its_place() {
    let (roster, a, b, c) = three();
    let mut thief = node("iwate");
    thief.member.domain = "iwate.example".into();
    let next = roster.next(of(&[&a, &thief, &c]), LATER).unwrap();
    assert!(matches!(next.follows(&roster), Err(RosterError::Succession)));
    let mut skipping = roster.next(of(&[&a, &b]), LATER).unwrap();
    skipping.version += 1;
    assert!(matches!(skipping.follows(&roster), Err(RosterError::Succession)));
}

#[test]
fn a_fingerprint_is_thirty_digits_to_be_read_aloud() {
    let text = node("iwate").member.fingerprint();
    assert_eq!(text.len(), 35);
    assert!(text.split(' ').all(|g| g.len() == 5 && g.chars().all(|c| c.is_ascii_digit())));
}
