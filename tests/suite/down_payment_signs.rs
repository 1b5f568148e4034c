//! B11 and B12 over all signs of quantity, price and discount: what drafts, down payments and their deductions come to, held against the
//! plainest arithmetic. Everything here is in cents, and quantities, prices and discounts are such that nothing is rounded twice.

use hourbill::bill::PartKind;
use hourbill::down_payment::{DownPaymentBalance, DownPaymentBalances, DownPaymentParties};

use crate::exports::{Computed, Exports};

const ORDERS: &str = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,taxes,discount_pct,delivered_qty,invoiced_qty,is_downpayment\n";

/// A line of order `S1`: policy, quantity, price, discount in percent, tax in percent.
type Of = (&'static str, i128, i128, i128, i128);

const PREPAID: &str = "ordered_prepaid";

fn orders(lines: &[Of]) -> String {
    let row = |(number, &(policy, quantity, price, discount, tax)): (usize, &Of)| {
        let taxes = if tax < 0 { String::new() } else { format!("{tax}%") };
        let delivered = if policy == PREPAID { String::new() } else { quantity.to_string() };
        let ordered = if policy == PREPAID { quantity } else { 9 };
        format!(
            "L{number},S1,sale,C1,Thing,{policy},Units,{ordered},{price},EUR,2026-10-01,{taxes},{discount},{delivered},,\n"
        )
    };
    ORDERS.to_owned() + &lines.iter().enumerate().map(row).collect::<String>()
}

fn run(lines: &[Of], request: &str, rules: &str, balances: &DownPaymentBalances) -> Computed {
    let requests = format!("order_id,method,value,requested_on\n{request}");
    Exports(&[("orders", &orders(lines)), ("downpayments", &requests)])
        .run_with(&format!("[rules]\n{rules}\n"), balances)
}

/// In cents: prices are whole euros, quantities whole and discounts multiples of 10.
fn net(&(_, quantity, price, discount, _): &Of) -> i128 {
    quantity * price * (100 - discount)
}

/// Half away from zero.
fn rounded(numerator: i128, denominator: i128) -> i128 {
    let half = if numerator < 0 { -denominator } else { denominator };
    (2 * numerator + half) / (2 * denominator)
}

/// Net and total of lines on one document.
fn whole(lines: &[Of]) -> (i128, i128) {
    let net: i128 = lines.iter().map(self::net).sum();
    let mut rates: Vec<i128> = lines.iter().map(|line| line.4).filter(|rate| *rate >= 0).collect();
    rates.sort_unstable();
    rates.dedup();
    let of_rate = |rate: i128| lines.iter().filter(|line| line.4 == rate).map(self::net).sum::<i128>();
    (net, net + rates.into_iter().map(|rate| rounded(of_rate(rate) * rate, 100)).sum::<i128>())
}

/// Sums over drafts, not turned: net, total.
fn drafted(computed: &Computed) -> (i128, i128) {
    let amounts = computed.run.billing.drafts.iter().map(|draft| &draft.amounts);
    amounts.fold((0, 0), |(net, total), amounts| (net + amounts.net.minor(), total + amounts.total.minor()))
}

const SIGNS: [i128; 3] = [-1, 0, 1];
const DISCOUNTS: [i128; 4] = [-10, 0, 10, 100];

/// Every line of quantity 3, price 7 and a discount, in all their signs.
fn all(policy: &'static str, tax: i128) -> Vec<Of> {
    let signs = SIGNS.into_iter().flat_map(|quantity| SIGNS.map(|price| (3 * quantity, 7 * price)));
    signs.flat_map(|(quantity, price)| DISCOUNTS.map(|discount| (policy, quantity, price, discount, tax))).collect()
}

#[test]
fn a_line_of_any_signs_is_drafted_as_what_it_comes_to() {
    for policy in [PREPAID, "delivered_manual", "delivered_milestones"] {
        for line in all(policy, 21) {
            for beside in [None, Some((PREPAID, 1, 5, 0, 21)), Some((PREPAID, -1, 5, 0, 6))] {
                let lines: Vec<Of> = std::iter::once(line).chain(beside).collect();
                let computed = run(&lines, "", "", &DownPaymentBalances::default());
                let (net, total) = whole(&lines);
                assert_eq!(drafted(&computed), (net, total), "{lines:?}");
                assert!(computed.codes().is_empty(), "{lines:?}: {:?}", computed.codes());
                let rows = computed.rows("invoices", "kind net_amount total_amount");
                let billed = lines.iter().any(|line| line.1 != 0);
                let expected = billed.then(|| {
                    let (kind, sign) = if total < 0 { ("credit_note", -1) } else { ("invoice", 1) };
                    let text = |cents: i128| hourbill::quantity::decimal_text(sign * cents, 2, 2);
                    format!("{kind} | {} | {}", text(net), text(total))
                });
                assert_eq!(rows, expected.into_iter().collect::<Vec<_>>(), "{lines:?}");
                if policy != PREPAID {
                    continue;
                }
                // A draft that comes to nothing is closed, unless money or tax moves on it.
                let closing = run(
                    &lines,
                    "",
                    "zero_drafts = \"close\"\nmin_invoice_amount = 1000",
                    &DownPaymentBalances::default(),
                );
                let kinds = closing.rows("invoices", "kind total_amount");
                let same_rates = lines.iter().all(|line| line.4 == 21) || lines.iter().all(|line| self::net(line) == 0);
                if billed && net == 0 && total == 0 && same_rates {
                    assert_eq!(kinds, ["zero | 0.00"], "{lines:?}");
                } else {
                    assert!(kinds.iter().all(|kind| kind.starts_with("credit_note")), "{lines:?}: {kinds:?}");
                }
            }
        }
    }
}

/// What a ledger would know after all drafts of the run are posted.
fn post(computed: &Computed, balances: &mut DownPaymentBalances) {
    let world = &computed.run.intake.world;
    for draft in &computed.run.billing.drafts {
        for part in &draft.parts {
            let order = world.orders.id(world.lines.at(part.line).order);
            let net = part.net.unwrap();
            let (line, asked) = match &part.kind {
                PartKind::Line(_) | PartKind::Overage | PartKind::Refund(_) => continue,
                PartKind::DownPayment(line) => (line, true),
                PartKind::Deduction(line) => (line, false),
            };
            let posted = balances.entry(order, &line.request, draft.currency());
            if asked {
                posted.document.clone_from(&draft.id);
                posted.rounding = draft.amounts.rounding;
                let (company, customer) = (world.companies.id(draft.key.company), world.customers.id(draft.key.party));
                posted.parties =
                    Some(DownPaymentParties { company: company.to_owned(), customer: customer.to_owned() });
            }
            let balance = posted.sets.entry(line.rates.clone()).or_insert(DownPaymentBalance::NOTHING);
            let sum = if asked { &mut balance.posted } else { &mut balance.deducted };
            *sum = sum.checked_add(if asked { net } else { net.negated() }).unwrap();
        }
    }
}

fn left(balances: &DownPaymentBalances) -> Vec<i128> {
    let posted = balances.of_order("S1").flat_map(|(_, posted)| posted.sets.values());
    posted.map(|balance| balance.left().unwrap().minor()).filter(|left| *left != 0).collect()
}

/// The deductions of one mode, after the down payment was posted: nothing of it stays behind, and no money is lost or made.
fn rest_is_right(lines: &[Of], request: &str, rule: &str, asked: &Computed) {
    let (net, total) = whole(lines);
    let first = drafted(asked);
    let mut balances = DownPaymentBalances::default();
    post(asked, &mut balances);
    let rest = run(lines, request, &format!("downpayment_deduction = \"{rule}\""), &balances);
    let last = drafted(&rest);
    post(&rest, &mut balances);
    let context = format!("{lines:?} {request} {rule}: {first:?} and {last:?}");
    assert_eq!(left(&balances), [0; 0], "{context}");
    assert_eq!(first.0 + last.0, net, "{context}");
    // Taxes are rounded on two documents: a cent for each rate may lie between.
    assert!((first.1 + last.1 - total).abs() <= 2, "{context}");
    assert!(last.1 >= -2, "{context}");
    assert!(!rest.codes().contains(&"down-payment-carried"), "{context}");
}

#[test]
fn what_is_paid_in_advance_and_the_rest_are_the_order_whatever_its_signs() {
    let besides = [(PREPAID, 4, 20, 0, 21), (PREPAID, 4, 20, 0, 6), (PREPAID, -2, 9, 0, 6), (PREPAID, -4, -20, 10, 0)];
    let requests = [
        ("S1,percentage,50,2026-10-02\n", None),
        ("S1,percentage,100,2026-10-02\n", None),
        ("S1,fixed,10,2026-10-02\n", Some(1000)),
    ];
    let (mut asked_for, mut refused) = (0, 0);
    for line in all(PREPAID, 21).into_iter().filter(|line| [0, 10].contains(&line.3)) {
        for (lines, (request, fixed)) in
            besides.iter().flat_map(|beside| requests.map(|request| ([line, *beside], request)))
        {
            let (net, total) = whole(&lines);
            let asked = run(&lines, request, "", &DownPaymentBalances::default());
            // Neither an order that comes to nothing nor more than the order can be asked for.
            let possible = net > 0 && total > 0 && fixed.is_none_or(|fixed| fixed <= total);
            let is_asked = asked.run.billing.drafts.iter().any(|draft| draft.key.down_payment.is_some());
            assert_eq!(is_asked, possible, "{lines:?} {request}");
            if is_asked {
                asked_for += 1;
                let all = if request.contains("100") { Some(total) } else { fixed };
                assert!(all.is_none_or(|all| all == drafted(&asked).1), "{lines:?} {request}: {:?}", drafted(&asked));
                ["capped", "full", "pro_rata"].iter().for_each(|rule| rest_is_right(&lines, request, rule, &asked));
            } else {
                refused += 1;
                assert_eq!(drafted(&asked), (net, total), "{lines:?} {request}");
                assert_eq!(asked.codes(), ["down-payment-not-drafted"]);
            }
        }
    }
    assert!(asked_for > 100 && refused > 20, "{asked_for} {refused}");
}

/// What a draft is that comes to nothing.
#[test]
fn only_what_moves_no_money_and_no_tax_is_closed() {
    let close = "zero_drafts = \"close\"";
    let free = (PREPAID, 1, 0, 0, 21);
    for (lines, kinds) in [
        (vec![free], vec!["zero | 0.00 | 0.00"]),
        (vec![(PREPAID, 2, 50, 100, -1)], vec!["zero | 0.00 | 0.00"]),
        (vec![(PREPAID, 1, 100, 0, 21), (PREPAID, -1, 100, 0, 21)], vec!["zero | 0.00 | 0.00"]),
        // 100.00 at 21 % and -121.00 without: the tax moves.
        (vec![(PREPAID, 1, 100, 0, 21), (PREPAID, -1, 121, 0, -1)], vec!["invoice | 21.00 | 0.00"]),
        // The same at another category: the return of taxes has two figures.
        (vec![(PREPAID, 1, 100, 0, 0), (PREPAID, -1, 100, 0, -1)], vec!["invoice | 0.00 | 0.00"]),
        (vec![free, (PREPAID, 1, 10, 0, 21)], vec!["invoice | 2.10 | 12.10"]),
    ] {
        let computed = run(&lines, "", close, &DownPaymentBalances::default());
        assert_eq!(computed.rows("invoices", "kind tax_amount total_amount"), kinds, "{lines:?}");
        let without = run(&lines, "", "", &DownPaymentBalances::default());
        assert!(!without.rows("invoices", "kind").contains(&"zero".to_owned()));
    }
    // 10.00 paid to the ERP and deducted: what is left is nothing, and it is told to the customer.
    let paid = orders(&[(PREPAID, 1, 10, 0, -1)])
        + "DP,S1,sale,C1,Down payment,ordered_prepaid,Units,0,10,EUR,2026-10-01,,,,1,true\n";
    let computed = Exports(&[("orders", &paid)]).run(&format!("[rules]\n{close}\n"));
    assert_eq!(computed.rows("invoices", "kind lines total_amount"), ["invoice | 2 | 0.00"]);
}

#[test]
fn hours_that_round_to_nothing_are_closed_beside_what_is_billed() {
    let orders = ORDERS.to_owned()
        + "A,S1,sale,C1,Support,delivered_timesheet,Days,0,80,EUR,2026-10-01,21%,,,,\n\
           B,S1,sale,C1,Support,delivered_timesheet,Hours,0,10,EUR,2026-10-01,unheard of,,,,\n\
           C,S2,sale,C2,Support,delivered_timesheet,Hours,0,10,EUR,2026-10-01,21%,,,,\n";
    let timesheets = "timesheet_id,date,hours,order_line_id\n1,2026-10-01,0.01,A\n2,2026-10-02,2,B\n3,2026-10-02,-2,B\n4,2026-10-03,0.004,C\n5,2026-10-03,1,A\n6,2026-10-03,-1,A\n";
    let exports = [("orders", orders.as_str()), ("timesheets", timesheets)];
    let held = Exports(&exports).run("");
    assert_eq!(held.rows("invoices", "kind"), [""; 0]);
    assert_eq!(held.rows("unbilled", "timesheet_id reason").len(), 6);
    let closed = Exports(&exports).run("[rules]\nzero_drafts = \"close\"\n");
    let columns = "invoice_id kind lines net_amount hours";
    assert_eq!(
        closed.rows("invoices", columns),
        ["D-open-C1-EUR | zero | 2 | 0.00 | 0.01", "D-open-C2-EUR | zero | 1 | 0.00 | 0.004"]
    );
    assert_eq!(closed.rows("unbilled", "timesheet_id"), [""; 0]);
    // Beside a draft it has an id of its own.
    let more = format!("{timesheets}7,2026-10-04,3,D\n");
    let orders = orders + "D,S3,sale,C2,Support,delivered_timesheet,Hours,0,10,EUR,2026-10-01,21%,,,,\n";
    let closed = Exports(&[("orders", &orders), ("timesheets", &more)]).run("[rules]\nzero_drafts = \"close\"\n");
    assert_eq!(
        closed.rows("invoices", columns)[1..],
        ["D-open-C2-EUR | invoice | 1 | 30.00 | 3", "D-open-C2-EUR-zero | zero | 1 | 0.00 | 0.004"]
    );
}
