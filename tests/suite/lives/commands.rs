//! What people do: run, post, void, credit, and settle what is in doubt.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hourbill::account::{Disposition, KeptBack};
use hourbill::bill::Hold;
use hourbill::calendar::Date;
use hourbill::job::{self, Flags};
use hourbill::ledger::{Actor, AliasOf, Ledger, LedgerError, Plan, Proposal};
use hourbill::model::Chunk;
use hourbill::posted::{Effect, LedgerBatch, Request};
use hourbill::quantity::{Hours, Quantity};
use hourbill::run::{self, Run, Unwatched};

use super::tally::Tally;
use super::world::{Adjustment, World};
use crate::memory::Memory;
use crate::oracle::Dice;

/// A computed run that may be posted.
pub struct Drafts {
    pub run: Run,
    pub batch: LedgerBatch,
    /// Code and id.
    pub findings: BTreeSet<(String, String)>,
    /// The same with their words.
    pub told: Vec<(String, String, String)>,
    /// Order line, entry and reason of what is held.
    pub held: Vec<(String, Vec<String>, Hold)>,
}

impl Drafts {
    /// By id of the entry.
    pub fn dispositions(&self) -> BTreeMap<String, Disposition> {
        let entries = &self.run.intake.world.entries;
        let of_chunk = |(chunk, (_, of))| {
            let dispositions: &[Disposition] = self.run.account.of_chunk(chunk);
            let of: &Chunk = of;
            of.iter().zip(dispositions).map(|(entry, of)| (entry.id().to_owned(), *of)).collect::<Vec<_>>()
        };
        entries.chunks().enumerate().flat_map(of_chunk).collect()
    }
}

pub struct Life<'a> {
    pub ledger: Ledger<Memory>,
    pub folder: &'a Path,
    pub world: World,
    pub tally: Tally,
}

fn doer(reason: &str) -> Actor {
    Actor { job: "life".into(), at: "2026-12-02".into(), by: "ada".into(), reason: reason.into() }
}

/// What is held for doubt, or because it changed, is told with what settles it.
fn told_of(findings: &BTreeSet<(String, String)>, line: &str, entries: &[String], hold: &Hold) {
    let told = |code: &str, id: &str| findings.contains(&(code.to_owned(), id.to_owned()));
    let each = |code: &str| entries.iter().all(|id| told(code, id));
    let told = match hold {
        Hold::KeptBack(KeptBack::Changed) => each("changed-after-billing") || each("covered-changed"),
        Hold::KeptBack(KeptBack::Resembles) => each("resembles-billed"),
        Hold::KeptBack(KeptBack::Ambiguous) => each("ambiguous-id"),
        Hold::InvoicedElsewhere => told("invoiced-elsewhere", line),
        Hold::LineChanged => told("line-changed-after-billing", line),
        Hold::ResemblesLine => told("resembles-billed", line),
        _ => true,
    };
    assert!(told, "{entries:?} of {line} are held, {hold:?}, and no finding says so: {findings:?}");
}

