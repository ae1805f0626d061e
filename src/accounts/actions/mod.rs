//! What can be done with accounts. Most actions work inside the transaction of their door; those that say so open their own. None knows
//! its caller.
pub mod create;
pub mod details;
pub mod follow;
pub mod groups;
pub mod hosts;
pub mod lists;
pub mod pictures;
pub mod profile;
pub mod report;
pub mod returning;
pub mod roles;
pub mod security;
pub mod setup;
pub mod sign_in;
pub mod sign_up;
pub mod tokens;
