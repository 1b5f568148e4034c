//! `invoice.pdf`: a draft for people. A4, in the buyer's language, marked on every page unless it is final; lines, taxes, totals, prepaid balances, and
//! as annex the timesheet whose sums are the lines' hours.

mod annex;
mod draw;
mod letterhead;
mod page;
mod statement;
mod text;

use std::collections::BTreeSet;

use self::letterhead::{Letterhead, Margins};
use self::page::{Color, Flow, LEFT, PageCell, PageColumn, RIGHT, Style, TextAlign};
use self::text::{Faces, Weight};
use super::labels::{Label, Language, category_words};
use super::model::{Invoice, InvoiceKind, InvoiceLine, LineKind, Status, TaxTotal};
use super::terms_in_words::in_words;
use super::{DocumentError, DraftFile, Format, ReviewCheck, Scope};
use crate::calendar::Date;
use crate::finding::{Code, Finding, Subject};
use crate::quantity::{HoursSum, Money, Percent};

pub use self::statement::bytes as statement_bytes;
pub use self::text::MARK;

const TITLE: Style = Style::new(20.0, Weight::Bold, Color::Accent);
const NAME: Style = Style::new(12.0, Weight::Bold, Color::Ink);
const HEADING: Style = Style::new(10.5, Weight::Bold, Color::Accent);
const BODY: Style = Style::new(9.0, Weight::Regular, Color::Ink);
const STRONG: Style = Style::new(9.0, Weight::Bold, Color::Ink);
const HEAD: Style = Style::new(8.0, Weight::Bold, Color::Accent);
const SMALL: Style = Style::new(7.5, Weight::Regular, Color::Gray);
const LABEL: Style = Style::new(8.0, Weight::Regular, Color::Gray);
const ALARM: Style = Style::new(9.0, Weight::Bold, Color::Red);
const TOTAL: Style = Style::new(11.0, Weight::Bold, Color::Ink);

/// A document that its fonts keep from being made.
const BROKEN_FONTS: &str = "the fonts in the program cannot be read";

/// `invoice.pdf`.
pub struct Pdf;

impl Format for Pdf {
    fn scope(&self) -> Scope {
        Scope::Draft
    }

    fn of_draft(&self, invoice: &Invoice) -> Result<Option<DraftFile>, DocumentError> {
        let name = "invoice.pdf";
        let error = |why| DocumentError { name, invoice: invoice.id.clone(), why };
        Ok(Some(DraftFile { name, bytes: bytes(invoice, false).map_err(error)? }))
    }

    fn checks(&self) -> &'static [ReviewCheck] {
        &[GLYPHS]
    }
}

pub const GLYPHS: ReviewCheck = ReviewCheck { name: "glyphs", finding: glyphs_missing };

/// Characters that the font of the PDF lacks.
fn glyphs_missing(invoice: &Invoice) -> Option<Finding> {
    const NAMED_MAX: usize = 10;
    let missing = missing_glyphs(invoice);
    let named = |char: &char| match u32::from(*char) {
        code if char.is_control() => format!("U+{code:04X}"),
        code => format!("`{char}` (U+{code:04X})"),
    };
    let mut named: Vec<String> = missing.iter().take(NAMED_MAX).map(named).collect();
    if missing.len() > NAMED_MAX {
        named.push(format!("{} more", missing.len() - NAMED_MAX));
    }
    let message = format!("the font of the PDF of `{}` lacks {}, shown as {}", invoice.id, named.join(", "), MARK);
    let (code, subject, id) = (Code::GlyphMissing, Subject::Draft, invoice.id.clone());
    (!missing.is_empty()).then_some(Finding { code, subject, id, message, place: None })
}

/// The bytes of the PDF. With `archival` it is written as PDF/A-3b, which embedding an XML invoice needs.
///
/// # Errors
/// What the writer of the format refuses; no data does.
pub fn bytes(invoice: &Invoice, archival: bool) -> Result<Vec<u8>, String> {
    let faces = Faces::get().ok_or(BROKEN_FONTS)?;
    let flow = Sheet::new(invoice, faces).laid_out();
    draw::bytes(&draw::About::invoice(invoice, archival), &flow)
}

