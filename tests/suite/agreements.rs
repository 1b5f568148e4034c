//! Agreements and rates (C1 to C8): a small oracle of its own, which reads the cells of random worlds and follows the rules by the letter; parts and
//! passes; what `explain` tells.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::intake;
use crate::oracle::{Dice, Scratch, program};
use crate::shards::{self, hourbill};

const WORLDS: u64 = 300;

/// Customers, each with its parent.
const CUSTOMERS: [(&str, &str); 5] = [("C1", ""), ("C1a", "C1"), ("C1b", "C1a"), ("C2", ""), ("C3", "")];
/// Who has which role, from and to when.
const ROLES: [(&str, &str, &str, &str); 3] = [
    ("Ann", "senior", "", "2026-10-10"),
    ("Ann", "lead", "2026-10-11", ""),
    ("Bob", "senior", "2026-10-11", "2026-10-20"),
];
const PROJECTS: [&str; 4] = ["Web", "Shop", "Ops", ""];

#[derive(Clone, Debug)]
struct Agreement {
    id: String,
    customer: String,
    currency: String,
    price: String,
    project: String,
    from: String,
    to: String,
    company: String,
}

#[derive(Clone, Debug)]
struct Entry {
    id: String,
    date: String,
    quarters: u32,
    customer: String,
    project: String,
    ticket: String,
    line: String,
    company: String,
    billable: bool,
    employee: String,
    role: String,
    activity: String,
}

/// A rate; its cells in the order in which they count.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rate {
    price: String,
    currency: String,
    from: String,
    to: String,
    cells: [String; 9],
}

const CELLS: &str = "order_line_id,order_id,employee,role,activity,project,team,customer_id,company";

/// A job of agreements, one order line, tickets and entries, as their cells say it.
#[derive(Debug)]
struct World {
    agreements: Vec<Agreement>,
    /// Id, customer, the order line that it names.
    tickets: Vec<(String, String, String)>,
    entries: Vec<Entry>,
    rates: Vec<Rate>,
}

fn rate(dice: &mut Dice) -> Rate {
    let (from, to) = (day(dice), day(dice));
    let (from, to) = if from <= to { (from, to) } else { (to, from) };
    let maybe = |dice: &mut Dice, chance, texts: &[&str]| match dice.percent(chance) {
        true => dice.one_of(texts).to_owned(),
        false => String::new(),
    };
    let cells = [
        maybe(dice, 15, &["L", "A0", "A1"]),
        maybe(dice, 10, &["S", "A2"]),
        maybe(dice, 25, &["Ann", "Bob"]),
        maybe(dice, 25, &["senior", "lead"]),
        maybe(dice, 20, &["travel"]),
        maybe(dice, 20, &["Web", "Shop"]),
        maybe(dice, 15, &["Desk"]),
        maybe(dice, 25, &["C1", "C1a", "C3", "Nobody"]),
        maybe(dice, 15, &["X", "Y"]),
    ];
    let (from, to) =
        (if dice.percent(30) { from } else { String::new() }, if dice.percent(30) { to } else { String::new() });
    Rate {
        price: (4 * dice.below(40)).to_string(),
        currency: dice.one_of(&["", "EUR", "EUR", "USD"]).to_owned(),
        from,
        to,
        cells,
    }
}

fn day(dice: &mut Dice) -> String {
    let days = ["2026-09-28", "2026-10-01", "2026-10-10", "2026-10-11", "2026-10-20", "2026-10-31", "2026-11-02"];
    dice.one_of(&days).to_owned()
}

