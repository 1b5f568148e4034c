//! What happens to the exports between two runs.

use super::tally::Tally;
use super::world::{ANCHORS, Adjustment, At, CUSTOMERS, PIECES, Row, TICKETS, UNITS, Work, World, date};
use crate::oracle::Dice;

const PERIODS: [Option<(&str, &str)>; 4] =
    [None, None, Some(("2026-10-01", "2026-10-31")), Some(("2026-09-30", "2026-10-15"))];
const HOURS: [i64; 13] = [25, 100, 150, 200, 1, 33, 800, 67, 1_250, -50, -150, -33, -600];
const PRICES: [i64; 3] = [6_000, 9_000, 3_360];
const TAXES: [&str; 4] = ["21%", "19.6%", "", "21%;5.5%"];
const WINDOWS: [(&str, &str); 4] = [("", ""), ("2026-10-01", "2026-10-31"), ("2026-10-10", ""), ("", "2026-10-05")];
const DAY: i32 = 20_727; // 2026-10-01

/// One thing changes; what, in words.
pub fn edit(world: &mut World, tally: &Tally, dice: &mut Dice) -> String {
    match dice.below(20) {
        0..=3 => new_work(world, dice),
        4..=8 => on_some_work(world, tally, dice, rekey),
        9 | 10 => on_some_work(world, tally, dice, change_hours),
        11 => on_some_work(world, tally, dice, move_day),
        12 => on_some_work(world, tally, dice, move_line),
        13 => on_some_work(world, tally, dice, |world, _, dice, number| {
            let work = &mut world.works[number];
            work.shown = !work.shown || dice.percent(30);
            format!("work {number} is {}exported", if work.shown { "" } else { "not " })
        }),
        14 => on_some_work(world, tally, dice, split),
        15 | 16 => master(world, tally, dice),
        17 => line_leaves(world, dice),
        18 => policy_or_unit(world, tally, dice),
        _ => customer_on_hold(world, dice),
    }
}

fn customer_on_hold(world: &mut World, dice: &mut Dice) -> String {
    let customer = dice.one_of(&CUSTOMERS).0;
    if !world.on_hold.remove(customer) && dice.percent(50) {
        world.on_hold.insert(customer);
    }
    format!("on hold: {:?}", world.on_hold)
}

/// Where work may stand.
fn somewhere(world: &World, dice: &mut Dice) -> At {
    if dice.percent(25) {
        return At::Ticket(dice.below(TICKETS.len()));
    }
    let lines: Vec<usize> =
        (0..world.lines.len()).filter(|line| *line != ANCHORS && world.lines[*line].by_time()).collect();
    At::Line(dice.one_of(&lines))
}

fn new_work(world: &mut World, dice: &mut Dice) -> String {
    let number = world.works.len();
    let style = dice.below(4);
    let id = loop {
        let fresh = world.fresh();
        let id = match style {
            0 => format!("e{fresh}"),
            1 => format!("__export__.e_{fresh}"),
            2 => format!("{fresh}.0"),
            _ => fresh.to_string(),
        };
        // An id that other work had once is not new.
        if !world.work_of.contains_key(&id) {
            break id;
        }
    };
    let row = Row { id, day: DAY - 3 + dice.below(38) as i32, hours: dice.one_of(&HOURS), at: somewhere(world, dice) };
    // Work without a text is told apart by who did it.
    let (employee, text) = if world.anchored && dice.percent(20) {
        (format!("solo{number}"), String::new())
    } else {
        ("ada".to_owned(), format!("job {number}"))
    };
    let told = format!("work {number}: `{}` on {} has {} hundredths at {:?}", row.id, date(row.day), row.hours, row.at);
    world.add(Work::of(&employee, &text, row));
    told
}

fn on_some_work(
    world: &mut World,
    tally: &Tally,
    dice: &mut Dice,
    change: impl FnOnce(&mut World, &Tally, &mut Dice, usize) -> String,
) -> String {
    let works: Vec<usize> =
        (0..world.works.len()).filter(|work| !world.works[*work].employee.starts_with("zoe")).collect();
    if works.is_empty() {
        return new_work(world, dice);
    }
    let number = dice.one_of(&works);
    change(world, tally, dice, number)
}

/// The same id as another program writes it, or quite another.
fn other_id(id: &str, fresh: usize, dice: &mut Dice) -> String {
    let digits: String = id.chars().filter(char::is_ascii_digit).collect();
    match dice.below(5) {
        0 => format!("{digits}.0"),
        1 => format!("__export__.e_{digits}"),
        2 => format!("00{digits}"),
        3 => digits,
        _ => format!("x{fresh}"),
    }
}

