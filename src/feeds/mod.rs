//! Rows that tell a member what happened: home timeline entries and notifications.
//!
//! Lives here: writing and removing them, by ids alone. Must not live here: what they look like (`timelines`).
/// SQL: `$member` wants to see what `$account` says: mutes and blocks neither it nor its host. `$mute` narrows which mutes count.
#[macro_export]
macro_rules! wants {
    ($member:literal, $account:literal) => {
        $crate::wants!($member, $account, "")
    };
    ($member:literal, $account:literal, $mute:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM mute u WHERE u.account_id = ",
            $member,
            " AND u.target_id = ",
            $account,
            $mute,
            ") AND NOT EXISTS (SELECT 1 FROM block b WHERE b.account_id = ",
            $member,
            " AND b.target_id = ",
            $account,
            ") AND NOT EXISTS (SELECT 1 FROM host_block x JOIN account xa ON xa.host = x.host WHERE x.account_id = ",
            $member,
            " AND xa.id = ",
            $account,
            ")"
        )
    };
}

pub mod conversations;
pub mod everyone;
pub mod home;
pub mod live;
pub mod markers;
pub mod notifications;
