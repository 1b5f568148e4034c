//! C1 to C3: what was agreed with customers where no sales order says it. An agreement is a confirmed order line; this is what it says
//! beside that, and which of them an entry takes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Customer, Doing, EntryView, HourRate, OrderLine, Policy, World};
use crate::calendar::Date;
use crate::finding::Place;
use crate::ident::Idx;

/// What an agreement says beside its order line.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// The project that it is for, trimmed; empty where it is for any.
    pub project: String,
    /// C3: the first and the last day on which it holds; `None` where there is no such end.
    pub from: Option<Date>,
    pub to: Option<Date>,
    pub priced: Priced,
}

/// Whether an agreement says what an hour costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced {
    pub has_price: bool,
    pub has_currency: bool,
}

impl Priced {
    /// It says both price and currency.
    pub fn is_whole(self) -> bool {
        self.has_price && self.has_currency
    }

    /// In words, what it does not say.
    pub fn lacks(self) -> &'static str {
        match (self.has_price, self.has_currency) {
            (false, false) => "unit_price and no currency",
            (true, false) => "currency",
            (_, true) => "unit_price",
        }
    }
}

impl Agreement {
    /// The date lies within its days (C3).
    pub fn holds(&self, date: Date) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }
}

/// An agreement without a customer: nobody can be billed by it.
#[derive(Clone, Debug)]
pub struct Nameless {
    pub id: String,
    pub says: Agreement,
    pub place: Place,
}

/// The agreements of one project.
#[derive(Debug, Default)]
struct OfProject {
    /// Agreements billed by time: prepaid ones are reached by L2 alone.
    lines: Vec<Idx<OrderLine>>,
    /// The customers of all agreements of the project, each once.
    customers: Vec<Idx<Customer>>,
    /// The agreements of the project without a customer, as positions in `Agreements::nameless`.
    nameless: Vec<usize>,
}

/// All agreements of a job.
#[derive(Debug, Default)]
pub struct Agreements {
    /// The job has an agreements input, with rows or without.
    are_given: bool,
    of_line: BTreeMap<Idx<OrderLine>, Agreement>,
    nameless: Vec<Nameless>,
    by_project: BTreeMap<String, OfProject>,
    /// By customer, the agreements without a project that are billed by time.
    by_customer: BTreeMap<Idx<Customer>, Vec<Idx<OrderLine>>>,
}

impl Agreements {
    pub fn is_empty(&self) -> bool {
        self.of_line.is_empty() && self.nameless.is_empty()
    }

    /// Notes that the job has an agreements input, with rows or without.
    pub fn give(&mut self) {
        self.are_given = true;
    }

    pub fn are_given(&self) -> bool {
        self.are_given
    }

    /// What the order line says as an agreement; `None` for lines of orders.
    #[inline]
    pub fn of_line(&self, line: Idx<OrderLine>) -> Option<&Agreement> {
        if self.of_line.is_empty() { None } else { self.of_line.get(&line) }
    }

    /// A pack that was agreed on is no longer valid on the date.
    pub fn has_ended(&self, line: Idx<OrderLine>, date: Date) -> bool {
        self.of_line(line).is_some_and(|says| says.to.is_some_and(|to| to < date))
    }

    /// The agreements without a customer.
    pub fn nameless(&self) -> &[Nameless] {
        &self.nameless
    }

    pub fn add_nameless(&mut self, nameless: Nameless) {
        if !nameless.says.project.is_empty() {
            let of_project = self.by_project.entry(nameless.says.project.clone()).or_default();
            of_project.nameless.push(self.nameless.len());
        }
        self.nameless.push(nameless);
    }

    pub fn add(&mut self, idx: Idx<OrderLine>, line: &OrderLine, says: Agreement) {
        let by_time = line.policy == Policy::Time;
        if says.project.is_empty() {
            if by_time {
                self.by_customer.entry(line.customer).or_default().push(idx);
            }
        } else {
            let of_project = self.by_project.entry(says.project.clone()).or_default();
            if by_time {
                of_project.lines.push(idx);
            }
            if !of_project.customers.contains(&line.customer) {
                of_project.customers.push(line.customer);
            }
        }
        self.of_line.insert(idx, says);
    }

    /// C2: the one customer of all agreements of a project.
    pub fn customer_of_project(&self, project: &str) -> Option<Idx<Customer>> {
        let of_project = self.by_project.get(project).filter(|of_project| of_project.nameless.is_empty())?;
        match of_project.customers.as_slice() {
            [customer] => Some(*customer),
            _ => None,
        }
    }
}

/// How much an agreement says of an entry, most first (C3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fits {
    ProjectAndCustomer,
    /// The project, and a customer of the same commercial tree.
    Project,
    Customer,
    Root,
}

