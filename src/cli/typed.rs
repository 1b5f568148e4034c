//! Values of flags, as they are typed.

use crate::calendar::Date;
use crate::generate::DirtyShares;

pub fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "write a date such as 2026-10-31, from 1990 to 2100".to_owned())
}

pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

/// A number of bytes with its unit.
pub fn size(text: &str) -> Result<u64, String> {
    let bytes = crate::job::byte_size(text).filter(|_| text.ends_with(|last: char| last.is_ascii_alphabetic()));
    bytes.ok_or_else(|| "write it as 512MB, 2GB, 512MiB or 2GiB".to_owned())
}

pub fn threads(text: &str) -> Result<usize, String> {
    let threads = text.parse().ok().filter(|threads| (1..=1024).contains(threads));
    threads.ok_or_else(|| "write a number from 1 to 1024".to_owned())
}

pub fn dirty(text: &str) -> Result<DirtyShares, String> {
    DirtyShares::percent(text).map_err(|error| error.to_string())
}
