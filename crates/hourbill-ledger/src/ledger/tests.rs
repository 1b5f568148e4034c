//! A ledger under faults: flipped bits, lost races, kills between any two steps.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::posted::{Document, DocumentKind, Effect, Line, LineKind, LineThen, Rate, Request, Said, TaxShare};
use crate::quantity::{Currency, HoursSum, Money, Percent, Quantity, UnitPrice, UnitSize, net, tax};

/// Names and bytes; nothing of a file system.
#[derive(Default)]
pub(super) struct MemoryStore {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl MemoryStore {
    fn copy(&self) -> MemoryStore {
        MemoryStore { files: Mutex::new(self.files.lock().unwrap().clone()) }
    }

    fn all(&self) -> BTreeMap<String, Vec<u8>> {
        self.files.lock().unwrap().clone()
    }
}

impl Store for MemoryStore {
    fn put_if_absent(&self, name: &str, bytes: &[u8]) -> Result<Put, StoreError> {
        let mut files = self.files.lock().unwrap();
        if files.contains_key(name) {
            return Ok(Put::Present);
        }
        files.insert(name.to_owned(), bytes.to_owned());
        Ok(Put::Written)
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.files.lock().unwrap().get(name).cloned())
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let files = self.files.lock().unwrap();
        let inside = files.keys().filter_map(|name| name.strip_prefix(folder)?.strip_prefix('/'));
        Ok(inside.map(str::to_owned).collect())
    }

    fn begin(&self) -> Result<Box<dyn Any>, StoreError> {
        Ok(Box::new(()))
    }
}

/// Fails at one operation, before or after it is done, and at all that follow: as if the process were gone.
struct Killed<'a, S> {
    store: &'a S,
    left: AtomicUsize,
    after: bool,
}

impl<S: Store> Killed<'_, S> {
    fn step<T>(&self, doing: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let gone = || {
            let source = io::Error::other("killed");
            StoreError::Io { doing: "go on with", path: PathBuf::from("the test"), source }
        };
        match self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Err(_) => Err(gone()),
            Ok(1) => {
                if self.after {
                    doing()?;
                }
                Err(gone())
            }
            Ok(_) => doing(),
        }
    }
}

impl<S: Store> Store for Killed<'_, S> {
    fn put_if_absent(&self, name: &str, bytes: &[u8]) -> Result<Put, StoreError> {
        self.step(|| self.store.put_if_absent(name, bytes))
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.step(|| self.store.get(name))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        self.step(|| self.store.list(folder))
    }

    fn begin(&self) -> Result<Box<dyn Any>, StoreError> {
        self.step(|| self.store.begin())
    }
}

impl<S: Store> Store for &S {
    fn put_if_absent(&self, name: &str, bytes: &[u8]) -> Result<Put, StoreError> {
        (**self).put_if_absent(name, bytes)
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).get(name)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        (**self).list(folder)
    }

    fn begin(&self) -> Result<Box<dyn Any>, StoreError> {
        (**self).begin()
    }
}

const HOUR: i64 = 3_600_000_000;

fn euro() -> Currency {
    Currency::from_code("EUR").unwrap()
}

fn doer(reason: &str) -> Actor {
    Actor { job: "month-end".into(), at: "2026-11-02".into(), by: "ada".into(), reason: reason.into() }
}