impl Fits {
    pub fn name(self) -> &'static str {
        match self {
            Fits::ProjectAndCustomer => "project and customer",
            Fits::Project => "project, and a customer of the same tree",
            Fits::Customer => "customer",
            Fits::Root => "root of the customer",
        }
    }
}

/// What many entries say alike about whom they are for: all that C2 and C3 ask of an entry but its date.
#[derive(Clone, Debug, Default)]
pub struct Circumstance {
    /// C2; `None` when nobody knows whose work it is.
    pub customer: Option<Idx<Customer>>,
    /// The customer that the row names and no other input knows.
    pub unknown_customer: String,
    /// The customer is that of all agreements of the project.
    pub of_project: bool,
    /// Trimmed.
    pub project: String,
    /// The company that the row names, else its ticket's; it need not be one that another input knows.
    pub company: String,
    /// Agreements that fit whatever the date: what says most first, equal ones by id.
    candidates: Vec<(Fits, Idx<OrderLine>)>,
    /// C4: what rates ask of the entry; nothing where the job has none.
    pub doing: Doing,
    /// Rates that may fit, whatever the date and the line.
    pub rates: Vec<Idx<HourRate>>,
}

impl Circumstance {
    /// `known` is the customer of the ticket, else the one that the entry names; `project` stands in `doing`, too, where there are rates.
    pub fn new(
        world: &World,
        known: Option<Idx<Customer>>,
        unknown_customer: &str,
        project: &str,
        company: &str,
        doing: Doing,
    ) -> Circumstance {
        // One that only the row knows is not that of the project.
        let of_project = known.is_none() && unknown_customer.is_empty();
        let customer = if of_project { world.agreements.customer_of_project(project) } else { known };
        let candidates = candidates(world, customer, project, company);
        Circumstance {
            customer,
            unknown_customer: unknown_customer.to_owned(),
            of_project,
            project: project.to_owned(),
            company: company.to_owned(),
            candidates,
            rates: world.rates.candidates(&doing),
            doing,
        }
    }

    /// The agreements that fit and hold on the date, the one that says most first.
    pub fn valid<'a>(&'a self, world: &'a World, date: Date) -> impl Iterator<Item = (Fits, Idx<OrderLine>)> + 'a {
        let holds = move |line| world.agreements.of_line(line).is_some_and(|says| says.holds(date));
        self.candidates.iter().copied().filter(move |(_, line)| holds(*line))
    }

    /// C3.
    fn on(&self, world: &World, date: Date) -> Agreed {
        let mut valid = self.valid(world, date);
        let Some((most, line)) = valid.next() else { return Agreed::Nothing };
        match valid.next() {
            Some((fits, other)) if fits == most => Agreed::Several(line, other),
            _ => Agreed::On(line),
        }
    }
}

fn candidates(
    world: &World,
    customer: Option<Idx<Customer>>,
    project: &str,
    company: &str,
) -> Vec<(Fits, Idx<OrderLine>)> {
    let Some(customer) = customer else { return Vec::new() };
    let (all, root) = (&world.agreements, world.root(customer));
    let of_project = all.by_project.get(project).filter(|_| !project.is_empty());
    let of_project = of_project.into_iter().flat_map(|of_project| &of_project.lines).filter_map(|&line| {
        let of = world.lines.at(line).customer;
        match of == customer {
            true => Some((Fits::ProjectAndCustomer, line)),
            false => (world.root(of) == root).then_some((Fits::Project, line)),
        }
    });
    let of = |customer, fits| {
        all.by_customer.get(&customer).into_iter().flatten().map(move |line: &Idx<OrderLine>| (fits, *line))
    };
    let of_root = Some(root).filter(|root| *root != customer);
    let of_customer = of(customer, Fits::Customer).chain(of_root.into_iter().flat_map(|root| of(root, Fits::Root)));
    let same_company = |line: Idx<OrderLine>| {
        let of_line = world.companies.id(world.lines.at(line).company);
        of_line.is_empty() || company.is_empty() || of_line == company
    };
    let mut found: Vec<_> = of_project.chain(of_customer).filter(|(_, line)| same_company(*line)).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| world.lines.id(a.1).cmp(world.lines.id(b.1))));
    found
}

/// Why an entry that has no line takes no agreement either (C2, C3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum NoAgreement {
    /// It names neither a customer nor a project.
    NamesNothing,
    /// It names no customer, and the agreement of its project none either.
    Nameless,
    /// It names no customer, and no agreement is about its project.
    ProjectUnknown,
    /// It names no customer, and its project is agreed on with several.
    SeveralCustomers,
    /// Its customer is known, and no agreement fits.
    NothingFits,
}

