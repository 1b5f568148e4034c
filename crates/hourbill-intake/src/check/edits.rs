//! What people ask for beside the exports: rows become requests for down payments (D1), adjustments (§8) and credits (§7.6).

use super::World;
use super::row::Row;
use super::table::{self, CheckedRows, SetAside};
use super::value::{self, Grammar};
use crate::calendar::Date;
use crate::down_payment::Method;
use crate::finding::{Code, Subject};
use crate::inputs::{self, Input};
use crate::model::{Action, Adjustment, CreditWanted, Credited, DownPaymentRequest, TargetKind, Treatment, Window};
use crate::quantity::{Currency, Hours, Percent, Quantity};
use crate::read::{Batch, Cell, Piece};

pub struct RequestRow {
    method: Method,
    requested_on: Option<Date>,
}

pub fn request_rows(batch: &Batch<'_>, grammar: &Grammar<'_>) -> CheckedRows<RequestRow> {
    use inputs::downpayments as field;
    table::rows(batch, Input::Downpayments, |row| {
        let words = [("percentage", true), ("fixed", false)];
        let method = match row.choice(grammar, field::METHOD, &words, "`percentage`, `fixed`") {
            Some(true) => row.read(field::VALUE, |cell| grammar.percent(cell)).and_then(|percent| {
                let within = percent > Percent::ZERO && percent <= Percent::HUNDRED;
                if !within {
                    row.cell_error(Code::OutOfLimits, field::VALUE, "is not above 0 and at most 100");
                }
                within.then_some(Method::Percentage(percent))
            }),
            Some(false) => row.read(field::VALUE, |cell| grammar.factor(cell)).map(Method::Fixed),
            None => {
                row.read(field::VALUE, |cell| grammar.quantity(cell));
                None
            }
        };
        let requested_on = row.read(field::REQUESTED_ON, |cell| grammar.date(cell));
        Some(RequestRow { method: method?, requested_on })
    })
}

pub fn add_requests(world: &mut World, pieces: Vec<Piece<CheckedRows<RequestRow>>>) -> SetAside {
    let aside = table::settle_listed(Input::Downpayments, Subject::Order, pieces, |order, place, row| {
        let RequestRow { method, requested_on } = row;
        world.requests.push(DownPaymentRequest { order: order.to_owned(), method, requested_on, place });
    });
    world.requests.sort_by(|a, b| (&a.order, a.requested_on, a.method).cmp(&(&b.order, b.requested_on, b.method)));
    aside
}

#[derive(Clone, Copy, PartialEq)]
enum Word {
    Hold,
    WriteOff,
    NonBillable,
    CapHours,
    Move,
    Price,
    Discount,
    Note,
    Release,
    SameAs,
    Accept,
}

const WORDS: [(&str, Word); 11] = [
    ("hold", Word::Hold),
    ("write_off", Word::WriteOff),
    ("non_billable", Word::NonBillable),
    ("cap_hours", Word::CapHours),
    ("move", Word::Move),
    ("price", Word::Price),
    ("discount", Word::Discount),
    ("note", Word::Note),
    ("release", Word::Release),
    ("same_as", Word::SameAs),
    ("accept", Word::Accept),
];

/// What can be accepted: what holds lines of which the ERP invoiced more than we know of (G10), and the bounds of a job; those that
/// are per currency have its code behind a point.
const ACCEPTED: [(&str, bool); 14] = [
    ("invoiced-elsewhere", false),
    ("employee_day_hours", false),
    ("overlap_minutes", false),
    ("future_days", false),
    ("twins", false),
    ("unit_price", true),
    ("discount_pct", false),
    ("draft_amount", true),
    ("draft_hours", false),
    ("run_amount", true),
    ("unassigned_pct", false),
    ("held_pct", false),
    ("draft_vs_median", false),
    ("input_vs_median", false),
];

pub struct AdjustmentRow {
    action: Action,
    kind: Option<TargetKind>,
    /// Without the kind.
    id: String,
    reason: String,
    by: String,
    on: Option<Date>,
    window: Window,
}

