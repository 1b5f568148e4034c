//! `[imports]` and `[datev]`: what the systems that import drafts call things.

use std::collections::BTreeMap;

use super::file::{Given, Node};
use super::keys::{self, JobKey, KeyKind};
use super::section::{Reading, Section, filled, number, text};
use super::settings::{Datev, DocumentFormat, Imports};

/// Both sections may be missing, unless a document needs one.
pub(super) fn imports(reading: &mut Reading, root: &mut Section, documents: &[DocumentFormat]) -> Imports {
    let mut imports = Imports::default();
    if root.has("imports") {
        let mut section = reading.section(root, "imports");
        imports.account = reading.value(&mut section, keys::IMPORT_ACCOUNT.name, imports.account, String::clone, text);
        imports.date_format =
            reading.value(&mut section, keys::IMPORT_DATE_FORMAT.name, imports.date_format, String::clone, date_format);
        imports.taxes = names(reading, &mut section, keys::IMPORT_TAXES.name, filled);
        reading.finish(section);
    }
    if documents.contains(&DocumentFormat::Xero) && imports.account.is_empty() {
        let message = "`output.documents` asks for `xero`, and there is no account for its lines".to_owned();
        let hint = "add [imports] with `account = \"200\"`: Xero takes no line without one";
        reading.problem("missing-key", &Given::Nowhere, &keys::IMPORT_ACCOUNT.path(), message, hint);
    }
    let asked = documents.contains(&DocumentFormat::Datev);
    if asked && !root.has("datev") {
        let message = "`output.documents` asks for `datev`, and there is no [datev]".to_owned();
        let hint = "add [datev] with `consultant`, `client`, `debtor` and [datev.revenue]";
        reading.problem("missing-key", &Given::Nowhere, "datev", message, hint);
    }
    if root.has("datev") {
        imports.datev = Some(datev(reading, root));
    }
    imports
}

fn datev(reading: &mut Reading, root: &mut Section) -> Datev {
    let mut section = reading.section(root, "datev");
    for (key, example) in [
        (keys::CONSULTANT.name, "consultant = 1001"),
        (keys::CLIENT.name, "client = 1"),
        (keys::DEBTOR.name, "debtor = \"10000\""),
    ] {
        if !section.has(key) {
            let path = section.key(key);
            let message = format!("`{path}` is missing");
            reading.problem("missing-key", &Given::Nowhere, &path, message, format!("add `{example}`"));
        }
    }
    let mut whole = |key: &JobKey, default| {
        reading.value(&mut section, key.name, default, u32::to_string, |node| within(node, key))
    };
    let consultant = whole(&keys::CONSULTANT, 0);
    let client = whole(&keys::CLIENT, 0);
    let account_digits = whole(&keys::ACCOUNT_DIGITS, 4);
    let shown = |(month, day): &(u32, u32)| format!("{month:02}-{day:02}");
    let fiscal_year = reading.value(&mut section, keys::FISCAL_YEAR.name, (1, 1), shown, month_and_day);
    let debtor = reading.value(&mut section, keys::DEBTOR.name, String::new(), String::clone, account);
    let debtors = names(reading, &mut section, keys::DEBTORS.name, account);
    let revenue = names(reading, &mut section, keys::REVENUE.name, account);
    reading.finish(section);
    Datev { consultant, client, account_digits, fiscal_year, debtor, debtors, revenue }
}

/// A table of names that the data give.
fn names(
    reading: &mut Reading,
    parent: &mut Section,
    key: &str,
    read: impl Fn(&Node) -> Result<String, String> + Copy,
) -> BTreeMap<String, String> {
    let mut section = reading.section(parent, key);
    let mut names = BTreeMap::new();
    for name in section.names() {
        let value = reading.value(&mut section, &name, String::new(), String::clone, read);
        names.insert(name, value);
    }
    reading.finish(section);
    names
}

/// A whole number within the bounds of its key.
fn within(node: &Node, key: &JobKey) -> Result<u32, String> {
    let (least, most) = if let KeyKind::Whole(least, most) = key.kind { (least, most) } else { (0, u32::MAX) };
    let value = number(node).and_then(|digits| digits.parse().ok()).filter(|value| (least..=most).contains(value));
    value.ok_or_else(|| format!("allowed is a number from {least} to {most}"))
}

/// An account is digits, and may start with 0.
fn account(node: &Node) -> Result<String, String> {
    let account = text(node)?;
    let digits = (1..=9).contains(&account.len()) && account.bytes().all(|byte| byte.is_ascii_digit());
    if digits { Ok(account) } else { Err("allowed is an account of 1 to 9 digits, in quotes".to_owned()) }
}

/// `07-01` is the first of July.
fn month_and_day(node: &Node) -> Result<(u32, u32), String> {
    let allowed = || "allowed is a month and day such as `07-01`".to_owned();
    let typed = text(node)?;
    // A year that is no leap year: a fiscal year cannot begin on a day that not every year has.
    let date = crate::calendar::Date::parse(&format!("2025-{typed}")).ok_or_else(allowed)?;
    let (_, month, day) = date.ymd();
    Ok((month, day))
}

/// Only what a date has; anything else would be refused when the file is written.
fn date_format(node: &Node) -> Result<String, String> {
    let typed = filled(node)?;
    let mut chars = typed.chars();
    while let Some(char) = chars.next() {
        if char == '%' && !chars.next().is_some_and(|field| "dmyYbBeF".contains(field)) {
            return Err("allowed are `%d`, `%e`, `%m`, `%b`, `%B`, `%y`, `%Y`, `%F` and signs between them".to_owned());
        }
    }
    Ok(typed)
}
