//! What a job is: a job file and flags become complete settings, from one table of settings; how other programs name things; the formats of
//! documents by their words.
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::too_many_lines))]

use hourbill_core::{alias, bound, bug, calendar, inputs, model, quantity, settings, shard};
use hourbill_files::{access, regular};

pub mod presets;

pub mod formats;

#[allow(clippy::disallowed_methods, reason = "I/O")]
pub mod job;