impl World {
    fn random(dice: &mut Dice) -> World {
        let customer = |dice: &mut Dice| dice.one_of(&CUSTOMERS).0.to_owned();
        let maybe = |dice: &mut Dice, chance, text: String| if dice.percent(chance) { text } else { String::new() };
        let agreement = |dice: &mut Dice, nth: usize| {
            let (of, from, to) = (customer(dice), day(dice), day(dice));
            let (from, to) = if from <= to { (from, to) } else { (to, from) };
            let price = (4 * dice.below(40)).to_string();
            Agreement {
                id: format!("A{nth}"),
                customer: maybe(dice, 92, of),
                currency: maybe(dice, 95, "EUR".to_owned()),
                price: maybe(dice, 90, price),
                project: dice.one_of(&PROJECTS).to_owned(),
                from: maybe(dice, 40, from),
                to: maybe(dice, 40, to),
                company: dice.one_of(&["", "", "", "X", "Y"]).to_owned(),
            }
        };
        let agreements = (0..1 + dice.below(7)).map(|nth| agreement(dice, nth)).collect();
        let ticket = |dice: &mut Dice, nth: usize| {
            let of = customer(dice);
            (format!("T{nth}"), of, dice.one_of(&["", "", "L"]).to_owned())
        };
        let tickets = (0..3).map(|nth| ticket(dice, nth)).collect();
        let entry = |dice: &mut Dice, nth: usize| {
            let of = dice.one_of(&["C1", "C1a", "C1b", "C2", "C3", "Nobody", "", "", ""]).to_owned();
            Entry {
                id: format!("E{nth:02}"),
                date: day(dice),
                quarters: 1 + dice.below(32) as u32,
                customer: of,
                project: dice.one_of(&PROJECTS).to_owned(),
                ticket: dice.one_of(&["", "", "", "T0", "T1", "T2"]).to_owned(),
                line: dice.one_of(&["", "", "", "", "", "L"]).to_owned(),
                company: dice.one_of(&["", "", "X"]).to_owned(),
                billable: dice.percent(92),
                employee: dice.one_of(&["Ann", "Bob", "Cid"]).to_owned(),
                role: dice.one_of(&["", "", "", "senior", "trainee"]).to_owned(),
                activity: dice.one_of(&["", "travel"]).to_owned(),
            }
        };
        let entries = (0..25).map(|nth| entry(dice, nth)).collect();
        // Some worlds have none.
        let rates = (0..dice.below(12)).map(|_| rate(dice)).collect();
        World { agreements, tickets, entries, rates }
    }

    fn write(&self, folder: &Path) {
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        let mut text = "agreement_id,customer_id,currency,unit_price,project,valid_from,valid_to,company\n".to_owned();
        for of in &self.agreements {
            let Agreement { id, customer, currency, price, project, from, to, company } = of;
            let _ = writeln!(text, "{id},{customer},{currency},{price},{project},{from},{to},{company}");
        }
        write("agreements.csv", &text);
        let mut text = "ticket_id,customer_id,order_line_id,team\n".to_owned();
        for (id, customer, line) in &self.tickets {
            let _ = writeln!(text, "{id},{customer},{line},{}", team(id));
        }
        write("tickets.csv", &text);
        let columns = "timesheet_id,date,hours,customer_id,project,ticket_id,order_line_id,company,billable,employee,role,activity";
        let mut text = format!("{columns}\n");
        for of in &self.entries {
            let hours = format!("{}.{:02}", of.quarters / 4, of.quarters % 4 * 25);
            let billable = of.billable.to_string();
            let cells = [
                &of.id,
                &of.date,
                &hours,
                &of.customer,
                &of.project,
                &of.ticket,
                &of.line,
                &of.company,
                &billable,
                &of.employee,
                &of.role,
                &of.activity,
            ];
            let _ = writeln!(text, "{}", cells.map(String::as_str).join(","));
        }
        write("timesheets.csv", &text);
        let mut text = format!("price,currency,valid_from,valid_to,{CELLS}\n");
        for Rate { price, currency, from, to, cells } in &self.rates {
            let _ = writeln!(text, "{price},{currency},{from},{to},{}", cells.join(","));
        }
        write("rates.csv", &text);
        let roles: String = ROLES.iter().map(|(who, role, from, to)| format!("{who},{role},{from},{to}\n")).collect();
        write("employees.csv", &format!("employee,role,valid_from,valid_to\n{roles}"));
        let customers: String = CUSTOMERS.iter().map(|(id, parent)| format!("{id},{parent}\n")).collect();
        write("customers.csv", &format!("customer_id,parent_id\n{customers}"));
        write(
            "orders.csv",
            "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n\
             L,S,sale,C3,Support,delivered_timesheet,Hours,0,40,EUR,2026-09-01\n",
        );
        let inputs = ["agreements", "tickets", "timesheets", "customers", "orders", "rates", "employees"];
        let inputs: String = inputs.iter().map(|input| format!("{input} = \"{input}.csv\"\n")).collect();
        write("job.toml", &format!("name = \"world\"\n[inputs]\n{inputs}[period]\nmonth = \"2026-10\"\n"));
    }
}

