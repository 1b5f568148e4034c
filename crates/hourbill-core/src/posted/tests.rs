//! The pure state of a ledger: sequences of posts, voids and credits, and what must hold after each.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::ident::Texts;
use crate::quantity::{Currency, Hours, HoursSum, Money, Percent, Quantity, UnitPrice, UnitSize, net, tax};
use crate::testing::cases;

fn euro() -> Currency {
    Currency::from_code("EUR").unwrap()
}

const HOUR: i64 = 3_600_000_000;

fn texts(ids: &[&str]) -> Texts {
    let mut texts = Texts::default();
    ids.iter().for_each(|id| texts.push(id));
    texts
}

#[test]
fn ids_are_found_byte_for_byte_in_any_number_of_columns() {
    let columns: Vec<Texts> = (0..7_u32)
        .map(|column| {
            let mut ids = Texts::default();
            (0..column * 500).for_each(|row| ids.push(&format!("{column}-{row}")));
            ids
        })
        .collect();
    let all: Vec<&str> = columns.iter().flat_map(|ids| ids.iter()).collect();
    let index = IdIndex::new(&columns.iter().collect::<Vec<_>>()).unwrap();
    let find = |batch: &Texts| index.find(batch, |position| all[position as usize], |_| true).unwrap();
    let mut batch = Texts::default();
    all.iter().rev().for_each(|id| batch.push(id));
    let found = find(&batch);
    let expected: Vec<_> = (0..all.len() as u32).rev().map(Some).collect();
    assert!(found == expected);
    assert_eq!(find(&texts(&["", "1-500", "01-1", "1-1 ", "8-1"])), vec![None; 5]);
    assert_eq!(find(&Texts::default()), Vec::<Option<u32>>::new());
    let empty = IdIndex::new(&[]).unwrap();
    assert_eq!(empty.find(&texts(&["a"]), |_| "", |_| true).unwrap(), [None]);
}

#[test]
fn of_equal_ids_the_preferred_one_is_found() {
    let ids = texts(&["a", "b", "a", "a"]);
    let index = IdIndex::new(&[&ids]).unwrap();
    let find = |preferred: u32| {
        let found = index.find(&texts(&["a"]), |position| ids.get(position as usize), |position| position == preferred);
        found.unwrap()[0]
    };
    assert_eq!([find(0), find(2), find(3), find(9)], [Some(0), Some(2), Some(3), Some(0)]);
}

#[test]
fn rates_read_back() {
    for text in ["", "S 20", "S 5.5; Z 0", "AE 0; S 19.600001"] {
        assert_eq!(rates_text(&rates_from_text(text).unwrap()), text);
    }
    for text in ["S", "S x", "S 20;Z 0", "; "] {
        assert_eq!(rates_from_text(text), None, "{text}");
    }
}

/// A model of what a run and the commands would do: entries with hours, all on one line sold in days at an odd price.
#[derive(Default)]
struct Model {
    book: Book,
    sequence: u64,
    /// Portions by commit, with their effects.
    portions: Vec<(Portions, Vec<Effect>)>,
    batches: Vec<LedgerBatch>,
    /// Hours of each entry now, in millionths of seconds.
    hours: BTreeMap<String, i64>,
}

#[derive(Clone, Debug)]
enum Step {
    /// An entry of so many hundredths of an hour is added, or edited.
    Enter(u8, i64),
    /// A run bills a share of what is open, in percent of each entry, and is posted.
    Post(u8),
    Void(u8),
    Entry(u8, u8, Option<i64>, bool),
    Line(u8, Option<i64>, bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..12_u8, prop_oneof![1..900_i64, -300..0_i64]).prop_map(|(entry, hours)| Step::Enter(entry, hours)),
        3 => prop_oneof![Just(100_u8), 1..100_u8].prop_map(Step::Post),
        1 => any::<u8>().prop_map(Step::Void),
        2 => (any::<u8>(), 0..12_u8, proptest::option::of(1..900_i64), any::<bool>())
            .prop_map(|(document, entry, hours, rebill)| Step::Entry(document, entry, hours, rebill)),
        1 => (any::<u8>(), proptest::option::of(1..900_i64), any::<bool>())
            .prop_map(|(document, hours, rebill)| Step::Line(document, hours, rebill)),
    ]
}

