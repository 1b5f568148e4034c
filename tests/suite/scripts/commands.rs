//! What is done with the program: runs, posts, voids and credits, each held against the tally.

use std::collections::BTreeMap;
use std::path::Path;

use hourbill::calendar::Date;
use hourbill::job::{self, Flags};
use hourbill::ledger::{Actor, Done, Ledger, LedgerError, Plan, Proposal};
use hourbill::posted::{Effect, LedgerBatch, Request};
use hourbill::quantity::Hours;
use hourbill::run::{self, Unwatched};

use super::tally::{ExpectedDocument, ExpectedLine, Tally};
use super::world::{DATES, Exports, HUNDREDTHS, LINES, line_of, micros};
use crate::memory::Memory;
use crate::oracle::Dice;

/// What a run proposes, in the form of the tally.
pub fn told(batch: &LedgerBatch) -> Vec<ExpectedDocument> {
    let mut portions: Vec<BTreeMap<String, i128>> = vec![BTreeMap::new(); batch.lines.len()];
    for row in 0..batch.portions.len() {
        let of = &mut portions[batch.portions.lines[row] as usize];
        assert!(of.insert(batch.portions.ids.get(row).to_owned(), batch.portions.hours[row].into()).is_none());
    }
    let mut by_line = portions.into_iter();
    let mut portions: Vec<BTreeMap<String, i128>> = Vec::new();
    for (document, lines) in batch.by_document() {
        let of = by_line.by_ref().take(lines.len());
        portions.extend(of.filter(|_| !document.kind.is_note()));
    }
    let mut portions = portions.into_iter();
    let document = |(document, lines): (&hourbill::posted::Document, &[hourbill::posted::Line])| ExpectedDocument {
        customer: document.customer.clone(),
        net: document.net.minor(),
        tax: document.tax.minor(),
        lines: lines
            .iter()
            .map(|line| ExpectedLine {
                line: line_of(&line.order_line),
                quantity: i128::from(line.quantity.micros()) / 10_000,
                net: line.net.minor(),
                portions: portions.next().unwrap(),
            })
            .collect(),
    };
    let all: Vec<ExpectedDocument> = batch.by_document().filter(|(of, _)| !of.kind.is_note()).map(document).collect();
    let gives_back = batch.documents.iter().filter(|of| !of.kind.is_note()).map(|of| of.source.is_some());
    all.into_iter().zip(gives_back).filter(|(_, gives_back)| !gives_back).map(|(document, _)| document).collect()
}

/// What a run proposes to give back, by the document that billed it.
pub fn told_back(batch: &LedgerBatch) -> BTreeMap<String, BTreeMap<String, i128>> {
    let mut back: BTreeMap<String, BTreeMap<String, i128>> = BTreeMap::new();
    for (row, &line) in batch.portions.lines.iter().enumerate() {
        let document = &batch.documents[batch.lines[line as usize].document as usize];
        if let Some(source) = &document.source {
            let of_entry = back.entry(source.clone()).or_default();
            *of_entry.entry(batch.portions.ids.get(row).to_owned()).or_default() -=
                i128::from(batch.portions.hours[row]);
        }
    }
    back
}

/// One document of a batch.
pub fn one_of(batch: &LedgerBatch, id: &str) -> LedgerBatch {
    let mut one = LedgerBatch::default();
    let at = batch.documents.iter().position(|document| document.id == id).unwrap();
    one.documents.push(batch.documents[at].clone());
    for (number, line) in batch.lines.iter().enumerate().filter(|(_, line)| line.document as usize == at) {
        let position = u32::try_from(one.lines.len()).unwrap();
        one.lines.push(hourbill::posted::Line { document: 0, ..line.clone() });
        for (row, _) in batch.portions.lines.iter().enumerate().filter(|(_, of)| **of as usize == number) {
            let (all, id) = (&batch.portions, batch.portions.ids.get(row));
            one.portions.push(position, id, all.dates[row], all.hours[row], all.known[row], all.said.get(row));
        }
    }
    one
}

/// A computed run that may be posted.
pub struct Pending {
    pub id: String,
    pub head: hourbill::posted::Head,
    pub batch: LedgerBatch,
    pub expected: Vec<ExpectedDocument>,
    /// Date and hours of each.
    pub entries: BTreeMap<String, (String, i128)>,
    /// Something else than its own drafts was committed since.
    pub stale: bool,
}

pub fn doer(reason: String) -> Actor {
    Actor { job: "script".into(), at: "2026-11-02".into(), by: "ada".into(), reason }
}