pub fn adjustment_rows(batch: &Batch<'_>, grammar: &Grammar<'_>) -> CheckedRows<AdjustmentRow> {
    use inputs::adjustments as field;
    table::rows_named_by(batch, Input::Adjustments, field::TARGET, |row| {
        let spoken = WORDS.map(|(word, _)| format!("`{word}`")).join(", ");
        let word = row.choice(grammar, field::ACTION, &WORDS, &spoken);
        let action = action(row, grammar, word);
        let reason = row.text(field::REASON).into_owned();
        let by = value::trimmed(&row.text(field::BY)).to_owned();
        let on = row.read(field::ON, |cell| grammar.date(cell));
        let window = window(row, grammar);
        let (kind, id) = target(row, action.as_ref());
        Some(AdjustmentRow { action: action?, kind, id, reason: value::trimmed(&reason).to_owned(), by, on, window })
    })
}

fn window(row: &mut Row<'_>, grammar: &Grammar<'_>) -> Window {
    use inputs::adjustments as field;
    let from = row.read(field::FROM, |cell| grammar.date(cell));
    let to = row.read(field::TO, |cell| grammar.date(cell));
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        row.cell_error(Code::OutOfLimits, field::TO, "is before `from`");
    }
    Window { from, to }
}

fn action(row: &mut Row<'_>, grammar: &Grammar<'_>, word: Option<Word>) -> Option<Action> {
    use inputs::adjustments::VALUE;
    let action = match word {
        None => {
            row.text(VALUE);
            return None;
        }
        Some(Word::CapHours) => row.read(VALUE, |cell| grammar.hours(cell)).and_then(|hours| {
            if hours < Hours::ZERO {
                row.cell_error(Code::OutOfLimits, VALUE, "is below 0");
                return None;
            }
            Some(Action::CapHours(hours))
        }),
        Some(Word::Price) => row.read(VALUE, |cell| grammar.price(cell)).map(Action::Price),
        Some(Word::Discount) => row.read(VALUE, |cell| grammar.discount(cell)).map(Action::Discount),
        Some(word @ (Word::Move | Word::Note | Word::SameAs)) => {
            let text = row.text(VALUE);
            let text = Some(text.into_owned()).filter(|text| !value::trimmed(text).is_empty());
            text.map(|text| match word {
                Word::Move => Action::Move(text),
                Word::SameAs => Action::SameAs(text),
                _ => Action::Note(value::trimmed(&text).to_owned()),
            })
        }
        Some(Word::Accept) => accept(row, grammar),
        Some(word @ (Word::Hold | Word::WriteOff | Word::NonBillable | Word::Release)) => {
            if !value::trimmed(&row.text(VALUE)).is_empty() {
                row.cell_error(Code::UnreadableValue, VALUE, "says nothing: this action has no value");
            }
            return Some(match word {
                Word::Hold => Action::Hold,
                Word::WriteOff => Action::WriteOff,
                Word::Release => Action::Release,
                _ => Action::NonBillable,
            });
        }
    };
    if value::trimmed(&value::text(row.cell(VALUE))).is_empty() {
        row.cell_error(Code::EmptyValue, VALUE, "is empty, and this action needs a value");
    }
    action
}