impl Model {
    fn closed(&self, id: &str) -> i64 {
        let mut closed = 0;
        for (portions, effects) in &self.portions {
            for ((of, &hours), effect) in portions.ids.iter().zip(&portions.hours).zip(effects) {
                if of == id && *effect != Effect::WriteOff {
                    closed += hours;
                }
            }
        }
        closed
    }

    fn take_in(&mut self, batch: LedgerBatch) -> Vec<Violation> {
        let mut book = self.book.clone();
        let violations = book.add(self.sequence + 1, &batch);
        let takes_back = batch.documents.iter().all(|document| document.kind.takes_back());
        let mut touched = Touched::new(&batch.portions.ids, &AliasNames::default(), takes_back).unwrap();
        for (portions, effects) in &self.portions {
            touched.meet(portions, effects, |_| true).unwrap();
        }
        let effect = |line: u32| batch.documents[batch.lines[line as usize].document as usize].effect;
        let broken = touched.broken(&batch.portions, effect, takes_back).unwrap();
        if violations.is_empty() && broken.is_empty() {
            self.book = book;
            self.sequence += 1;
            let effects = batch.portions.lines.iter().map(|&line| effect(line)).collect();
            self.portions.push((batch.portions.clone(), effects));
            self.batches.push(batch);
        }
        let broken = broken.into_iter().map(|id| Violation { document: id, text: "bounds".into() });
        violations.into_iter().chain(broken).collect()
    }

    /// B3 with what the ledger says.
    fn draft(&self, percent: u8) -> Option<LedgerBatch> {
        let mut portions = Portions::default();
        for (id, &hours) in &self.hours {
            let open = hours - self.closed(id);
            // What was edited after it was billed is left to a person.
            if open != 0 && (open < 0) == (hours < 0) {
                portions.push(0, id, 20_000, open / 100 * i64::from(percent), hours, Said::default());
            }
        }
        let day = UnitSize::from_micros(8 * HOUR).unwrap();
        let state = self.book.order_line("S1/1");
        let (before, now) = (state.hours, portions.sum());
        let rounded = |hours| day.quantity(hours, 2).unwrap();
        let quantity = rounded(before + now).checked_sub(rounded(before))?.checked_add(state.skew(Some(day), 2))?;
        if quantity.is_zero() || portions.is_empty() {
            return None;
        }
        let price = UnitPrice::from_micros(333_330_000);
        let net = net(quantity, price, Percent::ZERO, euro())?;
        let rate = Rate { category: "S".into(), percent: Percent::from_micros(19_600_000) };
        let amount = tax(net, rate.percent)?;
        let line = Line {
            document: 0,
            line_no: 1,
            kind: LineKind::Time,
            order: "S1".into(),
            order_line: "S1/1".into(),
            product: String::new(),
            uom: "Days".into(),
            unit: Some(day),
            decimals: 2,
            quantity,
            price,
            discount: Percent::ZERO,
            net,
            rates: vec![rate.clone()],
            hours: now,
            uplift: HoursSum::ZERO,
            minimum: None,
            outside: HoursSum::ZERO,
            exported: Quantity::ZERO,
            source_line: None,
            down_payment: String::new(),
            adjustments: String::new(),
            then: LineThen::UNKNOWN,
        };
        let document = Document {
            id: self.book.free_id("D-open-C1-EUR"),
            kind: DocumentKind::Invoice,
            effect: Effect::Billed,
            source: None,
            customer: "C1".into(),
            company: String::new(),
            currency: Some(euro()),
            period: None,
            net,
            tax: amount,
            rounding: Money::ZERO,
            total: net.checked_add(amount)?,
            taxes: vec![TaxShare { rate, base: net, amount }],
            note: String::new(),
            lines: 1,
        };
        Some(LedgerBatch { documents: vec![document], lines: vec![line], portions })
    }

    fn held(&self, id: &str) -> Vec<HeldPortion> {
        let mut held: BTreeMap<String, HeldPortion> = BTreeMap::new();
        for batch in &self.batches {
            for (document, _) in batch.by_document().filter(|(of, _)| of.id == id || of.source.as_deref() == Some(id)) {
                assert!(!document.id.is_empty());
                for (row, of) in batch.portions.ids.iter().enumerate() {
                    let (hours, known) = (batch.portions.hours[row], batch.portions.known[row]);
                    let none = HeldPortion {
                        line_no: 1,
                        id: of.into(),
                        days: 20_000,
                        hours: 0,
                        uplift: 0,
                        known,
                        said: super::SaidThen::default(),
                    };
                    held.entry(of.into()).or_insert(none).hours += hours;
                }
            }
        }
        held.into_values().filter(|portion| portion.hours != 0).collect()
    }

