//! Drafts and their lines. B8 turns the signs of a credit note here, and nowhere else; documents use the same functions.

use std::collections::BTreeSet;

use super::{Results, Sink, Table, TableColumn, columns, table};
use crate::bill::{Draft, DraftLine, PartKind};
use crate::bug::OrBug;
use crate::calendar::Date;
use crate::model::{OrderLine, World};
use crate::quantity::{Currency, HoursSum, Money, Percent, Quantity, UnitPrice, power_of_ten};

columns! {
    INVOICES, invoice(results: Results<'_>, draft: &Draft) {
        let world = results.world;
        let lines = draft.parts.iter().map(|part| world.lines.at(part.line));
        let orders: BTreeSet<&str> = lines.map(|line| world.orders.id(line.order)).collect();
        let money = |amount: Money| Some((turned_money(draft, amount), draft.currency()));
        let hours: HoursSum = draft.parts.iter().map(|part| part.hours).sum();
    } => {
        invoice_id Text [0] "id of the draft (B7)": &draft.id,
        kind Text "`invoice`, `credit_note`, `down_payment`; `zero` with `rules.zero_drafts = \"close\"`": draft.kind().name(),
        customer_id Text "who pays": world.customers.id(draft.key.party),
        customer_name Text "their name": &world.customers.at(draft.key.party).name,
        company Text "who bills": world.companies.id(draft.key.company),
        currency Text "ISO 4217": draft.currency().code(),
        period_from Date "least date of its lines": Some(draft.from),
        period_to Date "greatest date of its lines": Some(draft.to),
        orders Text "ids of its orders, joined with `, `": &orders.into_iter().collect::<Vec<_>>().join(", "),
        lines Count "how many": i64::try_from(draft.parts.len()).ok(),
        net_amount Money "sum of the lines": money(draft.amounts.net),
        tax_amount Money "B9": money(draft.amounts.tax),
        rounding_amount Money "what no net of a down payment can close (D1, BT-114)": money(draft.amounts.rounding),
        total_amount Money "net, tax and rounding": money(draft.amounts.total),
        hours Hours "of its lines billed by time": Some(turned_hours(draft, hours)),
        note Text "texts for the customer (§8.8)": &draft.notes.join("; "),
    }
}

pub(super) fn invoices(results: Results<'_>) -> Table<'_> {
    let drafts = &results.billing.drafts;
    table("invoices", INVOICES, drafts.len(), move |row, out| {
        invoice(results, drafts.get(row).or_bug("every row is of a draft"), out);
    })
}

columns! {
    INVOICE_LINES, invoice_line(results: Results<'_>, draft: &Draft, line_no: i64, part: &DraftLine, line: &OrderLine) {
        let world = results.world;
        let quantity = part.quantity.map(|quantity| turned_quantity(draft, quantity));
        let (from, to) = draft.service_period(part);
        let shown = Shown::of(results, draft, part, line);
        let order = match &part.kind {
            PartKind::Refund(refund) => &refund.line.order,
            PartKind::Line(_) | PartKind::Overage | PartKind::DownPayment(_) | PartKind::Deduction(_) => {
                world.orders.id(line.order)
            }
        };
    } => {
        invoice_id Text [0] "its draft": &draft.id,
        line_no Count "from 1": Some(line_no),
        kind Text "`time`, `prepaid`, `manual`, `milestones`, `down_payment`, `down_payment_deduction`": part.line_kind().name(),
        order_id Text "the order": order,
        order_line_id Text "the order line; empty for down payments": shown.order_line,
        product Text "what is sold": shown.product,
        description Text "what the customer reads": &shown.description,
        quantity Decimal "B1, B3; in the unit": quantity.map(|quantity| quantity.micros()),
        uom Text "the unit": shown.uom,
        unit_price Decimal "of one unit": shown.price.map(|price| price.micros()),
        discount_pct Decimal "percent": Some(shown.discount.micros()),
        net_amount Money "B4": part.net.map(|net| (turned_money(draft, net), draft.currency())),
        taxes Text "names, joined with `, `": &shown.taxes.join(", "),
        hours Hours "of its entries; empty on lines that are not billed by time": part.is_time().then(|| turned_hours(draft, part.hours)),
        period_from Date "B10: first service date": Some(from),
        period_to Date "last service date": Some(to),
        adjustments Text "what was adjusted of it, and why (§8.1)": &line_adjustments(world, part),
        late Flag "its hours are dated before the period (K2)": Some(part.late),
        uplift_hours Hours "billed beyond the hours that were worked (M4); stands only where the job has minimums": part.is_time().then(|| turned_hours(draft, part.uplift)),
    }
}

/// Columns that stand in every run: all but the last one.
pub(super) const INVOICE_LINES_WITHOUT_UPLIFT: &[TableColumn] = match INVOICE_LINES.split_last() {
    Some((_, others)) => others,
    None => &[],
};

/// Lets go of what stands behind so many cells of a row.
struct First<'a> {
    cells: usize,
    out: &'a mut dyn Sink,
}

impl First<'_> {
    fn put(&mut self, cell: impl FnOnce(&mut dyn Sink)) {
        if let Some(left) = self.cells.checked_sub(1) {
            self.cells = left;
            cell(self.out);
        }
    }
}

