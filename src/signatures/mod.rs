//! Keys, HTTP signatures and object proofs. Pure: no network, no database, no clock.
pub mod keys;
pub mod signature;
pub mod proof;
pub mod vapid;
