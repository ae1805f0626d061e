//! The door for other servers' activities: `receive` takes them in, `apply` carries them out.
pub mod apply;
pub mod receive;
