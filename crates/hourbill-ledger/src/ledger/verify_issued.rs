//! N9: the documents that were frozen say what the ledger has, and their numbers leave no gap.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::frozen::{FrozenInvoice, Issued};
use super::issued::Series;
use super::log::{self, LogEntry};
use super::unproven::Unproven;
use crate::document::{Invoice, InvoiceKind, Status, invoice_from_json};
use crate::job::number_in;
use crate::posted::Document;

/// What was issued so far.
#[derive(Default)]
pub(super) struct Numbers {
    series: BTreeMap<String, Series>,
    numbers: BTreeSet<String>,
    known: HashMap<String, Issued>,
}

impl Numbers {
    /// One more commit follows, with these documents.
    pub(super) fn add(&mut self, entry: &LogEntry, frozen: &[FrozenInvoice], documents: &[Document]) -> Vec<Unproven> {
        let mut found = Vec::new();
        let of_commit: HashMap<&str, &Document> =
            documents.iter().map(|document| (document.id.as_str(), document)).collect();
        let mut last: Option<(u8, String)> = None;
        for of in frozen {
            let id = &of.issued.document;
            let mut wrong = Vec::new();
            match read(of) {
                Err(text) => wrong.push(text),
                Ok(invoice) => {
                    says(&of.issued, &invoice, &mut wrong);
                    let place = (invoice.kind.rank(), id.clone());
                    if last.as_ref().is_some_and(|last| *last >= place) {
                        wrong.push("documents of its commit are not in the order of their numbers".to_owned());
                    }
                    last = Some(place);
                    if of.issued.version == 1 {
                        match of_commit.get(id.as_str()) {
                            Some(document) => figures(&invoice, document, &mut wrong),
                            None => wrong.push("it is no document of its commit".to_owned()),
                        }
                    }
                }
            }
            if of.issued.version == 1 {
                self.first(&of.issued, &mut wrong)
            } else {
                self.later(&of.issued, &mut wrong)
            }
            self.known.insert(id.clone(), of.issued.clone());
            let object = format!("{} document `{id}`", log::name(entry.sequence));
            found.extend(wrong.into_iter().map(|text| Unproven { object: object.clone(), text }));
        }
        found
    }

    fn first(&mut self, issued: &Issued, wrong: &mut Vec<String>) {
        if self.known.contains_key(&issued.document) {
            wrong.push("it was frozen before".to_owned());
        }
        let wanted = if issued.number.is_some() { Status::Final } else { Status::Posted };
        if issued.status != wanted {
            wrong.push(format!("its status is `{}`", issued.status.name()));
        }
        let Some(number) = &issued.number else { return };
        if number_in(&number.series, number.seq).as_ref() != Some(&number.text) {
            let (text, series) = (&number.text, &number.series);
            wrong.push(format!("its number `{text}` is not the {}th of the series `{series}`", number.seq));
        }
        if !self.numbers.insert(number.text.clone()) {
            wrong.push(format!("its number `{}` was given before", number.text));
        }
        let newest = Series { last: number.seq, newest: issued.issue_date };
        let Some(before) = self.series.insert(number.series.clone(), newest) else { return };
        if before.last.checked_add(1) != Some(number.seq) {
            let (last, series) = (before.last, &number.series);
            wrong.push(format!("its number is the {}th of the series `{series}`, after the {last}th", number.seq));
        }
        if issued.issue_date < before.newest {
            let (date, newest) = (issued.issue_date, before.newest);
            wrong.push(format!("it is dated {date}, and one before it in its series {newest}"));
        }
    }

    /// It was cancelled: it keeps its number and its dates.
    fn later(&self, issued: &Issued, wrong: &mut Vec<String>) {
        let Some(before) = self.known.get(&issued.document) else {
            wrong.push("there is no first version of it".to_owned());
            return;
        };
        let same = before.version.checked_add(1) == Some(issued.version)
            && before.number == issued.number
            && (before.issue_date, before.due_date) == (issued.issue_date, issued.due_date)
            && issued.status == Status::Cancelled;
        if !same {
            wrong.push("its newest version has another number, date or status than a cancelled one".to_owned());
        }
    }
}

fn read(of: &FrozenInvoice) -> Result<Invoice, String> {
    if blake3::hash(of.json.as_bytes()).to_hex().as_str() != of.issued.json_blake3 {
        return Err("what was frozen of it has another hash".to_owned());
    }
    invoice_from_json(of.json.as_bytes()).map_err(|error| error.to_string())
}

/// What it says is what it was issued with.
fn says(issued: &Issued, invoice: &Invoice, wrong: &mut Vec<String>) {
    let number = issued.number.as_ref().map(|number| number.text.as_str());
    let same = invoice.id == issued.document
        && invoice.number.as_deref() == number
        && invoice.status == issued.status
        && invoice.issue_date == Some(issued.issue_date)
        && invoice.due_date == issued.due_date;
    if !same {
        wrong.push("what was frozen of it has another id, number, status or date".to_owned());
    }
}

