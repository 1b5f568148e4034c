//! What is gathered of what a side of an electronic invoice lacks: the field to fill, and the business term of EN 16931 that it becomes.

use std::fmt;

/// A field to fill, or to correct.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// Of a job file (`company.vat_id`) or an input (`country`).
    pub field: &'static str,
    /// Whose; empty for the seller's.
    pub of: String,
    /// `BT-55` and the like.
    pub term: &'static str,
    pub what: &'static str,
    /// What stands there and cannot be used; empty when nothing does.
    pub value: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.field)?;
        if !self.of.is_empty() {
            write!(f, " of {}", self.of)?;
        }
        if self.value.is_empty() {
            write!(f, " is empty")?;
        } else {
            write!(f, " is `{}`", self.value)?;
        }
        write!(f, " ({}, {})", self.term, self.what)
    }
}

/// Gathers what is missing on one side.
pub struct Gaps {
    of: String,
    pub missing: Vec<Missing>,
}

impl Gaps {
    /// The seller; `company` is what the exports call it, empty when they do not.
    pub fn of_company(company: &str) -> Gaps {
        let of = if company.is_empty() { String::new() } else { format!("company `{company}`") };
        Gaps { of, missing: Vec::new() }
    }

    pub fn of_customer(id: &str) -> Gaps {
        Gaps { of: format!("customer `{id}`"), missing: Vec::new() }
    }

    pub fn say(&mut self, field: &'static str, term: &'static str, what: &'static str, value: &str) {
        let (of, value) = (self.of.clone(), value.to_owned());
        self.missing.push(Missing { field, of, term, what, value });
    }

    pub fn filled(&mut self, value: &str, field: &'static str, term: &'static str, what: &'static str) {
        if value.trim().is_empty() {
            self.say(field, term, what, "");
        }
    }

    pub fn country(&mut self, value: &str, field: &'static str, term: &'static str) {
        let known = en16931::codes::guard::country(value).is_ok();
        if !known {
            self.say(field, term, "a country code of ISO 3166 such as BE", value);
        }
    }

    /// BR-CO-09: a VAT id begins with its country.
    pub fn vat_id(&mut self, value: &str, field: &'static str, term: &'static str) {
        let prefix = value.get(..2).unwrap_or_default();
        let known = ["EL", "XI"].contains(&prefix) || en16931::codes::guard::country(prefix).is_ok();
        if !value.is_empty() && !known {
            self.say(field, term, "a VAT id that begins with its country", value);
        }
    }

    /// BR-CL-11.
    pub fn scheme(&mut self, registration: &str, scheme: &str, field: &'static str, term: &'static str) {
        if !registration.is_empty() && !scheme.trim().is_empty() && scheme_of(scheme).is_none() {
            self.say(field, term, "a code of ISO 6523 such as 0208", scheme);
        }
    }

    pub fn address(&mut self, value: &str, scheme: &str, fields: [&'static str; 2], term: &'static str) {
        if value.trim().is_empty() {
            self.say(fields[0], term, "an address for electronic invoices", "");
        } else if en16931::Identifier::eas(value, scheme).is_err() {
            let what = "an address that fits its scheme (a code of the list EAS such as 0208)";
            self.say(fields[1], term, what, scheme);
        }
    }
}

/// A scheme of ISO 6523, as the lists have it; `None` when it is none.
pub fn scheme_of(scheme: &str) -> Option<&str> {
    Some(scheme.trim()).filter(|scheme| en16931::codes::guard::icd(scheme).is_ok())
}
