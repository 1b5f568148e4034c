/// Units by their names in lower case.
const UNITS: [(&str, u64); 10] = [
    ("", 1),
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

/// Bytes of `1048576`, `64GB` or `64 GiB`, in capitals or not; `None` for anything else, and beyond 2^64.
pub fn byte_size(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = unit.trim().to_ascii_lowercase();
    let (_, factor) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_every_unit() {
        for (text, bytes) in [
            ("1048576", Some(1 << 20)),
            ("7 B", Some(7)),
            ("512mb", Some(512_000_000)),
            ("64GB", Some(64_000_000_000)),
            ("64 GiB", Some(64 << 30)),
            ("1TB", Some(1_000_000_000_000)),
            ("2tib", Some(2 << 40)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("17000000TiB", None),
            ("", None),
            ("MB", None),
            ("-1MB", None),
            ("1.5GB", None),
            ("1 XB", None),
        ] {
            assert_eq!(byte_size(text), bytes, "{text}");
        }
    }
}
