//! The ledger: entries are read as they were written or refused, rows come out of their objects as they went in, and a chain that was
//! forged with care may be refused in words and never in a panic.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Mutex;

use hourbill::calendar::Date;
use hourbill::ledger::{
    Actor, Ledger, LedgerTable, LogEntry, Object, Plan, Proposal, Put, Segments, Store, StoreError, nothing,
};
use hourbill::model::{Minimum, MinimumPer, StepRounding, World};
use hourbill::posted::{
    Document, DocumentKind, Effect, Head, LedgerBatch, Line, LineKind, LineThen, Portions, Rate, Request, Said,
    TaxShare,
};
use hourbill::quantity::{Currency, Hours, HoursSum, Money, Percent, Quantity, UnitPrice, UnitSize};

use super::scratch::Bytes;

pub const WORDS: &[&str] = &[
    "hourbill-ledger-1",
    "hourbill-ledger-2",
    "hourbill-ledger-3",
    "hourbill-ledger-4",
    "\"format\"",
    "\"sequence\"",
    "\"previous\"",
    "\"deed\"",
    "\"objects\"",
    "\"totals\"",
    "\"aliases\"",
    "\"seal\"",
    "null",
    "{}",
    "[]",
    "18446744073709551615",
    "-1",
    "1e3",
    "\"a\": 1,",
];

const HOUR: i64 = 3_600_000_000;

/// Names and bytes.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

impl Store for Memory {
    fn put_if_absent(&self, name: &str, bytes: &[u8]) -> Result<Put, StoreError> {
        let mut files = self.0.lock().unwrap();
        if files.contains_key(name) {
            return Ok(Put::Present);
        }
        files.insert(name.to_owned(), bytes.to_owned());
        Ok(Put::Written)
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let files = self.0.lock().unwrap();
        Ok(files.keys().filter_map(|name| name.strip_prefix(folder)?.strip_prefix('/')).map(str::to_owned).collect())
    }

