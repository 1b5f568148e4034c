//! The entry register (E1): every row of the timesheets that was read, and where each of its hours stands.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::account::{Account, Disposition, Total};
use crate::bill::Billing;
use crate::bug::OrBug;
use crate::ident::Idx;
use crate::link::Stand;
use crate::model::{Chunk, Entry, EntryView, OrderLine, World};
use crate::posted::{LedgerLine, OnDocument, Posted};
use crate::quantity::Hours;

/// Where hours of an entry stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stands {
    /// On a draft of this run: the position of the draft, and of the line on it.
    Drafted { draft: u32, line: u32 },
    /// Covered, on a document of the ledger: its number there.
    CoveredOn { document: u32, line: LedgerLine },
    /// Covered, on no document.
    Covered,
    /// Covered by this pack (W6), on no document.
    CoveredBy(Idx<OrderLine>),
    /// Invoiced, on a document of the ledger: its number there.
    InvoicedOn { document: u32, line: LedgerLine },
    /// Invoiced, as the export says.
    Invoiced,
    /// Held: the position among the held parts.
    Held(u32),
    /// On no document, under another disposition.
    Open(Disposition),
    /// On no document, under another disposition, on this line: hours that stand elsewhere than the entry's own (W6).
    OpenOn(Disposition, Idx<OrderLine>),
}

impl Stands {
    pub fn disposition(self) -> Disposition {
        match self {
            Stands::Drafted { .. } => Disposition::Billed,
            Stands::CoveredOn { .. } | Stands::Covered | Stands::CoveredBy(_) => Disposition::Covered,
            Stands::InvoicedOn { .. } | Stands::Invoiced => Disposition::AlreadyInvoiced,
            Stands::Held(_) => Disposition::Held,
            Stands::Open(disposition) | Stands::OpenOn(disposition, _) => disposition,
        }
    }
}

/// A row of the register: hours of an entry that stand in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisterPart {
    pub entry: Idx<Entry>,
    /// The number of the part among those of its entry, from 1: billed, covered, invoiced, held, rest.
    pub number: u32,
    pub hours: Hours,
    pub stands: Stands,
}

/// The parts of all entries. Nearly every entry has one part, of which its disposition says all: of such an entry one byte is kept, and its
/// part is told when it is asked for.
#[derive(Debug, Default)]
pub struct Register {
    chunks: Vec<ChunkParts>,
    total: Total,
}

/// The parts of the entries of one chunk.
#[derive(Debug, Default)]
struct ChunkParts {
    /// By row, the disposition that says all of the entry; `None` where its parts are among those told.
    whole: Vec<Option<Disposition>>,
    /// The parts of all other entries, by entry and number.
    told: Vec<RegisterPart>,
}

/// The parts of one entry.
#[derive(Clone, Copy)]
pub enum EntryParts<'a> {
    One(RegisterPart),
    Told(&'a [RegisterPart]),
}

impl EntryParts<'_> {
    pub fn as_slice(&self) -> &[RegisterPart] {
        match self {
            EntryParts::One(part) => std::slice::from_ref(part),
            EntryParts::Told(parts) => parts,
        }
    }
}

/// What the register is made of.
#[derive(Clone, Copy)]
struct Sources<'a> {
    world: &'a World,
    account: &'a Account,
    billing: &'a Billing,
    posted: &'a Posted,
}

impl Register {
    /// Makes the register of a run whose drafts are made.
    pub fn of(world: &World, account: &Account, billing: &Billing, posted: &Posted) -> Register {
        let (sources, on_parts) = (Sources { world, account, billing, posted }, on_parts(world, billing));
        let chunks: Vec<(usize, (usize, &Chunk))> = world.entries.chunks().enumerate().collect();
        let of_chunk = |&(number, (start, chunk)): &(usize, (usize, &Chunk))| {
            let from = on_parts.partition_point(|(entry, _, _)| entry.position() < start);
            let rest = on_parts.get(from..).or_bug("what is searched for stands within what is searched");
            sources.chunk_parts(account.of_chunk(number), (start, chunk), rest)
        };
        let told: Vec<(ChunkParts, Total)> = chunks.par_iter().map(of_chunk).collect();
        let mut register = Register { chunks: Vec::with_capacity(told.len()), ..Register::default() };
        for (parts, total) in told {
            register.total.merge(&total);
            register.chunks.push(parts);
        }
        register
    }

