//! What was posted, by the true identity of work and order lines, and what must hold of it whatever happened (§5 to §8).

use std::collections::{BTreeMap, BTreeSet};

use hourbill::account::Disposition;
use hourbill::posted::{Document, DocumentKind, Effect, LedgerBatch, Line, LineKind};
use hourbill::quantity::MICROS_PER_HOUR;

use super::commands::Drafts;
use super::money;
use super::world::{Adjustment, At, OrderLine, Row, TICKETS, World, date, root};

/// Half of the last decimal of a day: what rounding may add to a line with each document, in millionths of hours.
const SLACK: i128 = 40_000;

/// What the ledger has of an id of the timesheets, in microseconds.
#[derive(Clone, Copy, Default)]
pub struct Of {
    pub closed: i128,
    pub covered: i128,
    /// Of `closed`, what was credited and is never billed.
    pub off: i128,
    /// Day of the newest portion that closed or covered something, and the hours that the entry had then.
    pub day: i32,
    pub known: i128,
    /// True order line of that portion.
    pub line: usize,
    /// Which of all portions that was.
    posted: usize,
}

impl Of {
    pub fn is_left(&self) -> bool {
        self.closed != 0 || self.covered != 0
    }
}

/// A portion of a document.
struct Portion<'a> {
    line: &'a Line,
    id: String,
    /// Microseconds.
    hours: i128,
    day: i32,
    known: i128,
}

/// What an order line was when it was billed last.
#[derive(Clone, PartialEq, Eq)]
pub struct Then {
    root: &'static str,
    price: i64,
    ordered: i64,
}

impl Then {
    fn of(line: &OrderLine) -> Then {
        Then { root: root(line.customer), price: line.price, ordered: line.ordered }
    }
}

struct Posted {
    document: Document,
    lines: Vec<Line>,
    /// Microseconds that are left, by line number and id.
    left: BTreeMap<(u32, String), i128>,
}

#[derive(Default)]
pub struct Tally {
    pub of: BTreeMap<String, Of>,
    documents: BTreeMap<String, Posted>,
    pub order: Vec<String>,
    /// By true order line: millionths of hours (or pieces) on documents, net of what was taken back, and how many lines of documents there were.
    billed: BTreeMap<usize, (i128, usize)>,
    /// Ids of the timesheets that are known under another id from a post on (`same_as`): what they are called now.
    aliases: BTreeMap<String, String>,
    /// The same of order lines.
    line_aliases: BTreeMap<String, String>,
    then: BTreeMap<usize, Then>,
    /// Closed microseconds by order line and day.
    by_day: BTreeMap<(usize, i32), i128>,
    /// The most that each line could bill, by any of its policies, in millionths of hours.
    most: BTreeMap<usize, i128>,
    /// Split work of which the findings of a run said that it was billed under other hours.
    told: BTreeSet<usize>,
    /// How many portions were posted.
    portions: usize,
}

impl Tally {
    /// What the exports say now bounds what a line may ever bill.
    pub fn note(&mut self, world: &World) {
        for (number, line) in world.lines.iter().enumerate() {
            let worked = world.works.iter().filter(|work| work.lines.contains(&number));
            let worked: i64 = worked.map(|work| work.bounds.1.max(0) * 10_000).sum();
            let most = i128::from(line.ordered.max(line.delivered).max(worked));
            let known = self.most.entry(number).or_default();
            *known = most.max(*known);
        }
    }

    /// What a run said of split work before it was posted.
    pub fn told(&mut self, world: &World, findings: &BTreeSet<(String, String)>) {
        for (number, work) in world.works.iter().enumerate().filter(|(_, work)| work.split) {
            let told = |code: &str| work.ids.iter().any(|id| findings.contains(&(code.to_owned(), id.clone())));
            let codes = ["changed-after-billing", "vanished-after-billing", "resembles-billed", "covered-changed"];
            if codes.into_iter().any(told) {
                self.told.insert(number);
            }
        }
    }

    /// A commit.
    pub fn add(&mut self, world: &World, batch: &LedgerBatch) {
        let mut start = 0;
        for (document, lines) in batch.by_document() {
            let own = start..start + lines.len();
            start = own.end;
            let portions = (0..batch.portions.len()).filter(|row| own.contains(&(batch.portions.lines[*row] as usize)));
            let portions = portions.map(|row| {
                let at = batch.portions.lines[row] as usize - own.start;
                let (id, hours) = (batch.portions.ids.get(row).to_owned(), i128::from(batch.portions.hours[row]));
                let (day, known) = (batch.portions.dates[row], batch.portions.known[row].into());
                Portion { line: &lines[at], id, hours, day, known }
            });
            let portions: Vec<Portion<'_>> = portions.collect();
            if document.effect == Effect::Billed {
                money::holds(world, document, lines);
                self.caps_hold(world, lines, &portions);
            }
            if !document.kind.is_note() {
                self.count(world, document, lines);
            }
            self.take_in(world, document, &portions);
            self.take_back(document, lines, &portions);
        }
        self.holds(world);
    }