    fn take_back(&mut self, nth: u8, request: &Request, effect: Effect) -> Option<Vec<Violation>> {
        let originals: Vec<&BookEntry> =
            self.book.entries().iter().filter(|of| !of.document.kind.takes_back()).collect();
        let entry = (*originals.get(usize::from(nth) % originals.len().max(1))?).clone();
        let (kind, prefix) =
            if *request == Request::Whole { (DocumentKind::Void, "V") } else { (DocumentKind::Credit, "C") };
        let id = self.book.free_id(&format!("{prefix}-{}", entry.document.id));
        if entry.voided {
            return None;
        }
        let batch =
            take_back(&entry, &self.held(&entry.document.id), request, kind, effect, id, &LedgerGroups::default())
                .ok()?;
        Some(self.take_in(batch))
    }

    fn holds(&self) {
        for (id, &hours) in &self.hours {
            let known = self.portions.iter().flat_map(|(portions, effects)| {
                portions
                    .ids
                    .iter()
                    .zip(&portions.known)
                    .zip(effects)
                    .filter(|((of, _), _)| of == id)
                    .map(|((_, known), _)| *known)
            });
            let known: Vec<i64> = known.chain([0]).collect();
            let closed = self.closed(id);
            assert!(
                known.iter().min() <= Some(&closed) && known.iter().max() >= Some(&closed),
                "{id}: {closed} of {hours}"
            );
        }
        // What is left of each document is what its hours are worth: nothing is left of a void, and never more than what was billed as long
        // as all hours have one sign.
        let day = UnitSize::from_micros(8 * HOUR).unwrap();
        for entry in self.book.entries().iter().filter(|entry| !entry.document.kind.takes_back()) {
            let left = total_left(entry).unwrap();
            assert!(!entry.voided || left == Money::ZERO);
            let held = self.held(&entry.document.id);
            let billed = |id: &str| {
                self.batches.iter().find_map(|batch| {
                    let of = batch.documents.iter().any(|document| document.id == id);
                    of.then(|| batch.portions.hours.clone())
                })
            };
            let hours = billed(&entry.document.id).unwrap();
            if hours.iter().all(|&hours| hours > 0) || hours.iter().all(|&hours| hours < 0) {
                let (whole, left) = (entry.document.total.minor(), left.minor());
                assert!((whole.min(0)..=whole.max(0)).contains(&left), "{}: {left} of {whole}", entry.document.id);
            }
            let line = &entry.lines[0];
            if held.is_empty() {
                assert!(line.quantity.is_zero() && line.net == Money::ZERO && line.hours.is_zero());
                continue;
            }
            // At most as far from its hours as the whole line was: what B3 rounded.
            let off = |quantity: Quantity, hours| (quantity.micros() - day.quantity(hours, 2).unwrap().micros()).abs();
            let (now, whole) = (off(line.quantity, line.hours), off(line.line.quantity, line.line.hours));
            assert!(now <= whole, "{}: {} for {} h", entry.document.id, line.quantity, line.hours);
            assert_eq!(line.net, net(line.quantity, line.line.price, Percent::ZERO, euro()).unwrap());
        }
        // B3: nothing drifts. What is billed and what the next part makes up for is the rounded sum of all closed hours.
        let state = self.book.order_line("S1/1");
        let billed = state.in_ledger().unwrap().checked_add(state.skew(Some(day), 2)).unwrap();
        assert_eq!(billed, day.quantity(state.hours, 2).unwrap());
        let closed: i128 = self.hours.keys().map(|id| i128::from(self.closed(id))).sum();
        assert_eq!(state.hours.micros(), closed);
    }
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn no_sequence_of_posts_voids_and_credits_closes_an_hour_twice(steps in proptest::collection::vec(step(), 1..25)) {
        let mut model = Model::default();
        for step in steps {
            let violations = match step.clone() {
                Step::Enter(entry, hours) => {
                    model.hours.insert(format!("e{entry}"), hours * HOUR / 100);
                    None
                }
                Step::Post(percent) => model.draft(percent).map(|batch| model.take_in(batch)),
                Step::Void(nth) => model.take_back(nth, &Request::Whole, Effect::Rebill),
                Step::Entry(nth, entry, hours, rebill) => {
                    let hours = hours.map(|hours| Hours::from_micros(hours * HOUR / 100));
                    let effect = if rebill { Effect::Rebill } else { Effect::WriteOff };
                    model.take_back(nth, &Request::Entries(vec![(format!("e{entry}"), hours)]), effect)
                }
                Step::Line(nth, hours, rebill) => {
                    let hours = hours.map(|hours| Hours::from_micros(hours * HOUR / 100));
                    let effect = if rebill { Effect::Rebill } else { Effect::WriteOff };
                    model.take_back(nth, &Request::Line("S1/1".into(), hours), effect)
                }
            };
            let mut violations = violations.unwrap_or_default();
            if !matches!(step, Step::Post(_)) {
                // Refused when a later document corrects one of its entries.
                violations.retain(|wrong| wrong.text != "bounds");
            }
            prop_assert_eq!(violations, vec![]);
            model.holds();
        }
    }
}

