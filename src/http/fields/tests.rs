//! What programs send in other words is read as the same.
use super::{form, read, shape};
use crate::ids::PostId;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Poll {
    options: Vec<String>,
    expires_in: Option<i64>,
    multiple: bool,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Sent {
    status: String,
    sensitive: Option<bool>,
    in_reply_to_id: Option<PostId>,
    media_ids: Vec<PostId>,
    poll: Option<Poll>,
    fields_attributes: Vec<Line>,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Line {
    name: String,
    value: String,
}

fn of_form(text: &str) -> Sent {
    shape(form(text.as_bytes()).unwrap()).unwrap()
}

fn of_json(value: &serde_json::Value) -> Sent {
    shape(read("application/json; charset=utf-8", value.to_string().as_bytes()).unwrap()).unwrap()
}

#[test]
fn a_form_and_json_say_the_same() {
    let poll = Poll {
        options: vec!["はい".into(), "いいえ".into()],
        expires_in: Some(3_600),
        multiple: true,
    };
    let expected = Sent {
        status: "投票".into(),
        sensitive: Some(true),
        in_reply_to_id: Some(PostId(5)),
        media_ids: vec![PostId(1), PostId(2)],
        poll: Some(poll),
        ..Sent::default()
    };
    let sent = "status=%E6%8A%95%E7%A5%A8&sensitive=1&in_reply_to_id=5&media_ids[]=1&media_ids[]=2&poll[options][]=%E3%81%AF%E3%81%84\
                &poll[options][]=%E3%81%84%E3%81%84%E3%81%88&poll[expires_in]=3600&poll[multiple]=on";
    assert_eq!(of_form(sent), expected);
    let sent = json!({"status": "投票", "sensitive": true, "in_reply_to_id": 5, "media_ids": ["1", 2],
        "poll": {"options": ["はい", "いいえ"], "expires_in": "3600", "multiple": "true"}, "unknown": [null]});
    assert_eq!(of_json(&sent), expected);
}

#[test]
fn a_list_comes_with_brackets_without_them_numbered_or_alone() {
    for sent in
        ["media_ids[]=1&media_ids[]=2", "media_ids=1&media_ids=2", "media_ids[1]=2&media_ids[0]=1"]
    {
        assert_eq!(of_form(sent).media_ids, [PostId(1), PostId(2)], "{sent}");
    }
    assert_eq!(of_form("media_ids=1").media_ids, [PostId(1)]);
    assert_eq!(of_json(&json!({"media_ids": null})).media_ids, []);
}

#[test]
fn elements_with_names_come_numbered_or_one_after_the_other() {
    let line = |name: &str, value: &str| Line { name: name.into(), value: value.into() };
    let expected = vec![line("a", "1"), line("b", "2")];
    let numbered = "fields_attributes[1][name]=b&fields_attributes[1][value]=2&fields_attributes[0][name]=a&fields_attributes[0][value]=1";
    let in_order = "fields_attributes[][name]=a&fields_attributes[][value]=1&fields_attributes[][name]=b&fields_attributes[][value]=2";
    assert_eq!(of_form(numbered).fields_attributes, expected);
    assert_eq!(of_form(in_order).fields_attributes, expected);
    let as_map = json!({"fields_attributes": {"0": {"name": "a", "value": "1"}, "1": {"name": "b", "value": 2}}});
    assert_eq!(of_json(&as_map).fields_attributes, expected);
}

#[test]
fn nothing_is_left_out_and_an_empty_id_is_none() {
    assert_eq!(of_form(""), Sent::default());
    assert_eq!(
        of_form("in_reply_to_id=&sensitive="),
        Sent { sensitive: Some(false), ..Sent::default() }
    );
    assert_eq!(of_form("status=a&status=b").status, "b");
    assert_eq!(
        of_json(&json!({"status": null, "poll": {"multiple": null}})).poll,
        Some(Poll::default())
    );
}

#[test]
fn what_does_not_fit_is_named() {
    let error = |text: &str| {
        let tree = form(text.as_bytes());
        tree.and_then(shape::<Sent>).unwrap_err().to_string()
    };
    assert!(
        error("sensitive=perhaps").contains("sensitive: true or false"),
        "{}",
        error("sensitive=perhaps")
    );
    assert!(error("poll[expires_in]=soon").contains("poll: expires_in: a number"));
    assert!(error("poll[options][]=a&poll[options][b]=c").contains("does not go with"));
    assert!(error("status=a%00b").contains("status: a text without NUL"));
    assert!(error("poll[options=a").contains("] is missing"));
    assert!(error("a[b][c][d][e][f]=1").contains("levels"));
    assert!(error(&"a=1&".repeat(1_001)).contains("1000 fields"));
    assert!(read("application/json", b"{").is_err());
}
