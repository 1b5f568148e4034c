//! Random exports whose ids change (G5, G6, F4): rows are exported under other ids, on the next day, in another order, or without ids at all.
//! Whatever is answered, billed hours never grow by what was billed before.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use hourbill::calendar::Date;
use hourbill::job::{self, Flags};
use hourbill::ledger::{Actor, Plan, Proposal};
use hourbill::run::{self, Unwatched};

use super::world::date;
use crate::oracle::Dice;
use crate::seeds::{self, Steps};

const DAY: i32 = 20_727; // 2026-10-01

/// A piece of work.
#[derive(Clone)]
struct Piece {
    employee: &'static str,
    text: String,
    day: i32,
    /// In quarters of hours.
    quarters: i64,
    line: &'static str,
}

/// How the ids of an export are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ids {
    /// Numbers of a database.
    Numbers,
    /// `__export__.account_analytic_line_7`.
    External,
    /// `7.0`: a spreadsheet has been at it.
    Decimals,
}

fn id(of: Ids, number: usize) -> String {
    match of {
        Ids::Numbers => number.to_string(),
        Ids::External => format!("__export__.account_analytic_line_{number}"),
        Ids::Decimals => format!("{number}.0"),
    }
}

struct Export<'a> {
    folder: &'a Path,
    pieces: Vec<Piece>,
}

impl Export<'_> {
    fn write(&self, ids: Option<Ids>, shift: i32, order: &[usize]) {
        let write = |name: &str, text: String| fs::write(self.folder.join(name), text).unwrap();
        let head = if ids.is_some() { "timesheet_id," } else { "" };
        let mut rows = format!("{head}date,hours,employee,description,order_line_id\n");
        for &number in order {
            let Piece { employee, text, day, quarters, line } = &self.pieces[number];
            let key = ids.map_or_else(String::new, |ids| format!("{},", id(ids, number + 1)));
            let hours = format!("{}.{:02}", quarters / 4, quarters % 4 * 25);
            writeln!(rows, "{key}{},{hours},{employee},{text},{line}", date(day + shift)).unwrap();
        }
        write("timesheets.csv", rows);
        let made = if ids.is_some() { "" } else { "id_from = [\"date\", \"employee\"]\n" };
        write(
            "job.toml",
            format!(
                "name = \"rekeyed\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\n[inputs.timesheets]\npath = \"timesheets.csv\"\n{made}\
                 [output]\ndir = \"out\"\n[ledger]\ndir = \"ledger\"\n"
            ),
        );
    }

    /// Runs and posts; what is closed then, by order line, in quarters of hours.
    fn bill(&self, steps: &Steps) -> BTreeMap<String, i64> {
        let settings = job::load(&self.folder.join("job.toml"), &Flags::default(), Date::parse("2026-12-02").unwrap());
        let settings = settings.unwrap_or_else(|error| panic!("{error}"));
        let run = run::compute(&settings, &Unwatched).unwrap_or_else(|error| panic!("{error}"));
        let ledger = run::ledger(&settings).unwrap();
        let (batch, aliases) = (run::proposal(&run, &settings).unwrap(), run::aliases(&run));
        let proposal =
            Proposal { run: run.id.clone(), head: run.posted.head.clone().unwrap(), batch, aliases, read: None };
        let doer = Actor { job: "rekeyed".into(), at: "2026-12-02".into(), by: "ada".into(), reason: String::new() };
        for finding in run.findings().iter() {
            steps.tell(998, &format!("{} {}", finding.code.name(), finding.message));
        }
        if let Plan::Change(planned) = ledger.plan_post(proposal, &[], &doer).unwrap() {
            ledger.apply(*planned).unwrap();
        }
        let book = ledger.book(&ledger.log().unwrap()).unwrap();
        let mut closed: BTreeMap<String, i64> = BTreeMap::new();
        for line in book.entries().iter().filter(|entry| !entry.document.kind.is_note()).flat_map(|entry| &entry.lines)
        {
            *closed.entry(line.line.order_line.clone()).or_default() += (line.hours.micros() / 900_000_000) as i64;
        }
        closed
    }
}