impl NoAgreement {
    /// For programs.
    pub fn name(self) -> &'static str {
        match self {
            NoAgreement::NamesNothing => "names_nothing",
            NoAgreement::Nameless => "agreement_without_customer",
            NoAgreement::ProjectUnknown => "project_without_agreement",
            NoAgreement::SeveralCustomers => "project_of_several_customers",
            NoAgreement::NothingFits => "no_agreement_fits",
        }
    }

    /// In words, of the entry.
    pub fn reason(self) -> &'static str {
        match self {
            NoAgreement::NamesNothing => "names neither a customer nor a project: nobody knows whom to bill",
            NoAgreement::Nameless => "names no customer, and the agreement of its project names none either",
            NoAgreement::ProjectUnknown => "names no customer, and no agreement says whose its project is",
            NoAgreement::SeveralCustomers => "names no customer, and its project is agreed on with several",
            NoAgreement::NothingFits => "no agreement fits its customer, project and date",
        }
    }
}

/// The circumstances of the entries of a chunk; empty where the job has neither agreements nor rates.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// By position of the entry in the chunk, the position of its circumstance in `all`.
    pub of: Vec<u32>,
    pub all: Arc<Vec<Circumstance>>,
}

/// The agreement that an entry takes where no order line is named or picked (C3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreed {
    Nothing,
    On(Idx<OrderLine>),
    /// Two agreements fit equally well; both of them.
    Several(Idx<OrderLine>, Idx<OrderLine>),
}

impl World {
    /// The agreement that the entry would take (C3). L2 comes before that: it is not asked here.
    #[inline]
    pub fn agreed(&self, entry: &EntryView<'_>) -> Agreed {
        match entry.circumstance().zip(entry.date()) {
            Some((circumstance, date)) => circumstance.on(self, date),
            None => Agreed::Nothing,
        }
    }

    /// W: an agreement names the project of the entry, and holds its date: it comes before all packs but one that is named.
    pub fn is_agreed_by_project(&self, entry: &EntryView<'_>) -> bool {
        if self.agreements.is_empty() {
            return false;
        }
        let Some((circumstance, date)) = entry.circumstance().zip(entry.date()) else { return false };
        let most = circumstance.valid(self, date).next();
        most.is_some_and(|(fits, _)| matches!(fits, Fits::ProjectAndCustomer | Fits::Project))
    }

    /// The line that the entry or its ticket names (L1), else the one agreement that it takes (C3).
    pub fn own_line(&self, entry: &EntryView<'_>) -> Option<Idx<OrderLine>> {
        self.named_line(entry).or_else(|| match self.agreed(entry) {
            Agreed::On(line) => Some(line),
            Agreed::Nothing | Agreed::Several(..) => None,
        })
    }

    /// The customer whom the work is for (C2); that of the entry's ticket where the job has no agreements.
    pub fn customer_of(&self, entry: &EntryView<'_>) -> Option<Idx<Customer>> {
        let of_ticket = || Some(self.tickets.at(entry.ticket?).customer);
        entry.circumstance().map_or_else(of_ticket, |circumstance| circumstance.customer)
    }

    /// C3: the agreement without a customer that an entry of unknown customer would take.
    pub fn nameless(&self, entry: &EntryView<'_>) -> Option<usize> {
        let (circumstance, date) = entry.circumstance().zip(entry.date())?;
        if circumstance.customer.is_some() || !circumstance.unknown_customer.is_empty() {
            return None;
        }
        let of_project = self.agreements.by_project.get(&circumstance.project)?;
        let valid = |at: &&usize| self.agreements.nameless.get(**at).is_some_and(|nameless| nameless.says.holds(date));
        of_project.nameless.iter().find(valid).copied()
    }

    /// Why an entry without a line takes no agreement, and what it names: customer and project, as far as they are known. `None` where the
    /// job has no agreements.
    pub fn no_agreement<'a>(&'a self, entry: &EntryView<'a>) -> Option<(NoAgreement, &'a str, &'a str)> {
        let Circumstance { customer, unknown_customer, project, .. } =
            entry.circumstance().filter(|_| self.agreements.are_given)?;
        let of_project = self.agreements.by_project.get(project);
        let why = match (customer, of_project) {
            (Some(_), _) => NoAgreement::NothingFits,
            (None, _) if !unknown_customer.is_empty() => NoAgreement::NothingFits,
            (None, _) if project.is_empty() => NoAgreement::NamesNothing,
            (None, Some(of)) if !of.customers.is_empty() && of.customers.len() + of.nameless.len() > 1 => {
                NoAgreement::SeveralCustomers
            }
            // All agreements of one customer would have named it.
            (None, Some(_)) => NoAgreement::Nameless,
            (None, None) => NoAgreement::ProjectUnknown,
        };
        let customer = customer.map_or(unknown_customer.as_str(), |customer| self.customers.id(customer));
        Some((why, customer, project))
    }
}
