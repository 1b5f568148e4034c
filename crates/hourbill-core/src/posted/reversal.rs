//! Voids and credits: which hours, quantities and money of a document are taken back (§7).

use std::collections::BTreeMap;

use super::amount::{self, Amounts};
use super::book::{BookEntry, BookLine, within};
use super::counted::{Counted, uplift};
use super::groups::LedgerGroups;
use super::held::HeldPortion;
use super::portions::Portions;
use super::record::{Document, DocumentKind, Effect, LedgerBatch, Line, LineThen, TaxShare, base};
use super::refused::Refused;
use crate::bug::OrBug;
use crate::model::{CreditWanted, Credited, Treatment};
use crate::quantity::{Hours, HoursSum, Money, Quantity};

/// What to take back from a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Everything that is left.
    Whole,
    /// Hours of these entries; `None`: all that is left of the entry.
    Entries(Vec<(String, Option<Hours>)>),
    /// Hours of entries on lines of the document, by the number of the line.
    Portions(Vec<(u32, String, Hours)>),
    /// Hours of an order line: of an entry whose hours match exactly, else of the newest entries first; `None`: all that is left of the
    /// line.
    Line(String, Option<Hours>),
    /// So much of an order line that bills no hours, in its unit and with the sign that it billed.
    Quantity(String, Quantity),
    /// An amount of an order line, with tax, in units of its currency and with the sign that it billed: no hour and no quantity opens.
    LineAmount(String, Quantity),
    /// A total amount of a down payment, with tax, in units of its currency.
    Amount(Quantity),
}

impl Request {
    /// What a row of the credits input asks for, and what becomes of it.
    pub fn of_row(row: &CreditWanted) -> (Request, Effect) {
        let request = match &row.what {
            Credited::Entry { id, hours } => Request::Entries(vec![(id.clone(), *hours)]),
            Credited::Line { id, hours } => Request::Line(id.clone(), Some(*hours)),
            Credited::Quantity { id, quantity } => Request::Quantity(id.clone(), *quantity),
            Credited::LineAmount { id, amount } => Request::LineAmount(id.clone(), *amount),
            Credited::Amount(amount) => Request::Amount(*amount),
        };
        let effect = match row.treatment {
            Treatment::Rebill => Effect::Rebill,
            Treatment::WriteOff => Effect::WriteOff,
        };
        (request, effect)
    }
}

/// The one document that takes back what is asked for, as a batch. `held` is what is left of the source's entries.
pub fn take_back(
    entry: &BookEntry,
    held: &[HeldPortion],
    request: &Request,
    kind: DocumentKind,
    effect: Effect,
    id: String,
    groups: &LedgerGroups,
) -> Result<LedgerBatch, Refused> {
    if entry.has_nothing_left() && held.iter().all(|portion| (portion.hours, portion.uplift) == (0, 0)) {
        return Err(Refused::NothingLeft(entry.document.id.clone()));
    }
    let chosen = choose(entry, held, request)?;
    let amounts = match request {
        Request::LineAmount(line, amount) => Some(amount::of_line(entry, line, *amount)?),
        Request::Amount(amount) => Some(amount::of_down_payment(entry, *amount)?),
        Request::Whole | Request::Entries(_) | Request::Portions(_) | Request::Line(..) | Request::Quantity(..) => None,
    };
    let quantities = match request {
        Request::Quantity(line, quantity) => quantities(entry, line, *quantity)?,
        _ => BTreeMap::new(),
    };
    let mut lines = Vec::new();
    let mut portions = Portions::default();
    let mut counted = Counted::new(entry, &chosen, groups);
    for left in &entry.lines {
        let number = left.line.line_no;
        let taken = match (request, &amounts) {
            (_, Some(amounts)) => of_amounts(amounts, number),
            (Request::Quantity(..), _) => match quantities.get(&number) {
                Some(quantity) => Some(of_quantity(entry, left, *quantity)?),
                None => None,
            },
            _ => of_line(entry, left, held, &chosen, (request, &mut counted))?,
        };
        let Some(taken) = taken else { continue };
        let position = u32::try_from(lines.len()).map_err(|_| Refused::TooLarge)?;
        for (portion, hours) in chosen.iter().filter(|(portion, _)| portion.line_no == number) {
            let hours = hours.checked_neg().ok_or(Refused::TooLarge)?;
            portions.push(position, &portion.id, portion.days, hours, portion.known, portion.said.as_said());
            let lifted = match &taken.lifted {
                // Of packs all is taken back, or nothing.
                Lifted::Whole => portion.uplift,
                Lifted::Parts(parts) => parts.get(portion.id.as_str()).copied().unwrap_or(0),
            };
            portions.lift(lifted.checked_neg().ok_or(Refused::TooLarge)?);
        }
        lines.push(Line {
            document: 0,
            line_no: position + 1,
            quantity: taken.quantity.negated(),
            net: taken.net.negated(),
            hours: -taken.hours,
            uplift: -taken.uplift,
            source_line: Some(number),
            // They stand with what is taken back.
            adjustments: String::new(),
            then: LineThen { explained: taken.explained.negated(), ..left.line.then.clone() },
            ..left.line.clone()
        });
    }
    if lines.is_empty() {
        return Err(Refused::NothingLeft(entry.document.id.clone()));
    }
    let document = totals(entry, request, amounts.as_ref(), &lines, kind, effect, id)?;
    Ok(LedgerBatch { documents: vec![document], lines, portions })
}