    /// The parts of the entry in a row of a chunk, by their number.
    #[inline]
    pub fn parts_of(&self, chunk: usize, row: usize, entry: &EntryView<'_>) -> EntryParts<'_> {
        const KNOWN: &str = "the register has every entry";
        let of_chunk = self.chunks.get(chunk).or_bug(KNOWN);
        let idx = Idx::at(entry.position());
        match *of_chunk.whole.get(row).or_bug(KNOWN) {
            Some(disposition) => EntryParts::One(whole_part(idx, disposition, entry.hours)),
            None => EntryParts::Told(of_chunk.of(idx)),
        }
    }

    /// Entries that have another number of parts than one, with that number, in the order read.
    pub fn split(&self) -> impl Iterator<Item = (Idx<Entry>, usize)> {
        let of_entries = |parts: &ChunkParts| {
            let by_entry = parts.told.chunk_by(|one, other| one.entry == other.entry);
            let several = by_entry.filter(|parts| parts.len() > 1);
            several.filter_map(|parts| Some((parts.first()?.entry, parts.len()))).collect::<Vec<_>>()
        };
        self.chunks.iter().flat_map(of_entries)
    }

    /// The rows and hours of the register (E3): first parts count as rows, all parts have hours.
    pub fn total(&self) -> Total {
        self.total
    }
}

impl ChunkParts {
    fn of(&self, entry: Idx<Entry>) -> &[RegisterPart] {
        let start = self.told.partition_point(|part| part.entry < entry);
        let rest = self.told.get(start..).unwrap_or_default();
        rest.get(..rest.iter().take_while(|part| part.entry == entry).count()).unwrap_or_default()
    }
}

/// The only part of an entry that stands as its disposition says.
fn whole_part(entry: Idx<Entry>, disposition: Disposition, hours: Hours) -> RegisterPart {
    let stands = match disposition {
        Disposition::Covered => Stands::Covered,
        Disposition::AlreadyInvoiced => Stands::Invoiced,
        open => Stands::Open(open),
    };
    RegisterPart { entry, number: 1, hours, stands }
}

impl Sources<'_> {
    /// The parts of the entries of a chunk, and what they come to; `rest` is what stands on drafts or is held of its first entry and of all
    /// behind it.
    fn chunk_parts(
        &self,
        dispositions: &[Disposition],
        (start, chunk): (usize, &Chunk),
        mut rest: &[(Idx<Entry>, Stands, Hours)],
    ) -> (ChunkParts, Total) {
        let (mut parts, mut total) = (ChunkParts::default(), Total::default());
        parts.whole.reserve_exact(chunk.len());
        let mut of_entry = Vec::new();
        for ((row, entry), &own) in chunk.iter().enumerate().zip(dispositions) {
            let idx = Idx::at(start + row);
            let count = rest.iter().take_while(|(entry, _, _)| *entry == idx).count();
            let (here, behind) = rest.split_at(count);
            rest = behind;
            let documents = self.posted.documents_of(idx.position());
            let on_lines = matches!(own, Disposition::Billed | Disposition::Held) || !here.is_empty();
            if !on_lines && documents.is_empty() && self.account.apart(idx).is_empty() {
                parts.whole.push(Some(own));
                total.add(entry.hours);
                continue;
            }
            of_entry.clear();
            of_entry.extend(here.iter().map(|(_, stands, hours)| (*stands, *hours)));
            self.stands_of((idx, own), entry.hours, documents, &mut of_entry);
            parts.whole.push(None);
            total.rows += u64::from(!of_entry.is_empty());
            let numbered = (1_u32..).zip(&of_entry);
            parts.told.extend(numbered.map(|(number, &(stands, hours))| {
                total.hours += hours;
                RegisterPart { entry: idx, number, hours, stands }
            }));
        }
        parts.told.shrink_to_fit();
        (parts, total)
    }

    /// Adds to what stands on drafts or is held of an entry where its other hours stand, and puts all in order.
    fn stands_of(
        &self,
        (idx, own): (Idx<Entry>, Disposition),
        hours: Hours,
        documents: &[OnDocument],
        of_entry: &mut Vec<(Stands, Hours)>,
    ) {
        let Sources { world, account, billing, posted } = *self;
        for (disposition, hours) in together(account, idx, (own, account.own_hours(idx, hours)), of_entry) {
            stand(disposition, hours, documents, of_entry);
        }
        // E4: never by the positions of lines, which are those of rows.
        if of_entry.len() > 1 {
            of_entry.sort_by_cached_key(|at| order_key(world, billing, posted, at));
        }
    }
}