fn pieces(dice: &mut Dice) -> Vec<Piece> {
    let piece = |number: usize, dice: &mut Dice| Piece {
        employee: dice.one_of(&["ada", "bob"]),
        // Some have no text, some the same.
        text: dice.one_of(&[String::new(), "call".to_owned(), format!("job {number}")]),
        day: DAY + dice.below(6) as i32,
        quarters: dice.one_of(&[4, 8, 32, 3]),
        line: dice.one_of(&["A", "A", "B"]),
    };
    (0..dice.below(7) + 2).map(|number| piece(number, dice)).collect()
}

/// Ids change from one export to the next; nothing is answered. What is billed of a line is never more than was worked on it.
fn rekeyed(seed: u64, folder: &Path, steps: &Steps) {
    let mut dice = Dice::new(seed);
    masters(folder);
    let mut export = Export { folder, pieces: pieces(&mut dice) };
    let anchor = |day| Piece { employee: "zoe", text: "anchor".to_owned(), day, quarters: 1, line: "B" };
    // They keep the ends of the dates where they are, but for a shift of a day.
    export.pieces.splice(0..0, [anchor(DAY - 10), anchor(DAY + 20)]);
    let mut first: BTreeMap<String, i64> = BTreeMap::new();
    for piece in &export.pieces {
        *first.entry(piece.line.to_owned()).or_default() += piece.quarters;
    }
    for round in 0..4 {
        if steps.skips(round) {
            continue;
        }
        let mut order: Vec<usize> = (0..export.pieces.len()).collect();
        dice.shuffle(&mut order);
        let ids = dice.one_of(&[Ids::Numbers, Ids::External, Ids::Decimals]);
        let shift = if round > 0 && dice.percent(50) { dice.below(2) as i32 } else { 0 };
        steps.tell(round, &format!("{ids:?}, {shift} days later: {order:?}"));
        export.write(Some(ids), shift, &order);
        let closed = export.bill(steps);
        assert_eq!(closed, first, "billed hours, in quarters");
    }
}

/// Rows without ids come in another order, with other texts, and with more work beside them.
fn without_ids(seed: u64, folder: &Path, steps: &Steps) {
    let mut dice = Dice::new(seed);
    masters(folder);
    let mut export = Export { folder, pieces: pieces(&mut dice) };
    for round in 0..4 {
        let mut dice = Dice::new(seed.wrapping_mul(1_000).wrapping_add(round as u64 + 1));
        if steps.skips(round) {
            continue;
        }
        let mut told = Vec::new();
        if round > 0 {
            let at = dice.below(export.pieces.len());
            match dice.below(3) {
                0 => export.pieces.extend(pieces(&mut dice)),
                1 => export.pieces[at].text = format!("other {round}"),
                _ => {}
            }
        }
        let mut order: Vec<usize> = (0..export.pieces.len()).collect();
        dice.shuffle(&mut order);
        told.extend(export.pieces.iter().map(|piece| {
            format!("{} {} {} {} {}", date(piece.day), piece.employee, piece.quarters, piece.line, piece.text)
        }));
        steps.tell(round, &told.join(", "));
        export.write(None, 0, &order);
        let closed = export.bill(steps);
        let mut worked: BTreeMap<String, i64> = BTreeMap::new();
        for piece in &export.pieces {
            *worked.entry(piece.line.to_owned()).or_default() += piece.quarters;
        }
        for (line, closed) in closed {
            let most = worked.get(&line).copied().unwrap_or(0);
            assert!(closed <= most, "{closed} quarters are billed of {line}, {most} were worked");
        }
    }
}

fn masters(folder: &Path) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    // The script before this one posted there.
    if folder.join("ledger").is_dir() {
        fs::remove_dir_all(folder.join("ledger")).unwrap();
    }
    write("tickets.csv", "ticket_id,customer_id\n");
    write(
        "orders.csv",
        "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,taxes\n\
         A,S1,sale,C1,Support,delivered_timesheet,Hours,0,20,EUR,2026-09-01,21%\nB,S2,sale,C2,Project,delivered_timesheet,Hours,0,30,EUR,2026-09-01,21%\n",
    );
}

#[test]
fn billed_hours_never_grow_by_what_was_billed_before_when_an_export_has_other_ids() {
    seeds::run("rekeyed exports", "HOURBILL_LIVES", 300, rekeyed);
}

#[test]
fn rows_without_ids_are_never_billed_twice() {
    seeds::run("exports without ids", "HOURBILL_LIVES", 300, without_ids);
}
