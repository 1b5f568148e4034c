//! A ledger's store in memory, for scripts by the thousand.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Mutex;

use hourbill::ledger::{Put, Store, StoreError};

/// Names and bytes; nothing of a disk.
#[derive(Default)]
pub(crate) struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

impl Store for Memory {
    fn put_if_absent(&self, name: &str, bytes: &[u8]) -> Result<Put, StoreError> {
        let mut files = self.0.lock().unwrap();
        if files.contains_key(name) {
            return Ok(Put::Present);
        }
        files.insert(name.to_owned(), bytes.to_owned());
        Ok(Put::Written)
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let files = self.0.lock().unwrap();
        Ok(files.keys().filter_map(|name| name.strip_prefix(folder)?.strip_prefix('/')).map(str::to_owned).collect())
    }

    fn begin(&self) -> Result<Box<dyn Any>, StoreError> {
        Ok(Box::new(()))
    }
}
