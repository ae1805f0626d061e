//! The one place that says which scope an address of the API needs. What is not written here is refused, so that no address can forget it.
//!
//! From Mastodon's public documentation: <https://docs.joinmastodon.org/methods/>. Whether visitors are answered, too, is said by the handler's
//! extractor (`accounts::session`); here stands what a token must allow if there is one.
#[allow(clippy::enum_glob_use, reason = "a table of them")]
use super::Scope::{self, *};
use axum::http::Method;

/// Any of these scopes opens the address; an empty list means every token. `None`: no such address.
#[expect(
    clippy::match_same_arms,
    clippy::too_many_lines,
    reason = "a table, in the order of Mastodon's documentation"
)]
pub fn needed(method: &Method, path: &str) -> Option<&'static [Scope]> {
    if path == "/oauth/userinfo" {
        return Some(&[Profile]);
    }
    let parts: Vec<&str> = path.strip_prefix("/api/")?.split('/').collect();
    let scopes: &[Scope] = match (method.as_str(), parts.as_slice()) {
        // HEAD is a GET without its body.
        ("HEAD", _) => return needed(&Method::GET, path),

        // the node itself
        (
            "GET",
            ["openapi.json"]
            | ["v1" | "v2", "instance"]
            | ["v1", "instance", ..]
            | ["v1", "custom_emojis"],
        ) => &[],
        ("GET", ["oembed"] | ["v1", "directory"] | ["v1", "trends", ..]) => &[],
        ("GET", ["v1", "apps", "verify_credentials"]) => &[],
        ("GET", ["v1", "streaming", "health"]) => &[],
        // Which of them a stream needs is said where it is opened.
        ("GET", ["v1", "streaming"] | ["v1", "streaming", ..]) => {
            &[Read, ReadStatuses, ReadNotifications]
        }

        // oneself
        ("POST", ["v1", "accounts"]) => &[WriteAccounts],
        ("GET", ["v1", "accounts", "verify_credentials"]) => &[Profile, ReadAccounts],
        ("PATCH", ["v1", "accounts", "update_credentials"]) => &[WriteAccounts],
        ("GET", ["v1", "profile"]) => &[Profile, ReadAccounts],
        ("PATCH", ["v1", "profile"]) => &[WriteAccounts],
        ("DELETE", ["v1", "profile", "avatar" | "header"]) => &[WriteAccounts],
        ("GET", ["v1", "preferences"]) => &[ReadAccounts],
        ("GET" | "POST", ["v1", "emails", ..]) => &[],
        ("GET", ["v1", "markers"]) => &[ReadStatuses],
        ("POST", ["v1", "markers"]) => &[WriteStatuses],
        ("GET", ["v1", "followed_tags"]) => &[ReadFollows],
        ("GET", ["v1", "featured_tags"] | ["v1", "featured_tags", "suggestions"]) => {
            &[ReadAccounts]
        }
        ("POST", ["v1", "featured_tags"]) => &[WriteAccounts],
        ("DELETE", ["v1", "featured_tags", _]) => &[WriteAccounts],
        ("GET", ["v1", "endorsements"]) => &[ReadAccounts],
        ("GET" | "POST" | "PUT" | "DELETE", ["v1", "push", "subscription"]) => &[Push],

        // accounts
        ("GET", ["v1", "accounts", "relationships" | "familiar_followers"]) => &[ReadFollows],
        ("GET", ["v1", "accounts", _, "lists"]) => &[ReadLists],
        ("GET", ["v1", "accounts", _, "statuses"]) => &[ReadStatuses],
        ("GET", ["v1", "accounts"] | ["v1", "accounts", _]) => &[ReadAccounts],
        ("GET", ["v1", "accounts", _, "followers" | "following" | "featured_tags"]) => {
            &[ReadAccounts]
        }
        ("GET", ["v1", "accounts", _, "endorsements" | "identity_proofs"]) => &[ReadAccounts],
        ("POST", ["v1", "accounts", _, "follow" | "unfollow" | "remove_from_followers"]) => {
            &[WriteFollows]
        }
        ("POST", ["v1", "accounts", _, "block" | "unblock"]) => &[WriteBlocks],
        ("POST", ["v1", "accounts", _, "mute" | "unmute"]) => &[WriteMutes],
        ("POST", ["v1", "accounts", _, "note" | "pin" | "unpin" | "endorse" | "unendorse"]) => {
            &[WriteAccounts]
        }
        ("GET", ["v1", "follow_requests"]) => &[ReadFollows],
        ("POST", ["v1", "follow_requests", _, "authorize" | "reject"]) => &[WriteFollows],
        ("GET", ["v1" | "v2", "suggestions"]) => &[ReadAccounts],
        ("DELETE", ["v1", "suggestions", _]) => &[WriteAccounts],
        ("GET", ["v1", "blocks"]) => &[ReadBlocks],
        ("GET", ["v1", "mutes"]) => &[ReadMutes],
        ("GET", ["v1", "domain_blocks"] | ["v1", "domain_blocks", "preview"]) => &[ReadBlocks],
        ("POST" | "DELETE", ["v1", "domain_blocks"]) => &[WriteBlocks],
        ("GET", ["v1", "tags", _]) => &[],
        ("POST", ["v1", "tags", _, "follow" | "unfollow"]) => &[WriteFollows],
        ("POST", ["v1", "tags", _, "feature" | "unfeature"]) => &[WriteAccounts],
        ("POST", ["v1", "reports"]) => &[WriteReports],

        // statuses
        ("GET", ["v1", "statuses"] | ["v1", "statuses", _]) => &[ReadStatuses],
        ("GET", ["v1", "statuses", _, "context" | "source" | "history" | "card" | "quotes"]) => {
            &[ReadStatuses]
        }
        ("GET", ["v1", "statuses", _, "reblogged_by" | "favourited_by"]) => &[ReadAccounts],
        ("POST", ["v1", "statuses", _, "translate"]) => &[ReadStatuses],
        ("POST", ["v1", "statuses"]) => &[WriteStatuses],
        ("PUT" | "DELETE", ["v1", "statuses", _]) => &[WriteStatuses],
        ("PUT", ["v1", "statuses", _, "interaction_policy"]) => &[WriteStatuses],
        ("POST", ["v1", "statuses", _, "quotes", _, "revoke"]) => &[WriteStatuses],
        ("POST", ["v1", "statuses", _, "reblog" | "unreblog"]) => &[WriteStatuses],
        ("POST", ["v1", "statuses", _, "favourite" | "unfavourite"]) => &[WriteFavourites],
        ("POST", ["v1", "statuses", _, "bookmark" | "unbookmark"]) => &[WriteBookmarks],
        ("POST", ["v1", "statuses", _, "mute" | "unmute"]) => &[WriteMutes],
        ("POST", ["v1", "statuses", _, "pin" | "unpin"]) => &[WriteAccounts],
        ("GET", ["v1", "favourites"]) => &[ReadFavourites],
        ("GET", ["v1", "bookmarks"]) => &[ReadBookmarks],
        ("GET", ["v1", "scheduled_statuses"] | ["v1", "scheduled_statuses", _]) => &[ReadStatuses],
        ("PUT" | "DELETE", ["v1", "scheduled_statuses", _]) => &[WriteStatuses],
        ("GET", ["v1", "polls", _]) => &[ReadStatuses],
        ("POST", ["v1", "polls", _, "votes"]) => &[WriteStatuses],
        ("POST", ["v1" | "v2", "media"]) => &[WriteMedia],
        ("GET" | "PUT" | "DELETE", ["v1", "media", _]) => &[WriteMedia],

        // timelines, lists, filters, search
        ("GET", ["v1", "timelines", "list", _]) => &[ReadLists],
        ("GET", ["v1", "timelines", ..]) => &[ReadStatuses],
        ("GET", ["v1", "conversations"]) => &[ReadStatuses],
        ("POST", ["v1", "conversations", _, "read" | "unread"]) => &[WriteConversations],
        ("DELETE", ["v1", "conversations", _]) => &[WriteConversations],
        ("GET", ["v1", "lists"] | ["v1", "lists", _] | ["v1", "lists", _, "accounts"]) => {
            &[ReadLists]
        }
        ("POST", ["v1", "lists"] | ["v1", "lists", _, "accounts"]) => &[WriteLists],
        ("PUT", ["v1", "lists", _]) => &[WriteLists],
        ("DELETE", ["v1", "lists", _] | ["v1", "lists", _, "accounts"]) => &[WriteLists],
        ("GET", ["v1" | "v2", "filters", ..]) => &[ReadFilters],
        ("POST" | "PUT" | "DELETE", ["v1" | "v2", "filters", ..]) => &[WriteFilters],
        ("GET", ["v2", "search"]) => &[ReadSearch],

        // notifications and announcements
        ("GET", ["v1" | "v2", "notifications", ..]) => &[ReadNotifications],
        ("POST" | "PUT" | "PATCH", ["v1" | "v2", "notifications", ..]) => &[WriteNotifications],
        ("GET", ["v1", "announcements"]) => &[],
        ("POST", ["v1", "announcements", _, "dismiss"]) => &[WriteAccounts],
        ("PUT" | "DELETE", ["v1", "announcements", _, "reactions", _]) => &[WriteFavourites],

        // our own words: events, and what members tell of themselves
        ("GET", ["tsudoi", "v1", "events"] | ["tsudoi", "v1", "events", _]) => &[ReadStatuses],
        ("GET", ["tsudoi", "v1", "events", _, "guests"]) => &[ReadStatuses],
        ("POST", ["tsudoi", "v1", "events"]) => &[WriteStatuses],
        ("PUT", ["tsudoi", "v1", "events", _]) => &[WriteStatuses],
        ("POST", ["tsudoi", "v1", "events", _, "join" | "leave"]) => &[WriteStatuses],
        ("GET", ["tsudoi", "v1", "profile"] | ["tsudoi", "v1", "accounts", _, "profile"]) => {
            &[ReadAccounts]
        }
        ("PATCH", ["tsudoi", "v1", "profile"]) => &[WriteAccounts],

        _ => return None,
    };
    Some(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_writing_and_each_reaction_have_scopes_of_their_own() {
        for (method, path, scopes) in [
            (Method::GET, "/api/v1/statuses/5", &[ReadStatuses][..]),
            (Method::HEAD, "/api/v1/statuses/5", &[ReadStatuses]),
            (Method::DELETE, "/api/v1/statuses/5", &[WriteStatuses]),
            (Method::POST, "/api/v1/statuses/5/favourite", &[WriteFavourites]),
            (Method::POST, "/api/v1/statuses/5/bookmark", &[WriteBookmarks]),
            (Method::POST, "/api/v1/accounts/5/mute", &[WriteMutes]),
            (Method::GET, "/api/v1/accounts/verify_credentials", &[Profile, ReadAccounts]),
            (Method::GET, "/api/v1/accounts/relationships", &[ReadFollows]),
            (Method::GET, "/api/v1/accounts/5", &[ReadAccounts]),
            (Method::GET, "/api/tsudoi/v1/profile", &[ReadAccounts]),
            (Method::PATCH, "/api/tsudoi/v1/profile", &[WriteAccounts]),
            (Method::GET, "/api/tsudoi/v1/accounts/5/profile", &[ReadAccounts]),
        ] {
            assert_eq!(needed(&method, path), Some(scopes), "{method} {path}");
        }
    }

    #[test]
    fn an_address_that_is_not_written_here_is_none() {
        for (method, path) in [
            (Method::GET, "/api/v1/secrets"),
            (Method::POST, "/api/v1/statuses/5/explode"),
            (Method::PATCH, "/api/v1/statuses/5"),
            (Method::GET, "/home"),
        ] {
            assert_eq!(needed(&method, path), None, "{method} {path}");
        }
    }
}
