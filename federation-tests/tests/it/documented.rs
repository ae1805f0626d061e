//! The examples of docs/FEDERATION.md are real JSON, and those of docs/NETWORK.md are what nodes say to each other.
use serde::de::DeserializeOwned;
use serde_json::Value;
use tsudoi::{
    activitypub::mirrors::Mirror,
    ids::sha256_hex,
    network::{
        entry::Entry,
        fence::Opening,
        message::{
            Acked, Heads, Join, Lane, Page, Pull, Push, Said, Sealed, Tail, Witness, Witnessed,
        },
    },
    roster::Roster,
};

#[test]
fn every_example_in_the_federation_document_is_json_with_a_type() {
    let text = std::fs::read_to_string("../docs/FEDERATION.md").expect("docs/FEDERATION.md");
    let examples: Vec<&str> =
        text.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();

    assert!(!examples.is_empty(), "no ```json block in docs/FEDERATION.md");
    for example in examples {
        let document: Value = serde_json::from_str(example)
            .unwrap_or_else(|error| panic!("{error} in this example:\n{example}"));
        assert!(document["type"].is_string(), "no type in this example:\n{example}");
        if document["type"] == "Announce" {
            let digest = sha256_hex(document["object"].as_str().unwrap().as_bytes());
            let id = format!("{}/announces/{digest}", document["actor"].as_str().unwrap());
            assert_eq!(document["id"], id);
        }
    }
}

/// The example of docs/NETWORK.md that is marked with this name.
fn example(name: &str) -> String {
    let text = std::fs::read_to_string("../docs/NETWORK.md").expect("docs/NETWORK.md");
    let marked = text.split(&format!("<!-- example: {name} -->")).nth(1);
    let block = marked.and_then(|rest| rest.split("```json\n").nth(1)?.split("```").next());
    block.unwrap_or_else(|| panic!("no example of {name}")).to_owned()
}

/// A message of the page: from and to whom the roster of the page says, by the key that it pins.
fn message<T: DeserializeOwned>(name: &str, roster: &Roster) -> T {
    let text = example(name);
    let said: Value = serde_json::from_str(&text).unwrap();
    let (from, to) = (said["from"].as_str().unwrap(), said["to"].as_str().unwrap());
    let at = serde_json::from_value(said["at"].clone()).unwrap();
    let key = roster.member(from).map_or_else(
        || said["content"]["member"]["key"].as_str().unwrap(),
        |member| member.key.as_str(),
    );
    Sealed::read(text.as_bytes()).unwrap().open(key, to, at).unwrap()
}

#[test]
fn every_example_in_the_network_document_is_what_a_node_would_believe() {
    let roster: Roster = serde_json::from_str(&example("roster")).unwrap();
    roster.check().unwrap();
    let entry: Entry = serde_json::from_str(&example("entry")).unwrap();
    entry.check(roster.member(&entry.envelope.node).unwrap()).unwrap();
    let mirror: Mirror = serde_json::from_str(&example("mirror")).unwrap();
    assert_eq!(roster.member("iwate"), Some(&mirror.member));
    mirror.entry.check(&mirror.member).unwrap();
    assert_eq!(
        (mirror.mirror_of, mirror.network),
        (mirror.entry.envelope.obj_id, roster.id.clone())
    );
    message::<Heads>("message heads", &roster);
    let push = message::<Push>("message push", &roster);
    let [first, second] = push.entries.as_slice() else { panic!("two entries") };
    assert_eq!(first, &entry, "put together from what travels");
    second.check(roster.member("iwate").unwrap()).unwrap();
    assert_eq!(second.envelope.prev, entry.envelope.hash().unwrap());
    message::<Pull>("message pull", &roster);
    message::<Page>("message page", &roster);
    let lane = message::<Lane>("message lane", &roster);
    let acked = message::<Acked>("message acknowledgement", &roster);
    let last = lane.items.last().map(|item| sha256_hex(item.body.as_bytes()));
    assert_eq!((acked.lane, Some(acked.last)), (lane.lane, last));
    message::<Join>("message join", &roster);
    message::<Tail>("message tail", &roster);
    message::<Said>("message said", &roster);
    let fence = message::<Witness>("message witness", &roster).fence;
    let sig = message::<Witnessed>("message witnessed", &roster).sig;
    assert!(fence.is_signed_by(roster.member("aomori").unwrap(), &sig));
    let first: Entry = serde_json::from_str(&example("entry epoch")).unwrap();
    let iwate = roster.member("iwate").unwrap();
    first.check(iwate).unwrap();
    assert_eq!(first.envelope.prev, entry.envelope.hash().unwrap());
    assert_eq!(Opening::of(&first, iwate, std::slice::from_ref(&roster)).unwrap().fence, fence);
}