/// The first ticket is of a team.
fn team(ticket: &str) -> &'static str {
    if ticket == "T0" { "Desk" } else { "" }
}

fn parent(customer: &str) -> &'static str {
    CUSTOMERS.iter().find(|(id, _)| *id == customer).map_or("", |(_, parent)| parent)
}

fn root(customer: &str) -> String {
    let mut here = customer.to_owned();
    while !parent(&here).is_empty() {
        here = parent(&here).to_owned();
    }
    here
}

/// What must become of an entry: its disposition, the line that it is told on, and why it is held.
#[derive(Debug, PartialEq, Eq)]
struct Fate {
    disposition: &'static str,
    line: String,
    reason: &'static str,
}

impl World {
    /// C2.
    fn customer_of(&self, entry: &Entry) -> Option<String> {
        if let Some((_, customer, _)) = self.tickets.iter().find(|(id, ..)| *id == entry.ticket) {
            return Some(customer.clone());
        }
        if !entry.customer.is_empty() {
            return Some(entry.customer.clone());
        }
        let of_project =
            || self.agreements.iter().filter(|of| !entry.project.is_empty() && of.project == entry.project);
        let first = of_project().next()?.customer.clone();
        (!first.is_empty() && of_project().all(|of| of.customer == first)).then_some(first)
    }

    /// C3: the agreements that say most; one, several, or none.
    fn agreements_of(&self, entry: &Entry) -> Vec<&Agreement> {
        let Some(customer) = self.customer_of(entry) else { return Vec::new() };
        let valid = |of: &&Agreement| {
            let from = of.from.is_empty() || of.from <= entry.date;
            let to = of.to.is_empty() || entry.date <= of.to;
            let company = of.company.is_empty() || entry.company.is_empty() || of.company == entry.company;
            from && to && company && !of.customer.is_empty()
        };
        let says = |of: &Agreement| {
            let project = !of.project.is_empty();
            match () {
                () if project && of.project != entry.project => None,
                () if project && of.customer == customer => Some(0),
                () if project => (root(&of.customer) == root(&customer)).then_some(1),
                () if of.customer == customer => Some(2),
                () => (of.customer == root(&customer)).then_some(3),
            }
        };
        let fitting: Vec<(u8, &Agreement)> =
            self.agreements.iter().filter(valid).filter_map(|of| Some((says(of)?, of))).collect();
        let most = fitting.iter().map(|(level, _)| *level).min();
        fitting.into_iter().filter(|(level, _)| Some(*level) == most).map(|(_, of)| of).collect()
    }

    fn fate(&self, entry: &Entry) -> Fate {
        let fate = |disposition, line: &str, reason| Fate { disposition, line: line.to_owned(), reason };
        if !entry.billable {
            return fate("non_billable", "", "");
        }
        let of_ticket = self.tickets.iter().find(|(id, ..)| *id == entry.ticket).map_or("", |(.., line)| line);
        let named = if entry.line.is_empty() { of_ticket } else { &entry.line };
        let agreements = if named.is_empty() { self.agreements_of(entry) } else { Vec::new() };
        let line = match (named, agreements.as_slice()) {
            ("", []) => return fate("unassigned", "", ""),
            ("", [one]) => one.id.as_str(),
            ("", _) => "",
            (named, _) => named,
        };
        match entry.date.as_str() {
            date if date < "2026-10-01" => return fate("before_period", line, ""),
            date if date > "2026-10-31" => return fate("after_period", "", ""),
            _ => {}
        }
        if agreements.len() > 1 {
            return fate("held", "", "agreement-ambiguous");
        }
        match self.price(entry, line) {
            Ok(_) => fate("billed", line, ""),
            Err(reason) => fate("held", line, reason),
        }
    }

