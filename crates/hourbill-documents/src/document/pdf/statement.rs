//! `statement.pdf` (S1): the balances of all packs on one table, then each pack with every entry that drew on it. In the buyer's language and
//! the layout of an invoice, and hours in the job's form, as there.

use super::letterhead::{Letterhead, Margins};
use super::page::{Flow, LEFT, PageCell, PageColumn, RIGHT, Style, TextAlign};
use super::text::Faces;
use super::{ALARM, BODY, BROKEN_FONTS, HEAD, HEADING, SMALL, STRONG, column, draw, joined};
use crate::calendar::Date;
use crate::document::labels::{Label, Language};
use crate::document::stated::{HoursStatement, StatedEntry, StatedPack};
use crate::quantity::HoursSum;

/// The bytes of the PDF.
///
/// # Errors
/// What the writer of the format refuses; no data does.
pub fn bytes(statement: &HoursStatement) -> Result<Vec<u8>, String> {
    let faces = Faces::get().ok_or(BROKEN_FONTS)?;
    let mut sheet = StatementSheet::new(statement, faces);
    sheet.top();
    sheet.balances();
    sheet.packs();
    sheet.headers_and_footers();
    let title = format!("{} {}", sheet.label(Label::Statement), statement.buyer.customer_id);
    let about = draw::About { title: &title, author: &statement.seller.name, language: sheet.language, archival: None };
    draw::bytes(&about, &sheet.flow)
}

struct StatementSheet<'a> {
    statement: &'a HoursStatement,
    language: Language,
    filled: Filled,
    flow: Flow,
}

/// A figure of a pack.
type Figure = fn(&StatedPack) -> HoursSum;

/// Columns of entries that say something on the statement.
#[derive(Clone, Copy)]
struct Filled {
    ticket: bool,
    employee: bool,
    work: bool,
}

const DATE_WIDTH: f32 = 60.0;
const HOURS_WIDTH: f32 = 70.0;

