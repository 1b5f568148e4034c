//! N3: what has a number is final, and an invoice says who sends it.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::Invoice;
use crate::finding::{Code, Finding, Subject};
use crate::job::{CompanyProfile, Settings};
use crate::model::World;

/// What documents of a company with numbers do not say of who sends them. `None`: they say all, or nothing is numbered here.
pub fn sender_missing(settings: &Settings, company: &str, seller: &CompanyProfile) -> Option<String> {
    settings.numbering(company)?;
    let lacking = seller.lacking_of_sender();
    let (last, before) = lacking.split_last()?;
    let keys = match before {
        [] => format!("no `{last}`"),
        _ => format!("neither `{}` nor `{last}`", before.join("`, `")),
    };
    let section = match settings.billing.companies.contains_key(company) {
        true => format!("[companies.{company:?}]"),
        false => "[company]".to_owned(),
    };
    Some(format!("{section} has {keys} of who sends it"))
}

/// One finding per company that sells something, told before there is a draft.
pub fn senders_missing(world: &World, settings: &Settings) -> Vec<Finding> {
    let lines = world.lines.of_every_part().filter(|(_, line)| line.confirmed);
    let companies: BTreeSet<&str> = lines.map(|(_, line)| world.companies.id(line.company)).collect();
    let told = companies.into_iter().filter_map(|company| {
        let why = sender_missing(settings, company, settings.billing.seller(company))?;
        let id = if company.is_empty() { "company" } else { company }.to_owned();
        let message = format!("documents of `{id}` get numbers, and {why}");
        Some(Finding { code: Code::SenderIncomplete, subject: Subject::Input, id, message, place: None })
    });
    told.collect()
}

/// What is noted of a post: the first document of each company that does not say who sends it.
pub(super) fn senders_unsaid(settings: &Settings, invoices: &[Invoice]) -> Vec<String> {
    let mut by_company: BTreeMap<&str, String> = BTreeMap::new();
    for invoice in invoices {
        if let Some(why) = sender_missing(settings, &invoice.company, &invoice.seller) {
            let note = || format!("`{}` has a number, and {why}", invoice.id);
            by_company.entry(&invoice.company).or_insert_with(note);
        }
    }
    by_company.into_values().collect()
}
