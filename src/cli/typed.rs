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

/// A number of bytes, in units of 1000 or 1024.
pub fn size(text: &str) -> Result<u64, String> {
    let units: [(&str, u64); 6] =
        [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)];
    let read = |(unit, bytes): (&str, u64)| {
        let number = text.get(..text.len().checked_sub(unit.len())?)?;
        let ends = text.get(number.len()..)?.eq_ignore_ascii_case(unit);
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (ends && digits).then(|| number.parse::<u64>().ok()?.checked_mul(bytes))?
    };
    units.into_iter().find_map(read).ok_or_else(|| "write it as 512MB, 2GB, 512MiB or 2GiB".to_owned())
}

pub fn threads(text: &str) -> Result<usize, String> {
    let threads = text.parse().ok().filter(|threads| (1..=1024).contains(threads));
    threads.ok_or_else(|| "write a number from 1 to 1024".to_owned())
}

pub fn dirty(text: &str) -> Result<DirtyShares, String> {
    DirtyShares::percent(text).map_err(|error| error.to_string())
}
