//! What other servers may read: documents at their own addresses, and how accounts and the node are found.
pub mod documents;
pub mod discovery;
pub mod mirrors;
