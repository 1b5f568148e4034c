//! A run in parts: which part answers for which customer, order line, ticket, entry and finding.
//!
//! What is billed together stays together: the commercial trees that share an order, whose lines are billed to each other's customers, whose
//! drafts could bear one name, or between which covered entries were moved. Each such group falls into one part by a hash of its smallest root. Parts need nothing of each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::bug::OrBug;
use crate::finding::{Code, Finding, Place, Subject};
use crate::ident::Idx;
use crate::model::{Circumstance, Customer, EntryView, Order, OrderLine, Ticket, World, made_key};

/// One part of a run that is split: `3/7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The number of the part, from 1.
    number: u32,
    of: u32,
}

/// More parts than a run of any size can make use of.
const PARTS_MAX: u32 = 1_000_000;

impl Shard {
    /// Reads `3/7`; for any other text says what is allowed.
    pub fn parse(text: &str) -> Result<Shard, String> {
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let read = |text: &str| text.parse().ok().filter(|_| plain(text));
        let parts = text.split_once('/').and_then(|(number, of)| Some((read(number)?, read(of)?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) && of <= PARTS_MAX => Ok(Shard { number, of }),
            _ => Err(format!("a part is written as `3/7`, the third of seven; there may be {PARTS_MAX}")),
        }
    }

    /// A part by its number, from 1.
    pub fn new(number: u32, of: u32) -> Option<Shard> {
        ((1..=of).contains(&number) && of <= PARTS_MAX).then_some(Shard { number, of })
    }

    fn has(self, key: u64) -> bool {
        key % u64::from(self.of) == u64::from(self.number - 1)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// The part of so many that a key falls to, from 1.
pub fn part_of(key: u64, parts: u32) -> u32 {
    u32::try_from(key % u64::from(parts)).ok().or_bug("a remainder is less than what it is of") + 1
}

/// Parts of a run in passes are made of these, by the first bits of the key: the last ones decide on [`Shard`]s.
pub const BUCKETS: usize = 1 << BUCKET_BITS;
const BUCKET_BITS: u32 = 12;

/// The bucket of a key.
pub fn bucket(key: u64) -> usize {
    (key >> (u64::BITS - BUCKET_BITS)) as usize
}

/// What the ledger adds to what orders and drafts keep together, by the ids of customers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ties {
    /// Commercial trees that stay together: in one the ledger has an entry that stands in the other by now (G7 to G9).
    trees: BTreeSet<(String, String)>,
    /// By id, the tree for which the ledger has an entry that leads nowhere by now, as its ticket left the export (G14).
    homes: BTreeMap<String, String>,
}

impl Ties {
    pub fn is_empty(&self) -> bool {
        self.trees.is_empty() && self.homes.is_empty()
    }

    pub fn tie(&mut self, one: &str, other: &str) {
        if one != other {
            self.trees.insert((one.to_owned(), other.to_owned()));
        }
    }

    /// The entry counts where the first of these trees does, and the others with it.
    pub fn keep<'a>(&mut self, entry: &str, mut trees: impl Iterator<Item = &'a str>) {
        let Some(first) = trees.next() else { return };
        trees.for_each(|other| self.tie(first, other));
        self.homes.insert(entry.to_owned(), first.to_owned());
    }

    pub fn append(&mut self, other: Ties) {
        self.trees.extend(other.trees);
        self.homes.extend(other.homes);
    }
}

/// Which part everything belongs to. Each thing has a key; things of equal keys are in one part.
pub struct Split {
    shard: Option<Shard>,
    /// By bucket, whether it belongs to this part; `None`: all do.
    buckets: Option<Vec<bool>>,
    /// By position of the customer, the key of its group.
    customers: Vec<u64>,
    /// By position of the order, its key; `None` for an order without lines.
    orders: Vec<Option<u64>>,
    /// By id, the key of an entry that leads nowhere and that the ledger has.
    homes: BTreeMap<String, u64>,
    /// How many tickets were read: one part alone knows of those that left the export (G14).
    tickets: usize,
    /// Ids of the customers that drafts can be for.
    parties: BTreeSet<String>,
    /// What ids of drafts begin with.
    draft_prefix: String,
}

impl Split {
    /// The split of a world of which all but the entries is read. `period` is the label of the period, `ties` what the ledger adds.
    pub fn new(world: &World, shard: Option<Shard>, period: &str, ties: &Ties) -> Split {
        let parties: BTreeSet<Idx<Customer>> =
            world.lines.of_every_part().map(|(_, line)| line.billed_customer()).collect();
        let mut trees = Trees::new(world);
        let mut of_order: Vec<Option<Idx<Customer>>> = vec![None; world.orders.len()];
        for (_, line) in world.lines.of_every_part() {
            // Down payments are asked for and taken off per order, drafts made per customer they go to.
            trees.join(line.customer, line.billed_customer());
            if let Some(first) = of_order.get_mut(line.order.position()) {
                trees.join(line.customer, *first.get_or_insert(line.customer));
            }
        }
        // Capitals do not matter: no draft may be called as another one is where file names know none.
        let mut folded: BTreeMap<String, Idx<Customer>> = BTreeMap::new();
        for &party in &parties {
            let first = *folded.entry(world.customers.id(party).to_ascii_lowercase()).or_insert(party);
            trees.join(party, first);
        }
        for (id, &party) in &folded {
            for &shorter in parties_in(id).filter_map(|id| folded.get(id)) {
                trees.join(party, shorter);
            }
        }
        for (one, other) in &ties.trees {
            if let (Some(one), Some(other)) = (world.customers.find(one), world.customers.find(other)) {
                trees.join(one, other);
            }
        }
        let customers = trees.keys();
        let of_customer = |customer: Idx<Customer>| customers.get(customer.position()).copied();
        let orders = of_order.into_iter().map(|customer| customer.and_then(of_customer)).collect();
        let parties = parties.into_iter().map(|party| world.customers.id(party).to_owned()).collect();
        let of_home =
            |(entry, root): (&String, &String)| Some((entry.clone(), of_customer(world.customers.find(root)?)?));
        let homes = ties.homes.iter().filter_map(of_home).collect();
        let (tickets, draft_prefix) = (world.tickets.len(), format!("D-{period}-"));
        Split { shard, buckets: None, customers, orders, homes, tickets, parties, draft_prefix }
    }

