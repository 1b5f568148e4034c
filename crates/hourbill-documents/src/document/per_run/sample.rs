//! A small company for the tests of documents: real stages run over a world that is made in memory.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::RunView;
use crate::account::{self, Account};
use crate::bill::{self, Billing};
use crate::calendar::{Date, Moment, Period};
use crate::document::{Builder, Invoice};
use crate::finding::{Aside, Code, FileNo, Finding, Findings, Place, Rejected, RowError};
use crate::ident::Idx;
use crate::inputs::Input;
use crate::job::{BillingSettings, CsvFor, EntriesTable, Imports, Limits, Output, Rules, Settings};
use crate::link::{self, Links};
use crate::model::{
    Chunk, Company, Customer, Entries, EntryTotals, Facts, HoursColumn, Order, OrderLine, Policy, Ticket, World,
};
use crate::month::Month;
use crate::posted::Posted;
use crate::proof::{self, Control};
use crate::quantity::{Currency, Hours, HoursForm, HoursSum, Percent, Quantity, UnitPrice, UnitSize};
use crate::reconcile::{self, Comparison};
use crate::tables::Results;

pub struct Sample {
    pub settings: Settings,
    pub world: World,
    pub links: Links,
    pub account: Account,
    pub billing: Billing,
    pub rejected: Aside,
    pub findings: Vec<Finding>,
    pub comparisons: Vec<Comparison>,
    pub control: Control,
    pub files: Vec<String>,
    pub posted: Posted,
    pub month: Month,
}

impl Sample {
    pub fn view(&self) -> RunView<'_> {
        RunView {
            results: Results {
                world: &self.world,
                settings: &self.settings.billing,
                links: &self.links,
                account: &self.account,
                billing: &self.billing,
                rejected: &self.rejected,
                findings: Findings::new(&self.findings),
                comparisons: &self.comparisons,
                files: &self.files,
                posted: &self.posted,
                register: None,
                statements: None,
                pack_draws: None,
            },
            settings: &self.settings,
            control: &self.control,
            month: &self.month,
            run_id: "2026-10-0123456789ab",
        }
    }
}

impl Sample {
    pub fn invoices(&self) -> Vec<Invoice> {
        let builder = Builder::new(self.view().results, &self.settings.output);
        self.billing.documents().map(|draft| builder.invoice(draft)).collect()
    }
}

/// Numbers that look random and are always the same.
pub struct Dice(u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len() as u64) as usize]
    }
}

pub fn settings() -> Settings {
    Settings {
        name: "month-end".to_owned(),
        job_file: PathBuf::from("month-end.toml"),
        inputs: Default::default(),
        billing: BillingSettings {
            period: Period::month("2026-10").unwrap(),
            as_of: Date::parse("2026-11-02").unwrap(),
            as_of_is_named: false,
            company: crate::job::CompanyProfile::default(),
            companies: BTreeMap::new(),
            rules: Rules::default(),
            bounds: Default::default(),
            taxes: Default::default(),
        },
        output: Output {
            dir: PathBuf::from("out"),
            dir_shown: "out".to_owned(),
            csv: true,
            parquet: false,
            documents: Vec::new(),
            csv_for: CsvFor::Machine,
            hours: HoursForm::Decimal,
            entries: EntriesTable::Unbilled,
            profile: Default::default(),
            embed_annex: false,
            mode: Default::default(),
        },
        ledger: None,
        numbering: None,
        numbering_of: BTreeMap::new(),
        terms: BTreeMap::new(),
        imports: Imports::default(),
        expected: Vec::new(),
        limits: Limits::default(),
        threads: None,
        shard: None,
        in_force: Vec::new(),
    }
}

/// Texts that break what is careless.
pub const NASTY: [&str; 9] = [
    "=HYPERLINK(\"http://example.invalid\",\"pay\")",
    "+49 30 1234",
    "-1 day",
    "@SUM(A1:A9)",
    "</script><script>document.title='broken'</script>",
    "\"quoted\", with; separators\nand a second line",
    "Überprüfung für Ærøskøbing — 東京 עברית 🙂",
    "<img src=x onerror=\"document.title='broken'\">",
    "& {{ settings }} {% raw %} ${document.title} \u{2028} \\u003c \u{0}\u{7}",
];

const WORK: [&str; 8] = [
    "Printer on the 2nd floor does not answer",
    "Reset of a password",
    "Monthly maintenance of the mail server",
    "Call with the supplier about the delivery of new laptops",
    "Restore of a lost folder from the backup",
    "VPN drops every hour",
    "Set up a workplace for a new colleague",
    "Looked into slow queries of the shop",
];