/// Hours of an entry by disposition, those of its own among them; without those that packs cover in other places.
fn together(
    account: &Account,
    idx: Idx<Entry>,
    own: (Disposition, Hours),
    of_entry: &mut Vec<(Stands, Hours)>,
) -> impl Iterator<Item = (Disposition, Hours)> + use<> {
    let (mut first, mut others) = (own, Vec::<(Disposition, Hours)>::new());
    for apart in account.apart(idx) {
        match (apart.on, apart.disposition) {
            (Some(Stand::Pack(line)), Disposition::Covered) => {
                of_entry.push((Stands::CoveredBy(line), apart.hours));
            }
            (Some(stand), Disposition::BeforePeriod | Disposition::AfterPeriod) if stand.line().is_some() => {
                let line = stand.line().map(|line| Stands::OpenOn(apart.disposition, line));
                of_entry.extend(line.map(|stands| (stands, apart.hours)));
            }
            (_, disposition) if disposition == first.0 => first.1 = first.1.plus(apart.hours),
            // What a post covered and what was added since stand apart, and documents are told of their sum.
            (_, disposition) => match others.iter_mut().find(|(other, _)| *other == disposition) {
                Some((_, hours)) => *hours = hours.plus(apart.hours),
                None => others.push((disposition, apart.hours)),
            },
        }
    }
    std::iter::once(first).chain(others)
}

/// Where the part of an entry stands among its others: in the order of the dispositions, those of one by document and by the ids of lines.
fn order_key<'a>(
    world: &'a World,
    billing: &'a Billing,
    posted: &'a Posted,
    (stands, hours): &(Stands, Hours),
) -> (u8, (u32, u32), &'a str, Cow<'a, str>, Hours) {
    let id = |line: Idx<OrderLine>| world.lines.id(line);
    let kept = |line: LedgerLine| match line {
        LedgerLine::None => "",
        LedgerLine::Exported(line) => id(line),
        LedgerLine::Left(line) => posted.lines.left(line).0,
    };
    let (rank, place, line) = match *stands {
        Stands::Drafted { draft, line } => (0, (draft, line), ""),
        Stands::CoveredOn { document, line } => (1, (document, 0), kept(line)),
        Stands::Covered => (2, (0, 0), ""),
        Stands::CoveredBy(line) => (3, (0, 0), id(line)),
        Stands::InvoicedOn { document, line } => (4, (document, 0), kept(line)),
        Stands::Invoiced => (5, (0, 0), ""),
        Stands::Held(at) => (6, (0, 0), billing.held.get(at as usize).map_or("", |held| id(held.part.line))),
        Stands::Open(disposition) => (7, (disposition as u32, 0), ""),
        Stands::OpenOn(disposition, line) => (8, (disposition as u32, 0), id(line)),
    };
    let held = if let Stands::Held(at) = *stands { billing.held.get(at as usize) } else { None };
    (rank, place, line, held.map_or(Cow::Borrowed(""), |held| held.hold.reason(world)), *hours)
}

/// The hours on lines of drafts and on held lines, by entry.
fn on_parts(world: &World, billing: &Billing) -> Vec<(Idx<Entry>, Stands, Hours)> {
    let mut all = Vec::new();
    for (draft, of) in (0_u32..).zip(&billing.drafts) {
        for (line, part) in (0_u32..).zip(&of.parts) {
            let portions = billing.portions(world, part);
            all.extend(portions.map(|(entry, _, hours)| (entry, Stands::Drafted { draft, line }, hours)));
        }
    }
    for (position, held) in (0_u32..).zip(&billing.held) {
        let portions = billing.portions(world, &held.part);
        all.extend(portions.map(|(entry, _, hours)| (entry, Stands::Held(position), hours)));
    }
    all.par_sort_unstable();
    all
}

/// Adds to `all` where hours of an entry under a disposition stand: on documents of the ledger, the rest on none. Billed and held hours
/// stand on lines of this run and are there already.
fn stand(disposition: Disposition, hours: Hours, documents: &[OnDocument], all: &mut Vec<(Stands, Hours)>) {
    let without = match disposition {
        Disposition::Billed | Disposition::Held => return,
        Disposition::Covered => Stands::Covered,
        Disposition::AlreadyInvoiced => Stands::Invoiced,
        open => return all.push((Stands::Open(open), hours)),
    };
    let (mut rest, before) = (hours, all.len());
    let covered = without == Stands::Covered;
    for &OnDocument { document, line, hours, .. } in documents.iter().filter(|on| on.covered == covered) {
        let stands = if covered { Stands::CoveredOn { document, line } } else { Stands::InvoicedOn { document, line } };
        all.push((stands, hours));
        rest = rest.less(hours);
    }
    if rest != Hours::ZERO || all.len() == before {
        all.push((without, rest));
    }
}