    /// The part is one of several that are run each by itself, not a pass of one run.
    pub fn is_of_shard(&self) -> bool {
        self.shard.is_some()
    }

    /// Narrows the part down to some buckets.
    pub fn select(&mut self, buckets: Vec<bool>) {
        self.buckets = Some(buckets);
    }

    /// Whether this part answers for what has the key.
    #[inline]
    pub fn owns(&self, key: u64) -> bool {
        let of_bucket = |buckets: &Vec<bool>| buckets.get(bucket(key)).copied().or_bug("every key has its bucket");
        self.shard.is_none_or(|shard| shard.has(key)) && self.buckets.as_ref().is_none_or(of_bucket)
    }

    pub fn of_customer(&self, customer: Idx<Customer>) -> u64 {
        self.customers.get(customer.position()).copied().or_bug("every customer has its group")
    }

    pub fn of_line(&self, world: &World, line: Idx<OrderLine>) -> u64 {
        self.of_customer(world.line_link(line).root)
    }

    /// The key of a ticket: that of its order line, else that of its customer.
    pub fn of_ticket(&self, world: &World, ticket: Idx<Ticket>) -> u64 {
        let link = world.ticket_link(ticket);
        link.line.map_or_else(|| self.of_customer(link.root), |line| self.of_line(world, line))
    }

    fn of_order(&self, order: Idx<Order>) -> Option<u64> {
        self.orders.get(order.position()).copied().flatten()
    }

    /// The key of an entry: that of the line which it or its ticket names, else that of its ticket; `None` when it leads nowhere.
    #[inline]
    pub fn of_entry(&self, world: &World, ticket: Option<Idx<Ticket>>, line: Option<Idx<OrderLine>>) -> Option<u64> {
        line.map(|line| self.of_line(world, line)).or_else(|| ticket.map(|ticket| self.of_ticket(world, ticket)))
    }

    /// The key of an entry that leads nowhere: that of the customer whom it is for (C2).
    pub fn of_circumstance(&self, circumstance: Option<&Circumstance>) -> Option<u64> {
        Some(self.of_customer(circumstance?.customer?))
    }

    /// The key of an entry that leads nowhere: that of the tree for which the ledger has it (G14).
    pub fn of_home(&self, id: &str) -> Option<u64> {
        if self.homes.is_empty() {
            return None;
        }
        self.homes.get(id).or_else(|| self.homes.get(made_key(id))).copied()
    }