const NAMES: [&str; 12] = [
    "Azure Interior",
    "Deco Addict",
    "Gemini Furniture",
    "Ready Mat",
    "The Jackson Group",
    "Lumber Inc",
    "Wood Corner",
    "Bäckerei Müller & Söhne",
    "Établissements Dupont",
    "Nordlys A/S",
    "Kanzlei Dr. Weiß",
    "東京商事",
];

const PEOPLE: [&str; 5] = ["Mitchell Admin", "Marc Demo", "Joel Willis", "Åsa Öberg", "Zoë O'Neill"];

fn days(text: &str) -> i32 {
    Date::parse(text).unwrap().days()
}

/// So many customers and entries; the texts of the first entries are nasty.
pub fn sample(customers: usize, entries: usize) -> Sample {
    let mut dice = Dice(7);
    let settings = settings();
    let mut world = World::default();
    let company = world.companies.insert("", Company);
    let lines = orders(&mut world, &mut dice, customers, (company, settings.billing.rules.day));
    let tickets = tickets(&mut world, &mut dice, &lines, (entries / 8).max(1), company);
    let mut chunk = Chunk { file: 2, first_row: 1, ..Chunk::default() };
    let mut hours = Vec::new();
    for number in 0..entries {
        hours.push(entry(&mut chunk, &mut dice, &world, &tickets, number));
    }
    let read_hours: HoursSum = hours.iter().map(|&micros| Hours::from_micros(micros)).sum();
    chunk.hours = HoursColumn::of(&hours);
    world.entries = Entries::new(vec![chunk]).unwrap();
    finish(settings, world, EntryTotals { rows: entries as u64, hours: read_hours, hash: 1, ..EntryTotals::default() })
}

/// A customer with an order of three lines, so many times.
fn orders(
    world: &mut World,
    dice: &mut Dice,
    customers: usize,
    (company, day): (Idx<Company>, UnitSize),
) -> Vec<Idx<OrderLine>> {
    let mut lines = Vec::new();
    for number in 0..customers {
        let id = format!("C{number:03}");
        let name = format!("{}{}", NAMES[number % NAMES.len()], if number < 12 { "" } else { " II" });
        let customer = Customer {
            listed: true,
            name: if number == 3 { NASTY[4].to_owned() } else { name },
            hold: number == 5,
            payment_terms: "30 days".to_owned(),
            ..Customer::default()
        };
        let customer = world.add_customer(&id, customer);
        let order = world.orders.insert(&format!("S{number:05}"), Order);
        let currency = Currency::from_code(["EUR", "EUR", "EUR", "USD", "JPY"][number % 5]).unwrap();
        for (sequence, policy) in [(10, Policy::Prepaid), (20, Policy::Time), (30, Policy::Time)] {
            let days_unit = sequence == 30 && number % 4 == 0;
            let place = Place { file: FileNo(0), row: lines.len() as u64 + 1 };
            let line = OrderLine {
                confirmed: true,
                product: ["Support pack", "Support by the hour", "Consulting"][sequence as usize / 10 - 1].to_owned(),
                description: if number == 2 && sequence == 20 { NASTY[0].to_owned() } else { String::new() },
                policy,
                uom: if days_unit { "Days" } else { "Hours" }.to_owned(),
                unit: Some(if days_unit { day } else { UnitSize::HOUR }),
                ordered: Quantity::from_micros(1_000_000 * (5 + dice.roll(60) as i64)),
                order_price: UnitPrice::from_micros(1_000_000 * (70 + dice.roll(60) as i64) + 335_000),
                confirmed_on: Some(Moment::from(Date::from_days(days("2026-04-01") + dice.roll(120) as i32).unwrap())),
                sequence,
                order_discount: Percent::from_micros(if number % 7 == 1 { 12_500_000 } else { 0 }),
                taxes: vec![["19%", "20%", "0%"][number % 3].to_owned()],
                invoiced: Quantity::from_micros(if number % 2 == 0 { 5_000_000 } else { 0 }),
                invoiced_given: true,
                ..OrderLine::bare(order, customer, currency, company, place)
            };
            lines.push(world.add_line(&format!("S{number:05}/{sequence}"), line));
        }
    }
    lines
}

