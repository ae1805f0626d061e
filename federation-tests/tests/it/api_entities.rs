//! Every entity of the client API as programs read it, letter for letter: the files under `snapshots/`. What a change of one looks like to them
//! is seen in the diff; `INSTA_UPDATE=always` writes the files anew.
use federation_tests::{Member, Network, Node, Stranger};
use reqwest::Method;
use serde_json::{Value, json};
use tsudoi::clock::HOUR;

/// Names of files, numbers and secrets differ from run to run; everything else is said in full.
const CHANGING: [(&str, &str); 7] = [
    (r"\.localhost:\d+", ".localhost"),
    (r"\b\d{17,19}\b", "ID"),
    (r"day-([a-z_]+)-ID-(\d+)", "day-$1-ID-DAY"),
    (r"/media/[0-9a-f/]+\.", "/media/FILE."),
    (
        r#""(vapid_key|public_key|server_key|client_id|client_secret|access_token)": "[^"]+""#,
        r#""$1": "SECRET""#,
    ),
    (r"(\.png|\.jpg|\.svg|\.css|\.webp)\?v=[0-9a-f]+", "$1"),
    (r"Tsudoi \d+\.\d+\.\d+", "Tsudoi VERSION"),
];

fn is(name: &str, entity: &Value) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_sort_maps(false);
    for (changing, still) in CHANGING {
        settings.add_filter(changing, still);
    }
    settings.bind(|| insta::assert_json_snapshot!(name, entity));
}

struct Scene {
    iwate: Node,
    aiko: Member,
    ken: Member,
}

async fn scene() -> Scene {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    Scene { iwate, aiko, ken }
}

#[tokio::test]
async fn statuses_and_what_hangs_on_them() {
    let Scene { aiko, ken, .. } = scene().await;
    ken.follows(&aiko.handle()).await;
    let media = aiko.uploads("/api/v2/media", "青い空").await.succeeded().json();
    is("MediaAttachment", &media);

    let text = format!("@{} さん、#集い へ https://example.jp/", ken.handle());
    let rich = json!({"status": text, "media_ids": [media["id"]], "spoiler_text": "ご案内"});
    let status = aiko.does("/api/v1/statuses", rich).await;
    is("Status", &status);
    let id = status["id"].as_str().unwrap().to_owned();

    let poll = json!({"options": ["山", "海"], "expires_in": 3_600, "multiple": true});
    let asked = aiko.does("/api/v1/statuses", json!({"status": "どちら", "poll": poll})).await;
    let path = format!("/api/v1/polls/{}/votes", asked["poll"]["id"].as_str().unwrap());
    is("Poll", &ken.does(&path, json!({"choices": [1]})).await);

    let answer = json!({"status": "はい", "in_reply_to_id": id});
    ken.does("/api/v1/statuses", answer).await;
    is("Context", &aiko.gets(&format!("/api/v1/statuses/{id}/context")).await);
    is("Status_boosted", &ken.does(&format!("/api/v1/statuses/{id}/reblog"), json!({})).await);
    let quoting = json!({"status": "ご覧ください", "quoted_status_id": id});
    is("Status_quoting", &ken.does("/api/v1/statuses", quoting).await);

    let edit = json!({"status": "変わりました"});
    aiko.sends(Method::PUT, &format!("/api/v1/statuses/{id}"), edit).await.succeeded();
    is("StatusEdit", &aiko.gets(&format!("/api/v1/statuses/{id}/history")).await);
    is("StatusSource", &aiko.gets(&format!("/api/v1/statuses/{id}/source")).await);

    let later = aiko.node.net().now().plus(HOUR).iso();
    let waiting = json!({"status": "また明日", "scheduled_at": later, "visibility": "network"});
    is("ScheduledStatus", &aiko.does("/api/v1/statuses", waiting).await);

    let chosen = aiko.sends(Method::DELETE, &format!("/api/v1/statuses/{id}"), json!({})).await;
    is("Status_deleted", &chosen.succeeded().json());
}

#[tokio::test]
async fn events_and_who_comes() {
    let Scene { aiko, ken, .. } = scene().await;
    let media = aiko.uploads("/api/v2/media", "青い空").await.succeeded().json();
    let event = json!({
        "name": "第21回 勉強会", "starts_at": "2026-12-12T18:30", "ends_at": "2026-12-12T20:30", "place": "公民館",
        "address": "見本県見本町1-1", "online_url": "https://meet.example/21?a=1&b=2", "capacity": 40,
        "text": "空き店舗について #集い", "media_ids": [media["id"]],
    });
    let event = aiko.does("/api/tsudoi/v1/events", event).await;
    let path = format!("/api/tsudoi/v1/events/{}", event["id"].as_str().unwrap());
    let asked = ken.does(&format!("{path}/join"), json!({"message": "楽しみです"})).await;
    is("Status_event", &asked);
    is("Guest", &aiko.gets(&format!("{path}/guests")).await);
}