/// A down payment of two tax sets and what becomes of its balance.
fn down_payment(id: &str, kind: LineKind, nets: [i128; 2]) -> LedgerBatch {
    let rates = ["21", "6"].map(|percent| Rate { category: "S".into(), percent: Percent::from_text(percent).unwrap() });
    let lines = (1_u32..).zip(&rates).zip(nets).map(|((line_no, rate), net)| Line {
        document: 0,
        line_no,
        kind,
        order: "S1".into(),
        order_line: format!("S1/dp/{line_no}"),
        product: String::new(),
        uom: String::new(),
        unit: None,
        decimals: 2,
        quantity: Quantity::from_micros(if net < 0 { -1_000_000 } else { 1_000_000 }),
        price: UnitPrice::ZERO,
        discount: Percent::ZERO,
        net: Money::from_minor(net),
        rates: vec![rate.clone()],
        hours: HoursSum::ZERO,
        uplift: HoursSum::ZERO,
        minimum: None,
        outside: HoursSum::ZERO,
        exported: Quantity::ZERO,
        source_line: None,
        down_payment: "2026-10-01 fixed 200".into(),
        adjustments: String::new(),
        then: LineThen::UNKNOWN,
    });
    let lines: Vec<Line> = lines.collect();
    let taxes: Vec<TaxShare> = rates
        .into_iter()
        .zip(&lines)
        .map(|(rate, line)| TaxShare { amount: tax(line.net, rate.percent).unwrap(), rate, base: line.net })
        .collect();
    let sum = |amounts: &mut dyn Iterator<Item = Money>| {
        amounts.fold(Money::ZERO, |sum, amount| sum.checked_add(amount).unwrap())
    };
    let net = sum(&mut lines.iter().map(|line| line.net));
    let tax = sum(&mut taxes.iter().map(|tax| tax.amount));
    let document = Document {
        id: id.into(),
        kind: if kind == LineKind::DownPayment { DocumentKind::DownPayment } else { DocumentKind::Invoice },
        effect: Effect::Billed,
        source: None,
        customer: "C1".into(),
        company: String::new(),
        currency: Some(euro()),
        period: None,
        net,
        tax,
        rounding: Money::ZERO,
        total: net.checked_add(tax).unwrap(),
        taxes,
        note: String::new(),
        lines: 2,
    };
    LedgerBatch { documents: vec![document], lines, portions: Portions::default() }
}

