//! The checked world: customers, teams, order lines and tickets as structs, entries as columns. Nothing unchecked gets in here.

mod agreement;
mod edits;
mod entries;
mod facts;
mod hours;
mod line;
mod minimum;
mod own;
mod pack;
mod rate;
mod some_lines;
mod totals;
mod waiver;

pub use agreement::{Agreed, Agreement, Agreements, Circumstance, Circumstances, Fits, Nameless, NoAgreement, Priced};
pub use edits::{
    Accepting, Action, Adjustment, Adjustments, Contradicted, CreditWanted, Credited, Dated, DownPaymentRequest, Fate,
    LineEdits, OnHold, State, TargetKind, Treatment, Window, WorkEdits,
};
pub use entries::{Chunk, Details, Entries, Entry, EntryView, Exported, Work, made_key, number_entries, text_hash};
pub use facts::Facts;
pub use hours::HoursColumn;
pub use line::{LineLink, OrderLine, Policy, Terms};
pub use minimum::{Minimum, MinimumBy, MinimumGroup, MinimumPer, StepRounding};
pub use own::{IdSet, KeptWork, PostedIds, said_hash, work_hash};
pub use pack::{NotDrawn, Overdraft, PackTerms, PacksSaid};
pub use rate::{Doing, HourRate, RateCell, RateCells, RateWeight, Rates, RoleHeld, exported_price};
pub use some_lines::SomeLines;
pub use totals::{Elsewhere, EntryTotals, Fingerprint};
pub use waiver::{Waiver, Waivers};

use std::collections::{BTreeMap, BTreeSet};

use crate::alias::Aliases;
use crate::bound::BoundKey;
use crate::bug::OrBug;
use crate::calendar::{Date, Moment};
use crate::finding::Place;
use crate::ident::{Ids, Idx, company_ids_agree};
use crate::quantity::{Currency, Hours, Quantity, UnitPrice};

/// B7: how the lines of a customer are parted into drafts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupBy {
    #[default]
    Customer,
    Order,
    Ticket,
}

impl GroupBy {
    pub const ALL: [GroupBy; 3] = [GroupBy::Customer, GroupBy::Order, GroupBy::Ticket];

    pub fn name(self) -> &'static str {
        match self {
            GroupBy::Customer => "customer",
            GroupBy::Order => "order",
            GroupBy::Ticket => "ticket",
        }
    }

    pub fn from_name(name: &str) -> Option<GroupBy> {
        GroupBy::ALL.into_iter().find(|group_by| group_by.name() == name)
    }
}

/// Where letters go. A part that is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    pub street: String,
    pub street2: String,
    pub city: String,
    pub postcode: String,
    /// ISO 3166 alpha-2, as exported.
    pub country: String,
}

impl Address {
    pub fn is_empty(&self) -> bool {
        [&self.street, &self.street2, &self.city, &self.postcode, &self.country].iter().all(|part| part.is_empty())
    }
}

/// What documents say about a customer; no amount rests on it. A part that is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    pub address: Address,
    pub vat_id: String,
    /// Number in the register of companies (BT-47), and its scheme in ISO 6523.
    pub registration: String,
    pub registration_scheme: String,
    pub email: String,
    /// A language tag such as `fr`, `fr_BE` or `nl-NL`, as exported.
    pub language: String,
    /// Where electronic invoices go (BT-49), and the scheme of that address.
    pub electronic_address: String,
    pub electronic_address_scheme: String,
    /// What the buyer wants to find on an invoice to route it (BT-10).
    pub buyer_reference: String,
}

/// A customer that an export lists or names.
#[derive(Clone, Debug, Default)]
pub struct Customer {
    /// Stands in the customers input, rather than only being named elsewhere.
    pub listed: bool,
    pub name: String,
    pub parent: Option<Idx<Customer>>,
    /// The customer is on hold: no draft is made for it (B7).
    pub hold: bool,
    /// Each order of the customer gets a draft of its own (B7).
    pub per_order: bool,
    pub group_by: Option<GroupBy>,
    pub payment_terms: String,
    /// The minimum by which the customer's hours are billed (M1).
    pub minimum: Option<Minimum>,
    pub contact: Contact,
    pub place: Option<Place>,
}

/// A helpdesk team; its tickets are billed when both flags are on (L4).
#[derive(Clone, Debug)]
pub struct Team {
    /// Stands in the teams input, or there is none.
    pub listed: bool,
    pub timesheets: bool,
    pub time_billing: bool,
}

