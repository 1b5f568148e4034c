//! Rows become the checked world; nothing unchecked gets past.
//!
//! Each input has a function that reads the rows of a batch, called from many threads, and one that adds them to the world in the
//! order of the files. What cannot be used is set aside with every error of its row.

mod adjust;
mod agreements;
mod bounds;
mod bucket_sizes;
mod clock;
mod column;
mod copies;
pub mod dated_sums;
pub mod day_parts;
mod edits;
mod entries;
mod entry_cells;
mod erp;
mod kept;
mod looked;
mod masters;
mod memo;
mod mentions;
mod months;
mod number;
mod numbered;
mod overlaps;
mod packs;
mod part;
mod rates;
mod repeats;
mod route;
mod row;
mod row_tally;
mod spans;
mod sums;
mod table;
mod ties;
pub mod totals;
pub mod value;
mod waivers;
pub mod written_dates;

pub use adjust::{names_of, resolve_adjustments, unmatched};
pub use agreements::{add_agreements, agreement_rows, ids_of_both};
pub use bounds::{OtherRows, look_at_entries};
pub use bucket_sizes::{BucketSize, BucketSizes};
pub use edits::{add_adjustments, add_credits, add_requests, adjustment_rows, credit_rows, request_rows};
pub use entries::{EntryRows, add_entries, entry_rows, no_entry_rows, ticketless};
pub use erp::{add_erp_invoices, erp_invoice_rows};
pub use looked::EntryBounds;
pub use masters::{
    add_customers, add_order_lines, add_teams, add_tickets, customer_rows, order_rows, team_rows, ticket_rows,
};
pub use mentions::Mentions;
pub use part::{RowFilter, Unsettled, id_hashes, settle};
pub use rates::{add_employees, add_rates, employee_rows, rate_rows};
pub use route::{RoutedBatch, RoutedRow, RoutedRows, Routing, RowGoes, RowsRead, route_rows};
pub use row_tally::RowTally;
pub use table::{CheckedRows, SetAside};
pub use ties::ties_of;
pub use waivers::{add_waivers, waiver_rows};

use crate::model::World;