#[tokio::test]
async fn accounts_and_how_members_stand_to_each_other() {
    let Scene { aiko, ken, .. } = scene().await;
    let profile = json!({
        "display_name": "愛子", "note": "勉強会の世話役", "fields_attributes": [{"name": "所属", "value": "市役所"}],
    });
    let path = "/api/v1/accounts/update_credentials";
    is("CredentialAccount", &aiko.sends(Method::PATCH, path, profile).await.succeeded().json());
    let id = ken.id_of(&aiko).await;
    is("Account", &ken.gets(&format!("/api/v1/accounts/{id}")).await);
    is("Profile", &aiko.gets("/api/v1/profile").await);
    is("Preferences", &aiko.gets("/api/v1/preferences").await);

    is("Relationship", &ken.does(&format!("/api/v1/accounts/{id}/follow"), json!({})).await);
    let path = format!("/api/v1/accounts/familiar_followers?id[]={id}");
    is("FamiliarFollowers", &ken.gets(&path).await);
    is("Suggestion", &aiko.gets("/api/v2/suggestions").await);
    ken.does(&format!("/api/v1/accounts/{id}/mute"), json!({"duration": 600})).await;
    is("MutedAccount", &ken.gets("/api/v1/mutes").await);
    let path = "/api/v1/domain_blocks/preview?domain=elsewhere.example";
    is("DomainBlockPreview", &ken.gets(path).await);
    let report = json!({"account_id": id, "comment": "迷惑です", "category": "spam"});
    is("Report", &ken.does("/api/v1/reports", report).await);
}

#[tokio::test]
async fn notifications_conversations_and_what_is_read() {
    let Scene { aiko, ken, .. } = scene().await;
    let post = aiko.posts("おはよう").await;
    ken.does(&format!("/api/v1/statuses/{}/favourite", post.id()), json!({})).await;
    is("Notification", &aiko.gets("/api/v1/notifications").await);
    is("GroupedNotifications", &aiko.gets("/api/v2/notifications").await);
    is("NotificationPolicy", &aiko.gets("/api/v2/notifications/policy").await);
    is("UnreadCount", &aiko.gets("/api/v1/notifications/unread_count").await);
    aiko.posts_to("direct", &format!("@{} 内緒の話", ken.handle())).await;
    is("Conversation", &ken.gets("/api/v1/conversations").await);
    let read = json!({"home": {"last_read_id": post.id()}});
    is("Marker", &aiko.does("/api/v1/markers", read).await);
}

#[tokio::test]
async fn lists_filters_and_tags() {
    let Scene { aiko, ken, .. } = scene().await;
    let list = json!({"title": "仲間", "replies_policy": "followed", "exclusive": true});
    is("List", &aiko.does("/api/v1/lists", list).await);
    let filter = json!({
        "title": "静かに", "context": ["home", "public"], "filter_action": "hide", "expires_in": 3_600,
        "keywords_attributes": [{"keyword": "おはよう", "whole_word": true}],
    });
    is("Filter", &aiko.does("/api/v2/filters", filter).await);
    is("V1Filter", &aiko.gets("/api/v1/filters").await);
    ken.posts("みなさん おはよう #集い").await;
    is("Status_filtered", &aiko.gets("/api/v1/timelines/public").await);
    is("Tag", &aiko.does("/api/v1/tags/集い/follow", json!({})).await);
    is("Tag_trending", &aiko.gets("/api/v1/trends/tags").await);
    is("FeaturedTag", &ken.does("/api/v1/featured_tags", json!({"name": "集い"})).await);
    is("Search", &aiko.gets("/api/v2/search?q=%23集い").await);
}

#[tokio::test]
async fn the_node_programs_and_refusals() {
    let Scene { iwate, aiko, .. } = scene().await;
    let visits = async |path: &str| iwate.get(path, "application/json").await.json();
    is("Instance", &visits("/api/v2/instance").await);
    is("V1Instance", &visits("/api/v1/instance").await);
    is("ExtendedDescription", &visits("/api/v1/instance/extended_description").await);
    is("PrivacyPolicy", &visits("/api/v1/instance/privacy_policy").await);
    is("Language", &visits("/api/v1/instance/languages").await);
    let app = json!({"client_name": "読む", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read"});
    let app = aiko.does("/api/v1/apps", app).await;
    is("Application", &app);
    let asked = json!({
        "grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"],
    });
    is("Token", &aiko.does("/oauth/token", asked).await);
    is("Error", &visits("/api/v1/statuses/0").await);
    let service = Stranger::start(iwate.net(), "push").await;
    let endpoint = service.url("/to/aiko");
    // RFC 8291 §5.
    let keys = json!({
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    });
    let asked = json!({
        "subscription": {"endpoint": endpoint, "keys": keys, "standard": true},
        "data": {"alerts": {"mention": true}},
    });
    is("WebPushSubscription", &aiko.does("/api/v1/push/subscription", asked).await);
}