    fn take_in(&mut self, world: &World, document: &Document, portions: &[Portion<'_>]) {
        for Portion { line, id, hours, day, known } in portions {
            self.portions += 1;
            let of = self.of.entry(id.clone()).or_default();
            let micros = i64::try_from(*hours).unwrap();
            of.closed += i128::from(document.effect.closes(micros));
            of.covered += i128::from(document.effect.covers(micros));
            if document.effect == Effect::WriteOff {
                of.off -= hours;
            }
            let number = world.line_by_id(&line.order_line);
            *self.by_day.entry((number, *day)).or_default() += i128::from(document.effect.closes(micros));
            if document.effect == Effect::Covered && of.covered != *hours && of.covered != 0 {
                assert_eq!(of.line, number, "G9: covered hours of {id} are on two packs");
            }
            if matches!(document.effect, Effect::Billed | Effect::Covered) {
                (of.day, of.known, of.line, of.posted) = (*day, *known, number, self.portions);
            }
            // G7: what is left of it is what it has now.
            if document.source.is_some() && matches!(document.kind, DocumentKind::Invoice | DocumentKind::CreditNote) {
                (of.known, of.posted) = (*known, self.portions);
            }
        }
    }

    /// §8.3: a cap lets no more be billed than it says, counting what is closed already; each month by itself where it has no window.
    fn caps_hold(&self, world: &World, lines: &[Line], portions: &[Portion<'_>]) {
        let caps: Vec<&Adjustment> = world.adjustments.iter().filter(|row| row.action == "cap_hours").collect();
        for line in lines {
            let target = format!("order_line:{}", line.order_line);
            let of_line: Vec<&&Adjustment> = caps.iter().filter(|row| row.target == target).collect();
            let [cap] = of_line[..] else { continue };
            let number = world.line_by_id(&line.order_line);
            let window = (
                if cap.from.is_empty() { "1990-01-01" } else { cap.from },
                if cap.to.is_empty() { "2100-12-31" } else { cap.to },
            );
            let by_month = cap.from.is_empty() && cap.to.is_empty();
            let key = |day: i32| {
                let date = date(day);
                let inside = (window.0..=window.1).contains(&date.as_str());
                inside.then(|| if by_month { date[..7].to_owned() } else { String::new() })
            };
            let mut now: BTreeMap<String, i128> = BTreeMap::new();
            for portion in portions.iter().filter(|portion| portion.line.order_line == line.order_line) {
                if let Some(key) = key(portion.day) {
                    *now.entry(key).or_default() += portion.hours;
                }
            }
            for (month, billed) in now.into_iter().filter(|(_, billed)| *billed > 0) {
                let known =
                    self.by_day.iter().filter(|((of, day), _)| *of == number && key(*day).as_ref() == Some(&month));
                let before: i128 = known.map(|(_, hours)| hours).sum();
                let most = (cap.value.parse::<f64>().unwrap() * 3_600_000_000.0) as i128;
                assert!(
                    before + billed <= most.max(before),
                    "{before} and {billed} are billed of {}, capped at {most}",
                    line.order_line
                );
            }
        }
    }

    /// Quantities of order lines.
    fn count(&mut self, world: &World, document: &Document, lines: &[Line]) {
        for line in lines.iter().filter(|line| !matches!(line.kind, LineKind::Deduction | LineKind::DownPayment)) {
            let unit = line.unit.map_or(i128::from(MICROS_PER_HOUR), |unit| i128::from(unit.micros()));
            // What is written off was billed, and is billed no more.
            let quantity = i128::from(line.quantity.micros()) * unit / i128::from(MICROS_PER_HOUR);
            let number = world.line_by_id(&line.order_line);
            if document.effect == Effect::Billed {
                let now = &world.lines[number];
                self.then.insert(number, Then::of(now));
            }
            let billed = self.billed.entry(number).or_default();
            *billed = (billed.0 + quantity, billed.1 + 1);
            assert!(document.kind != DocumentKind::Zero || line.net.minor() == 0);
        }
    }

    /// G7: to the customer who paid, in the currency, at the terms and taxes of the document, and never more than is left of it.
    fn take_back(&mut self, document: &Document, lines: &[Line], portions: &[Portion<'_>]) {
        let Some(source) = document.source.clone() else {
            let mut left = BTreeMap::new();
            for Portion { line, id, hours, .. } in portions {
                *left.entry((line.line_no, id.clone())).or_default() += hours;
            }
            let posted = Posted { document: document.clone(), lines: lines.to_vec(), left };
            assert!(self.documents.insert(document.id.clone(), posted).is_none(), "{} is there twice", document.id);
            self.order.push(document.id.clone());
            return;
        };
        let posted = Posted { document: document.clone(), lines: lines.to_vec(), left: BTreeMap::new() };
        let id = document.id.clone();
        let undone =
            (document.kind == DocumentKind::Undo).then(|| self.documents[&source].document.source.clone().unwrap());
        let of = self.documents.get_mut(undone.as_ref().unwrap_or(&source)).unwrap();
        let told = |of: &Document| (of.customer.clone(), of.company.clone(), of.currency);
        assert_eq!(told(document), told(&of.document), "{id} goes to another than {source}");
        for Portion { line, id: entry, hours, .. } in portions {
            let number = line.source_line.filter(|_| undone.is_none());
            let billed = of.lines.iter().find(|of| Some(of.line_no) == number);
            if let Some(billed) = billed {
                let terms =
                    |line: &Line| (line.price, line.discount, line.unit, line.rates.clone(), line.order_line.clone());
                assert_eq!(terms(line), terms(billed), "{id} takes back at other terms than {source} billed");
            }
            let key = match number {
                Some(number) => (number, entry.clone()),
                // An undone credit: the line that has the entry.
                None => of.left.keys().find(|(_, of)| of == entry).unwrap().clone(),
            };
            let left = of.left.get_mut(&key).unwrap_or_else(|| panic!("{id}: {source} has no hours of {entry}"));
            let after = *left + hours;
            if undone.is_none() {
                let within = (0.min(*left)..=0.max(*left)).contains(&after);
                assert!(within, "{id}: {hours} of {left} of {entry} are taken back of {source}");
            }
            *left = after;
        }
        assert!(self.documents.insert(id.clone(), posted).is_none(), "{id} is there twice");
        self.order.push(id);
    }

    /// What must hold of all that was posted.
    pub fn holds(&self, world: &World) {
        for (number, work) in world.works.iter().enumerate() {
            let of =
                |figure: fn(&Of) -> i128| work.ids.iter().filter_map(|id| self.of.get(id)).map(figure).sum::<i128>();
            let (closed, covered) = (of(|of| of.closed), of(|of| of.covered));
            let (least, most) = work.bounds;
            let bounds = i128::from(least.min(0)) * 36_000_000..=i128::from(most.max(0)) * 36_000_000;
            let within = bounds.contains(&closed) && bounds.contains(&(closed + covered));
            assert!(
                within || self.told.contains(&number),
                "{closed} are billed and {covered} covered of work {number} ({:?}), which had {bounds:?}",
                work.ids
            );
        }
        for (number, (billed, documents)) in &self.billed {
            let line = &world.lines[*number];
            let split = world.works.iter().any(|work| work.split && work.lines.contains(number));
            if !split {
                let most = self.most[number].max(0) + SLACK * *documents as i128;
                assert!(*billed <= most, "{billed} of at most {most} millionths are billed of {}", line.id);
            }
            if line.ordered < 0 {
                assert!(*billed >= i128::from(line.ordered), "{billed} of {} are billed of {}", line.ordered, line.id);
            }
        }
    }

    /// A post has recorded that what was known by one id is called otherwise now.
    pub fn alias(&mut self, known: &str, now: &str) {
        lead_on(&mut self.aliases, known, now);
    }

    /// The same of an order line.
    pub fn line_alias(&mut self, known: &str, now: &str) {
        lead_on(&mut self.line_aliases, known, now);
    }

    /// Both are ids of the same row, as far as posts have recorded.
    fn same(&self, one: &str, other: &str) -> bool {
        let now = |id: &str| self.aliases.get(id).cloned().unwrap_or_else(|| id.to_owned());
        now(one) == now(other)
    }

    /// The rows of a piece of work say what they said when they were billed: under another id they can be known again (G5).
    pub fn as_billed(&self, world: &World, number: usize) -> bool {
        world.works[number].rows.iter().all(|row| {
            let family = || self.of.iter().filter(|(id, _)| self.same(id, &row.id)).map(|(_, of)| of);
            let left = family().any(Of::is_left);
            let of = family().filter(|of| of.posted > 0).max_by_key(|of| of.posted).filter(|_| left);
            let customer = |line: usize| root(world.lines[line].customer);
            let here = match row.at {
                At::Line(line) => customer(line),
                At::Ticket(ticket) => TICKETS[ticket].2.map_or(root(TICKETS[ticket].1), customer),
            };
            of.is_none_or(|of| {
                let same = i128::from(row.hours) * 36_000_000 == of.known && (row.day - of.day).abs() <= 1;
                // The customer that the ledger knows counts where the line has left the export.
                let then = self.then.get(&of.line).map_or(here, |then| then.root);
                same && here == customer(of.line) && here == then
            })
        })
    }

    /// An order line is what it was when it was billed, as far as G13 knows it again by that.
    pub fn line_as_billed(&self, world: &World, number: usize) -> bool {
        let now = &world.lines[number];
        let same = |then: &Then| *then == Then::of(now);
        self.then.get(&number).is_none_or(same)
    }

    /// Ids of a piece of work of which the ledger has something, and which no row bears now.
    pub fn detached(&self, world: &World, number: usize) -> Vec<String> {
        let work = &world.works[number];
        let here: BTreeSet<&str> = work.rows.iter().map(|row| row.id.as_str()).collect();
        let has = |id: &&String| self.of.get(*id).is_some_and(Of::is_left);
        let gone = |id: &&String| !here.iter().any(|row| self.same(id, row));
        work.ids.iter().filter(has).filter(gone).cloned().collect()
    }

    /// The ledger has something of the order line.
    pub fn knows_line(&self, line: usize) -> bool {
        self.billed.contains_key(&line)
    }

    /// Ids of documents of which something may be taken back, or which may be undone.
    pub fn takable(&self) -> Vec<String> {
        let of = |id: &&String| {
            let document = &self.documents[*id].document;
            document.kind != DocumentKind::Held
                && document.kind != DocumentKind::Void
                && document.kind != DocumentKind::Undo
        };
        self.order.iter().filter(of).cloned().collect()
    }

    /// Order lines of a document.
    pub fn lines_of(&self, document: &str) -> Vec<String> {
        self.documents[document].lines.iter().map(|line| line.order_line.clone()).collect()
    }

    /// Ids of entries on a document.
    pub fn entries_of(&self, document: &str) -> Vec<String> {
        self.documents[document].left.keys().map(|(_, id)| id.clone()).collect()
    }

    /// What was billed of an order line under ids that it had is known under the one that it has.
    pub fn line_settled(&self, line: &OrderLine) -> bool {
        let posted = self.documents.values().flat_map(|of| &of.lines).map(|line| &line.order_line);
        let mut known = posted.filter(|id| line.ids.contains(*id));
        let now = |id: &String| self.line_aliases.get(id).unwrap_or(id).clone();
        known.all(|id| now(id) == now(&line.id))
    }

    /// All is settled: of work on time lines everything is closed that is exported, and not a minute more.
    pub fn complete(&self, world: &World, drafts: &Drafts, kept: &BTreeSet<&String>) {
        let disposed = drafts.dispositions();
        for (number, work) in world.works.iter().enumerate().filter(|(_, work)| work.shown && !work.split) {
            let other = |row: &Row| {
                kept.contains(&row.id) || disposed.get(&row.id).is_none_or(|of| *of != Disposition::AlreadyInvoiced)
            };
            if work.rows.iter().any(other) || self.told.contains(&number) {
                continue;
            }
            let of = |id: &String| self.of.get(id).map_or(0, |of| of.closed + of.covered);
            let closed: i128 = work.ids.iter().map(of).sum();
            let hours = i128::from(work.hours()) * 36_000_000;
            assert_eq!(closed, hours, "{closed} are closed of work {number}, which has {hours}: {:?}", work.ids);
        }
        for (id, of) in disposed.iter().filter(|(_, of)| matches!(of, Disposition::Held | Disposition::Billed)) {
            assert!(kept.contains(id), "`{id}` is {of:?}");
        }
    }
}

/// What an earlier id led to leads on.
fn lead_on(aliases: &mut BTreeMap<String, String>, known: &str, now: &str) {
    aliases.values_mut().filter(|to| *to == known).for_each(|to| now.clone_into(to));
    aliases.insert(known.to_owned(), now.to_owned());
}