/// Its figures are those of the ledger, to the cent.
fn figures(invoice: &Invoice, document: &Document, wrong: &mut Vec<String>) {
    let turned = invoice.kind == InvoiceKind::CreditNote;
    let sign = |money: crate::quantity::Money| if turned { money.negated() } else { money };
    let totals = &invoice.totals;
    let same = Some(invoice.currency) == document.currency
        && sign(totals.net) == document.net
        && sign(totals.tax) == document.tax
        && sign(totals.rounding) == document.rounding
        && sign(totals.total) == document.total;
    let lines = invoice.lines.iter().try_fold(crate::quantity::Money::ZERO, |sum, line| sum.checked_add(line.net));
    if !same || lines != Some(totals.net) {
        wrong.push("what was frozen of it has other figures than the ledger".to_owned());
    }
    if invoice.buyer.customer_id != document.customer || invoice.company != document.company {
        wrong.push("what was frozen of it has other parties than the ledger".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Date;
    use crate::document::{json_bytes, specimen};
    use crate::ledger::frozen::Number;
    use crate::ledger::log::{LedgerTotals, LogAction, LogActionKind, nothing};
    use crate::posted::{DocumentKind, Effect};

    /// A commit of documents with these numbers and days, and what verify says of them after those before.
    fn told(
        numbers: &mut Numbers,
        documents: &[(&str, u64, &str)],
        change: impl Fn(&mut FrozenInvoice),
    ) -> Vec<String> {
        let deed = LogAction {
            kind: LogActionKind::Post,
            job: String::new(),
            at: String::new(),
            date: String::new(),
            by: String::new(),
            reason: String::new(),
            run: String::new(),
            request: String::new(),
        };
        let entry = LogEntry::new(&nothing(), deed, Vec::new(), LedgerTotals::default(), Vec::new());
        let mut of = Vec::new();
        let mut frozen = Vec::new();
        for (id, seq, day) in documents {
            let mut invoice = specimen::invoice(id, 2, "en").unwrap();
            let number = number_in("F{seq:3}", *seq).unwrap();
            invoice.number = Some(number.clone());
            invoice.status = Status::Final;
            invoice.issue_date = Date::parse(day);
            of.push(Document {
                customer: invoice.buyer.customer_id.clone(),
                currency: Some(invoice.currency),
                net: invoice.totals.net,
                tax: invoice.totals.tax,
                total: invoice.totals.total,
                ..Document::without_money((*id).to_owned(), DocumentKind::Invoice, Effect::Billed, 3)
            });
            let json = String::from_utf8(json_bytes(&invoice)).unwrap();
            let issued = Issued {
                document: (*id).to_owned(),
                version: 1,
                status: Status::Final,
                number: Some(Number { text: number, series: "F{seq:3}".to_owned(), seq: *seq }),
                issue_date: Date::parse(day).unwrap(),
                due_date: None,
                json_blake3: blake3::hash(json.as_bytes()).to_hex().to_string(),
                sequence: 1,
            };
            let mut one = FrozenInvoice { issued, json };
            change(&mut one);
            frozen.push(one);
        }
        numbers.add(&entry, &frozen, &of).into_iter().map(|wrong| wrong.text).collect()
    }

    #[test]
    fn n9_gaps_repeats_and_falling_dates_are_named() {
        let as_it_is = |_: &mut FrozenInvoice| {};
        let after = |documents: &[(&str, u64, &str)]| {
            let mut numbers = Numbers::default();
            let first = [("A", 7, "2026-11-02"), ("B", 8, "2026-11-02")];
            assert_eq!(told(&mut numbers, &first, as_it_is), Vec::<String>::new());
            told(&mut numbers, documents, as_it_is).join("; ")
        };
        assert_eq!(after(&[("C", 9, "2026-11-03")]), "");
        assert!(after(&[("C", 10, "2026-11-03")]).contains("10th of the series `F{seq:3}`, after the 8th"));
        assert!(after(&[("C", 8, "2026-11-03")]).contains("`F008` was given before"));
        assert!(
            after(&[("C", 9, "2026-11-01")]).contains("dated 2026-11-01, and one before it in its series 2026-11-02")
        );
        assert!(
            after(&[("D", 9, "2026-11-03"), ("C", 10, "2026-11-03")]).contains("not in the order of their numbers")
        );
        assert!(after(&[("B", 9, "2026-11-03")]).contains("was frozen before"));
    }

    #[test]
    fn n9_what_was_frozen_and_says_something_else_than_the_ledger_is_named() {
        let wrong = |change: &dyn Fn(&mut FrozenInvoice)| {
            told(&mut Numbers::default(), &[("A", 1, "2026-11-02")], change).join("; ")
        };
        // Made anew with a hash of its own, as who can write there would.
        let rewritten = |from: &'static str, to: &'static str| {
            wrong(&move |one: &mut FrozenInvoice| {
                assert!(one.json.contains(from), "{}", one.json);
                one.json = one.json.replacen(from, to, 1);
                one.issued.json_blake3 = blake3::hash(one.json.as_bytes()).to_hex().to_string();
            })
        };
        assert!(wrong(&|one: &mut FrozenInvoice| one.json.push(' ')).contains("another hash"));
        assert!(rewritten("F001", "F002").contains("another id, number, status or date"));
        assert!(rewritten("\"customer_id\": \"", "\"customer_id\": \"X").contains("other parties"));
        assert!(rewritten("\"rounding_amount\": \"0.00\"", "\"rounding_amount\": \"0.01\"").contains("other figures"));
        assert!(rewritten("\"net_amount\": \"", "\"net_amount\": \"1").contains("other figures"));
        let status = wrong(&|one: &mut FrozenInvoice| one.issued.status = Status::Posted);
        assert!(status.contains("its status is `posted`"), "{status}");
        let series = wrong(&|one: &mut FrozenInvoice| {
            one.issued.number.iter_mut().for_each(|number| number.seq = 5);
        });
        assert!(series.contains("`F001` is not the 5th of the series"), "{series}");
    }
}