    /// The key of any entry once adjustments are known: a move decides before its own line does.
    pub fn of_settled(&self, world: &World, entry: &EntryView<'_>) -> u64 {
        let moved = world.moved(entry).map(|(line, _)| line);
        let key = self.of_entry(world, entry.ticket, moved.or(entry.line));
        let key = key.or_else(|| self.of_circumstance(entry.circumstance())).or_else(|| self.of_home(entry.id()));
        key.unwrap_or_else(|| Split::of_row(entry.id(), entry.place()))
    }

    /// The key of something that stands in no registry: a hash of its id.
    pub fn of_id(id: &str) -> u64 {
        xxh3_64(id.as_bytes())
    }

    /// The key of a row: a hash of its id, or of its place when it has none.
    pub fn of_row(id: &str, place: Place) -> u64 {
        if !is_blank(id) {
            return Split::of_id(id);
        }
        let mut bytes = [0; 12];
        let places = place.file.0.to_le_bytes().into_iter().chain(place.row.to_le_bytes());
        bytes.iter_mut().zip(places).for_each(|(byte, of_place)| *byte = of_place);
        xxh3_64(&bytes)
    }

    /// The key of a draft: that of the customer whose id stands in the draft's; none for one whom only the ledger names. Customers whose
    /// ids may be beginnings of the same draft id stay in one group.
    fn of_draft(&self, world: &World, id: &str) -> Option<u64> {
        let rest = id.strip_prefix(self.draft_prefix.as_str())?;
        let party = parties_in(rest).find(|party| self.parties.contains(*party))?;
        world.customers.find(party).map(|party| self.of_customer(party))
    }

    /// The key of a customer; none for one whom the ledger alone names (G7).
    fn of_listed(&self, world: &World, id: &str) -> Option<u64> {
        let found = world.customers.find(id);
        found.and_then(|customer| self.customers.get(customer.position()).copied())
    }

    /// The key of a ticket of the export.
    fn of_read(&self, world: &World, id: &str) -> Option<u64> {
        let ticket = world.tickets.find(id).filter(|ticket| ticket.position() < self.tickets)?;
        Some(self.of_ticket(world, ticket))
    }

    fn of_subject(&self, world: &World, subject: Subject, id: &str) -> u64 {
        let known = match subject {
            Subject::Ticket => self.of_read(world, id),
            Subject::OrderLine => world.lines.find(id).map(|line| self.of_line(world, line)),
            Subject::Order => world.orders.find(id).and_then(|order| self.of_order(order)),
            Subject::Customer => self.of_listed(world, id),
            Subject::Draft => self.of_draft(world, id),
            Subject::Entry | Subject::Team | Subject::Employee | Subject::Document | Subject::Input => None,
        };
        known.unwrap_or_else(|| Split::of_id(id))
    }

    /// Whether this part tells of a customer of the ledger, whom perhaps no row names any more.
    pub fn owns_customer(&self, world: &World, id: &str) -> bool {
        self.shows_subject(world, Subject::Customer, id)
    }

    /// Whether what every part finds out about something is told by this one.
    pub fn shows_subject(&self, world: &World, subject: Subject, id: &str) -> bool {
        self.owns(self.of_subject(world, subject, id))
    }

    /// Whether a finding that every part makes is shown by this one.
    pub fn shows(&self, world: &World, finding: &Finding) -> bool {
        self.shows_subject(world, finding.subject, &finding.id)
    }

    /// Whether a finding is shown by this part. One about an entry is made by the part that has the entry; entries that are gone are told
    /// by the part of their id. A draft for somebody whom only the ledger names is made by the part with its entries (G7).
    pub fn owns_finding(&self, world: &World, finding: &Finding) -> bool {
        let is_own = match finding.subject {
            Subject::Entry => finding.place.is_some(),
            Subject::Draft => self.of_draft(world, &finding.id).is_none(),
            Subject::Customer => finding.code == Code::DraftHeld && self.of_listed(world, &finding.id).is_none(),
            _ => false,
        };
        is_own || self.shows(world, finding)
    }

    /// A figure of a document goes with the order line that it is about.
    pub fn owns_figure(&self, world: &World, document: &str, order_line: &str) -> bool {
        let line = world.lines.find(order_line).map(|line| self.of_line(world, line));
        self.owns(line.unwrap_or_else(|| Split::of_id(document)))
    }

