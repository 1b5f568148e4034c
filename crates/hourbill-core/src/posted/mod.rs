//! What has been posted: the records that the ledger keeps, what they must satisfy, and what a run sees of them (§6).
//!
//! Pure: the module `ledger` reads and writes these records, this one says what they mean. Three tables tell everything: documents,
//! their lines, and the portions of timesheet entries on those lines. A record is never changed; taking hours back adds records.

mod alike;
mod amount;
mod balance;
mod book;
mod bounds;
mod capped;
mod closing;
mod corrected;
mod counted;
mod entries;
mod given_back;
mod groups;
mod held;
mod index;
mod known;
mod line;
mod lines;
mod made;
mod made_before;
mod months;
mod months_billed;
mod names;
mod on_document;
mod owed;
mod packs;
mod portions;
mod record;
mod refused;
mod reversal;
mod seats;
mod seen;
mod successors;
mod touched;
mod undo;
mod vanished;

pub use crate::down_payment::{DownPaymentBalances, Rate};
pub use alike::Resembled;
pub use amount::{left_with_tax, less_deducted, total_left};
pub use book::{Book, BookEntry, BookLine, Standing, Violation};
pub use bounds::{Bounds, Excess};
pub use capped::CappedHours;
pub use closing::{Closing, ClosingSegment};
pub use corrected::{Back, Corrected, Source};
pub use entries::{Closed, LineCode, PostedPiece};
pub use given_back::GivenBack;
pub use groups::{GroupBefore, LedgerGroups, MinimumLeft};
pub use held::{HeldPortion, SaidThen};
pub use index::IdIndex;
pub use known::KnownIds;
pub use line::{Measure, OrderLineState};
pub use lines::{CoveredUnpaid, Gone, LastBilled, LeftLine, Lines};
pub use made::{MadeEntry, keep_ids, made_keys};
pub use made_before::{CreditAsked, CreditMade, made_before};
pub use months::{ClosedMonths, MonthDeed, MonthState, OutOfOrder, Shut};
pub use months_billed::{MonthsBilled, twice_the_median_of};
pub use names::AliasNames;
pub use on_document::{LedgerLine, OnDocument};
pub use owed::{invoiced_quantity, opening_quantity, over_invoiced, to_invoice};
pub use packs::{IssuedBy, UnsoldPack, UnsoldPacks};
pub use portions::{Portion, Portions, Said, SaidColumns};
pub use record::{
    Document, DocumentKind, Effect, LedgerBatch, Line, LineFacts, LineKind, LineThen, Payment, TaxShare,
    rates_from_text, rates_text,
};
pub use refused::Refused;
pub use reversal::{Request, request_text, take_back};
pub use seen::{Head, Posted};
pub use vanished::Vanished;

pub use touched::{Touched, other_ids};
pub use undo::undo;

#[cfg(test)]
mod tests;
