//! Entries that are billed in part, and what entries keep of their tickets and lines.

use hourbill::account::{Apart, Disposition};
use hourbill::ident::Idx;
use hourbill::model::{Facts, Policy};
use hourbill::quantity::Hours;

use crate::exports::Exports;

const ORDERS: &str = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n\
                      L1,S1,sale,C1,Support,delivered_timesheet,Hours,0,20,EUR,2026-10-01\n";
const TIMESHEETS: &str = "timesheet_id,date,hours,order_line_id\nE1,2026-10-05,8,L1\nE2,2026-10-06,1.5,L1\n";

#[test]
fn hours_set_apart_count_where_they_belong_and_the_sums_stay() {
    let mut computed = Exports(&[("orders", ORDERS), ("timesheets", TIMESHEETS)]).run("");
    let world = &computed.run.intake.world;
    let account = &mut computed.run.account;
    let before = account.totals(world);
    let [entry, other] = [0, 1].map(|position| Idx::new(position).unwrap());
    let hours = |text: i64| Hours::from_micros(text * hourbill::quantity::MICROS_PER_HOUR);
    account.set_apart([
        Apart { entry, disposition: Disposition::Held, hours: hours(2), refund: None, on: None },
        Apart { entry, disposition: Disposition::AlreadyInvoiced, hours: hours(5), refund: None, on: None },
    ]);
    let after = account.totals(world);
    assert_eq!((before.sum(), after.sum().hours.to_string()), (after.sum(), "9.5".to_owned()));
    let of = |disposition| (after.of(disposition).rows, after.of(disposition).hours.to_string());
    assert_eq!(of(Disposition::Billed), (2, "2.5".to_owned()));
    assert_eq!(of(Disposition::Held), (0, "2".to_owned()));
    assert_eq!(of(Disposition::AlreadyInvoiced), (0, "5".to_owned()));
    assert_eq!((account.own_hours(entry, hours(8)), account.own_hours(other, hours(1))), (hours(1), hours(1)));
    assert_eq!((account.rows_apart(Disposition::Held), account.rows_apart(Disposition::Billed)), (1, 0));
    assert_eq!(account.totals_of(world, |entry| entry.id() == "E2").sum().hours.to_string(), "1.5");
}

/// The slow way: every entry's ticket, line and customers are looked up.
#[test]
fn entries_keep_what_their_tickets_and_lines_say() {
    let orders = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n\
                  L1,S1,sale,C1,Support,delivered_timesheet,Hours,0,20,EUR,2026-10-01\n\
                  L2,S2,draft,C1,Support,delivered_timesheet,Hours,0,20,EUR,\n\
                  L3,S3,done,C2,Support,ordered_prepaid,Hours,9,20,EUR,2026-10-01\n\
                  L4,S4,sale,C3,Support,delivered_timesheet,Hours,0,20,EUR,2026-10-01\n";
    let customers = "customer_id,parent_id\nC1,\nC2,C1\nC3,\n";
    let teams = "team,timesheets,time_billing\nOn,true,true\nOff,true,false\n";
    let adjustments = "action,target,value,reason\nnon_billable,ticket:T3,,agreed\nhold,T7,,agreed\n";
    let lines = ["", "L1", "L2", "L3", "L4"];
    let mut tickets = "ticket_id,customer_id,team,order_line_id\n".to_owned();
    let mut named = Vec::new();
    for customer in ["C1", "C2", "C3"] {
        for (team, line) in ["", "On", "Off"].into_iter().flat_map(|team| lines.map(|line| (team, line))) {
            tickets.push_str(&format!("T{},{customer},{team},{line}\n", named.len()));
            named.push(line);
        }
    }
    let mut timesheets = "timesheet_id,date,hours,ticket_id,order_line_id\n".to_owned();
    let mut entries = Vec::new();
    for ticket in (0..named.len()).map(Some).chain([None]) {
        for own in lines {
            let id = ticket.map(|ticket| format!("T{ticket}")).unwrap_or_default();
            timesheets.push_str(&format!("E{},2026-10-05,1,{id},{own}\n", entries.len()));
            entries.push((ticket, own));
        }
    }
    let inputs = [
        ("orders", orders),
        ("customers", customers),
        ("teams", teams),
        ("adjustments", adjustments),
        ("tickets", tickets.as_str()),
        ("timesheets", timesheets.as_str()),
    ];
    let computed = Exports(&inputs).run("");
    let world = &computed.run.intake.world;
    assert_eq!(world.entries.len(), entries.len());
    for (position, (ticket, own)) in entries.into_iter().enumerate() {
        let entry = world.entries.at(Idx::new(position).unwrap());
        let id = ticket.map(|ticket| format!("T{ticket}"));
        let known = id.as_ref().map(|id| world.tickets.at(world.tickets.find(id).unwrap()));
        let line = if own.is_empty() { ticket.map_or("", |ticket| named[ticket]) } else { own };
        let line = (!line.is_empty()).then(|| world.lines.find(line).unwrap());
        let sold = line.map(|line| world.lines.at(line));
        assert_eq!(entry.line, line, "{position}");
        let root = |customer| world.root(customer);
        let bills = known.and_then(|known| known.team).is_none_or(|team| world.teams.at(team).bills());
        for (fact, expected) in [
            (Facts::NAMES_LINE, !own.is_empty()),
            (Facts::TEAM_OFF, !bills),
            (Facts::TICKET_ADJUSTED, matches!(ticket, Some(3 | 7))),
            (Facts::OTHER_TREE, known.zip(sold).is_some_and(|(of, line)| root(of.customer) != root(line.customer))),
            (Facts::LINE_CONFIRMED, sold.is_some_and(|line| line.confirmed)),
            (Facts::LINE_BY_TIME, sold.is_some_and(|line| line.policy == Policy::Time)),
        ] {
            assert_eq!(entry.facts.has(fact), expected, "{position} {fact:?}");
        }
    }
}