    /// Narrows the order lines and tickets down to those of this part.
    pub fn narrow(&self, world: &mut World) {
        let own = |key: u64| self.owns(key);
        let lines: Vec<bool> = world.lines.indices().map(|line| own(self.of_line(world, line))).collect();
        let tickets: Vec<bool> = world.tickets.indices().map(|ticket| own(self.of_ticket(world, ticket))).collect();
        world.lines.keep_own(lines);
        world.tickets.keep_own(tickets);
    }
}

/// Nobody can be known by it: what cells are trimmed of, and nothing else.
fn is_blank(id: &str) -> bool {
    id.chars().all(|c| matches!(c, ' ' | '\t' | '\u{a0}' | '\r' | '\n'))
}

/// The customers that a draft could be for whose id goes on with this text: what stands before `-`, three letters, and `-` or the end.
/// Small letters count as well: ids of drafts may differ in them alone.
fn parties_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('-').filter_map(|(at, _)| {
        let after = text.as_bytes().get(at + 1..)?;
        let currency = after.get(..3).is_some_and(|letters| letters.iter().all(u8::is_ascii_alphabetic));
        (currency && matches!(after.get(3), None | Some(b'-'))).then(|| text.get(..at)).flatten()
    })
}

/// Commercial trees that are joined to groups, each known by its smallest root.
struct Trees<'a> {
    world: &'a World,
    /// By customer, of roots: another root of the group with a smaller id, or itself.
    towards: Vec<Idx<Customer>>,
}

impl<'a> Trees<'a> {
    fn new(world: &'a World) -> Trees<'a> {
        Trees { world, towards: world.customers.indices().collect() }
    }

    fn smallest(&mut self, customer: Idx<Customer>) -> Idx<Customer> {
        let mut here = self.world.root(customer);
        loop {
            let towards = |customer: Idx<Customer>| self.towards.get(customer.position()).copied();
            let next = towards(here).or_bug("every customer has its group");
            let after = towards(next).or_bug("every customer has its group");
            if next == here {
                return here;
            }
            // Half of the way is short-cut each time.
            *self.towards.get_mut(here.position()).or_bug("every customer has its group") = after;
            here = after;
        }
    }

    fn join(&mut self, one: Idx<Customer>, other: Idx<Customer>) {
        let (one, other) = (self.smallest(one), self.smallest(other));
        if one == other {
            return;
        }
        let id = |customer| self.world.customers.id(customer);
        let (smaller, larger) = if id(one) < id(other) { (one, other) } else { (other, one) };
        if let Some(slot) = self.towards.get_mut(larger.position()) {
            *slot = smaller;
        }
    }

    /// The key of each customer's group, by position of the customer.
    fn keys(mut self) -> Vec<u64> {
        let customers: Vec<Idx<Customer>> = self.world.customers.indices().collect();
        customers.into_iter().map(|customer| Split::of_id(self.world.customers.id(self.smallest(customer)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_written_as_a_number_of_a_number() {
        for (text, shown) in [("1/1", Some("1/1")), ("03/7", Some("3/7")), ("7/7", Some("7/7")), ("1/1000000", None)] {
            assert_eq!(Shard::parse(text).map(|shard| shard.to_string()), Ok(shown.unwrap_or(text).to_owned()));
        }
        for text in ["", "3", "0/7", "8/7", "3/0", "-1/7", "3/7/9", "3/ 7", "+3/7", "a/b", "1/1000001", "1/99999999999"]
        {
            assert!(Shard::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn each_key_falls_into_one_part() {
        for of in [1, 2, 7, 64] {
            for key in (0..500_u64).map(|key| xxh3_64(&key.to_le_bytes())) {
                assert_eq!((1..=of).filter(|&number| Shard { number, of }.has(key)).count(), 1);
            }
        }
    }

    #[test]
    fn customers_are_found_in_the_ids_of_drafts() {
        let found = |text| parties_in(text).collect::<Vec<_>>();
        assert_eq!(found("C1-EUR"), ["C1"]);
        assert_eq!(found("C1-EUR-EUR-2"), ["C1", "C1-EUR"]);
        assert_eq!(found("é-1-JPY-S1"), ["é-1"]);
        assert_eq!(found("-EUR"), [""]);
        assert_eq!(found("c1-eur"), ["c1"]);
        assert!(found("C1-EURO C1-EU C1-EU1").is_empty());
    }
}