impl Team {
    /// A team that is only named: no row says anything of it.
    pub fn bare() -> Team {
        Team { listed: false, timesheets: true, time_billing: true }
    }

    pub fn bills(&self) -> bool {
        self.timesheets && self.time_billing
    }
}

/// C6: why an hour has no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unpriced {
    /// Neither the agreement nor a rate says a price.
    RateMissing,
    /// The rate that fits is in another currency than the line.
    RateCurrency,
}

/// A sales order: only its id, its lines say the rest.
pub struct Order;

/// A company of the group, by name; the empty name is no company.
pub struct Company;

/// A helpdesk ticket.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    pub customer: Idx<Customer>,
    pub created_on: Option<Moment>,
    pub team: Option<Idx<Team>>,
    pub closed_on: Option<Moment>,
    /// The ERP's own total, for reconciliation.
    pub hours_spent: Option<Hours>,
    pub company: Idx<Company>,
    pub place: Place,
    /// G14: no row says anything of it any more; the ledger knows that there was one.
    pub left: bool,
}

impl Ticket {
    /// A ticket of which only the customer and company are known: a row puts what it says over that.
    pub fn bare(customer: Idx<Customer>, company: Idx<Company>, place: Place) -> Ticket {
        Ticket {
            customer,
            created_on: None,
            team: None,
            closed_on: None,
            hours_spent: None,
            company,
            place,
            left: false,
        }
    }
}

/// What every entry asks of its ticket. It stands apart from the ticket: millions of entries ask in no order, so what they ask has to
/// stay in the cache.
#[derive(Clone, Copy, Debug)]
pub struct TicketLink {
    /// The line the ticket names, when that is known.
    pub line: Option<Idx<OrderLine>>,
    /// The root of its customer's commercial tree.
    pub root: Idx<Customer>,
    /// The facts of every entry of the ticket that names no order line of its own.
    pub of_entries: Facts,
}

impl TicketLink {
    /// L4: its team bills its time.
    pub fn bills(self) -> bool {
        !self.of_entries.has(Facts::TEAM_OFF)
    }
}

/// A table of things with ids. All parts of a run know all of them, and each answers for some: those are the ones that are gone through.
pub struct Registry<T> {
    pub ids: Ids<T>,
    rows: Vec<T>,
    /// By position, whether this part of a run answers for it; `None`: a whole run, which answers for everything.
    own: Option<Vec<bool>>,
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Registry { ids: Ids::default(), rows: Vec::new(), own: None }
    }
}

impl<T> Registry<T> {
    /// Adds a thing under an id that is not known yet; a known id is left as it is. What is added behind what a part answers for is
    /// nobody's: a ticket that left the export (G14).
    pub fn insert(&mut self, id: &str, thing: T) -> Idx<T> {
        let idx = self.ids.intern(id);
        if idx.position() == self.rows.len() {
            self.rows.push(thing);
        }
        idx
    }

    /// Narrows what is gone through down to what a part of a run answers for; `own` says so by position.
    pub fn keep_own(&mut self, own: Vec<bool>) {
        self.own = Some(own);
    }

    /// As before [`Registry::keep_own`]: what was added since goes.
    pub fn own_all(&mut self) {
        if let Some(own) = self.own.take() {
            self.rows.truncate(own.len());
            self.ids.truncate(own.len());
        }
    }

    /// Whether this run, or this part of one, answers for it.
    #[inline]
    pub fn is_own(&self, idx: Idx<T>) -> bool {
        self.own.as_ref().is_none_or(|own| own.get(idx.position()).copied().unwrap_or(false))
    }

    /// What an index stands for: every index comes from this table.
    #[inline]
    #[track_caller]
    pub fn at(&self, idx: Idx<T>) -> &T {
        self.rows.get(idx.position()).or_bug("an index is of the table that gave it out")
    }

    #[track_caller]
    pub fn at_mut(&mut self, idx: Idx<T>) -> &mut T {
        self.rows.get_mut(idx.position()).or_bug("an index is of the table that gave it out")
    }

    pub fn id(&self, idx: Idx<T>) -> &str {
        self.ids.text(idx)
    }