/// `invoiced-elsewhere<=8`: what is accepted, and up to which figure.
fn accept(row: &mut Row<'_>, grammar: &Grammar<'_>) -> Option<Action> {
    use inputs::adjustments::VALUE;
    let whole = row.text(VALUE).into_owned();
    if value::trimmed(&whole).is_empty() {
        return None;
    }
    let Some((name, figure)) = whole.split_once("<=") else {
        row.cell_error(Code::UnreadableValue, VALUE, "is not a name and a figure, as in `invoiced-elsewhere<=8`");
        return None;
    };
    let name = value::trimmed(name);
    let known = ACCEPTED.iter().any(|&(known, per_currency)| match name.strip_prefix(known) {
        Some("") => !per_currency,
        Some(rest) if per_currency => rest.strip_prefix('.').is_some_and(|code| Currency::from_code(code).is_some()),
        _ => false,
    });
    if !known {
        let names = ACCEPTED.map(|(name, per_currency)| format!("`{name}{}`", if per_currency { ".EUR" } else { "" }));
        row.cell_error(Code::UnreadableValue, VALUE, &format!("names none of {}", names.join(", ")));
        return None;
    }
    match grammar.quantity(Cell::Text(figure)) {
        Ok(Some(figure)) if figure >= Quantity::ZERO => Some(Action::Accept { name: name.to_owned(), figure }),
        Ok(Some(_)) => {
            row.cell_error(Code::OutOfLimits, VALUE, "accepts a figure below 0");
            None
        }
        Ok(None) => {
            row.cell_error(Code::UnreadableValue, VALUE, "has no figure behind `<=`");
            None
        }
        Err(misread) => {
            row.cell_error(misread.code, VALUE, &misread.why);
            None
        }
    }
}

/// `entry:TS-1` or a bare id.
fn target(row: &mut Row<'_>, action: Option<&Action>) -> (Option<TargetKind>, String) {
    use inputs::adjustments::TARGET;
    let whole = value::text(row.cell(TARGET)).into_owned();
    if matches!(action, Some(Action::Accept { .. })) && value::trimmed(&whole) == TargetKind::Run.name() {
        return (Some(TargetKind::Run), TargetKind::Run.name().to_owned());
    }
    let named = whole.split_once(':').and_then(|(kind, id)| {
        let kind = value::trimmed(kind);
        Some((TargetKind::ALL.into_iter().find(|known| known.name() == kind)?, id))
    });
    let Some((kind, id)) = named else { return (None, whole) };
    if value::trimmed(id).is_empty() {
        row.cell_error(Code::EmptyValue, TARGET, "names no id");
    }
    if let Some(action) = action
        && !action.targets().contains(&kind)
    {
        let allowed: Vec<String> = action.targets().iter().map(|kind| format!("`{}`", kind.name())).collect();
        let why = format!("names what a {} cannot change, only {}", action.name(), allowed.join(", "));
        row.cell_error(Code::UnreadableValue, TARGET, &why);
    }
    (Some(kind), id.to_owned())
}

pub fn add_adjustments(world: &mut World, pieces: Vec<Piece<CheckedRows<AdjustmentRow>>>) -> SetAside {
    let mut rows = Vec::new();
    let aside = table::settle_listed(Input::Adjustments, Subject::Input, pieces, |_, place, row| {
        let AdjustmentRow { action, kind, id, reason, by, on, window } = row;
        rows.push(Adjustment { action, kind, id, reason, by, on, window, place });
    });
    super::adjust::announce(world, rows);
    aside
}

pub struct CreditRow {
    what: Credited,
    treatment: Treatment,
    reason: String,
    by: String,
    on: Option<Date>,
}

pub fn credit_rows(batch: &Batch<'_>, grammar: &Grammar<'_>) -> CheckedRows<CreditRow> {
    use inputs::credits as field;
    table::rows(batch, Input::Credits, |row| {
        let entry = row.text(field::TIMESHEET_ID).into_owned();
        let line = row.text(field::ORDER_LINE_ID).into_owned();
        let hours = row.read(field::HOURS, |cell| grammar.hours(cell));
        let quantity = row.read(field::QUANTITY, |cell| grammar.quantity(cell));
        let amount = row.read(field::AMOUNT, |cell| grammar.quantity(cell));
        let treatments = [("rebill", Treatment::Rebill), ("write_off", Treatment::WriteOff)];
        let treatment = row.choice(grammar, field::TREATMENT, &treatments, "`rebill`, `write_off`");
        let reason = row.text(field::REASON).into_owned();
        let by = value::trimmed(&row.text(field::BY)).to_owned();
        let on = row.read(field::ON, |cell| grammar.date(cell));
        if hours == Some(Hours::ZERO) {
            row.cell_error(Code::OutOfLimits, field::HOURS, "takes nothing back");
        }
        for (field, figure) in [(field::QUANTITY, quantity), (field::AMOUNT, amount)] {
            if figure == Some(Quantity::ZERO) {
                row.cell_error(Code::OutOfLimits, field, "takes nothing back");
            }
        }
        let what = credited(row, (entry, line), (hours, quantity, amount));
        let treatment = treated(row, what.as_ref(), treatment);
        let reason = value::trimmed(&reason).to_owned();
        Some(CreditRow { what: what?, treatment: treatment?, reason, by, on })
    })
}