#[test]
fn d3_no_more_of_a_down_payment_is_deducted_or_credited_than_is_left() {
    let balances = |book: &Book| -> Vec<i128> {
        let sets = book.down_payments().of_order("S1").flat_map(|(_, posted)| posted.sets.values());
        sets.map(|balance| balance.left().unwrap().minor()).collect()
    };
    let reopened = |book: &Book| book.down_payments().of_order("S1").all(|(_, posted)| posted.reopened);
    let mut book = Book::default();
    assert_eq!(book.add(1, &down_payment("P", LineKind::DownPayment, [10_000, 5_000])), []);
    assert_eq!(book.add(2, &down_payment("D", LineKind::Deduction, [-4_000, -5_000])), []);
    assert_eq!(balances(&book), [0, 6_000]);
    assert!(!book.clone().add(3, &down_payment("E", LineKind::Deduction, [-6_001, 0])).is_empty());
    assert_eq!(book.clone().add(3, &down_payment("E", LineKind::Deduction, [-6_000, 0])), []);

    let credit = |book: &Book, request: Request, kind| {
        let entry = book.find("P").unwrap();
        take_back(entry, &[], &request, kind, Effect::Rebill, "C-P".into(), &LedgerGroups::default())
    };
    // What is deducted cannot be taken back.
    let whole = credit(&book, Request::Whole, DocumentKind::Void).unwrap();
    assert!(!book.clone().add(3, &whole).is_empty());
    let too_much = Quantity::from_text("174.01").unwrap();
    assert!(matches!(
        credit(&book, Request::Amount(too_much), DocumentKind::Credit),
        Err(Refused::AmountTooLarge { .. })
    ));

    let mut fresh = Book::default();
    assert_eq!(fresh.add(1, &down_payment("P", LineKind::DownPayment, [10_000, 5_000])), []);
    // 121.00 + 53.00 = 174.00 in all, a third of it.
    let third = credit(&fresh, Request::Amount(Quantity::from_text("58.01").unwrap()), DocumentKind::Credit).unwrap();
    assert_eq!(third.documents[0].total, Money::from_minor(-5_801));
    assert_eq!(fresh.add(2, &third), []);
    let entry = fresh.find("P").unwrap();
    assert_eq!(total_left(entry), Some(Money::from_minor(17_400 - 5_801)));
    let rest = take_back(
        entry,
        &[],
        &Request::Whole,
        DocumentKind::Void,
        Effect::Rebill,
        "V-P".into(),
        &LedgerGroups::default(),
    )
    .unwrap();
    assert_eq!(fresh.add(3, &rest), []);
    assert_eq!(balances(&fresh), [0, 0]);
    assert!(reopened(&fresh) && !reopened(&book));
    let sum: i128 = fresh.entries().iter().map(|entry| entry.document.total.minor()).sum();
    assert_eq!(sum, 0);
}

#[test]
fn ids_of_documents_are_numbered_when_they_are_taken() {
    let mut book = Book::default();
    let taken: BTreeSet<&str> = ["D", "D-2", "E-2"].into();
    for (nth, id) in (1..).zip(&taken) {
        assert_eq!(book.add(nth, &down_payment(id, LineKind::Deduction, [-1, -1])), []);
    }
    assert_eq!(["D", "E", "F"].map(|id| book.free_id(id)), ["D-3", "E", "F"]);
}

/// An invoice of manual lines `L1`, `L2`, ... of one unit each: net in cents, and taxes in percent.
fn invoice(nets: &[(i128, &[&str])], tax_by_line: bool) -> LedgerBatch {
    let mut batch = down_payment("D", LineKind::Manual, [0, 0]);
    let of = batch.lines[0].clone();
    let rate = |percent: &&str| Rate { category: "S".into(), percent: Percent::from_text(percent).unwrap() };
    let line = |(line_no, (net, taxes)): (u32, &(i128, &[&str]))| Line {
        line_no,
        order_line: format!("L{line_no}"),
        quantity: Quantity::from_micros(1_000_000),
        price: UnitPrice::from_micros(i64::try_from(net * 10_000).unwrap()),
        net: Money::from_minor(*net),
        rates: taxes.iter().map(rate).collect(),
        down_payment: String::new(),
        ..of.clone()
    };
    batch.lines = (1..).zip(nets).map(line).collect();
    let mut taxes: Vec<TaxShare> = Vec::new();
    for (of, rate) in batch.lines.iter().flat_map(|line| line.rates.iter().map(move |rate| (line, rate))) {
        let amount = tax(of.net, rate.percent).unwrap();
        match taxes.iter_mut().find(|tax| tax.rate == *rate) {
            None => taxes.push(TaxShare { rate: rate.clone(), base: of.net, amount }),
            Some(tax) => {
                tax.base = tax.base.checked_add(of.net).unwrap();
                tax.amount = tax.amount.checked_add(amount).unwrap();
            }
        }
    }
    for of in taxes.iter_mut().filter(|_| !tax_by_line) {
        of.amount = tax(of.base, of.rate.percent).unwrap();
    }
    let document = &mut batch.documents[0];
    (document.kind, document.lines) = (DocumentKind::Invoice, u32::try_from(nets.len()).unwrap());
    let sum =
        |amounts: Vec<Money>| amounts.into_iter().fold(Money::ZERO, |sum, amount| sum.checked_add(amount).unwrap());
    document.net = sum(batch.lines.iter().map(|line| line.net).collect());
    document.tax = sum(taxes.iter().map(|tax| tax.amount).collect());
    document.total = document.net.checked_add(document.tax).unwrap();
    document.taxes = taxes;
    batch
}