impl<'a> StatementSheet<'a> {
    fn new(statement: &'a HoursStatement, faces: &'static Faces) -> StatementSheet<'a> {
        let entries = || {
            let packs = statement.packs.iter();
            packs.flat_map(|pack| pack.used_entries.iter().chain(&pack.not_final).chain(&pack.corrections))
        };
        let any = |text: fn(&StatedEntry) -> &str| entries().any(|entry| !text(entry).trim().is_empty());
        StatementSheet {
            statement,
            language: Language::of(&statement.buyer.contact.language),
            filled: Filled {
                ticket: any(|entry| &entry.ticket_id),
                employee: any(|entry| &entry.employee),
                work: any(|entry| &entry.description),
            },
            flow: Flow::new(faces),
        }
    }

    fn label(&self, label: Label) -> &'static str {
        label.text(self.language)
    }

    fn hours(&self, hours: HoursSum) -> String {
        self.language.hours(self.statement.hours_form, hours)
    }

    /// Some figure says more than the job's form of hours shows.
    fn is_rounded(&self) -> bool {
        let packs = self.statement.packs.iter();
        let mut figures = packs.flat_map(|pack| {
            let own = [pack.opening, pack.bought, pack.used, pack.expired, pack.adjusted, pack.closing];
            let entries = pack.used_entries.iter().chain(&pack.not_final).chain(&pack.corrections);
            own.into_iter().chain(entries.map(|entry| entry.hours))
        });
        figures.any(|hours| !self.statement.hours_form.is_exact(hours))
    }

    /// Something of it may still change.
    fn is_open(&self) -> bool {
        self.statement.packs.iter().any(|pack| !pack.not_final.is_empty())
    }

    fn letterhead(&self) -> Letterhead<'a> {
        let HoursStatement { seller, buyer, .. } = self.statement;
        Letterhead { seller, buyer, language: self.language }
    }

    fn top(&mut self) {
        let letterhead = self.letterhead();
        let mark = self.is_open().then(|| self.label(Label::NotFinal));
        let title = self.label(Label::Statement);
        letterhead.seller_and_title(&mut self.flow, &[], title, mark);
        let facts = self.facts();
        letterhead.buyer_and_facts(&mut self.flow, Label::Customer, &[], &facts);
    }

    fn facts(&self) -> Vec<(Label, String)> {
        let statement = self.statement;
        let mut facts = vec![(Label::CustomerNumber, statement.buyer.customer_id.clone())];
        if let Some(period) = self.period() {
            facts.push((Label::StatementPeriod, period));
        }
        facts.extend(statement.on.map(|date| (Label::BalanceOn, self.language.date(date))));
        if !statement.company.is_empty() && statement.company != statement.seller.name {
            facts.push((Label::Company, statement.company.clone()));
        }
        facts
    }

    fn period(&self) -> Option<String> {
        let date = |date: Date| self.language.date(date);
        match (self.statement.from, self.statement.to) {
            (Some(from), Some(to)) => Some(format!("{} – {}", date(from), date(to))),
            (Some(from), None) => Some(format!("{} {}", self.label(Label::Since), date(from))),
            (None, Some(to)) => Some(format!("{} {}", self.label(Label::Until), date(to))),
            (None, None) => None,
        }
    }

    /// What a pack is called: its product, its order, and the day on which it was bought.
    fn pack_facts(&self, pack: &StatedPack) -> String {
        let order = Some(&pack.order).filter(|order| !order.is_empty());
        let order = order.map_or_else(String::new, |order| format!("{} {order}", self.label(Label::Order)));
        let bought = pack.bought_on.map(|date| format!("{} {}", self.label(Label::BoughtOn), self.language.date(date)));
        joined(&[&order, bought.as_deref().unwrap_or_default()])
    }

    /// The balances of all packs.
    fn balances(&mut self) {
        let packs = &self.statement.packs;
        let any = |figure: Figure| packs.iter().any(|pack| !figure(pack).is_zero());
        let figures: Vec<(Label, Figure)> = [
            (true, Label::Opening, (|pack| pack.opening) as Figure),
            (true, Label::Bought, |pack| pack.bought),
            (true, Label::Used, |pack| pack.used),
            (any(|pack| pack.expired), Label::Expired, |pack| pack.expired),
            (any(|pack| pack.adjusted), Label::Corrections, |pack| pack.adjusted),
            (true, Label::Closing, |pack| pack.closing),
        ]
        .into_iter()
        .filter(|(shown, ..)| *shown)
        .map(|(_, label, figure)| (label, figure))
        .collect();
        let mut columns: Vec<PageColumn> = vec![column(0.0, TextAlign::Left, self.label(Label::Prepaid))];
        columns.extend(figures.iter().map(|(label, _)| column(58.0, TextAlign::Right, self.label(*label))));
        let mut rows: Vec<Vec<PageCell>> = Vec::new();
        for pack in packs {
            let mut what = vec![(pack.product.clone(), STRONG), (self.pack_facts(pack), SMALL)];
            // S2.
            what.extend(pack.not_sold.map(|why| {
                let label = if why.goes_on() { Label::PackLeft } else { Label::PackEnded };
                (self.label(label).to_owned(), SMALL)
            }));
            let mut row = vec![what];
            row.extend(figures.iter().map(|(label, figure)| self.figure(*label, figure(pack), BODY)));
            rows.push(row);
        }
        if packs.len() > 1 {
            let mut row = vec![vec![(self.label(Label::AllPacks).to_owned(), STRONG)]];
            row.extend(
                figures.iter().map(|(label, figure)| self.figure(*label, packs.iter().map(figure).sum(), STRONG)),
            );
            rows.push(row);
        }
        self.flow.fit(&mut columns, HEAD, &rows, RIGHT - LEFT);
        self.flow.table(LEFT, &columns, HEAD, rows.into_iter());
        self.flow.y += 10.0;
        if self.is_open() {
            let style = Style { weight: BODY.weight, ..ALARM };
            self.flow.paragraph(self.label(Label::NotFinalSentence), style, (LEFT, RIGHT - LEFT));
        }
        if self.is_rounded() {
            self.flow.paragraph(self.label(Label::HoursRounded), SMALL, (LEFT, RIGHT - LEFT));
        }
        self.flow.y += 14.0;
    }

    fn figure(&self, label: Label, hours: HoursSum, style_of: Style) -> PageCell {
        let closing = label == Label::Closing;
        let style = match (closing, hours.is_negative()) {
            (true, true) => ALARM,
            (true, false) => STRONG,
            (false, _) => style_of,
        };
        let mut cell = vec![(self.hours(hours), style)];
        // Of all packs together nothing is overdrawn: one does not draw on another.
        if closing && hours.is_negative() && style_of.weight == BODY.weight {
            cell.push((self.label(Label::Overdrawn).to_owned(), Style { size: 7.5, ..ALARM }));
        }
        cell
    }

    /// Each pack with the entries that drew on it.
    fn packs(&mut self) {
        for pack in &self.statement.packs {
            let lists = [
                (Label::Used, &pack.used_entries),
                (Label::NotFinal, &pack.not_final),
                (Label::Corrections, &pack.corrections),
            ];
            if lists.iter().all(|(_, entries)| entries.is_empty()) {
                continue;
            }
            // The headings, the header and at least two rows stay together.
            self.flow.need(110.0);
            self.flow.paragraph(&pack.product, HEADING, (LEFT, RIGHT - LEFT));
            self.flow.paragraph(&self.pack_facts(pack), SMALL, (LEFT, RIGHT - LEFT));
            self.flow.y += 6.0;
            for (label, entries) in lists.into_iter().filter(|(_, entries)| !entries.is_empty()) {
                self.entries(label, entries);
            }
            self.flow.y += 8.0;
        }
    }

    fn entries(&mut self, label: Label, entries: &[StatedEntry]) {
        self.flow.need(75.0);
        let style = if label == Label::NotFinal { ALARM } else { STRONG };
        self.flow.paragraph(self.label(label), style, (LEFT, RIGHT - LEFT));
        if label == Label::Corrections {
            self.flow.paragraph(self.label(Label::CorrectionsSentence), SMALL, (LEFT, RIGHT - LEFT));
        }
        self.flow.y += 2.0;
        let Filled { ticket, employee, work } = self.filled;
        let between = [(ticket, Label::Ticket, 70.0), (employee, Label::Employee, 95.0), (work, Label::Work, 0.0)];
        let mut between: Vec<(Label, f32)> =
            between.into_iter().filter(|(filled, ..)| *filled).map(|(_, label, width)| (label, width)).collect();
        let taken: f32 = DATE_WIDTH + HOURS_WIDTH + between.iter().rev().skip(1).map(|(_, width)| width).sum::<f32>();
        let rest = RIGHT - LEFT - taken;
        // The last of them takes the room that is left; without any the date does.
        let date_width = if between.is_empty() { DATE_WIDTH + rest } else { DATE_WIDTH };
        if let Some((_, width)) = between.last_mut() {
            *width = rest;
        }
        let mut columns = vec![column(date_width, TextAlign::Left, self.label(Label::Date))];
        columns.extend(between.iter().map(|(label, width)| column(*width, TextAlign::Left, self.label(*label))));
        columns.push(column(HOURS_WIDTH, TextAlign::Right, self.label(Label::Hours)));
        let rows: Vec<Vec<PageCell>> = entries.iter().map(|entry| self.row(entry)).collect();
        self.flow.table(LEFT, &columns, HEAD, rows.into_iter());
        self.flow.need(20.0);
        let (baseline, sum) = (self.flow.y + 4.0 + STRONG.size, entries.iter().map(|entry| entry.hours).sum());
        let text = self.hours(sum);
        self.flow.words(self.label(Label::SumOf), STRONG, (LEFT + 3.0, RIGHT - LEFT - 95.0), baseline, TextAlign::Left);
        self.flow.figure(&text, STRONG, (RIGHT - 90.0, 87.0), baseline);
        self.flow.y += 20.0 + STRONG.size;
    }

    fn row(&self, entry: &StatedEntry) -> Vec<PageCell> {
        let small = Style { size: 8.0, ..BODY };
        let text = |text: &str| vec![(text.to_owned(), small)];
        let Filled { ticket, employee, work } = self.filled;
        let mut cells = vec![text(&entry.date.map(|date| self.language.short_date(date)).unwrap_or_default())];
        let said = [(ticket, &entry.ticket_id), (employee, &entry.employee), (work, &entry.description)];
        cells.extend(said.into_iter().filter(|(filled, _)| *filled).map(|(_, said)| text(said)));
        // What no entry stands for says so in the last of them.
        if entry.timesheet_id.is_empty()
            && let Some(last) = cells.last_mut()
        {
            last.push((self.label(Label::EarlierChanges).to_owned(), SMALL));
        }
        cells.push(text(&self.hours(entry.hours)));
        cells
    }

    /// What every page carries, once their number is known.
    fn headers_and_footers(&mut self) {
        let period = self.period().unwrap_or_default();
        let title = joined(&[self.label(Label::Statement), &self.statement.buyer.name, &period]);
        let margins = Margins { title: &title, account: &[], mark: None };
        self.letterhead().every_page(&mut self.flow, &margins);
    }
}
