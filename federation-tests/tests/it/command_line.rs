//! What an operator types, with the program itself.
use federation_tests::process::{Node, free_ports, terminate, until};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

#[tokio::test]
async fn members_are_made_listed_and_given_roles_and_the_last_owner_stays_one() {
    let node = Node::prepare(&[]);
    let create = ["account", "create", "aiko", "--email", "aiko@mail.example", "--role", "owner"];
    let (went_well, said) = node.runs(&create, "").await;
    assert!(went_well, "{said}");
    let create = ["account", "create", "ken", "--email", "ken@mail.example", "--password-stdin"];
    let (went_well, said) = node.runs(&create, "a long password\n").await;
    assert!(went_well, "{said}");

    let (_, listed) = node.runs(&["account", "list", "--json"], "").await;
    let listed: Vec<Value> = listed.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let roles: Vec<(&Value, &Value)> = listed.iter().map(|m| (&m["name"], &m["role"])).collect();
    assert_eq!(roles, [(&json!("aiko"), &json!("owner")), (&json!("ken"), &json!("member"))]);

    let (went_well, said) = node.runs(&["account", "set-role", "aiko", "member"], "").await;
    assert!(!went_well, "a node keeps an owner: {said}");
    for (name, role) in [("ken", "owner"), ("aiko", "member")] {
        let (went_well, said) = node.runs(&["account", "set-role", name, role], "").await;
        assert!(went_well, "{said}");
    }
    let (went_well, said) = node.runs(&["account", "set-role", "nobody", "admin"], "").await;
    assert!(!went_well && said.contains("there is no member"), "{said}");
}

/// At a terminal the input does not end with the line.
#[tokio::test]
async fn a_password_is_one_line_and_what_is_too_short_changes_nothing() {
    let node = Node::prepare(&[]);
    node.runs(&["account", "create", "aiko", "--email", "aiko@mail.example"], "").await;
    let reset = ["account", "reset-password", "aiko"];
    let (went_well, said) = node.runs(&reset, "a long password\n").await;
    assert!(went_well && said.contains("signed out everywhere"), "{said}");
    let (went_well, said) = node.runs(&reset, "short\n").await;
    assert!(!went_well, "{said}");
    let (went_well, said) =
        node.runs(&["account", "reset-password", "nobody"], "long enough!\n").await;
    assert!(!went_well && said.contains("there is no member"), "{said}");
}

#[tokio::test]
async fn the_operator_is_told_what_is_wrong() {
    let node = Node::prepare(&[]);
    let (went_well, said) = node.runs(&["migrate"], "").await;
    assert!(went_well && said.contains("is up to date"), "{said}");
    let (went_well, said) = node.runs(&["config", "check"], "").await;
    assert!(went_well, "{said}");
    let (_, said) = node.runs(&["config", "show"], "").await;
    assert!(said.contains(&node.domain), "{said}");
    let (_, said) = node.runs(&["doctor"], "").await;
    assert!(said.contains("the node has an owner"), "{said}");
    let wrong = Node::prepare(&[("TSUDOI_MAX_POST_CHARS", "0")]);
    let (went_well, said) = wrong.runs(&["config", "check"], "").await;
    assert!(!went_well && said.contains("max_post_chars"), "{said}");
}

#[tokio::test]
async fn a_worker_says_how_it_is_and_ends_when_it_is_told_to() {
    let node = Node::prepare(&[]);
    let health = format!("127.0.0.1:{}", free_ports(1));
    let mut worker = node.starts(&["worker", "--health", &health]);
    let asks = async |path: &str| reqwest::get(format!("http://{health}{path}")).await.ok();
    until("the worker to be ready", async || {
        asks("/readyz").await.filter(|answer| answer.status().is_success())
    })
    .await;
    let metrics = asks("/metrics").await.unwrap().text().await.unwrap();
    assert!(metrics.contains("tsudoi_deliveries_waiting 0"), "{metrics}");
    assert_eq!(asks("/about").await.unwrap().status(), 404, "it has no other door");

    terminate(&worker);
    assert!(worker.wait().await.unwrap().success());
}

#[tokio::test]
async fn what_the_program_writes_is_for_nobody_else_on_the_machine() {
    let node = Node::prepare(&[]);
    let (went_well, said) = node.runs(&["migrate"], "").await;
    assert!(went_well, "{said}");
    let database = std::fs::metadata(node.data_dir().join("tsudoi.sqlite3")).unwrap();
    assert_eq!(database.permissions().mode() & 0o077, 0);
}