/// Credits of the document `D`, one after another: net and tax of each, in cents; `None` where one is refused.
fn credited(batch: &LedgerBatch, requests: &[Request]) -> Vec<Option<(i128, Vec<i128>)>> {
    let mut book = Book::default();
    assert_eq!(book.add(1, batch), []);
    let mut told = Vec::new();
    for (sequence, request) in (2..).zip(requests) {
        let (entry, id) = (book.find("D").unwrap().clone(), format!("C-{sequence}"));
        let kind = if *request == Request::Whole { DocumentKind::Void } else { DocumentKind::Credit };
        let effect = if kind == DocumentKind::Void { Effect::Rebill } else { Effect::WriteOff };
        let Ok(made) = take_back(&entry, &[], request, kind, effect, id, &LedgerGroups::default()) else {
            told.push(None);
            continue;
        };
        assert_eq!(book.add(sequence, &made), [], "{request:?}");
        let document = &made.documents[0];
        assert_eq!(document.rounding, Money::ZERO);
        told.push(Some((document.net.minor(), document.taxes.iter().map(|tax| tax.amount.minor()).collect())));
    }
    told
}

fn amount_of(line: &str, amount: &str) -> Request {
    Request::LineAmount(line.into(), Quantity::from_text(amount).unwrap())
}

#[test]
fn an_amount_is_parted_into_net_and_the_taxes_of_its_line() {
    // 50.00 / 1.262 = 39.62 net, 10.38 tax: 8.32 of 21 %, 2.06 of 5.2 %. Left are 60.38 net, 12.68 and 3.14.
    let both: &[&str] = &["21", "5.2"];
    let batch = invoice(&[(10_000, both)], false);
    let taken = credited(&batch, &[amount_of("L1", "50"), amount_of("L1", "76.21"), amount_of("L1", "76.20")]);
    assert_eq!(taken, [Some((-3_962, vec![-832, -206])), None, Some((-6_038, vec![-1_268, -314]))]);
    // Without a tax all of it is net; an amount of 0, of another line, of the other sign, and finer than a cent.
    let batch = invoice(&[(10_000, &[]), (-5_000, &["21"])], false);
    let requests = [("L1", "0.01"), ("L1", "0"), ("L3", "1"), ("L2", "1"), ("L2", "-60.5"), ("L1", "0.001")];
    let taken = credited(&batch, &requests.map(|(line, amount)| amount_of(line, amount)));
    assert_eq!(taken, [Some((-1, vec![])), None, None, None, Some((5_000, vec![1_050])), None]);
}

#[test]
fn b9_tax_that_was_rounded_line_by_line_is_taken_back_line_by_line() {
    // 20 lines of 1.02 at 21 %: 0.21 each, 4.20 in all; of their sum it would be 4.28.
    let one: &[&str] = &["21"];
    let lines = [(102, one); 20];
    let quantity = |line: &str| Request::Quantity(line.into(), Quantity::from_micros(1_000_000));
    let requests = [quantity("L1"), amount_of("L2", "0.60"), quantity("L2"), Request::Whole];
    let taken = credited(&invoice(&lines, true), &requests);
    // 0.60 / 1.21 = 0.50 net; 0.52 are left, with 0.11 tax.
    let rest = (-18 * 102, vec![-18 * 21]);
    assert_eq!(taken, [Some((-102, vec![-21])), Some((-50, vec![-10])), Some((-52, vec![-11])), Some(rest)]);
    // Rounded once: 4.28, less what is left of the tax on 19.38, 18.88 (0.10 of it is said), 18.36, and 0.
    let taken = credited(&invoice(&lines, false), &requests);
    assert_eq!(
        taken,
        [Some((-102, vec![-21])), Some((-50, vec![-10])), Some((-52, vec![-11])), Some((-18 * 102, vec![-386]))]
    );
}