/// Entries by id and hours on one line each document, at 20.00 an hour and 20 % tax.
pub(super) fn invoices(documents: &[(&str, &[(&str, i64)])]) -> LedgerBatch {
    let mut batch = LedgerBatch::default();
    for (number, (id, entries)) in (0_u32..).zip(documents) {
        let hours = HoursSum::from_micros(entries.iter().map(|(_, hours)| i128::from(hours * HOUR)).sum());
        let quantity = UnitSize::HOUR.quantity(hours, 2).unwrap();
        let price = UnitPrice::from_micros(20_000_000);
        let net = net(quantity, price, Percent::ZERO, euro()).unwrap();
        let rate = Rate { category: "S".into(), percent: Percent::from_micros(20_000_000) };
        let amount = tax(net, rate.percent).unwrap();
        batch.lines.push(Line {
            document: number,
            line_no: 1,
            kind: LineKind::Time,
            order: "S1".into(),
            order_line: "S1/1".into(),
            product: "Support".into(),
            uom: "Hours".into(),
            unit: Some(UnitSize::HOUR),
            decimals: 2,
            quantity,
            price,
            discount: Percent::ZERO,
            net,
            rates: vec![rate.clone()],
            hours,
            uplift: HoursSum::ZERO,
            minimum: None,
            outside: HoursSum::ZERO,
            exported: Quantity::ZERO,
            source_line: None,
            down_payment: String::new(),
            adjustments: String::new(),
            then: LineThen::UNKNOWN,
        });
        for (entry, hours) in *entries {
            batch.portions.push(number, entry, 20_000, hours * HOUR, hours * HOUR, Said::default());
        }
        batch.documents.push(Document {
            id: (*id).into(),
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
            total: net.checked_add(amount).unwrap(),
            taxes: vec![TaxShare { rate, base: net, amount }],
            note: String::new(),
            lines: 1,
        });
    }
    batch
}

fn head_of<S: Store>(ledger: &Ledger<S>) -> Head {
    ledger.log().unwrap().last().map_or_else(nothing, LogEntry::head)
}

fn change(plan: Plan) -> Planned {
    match plan {
        Plan::Change(planned) => *planned,
        Plan::Nothing(why) => panic!("nothing to change: {why}"),
    }
}

fn post<S: Store>(ledger: &Ledger<S>, run: &str, batch: LedgerBatch) -> Result<Done, LedgerError> {
    let head = ledger.log()?.last().map_or_else(nothing, LogEntry::head);
    match ledger.plan_post(
        Proposal { run: run.into(), head, batch, aliases: Vec::new(), read: None },
        &[],
        &doer(""),
    )? {
        Plan::Change(planned) => ledger.apply(*planned),
        Plan::Nothing(why) => Err(LedgerError::Conflict(why)),
    }
}

/// Posts a draft of so many hours of an entry that has others, with what it says of ids.
fn post_as<S: Store>(
    ledger: &Ledger<S>,
    id: &str,
    (entry, hours, known): (&str, i64, i64),
    same: &[(&str, &str)],
) -> Result<Done, LedgerError> {
    let mut batch = invoices(&[(id, &[(entry, hours)])]);
    batch.portions.known = vec![known * HOUR];
    let alias = |(known, now): &(&str, &str)| Alias { of: AliasOf::Entry, known: (*known).into(), now: (*now).into() };
    let aliases = same.iter().map(alias).collect();
    match ledger.plan_post(
        Proposal { run: id.into(), head: head_of(ledger), batch, aliases, read: None },
        &[],
        &doer(""),
    )? {
        Plan::Change(planned) => ledger.apply(*planned),
        Plan::Nothing(why) => Err(LedgerError::Conflict(why)),
    }
}

#[test]
fn hours_of_work_that_has_two_ids_keep_the_bounds_of_both() {
    let known_as = [("e1", "x1")];
    let ledger = Ledger::new(MemoryStore::default());
    post_as(&ledger, "D-1", ("e1", -2, -2), &[]).unwrap();
    // 3 h of work that has -2 h are 5 h more; of work that has none they would be too many.
    let broken = |done: Result<Done, LedgerError>| matches!(done, Err(LedgerError::Violates(_)));
    assert!(broken(post_as(&ledger, "D-2", ("x1", 5, 3), &[])));
    assert!(broken(post_as(&ledger, "D-2", ("x1", 6, 3), &known_as)));
    post_as(&ledger, "D-2", ("x1", 5, 3), &known_as).unwrap();
    ledger.verify(None).unwrap();
    // What was recorded counts from then on; 3 h are closed, and the work has 4 h now.
    assert!(broken(post_as(&ledger, "D-3", ("x1", 2, 4), &[])));
    post_as(&ledger, "D-3", ("x1", 1, 4), &[]).unwrap();
    // Without -2 h more than 4 h would be closed.
    assert!(matches!(ledger.plan_void("D-1", &doer("wrong")), Err(LedgerError::Violates(_))));
    for id in ["D-3", "D-2", "D-1"] {
        ledger.apply(change(ledger.plan_void(id, &doer("wrong")).unwrap())).unwrap();
    }
    ledger.verify(None).unwrap();
}