pub fn compute(ledger: &Ledger<Memory>, exports: &Exports, tally: &Tally, folder: &Path) -> Pending {
    exports.write(folder);
    let settings = job::load(&folder.join("job.toml"), &Flags::default(), Date::parse("2026-11-02").unwrap());
    let settings = settings.unwrap_or_else(|error| panic!("{error}"));
    let run = run::compute_on(&settings, &Unwatched, |world| Ok(ledger.posted(world)?));
    let run = run.unwrap_or_else(|error| panic!("{error}"));
    let batch = run::proposal(&run, &settings).unwrap();
    let (expected, back) = tally.drafts(exports);
    assert_eq!(told(&batch), expected, "the drafts are not what the tally says");
    assert_eq!(told_back(&batch), back, "what is given back is not what the tally says");
    let entries = exports.entries.iter();
    let entries =
        entries.map(|(id, (date, hours, _))| (id.clone(), (DATES[*date].to_owned(), micros(*hours)))).collect();
    Pending { id: run.id.clone(), head: run.posted.head.clone().unwrap(), batch, expected, entries, stale: false }
}

pub fn post(ledger: &Ledger<Memory>, of: &mut Pending, tally: &mut Tally, dice: &mut Dice) -> String {
    let documents = || of.batch.documents.iter().filter(|document| !document.kind.is_note());
    let ids: Vec<String> = documents().map(|document| document.id.clone()).collect();
    let mut expected = of.expected.iter();
    // Of each document what must be billed, or else the document that it gives hours back from.
    let each: Vec<Result<&ExpectedDocument, String>> =
        documents().map(|document| document.source.clone().map_or_else(|| Ok(expected.next().unwrap()), Err)).collect();
    let named: Vec<String> =
        if dice.percent(30) { ids.iter().filter(|_| dice.percent(50)).cloned().collect() } else { Vec::new() };
    let wanted: Vec<usize> = (0..ids.len()).filter(|at| named.is_empty() || named.contains(&ids[*at])).collect();
    let known = |id: &String| tally.documents.contains_key(id) || tally.given_back.contains(id);
    let new: Vec<usize> = wanted.into_iter().filter(|at| !known(&ids[*at])).collect();
    let notes = of.batch.documents.len() > ids.len();
    let proposal = Proposal {
        run: of.id.clone(),
        head: of.head.clone(),
        batch: of.batch.clone(),
        aliases: Vec::new(),
        read: None,
    };
    match ledger.plan_post(proposal, &named, &doer(String::new())) {
        Ok(Plan::Change(planned)) => {
            assert!(!of.stale && (!new.is_empty() || notes), "a stale run was posted");
            ledger.apply(*planned).unwrap();
            for at in new {
                match &each[at] {
                    Ok(expected) => tally.post(&ids[at], expected, &of.entries),
                    Err(source) => {
                        tally.take_back(source, &one_of(&of.batch, &ids[at]), Effect::Rebill);
                        tally.given_back.insert(ids[at].clone());
                    }
                }
            }
        }
        Ok(Plan::Nothing(_)) => assert!(new.is_empty() || of.stale),
        Err(LedgerError::Conflict(_)) => assert!(of.stale),
        // What is given back and what is billed in its place belong together.
        Err(LedgerError::Violates(_)) if !named.is_empty() && each.iter().any(Result::is_err) => {}
        Err(error) => panic!("{error}"),
    }
    format!("post {ids:?}, named {named:?}")
}

/// Voids a document, or credits a part of one when a number for the reason is given.
pub fn take_back(
    ledger: &Ledger<Memory>,
    pending: &mut Option<Pending>,
    tally: &mut Tally,
    dice: &mut Dice,
    credit: Option<usize>,
) -> String {
    let ids: Vec<String> = tally.documents.keys().cloned().collect();
    if ids.is_empty() {
        return String::new();
    }
    let id = dice.one_of(&ids);
    let effect = if credit.is_some() && dice.percent(40) { Effect::WriteOff } else { Effect::Rebill };
    let mut what = format!("void {id}");
    let plan = match credit {
        None => ledger.plan_void(&id, &doer("void".into())),
        Some(step) => {
            let hours =
                dice.percent(70).then(|| Hours::from_micros(i64::try_from(micros(dice.one_of(&HUNDREDTHS))).unwrap()));
            let request = if dice.percent(50) {
                Request::Entries(vec![(format!("e{}", dice.below(6)), hours)])
            } else {
                Request::Line(LINES[dice.below(LINES.len())].id.to_owned(), hours)
            };
            what = format!("credit {id}: {request:?} {effect:?}");
            ledger.plan_credit(&id, &request, effect, &doer(format!("step {step}")))
        }
    };
    let done: Done = match plan {
        Ok(Plan::Change(planned)) => ledger.apply(*planned).unwrap(),
        Ok(Plan::Nothing(_)) => {
            assert!(credit.is_some() || tally.voided.contains(&id));
            return String::new();
        }
        Err(LedgerError::Conflict(_) | LedgerError::Refused(_) | LedgerError::Violates(_)) => {
            let held = &tally.documents[&id].hours;
            let alone = held.keys().all(|entry| tally.billed_on[entry].len() == 1);
            let left = held.values().any(|hours| *hours != 0);
            assert!(credit.is_some() || !alone || !left, "the only document of its entries cannot be voided");
            return String::new();
        }
        Err(error) => panic!("{error}"),
    };
    if credit.is_none() {
        tally.voided.insert(id.clone());
    }
    tally.take_back(&id, &done.batch, effect);
    if let Some(of) = pending {
        of.stale = true;
    }
    what
}
