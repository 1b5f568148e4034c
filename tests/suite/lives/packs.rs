//! L2, L3, G9: random months of tickets that look for packs, on a ledger that keeps some of them on theirs. Hours of the next months stand in the
//! exports before anybody posts them, and the same exports are run again once a month is posted. On which pack each ticket stands is worked out
//! here once more, the slow way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use hourbill::calendar::Date;
use hourbill::job::{self, Flags};
use hourbill::ledger::{Actor, Ledger, Plan, Proposal};
use hourbill::posted::{Effect, LedgerBatch};
use hourbill::quantity::MICROS_PER_HOUR;
use hourbill::run::{self, Run, Unwatched};

use super::world::{date, day, hundredths};
use crate::memory::Memory;
use crate::oracle::Dice;
use crate::seeds::{self, Steps};

const MONTHS: [(&str, &str); 3] =
    [("2026-09-01", "2026-09-30"), ("2026-10-01", "2026-10-31"), ("2026-11-01", "2026-11-30")];

struct Pack {
    id: String,
    confirmed: i32,
    /// In hundredths of hours, as all hours here.
    ordered: i64,
}

struct Ticket {
    id: String,
    customer: &'static str,
    created: i32,
}

struct Entry {
    id: String,
    ticket: usize,
    day: i32,
    hours: i64,
}

#[derive(Default)]
struct Tree {
    packs: Vec<Pack>,
    tickets: Vec<Ticket>,
    entries: Vec<Entry>,
    /// What was posted: by id of the entry, its pack and hours.
    posted: BTreeMap<String, (usize, i64)>,
}

impl Tree {
    fn new(dice: &mut Dice) -> Tree {
        let start = day("2026-08-20");
        let packs = (0..dice.below(3) + 2).map(|number| Pack {
            id: format!("P{number}"),
            confirmed: start + 12 * dice.below(6) as i32,
            ordered: 100 * (dice.below(8) as i64 + 1),
        });
        let packs = packs.collect();
        let tickets = (0..dice.below(4) + 2).map(|number| Ticket {
            id: format!("T{number}"),
            customer: if dice.percent(80) { "C1" } else { "C1b" },
            created: start + 6 * dice.below(14) as i32,
        });
        Tree { packs, tickets: tickets.collect(), ..Tree::default() }
    }

    /// New work, of any day since its ticket was made.
    fn work(&mut self, dice: &mut Dice) {
        let ticket = dice.below(self.tickets.len());
        let first = self.tickets[ticket].created.max(day(MONTHS[0].0));
        let days = day(MONTHS[2].1) - first;
        let id = format!("E{:03}", self.entries.len());
        let day = first + dice.below(usize::try_from(days).unwrap() + 1) as i32;
        self.entries.push(Entry { id, ticket, day, hours: 50 * (dice.below(6) as i64 + 1) });
    }

    fn write(&self, folder: &Path, (from, to): (&str, &str)) {
        let write = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
        let mut orders = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n".to_owned();
        for Pack { id, confirmed, ordered } in &self.packs {
            let (ordered, confirmed) = (hundredths(*ordered), date(*confirmed));
            writeln!(orders, "{id},S{id},sale,C1,Pack,ordered_prepaid,Hours,{ordered},90,EUR,{confirmed}").unwrap();
        }
        write("orders.csv", orders);
        let mut tickets = "ticket_id,customer_id,created_on\n".to_owned();
        for Ticket { id, customer, created } in &self.tickets {
            writeln!(tickets, "{id},{customer},{}", date(*created)).unwrap();
        }
        write("tickets.csv", tickets);
        let mut rows = "timesheet_id,date,hours,ticket_id\n".to_owned();
        for Entry { id, ticket, day, hours } in &self.entries {
            writeln!(rows, "{id},{},{},{}", date(*day), hundredths(*hours), self.tickets[*ticket].id).unwrap();
        }
        write("timesheets.csv", rows);
        write("customers.csv", "customer_id,name,parent_id\nC1,C1,\nC1b,C1b,C1\n".to_owned());
        let inputs = ["orders", "tickets", "timesheets", "customers"];
        let inputs: String = inputs.iter().map(|input| format!("{input} = \"{input}.csv\"\n")).collect();
        write(
            "job.toml",
            format!(
                "name = \"packs\"\n[inputs]\n{inputs}[period]\nfrom = \"{from}\"\nto = \"{to}\"\n[output]\ndir = \"out\"\n[ledger]\ndir = \"ledger\"\n"
            ),
        );
    }

    /// The pack of each ticket: the one that the ledger keeps it on, else what it picks.
    fn stands(&self) -> Vec<Option<usize>> {
        let mut packs: Vec<Option<usize>> = vec![None; self.tickets.len()];
        let mut known: Vec<&Entry> = self.entries.iter().filter(|entry| self.posted.contains_key(&entry.id)).collect();
        known.sort_by_key(|entry| (entry.day, &entry.id));
        for entry in known {
            packs[entry.ticket] = Some(self.posted[&entry.id].0);
        }
        let looks = self.entries.iter().map(|entry| (entry.day, entry.ticket));
        let created = self.tickets.iter().enumerate().map(|(number, ticket)| (ticket.created, number));
        let looks = looks.chain(created).map(|(on, ticket)| (on, self.tickets[ticket].created, ticket));
        // On equal days by the day on which they were made, then by id.
        for (on, _, ticket) in looks.collect::<BTreeSet<_>>() {
            if packs[ticket].is_none() {
                packs[ticket] = self.pick(&packs, on);
            }
        }
        packs
    }