/// The work is exported under other ids, perhaps on the next or the last day.
fn rekey(world: &mut World, tally: &Tally, dice: &mut Dice, number: usize) -> String {
    if !tally.as_billed(world, number) {
        return String::new();
    }
    let shift = if dice.percent(40) { 2 * dice.below(2) as i32 - 1 } else { 0 };
    let mut told = format!("work {number} is exported as");
    for at in 0..world.works[number].rows.len() {
        let fresh = world.fresh();
        let row = world.works[number].rows[at].clone();
        let mut id = other_id(&row.id, fresh, dice);
        if world.work_of.contains_key(&id) && dice.percent(80) {
            id = format!("x{fresh}");
        }
        // An id of another piece of work, or of another row of this one, stays where it is.
        if world.work_of.get(&id).is_some_and(|of| *of != number)
            || world.works[number].rows.iter().any(|row| row.id == id)
        {
            id = format!("x{fresh}");
        }
        world.work_of.insert(id.clone(), number);
        let work = &mut world.works[number];
        // More than a day from where it was billed nothing knows it again (G5).
        let day = row.day + shift;
        let far = |id: &String| {
            tally.of.get(id).is_some_and(|of| (of.closed != 0 || of.covered != 0) && (of.day - day).abs() > 1)
        };
        if !work.ids.iter().any(far) {
            work.rows[at].day = day;
        }
        work.rows[at].id = id;
        told += &format!(" `{}` on {}", world.works[number].rows[at].id, date(world.works[number].rows[at].day));
    }
    told
}

/// What was billed stands under an id that is gone: what is told of the work beside its id must stay (G5).
fn is_pinned(world: &World, tally: &Tally, number: usize) -> bool {
    !tally.detached(world, number).is_empty()
}

fn change_hours(world: &mut World, tally: &Tally, dice: &mut Dice, number: usize) -> String {
    if is_pinned(world, tally, number) {
        return String::new();
    }
    let work = &mut world.works[number];
    let at = dice.below(work.rows.len());
    work.rows[at].hours = dice.one_of(&HOURS);
    format!("`{}` has {} hundredths", work.rows[at].id, work.rows[at].hours)
}

fn move_day(world: &mut World, tally: &Tally, dice: &mut Dice, number: usize) -> String {
    if is_pinned(world, tally, number) {
        return String::new();
    }
    let work = &mut world.works[number];
    let at = dice.below(work.rows.len());
    work.rows[at].day = DAY - 3 + dice.below(38) as i32;
    format!("`{}` is dated {}", work.rows[at].id, date(work.rows[at].day))
}

fn move_line(world: &mut World, tally: &Tally, dice: &mut Dice, number: usize) -> String {
    if is_pinned(world, tally, number) {
        return String::new();
    }
    let to = somewhere(world, dice);
    let work = &mut world.works[number];
    let at = dice.below(work.rows.len());
    work.rows[at].at = to;
    format!("`{}` is at {to:?}", work.rows[at].id)
}

/// In two rows; the first keeps the id, or both are new.
fn split(world: &mut World, tally: &Tally, dice: &mut Dice, number: usize) -> String {
    let whole = world.works[number].rows[0].clone();
    if !world.anchored || is_pinned(world, tally, number) || world.works[number].rows.len() > 1 || whole.hours.abs() < 2
    {
        return String::new();
    }
    let half = whole.hours / 2;
    let both = dice.percent(50);
    let ids = [if both { format!("x{}", world.fresh()) } else { whole.id.clone() }, format!("x{}", world.fresh())];
    let hours = [half, whole.hours - half];
    for id in &ids {
        world.work_of.insert(id.clone(), number);
    }
    let told = format!("work {number} is split in {ids:?} of {hours:?} hundredths");
    let rows = ids.into_iter().zip(hours).map(|(id, hours)| Row { id, hours, ..whole.clone() });
    let work = &mut world.works[number];
    work.rows = rows.collect();
    work.split = true;
    told
}

/// Price, taxes, discount, addressee, customer, order or id of an order line.
fn master(world: &mut World, tally: &Tally, dice: &mut Dice) -> String {
    let number = dice.below(ANCHORS);
    let pinned = is_line_pinned(world, tally, number) || is_work_pinned(world, tally, number);
    let (fresh, same) = (world.fresh(), tally.line_as_billed(world, number));
    let line = &mut world.lines[number];
    match dice.below(8) {
        0 if !pinned && line.by_time() => line.price = dice.one_of(&PRICES),
        1 => line.taxes = dice.one_of(&TAXES),
        2 => line.discount = dice.one_of(&[0, 125, -50]),
        3 => line.bill_to = dice.one_of(&["", "C3", "C1b", "C2"]),
        4 if !pinned => line.customer = dice.one_of(&["C1", "C1b", "C2", "C3"]),
        5 if !pinned => line.order = format!("S{}", 1 + dice.below(6)),
        6 | 7 if !pinned && same => {
            // Another number, or one that it had before.
            let new = format!("{}-{fresh}", line.id.split('-').next().unwrap());
            let before: Vec<String> = line.ids.iter().filter(|id| **id != line.id).cloned().collect();
            line.id = if before.is_empty() || dice.percent(70) { new } else { dice.one_of(&before) };
            line.ids.insert(line.id.clone());
        }
        _ => {}
    }
    format!(
        "line {number}: `{}` order {} customer {} bill_to {} price {} taxes {} discount {}",
        line.id, line.order, line.customer, line.bill_to, line.price, line.taxes, line.discount
    )
}

