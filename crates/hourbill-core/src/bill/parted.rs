//! The open entries of a line as adjustments part them (§8).

use std::collections::BTreeMap;

use crate::ident::Idx;
use crate::model::{Adjustment, Entry};
use crate::quantity::Hours;

/// The open entries of a line: those to bill, and those that adjustments hold.
#[derive(Default)]
pub(super) struct Parted {
    pub billed: Vec<Idx<Entry>>,
    pub held: BTreeMap<Idx<Adjustment>, Vec<Idx<Entry>>>,
    /// Entries that a cap cuts in two: they are in `billed` and in `held`.
    pub cut: BTreeMap<Idx<Entry>, Cut>,
}

/// The hours of an entry that are billed, and those that are held.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    pub billed: Hours,
    pub held: Hours,
}
