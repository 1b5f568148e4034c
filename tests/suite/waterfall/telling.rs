//! W told again from the contract, slow and plain: every figure is counted afresh for every entry.

use std::collections::BTreeMap;

use super::model::{Entry, Line, Minimum, World, root};

/// Where hours of an entry stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Pack(String),
    Time(String),
    Overage(String),
    Held(&'static str),
    Nowhere,
}

/// Quarters of an hour of an entry in a place, in the order in which they were placed.
pub type Portions = Vec<(Place, i64)>;

/// What was placed so far: whose, where, how much, on account of which pack.
struct Placed {
    who: (String, String, String),
    place: Place,
    hours: i64,
}

struct Telling<'a> {
    world: &'a World,
    /// By pack: what is left.
    left: BTreeMap<String, i64>,
    /// Packs in the order in which they were drawn; the last one stands last.
    drawn: Vec<String>,
    placed: Vec<Placed>,
    /// M7: by pack and group, what was worked and what the pack gave.
    groups: BTreeMap<(String, String), (i64, i64)>,
}

/// Of each entry that is asked for by W, its portions; of every other one nothing. And what each pack has given.
pub fn told(world: &World) -> (BTreeMap<String, Portions>, BTreeMap<String, i64>) {
    let packs = world.lines.iter().filter(|line| !line.time);
    let left = packs.map(|line| (line.id.clone(), line.ordered)).collect();
    let mut entries: Vec<&Entry> = world.entries.iter().collect();
    // W3.
    entries.sort_by_key(|of| (of.day.clone(), !of.start.is_empty(), of.start.clone(), of.id.clone()));
    let (mut all, mut given) = (BTreeMap::new(), BTreeMap::new());
    let roots = ["C1", "C3"];
    for tree in roots {
        let (left, groups) = (BTreeMap::clone(&left), BTreeMap::new());
        let mut telling = Telling { world, left, drawn: Vec::new(), placed: Vec::new(), groups };
        for entry in &entries {
            if telling.tree(entry) != Some(tree) {
                continue;
            }
            let portions = telling.place(entry);
            all.insert(entry.id.clone(), portions);
        }
        let of_tree = |id: &str| world.lines.iter().any(|line| line.id == id && root(&line.customer) == tree);
        given.extend(telling.left.into_iter().filter(|(id, _)| of_tree(id)).map(|(id, left)| {
            let ordered = world.lines.iter().find(|line| line.id == id).unwrap().ordered;
            (id, ordered - left)
        }));
    }
    (all, given)
}

/// M1: of a line; rates are none.
pub fn minimum(world: &World, line: &Line) -> Option<Minimum> {
    let of_customer = world.of_customer.filter(|_| line.customer == "C1");
    line.minimum.or(of_customer).or(world.of_rules)
}

/// M2: f.
pub fn f(minimum: Minimum, hours: i64) -> i64 {
    let Minimum { least, step, round, .. } = minimum;
    if hours <= 0 {
        return if hours == 0 { 0 } else { -f(minimum, -hours) };
    }
    let stepped = match (step, round) {
        (0, _) => hours,
        (_, "up") => (hours + step - 1) / step * step,
        (_, "down") => hours / step * step,
        _ => (2 * hours + step) / (2 * step) * step,
    };
    stepped.max(least)
}

/// M2: what an entry is counted with on a line.
pub fn group(minimum: Minimum, entry: &Entry) -> String {
    match minimum.per {
        "day" => format!("{} of {}", entry.day, entry.employee),
        "ticket" if !entry.ticket.is_empty() => entry.ticket.clone(),
        "entry" | "ticket" => format!("entry {}", entry.id),
        _ => String::new(),
    }
}

