//! `[imports]` and `[datev]`: what the systems that import drafts call things.

use std::collections::BTreeMap;

use super::file::{Given, Node};
use super::section::{Reading, Section, filled, number, text};
use super::settings::{Datev, Document, Imports};

/// Both sections may be missing, unless a document needs one.
pub(super) fn imports(reading: &mut Reading, root: &mut Section, documents: &[Document]) -> Imports {
    let mut imports = Imports::default();
    if root.has("imports") {
        let mut section = reading.section(root, "imports");
        imports.account = reading.value(&mut section, "account", imports.account, String::clone, text);
        imports.date_format =
            reading.value(&mut section, "date_format", imports.date_format, String::clone, date_format);
        imports.taxes = names(reading, &mut section, "taxes", filled);
        reading.finish(section);
    }
    if documents.contains(&Document::Xero) && imports.account.is_empty() {
        let message = "`output.documents` asks for `xero`, and there is no account for its lines".to_owned();
        let hint = "add [imports] with `account = \"200\"`: Xero takes no line without one";
        reading.problem("missing-key", &Given::Nowhere, "imports.account", message, hint);
    }
    let asked = documents.contains(&Document::Datev);
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
    for (key, example) in
        [("consultant", "consultant = 1001"), ("client", "client = 1"), ("debtor", "debtor = \"10000\"")]
    {
        if !section.has(key) {
            let path = section.key(key);
            let message = format!("`{path}` is missing");
            reading.problem("missing-key", &Given::Nowhere, &path, message, format!("add `{example}`"));
        }
    }
    let consultant = reading.value(&mut section, "consultant", 0, u32::to_string, |node| within(node, 1001, 9_999_999));
    let client = reading.value(&mut section, "client", 0, u32::to_string, |node| within(node, 1, 99_999));
    let account_digits = reading.value(&mut section, "account_digits", 4, u32::to_string, |node| within(node, 4, 8));
    let shown = |(month, day): &(u32, u32)| format!("{month:02}-{day:02}");
    let fiscal_year = reading.value(&mut section, "fiscal_year", (1, 1), shown, month_and_day);
    let debtor = reading.value(&mut section, "debtor", String::new(), String::clone, account);
    let debtors = names(reading, &mut section, "debtors", account);
    let revenue = names(reading, &mut section, "revenue", account);
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

fn within(node: &Node, least: u32, most: u32) -> Result<u32, String> {
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
