//! Tests of the whole program, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::too_many_lines)]

mod account;
mod agreements;
mod beyond_packs;
mod blocks;
mod bombs;
mod bounds;
mod case_steps;
mod cases;
mod cli;
mod closes;
mod contract;
mod copies;
mod corrections;
mod covered;
mod crash;
mod credits;
mod dates;
mod dialect_words;
mod dialects;
mod diff;
#[cfg(all(feature = "pdf", feature = "xml"))]
mod documents;
mod down_payment_signs;
mod down_payments;
mod edits;
mod edits_rows;
#[cfg(all(feature = "pdf", feature = "xml"))]
mod einvoices;
mod ends;
mod explained;
mod exported_prices;
mod exports;
mod extremes;
#[cfg(all(feature = "html", feature = "pdf", feature = "xlsx", feature = "xml"))]
mod figures;
mod files;
mod foreign;
mod formats;
mod further;
mod honest;
mod hostile;
mod init_again;
mod intake;
mod issued;
mod issued_lives;
mod kinds;
mod knots;
mod leaks;
mod ledger_sequences;
mod left_export;
mod line_changes;
mod lives;
mod manual;
mod memory;
mod minimums;
mod month;
mod names;
mod night;
#[cfg(feature = "xlsx")]
mod odoo_month;
mod old_ledger;
mod once_posted;
mod oracle;
mod packed_pages;
mod partly;
mod parts;
mod passes;
#[cfg(all(feature = "pdf", feature = "xml"))]
mod peppol;
mod posted_work;
mod presets;
mod programs;
mod properties;
mod prune;
#[cfg(feature = "query")]
mod queries;
mod reconcile;
mod register;
mod schedules;
mod screen;
mod scripts;
mod seeds;
mod shapes;
mod shards;
#[cfg(feature = "xlsx")]
mod sheets;
mod shop;
mod shut_hours;
#[cfg(all(feature = "pdf", feature = "xml"))]
mod signs;
mod statements;
mod strace;
mod subtotals;
#[cfg(all(feature = "html", feature = "pdf", feature = "xlsx", feature = "xml"))]
mod texts;
mod told;
mod trackers;
mod tree;
mod waivers;
mod waterfall;
mod went_back;
mod whole_rows;
mod witness;