    /// C4 to C6: the price of an entry on a line, or why there is none.
    fn price(&self, entry: &Entry, line: &str) -> Result<u64, &'static str> {
        let agreement = self.agreements.iter().find(|of| of.id == line);
        let currency = agreement.map_or("EUR", |of| &of.currency);
        if currency.is_empty() {
            return Err("rate-missing");
        }
        let best = self
            .good_rates()
            .into_iter()
            .filter_map(|rate| Some((self.fits(rate, entry, line)?, rate)))
            .max_by_key(|(filled, _)| filled.clone());
        match best {
            Some((_, rate)) if !rate.currency.is_empty() && rate.currency != currency => Err("rate-currency"),
            Some((_, rate)) => Ok(rate.price.parse().unwrap()),
            None => agreement.map_or(Ok(40), |of| of.price.parse().map_err(|_| "rate-missing")),
        }
    }

    /// C5: without those of which another has the same cells and a date in common. Equal rows are one.
    fn good_rates(&self) -> Vec<&Rate> {
        let mut once: Vec<&Rate> = Vec::new();
        for rate in &self.rates {
            if !once.contains(&rate) {
                once.push(rate);
            }
        }
        let end = |to: &str| if to.is_empty() { "9999".to_owned() } else { to.to_owned() };
        let overlap = |a: &Rate, b: &Rate| a.from <= end(&b.to) && b.from <= end(&a.to);
        let clash = |a: &&Rate| once.iter().any(|b| *b != *a && a.cells == b.cells && overlap(a, b));
        once.iter().copied().filter(|rate| !clash(rate)).collect()
    }

    /// C4: which cells of a rate that fits are filled, in the order of C5, the root of the customer behind the customer.
    fn fits(&self, rate: &Rate, entry: &Entry, line: &str) -> Option<Vec<bool>> {
        let order = if line == "L" { "S" } else { line };
        let of_line = self.agreements.iter().find(|of| of.id == line);
        let customer_of_line = of_line.map_or("C3", |of| &of.customer).to_owned();
        let customer = self.customer_of(entry).unwrap_or(customer_of_line);
        let company_of_line = of_line.map_or("", |of| &of.company).to_owned();
        let company = if entry.company.is_empty() { company_of_line } else { entry.company.clone() };
        let of_date = |(who, _, from, to): &&(&str, &str, &str, &str)| {
            *who == entry.employee && *from <= entry.date.as_str() && (to.is_empty() || entry.date.as_str() <= *to)
        };
        let role = match entry.role.as_str() {
            "" => ROLES.iter().find(of_date).map_or("", |(_, role, ..)| role),
            own => own,
        };
        let dated = rate.from <= entry.date && (rate.to.is_empty() || entry.date <= rate.to);
        let says = [
            line,
            order,
            &entry.employee,
            role,
            &entry.activity,
            &entry.project,
            team(&entry.ticket),
            &customer,
            &company,
        ];
        let mut filled = Vec::new();
        for (at, (cell, said)) in rate.cells.iter().zip(says).enumerate() {
            let (asks, same) = (!cell.is_empty(), cell.is_empty() || cell == said);
            let by_root = at == 7 && asks && !same && *cell == root(said);
            if !same && !by_root {
                return None;
            }
            filled.push(asks && !by_root);
            if at == 7 {
                filled.push(by_root);
            }
        }
        dated.then_some(filled)
    }
}

fn rows(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(bytes).deserialize().map(Result::unwrap).collect()
}

