//! States that cannot be. A figure that is made up where one must be known ends on an invoice, so such a state ends the program instead:
//! it stops as a mistake of its own (exit 70, §10.1), says which state it met, and publishes nothing.
//!
//! What a file, a flag or a ledger can bring about is never one of them: that is a finding or an error.

/// Stops: this state cannot be.
#[cold]
#[inline(never)]
#[track_caller]
pub fn bug(what: &str) -> ! {
    panic!("{what}")
}

/// For what is always there.
pub trait OrBug {
    type Value;

    /// What is there; `why` says why it always is, and is told when it is not.
    #[track_caller]
    fn or_bug(self, why: &'static str) -> Self::Value;
}

impl<T> OrBug for Option<T> {
    type Value = T;

    #[inline]
    #[track_caller]
    fn or_bug(self, why: &'static str) -> T {
        match self {
            Some(value) => value,
            None => bug(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_always_there_is_handed_out_and_what_is_not_stops() {
        assert_eq!(Some(1).or_bug("one is there"), 1);
        let stopped = std::panic::catch_unwind(|| None::<i32>.or_bug("one is there"));
        assert_eq!(stopped.unwrap_err().downcast_ref::<String>().map(String::as_str), Some("one is there"));
    }
}