#[test]
fn two_entries_that_were_taken_for_one_may_each_have_their_hours() {
    let ledger = Ledger::new(MemoryStore::default());
    post_as(&ledger, "D-1", ("e1", 5, 5), &[]).unwrap();
    post_as(&ledger, "D-2", ("x1", 2, 7), &[("e1", "x1")]).unwrap();
    // Both are exported, and a person says that they are two.
    post_as(&ledger, "D-3", ("x1", 5, 7), &[]).unwrap();
    assert!(matches!(post_as(&ledger, "D-4", ("x1", 1, 7), &[]), Err(LedgerError::Violates(_))));
    ledger.verify(None).unwrap();
    ledger.apply(change(ledger.plan_void("D-1", &doer("wrong")).unwrap())).unwrap();
    // What was said of an id later counts: it is no more of the first.
    post_as(&ledger, "D-5", ("y1", 5, 5), &[("e1", "y1")]).unwrap();
    ledger.verify(None).unwrap();
}

/// Three commits: two invoices, a credit of one hour, a void.
fn small() -> MemoryStore {
    let store = MemoryStore::default();
    let ledger = Ledger::new(&store);
    post(&ledger, "run-1", invoices(&[("D-1", &[("a", 2), ("b", 3)]), ("D-2", &[("c", 1)])])).unwrap();
    let credit = Request::Entries(vec![("b".into(), Some(crate::quantity::Hours::from_micros(HOUR)))]);
    ledger.apply(change(ledger.plan_credit("D-1", &credit, Effect::Rebill, &doer("too much")).unwrap())).unwrap();
    ledger.apply(change(ledger.plan_void("D-2", &doer("wrong customer")).unwrap())).unwrap();
    store
}

#[test]
fn what_is_written_reads_back() {
    let store = small();
    let ledger = Ledger::new(&store);
    let log = ledger.log().unwrap();
    assert_eq!(log.iter().map(|entry| entry.deed.kind.name()).collect::<Vec<_>>(), ["post", "credit", "void"]);
    let batch = ledger.batch(&log[0], true).unwrap();
    let written = invoices(&[("D-1", &[("a", 2), ("b", 3)]), ("D-2", &[("c", 1)])]);
    assert_eq!((&batch.documents, &batch.lines), (&written.documents, &written.lines));
    assert_eq!((&batch.portions.lines, &batch.portions.hours), (&written.portions.lines, &written.portions.hours));
    let credit = ledger.batch(&log[1], true).unwrap();
    let document = &credit.documents[0];
    assert_eq!((document.id.as_str(), document.source.as_deref()), ("C-D-1", Some("D-1")));
    assert_eq!(
        [document.net, document.tax, document.total].map(|money| money.text(euro())),
        ["-20.00", "-4.00", "-24.00"]
    );
    assert_eq!(credit.lines[0].quantity.to_string(), "-1");
    let verified = ledger.verify(Some(&head_of(&ledger).hash)).unwrap();
    assert_eq!((verified.documents, verified.portions, verified.unused.len()), (4, 5, 0));
}

