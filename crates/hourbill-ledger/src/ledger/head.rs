//! Whether a ledger has what somebody has seen of it before (G11).

use super::log::{self, LogEntry, nothing};
use super::{Ledger, LedgerError, Store};
use crate::posted::Head;

impl<S: Store> Ledger<S> {
    /// Whether the ledger has that entry, with that hash. It names its predecessor, so all that stood before it stands there, too.
    ///
    /// # Errors
    /// The entry cannot be read.
    pub fn has(&self, head: &Head) -> Result<bool, LedgerError> {
        if head.sequence == 0 {
            return Ok(*head == nothing());
        }
        let Some(bytes) = self.store().get(&log::name(head.sequence))? else { return Ok(false) };
        match LogEntry::read(&bytes) {
            Ok(entry) => Ok(entry.head() == *head),
            // Reading it all tells what is wrong.
            Err(_) => Ok(self.log()?.iter().any(|entry| entry.head() == *head)),
        }
    }

    /// The newest entry; `None` when there is none.
    ///
    /// # Errors
    /// Anything that was altered.
    pub fn newest(&self) -> Result<Option<LogEntry>, LedgerError> {
        Ok(self.log()?.pop())
    }

    /// # Errors
    /// Anything that was altered.
    pub fn head(&self) -> Result<Head, LedgerError> {
        Ok(self.newest()?.as_ref().map_or_else(nothing, LogEntry::head))
    }
}