impl Sink for First<'_> {
    fn text(&mut self, text: &str) {
        self.put(|out| out.text(text));
    }

    fn date(&mut self, date: Option<Date>) {
        self.put(|out| out.date(date));
    }

    fn flag(&mut self, flag: Option<bool>) {
        self.put(|out| out.flag(flag));
    }

    fn count(&mut self, count: Option<i64>) {
        self.put(|out| out.count(count));
    }

    fn hours(&mut self, hours: Option<HoursSum>) {
        self.put(|out| out.hours(hours));
    }

    fn decimal(&mut self, micros: Option<i64>) {
        self.put(|out| out.decimal(micros));
    }

    fn money(&mut self, money: Option<(Money, Currency)>) {
        self.put(|out| out.money(money));
    }

    fn end_row(&mut self) {
        self.out.end_row();
    }
}

pub(super) fn invoice_lines(results: Results<'_>) -> Table<'_> {
    let lines: Vec<(&Draft, i64, &DraftLine)> = results
        .billing
        .drafts
        .iter()
        .flat_map(|draft| (1_i64..).zip(&draft.parts).map(move |(line_no, part)| (draft, line_no, part)))
        .collect();
    let has_minimums = results.world.has_minimums(results.settings.rules.minimum);
    let columns = if has_minimums { INVOICE_LINES } else { INVOICE_LINES_WITHOUT_UPLIFT };
    table("invoice_lines", columns, lines.len(), move |row, out| {
        let (draft, line_no, part) = lines.get(row).or_bug("every row is of a line of a draft");
        let mut first = First { cells: columns.len(), out };
        invoice_line(results, draft, *line_no, part, results.world.lines.at(part.line), &mut first);
    })
}

/// What a line of a draft says to whom reads it.
pub struct Shown<'a> {
    /// Empty for down payments; the ERP's line for the deduction of one that it invoiced.
    pub order_line: &'a str,
    pub product: &'a str,
    pub description: String,
    pub uom: &'a str,
    /// `None` when it cannot be held exactly.
    pub price: Option<UnitPrice>,
    pub discount: Percent,
    pub taxes: &'a [String],
}

impl<'a> Shown<'a> {
    pub fn of(results: Results<'a>, draft: &Draft, part: &'a DraftLine, line: &'a OrderLine) -> Shown<'a> {
        let down_payment = match &part.kind {
            PartKind::Line(_) | PartKind::Overage => {
                return Shown {
                    order_line: results.world.lines.id(part.line),
                    product: &line.product,
                    description: description(results, draft, part, line),
                    uom: &line.uom,
                    price: Some(part.terms.price),
                    discount: part.terms.discount,
                    taxes: &line.taxes,
                };
            }
            PartKind::DownPayment(down_payment) | PartKind::Deduction(down_payment) => down_payment,
            PartKind::Refund(refund) => {
                return Shown {
                    order_line: &refund.line.order_line,
                    product: &refund.line.product,
                    description: format!("{}: correction of {}", refund.line.product, refund.document),
                    uom: &refund.line.uom,
                    price: Some(refund.line.price),
                    discount: refund.line.discount,
                    taxes: &refund.taxes,
                };
            }
        };
        // One unit of what it comes to.
        let amount = part.net.map(|net| if part.quantity < Some(Quantity::ZERO) { net.negated() } else { net });
        let scale = 6_u32.checked_sub(line.currency.digits()).and_then(power_of_ten);
        let price = amount.zip(scale).and_then(|(amount, scale)| amount.minor().checked_mul(scale));
        Shown {
            order_line: down_payment.erp_line.map_or("", |line| results.world.lines.id(line)),
            product: "Down payment",
            description: down_payment.description.clone(),
            uom: "",
            price: price.and_then(|micros| i64::try_from(micros).ok()).map(UnitPrice::from_micros),
            discount: Percent::ZERO,
            taxes: &down_payment.taxes,
        }
    }
}

/// §8.1: what was adjusted of the line, and why.
pub fn line_adjustments(world: &World, part: &DraftLine) -> String {
    let all = &world.adjustments;
    let Some(edits) = part.order_line().and_then(|line| all.of_line(line)) else { return String::new() };
    let terms = [part.terms.price_by, part.terms.discount_by].into_iter().flatten();
    // A cap for all dates stands there whether it leaves anything out or not.
    let always = edits.cap.always().map(|(_, why)| why).filter(|why| !part.caps.contains(why));
    let told = terms.chain(always).chain(part.caps.iter().copied()).map(|why| all.text_of(why));
    told.collect::<Vec<_>>().join("; ")
}

/// The order line's own words, else its product; with the ticket when the draft is for one, with what decided on the price (C8), and with the
/// notes of the line.
fn description(results: Results<'_>, draft: &Draft, part: &DraftLine, line: &OrderLine) -> String {
    let words = if line.description.is_empty() { &line.product } else { &line.description };
    let mut words = match draft.key.ticket.ticket {
        Some(ticket) => format!("{words} ({})", results.world.tickets.id(ticket)),
        None => words.clone(),
    };
    if part.kind == PartKind::Overage {
        words.push_str(": hours beyond the pack");
    }
    if !part.decided_by.is_empty() {
        words = format!("{words} ({})", part.decided_by.join(", "));
    }
    let all = &results.world.adjustments;
    for note in all.of_line(part.line).into_iter().flat_map(|edits| &edits.notes) {
        words.push_str(" - ");
        words.push_str(&all.at(*note).action.value());
    }
    words
}

pub fn turned_money(draft: &Draft, amount: Money) -> Money {
    if draft.is_credit_note() { amount.negated() } else { amount }
}

pub fn turned_quantity(draft: &Draft, quantity: Quantity) -> Quantity {
    if draft.is_credit_note() { quantity.negated() } else { quantity }
}

pub fn turned_hours(draft: &Draft, hours: HoursSum) -> HoursSum {
    if draft.is_credit_note() { -hours } else { hours }
}