#[test]
fn any_flipped_bit_of_any_file_is_found() {
    let store = small();
    let objects: BTreeMap<String, Object> = Ledger::new(&store)
        .log()
        .unwrap()
        .into_iter()
        .flat_map(|entry| entry.objects)
        .map(|object| (object.name(), object))
        .collect();
    let mut flips = 0;
    for (name, bytes) in store.all() {
        for at in 0..bytes.len() {
            for bit in 0..8 {
                // The hash of an object covers all its bits alike.
                if objects.contains_key(&name) && bit != at % 8 {
                    continue;
                }
                let mut altered = bytes.clone();
                altered[at] ^= 1 << bit;
                store.files.lock().unwrap().insert(name.clone(), altered);
                let ledger = Ledger::new(&store);
                // What `verify` begins with, and the whole of it now and then.
                let found = match objects.get(&name) {
                    _ if flips % 500 == 0 => ledger.verify(None).err(),
                    None => ledger.log().err(),
                    Some(object) => ledger.object(object).err(),
                };
                match found {
                    Some(LedgerError::Damaged(failures)) => {
                        assert!(failures.iter().any(|failure| failure.object == name), "{failures:?} names {name}");
                    }
                    // The number of its format is another one now.
                    Some(LedgerError::UnknownFormat { file, .. }) => assert_eq!(file, name),
                    _ => panic!("bit {bit} of byte {at} of {name} can be flipped"),
                }
                flips += 1;
            }
        }
        store.files.lock().unwrap().insert(name, bytes);
    }
    assert!(flips > 30_000, "{flips}");
}

#[test]
fn runs_and_posts_refuse_an_altered_ledger() {
    let store = small();
    for (name, bytes) in store.all() {
        let copy = store.copy();
        let mut altered = bytes.clone();
        altered[bytes.len() / 2] ^= 1;
        copy.files.lock().unwrap().insert(name.clone(), altered);
        let ledger = Ledger::new(&copy);
        let damaged = |result: Option<LedgerError>| matches!(result, Some(LedgerError::Damaged(_)));
        assert!(damaged(ledger.posted(&World::default()).err()), "{name}");
        assert!(damaged(post(&ledger, "run-2", invoices(&[("D-3", &[("a", 1)])])).err()), "{name}");
        copy.files.lock().unwrap().remove(&name);
        if !name.contains("0000000003") {
            assert!(damaged(ledger.posted(&World::default()).err()), "{name}");
        }
    }
}

#[test]
fn the_newest_entry_cannot_be_removed_from_a_known_head() {
    let store = small();
    let ledger = Ledger::new(&store);
    let head = head_of(&ledger);
    store.files.lock().unwrap().remove(&log::name(3));
    assert!(ledger.verify(None).is_ok());
    assert!(matches!(ledger.verify(Some(&head.hash)), Err(LedgerError::Damaged(_))));
}

