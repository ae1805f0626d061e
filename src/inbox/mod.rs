//! The door for other servers' activities: `receive` takes them in, `apply` carries them out, many in one transaction (`batch`), `forward` passes on what others should hear, too.
pub mod forward;
pub mod apply;
pub mod batch;
pub mod receive;