    fn begin(&self) -> Result<Box<dyn Any>, StoreError> {
        Ok(Box::new(()))
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let ledger = small();
    let entries = ledger.log().unwrap();
    let mut seeds: Vec<Vec<u8>> = entries.iter().map(|entry| [b"e", entry.bytes().as_slice()].concat()).collect();
    seeds.extend((0..8_u8).map(|object| [b'f', object, 40, 0, 1, 9, 1, 0x55].to_vec()));
    seeds.extend((0..6_u8).map(|seed| {
        std::iter::once(b'b').chain((0..120_u8).map(|at| at.wrapping_mul(7).wrapping_add(seed * 31))).collect()
    }));
    seeds
}

pub fn target(data: &[u8]) {
    let mut bytes = Bytes(data);
    match bytes.byte() {
        b'e' => entry(bytes.0),
        b'f' => forged(&mut bytes),
        _ => round_trip(&batch(&mut bytes)),
    }
}

/// What is read is what was written, byte for byte.
fn entry(data: &[u8]) {
    if let Ok(entry) = LogEntry::read(data) {
        assert_eq!(entry.bytes(), data);
        let of = LogEntry::new(
            &Head { sequence: entry.sequence - 1, hash: entry.previous.clone() },
            entry.deed.clone(),
            entry.objects.clone(),
            entry.totals.clone(),
            entry.aliases.clone(),
        );
        assert!(of.format != entry.format || of.head() == entry.head(), "two seals of one entry");
    }
}

fn doer() -> Actor {
    Actor { job: "fuzz".to_owned(), at: "2026-11-02".to_owned(), by: "ada".to_owned(), reason: "a reason".to_owned() }
}

fn made(ledger: &Ledger<Memory>, plan: Plan) {
    match plan {
        Plan::Change(planned) => drop(ledger.apply(*planned).unwrap()),
        Plan::Nothing(why) => panic!("{why}"),
    }
}

/// Two invoices, and a credit of a part of one.
fn small() -> Ledger<Memory> {
    let ledger = Ledger::new(Memory::default());
    let (run, aliases) = ("run-1".to_owned(), Vec::new());
    let proposal = Proposal { run, head: nothing(), batch: invoices(), aliases, read: None };
    made(&ledger, ledger.plan_post(proposal, &[], &doer()).unwrap());
    let request = Request::Entries(vec![("e1".to_owned(), Some(Hours::from_micros(HOUR)))]);
    made(&ledger, ledger.plan_credit("D-1", &request, Effect::Rebill, &doer()).unwrap());
    ledger
}

fn invoices() -> LedgerBatch {
    let mut batch = LedgerBatch::default();
    for number in 1..=2_u32 {
        let net = Money::from_minor(50_000);
        let line = Line {
            document: number - 1,
            line_no: 1,
            kind: LineKind::Time,
            order: "O".to_owned(),
            order_line: format!("L{number}"),
            product: "Support".to_owned(),
            uom: "Hours".to_owned(),
            unit: Some(UnitSize::HOUR),
            decimals: 2,
            quantity: Quantity::from_micros(5_000_000),
            price: UnitPrice::from_micros(100_000_000),
            discount: Percent::ZERO,
            net,
            rates: Vec::new(),
            hours: HoursSum::from_micros((5 * HOUR).into()),
            uplift: HoursSum::ZERO,
            minimum: None,
            outside: HoursSum::ZERO,
            exported: Quantity::ZERO,
            source_line: None,
            down_payment: String::new(),
            adjustments: String::new(),
            then: LineThen::UNKNOWN,
        };
        batch.lines.push(line);
        for entry in [2 * number - 1, 2 * number] {
            let hours = if entry % 2 == 1 { 2 * HOUR } else { 3 * HOUR };
            batch.portions.push(number - 1, &format!("e{entry}"), 20_731, hours, hours, Said::default());
        }
        let document = Document::without_money(format!("D-{number}"), DocumentKind::Invoice, Effect::Billed, 1);
        let currency = Currency::from_code("EUR");
        batch.documents.push(Document { customer: "C".to_owned(), currency, net, total: net, ..document });
    }
    batch
}

/// Bytes of an object or fields of an entry are changed, and the chain is sealed anew from there.
fn forged(bytes: &mut Bytes<'_>) {
    let ledger = small();
    let mut files = ledger.store().0.lock().unwrap().clone();
    let log = ledger.log().unwrap();
    let objects: Vec<Object> = log.iter().flat_map(|entry| entry.objects.clone()).collect();
    let chosen = &objects[usize::from(bytes.byte()) % objects.len()];
    let mut altered = files[&chosen.name()].clone();
    while !bytes.is_empty() && !altered.is_empty() {
        let at = usize::from(bytes.byte()) | usize::from(bytes.byte()) << 8;
        let (at, with) = (at % altered.len(), bytes.byte());
        match with % 5 {
            0 => altered.truncate(at),
            1 => drop(altered.remove(at)),
            _ => altered[at] ^= with,
        }
    }
    let object = |table: LedgerTable, blake3: String, rows, bytes| Object { table, blake3, rows, bytes };
    let anew = object(chosen.table, blake3::hash(&altered).to_hex().to_string(), chosen.rows, altered.len() as u64);
    files.retain(|name, _| !name.starts_with("log/"));
    files.insert(anew.name(), altered);
    let mut head = nothing();
    for entry in log {
        let objects = entry.objects.into_iter().map(|of| if of == *chosen { anew.clone() } else { of }).collect();
        let sealed = LogEntry::new(&head, entry.deed, objects, entry.totals, entry.aliases);
        head = sealed.head();
        files.insert(format!("log/{:010}.json", head.sequence), sealed.bytes());
    }
    let ledger = Ledger::new(Memory(Mutex::new(files)));
    let verified = ledger.verify(None);
    let posted = ledger.posted(&World::default());
    let book = ledger.log().and_then(|log| ledger.book(&log));
    let history = ledger.history("e1");
    if verified.is_ok() {
        assert!(posted.is_ok() && book.is_ok() && history.is_ok(), "what verify takes, everybody takes");
    }
    let _ = ledger.plan_void("D-2", &doer());
    let request = Request::Entries(vec![("e2".to_owned(), None)]);
    let _ = ledger.plan_credit("D-1", &request, Effect::WriteOff, &doer());
}

fn money(bytes: &mut Bytes<'_>) -> Money {
    Money::from_minor(bytes.number().into())
}

fn day(bytes: &mut Bytes<'_>) -> Option<Date> {
    Date::from_days(7_305 + i32::from(bytes.byte()) * 150)
}

fn rate(bytes: &mut Bytes<'_>) -> Rate {
    let category = bytes.of(&["S", "Z", "E", "AE", "K"]).to_owned();
    Rate { category, percent: Percent::from_micros(bytes.number().rem_euclid(100_000_000)) }
}

/// Any rows that the ledger's tables could hold, whether or not they make sense.
fn batch(bytes: &mut Bytes<'_>) -> LedgerBatch {
    let mut batch = LedgerBatch::default();
    for number in 0..u32::from(bytes.byte() % 4) {
        let currency = Currency::from_code(bytes.of(&["EUR", "JPY", "KWD", "none"]));
        let lines = u32::from(bytes.byte() % 3);
        let share = |bytes: &mut Bytes<'_>| TaxShare { rate: rate(bytes), base: money(bytes), amount: money(bytes) };
        let taxes = if currency.is_some() { bytes.byte() % 3 } else { 0 };
        batch.documents.push(Document {
            id: format!("{}{number}", bytes.text()),
            kind: bytes.of(DocumentKind::ALL),
            effect: bytes.of(Effect::ALL),
            source: bytes.byte().is_multiple_of(2).then(|| bytes.text()),
            customer: bytes.text(),
            company: bytes.text(),
            currency,
            period: day(bytes).zip(day(bytes)).filter(|_| number % 2 == 0),
            net: money(bytes),
            tax: money(bytes),
            rounding: money(bytes),
            total: money(bytes),
            taxes: (0..taxes).map(|_| share(bytes)).collect(),
            note: bytes.text(),
            lines,
        });
        for line_no in 1..=lines {
            let line = batch.lines.len() as u32;
            batch.lines.push(any_line(bytes, number, line_no));
            for _ in 0..bytes.byte() % 4 {
                portion(&mut batch.portions, line, bytes);
            }
        }
    }
    batch
}

fn minimum(bytes: &mut Bytes<'_>) -> Option<Minimum> {
    let minutes = |bytes: &mut Bytes<'_>| Some(Quantity::from_micros(i64::from(bytes.byte()) * 500_000));
    bytes.byte().is_multiple_of(4).then_some(())?;
    Minimum::of(minutes(bytes), minutes(bytes), Some(bytes.of(&StepRounding::ALL)), Some(bytes.of(&MinimumPer::ALL)))
}

fn any_line(bytes: &mut Bytes<'_>, document: u32, line_no: u32) -> Line {
    let quantity = |bytes: &mut Bytes<'_>| Quantity::from_micros(bytes.number());
    let minimum = minimum(bytes);
    Line {
        document,
        line_no,
        kind: bytes.of(LineKind::ALL),
        order: bytes.text(),
        order_line: bytes.text(),
        product: bytes.text(),
        uom: bytes.text(),
        unit: UnitSize::from_micros(bytes.number()),
        decimals: u32::from(bytes.byte() % 7),
        quantity: quantity(bytes),
        price: UnitPrice::from_micros(bytes.number()),
        discount: Percent::from_micros(bytes.number()),
        net: money(bytes),
        rates: (0..bytes.byte() % 3).map(|_| rate(bytes)).collect(),
        hours: HoursSum::from_micros(bytes.number().into()),
        uplift: if minimum.is_some() { HoursSum::from_micros(bytes.number().into()) } else { HoursSum::ZERO },
        minimum,
        outside: HoursSum::from_micros(bytes.number().into()),
        exported: quantity(bytes),
        source_line: bytes.byte().is_multiple_of(2).then(|| u32::from(bytes.byte())),
        down_payment: bytes.text(),
        adjustments: bytes.text(),
        then: LineThen {
            customer: bytes.byte().is_multiple_of(2).then(|| bytes.text()),
            confirmed_on: day(bytes),
            ordered: bytes.byte().is_multiple_of(2).then(|| quantity(bytes)),
            explained: quantity(bytes),
        },
    }
}

fn portion(portions: &mut Portions, line: u32, bytes: &mut Bytes<'_>) {
    let (id, employee, ticket, customer) = (bytes.text(), bytes.text(), bytes.text(), bytes.text());
    let which = bytes.byte();
    let some = |bit: u8| which & bit != 0;
    let said = Said {
        employee: some(1).then_some(employee.as_str()),
        ticket: some(2).then_some(ticket.as_str()),
        customer: some(4).then_some(customer.as_str()),
        started: some(8).then(|| bytes.number()),
        text: some(16).then(|| bytes.number() as u32),
    };
    let (hours, known) = (bytes.number(), bytes.number());
    portions.push(line, &id, day(bytes).map_or(20_000, Date::days), hours, known, said);
}

fn round_trip(batch: &LedgerBatch) {
    // A figure that fits no column is refused.
    let Ok(segments) = Segments::of(batch) else { return };
    let read = Segments::read(segments.iter().map(|(object, bytes)| (object.table, bytes.to_vec())).collect());
    let read = read.unwrap_or_else(|error| panic!("what was written cannot be read: {error}"));
    assert_eq!(read.documents, batch.documents);
    assert_eq!(read.lines, batch.lines);
    let (ours, theirs) = (&batch.portions, &read.portions);
    assert_eq!(
        (&ours.lines, &ours.dates, &ours.hours, &ours.known),
        (&theirs.lines, &theirs.dates, &theirs.hours, &theirs.known)
    );
    for row in 0..ours.len() {
        assert_eq!(ours.ids.get(row), theirs.ids.get(row), "row {row}");
        assert_eq!(ours.said.get(row), theirs.said.get(row), "row {row}");
    }
    let again = Segments::of(&read).unwrap();
    assert!(segments.iter().eq(again.iter()), "the same rows make the same bytes");
}