/// What a row takes back: exactly one of an entry, a line with hours, with a quantity or with an amount, and an amount of a down payment.
fn credited(
    row: &mut Row<'_>,
    (entry, line): (String, String),
    (hours, quantity, amount): (Option<Hours>, Option<Quantity>, Option<Quantity>),
) -> Option<Credited> {
    use inputs::credits as field;
    let empty = |row: &Row<'_>, field| value::trimmed(&value::text(row.cell(field))).is_empty();
    let figures = [field::HOURS, field::QUANTITY, field::AMOUNT].map(|field| !empty(row, field));
    match (entry.is_empty(), line.is_empty(), figures) {
        (false, true, [_, false, false]) => Some(Credited::Entry { id: entry, hours }),
        (true, false, [true, false, false]) => hours.map(|hours| Credited::Line { id: line, hours }),
        (true, false, [false, true, false]) => quantity.map(|quantity| Credited::Quantity { id: line, quantity }),
        (true, false, [false, false, true]) => amount.map(|amount| Credited::LineAmount { id: line, amount }),
        (true, false, [false, false, false]) => {
            let why = "is empty: say how many hours, which quantity or which amount of the order line";
            row.cell_error(Code::EmptyValue, field::HOURS, why);
            None
        }
        (true, true, [false, false, true]) => {
            if amount.is_some_and(|amount| amount < Quantity::ZERO) {
                row.cell_error(Code::UnreadableValue, field::AMOUNT, "is not above 0");
            }
            amount.map(Credited::Amount)
        }
        (_, _, [one, other, third]) if usize::from(one) + usize::from(other) + usize::from(third) > 1 => {
            let fields = [(field::AMOUNT, third), (field::QUANTITY, other), (field::HOURS, one)];
            let beside = if third { "an amount" } else { "a quantity" };
            let why = format!("stands beside {beside}: say one of them");
            for (field, _) in fields.into_iter().filter(|(_, filled)| *filled).skip(1) {
                row.cell_error(Code::UnreadableValue, field, &why);
            }
            None
        }
        _ => {
            let why = "the row names none or several of `timesheet_id`, `order_line_id` and `amount`";
            row.error(Code::UnreadableValue, "", why, String::new());
            None
        }
    }
}

/// What becomes of it. An amount opens no hour and no quantity: nothing need be said of it.
fn treated(row: &mut Row<'_>, what: Option<&Credited>, treatment: Option<Treatment>) -> Option<Treatment> {
    let field = inputs::credits::TREATMENT;
    let said = !value::trimmed(&value::text(row.cell(field))).is_empty();
    match what {
        Some(Credited::LineAmount { .. }) if treatment == Some(Treatment::Rebill) => {
            let why = "is `rebill`: an amount of an order line opens nothing that could be billed again";
            row.cell_error(Code::UnreadableValue, field, why);
            None
        }
        Some(Credited::LineAmount { .. } | Credited::Amount(_)) if !said => Some(Treatment::WriteOff),
        _ if !said => {
            row.cell_error(Code::EmptyValue, field, "is empty");
            None
        }
        _ => treatment,
    }
}

pub fn add_credits(world: &mut World, pieces: Vec<Piece<CheckedRows<CreditRow>>>) -> SetAside {
    table::settle_listed(Input::Credits, Subject::Draft, pieces, |document, place, row| {
        let CreditRow { what, treatment, reason, by, on } = row;
        world.credits.push(CreditWanted { document: document.to_owned(), what, treatment, reason, by, on, place });
    })
}