    /// L2: the pack that was confirmed last of those with time left; what is posted counts at every date.
    fn pick(&self, packs: &[Option<usize>], on: i32) -> Option<usize> {
        let left = |pack: usize| {
            let posted: i64 = self.posted.values().filter(|(of, _)| *of == pack).map(|(_, hours)| hours).sum();
            let open = self.entries.iter().filter(|entry| packs[entry.ticket] == Some(pack) && entry.day < on);
            let open = open.filter(|entry| !self.posted.contains_key(&entry.id)).map(|entry| entry.hours);
            self.packs[pack].ordered - posted - open.sum::<i64>()
        };
        let found = (0..self.packs.len()).filter(|&pack| self.packs[pack].confirmed <= on && left(pack) > 0);
        found.max_by_key(|&pack| (self.packs[pack].confirmed, &self.packs[pack].id))
    }

    /// A run says of every entry what is worked out here; what each stands on, by id.
    fn holds(&self, run: &Run) -> BTreeMap<String, Option<String>> {
        let (world, stands) = (&run.intake.world, self.stands());
        let mut all = BTreeMap::new();
        for entry in world.entries.chunks().flat_map(|(_, chunk)| chunk.iter()) {
            let line = run.links.line_of(world, &entry).map(|(line, _)| world.lines.id(line).to_owned());
            let own = self.entries.iter().find(|own| own.id == entry.id()).unwrap();
            let posted = self.posted.get(&own.id).map(|(pack, _)| *pack);
            let pack = posted.or(stands[own.ticket]).map(|pack| self.packs[pack].id.clone());
            assert_eq!(line, pack, "{} of {} on {}", own.id, self.tickets[own.ticket].id, date(own.day));
            all.insert(own.id.clone(), line);
        }
        all
    }

    fn take_in(&mut self, batch: &LedgerBatch) {
        for row in 0..batch.portions.len() {
            let line = &batch.lines[batch.portions.lines[row] as usize];
            if batch.documents[line.document as usize].effect == Effect::Covered {
                let pack = self.packs.iter().position(|pack| pack.id == line.order_line).unwrap();
                let hours = batch.portions.hours[row] * 100 / MICROS_PER_HOUR;
                assert!(self.posted.insert(batch.portions.ids.get(row).to_owned(), (pack, hours)).is_none());
            }
        }
    }
}

fn life(seed: u64, folder: &Path, steps: &Steps) {
    let mut dice = Dice::new(seed);
    let (mut tree, ledger) = (Tree::new(&mut dice), Ledger::new(Memory::default()));
    let doer = Actor { job: "packs".into(), at: "2026-12-02".into(), by: "ada".into(), reason: String::new() };
    for step in 0..dice.below(5) + 3 {
        let mut dice = Dice::new(seed.wrapping_mul(1_000).wrapping_add(step as u64 + 1));
        if steps.skips(step) {
            continue;
        }
        (0..dice.below(4)).for_each(|_| tree.work(&mut dice));
        let period = MONTHS[(step / 2).min(2)];
        tree.write(folder, period);
        let compute = || {
            let settings = job::load(&folder.join("job.toml"), &Flags::default(), Date::parse("2026-12-02").unwrap());
            let settings = settings.unwrap_or_else(|error| panic!("{error}"));
            let run = run::compute_on(&settings, &Unwatched, |world| Ok(ledger.posted(world)?));
            (run.unwrap_or_else(|error| panic!("{error}")), settings)
        };
        let (run, settings) = compute();
        steps.tell(step, &format!("run to {}, {} entries", period.1, tree.entries.len()));
        let before = tree.holds(&run);
        if dice.percent(40) {
            continue;
        }
        let batch = run::proposal(&run, &settings).unwrap();
        let head = run.posted.head.clone().unwrap();
        let proposal = Proposal { run: run.id.clone(), head, batch, aliases: Vec::new(), read: None };
        let Plan::Change(planned) = ledger.plan_post(proposal, &[], &doer).unwrap() else { continue };
        tree.take_in(&ledger.apply(*planned).unwrap().batch);
        steps.tell(step, "post, run again");
        let (again, settings) = compute();
        let after = tree.holds(&again);
        // What stands beside posted hours of its ticket has not moved, whoever has posted it.
        let posted: BTreeSet<usize> =
            tree.entries.iter().filter(|entry| tree.posted.contains_key(&entry.id)).map(|entry| entry.ticket).collect();
        for entry in tree.entries.iter().filter(|entry| posted.contains(&entry.ticket)) {
            assert_eq!(before[&entry.id], after[&entry.id], "{} has moved although nothing has changed", entry.id);
        }
        let batch = run::proposal(&again, &settings).unwrap();
        assert!(batch.documents.is_empty(), "the same once more: {:#?}", batch.documents);
    }
}

#[test]
fn l3_tickets_stand_where_the_ledger_keeps_them_and_their_open_hours_count_there() {
    seeds::run("pack lives", "HOURBILL_LIVES", 300, life);
}
