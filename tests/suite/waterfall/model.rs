//! Small worlds of packs, time lines and work, as their files say them.

use crate::oracle::Dice;

/// Days of 2026 that matter: before, in and after October.
const DAYS: [&str; 12] = [
    "2026-08-20",
    "2026-09-10",
    "2026-09-30",
    "2026-10-01",
    "2026-10-02",
    "2026-10-05",
    "2026-10-05",
    "2026-10-15",
    "2026-10-20",
    "2026-10-31",
    "2026-11-01",
    "2026-11-20",
];

#[derive(Clone, Debug, Default)]
pub struct Line {
    pub id: String,
    pub order: String,
    pub customer: String,
    pub time: bool,
    /// Quarters of an hour.
    pub ordered: i64,
    pub currency: String,
    pub confirmed: String,
    pub sequence: i64,
    pub invoiced: bool,
    pub company: String,
    pub from: String,
    pub until: String,
    pub priority: Option<i64>,
    pub covers: Vec<String>,
    pub overdraft: String,
    pub overage_price: String,
    pub overage_line: String,
    pub minimum: Option<Minimum>,
}

/// M1, in quarters of an hour.
#[derive(Clone, Copy, Debug)]
pub struct Minimum {
    pub least: i64,
    pub step: i64,
    pub round: &'static str,
    pub per: &'static str,
}

#[derive(Clone, Debug, Default)]
pub struct Ticket {
    pub id: String,
    pub customer: String,
    pub team: String,
    pub line: String,
    pub company: String,
}

#[derive(Clone, Debug, Default)]
pub struct Entry {
    pub id: String,
    pub day: String,
    pub start: String,
    /// Quarters of an hour.
    pub hours: i64,
    pub ticket: String,
    pub line: String,
    pub customer: String,
    pub employee: String,
    pub activity: String,
    pub billable: bool,
    pub validated: bool,
}

#[derive(Clone, Debug, Default)]
pub struct World {
    pub lines: Vec<Line>,
    pub tickets: Vec<Ticket>,
    pub entries: Vec<Entry>,
    /// Keys and words of `[rules]`.
    pub rules: Vec<(&'static str, &'static str)>,
    /// October; else all that is open.
    pub october: bool,
    /// M1 of the rules and of customer C1.
    pub of_rules: Option<Minimum>,
    pub of_customer: Option<Minimum>,
    /// M7.
    pub on_packs: bool,
}

/// C2 belongs to C1; C3 is somebody else.
pub fn root(customer: &str) -> &str {
    if customer == "C2" { "C1" } else { customer }
}

