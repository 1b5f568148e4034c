//! Lets others than the owner read what a job writes, where it says so, whatever the mask of the process is.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::access::Access;

/// Lets the readers at one file, or into one folder. Private ones are made so.
///
/// # Errors
/// The disk refuses.
pub fn grant(access: Access, path: &Path) -> io::Result<()> {
    if access == Access::Private {
        return Ok(());
    }
    let (file, folder) = access.bits();
    let bits = if fs::symlink_metadata(path)?.is_dir() { folder } else { file };
    fs::set_permissions(path, Permissions::from_mode(bits))
}

/// The same of a folder and all below it.
///
/// # Errors
/// The disk refuses.
pub(super) fn grant_below(access: Access, folder: &Path) -> io::Result<()> {
    if access == Access::Private {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if fs::symlink_metadata(&path)?.is_dir() { grant_below(access, &path)? } else { grant(access, &path)? }
    }
    grant(access, folder)
}