impl<'a> Telling<'a> {
    fn line(&self, id: &str) -> Option<&'a Line> {
        self.world.lines.iter().find(|line| line.id == id)
    }

    /// L1.
    fn named(&self, entry: &Entry) -> Option<&'a Line> {
        let of_ticket = self.world.tickets.iter().find(|of| of.id == entry.ticket).map_or("", |of| of.line.as_str());
        self.line(if entry.line.is_empty() { of_ticket } else { &entry.line })
    }

    fn customer(&self, entry: &Entry) -> String {
        let of_ticket = self.world.tickets.iter().find(|of| of.id == entry.ticket);
        of_ticket.map_or_else(|| entry.customer.clone(), |of| of.customer.clone())
    }

    /// W2: the tree whose packs the entry asks.
    fn tree(&self, entry: &Entry) -> Option<&'static str> {
        if !entry.billable {
            return None;
        }
        let tree = match self.named(entry) {
            Some(line) if line.time => return None,
            Some(line) => line.customer.clone(),
            None => self.customer(entry),
        };
        let tree = match root(&tree) {
            "C1" => "C1",
            "C3" => "C3",
            _ => return None,
        };
        self.world.lines.iter().any(|line| !line.time && root(&line.customer) == tree).then_some(tree)
    }

    fn company(&self, entry: &Entry) -> String {
        self.world.tickets.iter().find(|of| of.id == entry.ticket).map_or(String::new(), |of| of.company.clone())
    }

    fn agree(one: &str, other: &str) -> bool {
        one.is_empty() || other.is_empty() || one == other
    }

    fn covers(&self, pack: &Line, entry: &Entry) -> bool {
        let team = self.world.tickets.iter().find(|of| of.id == entry.ticket).map_or("", |of| of.team.as_str());
        pack.covers.is_empty() || pack.covers.iter().any(|name| name == team || *name == entry.activity)
    }

    /// W5, and that a pack confirmed after the period does not exist.
    fn may(&self, pack: &Line, entry: &Entry) -> bool {
        let gate = self.world.rule("prepaid_gate") != "invoiced" || pack.invoiced || pack.ordered == 0;
        let valid = self.begun(pack, entry) && (pack.until.is_empty() || entry.day <= pack.until);
        let has = self.left[&pack.id] > 0 || self.ahead(pack, entry) > 0;
        gate && valid && self.covers(pack, entry) && has
    }

    fn begun(&self, pack: &Line, entry: &Entry) -> bool {
        let from = if pack.from.is_empty() { &pack.confirmed } else { &pack.from };
        let exists = !self.world.october || pack.confirmed.as_str() <= "2026-10-31";
        exists && *from <= entry.day
    }

    /// M7: the minimum by which the pack gives, and the group of the entry there.
    fn by_minimum(&self, pack: &Line, entry: &Entry) -> Option<(Minimum, (String, String))> {
        let minimum = minimum(self.world, pack).filter(|_| self.world.on_packs)?;
        Some((minimum, (pack.id.clone(), group(minimum, entry))))
    }

    /// What the pack gave to the entry's group before it was worked.
    fn ahead(&self, pack: &Line, entry: &Entry) -> i64 {
        let Some((_, key)) = self.by_minimum(pack, entry) else { return 0 };
        self.groups.get(&key).map_or(0, |(worked, given)| (given - worked).max(0))
    }

    /// M3: what it gives for so much work, as long as it has it.
    fn gives(&self, pack: &Line, entry: &Entry, hours: i64) -> i64 {
        let Some((minimum, key)) = self.by_minimum(pack, entry) else { return hours };
        let (worked, given) = self.groups.get(&key).copied().unwrap_or((0, 0));
        let more = f(minimum, worked + hours) - given;
        if hours < 0 { more.min(0) } else { more.max(0) }
    }

    fn give(&mut self, pack: &Line, entry: &Entry, hours: i64, gives: i64) {
        *self.left.get_mut(&pack.id).unwrap() -= gives;
        if let Some((_, key)) = self.by_minimum(pack, entry) {
            let (worked, given) = self.groups.get(&key).copied().unwrap_or((0, 0));
            self.groups.insert(key, (worked + hours, given + gives));
        }
    }

    /// W4.
    fn packs(&self, tree: &str) -> Vec<&'a Line> {
        let mut packs: Vec<&Line> =
            self.world.lines.iter().filter(|line| !line.time && root(&line.customer) == tree).collect();
        let none_last = |text: &str| (text.is_empty(), text.to_owned());
        packs.sort_by_key(|line| (line.confirmed.clone(), line.order.clone(), line.sequence, line.id.clone()));
        match self.world.rule("prepaid_order") {
            "oldest" => {}
            "expiry" => packs.sort_by_key(|line| none_last(&line.until)),
            "priority" => {
                packs.sort_by_key(|line| none_last(&line.until));
                packs.sort_by_key(|line| (line.priority.is_none(), line.priority));
            }
            _ => {
                // confirmed_on and order_id fall, sequence and id rise.
                packs.sort_by(|a, b| {
                    let falls = (&b.confirmed, &b.order).cmp(&(&a.confirmed, &a.order));
                    falls.then_with(|| (a.sequence, &a.id).cmp(&(b.sequence, &b.id)))
                });
            }
        }
        packs
    }

    /// Ticket, customer and employee.
    fn who(&self, entry: &Entry) -> (String, String, String) {
        let of_ticket = self.world.tickets.iter().find(|ticket| ticket.id == entry.ticket);
        let customer = of_ticket.map_or(&entry.customer, |ticket| &ticket.customer);
        (entry.ticket.clone(), customer.clone(), entry.employee.clone())
    }

    /// The pack drawn last.
    fn last(&self, entry: &Entry) -> Option<&'a Line> {
        let company = self.company(entry);
        let all = self.drawn.iter().rev().filter_map(|id| self.line(id));
        let mut fit = all.filter(|pack| Self::agree(&company, &pack.company) && self.covers(pack, entry));
        fit.next()
    }

    fn place(&mut self, entry: &Entry) -> Portions {
        let counts = entry.validated || self.world.rule("approval") != "validated_only";
        if !counts {
            return vec![(Place::Held("not validated"), entry.hours)];
        }
        if entry.hours < 0 { self.give_back(entry) } else { self.draw(entry) }
    }

    fn draw(&mut self, entry: &Entry) -> Portions {
        let (mut rest, mut portions) = (entry.hours, Portions::new());
        let named = self.named(entry);
        let tree = self.tree(entry).unwrap();
        let company = self.company(entry);
        let others = self.packs(tree).into_iter().filter(|pack| Self::agree(&company, &pack.company));
        let asked: Vec<&Line> = named.into_iter().chain(others).collect();
        for pack in asked {
            if rest > 0 && self.may(pack, entry) {
                let (left, all) = (self.left[&pack.id].max(0), self.gives(pack, entry, rest));
                // It ends at exactly 0, and what a minimum asks beyond that falls away.
                let (hours, gives) =
                    if all <= left { (rest, all) } else { (rest.min(left + self.ahead(pack, entry)), left) };
                self.put(entry, Place::Pack(pack.id.clone()), (hours, gives), &mut portions);
                rest -= hours;
            }
        }
        if rest > 0 {
            let place = self.last(entry).map_or(Place::Nowhere, |pack| self.beyond(pack));
            let gives = match &place {
                Place::Pack(id) => self.gives(self.line(id).unwrap(), entry, rest),
                _ => 0,
            };
            self.put(entry, place, (rest, gives), &mut portions);
        }
        portions
    }

    fn put(&mut self, entry: &Entry, place: Place, (hours, gives): (i64, i64), portions: &mut Portions) {
        if let Place::Pack(id) = &place {
            self.give(self.line(id).unwrap(), entry, hours, gives);
            self.drawn.push(id.clone());
        }
        self.placed.push(Placed { who: self.who(entry), place: place.clone(), hours });
        portions.push((place, hours));
    }

    /// W7.
    fn beyond(&self, pack: &Line) -> Place {
        let of_rules = self.world.rule("overdraft");
        let overdraft = if pack.overdraft.is_empty() { of_rules } else { &pack.overdraft };
        match overdraft {
            "rate" if pack.overage_price.is_empty() => Place::Held("overage-price-missing"),
            "rate" => Place::Overage(pack.id.clone()),
            "hold" => Place::Held("beyond all packs"),
            "time_line" => self.time_line(pack).map_or(Place::Held("overage-line-unusable"), Place::Time),
            _ => Place::Pack(pack.id.clone()),
        }
    }

    fn time_line(&self, pack: &Line) -> Option<String> {
        let fits = |line: &&Line| {
            line.time
                && line.currency == pack.currency
                && Self::agree(&line.company, &pack.company)
                && root(&line.customer) == root(&pack.customer)
        };
        if !pack.overage_line.is_empty() {
            return self.line(&pack.overage_line).filter(fits).map(|line| line.id.clone());
        }
        let mut lines: Vec<&Line> = self.world.lines.iter().filter(fits).collect();
        lines.sort_by(|a, b| (&b.confirmed, &b.order).cmp(&(&a.confirmed, &a.order)).then_with(|| a.id.cmp(&b.id)));
        lines.first().map(|line| line.id.clone())
    }

    /// W9.
    fn give_back(&mut self, entry: &Entry) -> Portions {
        let who = self.who(entry);
        let nobody = entry.ticket.is_empty() && entry.employee.is_empty();
        let (mut rest, mut portions) = (-entry.hours, Portions::new());
        // Overage before packs; what was drawn nowhere comes last.
        let turn = |place: &Place| match place {
            Place::Pack(_) => 1,
            Place::Nowhere => 2,
            _ => 0,
        };
        for now in 0..=2 {
            for at in (0..self.placed.len()).rev() {
                let placed = &mut self.placed[at];
                let same = match entry.ticket.as_str() {
                    "" => (&placed.who.1, &placed.who.2) == (&who.1, &who.2),
                    ticket => placed.who.0 == ticket,
                };
                let fits = same && !nobody && turn(&placed.place) == now;
                let hours = if fits { placed.hours.min(rest) } else { 0 };
                if hours > 0 {
                    placed.hours -= hours;
                    rest -= hours;
                    let place = placed.place.clone();
                    if let Place::Pack(id) = &place {
                        let pack = self.line(id).unwrap();
                        let gives = self.gives(pack, entry, -hours);
                        // A pack gets back what was worked, and of the rest no more than it gave.
                        let most = (-(pack.ordered - self.left[id]).max(0)).min(-hours);
                        let gives = if gives == -hours { gives } else { gives.max(most) };
                        self.give(pack, entry, -hours, gives);
                    }
                    portions.push((place, -hours));
                }
            }
        }
        if rest > 0 {
            // No pack could have given it anything by then.
            let company = self.company(entry);
            let others = self.packs(self.tree(entry).unwrap()).into_iter();
            let others = others.filter(|pack| Self::agree(&company, &pack.company) && self.covers(pack, entry));
            let begun = self.named(entry).into_iter().chain(others).any(|pack| self.begun(pack, entry));
            let nothing = portions.is_empty() && self.last(entry).is_none() && !begun;
            portions.push((if nothing { Place::Nowhere } else { Place::Held("nothing-to-give-back") }, -rest));
        }
        portions
    }
}