/// The portions to take back and how much of each, by line and id.
fn choose<'a>(
    entry: &BookEntry,
    held: &'a [HeldPortion],
    request: &Request,
) -> Result<Vec<(&'a HeldPortion, i64)>, Refused> {
    let document = &entry.document.id;
    let mut chosen: Vec<(&HeldPortion, i64)> = match request {
        Request::Whole => held.iter().map(|portion| (portion, portion.hours)).collect(),
        Request::Amount(_) | Request::LineAmount(..) | Request::Quantity(..) => Vec::new(),
        Request::Portions(asked) => {
            let of = |(line_no, id, hours): &(u32, String, Hours)| {
                let same = |portion: &&HeldPortion| portion.line_no == *line_no && portion.id == *id;
                let none = || Refused::NoEntry { document: document.clone(), id: id.clone() };
                let portion = held.iter().find(same).ok_or_else(none)?;
                spread(vec![portion], Some(*hours), &format!("entry `{id}`"))
            };
            let of: Vec<Vec<(&HeldPortion, i64)>> = asked.iter().map(of).collect::<Result<_, Refused>>()?;
            of.concat()
        }
        Request::Entries(entries) => {
            let mut asked: BTreeMap<&str, Option<Hours>> = BTreeMap::new();
            for (id, hours) in entries {
                if asked.insert(id, *hours).is_some() {
                    return Err(Refused::NamedTwice(id.clone()));
                }
            }
            let mut chosen = Vec::new();
            for (id, hours) in asked {
                let asked = |portion: &&HeldPortion| portion.hours != 0 || (hours.is_none() && portion.uplift != 0);
                let of: Vec<&HeldPortion> = held.iter().filter(|portion| portion.id == id).filter(asked).collect();
                if of.is_empty() {
                    return Err(Refused::NoEntry { document: document.clone(), id: id.to_owned() });
                }
                chosen.extend(spread(of, hours, &format!("entry `{id}`"))?);
            }
            chosen
        }
        Request::Line(line, hours) => {
            let of_line = |left: &&BookLine| left.line.order_line == *line;
            let numbers: Vec<u32> = entry.lines.iter().filter(of_line).map(|left| left.line.line_no).collect();
            // A pack and what was billed beyond it may stand on one document: hours are of the latter.
            let by_time = entry.lines.iter().filter(of_line).any(|left| left.line.kind.by_time());
            let asked = |portion: &HeldPortion| portion.hours != 0 || (hours.is_none() && portion.uplift != 0);
            let some_left = |portion: &HeldPortion| asked(portion) && numbers.contains(&portion.line_no);
            let some_left = held.iter().any(some_left)
                || entry.lines.iter().filter(of_line).any(|left| !left.quantity.is_zero() || !left.hours.is_zero());
            if !some_left {
                return Err(Refused::NoLine { document: document.clone(), line: line.clone() });
            }
            if !by_time && hours.is_some() {
                return Err(Refused::NotByTime(line.clone()));
            }
            let mut of: Vec<&HeldPortion> =
                held.iter().filter(|portion| numbers.contains(&portion.line_no) && asked(portion)).collect();
            // Newest first.
            of.sort_by(|a, b| (b.days, &b.id, b.line_no).cmp(&(a.days, &a.id, a.line_no)));
            match hours.and_then(|hours| of.iter().find(|portion| portion.hours == hours.micros())) {
                Some(exact) => vec![(*exact, exact.hours)],
                None => spread(of, *hours, &format!("order line `{line}`"))?,
            }
        }
    };
    // What a minimum billed beyond hours that are gone goes with all that is left.
    chosen.retain(|(portion, hours)| *hours != 0 || (portion.hours == 0 && portion.uplift != 0));
    chosen.sort_by(|(a, _), (b, _)| (a.line_no, &a.id).cmp(&(b.line_no, &b.id)));
    Ok(chosen)
}