/// What was billed of the line stands under an id that is gone: what G13 knows it by must stay.
fn is_line_pinned(world: &World, tally: &Tally, number: usize) -> bool {
    let line = &world.lines[number];
    tally.knows_line(number) && line.ids.len() > 1 && !tally.line_settled(line)
}

/// Work that stands on the line is known by the line's customer alone (G5).
fn is_work_pinned(world: &World, tally: &Tally, number: usize) -> bool {
    (0..world.works.len()).any(|of| {
        let ids = tally.detached(world, of);
        let billed_here = ids.iter().any(|id| tally.of[id].line == number);
        billed_here || (!ids.is_empty() && world.works[of].lines.contains(&number))
    })
}

fn line_leaves(world: &mut World, dice: &mut Dice) -> String {
    let line = &mut world.lines[dice.below(ANCHORS)];
    line.exported = !line.exported;
    format!("`{}` is {}in the orders", line.id, if line.exported { "" } else { "not " })
}

fn policy_or_unit(world: &mut World, tally: &Tally, dice: &mut Dice) -> String {
    let number = dice.below(ANCHORS);
    let pinned = is_line_pinned(world, tally, number);
    let line = &mut world.lines[number];
    if line.unit == PIECES {
        if line.policy >= 2 {
            line.delivered = 500_000 * dice.below(12) as i64;
        }
    } else {
        match dice.below(3) {
            0 if dice.percent(40) && !pinned => line.ordered = 20_000_000 * (1 + dice.below(3) as i64),
            0 => line.policy = dice.below(4),
            1 => line.unit = dice.below(UNITS.len()),
            _ => line.delivered = 250_000 * dice.below(120) as i64,
        }
    }
    let (policy, unit) = (line.policy, line.unit);
    format!("`{}`: policy {policy} unit {unit} ordered {} delivered {}", line.id, line.ordered, line.delivered)
}

/// The adjustments anew, but for those that say what work is.
pub fn adjust(world: &mut World, dice: &mut Dice) -> String {
    world.adjustments.retain(|row| matches!(row.action, "release" | "same_as"));
    for _ in 0..dice.below(4) {
        let line = format!("order_line:{}", world.lines[dice.below(ANCHORS)].id);
        let other = world.lines[dice.below(3)].id.clone();
        let rows = world.works.iter().flat_map(|work| &work.rows);
        let ids: Vec<String> = rows.map(|row| format!("entry:{}", row.id)).collect();
        let entry = if ids.is_empty() { line.clone() } else { dice.one_of(&ids) };
        let (from, to) = dice.one_of(&WINDOWS);
        let (action, target, value) = match dice.below(10) {
            0 => ("hold", entry, String::new()),
            1 => ("hold", line, String::new()),
            2 => ("write_off", entry, String::new()),
            3 => ("non_billable", entry, String::new()),
            4 | 5 => ("cap_hours", line, dice.one_of(&["0.5", "1", "1.75", "4"]).to_owned()),
            6 => ("move", entry, other),
            7 => ("price", line, dice.one_of(&["10", "99.99"]).to_owned()),
            8 => ("discount", line, dice.one_of(&["5", "12.5"]).to_owned()),
            _ => ("note", line, "thanks".to_owned()),
        };
        if entry_action_fits(action, &target) {
            world.adjustments.push(Adjustment { action, target, value, from, to });
        }
    }
    let told = world
        .adjustments
        .iter()
        .map(|row| format!("{} {} {} {}..{}", row.action, row.target, row.value, row.from, row.to));
    format!("adjustments {:?}", told.collect::<Vec<_>>())
}

fn entry_action_fits(action: &str, target: &str) -> bool {
    let of_entries = matches!(action, "write_off" | "non_billable" | "move");
    !of_entries || target.starts_with("entry:")
}

pub fn rules(world: &mut World, dice: &mut Dice) -> String {
    world.period = dice.one_of(&PERIODS);
    world.late = dice.percent(40);
    world.corrections = dice.percent(50);
    format!("period {:?}, late {}, corrections {}", world.period, world.late, world.corrections)
}
