//! Rows become the checked world; nothing unchecked gets past.

pub mod value;
