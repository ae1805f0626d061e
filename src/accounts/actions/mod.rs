//! What can be done with accounts. Each action works inside the transaction of its door and does not know its caller.
pub mod create;
pub mod follow;
pub mod profile;
pub mod sign_in;
