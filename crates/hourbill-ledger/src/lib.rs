//! What was posted, kept: objects by their content, a log by its chain, documents as they were issued; post, void, credit and verify.
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::too_many_lines))]

use hourbill_core::{bug, calendar, diff, explain, ident, model, posted, quantity, statement};
use hourbill_documents::document;
use hourbill_files::regular;
use hourbill_job::job;
use hourbill_output::{closed, tables};

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod ledger;