    pub fn find(&self, id: &str) -> Option<Idx<T>> {
        self.ids.find(id)
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn indices(&self) -> impl Iterator<Item = Idx<T>> + use<T> {
        (0..self.len()).filter_map(Idx::new)
    }

    /// Those that this run, or this part of one, answers for: their positions have gaps.
    pub fn iter(&self) -> impl Iterator<Item = (Idx<T>, &T)> {
        self.of_every_part().filter(|(idx, _)| self.is_own(*idx))
    }

    /// Those of other parts of the run too: for what hangs on all orders and agreements, whoever bills them.
    pub fn of_every_part(&self) -> impl Iterator<Item = (Idx<T>, &T)> {
        self.rows.iter().enumerate().filter_map(|(position, row)| Some((Idx::new(position)?, row)))
    }
}

/// A line of an invoice that the ERP made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErpInvoiceLine {
    /// The ERP's number of the document.
    pub document: String,
    /// The order line as the export names it, which may be in no other input. Empty when the line is for none.
    pub order_line: String,
    pub quantity: Option<Quantity>,
    pub price: Option<UnitPrice>,
    /// The net, in whole units of the currency (12.5 is 12.50 EUR).
    pub amount: Option<Quantity>,
    pub currency: Option<Currency>,
    /// Empty when the export does not say.
    pub customer: String,
    pub date: Option<Date>,
    pub state: ErpState,
    /// Where the ERP keeps the id of our draft, as imports write it.
    pub reference: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErpState {
    Draft,
    Posted,
    Cancelled,
}

/// Everything that was read and can be used.
#[derive(Default)]
pub struct World {
    pub customers: Registry<Customer>,
    /// Root of each customer's commercial tree, by position.
    pub roots: Vec<Idx<Customer>>,
    pub teams: Registry<Team>,
    pub orders: Registry<Order>,
    pub companies: Registry<Company>,
    pub lines: Registry<OrderLine>,
    /// By order line.
    line_links: Vec<LineLink>,
    /// What order lines say as packs, in all.
    pub packs: PacksSaid,
    /// C1: which of the lines are agreements.
    pub agreements: Agreements,
    pub rates: Rates,
    pub tickets: Registry<Ticket>,
    /// By ticket.
    ticket_links: Vec<TicketLink>,
    pub entries: Entries,
    /// Entries that count in other parts of a run and are for tickets of this one: they count for the figures of those tickets and for
    /// nothing else. Their positions go on behind those of `entries`.
    pub lent: Vec<Chunk>,
    /// G6: rows whose ids were made of cells, and that cannot be told from billed ones of their key.
    pub ambiguous: BTreeSet<Place>,
    /// X5: entries that bounds hold, by place, with the bound. No other entry has [`Facts::BOUND`].
    pub bounded: BTreeMap<Place, BoundKey>,
    /// The least and the greatest date of the timesheets that were read, those of other parts of the run too.
    pub dates_read: Option<(Date, Date)>,
    /// K8: the newest date of entries that can be used, those of other parts of the run among them. Looked for where a balance has no
    /// other date.
    pub newest_entry: Option<Date>,
    /// Requests for down payments (D1), sorted by order and then by what they are known by.
    pub requests: Vec<DownPaymentRequest>,
    pub adjustments: Adjustments,
    pub waivers: Waivers,
    /// The rows of the credits input (§7.6).
    pub credits: Vec<CreditWanted>,
    /// The lines of the ERP's own invoices, in the order read.
    pub erp_invoices: Vec<ErpInvoiceLine>,
    /// Ids of order lines whose rows were set aside.
    pub lines_aside: BTreeSet<String>,
    /// G10: invoices of the ERP of which every line is cancelled.
    pub invoices_cancelled: BTreeSet<String>,
    /// By place of the entry, the cancelled invoice that it names (G10).
    pub open_again: BTreeMap<Place, String>,
    /// The other names by which exports call the records.
    pub aliases: Aliases,
    /// Some row of the timesheets names an invoice of the ERP.
    pub names_invoices: bool,
    /// The ids of all entries; kept by a part of a run on top of a ledger.
    pub exported: Option<IdSet>,
    /// K6: what closes have kept; for a part of a run, which tells of a month what the whole run tells.
    pub kept_work: Option<KeptWork>,
    /// Rows of other parts that may be new or changed in a closed month. They count nowhere.
    pub changed_elsewhere: Vec<Chunk>,
}

impl World {
    /// The entries of this run, or this part of one, with those that other parts lend it for its tickets.
    pub fn entries_and_lent(&self) -> impl Iterator<Item = &Chunk> + Clone {
        self.entries.chunk_list().iter().chain(&self.lent)
    }