/// Spreads so many hours over portions in their order; without hours, takes all of them. Portions of the other sign are passed over.
fn spread<'a>(
    portions: Vec<&'a HeldPortion>,
    hours: Option<Hours>,
    what: &str,
) -> Result<Vec<(&'a HeldPortion, i64)>, Refused> {
    let Some(asked) = hours else { return Ok(portions.into_iter().map(|portion| (portion, portion.hours)).collect()) };
    if asked.micros() == 0 {
        return Err(Refused::Zero);
    }
    let mut rest = asked.micros();
    let same_sign = |portion: &&HeldPortion| (portion.hours < 0) == (asked.micros() < 0);
    let mut chosen = Vec::new();
    for portion in portions.iter().copied().filter(same_sign) {
        if rest == 0 {
            break;
        }
        let taken = if rest < 0 { rest.max(portion.hours) } else { rest.min(portion.hours) };
        chosen.push((portion, taken));
        rest -= taken;
    }
    if rest != 0 {
        // Where all are of the other sign, that says which sign to ask for.
        let of_sign = portions.iter().any(same_sign);
        let shown = portions.iter().filter(|portion| !of_sign || same_sign(portion));
        let left = shown.map(|portion| Hours::from_micros(portion.hours)).sum();
        return Err(Refused::TooMuch { asked, left, what: what.to_owned() });
    }
    Ok(chosen)
}

/// What goes beyond the hours of the portions that are taken back.
enum Lifted<'a> {
    /// All that they have.
    Whole,
    /// By id, of those where something does.
    Parts(BTreeMap<&'a str, i64>),
}

struct Taken<'a> {
    hours: HoursSum,
    /// Hours taken back beyond those that were worked (M6).
    uplift: HoursSum,
    quantity: Quantity,
    net: Money,
    /// The same by portion.
    lifted: Lifted<'a>,
    /// What an opening explained (G10): taken back only with the whole of it.
    explained: Quantity,
}

impl Taken<'_> {
    const NOTHING: Taken<'static> = Taken {
        hours: HoursSum::ZERO,
        uplift: HoursSum::ZERO,
        quantity: Quantity::ZERO,
        net: Money::ZERO,
        lifted: Lifted::Whole,
        explained: Quantity::ZERO,
    };
}