impl World {
    pub fn rule(&self, key: &str) -> &'static str {
        self.rules.iter().find(|(known, _)| *known == key).map_or("", |(_, word)| word)
    }

    pub fn files(&self) -> Vec<(String, String)> {
        let mut orders =
            "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,\
                          confirmed_on,sequence,invoiced_qty,company,valid_from,valid_until,priority,covers,overdraft,\
                          overage_price,overage_line_id,minimum_minutes,increment_minutes,round,per\n"
                .to_owned();
        for line in &self.lines {
            let (policy, price) = if line.time { ("delivered_timesheet", 120) } else { ("ordered_prepaid", 90) };
            let invoiced = if line.invoiced { quarters(line.ordered) } else { "0".to_owned() };
            let priority = line.priority.map_or(String::new(), |priority| priority.to_string());
            let [least, step, round, per] = cells_of(line.minimum);
            let cells = [
                line.id.clone(),
                line.order.clone(),
                "sale".into(),
                line.customer.clone(),
                "Work".into(),
                policy.into(),
                "Hours".into(),
                quarters(line.ordered),
                price.to_string(),
                line.currency.clone(),
                line.confirmed.clone(),
                line.sequence.to_string(),
                invoiced,
                line.company.clone(),
                line.from.clone(),
                line.until.clone(),
                priority,
                line.covers.join(";"),
                line.overdraft.clone(),
                line.overage_price.clone(),
                line.overage_line.clone(),
                least,
                step,
                round,
                per,
            ];
            orders += &(cells.join(",") + "\n");
        }
        let mut tickets = "ticket_id,customer_id,created_on,team,order_line_id,company\n".to_owned();
        for of in &self.tickets {
            tickets += &format!("{},{},2026-08-01,{},{},{}\n", of.id, of.customer, of.team, of.line, of.company);
        }
        let mut entries =
            "timesheet_id,date,hours,started_at,ticket_id,order_line_id,customer_id,employee,activity,billable,status\n".to_owned();
        for of in &self.entries {
            let start = if of.start.is_empty() { String::new() } else { format!("{} {}", of.day, of.start) };
            let status = if of.validated { "validated" } else { "draft" };
            entries += &format!(
                "{},{},{},{start},{},{},{},{},{},{},{status}\n",
                of.id,
                of.day,
                quarters(of.hours),
                of.ticket,
                of.line,
                of.customer,
                of.employee,
                of.activity,
                of.billable
            );
        }
        let of_customer = cells_of(self.of_customer).join(",");
        let customers = format!(
            "customer_id,name,parent_id,minimum_minutes,increment_minutes,round,per\n\
             C1,One,,{of_customer}\nC2,Two,C1,,,,\nC3,Three,,,,,\n"
        );
        let mut job = "name = \"w\"\n[inputs]\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\n\
                       timesheets = \"timesheets.csv\"\ncustomers = \"customers.csv\"\n"
            .to_owned();
        if self.october {
            job += "[period]\nmonth = \"2026-10\"\n";
        }
        job += "[rules]\ninvoiced_elsewhere = \"warn\"\n";
        for (key, word) in &self.rules {
            job += &format!("{key} = \"{word}\"\n");
        }
        if let Some(Minimum { least, step, round, per }) = self.of_rules {
            let (least, step) = (15 * least, 15 * step);
            job += &format!(
                "minimum_minutes = {least}\nincrement_minutes = {step}\nround = \"{round}\"\nper = \"{per}\"\n"
            );
        }
        if self.on_packs {
            job += "minimum_on_packs = true\n";
        }
        let named = [
            ("orders.csv", orders),
            ("tickets.csv", tickets),
            ("timesheets.csv", entries),
            ("customers.csv", customers),
        ];
        named.into_iter().chain([("job.toml", job)]).map(|(name, text)| (name.to_owned(), text)).collect()
    }
}

fn cells_of(minimum: Option<Minimum>) -> [String; 4] {
    let Some(Minimum { least, step, round, per }) = minimum else { return Default::default() };
    [(15 * least).to_string(), (15 * step).to_string(), round.to_owned(), per.to_owned()]
}

pub fn quarters(of: i64) -> String {
    let sign = if of < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", of.abs() / 4, of.abs() % 4 * 25)
}

/// A world from a seed.
pub fn world(seed: u64) -> World {
    let dice = &mut Dice::new(seed);
    let mut world = World { october: dice.percent(75), ..World::default() };
    world.rules.push(("prepaid", "waterfall"));
    let choices: [(&'static str, usize, &[&'static str]); 5] = [
        ("prepaid_order", 70, &["newest", "oldest", "expiry", "priority"]),
        ("prepaid_gate", 20, &["invoiced", "confirmed"]),
        ("overdraft", 60, &["negative", "rate", "time_line", "hold"]),
        ("late_entries", 30, &["bill", "report"]),
        ("approval", 30, &["validated_only", "all"]),
    ];
    for (key, chance, words) in choices {
        if dice.percent(chance) {
            world.rules.push((key, dice.one_of(words)));
        }
    }
    // Half of the worlds have minimums, and half of those on packs, too.
    let has_minimums = dice.percent(50);
    if has_minimums {
        world.of_rules = dice.percent(60).then(|| minimum(dice));
        world.of_customer = dice.percent(25).then(|| minimum(dice));
        world.on_packs = dice.percent(50);
    }
    for number in 0..1 + dice.below(4) {
        let line = pack(dice, number);
        world.lines.push(line);
    }
    for number in 0..dice.below(3) {
        world.lines.push(time_line(dice, number));
    }
    for line in &mut world.lines {
        line.minimum = (has_minimums && dice.percent(25)).then(|| minimum(dice));
    }
    for number in 0..1 + dice.below(4) {
        let line = if dice.percent(25) { dice.one_of(&world.lines).id } else { String::new() };
        world.tickets.push(Ticket {
            id: format!("T{number}"),
            customer: dice.one_of(&["C1", "C1", "C2", "C3"]).to_owned(),
            team: dice.one_of(&["", "Support", "Field"]).to_owned(),
            line,
            company: dice.one_of(&["", "", "North"]).to_owned(),
        });
    }
    for number in 0..dice.below(15) {
        let entry = entry(dice, &world, number);
        world.entries.push(entry);
    }
    dice.shuffle(&mut world.entries);
    world
}

