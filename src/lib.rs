//! Tsudoi