/// The timesheet of the document alone (N8).
///
/// # Errors
/// What the writer of the format refuses; no data does.
#[cfg(feature = "xml")]
pub fn timesheet(invoice: &Invoice) -> Result<Vec<u8>, String> {
    let faces = Faces::get().ok_or(BROKEN_FONTS)?;
    let mut sheet = Sheet::new(invoice, faces);
    annex::timesheet(&mut sheet);
    sheet.headers_and_footers();
    draw::bytes(&draw::About::invoice(invoice, false), &sheet.flow)
}

/// Characters of the document that its fonts lack: they are shown as [`MARK`].
pub fn missing_glyphs(invoice: &Invoice) -> BTreeSet<char> {
    Faces::get().map(|faces| Sheet::new(invoice, faces).laid_out().missing).unwrap_or_default()
}

/// A document while it is laid out.
struct Sheet<'a> {
    invoice: &'a Invoice,
    language: Language,
    flow: Flow,
}

impl<'a> Sheet<'a> {
    fn new(invoice: &'a Invoice, faces: &'static Faces) -> Sheet<'a> {
        Sheet { invoice, language: Language::of(&invoice.buyer.contact.language), flow: Flow::new(faces) }
    }

    fn laid_out(mut self) -> Flow {
        self.seller_and_title();
        self.buyer_and_facts();
        self.lines();
        self.taxes_and_totals();
        self.prepaid();
        self.notes();
        annex::annex(&mut self);
        self.headers_and_footers();
        self.flow
    }

    fn label(&self, label: Label) -> &'static str {
        label.text(self.language)
    }

    fn date(&self, date: Date) -> String {
        self.language.date(date)
    }

    fn period(&self, from: Date, to: Date) -> String {
        if from == to { self.date(from) } else { format!("{} – {}", self.date(from), self.date(to)) }
    }

    fn money(&self, amount: Money) -> String {
        let digits = self.invoice.currency.digits();
        self.language.number(amount.minor(), digits, digits)
    }

    fn percent(&self, percent: Percent) -> String {
        self.language.percent(percent.micros())
    }

    fn hours(&self, hours: HoursSum) -> String {
        self.language.hours(self.invoice.hours_form, hours)
    }

    /// What the document is: an invoice, a credit note, a request for a down payment.
    fn title(&self) -> &'static str {
        self.label(match self.invoice.kind {
            InvoiceKind::Invoice => Label::Invoice,
            InvoiceKind::CreditNote => Label::CreditNote,
            InvoiceKind::DownPayment => Label::DownPayment,
        })
    }

    /// What stands across a document that nobody is to be sent, and what that means (N2).
    fn mark(&self) -> Option<(Label, Label)> {
        match self.invoice.status {
            Status::Draft => Some((Label::Draft, Label::DraftSentence)),
            Status::Posted => Some((Label::Posted, Label::PostedSentence)),
            Status::Cancelled => Some((Label::Cancelled, Label::CancelledSentence)),
            Status::Final => None,
        }
    }

    fn unit(&self, line: &'a InvoiceLine) -> &'a str {
        match line.unit_code() {
            "HUR" => self.label(Label::Hours),
            "DAY" => self.label(Label::Days),
            "MIN" => self.label(Label::Minutes),
            _ if line.uom.eq_ignore_ascii_case("Units") => self.label(Label::Units),
            _ => &line.uom,
        }
    }

    fn letterhead(&self) -> Letterhead<'a> {
        Letterhead { seller: &self.invoice.seller, buyer: &self.invoice.buyer, language: self.language }
    }

    fn seller_and_title(&mut self) {
        let seller = &self.invoice.seller;
        let numbers = [(Label::VatId, &seller.vat_id), (Label::TaxNumber, &seller.tax_number)];
        let numbers = numbers.map(|(label, text)| named(self.label(label), text));
        let (title, mark) = (self.title(), self.mark().map(|(mark, _)| self.label(mark)));
        self.letterhead().seller_and_title(&mut self.flow, &numbers, title, mark);
    }

    fn buyer_and_facts(&mut self) {
        let contact = &self.invoice.buyer.contact;
        let vat_id = named(self.label(Label::VatId), &contact.vat_id);
        // Some VAT ids are the number of the register behind letters of their own.
        let registration = match contact.vat_id.contains(&contact.registration) {
            true => String::new(),
            false => named(self.label(Label::Registration), &contact.registration),
        };
        let facts = self.facts();
        self.letterhead().buyer_and_facts(&mut self.flow, Label::BillTo, &[vat_id, registration], &facts);
    }

    fn facts(&self) -> Vec<(Label, String)> {
        let invoice = self.invoice;
        let called = match (invoice.status, &invoice.number) {
            (Status::Draft, _) => Label::DraftNumber,
            (_, Some(_)) => Label::Number,
            (_, None) => Label::Id,
        };
        let mut facts = vec![(called, invoice.called().to_owned())];
        facts.extend(invoice.issue_date.map(|date| (Label::IssueDate, self.date(date))));
        facts.extend(invoice.due_date.map(|date| (Label::DueDate, self.date(date))));
        if let Some(corrects) = invoice.corrects.as_ref().filter(|_| invoice.status != Status::Draft) {
            let date = corrects.date.map(|date| format!(", {}", self.date(date))).unwrap_or_default();
            facts.push((Label::Corrects, format!("{}{date}", corrects.called())));
        }
        facts.push((Label::Period, self.period(invoice.from, invoice.to)));
        facts.push((Label::CustomerNumber, invoice.buyer.customer_id.clone()));
        if !invoice.buyer.contact.buyer_reference.is_empty() {
            facts.push((Label::YourReference, invoice.buyer.contact.buyer_reference.clone()));
        }
        if !invoice.customer_references.is_empty() {
            facts.push((Label::YourOrder, invoice.customer_references.join(", ")));
        }
        // Many orders stand on their lines; a list of them helps nobody.
        let agreed = |id: &&String| invoice.lines.iter().any(|line| line.order == **id && line.agreed.is_some());
        let orders: BTreeSet<&str> = invoice.orders.iter().filter(|id| !agreed(id)).map(String::as_str).collect();
        let projects: BTreeSet<&str> = invoice.lines.iter().filter_map(|line| line.agreed.as_deref()).collect();
        for (names, one, several) in
            [(orders, Label::Order, Label::Orders), (projects, Label::Project, Label::Projects)]
        {
            let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
            if (1..=6).contains(&names.len()) {
                facts.push((if names.len() == 1 { one } else { several }, names.join(", ")));
            }
        }
        if !invoice.payment_terms.is_empty() {
            facts.push((Label::PaymentTerms, in_words(&invoice.payment_terms, self.language)));
        }
        let paid_by = invoice.early_payment.zip(invoice.issue_date).and_then(|(early, date)| {
            let day = date.days().checked_add(i32::try_from(early.days).ok()?)?;
            Some((early.percent, Date::from_days(day)?))
        });
        if let Some((percent, day)) = paid_by {
            facts.push((Label::EarlyPayment, format!("{}: {}", self.date(day), self.percent(percent))));
        }
        facts
    }

    fn lines(&mut self) {
        let discounts = self.invoice.lines.iter().any(|line| line.discount != Percent::ZERO);
        let amount = format!("{} {}", self.label(Label::Amount), self.invoice.currency);
        let mut columns = vec![
            column(20.0, TextAlign::Right, "#"),
            column(0.0, TextAlign::Left, self.label(Label::Description)),
            column(46.0, TextAlign::Right, self.label(Label::Quantity)),
            column(42.0, TextAlign::Left, self.label(Label::Unit)),
            column(52.0, TextAlign::Right, self.label(Label::UnitPrice)),
        ];
        if discounts {
            columns.push(column(36.0, TextAlign::Right, self.label(Label::Discount)));
        }
        if self.has_taxes() {
            columns.push(column(38.0, TextAlign::Right, self.label(Label::Tax)));
        }
        columns.push(column(62.0, TextAlign::Right, &amount));
        let rows: Vec<Vec<PageCell>> = self.invoice.lines.iter().map(|line| self.line(line, discounts)).collect();
        self.flow.fit(&mut columns, HEAD, &rows, RIGHT - LEFT);
        self.flow.table(LEFT, &columns, HEAD, rows.into_iter());
        self.flow.y += 10.0;
    }

    /// Some line bears one: a column that is empty on the whole document says nothing.
    fn has_taxes(&self) -> bool {
        self.invoice.lines.iter().any(|line| !line.taxes.is_empty())
    }

    fn line(&self, line: &'a InvoiceLine, discounts: bool) -> Vec<PageCell> {
        let number = |micros: i64, decimals| self.language.number(micros.into(), 6, decimals);
        let digits = self.invoice.currency.digits();
        let mut cells = vec![
            vec![(line.number.to_string(), BODY)],
            self.description(line),
            vec![(number(line.quantity.micros(), 2), BODY)],
            vec![(self.unit(line).to_owned(), BODY)],
            line.price.map(|price| (number(price.micros(), digits), BODY)).into_iter().collect(),
        ];
        if discounts {
            let discount = if line.discount == Percent::ZERO { String::new() } else { self.percent(line.discount) };
            cells.push(vec![(discount, BODY)]);
        }
        if self.has_taxes() {
            let taxes: Vec<String> = line.taxes.iter().map(|tax| self.percent(tax.percent)).collect();
            cells.push(vec![(taxes.join(" + "), BODY)]);
        }
        cells.push(vec![(self.money(line.net), BODY)]);
        cells
    }

    fn description(&self, line: &InvoiceLine) -> PageCell {
        let product = match line.kind {
            LineKind::DownPayment => self.label(Label::DownPaymentLine),
            LineKind::Deduction => self.label(Label::DownPaymentDeducted),
            LineKind::Time
            | LineKind::Overage
            | LineKind::Prepaid
            | LineKind::Manual
            | LineKind::Milestones
            | LineKind::Covered
            | LineKind::Held => &line.product,
        };
        let mut cell = vec![(product.to_owned(), STRONG)];
        // What a deduction's description says in English stands below in the buyer's words: the order and the document.
        if line.description != line.product && line.kind != LineKind::Deduction {
            cell.push((self.own_words(line), BODY));
        }
        let mut facts: Vec<String> = self.origin(line).into_iter().collect();
        if self.invoice.customer_references.len() > 1 && !line.customer_reference.is_empty() {
            facts.push(line.customer_reference.clone());
        }
        if (line.from, line.to) != (self.invoice.from, self.invoice.to) {
            facts.push(self.period(line.from, line.to));
        }
        facts.extend(self.hours_of(line));
        facts.extend(self.carried(line));
        facts.extend(self.exemption(line).map(str::to_owned));
        if !facts.is_empty() {
            cell.push((facts.join(" · "), SMALL));
        }
        cell.extend(
            line.refers_to
                .as_ref()
                .map(|reference| (format!("{} {}", self.label(Label::Deducts), reference.document), SMALL)),
        );
        cell
    }

    /// What a line says of itself; of hours beyond a pack what tables say in English, in the buyer's words.
    fn own_words(&self, line: &InvoiceLine) -> String {
        let beyond = |language| Label::BeyondPack.text(language);
        match line.kind {
            LineKind::Overage => line.description.replace(beyond(Language::English), beyond(self.language)),
            _ => line.description.clone(),
        }
    }

    /// Where a line comes from: its order, or the project of its agreement.
    fn origin(&self, line: &InvoiceLine) -> Option<String> {
        match line.agreed.as_deref() {
            None => Some(format!("{} {}", self.label(Label::Order), line.order)),
            Some("") => None,
            Some(project) => Some(format!("{} {project}", self.label(Label::Project))),
        }
    }

    /// Of a line billed by time, where they say more than its quantity.
    fn hours_of(&self, line: &InvoiceLine) -> Option<String> {
        let hours = format!("{} h", self.hours(line.hours?));
        // M8.
        if line.uplift.is_some() {
            return Some(format!("{hours} {}", self.label(Label::Worked)));
        }
        let quantity = format!("{} h", self.language.number(line.quantity.micros().into(), 6, 2));
        (line.unit_code() != "HUR" || hours != quantity).then_some(hours)
    }

    /// B3: why quantity and hours differ.
    fn carried(&self, line: &InvoiceLine) -> Option<String> {
        let carried = self.language.number(line.carried?.micros().into(), 6, 2);
        let unit = match line.unit_code() {
            "HUR" => "h".to_owned(),
            _ => self.language.unit_in_sentence(self.unit(line)),
        };
        let before = self.invoice.lines.iter().take_while(|other| other.number != line.number);
        let same = |other: &InvoiceLine| other.kind == line.kind && other.order_line == line.order_line;
        let from = if before.clone().any(same) { Label::CarriedFromLine } else { Label::CarriedFromEarlier };
        Some(format!("{} {carried} {unit} {}", self.label(Label::Including), self.label(from)))
    }

    /// Why a line bears no tax, where the rate alone does not tell it from others: the tax summary says it of a document with one reason.
    fn exemption(&self, line: &InvoiceLine) -> Option<&'static str> {
        let same_rate = |tax: &&TaxTotal| line.taxes.iter().any(|of| of.percent == tax.percent);
        let several = self.invoice.taxes.iter().filter(same_rate).count() > 1;
        let words = line.taxes.iter().find_map(|tax| category_words(&tax.category));
        words.filter(|_| several).map(|words| self.label(words))
    }

    fn taxes_and_totals(&mut self) {
        let invoice = self.invoice;
        let rows = 3 + usize::from(invoice.totals.rounding != Money::ZERO);
        self.flow.need(rows.max(invoice.taxes.len() + 2).min(30) as f32 * BODY.leading() + 60.0);
        let top = self.flow.y;
        let page = self.flow.pages.len();
        self.totals(top);
        let below_totals = self.flow.y;
        self.flow.y = top;
        if !invoice.taxes.is_empty() {
            let columns = [
                column(115.0, TextAlign::Left, self.label(Label::TaxSummary)),
                column(75.0, TextAlign::Right, self.label(Label::Base)),
                column(65.0, TextAlign::Right, self.label(Label::Tax)),
            ];
            let rows: Vec<Vec<PageCell>> = invoice.taxes.iter().map(|tax| self.tax_row(tax)).collect();
            self.flow.table(LEFT, &columns, HEAD, rows.into_iter());
        }
        let beside = self.flow.pages.len() == page;
        self.flow.y = if beside { self.flow.y.max(below_totals) } else { self.flow.y } + 12.0;
        if let Some((_, sentence)) = self.mark() {
            let style = Style { weight: Weight::Regular, ..ALARM };
            self.flow.paragraph(self.label(sentence), style, (LEFT, RIGHT - LEFT));
        }
        self.flow.y += 14.0;
    }

    fn tax_row(&self, tax: &TaxTotal) -> Vec<PageCell> {
        let mut name = vec![(self.percent(tax.percent), BODY)];
        name.extend(category_words(&tax.category).map(|words| (self.label(words).to_owned(), SMALL)));
        vec![name, vec![(self.money(tax.base), BODY)], vec![(self.money(tax.amount), BODY)]]
    }

    fn totals(&mut self, top: f32) {
        const WIDTH: f32 = 225.0;
        let (x, totals) = (RIGHT - WIDTH, &self.invoice.totals);
        let mut rows = vec![(Label::NetTotal, totals.net), (Label::TaxTotal, totals.tax)];
        if totals.rounding != Money::ZERO {
            rows.push((Label::Rounding, totals.rounding));
        }
        let (labels, figures) = ((x, 110.0), (x + 110.0, WIDTH - 113.0));
        let mut y = top + 3.0;
        for (label, amount) in rows {
            self.flow.words(self.label(label), BODY, labels, y + BODY.size, TextAlign::Left);
            self.flow.figure(&self.money(amount), BODY, figures, y + BODY.size);
            y += BODY.leading() + 2.0;
        }
        self.flow.rule((x, RIGHT), y + 1.0, 1.0, Color::Accent);
        let credit = self.invoice.kind == InvoiceKind::CreditNote;
        let label = self.label(if credit { Label::TotalCredited } else { Label::Total });
        let amount = format!("{} {}", self.money(totals.total), self.invoice.currency);
        self.flow.words(label, TOTAL, labels, y + 6.0 + TOTAL.size, TextAlign::Left);
        self.flow.figure(&amount, TOTAL, figures, y + 6.0 + TOTAL.size);
        self.flow.y = y + 10.0 + TOTAL.size;
    }

    fn prepaid(&mut self) {
        if self.invoice.prepaid.is_empty() {
            return;
        }
        self.flow.need(80.0);
        let on = self.invoice.prepaid.iter().find_map(|balance| balance.on);
        let title = on.map(|date| format!("{} {}", self.label(Label::PrepaidOn), self.date(date)));
        // W5: where something has expired, bought less used is not what is left.
        let expired = self.invoice.prepaid.iter().any(|balance| !balance.expired.is_zero());
        let mut columns = vec![
            column(
                if expired { 155.0 } else { 215.0 },
                TextAlign::Left,
                title.as_deref().unwrap_or(self.label(Label::Prepaid)),
            ),
            column(80.0, TextAlign::Left, self.label(Label::Order)),
            column(65.0, TextAlign::Right, self.label(Label::Bought)),
            column(65.0, TextAlign::Right, self.label(Label::Used)),
        ];
        columns.extend(expired.then(|| column(60.0, TextAlign::Right, self.label(Label::Expired))));
        columns.push(column(RIGHT - LEFT - 425.0, TextAlign::Right, self.label(Label::Left)));
        let rows = self.invoice.prepaid.iter().map(|balance| {
            let left = balance.left();
            let mut last = vec![(self.hours(left), if left.is_negative() { ALARM } else { STRONG })];
            if left.is_negative() {
                last.push((self.label(Label::Overdrawn).to_owned(), Style { size: 7.5, ..ALARM }));
            }
            let mut cells = vec![
                vec![(balance.product.clone(), BODY)],
                vec![(balance.order.clone(), BODY)],
                vec![(self.hours(balance.bought), BODY)],
                vec![(self.hours(balance.used), BODY)],
            ];
            cells.extend(expired.then(|| vec![(self.hours(balance.expired), BODY)]));
            cells.push(last);
            cells
        });
        let rows: Vec<Vec<PageCell>> = rows.collect();
        self.flow.table(LEFT, &columns, HEAD, rows.into_iter());
        self.flow.y += 14.0;
    }

    fn notes(&mut self) {
        if self.invoice.notes.is_empty() {
            return;
        }
        self.flow.need(40.0);
        self.flow.paragraph(self.label(Label::Notes), HEADING, (LEFT, RIGHT - LEFT));
        self.flow.y += 2.0;
        for note in &self.invoice.notes {
            self.flow.paragraph(note, BODY, (LEFT, RIGHT - LEFT));
            self.flow.y += 3.0;
        }
        self.flow.y += 8.0;
    }

    /// What every page carries, once their number is known.
    fn headers_and_footers(&mut self) {
        let seller = &self.invoice.seller;
        let bank = named(self.label(Label::Bank), &seller.bank);
        let title = format!("{} {}", self.title(), self.invoice.called());
        let margins = Margins {
            title: &title,
            account: &[bank, named("IBAN", &seller.iban), named("BIC", &seller.bic)],
            mark: self.mark().map(|(mark, _)| self.label(mark)),
        };
        self.letterhead().every_page(&mut self.flow, &margins);
    }
}

fn column(width: f32, align: TextAlign, title: &str) -> PageColumn {
    PageColumn { width, align, title: title.to_owned() }
}

/// What is known, between dots.
fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" · ")
}

fn named(name: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{name} {text}") }
}

#[cfg(test)]
mod tests;