    /// An entry of [`World::entries_and_lent`]: what the ledger calls otherwise now may be lent.
    pub fn entry(&self, idx: Idx<Entry>) -> EntryView<'_> {
        let position = idx.position();
        if position < self.entries.len() {
            return self.entries.at(idx);
        }
        let of_chunk = |chunk: &Chunk| position.checked_sub(chunk.start).is_some_and(|row| row < chunk.len());
        let chunk = self.lent.iter().find(|chunk| of_chunk(chunk)).or_bug("behind the entries are those that are lent");
        chunk.get(position - chunk.start).or_bug("the columns of a chunk are of one length")
    }

    /// What all parts of a run share, to read the entries of another one: all that is this part's alone goes.
    pub fn without_part(mut self) -> World {
        self.lines.own_all();
        self.tickets.own_all();
        self.ticket_links.truncate(self.tickets.len());
        World {
            adjustments: self.adjustments.unresolved(),
            entries: Entries::default(),
            lent: Vec::new(),
            changed_elsewhere: Vec::new(),
            ambiguous: BTreeSet::new(),
            bounded: BTreeMap::new(),
            open_again: BTreeMap::new(),
            newest_entry: None,
            ..self
        }
    }

    /// Notes other names of the record `id` of an input.
    pub fn call(&mut self, input: crate::inputs::Input, id: &str, names: &[(crate::alias::Key, String)]) {
        for (key, name) in names {
            self.aliases.add(input, *key, name, id);
        }
    }

    /// G10: the invoice of the ERP that an entry names, when it was cancelled. Lists show more behind the number of an invoice, in brackets.
    pub fn cancelled_invoice(&self, named: &str) -> Option<&str> {
        if self.invoices_cancelled.is_empty() {
            return None;
        }
        let number = named.trim();
        let without = || number.strip_suffix(')').and_then(|number| number.rsplit_once(" (")).map(|(number, _)| number);
        let known = self.invoices_cancelled.get(number);
        known.or_else(|| self.invoices_cancelled.get(without()?)).map(String::as_str)
    }

    /// Root of a customer's commercial tree (L2).
    pub fn root(&self, customer: Idx<Customer>) -> Idx<Customer> {
        self.roots.get(customer.position()).copied().or_bug("every customer has a root")
    }

    /// The company of a name; a row without one has the company without a name.
    pub fn company(&mut self, name: &str) -> Idx<Company> {
        self.companies.insert(name, Company)
    }

    /// L2: the two companies are the same, or one of them is the company without a name.
    pub fn companies_agree(&self, one: Idx<Company>, other: Idx<Company>) -> bool {
        one == other || company_ids_agree(self.companies.id(one), self.companies.id(other))
    }

    /// §8.1: what adjustments say about the entry itself.
    pub fn entry_edits(&self, entry: &EntryView<'_>) -> Option<&WorkEdits> {
        if entry.facts.has(Facts::ADJUSTED) { self.adjustments.entries.get(&entry.place()) } else { None }
    }

    /// §8.1: what adjustments say about the entry's ticket.
    pub fn ticket_edits(&self, entry: &EntryView<'_>) -> Option<&WorkEdits> {
        if entry.facts.has(Facts::TICKET_ADJUSTED) { self.adjustments.tickets.get(&entry.ticket?) } else { None }
    }

    /// §8.1: the line that the entry is moved to, else the one that its ticket is moved to.
    #[inline]
    pub fn moved(&self, entry: &EntryView<'_>) -> Option<(Idx<OrderLine>, Idx<Adjustment>)> {
        if !entry.is_adjusted() {
            return None;
        }
        let moved = |edits: Option<&WorkEdits>| edits?.moved.on(entry.date());
        moved(self.entry_edits(entry)).or_else(|| moved(self.ticket_edits(entry)))
    }

    /// G14: the ticket of the entry left the export, and with it the line that it named.
    pub fn ticket_left(&self, entry: &EntryView<'_>) -> bool {
        entry.ticket.is_some_and(|ticket| self.tickets.at(ticket).left)
    }

    /// L1: the line that the entry names, else the one its ticket names. A move comes before both.
    pub fn named_line(&self, entry: &EntryView<'_>) -> Option<Idx<OrderLine>> {
        self.moved(entry).map(|(line, _)| line).or(entry.line)
    }

    /// §4.6: the adjustments hold hours like those of the entry, or held them in runs of other periods.
    pub fn is_on_hold(&self, entry: &EntryView<'_>, line: Option<Idx<OrderLine>>) -> bool {
        if self.adjustments.holds.is_empty() {
            return false;
        }
        let sold = line.map(|line| self.lines.at(line));
        let customers = sold.map(|sold| [sold.customer, sold.billed_customer()]).into_iter().flatten();
        let of_line = [line.map(OnHold::Line), sold.map(|sold| OnHold::Order(sold.order))];
        let of_work = [entry.ticket.map(OnHold::Ticket), Some(OnHold::Entry(entry.place()))];
        let all = of_line.into_iter().chain(of_work).flatten().chain(customers.map(OnHold::Customer));
        entry.date().is_some_and(|date| self.adjustments.holds_any(date, all))
    }