/// What is taken back of a line; `None` when nothing is. The last hours of a line take the rest of its quantity and money, but for what a
/// minimum billed that stands for hours of other documents from then on (M6).
fn of_line<'a>(
    entry: &BookEntry,
    left: &BookLine,
    held: &'a [HeldPortion],
    chosen: &[(&'a HeldPortion, i64)],
    (request, counted): (&Request, &mut Counted<'_>),
) -> Result<Option<Taken<'a>>, Refused> {
    let line = &left.line;
    let whole = Taken {
        hours: left.hours,
        uplift: left.uplift,
        quantity: left.quantity,
        net: left.net,
        lifted: Lifted::Whole,
        explained: Quantity::ZERO,
    };
    let of = |portion: &HeldPortion| portion.line_no == line.line_no;
    let of_line: Vec<(&HeldPortion, i64)> = chosen.iter().copied().filter(|(portion, _)| of(portion)).collect();
    let taken = BySign::of(of_line.iter().map(|(_, hours)| *hours));
    // Hours of both signs may be left of a line whose sums are 0.
    let something = !left.hours.is_zero() || !left.quantity.is_zero() || left.net != Money::ZERO || !taken.is_zero();
    match request {
        Request::Whole => {
            let explained = line.then.explained;
            let something = something || !explained.is_zero();
            return Ok(something.then_some(Taken { explained, ..whole }));
        }
        Request::Line(id, hours) if !line.kind.by_time() => {
            return Ok((something && hours.is_none() && line.order_line == *id).then_some(whole));
        }
        Request::Entries(_) | Request::Portions(_) | Request::Line(..) | Request::Quantity(..) => {}
        Request::Amount(_) | Request::LineAmount(..) => {}
    }
    if of_line.is_empty() {
        return Ok(None);
    }
    let of_held: Vec<&HeldPortion> = held.iter().filter(|portion| of(portion)).collect();
    let rest = BySign::of(of_held.iter().map(|portion| portion.hours)).less(&taken);
    let hours = taken.sum();
    let one_sided = (taken.positive == 0 && rest.positive == 0) || (taken.negative == 0 && rest.negative == 0);
    let known: HoursSum = of_held.iter().map(|portion| HoursSum::from_micros(portion.uplift.into())).sum();
    // Ledgers of older versions say what was billed of whole lines alone.
    let is_known = known == left.uplift;
    let (uplift, lifted) = uplift(left, (&of_held, &of_line), counted, (hours, one_sided, is_known));
    if rest.is_zero() && (!is_known || hours + uplift == left.hours + left.uplift) {
        // Of hours that are gone something may be left in the same group.
        let lifted = if line.minimum.is_some() && is_known { Lifted::Parts(lifted) } else { Lifted::Whole };
        return Ok(Some(Taken { lifted, ..whole }));
    }
    if taken.is_zero() && uplift.is_zero() {
        return Ok(None);
    }
    let after = left.quantity_without(hours + uplift).ok_or(Refused::TooLarge)?;
    // What rounding left over stays with the last hours, as long as that does not turn their sign.
    let after = Quantity::from_micros(match (rest.negative, rest.positive) {
        (0, 0) => after.micros(),
        (0, _) => after.micros().max(0),
        (_, 0) => after.micros().min(0),
        _ => after.micros(),
    });
    let quantity = left.quantity.checked_sub(after).ok_or(Refused::TooLarge)?;
    let (lifted, net) = (Lifted::Parts(lifted), net_of(entry, left, after)?);
    Ok(Some(Taken { hours, uplift, quantity, net, lifted, explained: Quantity::ZERO }))
}

/// The net that is taken back when `after` is left of the quantity.
fn net_of(entry: &BookEntry, left: &BookLine, after: Quantity) -> Result<Money, Refused> {
    let Some(currency) = entry.document.currency else { return Ok(Money::ZERO) };
    let after = left.net_at(after, currency).ok_or(Refused::TooLarge)?;
    left.net.checked_sub(after).ok_or(Refused::TooLarge)
}

/// How much of the lines of an order line a quantity takes, by their number: the first that has something left gives first.
fn quantities(entry: &BookEntry, id: &str, asked: Quantity) -> Result<BTreeMap<u32, Quantity>, Refused> {
    let some_left = |left: &&BookLine| !left.quantity.is_zero() || left.net != Money::ZERO;
    let named = |left: &&BookLine| left.line.order_line == id && !id.is_empty();
    let of: Vec<&BookLine> = entry.lines.iter().filter(named).filter(some_left).collect();
    if of.is_empty() {
        return Err(Refused::NoLine { document: entry.document.id.clone(), line: id.to_owned() });
    }
    if !of.iter().any(|left| left.line.kind.by_quantity()) {
        return Err(Refused::ByTime(id.to_owned()));
    }
    if asked.is_zero() {
        return Err(Refused::NoQuantity);
    }
    let mut taken = BTreeMap::new();
    let (mut rest, mut sum) = (asked.micros(), Quantity::ZERO);
    let mut uom = "";
    for left in of.iter().filter(|left| left.line.kind.by_quantity()) {
        uom = &left.line.uom;
        sum = sum.checked_add(left.quantity).ok_or(Refused::TooLarge)?;
        let part = i64::try_from(within(rest.into(), left.quantity.micros().into())).map_err(|_| Refused::TooLarge)?;
        if part != 0 {
            taken.insert(left.line.line_no, Quantity::from_micros(part));
            rest -= part;
        }
    }
    if rest != 0 {
        return Err(Refused::QuantityTooLarge { asked, left: sum, uom: uom.to_owned(), line: id.to_owned() });
    }
    Ok(taken)
}

/// A quantity of a line; the last of it takes the rest of its money.
fn of_quantity(entry: &BookEntry, left: &BookLine, quantity: Quantity) -> Result<Taken<'static>, Refused> {
    let after = left.quantity.checked_sub(quantity).ok_or(Refused::TooLarge)?;
    let net = if after.is_zero() { left.net } else { net_of(entry, left, after)? };
    Ok(Taken { quantity, net, ..Taken::NOTHING })
}

fn of_amounts(amounts: &Amounts, line_no: u32) -> Option<Taken<'static>> {
    let (net, quantity) = amounts.lines.get(&line_no).copied()?;
    Some(Taken { quantity, net, ..Taken::NOTHING })
}

/// Microseconds of some portions, those above and those below 0 apart: their sum may be 0 though there are some.
struct BySign {
    positive: i128,
    negative: i128,
}

impl BySign {
    fn of(hours: impl Iterator<Item = i64>) -> BySign {
        hours.fold(BySign { positive: 0, negative: 0 }, |sums, hours| BySign {
            positive: sums.positive + i128::from(hours.max(0)),
            negative: sums.negative + i128::from(hours.min(0)),
        })
    }