/// Tickets of customers, most of them on a line of theirs.
fn tickets(
    world: &mut World,
    dice: &mut Dice,
    lines: &[Idx<OrderLine>],
    count: usize,
    company: Idx<Company>,
) -> Vec<Idx<Ticket>> {
    let customers = lines.len() / 3;
    let mut tickets = Vec::new();
    for number in 0..if customers == 0 { 0 } else { count } {
        let customer = dice.roll(customers as u64) as usize;
        let line = match dice.roll(4) {
            0 => None,
            roll => Some(lines[customer * 3 + roll as usize - 1]),
        };
        let created_on = Date::from_days(days("2026-05-01") + dice.roll(180) as i32).map(Moment::from);
        let known = world.customers.find(&format!("C{customer:03}")).unwrap();
        let place = Place { file: FileNo(1), row: number as u64 + 1 };
        let ticket = Ticket { created_on, ..Ticket::bare(known, company, place) };
        tickets.push(world.add_ticket(&format!("{number:05}"), ticket, line));
    }
    tickets
}

/// One more entry of a chunk; its hours, which the chunk is given together.
fn entry(chunk: &mut Chunk, dice: &mut Dice, world: &World, tickets: &[Idx<Ticket>], number: usize) -> i64 {
    let mut facts = Facts::default();
    let date = match dice.roll(3) {
        0 => days("2026-05-01") + dice.roll(184) as i32,
        _ => days("2026-10-01") + dice.roll(31) as i32,
    };
    if date < days("2026-09-01") && dice.roll(10) < 9 {
        facts.set(Facts::INVOICED);
    }
    match dice.roll(60) {
        0 => facts.set(Facts::QUARANTINED),
        1 => facts.set(Facts::DUPLICATE),
        2 => facts.set(Facts::NOT_BILLABLE),
        _ => {}
    }
    chunk.ids.push(&format!("{number:07}"));
    chunk.dates.push(Date::from_days(date));
    let negative = dice.roll(50) == 0;
    let micros = 600_000_000 * (1 + dice.roll(24) as i64) + if number.is_multiple_of(9) { 1 } else { 0 };
    let hours = if negative { -micros } else { micros };
    let ticket = (dice.roll(40) != 0 && !tickets.is_empty()).then(|| tickets[dice.roll(tickets.len() as u64) as usize]);
    chunk.tickets.push(ticket);
    let link = ticket.map(|ticket| world.ticket_link(ticket));
    let line = link.and_then(|ticket| ticket.line);
    facts.set(link.map(|ticket| ticket.of_entries).unwrap_or_default());
    chunk.lines.push(line);
    chunk.facts.push(facts);
    chunk.row_hashes.push(number as u64);
    chunk.details.rows.push(number as u32);
    chunk.details.employees.push(dice.pick(&PEOPLE));
    chunk.details.descriptions.push(if number < 200 { NASTY[number % 9] } else { dice.pick(&WORK) });
    hours
}

fn finish(settings: Settings, world: World, totals: EntryTotals) -> Sample {
    let links = link::link(&world, &settings.billing, &Posted::default());
    let posted = Posted::default();
    let mut account = account::account(&world, &settings.billing, &links, &posted);
    let billing = bill::bill(&world, &settings.billing, &account, &posted, &BTreeMap::new());
    for part in billing.drafts.iter().flat_map(|draft| &draft.parts) {
        for &entry in billing.entries(part) {
            account.bill(&world, entry, part.stand());
        }
    }
    let control = proof::prove(&world, &settings.billing, &totals, totals.rows, &account, &billing, &posted).unwrap();
    let comparisons = reconcile::compare(&world, &settings.billing, &links, &account, &posted, None);
    let mut findings: Vec<Finding> = account.findings.iter().chain(&billing.findings).cloned().collect();
    findings.sort();
    let rejected = world.entries.chunk_list().iter().flat_map(|chunk| chunk.iter());
    let rejected = rejected.filter(|entry| entry.facts.has(Facts::QUARANTINED));
    let rejected = rejected.enumerate().map(|(number, entry)| rejected_row(number, entry.id(), entry.place()));
    let rejected = rejected.collect();
    let files = ["orders.csv", "tickets.csv", "exports/timesheets-2026-10.csv"].map(str::to_owned).into();
    let month = Month::of(&world, &links, &account, &billing);
    Sample { settings, world, links, account, billing, rejected, findings, comparisons, control, files, posted, month }
}

fn rejected_row(number: usize, id: &str, place: Place) -> Rejected {
    let value = NASTY[number % NASTY.len()];
    Rejected {
        input: Input::Timesheets,
        place,
        line: Some(place.row + 1),
        id: id.to_owned(),
        errors: vec![RowError {
            code: Code::UnreadableValue,
            column: "hours",
            message: format!("`{value}` is no number of hours"),
            value: value.to_owned(),
        }],
        record: Some(format!("{id},2026-10-12,{value},00012")),
    }
}