impl Life<'_> {
    /// Computes a run on the exports as they are. It must not fail, whatever they are: a control that fails is a bug.
    pub fn run(&mut self) -> Drafts {
        self.world.write(self.folder);
        self.tally.note(&self.world);
        let date = Date::parse("2026-12-02").unwrap();
        let settings = job::load(&self.folder.join("job.toml"), &Flags::default(), date);
        let settings = settings.unwrap_or_else(|error| panic!("{error}"));
        let run = run::compute_on(&settings, &Unwatched, |world| Ok(self.ledger.posted(world)?));
        let run = run.unwrap_or_else(|error| panic!("{error}"));
        let batch = run::proposal(&run, &settings).unwrap();
        let (mut findings, mut told) = (BTreeSet::new(), Vec::new());
        for finding in run.findings().iter() {
            findings.insert((finding.code.name().to_owned(), finding.id.clone()));
            told.push((finding.code.name().to_owned(), finding.id.clone(), finding.message.clone()));
        }
        let world = &run.intake.world;
        let held = run.billing.held.iter().map(|held| {
            let entries = run.billing.entries(&held.part).iter();
            let entries = entries.map(|entry| world.entries.id(*entry).to_owned()).collect();
            (world.lines.id(held.part.line).to_owned(), entries, held.hold.clone())
        });
        let held: Vec<(String, Vec<String>, Hold)> = held.collect();
        for (line, entries, hold) in &held {
            told_of(&findings, line, entries, hold);
        }
        Drafts { batch, findings, told, held, run }
    }

    /// Posts drafts of a run: all, or those that are named.
    pub fn post(&mut self, drafts: &Drafts, named: &[String]) -> bool {
        let aliases = run::aliases(&drafts.run);
        let proposal = Proposal {
            run: drafts.run.id.clone(),
            head: drafts.run.posted.head.clone().unwrap(),
            batch: drafts.batch.clone(),
            aliases,
            read: None,
        };
        match self.ledger.plan_post(proposal, named, &doer("")) {
            Ok(Plan::Change(planned)) => {
                for alias in planned.aliases.iter().filter(|alias| alias.of == AliasOf::Entry) {
                    self.tally.alias(&alias.known, &alias.now);
                }
                for alias in planned.aliases.iter().filter(|alias| alias.of == AliasOf::OrderLine) {
                    self.tally.line_alias(&alias.known, &alias.now);
                }
                self.tally.told(&self.world, &drafts.findings);
                let done = self.ledger.apply(*planned).unwrap();
                self.tally.add(&self.world, &done.batch);
                true
            }
            Ok(Plan::Nothing(_)) => false,
            // What is given back and what is billed in its place belong together.
            Err(LedgerError::Violates(_)) if !named.is_empty() => false,
            Err(error) => panic!("post: {error}"),
        }
    }

    /// Nothing that was posted is drafted again.
    pub fn nothing_more(&mut self, why: &str) {
        let again = self.run();
        let documents: Vec<&str> =
            again.batch.documents.iter().filter(|of| !of.kind.is_note()).map(|of| of.id.as_str()).collect();
        assert!(
            documents.is_empty(),
            "{why}: {documents:?} are drafted: {:#?}\n{:#?}",
            again.batch.lines,
            again.batch.portions
        );
        // Hours that are held are noted as often as runs are posted; covered ones once.
        let covered: Vec<&str> =
            again.batch.documents.iter().filter(|of| of.effect == Effect::Covered).map(|of| of.id.as_str()).collect();
        assert!(covered.is_empty(), "{why}: {covered:?} are covered once more");
        self.tally.holds(&self.world);
    }

    /// Voids a document, credits a part of it, or undoes a credit.
    pub fn take_back(&mut self, dice: &mut Dice, step: usize) -> String {
        let ids = self.tally.takable();
        if ids.is_empty() {
            return String::new();
        }
        let id = dice.one_of(&ids);
        let reason = format!("step {step}");
        let entries = self.tally.entries_of(&id);
        let line = dice.one_of(&self.tally.lines_of(&id));
        let hours =
            dice.percent(60).then(|| Hours::from_micros(36_000_000 * dice.one_of(&[25, 100, 50, 33, -50, 800])));
        let request = match dice.below(9) {
            0..=2 => None,
            3 | 4 if !entries.is_empty() => Some(Request::Entries(vec![(dice.one_of(&entries), hours)])),
            3..=5 => Some(Request::Line(line, hours)),
            6 => Some(Request::Quantity(line, Quantity::from_text(dice.one_of(&["1", "0.5", "-1", "20"])).unwrap())),
            _ => Some(Request::LineAmount(
                line,
                Quantity::from_text(dice.one_of(&["0.01", "12.34", "100", "-1"])).unwrap(),
            )),
        };
        let by_amount = matches!(request, Some(Request::LineAmount(..)));
        let effect = if by_amount || dice.percent(40) { Effect::WriteOff } else { Effect::Rebill };
        let plan = match &request {
            None => self.ledger.plan_void(&id, &doer(&reason)),
            Some(request) => self.ledger.plan_credit(&id, request, effect, &doer(&reason)),
        };
        let what =
            request.map_or_else(|| format!("void {id}"), |request| format!("credit {id}: {request:?} {effect:?}"));
        let told = match plan {
            Ok(Plan::Change(planned)) => {
                let done = self.ledger.apply(*planned).unwrap();
                self.tally.add(&self.world, &done.batch);
                "done".to_owned()
            }
            Ok(Plan::Nothing(why)) => why,
            Err(error @ (LedgerError::Conflict(_) | LedgerError::Refused(_) | LedgerError::Violates(_))) => {
                error.to_string()
            }
            Err(error) => panic!("{what}: {error}"),
        };
        format!("{what}: {told}")
    }

    /// A person reads the findings and says what is what, knowing the truth. How many rows that took.
    pub fn answer(&mut self, drafts: &Drafts) -> usize {
        let mut rows = BTreeSet::new();
        for (_, id, message) in drafts.told.iter().filter(|(code, ..)| code == "resembles-billed") {
            let named: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
            let row = |kind: &str, same: Option<&str>| Adjustment {
                action: if same.is_some() { "same_as" } else { "release" },
                target: format!("{kind}:{id}"),
                value: same.unwrap_or_default().to_owned(),
                from: "",
                to: "",
            };
            if let Some(work) = self.world.work_of.get(id) {
                let same = named.iter().find(|other| **other != id && self.world.work_of.contains_key(**other));
                let same = same.filter(|other| self.world.work_of[**other] == *work);
                rows.insert(row("entry", same.copied()));
            } else {
                let line = self.world.line_by_id(id);
                let same = named.iter().find(|other| **other != id && self.world.lines[line].ids.contains(**other));
                rows.insert(row("order_line", same.copied()));
            }
        }
        let known: BTreeSet<String> = self.world.adjustments.iter().map(|row| row.target.clone()).collect();
        let new: Vec<Adjustment> = rows.into_iter().filter(|row| !known.contains(&row.target)).collect();
        let count = new.len();
        self.world.adjustments.extend(new);
        count
    }
}