    fn less(&self, taken: &BySign) -> BySign {
        BySign { positive: self.positive - taken.positive, negative: self.negative - taken.negative }
    }

    fn is_zero(&self) -> bool {
        self.positive == 0 && self.negative == 0
    }

    fn sum(&self) -> HoursSum {
        HoursSum::from_micros(self.positive + self.negative)
    }
}

/// Taxes and totals of the document that takes the lines back: what is taken back in pieces adds up to the document.
fn totals(
    entry: &BookEntry,
    request: &Request,
    amounts: Option<&Amounts>,
    lines: &[Line],
    kind: DocumentKind,
    effect: Effect,
    id: String,
) -> Result<Document, Refused> {
    let sum = |mut amounts: Box<dyn Iterator<Item = Money> + '_>| {
        amounts.try_fold(Money::ZERO, Money::checked_add).ok_or(Refused::TooLarge)
    };
    let net = sum(Box::new(lines.iter().map(|line| line.net)))?;
    // What will be left of the net of each line.
    let mut nets: BTreeMap<u32, Money> = BTreeMap::new();
    for left in &entry.lines {
        let taken = lines.iter().find(|line| line.source_line == Some(left.line.line_no));
        let taken = taken.map_or(Money::ZERO, |taken| taken.net);
        nets.insert(left.line.line_no, left.net.checked_add(taken).ok_or(Refused::TooLarge)?);
    }
    let after = |left: &BookLine| *nets.get(&left.line.line_no).or_bug("every line has what is left of it");
    let nothing_left = nets.values().all(|net| *net == Money::ZERO);
    let mut taxes = Vec::new();
    for (nth, (rate, _, amount_left)) in entry.taxes_left.iter().enumerate() {
        let touched = || lines.iter().any(|line| line.rates.contains(rate));
        let taken = match amounts {
            Some(amounts) => amounts.taxes.get(nth).copied().ok_or(Refused::TooLarge)?,
            None if nothing_left || *request == Request::Whole => *amount_left,
            None if touched() => amount::taken_tax(entry, nth, after).ok_or(Refused::TooLarge)?,
            None => Money::ZERO,
        };
        let (base, amount) = (base(rate, lines).ok_or(Refused::TooLarge)?, taken.negated());
        if base != Money::ZERO || amount != Money::ZERO {
            taxes.push(TaxShare { rate: rate.clone(), base, amount });
        }
    }
    let tax = sum(Box::new(taxes.iter().map(|tax| tax.amount)))?;
    let rounding = match amounts {
        Some(amounts) => amounts.rounding.negated(),
        None if nothing_left => entry.rounding_left.negated(),
        None => Money::ZERO,
    };
    let total = net.checked_add(tax).and_then(|taken| taken.checked_add(rounding)).ok_or(Refused::TooLarge)?;
    Ok(Document {
        id,
        kind,
        effect,
        source: Some(entry.document.id.clone()),
        net,
        tax,
        rounding,
        total,
        taxes,
        note: String::new(),
        lines: u32::try_from(lines.len()).map_err(|_| Refused::TooLarge)?,
        ..entry.document.clone()
    })
}

/// For messages: what a request asks for, in one line that is the same for the same request.
pub fn request_text(document: &str, request: &Request, effect: Effect) -> String {
    let mode = match effect {
        Effect::WriteOff => " --write-off",
        Effect::Rebill | Effect::Billed | Effect::Covered | Effect::Uncovered | Effect::Held => " --rebill",
    };
    match request {
        Request::Whole => format!("void {document}"),
        Request::Entries(entries) => {
            let mut named: Vec<String> = entries
                .iter()
                .map(|(id, hours)| {
                    hours.map_or_else(|| format!(" --entry {id}"), |hours| format!(" --entry {id}={hours}"))
                })
                .collect();
            named.sort();
            named.dedup();
            format!("credit {document}{}{mode}", named.concat())
        }
        // No command asks for it.
        Request::Portions(asked) => format!("credit {document} of {} portions{mode}", asked.len()),
        Request::Line(line, None) => format!("credit {document} --line {line}{mode}"),
        Request::Line(line, Some(hours)) => format!("credit {document} --line {line} --hours {hours}{mode}"),
        Request::Quantity(line, quantity) => format!("credit {document} --line {line} --quantity {quantity}{mode}"),
        // It opens nothing, whatever is said.
        Request::LineAmount(line, amount) => format!("credit {document} --line {line} --amount {amount}"),
        Request::Amount(amount) => format!("credit {document} --amount {amount}{mode}"),
    }
}