    /// §8.1: the adjustment that makes the entry non-billable, else the one that makes its ticket so, else the one that writes it off.
    #[inline]
    pub fn set_off(&self, entry: &EntryView<'_>) -> Option<Idx<Adjustment>> {
        if !entry.is_adjusted() {
            return None;
        }
        let of_entry = self.entry_edits(entry);
        let edits = [of_entry, self.ticket_edits(entry)];
        let set_off = edits.into_iter().flatten().find_map(|edits| edits.non_billable.on(entry.date()));
        set_off.or_else(|| of_entry?.write_off.on(entry.date())).map(|(_, why)| why)
    }

    /// §8.4: the price and discount of a line for hours of a date; lines without entries have the same on all.
    pub fn terms(&self, idx: Idx<OrderLine>, line: &OrderLine, date: Option<Date>) -> Terms {
        let says = self.agreements.of_line(idx).filter(|says| !says.priced.is_whole());
        let unpriced = says.map(|_| Unpriced::RateMissing);
        let own = Terms { unpriced, ..Terms::of(line.order_price, line.order_discount) };
        let Some(edits) = self.adjustments.of_line(idx) else { return own };
        let by_time = line.policy == Policy::Time;
        let price = if by_time { edits.price.on(date) } else { edits.price.first() };
        let discount = if by_time { edits.discount.on(date) } else { edits.discount.first() };
        Terms {
            price: price.map_or(line.order_price, |(price, _)| price),
            discount: discount.map_or(line.order_discount, |(discount, _)| discount),
            price_by: price.map(|(_, why)| why),
            discount_by: discount.map(|(_, why)| why),
            rate: None,
            // C6: an adjustment says the price where the agreement says none, but no currency.
            unpriced: unpriced.filter(|_| price.is_none() || says.is_some_and(|says| !says.priced.has_currency)),
        }
    }

    /// Adds a customer under an id that is not known yet, as its own root: whoever knows the trees sets `roots` afterwards.
    pub fn add_customer(&mut self, id: &str, customer: Customer) -> Idx<Customer> {
        let idx = self.customers.insert(id, customer);
        if idx.position() == self.roots.len() {
            self.roots.push(idx);
        }
        idx
    }

    /// Adds an order line under an id that is not known yet.
    pub fn add_line(&mut self, id: &str, line: OrderLine) -> Idx<OrderLine> {
        let link = LineLink {
            root: self.root(line.customer),
            by_time: line.policy == Policy::Time,
            confirmed: line.confirmed,
        };
        self.packs.meet(&line);
        let idx = self.lines.insert(id, line);
        if idx.position() == self.line_links.len() {
            self.line_links.push(link);
        }
        idx
    }

    /// Adds a ticket under an id that is not known yet, with the line that it names.
    pub fn add_ticket(&mut self, id: &str, ticket: Ticket, line: Option<Idx<OrderLine>>) -> Idx<Ticket> {
        let root = self.root(ticket.customer);
        let bills = ticket.team.is_none_or(|team| self.teams.at(team).bills());
        let idx = self.tickets.insert(id, ticket);
        if idx.position() == self.ticket_links.len() {
            let mut of_entries = Facts::default();
            of_entries.set_if(!bills, Facts::TEAM_OFF);
            let of_entries = of_entries.on_line(Some(root), line.map(|line| self.line_link(line)));
            self.ticket_links.push(TicketLink { line, root, of_entries });
        }
        idx
    }

    #[inline]
    #[track_caller]
    pub fn line_link(&self, line: Idx<OrderLine>) -> LineLink {
        self.line_links.get(line.position()).copied().or_bug("every order line has its link")
    }

    #[inline]
    #[track_caller]
    pub fn ticket_link(&self, ticket: Idx<Ticket>) -> TicketLink {
        self.ticket_links.get(ticket.position()).copied().or_bug("every ticket has its link")
    }

    /// Notes that adjustments name the ticket (§8); to be called before its entries are read.
    pub fn set_adjusted(&mut self, ticket: Idx<Ticket>) {
        let link = self.ticket_links.get_mut(ticket.position()).or_bug("every ticket has its link");
        link.of_entries.set(Facts::TICKET_ADJUSTED);
    }
}
