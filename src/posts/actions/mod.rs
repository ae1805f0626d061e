//! What can be done with posts. Each action works inside the transaction of its door and does not know its caller; what jobs do opens its own.
pub mod announce;
pub mod picture;
pub mod publish;
pub mod schedule;
pub mod digest;
pub mod change;
pub mod react;
pub mod vote;
pub mod attend;
pub mod quote;
pub mod history;