/// What a command does to a ledger.
type Act = fn(&dyn Fn(&str) -> Actor, &Ledger<Killed<'_, MemoryStore>>) -> Result<(), LedgerError>;

#[test]
fn a_kill_between_any_two_steps_leaves_the_state_before_or_after() {
    let acts: [Act; 3] = [
        |_, ledger| post(ledger, "run-2", invoices(&[("D-3", &[("b", 1)])])).map(|_| ()),
        |doer, ledger| {
            let credit = Request::Line("S1/1".into(), Some(crate::quantity::Hours::from_micros(HOUR)));
            match ledger.plan_credit("D-1", &credit, Effect::WriteOff, &doer("goodwill"))? {
                Plan::Change(planned) => ledger.apply(*planned).map(|_| ()),
                Plan::Nothing(_) => Ok(()),
            }
        },
        |doer, ledger| match ledger.plan_void("D-1", &doer("wrong"))? {
            Plan::Change(planned) => ledger.apply(*planned).map(|_| ()),
            Plan::Nothing(_) => Ok(()),
        },
    ];
    let whole = |store: &MemoryStore, act: Act| {
        act(&doer, &Ledger::new(Killed { store, left: AtomicUsize::new(usize::MAX), after: false }))
            .map_err(|error| error.to_string())
    };
    for act in acts {
        let before = small();
        let undisturbed = small();
        whole(&undisturbed, act).unwrap();
        let after = undisturbed.all();
        let mut killed = 0;
        for step in 1.. {
            let mut ended = true;
            for late in [false, true] {
                let store = small();
                let dying = Ledger::new(Killed { store: &store, left: AtomicUsize::new(step), after: late });
                if act(&doer, &dying).is_ok() {
                    continue;
                }
                ended = false;
                killed += 1;
                let ledger = Ledger::new(&store);
                ledger.verify(None).unwrap();
                let sequence = head_of(&ledger).sequence;
                assert!(sequence == head_of(&Ledger::new(&before)).sequence || store.all() == after);
                let again = whole(&store, act);
                assert!(again.is_ok() || again.as_ref().is_err_and(|why| why.contains("already posted")), "{again:?}");
                assert!(store.all() == after, "redone after a kill at step {step} the bytes differ");
            }
            if ended {
                break;
            }
        }
        assert!(killed >= 10, "{killed}");
    }
}

#[test]
fn of_eight_that_commit_at_once_one_wins() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..20 {
        let root = dir.path().join(round.to_string());
        let results: Vec<Result<Done, LedgerError>> = std::thread::scope(|scope| {
            let post = |nth: usize| {
                let root = root.clone();
                scope.spawn(move || {
                    let ledger = Ledger::new(LocalStore::new(&root));
                    // Planned on the empty ledger by all, whoever commits first.
                    let batch = invoices(&[("D-1", &[("a", 1)])]);
                    let proposal =
                        Proposal { run: format!("run-{nth}"), head: nothing(), batch, aliases: Vec::new(), read: None };
                    let planned = change(ledger.plan_post(proposal, &[], &doer(""))?);
                    ledger.apply(planned)
                })
            };
            let threads: Vec<_> = (0..8).map(post).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        for error in results.into_iter().filter_map(Result::err) {
            let conflict = matches!(error, LedgerError::Conflict(_) | LedgerError::Store(StoreError::Busy(_)));
            assert!(conflict, "{error}");
        }
        assert_eq!(Ledger::new(LocalStore::new(&root)).verify(None).unwrap().portions, 1);
    }
}

#[test]
fn a_name_is_put_once_by_one_of_many() {
    let dir = tempfile::tempdir().unwrap();
    let store = LocalStore::new(dir.path());
    for round in 0..50 {
        let name = format!("log/{round}.json");
        let puts: Vec<Put> = std::thread::scope(|scope| {
            let put = |nth: u8| {
                let (store, name) = (&store, &name);
                scope.spawn(move || store.put_if_absent(name, &vec![nth; 4096]).unwrap())
            };
            let threads: Vec<_> = (0..8).map(put).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(puts.iter().filter(|put| **put == Put::Written).count(), 1);
        let bytes = store.get(&name).unwrap().unwrap();
        assert!(bytes.len() == 4096 && bytes.iter().all(|byte| *byte == bytes[0]));
    }
    assert_eq!(store.list("log").unwrap().len(), 50);
}

#[test]
fn files_are_for_their_owner_and_links_are_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("ledger");
    post(&Ledger::new(LocalStore::new(&root)), "run-1", invoices(&[("D-1", &[("a", 1)])])).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for folder in [root.clone(), root.join(LOG), root.join(OBJECTS)] {
        assert_eq!(mode(&folder), 0o700);
        for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
        {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }
    let elsewhere = tempfile::tempdir().unwrap();
    for name in [LOG, OBJECTS, "lock"] {
        let root = dir.path().join(format!("linked-{name}"));
        std::fs::create_dir(&root).unwrap();
        symlink(elsewhere.path(), root.join(name)).unwrap();
        let refused = post(&Ledger::new(LocalStore::new(&root)), "run-1", invoices(&[("D-1", &[("a", 1)])]));
        assert!(matches!(refused, Err(LedgerError::Store(StoreError::Link(_)))), "{name}");
    }
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn what_a_killed_command_left_is_cleared_away() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::new(LocalStore::new(dir.path()));
    post(&ledger, "run-1", invoices(&[("D-1", &[("a", 1)])])).unwrap();
    for left in ["log/.unfinished-1-0", "objects/.unfinished-1-1"] {
        std::fs::write(dir.path().join(left), "half").unwrap();
    }
    std::fs::write(dir.path().join("objects/portions-00.parquet"), "never committed").unwrap();
    assert_eq!(ledger.verify(None).unwrap().unused.len(), 2);
    post(&ledger, "run-2", invoices(&[("D-2", &[("b", 1)])])).unwrap();
    assert_eq!(ledger.verify(None).unwrap().unused, ["objects/portions-00.parquet"]);
    assert_eq!(ledger.store().list(LOG).unwrap(), ["0000000001.json", "0000000002.json"]);
}

#[test]
fn g2_a_run_computed_on_another_ledger_is_refused() {
    let store = small();
    let ledger = Ledger::new(&store);
    let proposal = |run: &str, head: Head| Proposal {
        run: run.into(),
        head,
        batch: invoices(&[("D-3", &[("d", 1)]), ("D-4", &[("e", 1)])]),
        aliases: Vec::new(),
        read: None,
    };
    for sequence in 0..3 {
        let head = match sequence {
            0 => nothing(),
            nth => ledger.log().unwrap()[nth - 1].head(),
        };
        let refused = ledger.plan_post(proposal("run-2", head), &[], &doer("")).err();
        let moved = matches!(&refused, Some(LedgerError::Conflict(why)) if why.contains("moved"));
        assert!(moved, "{refused:?}");
    }
    let mut forged = head_of(&ledger);
    forged.hash = "f".repeat(64);
    assert!(matches!(ledger.plan_post(proposal("run-2", forged), &[], &doer("")), Err(LedgerError::Conflict(_))));

    // Drafts of one run are posted one by one, and again without effect.
    let head = head_of(&ledger);
    for _ in 0..2 {
        for invoice in ["D-4", "D-3"] {
            match ledger.plan_post(proposal("run-2", head.clone()), &[invoice.into()], &doer("")).unwrap() {
                Plan::Change(planned) => drop(ledger.apply(*planned).unwrap()),
                Plan::Nothing(why) => assert!(why.contains("already posted")),
            }
        }
    }
    assert_eq!(ledger.log().unwrap().len(), 5);
    let unknown = ledger.plan_post(proposal("run-2", head.clone()), &["D-9".into()], &doer(""));
    assert!(matches!(unknown, Err(LedgerError::NoDraft { .. })));
    ledger.apply(change(ledger.plan_void("D-3", &doer("wrong")).unwrap())).unwrap();
    let refused = ledger.plan_post(proposal("run-2", head), &[], &doer("")).err();
    assert!(matches!(&refused, Some(LedgerError::Conflict(why)) if why.contains("voided")), "{refused:?}");
}

#[test]
fn no_hour_is_posted_twice_whoever_asks() {
    let store = small();
    let ledger = Ledger::new(&store);
    // `a` is closed whole, `b` has one hour left, `c` was voided.
    for (entries, fits) in [(("a", 1), false), (("b", 1), true), (("c", 1), true)] {
        let planned = {
            let proposal = Proposal {
                run: "run-2".into(),
                head: head_of(&ledger),
                batch: invoices(&[("D-3", &[entries])]),
                aliases: Vec::new(),
                read: None,
            };
            ledger.plan_post(proposal, &[], &doer(""))
        };
        assert_eq!(planned.is_ok(), fits, "{entries:?}");
        if !fits {
            assert!(matches!(planned.err(), Some(LedgerError::Violates(_))));
        }
    }
    let twice = invoices(&[("D-3", &[("d", 1)]), ("D-3", &[("e", 1)])]);
    assert!(matches!(post(&ledger, "run-2", twice), Err(LedgerError::Violates(_))));
}