/// What differs between the program and the oracle.
fn differences(world: &World, folder: &Path, met: &mut BTreeMap<String, u64>) -> Vec<String> {
    world.write(folder);
    let (tables, _) = program(&folder.join("job.toml")).unwrap();
    let mut found: BTreeMap<String, Fate> = BTreeMap::new();
    let lines = rows(&tables["invoice_lines"]);
    let line_of = |of: &BTreeMap<String, String>| {
        let same = |line: &&BTreeMap<String, String>| {
            line["invoice_id"] == of["invoice_id"] && line["line_no"] == of["line_no"]
        };
        lines.iter().find(same).unwrap()["order_line_id"].clone()
    };
    for row in rows(&tables["invoice_entries"]) {
        let line = line_of(&row);
        let by = if line == "L" {
            ["entry", "ticket"].contains(&row["linked_by"].as_str())
        } else {
            row["linked_by"] == "agreement"
        };
        assert!(by && !row["employee"].is_empty(), "{row:?}");
        found.insert(row["timesheet_id"].clone(), Fate { disposition: "billed", line, reason: "" });
    }
    for row in rows(&tables["unbilled"]) {
        let known = ["held", "unassigned", "before_period"];
        let disposition = known.into_iter().find(|known| row["disposition"] == *known).unwrap();
        let reasons = ["rate-missing", "rate-currency", "agreement-ambiguous"];
        let reason = reasons.into_iter().find(|reason| row["reason"] == *reason).unwrap_or_default();
        found.insert(row["timesheet_id"].clone(), Fate { disposition, line: row["order_line_id"].clone(), reason });
    }
    let (mut wrong, mut cents) = (Vec::new(), BTreeMap::<(String, u64), u64>::new());
    for entry in &world.entries {
        let fate = world.fate(entry);
        *met.entry(format!("{} {}", fate.disposition, fate.reason)).or_default() += 1;
        if fate.disposition == "billed" {
            let price = world.price(entry, &fate.line).unwrap();
            *cents.entry((fate.line.clone(), price)).or_default() += price * 25 * u64::from(entry.quarters);
        }
        // Others stand in neither table.
        let told = !["non_billable", "after_period"].contains(&fate.disposition);
        match found.get(&entry.id) {
            Some(of) if *of == fate => {}
            None if !told => {}
            of => wrong.push(format!("{entry:?}: expected {fate:?}, found {of:?}")),
        }
    }
    let price = |line: &BTreeMap<String, String>| line["unit_price"].parse::<u64>().unwrap();
    let net = |line: &BTreeMap<String, String>| line["net_amount"].replace('.', "").parse::<u64>().unwrap();
    let mut billed: BTreeMap<(String, u64), u64> = BTreeMap::new();
    for (nth, line) in lines.iter().enumerate() {
        let before = nth.checked_sub(1).map(|before| &lines[before]);
        if before.is_some_and(|before| before["order_line_id"] == line["order_line_id"] && price(before) <= price(line))
        {
            wrong.push(format!("not dearest first: {line:?}"));
        }
        billed.insert((line["order_line_id"].clone(), price(line)), net(line));
    }
    if billed != cents {
        wrong.push(format!("expected {cents:?}, found {billed:?}"));
    }
    wrong
}

#[test]
fn random_agreements_and_rates_price_entries_as_the_rules_say() {
    let (scratch, mut met) = (Scratch::new(), BTreeMap::new());
    for seed in 0..WORLDS {
        let world = World::random(&mut Dice::new(seed + 1));
        let wrong = differences(&world, scratch.path(), &mut met);
        assert!(wrong.is_empty(), "world {seed}\n{}\n{world:#?}", wrong.join("\n"));
    }
    for what in [
        "billed ",
        "held rate-missing",
        "held rate-currency",
        "held agreement-ambiguous",
        "unassigned ",
        "before_period ",
    ] {
        assert!(met.get(what).is_some_and(|times| *times > 50), "the worlds hardly meet {what}: {met:?}");
    }
}

#[test]
fn parts_and_passes_over_agreements_add_up_to_the_run() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..6 {
        let mut world = World::random(&mut Dice::new(seed + 1));
        // Files of all of them in one: ids of tickets and agreements stay the same, those of entries do not.
        for more in 0..6_u64 {
            let other = World::random(&mut Dice::new(100 * (seed + 1) + more)).entries.into_iter();
            world.entries.extend(other.map(|entry| Entry { id: format!("{}-{more}", entry.id), ..entry }));
        }
        world.write(folder.path());
        intake::assert_parts_and_passes_add_up(&shards::settings(&folder.path().join("job.toml")));
    }
}

#[test]
fn c11_explain_tells_which_agreements_fit_and_which_won() {
    let folder = tempfile::tempdir().unwrap();
    let case =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases/c3-the-agreement-that-says-most-prices-an-entry");
    fs::create_dir(folder.path().join("in")).unwrap();
    fs::copy(case.join("job.toml"), folder.path().join("job.toml")).unwrap();
    for file in fs::read_dir(case.join("in")).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), folder.path().join("in").join(file.file_name())).unwrap();
    }
    let told = |id: &str| {
        let (_, text) = hourbill(folder.path(), &format!("explain job.toml {id}"));
        crate::cli::flat(&text)
    };
    let first = told("E01");
    assert!(first.contains("it names customer `Acme`"), "{first}");
    let fitting = "`P` (project and customer), `N` (project, and a customer of the same tree), `A` (customer)";
    assert!(first.contains(&format!("takes agreement `P` of {fitting}")), "{first}");
    assert!(told("E04").contains("`A` (root of the customer)"), "{}", told("E04"));
    assert!(told("E06").contains("all agreements of its project `Site` are with customer `Bolt`"), "{}", told("E06"));
    assert!(told("E07").contains("its project `Portal` does not say one"), "{}", told("E07"));
    assert!(told("E08").contains("it names customer `Nobody`, who is in no other input"), "{}", told("E08"));
}