fn minimum(dice: &mut Dice) -> Minimum {
    Minimum {
        least: dice.one_of(&[0, 0, 2, 3, 4, 8]),
        step: dice.one_of(&[0, 2, 3, 4]),
        round: dice.one_of(&["up", "up", "nearest", "down"]),
        per: dice.one_of(&["entry", "day", "ticket", "line"]),
    }
}

fn pack(dice: &mut Dice, number: usize) -> Line {
    let mut days = [dice.one_of(&DAYS), dice.one_of(&DAYS)];
    days.sort_unstable();
    let covers: &[&[&str]] = &[&[], &[], &[], &["Support"], &["Design"], &["Field", "Design"]];
    Line {
        id: format!("P{number}"),
        order: format!("S{}", dice.below(3)),
        customer: dice.one_of(&["C1", "C1", "C2", "C3"]).to_owned(),
        ordered: dice.one_of(&[0, 2, 4, 8, 12, 20, 40]),
        currency: dice.one_of(&["EUR", "EUR", "EUR", "USD"]).to_owned(),
        confirmed: dice.one_of(&DAYS).to_owned(),
        sequence: dice.below(2) as i64,
        invoiced: dice.percent(50),
        company: dice.one_of(&["", "", "North", "South"]).to_owned(),
        from: if dice.percent(30) { days[0].to_owned() } else { String::new() },
        until: if dice.percent(35) { days[1].to_owned() } else { String::new() },
        priority: dice.percent(60).then(|| 1 + dice.below(2) as i64),
        covers: dice.one_of(covers).iter().map(|name| (*name).to_owned()).collect(),
        overdraft: dice.one_of(&["", "", "negative", "rate", "time_line", "hold"]).to_owned(),
        overage_price: dice.one_of(&["", "110", "0"]).to_owned(),
        overage_line: dice.one_of(&["", "", "", "X0", "X1", "P0", "gone"]).to_owned(),
        ..Line::default()
    }
}

fn time_line(dice: &mut Dice, number: usize) -> Line {
    Line {
        id: format!("X{number}"),
        order: format!("S{}", 5 + dice.below(2)),
        time: true,
        customer: dice.one_of(&["C1", "C1", "C2", "C3"]).to_owned(),
        currency: dice.one_of(&["EUR", "EUR", "EUR", "USD"]).to_owned(),
        confirmed: dice.one_of(&DAYS).to_owned(),
        company: dice.one_of(&["", "", "North", "South"]).to_owned(),
        ..Line::default()
    }
}

fn entry(dice: &mut Dice, world: &World, number: usize) -> Entry {
    let ticket = if dice.percent(75) { dice.one_of(&world.tickets).id } else { String::new() };
    let named = if dice.percent(15) { dice.one_of(&world.lines).id } else { String::new() };
    Entry {
        id: format!("E{number:02}"),
        day: dice.one_of(&DAYS).to_owned(),
        start: dice.one_of(&["", "08:00:00", "13:30:00"]).to_owned(),
        hours: if dice.percent(15) { -dice.one_of(&[1, 2, 4, 12]) } else { dice.one_of(&[1, 2, 3, 4, 8, 12, 20, 32]) },
        customer: if dice.percent(50) { dice.one_of(&["C1", "C2", "C3"]).to_owned() } else { String::new() },
        employee: dice.one_of(&["", "Ann", "Ben"]).to_owned(),
        activity: dice.one_of(&["", "", "Design", "Support"]).to_owned(),
        billable: !dice.percent(5),
        validated: !dice.percent(15),
        ticket,
        line: named,
    }
}
