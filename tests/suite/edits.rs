//! Adjustments (§8) on whole runs: each action, what it names, what happens to rows that say nothing or contradict each other; and the rows of the
//! inputs that people write.

use hourbill::model::{Accepting, State};

use crate::exports::{Computed, Exports};

pub(super) const ORDERS: &str = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,discount_pct\n\
    L1,S1,sale,C1,Support,delivered_timesheet,Hours,0,20,EUR,2026-10-01,\n\
    L2,S2,sale,C1,Support,delivered_timesheet,Hours,0,30,EUR,2026-10-01,\n\
    P1,S3,sale,C2,Pack,ordered_prepaid,Hours,10,100,EUR,2026-10-01,\n\
    Q1,S4,draft,C2,Support,delivered_timesheet,Hours,0,20,EUR,,\n";
const TICKETS: &str = "ticket_id,customer_id,order_line_id,created_on\nT1,C1,L1,2026-10-01\nT2,C2,,2026-10-02\n";
const TIMESHEETS: &str = "timesheet_id,date,hours,ticket_id,order_line_id,employee,description\n\
    E1,2026-10-05,8,T1,,Ann,install\n\
    E2,2026-10-06,4,,L1,Bob,call\n\
    E3,2026-10-07,1.5,,L2,Bob,visit\n\
    E4,2026-10-08,3,T2,,Ann,repair\n";
const HEADER: &str = "action,target,value,reason,by,on,from,to\n";

pub(super) fn run(rows: &[&str]) -> Computed {
    run_on(ORDERS, TIMESHEETS, rows)
}

fn run_on(orders: &str, timesheets: &str, rows: &[&str]) -> Computed {
    // Cells at the end that say nothing may be left out here.
    let full = |row: &str| match row.matches(',').count() {
        commas @ 5..=7 => row.to_owned() + &",".repeat(7 - commas),
        _ => row.to_owned(),
    };
    let adjustments = rows.iter().fold(HEADER.to_owned(), |text, row| text + &full(row) + "\n");
    let exports = [("orders", orders), ("tickets", TICKETS), ("timesheets", timesheets), ("adjustments", &adjustments)];
    Exports(&exports).run("")
}

pub(super) fn billed(computed: &Computed) -> Vec<String> {
    computed.rows("invoice_entries", "timesheet_id hours")
}

fn unbilled(computed: &Computed) -> Vec<String> {
    computed.rows("unbilled", "timesheet_id hours disposition reason")
}

#[test]
fn nothing_adjusted_bills_everything() {
    let computed = run(&[]);
    assert_eq!(billed(&computed), ["E1 | 8", "E2 | 4", "E3 | 1.5"]);
    assert_eq!(
        computed.rows("invoices", "invoice_id net_amount note"),
        ["D-open-C1-EUR | 285.00 | ", "D-open-C2-EUR | 1000.00 | "]
    );
    assert!(computed.codes().is_empty());
}

#[test]
fn holds_keep_hours_open_with_their_reason() {
    for (target, held, drafts) in [
        ("entry:E1", vec!["E1 | 8"], 2),
        ("ticket:T1", vec!["E1 | 8"], 2),
        ("order:S1", vec!["E1 | 8", "E2 | 4"], 2),
        ("customer:C1", vec!["E1 | 8", "E2 | 4", "E3 | 1.5"], 1),
        ("E2", vec!["E2 | 4"], 2),
        ("S3", vec![], 1),
        ("order_line:L1", vec!["E1 | 8", "E2 | 4"], 2),
        ("L2", vec!["E3 | 1.5"], 2),
        ("P1", vec![], 1),
        ("draft:D-open-C1-EUR", vec!["E1 | 8", "E2 | 4", "E3 | 1.5"], 1),
        ("D-open-C2-EUR", vec![], 1),
    ] {
        let computed = run(&[&format!("hold,{target},,waiting for a purchase order,ann,2026-10-31")]);
        let reason = "held | hold: waiting for a purchase order (ann, 2026-10-31)";
        let expected: Vec<String> = held.iter().map(|entry| format!("{entry} | {reason}")).collect();
        assert_eq!(unbilled(&computed), expected, "{target}");
        assert_eq!(computed.rows("invoices", "invoice_id").len(), drafts, "{target}");
        assert!(!computed.codes().iter().any(|code| code.starts_with("adjustment")), "{target}");
    }
}

#[test]
fn write_off_and_non_billable_close_hours_for_good() {
    for (row, billed_entries, delivered) in [
        ("write_off,entry:E1,,goodwill,,", vec!["E2 | 4", "E3 | 1.5"], "4"),
        ("write_off,E1,,goodwill,,", vec!["E2 | 4", "E3 | 1.5"], "4"),
        ("non_billable,entry:E2,,training,,", vec!["E1 | 8", "E3 | 1.5"], "8"),
        ("non_billable,ticket:T1,,warranty,,", vec!["E2 | 4", "E3 | 1.5"], "4"),
    ] {
        let computed = run(&[row]);
        assert_eq!(billed(&computed), billed_entries, "{row}");
        assert!(unbilled(&computed).is_empty(), "{row}");
        let lines = computed.rows("order_lines", "order_line_id delivered_hours");
        assert_eq!(lines[0], format!("L1 | {delivered}"), "{row}");
    }
    // On a prepaid line it gives the hours back: nothing was delivered, and nothing picked the line.
    let computed = run(&["write_off,E4,,goodwill,,"]);
    assert_eq!(computed.rows("order_lines", "order_line_id remaining_hours")[2], "P1 | 10");
    let told = hourbill::explain::explain(computed.run.results(&computed.settings), "E4", None, None, &[]);
    assert!(told[0].outcome.starts_with("non billable"), "{told:?}");
    assert!(told[0].steps.iter().any(|step| step.rule == "8" && step.text == "write_off: goodwill"), "{told:?}");
}

#[test]
fn cap_hours_bills_the_oldest_entries_first_and_cuts_one() {
    let timesheets = TIMESHEETS.to_owned() + "E0,2026-09-30,0.5,,L1,Ann,early\n";
    let reason = "held | cap_hours";
    for (cap, expected, left) in [
        ("20", vec!["E0 | 0.5", "E1 | 8", "E2 | 4", "E3 | 1.5"], vec![]),
        ("12", vec!["E0 | 0.5", "E1 | 8", "E2 | 4", "E3 | 1.5"], vec![]),
        ("8:30", vec!["E0 | 0.5", "E1 | 8", "E2 | 0.5", "E3 | 1.5"], vec!["E2 | 3.5"]),
        ("4.5", vec!["E0 | 0.5", "E1 | 4.5", "E3 | 1.5"], vec!["E1 | 3.5", "E2 | 4"]),
        (
            "0:20",
            vec!["E0 | 0.3333333333", "E1 | 0.3333333333", "E3 | 1.5"],
            vec!["E0 | 0.1666666667", "E1 | 7.6666666667", "E2 | 4"],
        ),
        ("0", vec!["E3 | 1.5"], vec!["E0 | 0.5", "E1 | 8", "E2 | 4"]),
    ] {
        let computed = run_on(ORDERS, &timesheets, &[&format!("cap_hours,L1,{cap},agreed,ann,")]);
        let mut of_draft = billed(&computed);
        of_draft.sort();
        assert_eq!(of_draft, expected, "{cap}");
        let open = unbilled(&computed);
        assert_eq!(open.len(), left.len(), "{cap}: {open:?}");
        assert!(
            open.iter().zip(&left).all(|(row, left)| row.starts_with(&format!("{left} | {reason}"))),
            "{cap}: {open:?}"
        );
    }
    let computed = run(&["cap_hours,order_line:L1,5,agreed,ann,"]);
    let line = computed.rows("invoice_lines", "order_line_id quantity net_amount hours adjustments");
    assert_eq!(line[0], "L1 | 5 | 100.00 | 5 | cap_hours 5: agreed (ann)");
    let control = &computed.run.control.totals;
    let of = |disposition| (control.of(disposition).rows, control.of(disposition).hours.to_string());
    use hourbill::account::Disposition;
    assert_eq!(of(Disposition::Billed), (2, "6.5".to_owned()));
    // The rest of `E1` and all of `E2`: the row of `E1` counts as billed.
    assert_eq!(of(Disposition::Held), (1, "7".to_owned()));
    let told = hourbill::explain::explain(computed.run.results(&computed.settings), "E1", None, None, &[]);
    assert_eq!(told[0].outcome, "billed: 5 h on line 1 of draft `D-open-C1-EUR`");
    let why = "the rest is held: cap_hours 5: agreed (ann)";
    assert!(told[0].steps.iter().any(|step| step.rule == "8" && step.text == why), "{told:?}");
}

#[test]
fn negative_hours_make_room_under_a_cap() {
    let timesheets = "timesheet_id,date,hours,order_line_id\nE1,2026-10-05,8,L1\nE2,2026-10-06,-2,L1\n";
    for (cap, expected, open) in [
        ("6", vec!["E1 | 8", "E2 | -2"], vec![]),
        ("5", vec!["E1 | 7", "E2 | -2"], vec!["E1 | 1 | held | cap_hours 5: agreed"]),
        (
            "0",
            vec![],
            vec![
                "E1 | 6 | held | cap_hours 0: agreed",
                "E1 | 2 | held | hours cancel out",
                "E2 | -2 | held | hours cancel out",
            ],
        ),
    ] {
        let computed = run_on(ORDERS, timesheets, &[&format!("cap_hours,L1,{cap},agreed,,")]);
        assert_eq!(billed(&computed), expected, "{cap}");
        assert_eq!(unbilled(&computed), open, "{cap}");
    }
}

#[test]
fn a_cut_entry_of_a_held_draft_is_held_in_both_parts() {
    let computed = run(&["cap_hours,L1,5,agreed,,", "hold,customer:C1,,unpaid,,"]);
    assert_eq!(
        unbilled(&computed),
        [
            "E1 | 3 | held | cap_hours 5: agreed",
            "E1 | 5 | held | hold: unpaid",
            "E2 | 4 | held | cap_hours 5: agreed",
            "E3 | 1.5 | held | hold: unpaid",
        ]
    );
}

#[test]
fn a_move_takes_entries_to_another_line_with_their_words() {
    let computed = run(&["move,E1,L2,wrong project,ann,2026-10-30"]);
    assert_eq!(
        computed.rows("invoice_entries", "line_no timesheet_id employee description linked_by adjustment"),
        [
            "1 | E2 | Bob | call | entry | ",
            "2 | E1 | Ann | install | adjustment | move L2: wrong project (ann, 2026-10-30)",
            "2 | E3 | Bob | visit | entry | ",
        ]
    );
    // A ticket takes all its entries along, its prepaid ones too; a move of the entry itself comes first.
    let computed = run(&["move,ticket:T2,L2,not covered,,", "move,entry:E4,L1,rather there,,"]);
    assert_eq!(computed.rows("invoice_entries", "line_no timesheet_id"), ["1 | E1", "1 | E2", "1 | E4", "2 | E3"]);
    assert_eq!(computed.rows("order_lines", "order_line_id delivered_hours")[2], "P1 | 0");
    let computed = run(&["move,T2,L2,not covered,,"]);
    assert_eq!(computed.rows("invoice_entries", "line_no timesheet_id description")[3], "2 | E4 | repair");
    assert!(computed.codes().contains(&"different-customer"));
    // Entries that name a line of their own are moved with their ticket.
    let timesheets = "timesheet_id,date,hours,ticket_id,order_line_id\nE1,2026-10-05,8,T1,L1\n";
    let computed = run_on(ORDERS, timesheets, &["move,T1,L2,wrong project,,"]);
    assert_eq!(computed.rows("invoice_lines", "order_line_id hours")[0], "L2 | 8");
    // Out of time: onto a prepaid line they are covered.
    let computed = run(&["move,E1,P1,in the pack,,"]);
    assert_eq!(computed.rows("order_lines", "order_line_id delivered_hours")[2], "P1 | 11");
}

#[test]
fn price_and_discount_change_what_a_line_bills() {
    let computed = run(&["price,L1,25.5,new rate,ann,", "discount,L2,10,goodwill,,", "price,P1,90,,,"]);
    assert_eq!(
        computed.rows("invoice_lines", "order_line_id unit_price discount_pct net_amount adjustments"),
        [
            "L1 | 25.5 | 0 | 306.00 | price 25.5: new rate (ann)",
            "L2 | 30 | 10 | 40.50 | discount 10: goodwill",
            "P1 | 100 | 0 | 1000.00 | ",
        ]
    );
    // Without a reason nothing is adjusted.
    assert_eq!(computed.rows("quarantine", "input column code"), ["adjustments | reason | empty-value"]);
    let told = hourbill::explain::explain(computed.run.results(&computed.settings), "L1", None, None, &[]);
    assert!(told[0].steps.iter().any(|step| step.text == "price 25.5: new rate (ann); the export says 20"), "{told:?}");
}

#[test]
fn notes_reach_the_draft_and_the_line() {
    let computed = run(&[
        "note,customer:C1,Thank you,asked for,,",
        "note,order:S1,Order 4711,asked for,,",
        "note,L1,incl. travel,asked for,,",
        "note,draft:D-open-C2-EUR,Second copy,asked for,,",
        "note,D-open-C9-EUR,Nobody,asked for,,",
    ]);
    assert_eq!(
        computed.rows("invoices", "invoice_id note"),
        ["D-open-C1-EUR | Thank you; Order 4711", "D-open-C2-EUR | Second copy"]
    );
    assert_eq!(computed.rows("invoice_lines", "description")[0], "Support - incl. travel");
    assert_eq!(computed.codes(), ["adjustment-unmatched"]);
}

#[test]
fn rows_that_do_nothing_are_told() {
    for (row, code) in [
        ("hold,nobody,,why,,", "adjustment-unmatched"),
        ("hold,entry:T1,,why,,", "adjustment-unmatched"),
        ("move,E1,L9,why,,", "adjustment-unmatched"),
        ("move,E1,Q1,why,,", "adjustment-no-effect"),
        ("cap_hours,P1,5,why,,", "adjustment-no-effect"),
        ("write_off,007,,why,,", "adjustment-unmatched"),
    ] {
        let computed = run(&[row]);
        assert_eq!(computed.codes(), [code], "{row}");
        assert_eq!(billed(&computed), ["E1 | 8", "E2 | 4", "E3 | 1.5"], "{row}");
    }
    let quarantined = "timesheet_id,date,hours,order_line_id,invoice_id\nE1,2026-10-05,8,L1,INV/1\nE2,never,8,L1,\n";
    let computed = run_on(ORDERS, quarantined, &["write_off,E1,,why,,", "hold,entry:E2,,why,,"]);
    assert_eq!(computed.codes(), ["adjustment-no-effect", "adjustment-no-effect"]);
}

#[test]
fn an_id_of_several_things_is_the_widest_for_a_hold_and_the_narrowest_for_others() {
    let timesheets = TIMESHEETS.to_owned() + "T1,2026-10-09,2,T1,,Ann,tidy up\nC1,2026-10-09,1,,L2,Ann,tidy up\n";
    let computed = run_on(ORDERS, &timesheets, &["hold,C1,,unpaid,,"]);
    assert_eq!(computed.rows("invoices", "invoice_id"), ["D-open-C2-EUR"]);
    assert!(computed.codes().contains(&"adjustment-ambiguous"));
    let computed = run_on(ORDERS, &timesheets, &["non_billable,T1,,warranty,,"]);
    assert_eq!(billed(&computed), ["E1 | 8", "E2 | 4", "C1 | 1", "E3 | 1.5"]);
    assert_eq!(computed.codes(), ["adjustment-ambiguous"]);
    let computed = run_on(ORDERS, &timesheets, &["hold,entry:C1,,unpaid,,", "non_billable,ticket:T1,,warranty,,"]);
    assert_eq!(billed(&computed), ["E2 | 4", "E3 | 1.5"]);
    assert!(computed.codes().is_empty());
}

#[test]
fn of_rows_that_contradict_each_other_the_later_counts_then_the_one_that_bills_less() {
    for (rows, net) in [
        (["cap_hours,L1,5,a,,", "cap_hours,L1,3,b,,"], "60.00"),
        (["cap_hours,L1,5,a,,2026-10-02", "cap_hours,L1,3,b,,2026-10-01"], "100.00"),
        (["price,L1,5,a,,", "price,L1,6,b,,2026-10-01"], "72.00"),
        (["discount,L1,5,a,,", "discount,L1,10,b,,"], "216.00"),
        (["move,E1,L2,a,,", "move,E1,P1,b,,2026-10-02"], "80.00"),
    ] {
        let forth = run(&rows);
        let [first, second] = rows;
        let back = run(&[second, first]);
        assert_eq!(forth.codes().iter().filter(|code| **code == "adjustment-conflict").count(), 1, "{rows:?}");
        for computed in [&forth, &back] {
            let lines = computed.rows("invoice_lines", "order_line_id net_amount");
            assert_eq!(lines[0], format!("L1 | {net}"), "{rows:?}");
        }
        for table in ["invoices", "invoice_lines", "invoice_entries", "unbilled", "order_lines"] {
            assert_eq!(forth.table(table), back.table(table), "{rows:?} {table}");
        }
    }
    // The same edit twice contradicts nothing; equal rows are one.
    let computed = run(&["hold,E1,,a,,", "hold,E1,,b,,", "hold,E1,,b,,"]);
    assert_eq!(computed.codes(), ["duplicate-row"]);
    assert_eq!(unbilled(&computed), ["E1 | 8 | held | hold: a"]);
}

#[test]
fn what_settles_a_resemblance_is_found_by_what_it_names() {
    let computed = run(&[
        "release,E1,,other work,,",
        "same_as,entry:E2,77,renamed,,",
        "release,order_line:L1,,other line,,",
        "same_as,L2,L0,renamed,,",
        "accept,L1,invoiced-elsewhere<=8,known,,",
        "accept,L1,invoiced-elsewhere <= 8.5,more,,2026-10-01",
        "accept,run,draft_amount.EUR<=20000,known,,",
    ]);
    assert_eq!(computed.codes(), ["adjustment-conflict"]);
    let world = &computed.run.intake.world;
    let (all, line) = (&world.adjustments, |id| world.lines.find(id).unwrap());
    let told = |why: Option<_>| why.map_or_else(String::new, |why| all.text_of(why));
    assert_eq!(told(all.release_of_entry("E1")), "release: other work");
    assert_eq!(all.release_of_entry("E2"), None);
    assert_eq!(all.entries_same_as().map(|(id, billed, _)| (id, billed)).collect::<Vec<_>>(), [("E2", "77")]);
    assert_eq!(all.same_as_of_entry("E2").unwrap().0, "77");
    assert_eq!(told(all.release_of_line(line("L1"))), "release: other line");
    assert_eq!(all.same_as_of_line(line("L2")).unwrap().0, "L0");
    assert_eq!(all.lines_same_as().count(), 1);
    let accepted = |name, of| all.accepted(name, of).map(|(figure, _)| figure.to_string());
    assert_eq!(accepted("invoiced-elsewhere", Accepting::Line(line("L1"))).as_deref(), Some("8.5"));
    assert_eq!(accepted("invoiced-elsewhere", Accepting::Line(line("L2"))), None);
    assert_eq!(accepted("draft_amount.EUR", Accepting::Run).as_deref(), Some("20000"));
}

#[test]
fn a_billed_id_belongs_to_one_entry_and_a_released_entry_to_none() {
    for (rows, same) in [
        (["same_as,E1,77,a,,", "same_as,E2,77,b,,"], vec!["E1 77"]),
        (["same_as,E1,77,a,,", "same_as,E1,78,b,,2026-10-01"], vec!["E1 78"]),
        (["same_as,E1,77,a,,", "release,E1,,b,,"], vec!["E1 77"]),
        (["same_as,E1,77,a,,", "release,entry:E1,,b,,2026-10-01"], vec![]),
        (["same_as,L1,L0,a,,", "same_as,L2,L0,b,,"], vec!["L1 L0"]),
        (["same_as,L1,L0,a,,", "release,L1,,b,,"], vec!["L1 L0"]),
    ] {
        let [first, second] = rows;
        for computed in [run(&[first, second]), run(&[second, first])] {
            assert_eq!(computed.codes(), ["adjustment-conflict"], "{rows:?}");
            let world = &computed.run.intake.world;
            let of_entries = world.adjustments.entries_same_as().map(|(id, billed, _)| format!("{id} {billed}"));
            let of_lines = world.adjustments.lines_same_as();
            let of_lines = of_lines.map(|(line, billed, _)| format!("{} {billed}", world.lines.id(line)));
            assert_eq!(of_entries.chain(of_lines).collect::<Vec<_>>(), same, "{rows:?}");
        }
    }
    for row in ["same_as,E1,E2,a,,", "same_as,E1,E1,a,,", "same_as,L1,L2,a,,"] {
        assert_eq!(run(&[row]).codes(), ["adjustment-no-effect"], "{row}");
    }
}

#[test]
fn an_order_of_one_line_is_that_line() {
    let orders = ORDERS.replace("L1,S1,", "S1,S1,");
    let timesheets = TIMESHEETS.replace(",L1,", ",S1,");
    let computed = run_on(&orders, &timesheets, &["hold,S1,,unpaid,,"]);
    assert!(!computed.codes().contains(&"adjustment-ambiguous"), "{:?}", computed.codes());
}

#[test]
fn a_draft_that_is_held_leaves_the_others_their_names_and_what_is_paid() {
    let orders =
        ORDERS.replace(",discount_pct", ",discount_pct,payment_terms").replace(",2026-10-01,\n", ",2026-10-01,,\n");
    let orders = orders.replace("EUR,,\n", "EUR,,,\n").replace(
        "L2,S2,sale,C1,Support,delivered_timesheet,Hours,0,30,EUR,2026-10-01,,",
        "L2,S2,sale,C1,Support,delivered_timesheet,Hours,0,30,EUR,2026-10-01,,30 days",
    );
    let ids = |rows: &[&str]| run_on(&orders, TIMESHEETS, rows).rows("invoices", "invoice_id note");
    assert_eq!(ids(&[]), ["D-open-C1-EUR | ", "D-open-C1-EUR-30-days | ", "D-open-C2-EUR | "]);
    let rows = ["hold,draft:D-open-C1-EUR,,disputed,,", "note,draft:D-open-C1-EUR-30-days,Thanks,asked for,,"];
    let computed = run_on(&orders, TIMESHEETS, &rows);
    assert_eq!(computed.rows("invoices", "invoice_id note"), ["D-open-C1-EUR-30-days | Thanks", "D-open-C2-EUR | "]);
    assert_eq!(computed.codes(), ["draft-held"]);
    assert_eq!(computed.run.billing.drafts_held, 1);
    assert_eq!(unbilled(&computed), ["E1 | 8 | held | hold: disputed", "E2 | 4 | held | hold: disputed"]);
}

#[test]
fn what_has_a_window_acts_on_the_entries_dated_inside() {
    // `E1` is of the 5th, `E2` of the 6th, `E3` of the 7th; `E4` of the 8th.
    for (row, expected) in [
        ("write_off,E1,,why,,,2026-10-05,2026-10-05", vec!["E2 | 4", "E3 | 1.5"]),
        ("write_off,E1,,why,,,2026-10-06,", vec!["E1 | 8", "E2 | 4", "E3 | 1.5"]),
        ("non_billable,ticket:T1,,why,,,,2026-10-05", vec!["E2 | 4", "E3 | 1.5"]),
        ("non_billable,ticket:T1,,why,,,,2026-10-04", vec!["E1 | 8", "E2 | 4", "E3 | 1.5"]),
        ("move,ticket:T1,L2,why,,,2026-10-05,2026-10-05", vec!["E2 | 4", "E1 | 8", "E3 | 1.5"]),
        ("move,ticket:T1,L2,why,,,2026-10-06,", vec!["E1 | 8", "E2 | 4", "E3 | 1.5"]),
        ("cap_hours,L1,1,why,,,2026-10-06,", vec!["E1 | 8", "E2 | 1", "E3 | 1.5"]),
        ("cap_hours,L1,1,why,,,,2026-10-05", vec!["E1 | 1", "E2 | 4", "E3 | 1.5"]),
    ] {
        assert_eq!(billed(&run(&[row])), expected, "{row}");
    }
    // A ticket whose move is over looks for a pack again (L3).
    let computed = run(&["move,ticket:T2,L2,why,,,,2026-10-07"]);
    assert_eq!(computed.rows("order_lines", "order_line_id delivered_hours")[2], "P1 | 3");
    let computed = run(&["move,ticket:T2,L2,why,,,,2026-10-08"]);
    assert_eq!(computed.rows("order_lines", "order_line_id delivered_hours")[2], "P1 | 0");
}

#[test]
fn a_window_is_an_exception_and_windows_that_overlap_contradict_each_other() {
    let lines = |rows: &[&str]| {
        let computed = run(rows);
        let conflicts = computed.codes().iter().filter(|code| **code == "adjustment-conflict").count();
        (computed.rows("invoice_lines", "order_line_id quantity unit_price discount_pct adjustments"), conflicts)
    };
    let always = "price,L1,50,always,,2026-11-01,,";
    assert_eq!(
        lines(&[always, "price,L1,60,then,,2026-10-01,2026-10-06,2026-10-06", "discount,L1,10,then,,,2026-10-05,"]).0
            [..2],
        [
            "L1 | 4 | 60 | 10 | price 60: then (2026-10-01); discount 10: then",
            "L1 | 8 | 50 | 10 | price 50: always (2026-11-01); discount 10: then"
        ]
    );
    // In the overlap the later row counts, outside of it each.
    let (told, conflicts) = lines(&["price,L1,60,a,,,,2026-10-06", "price,L1,70,b,,2026-11-01,2026-10-06,"]);
    assert_eq!(told[..2], ["L1 | 4 | 70 | 0 | price 70: b (2026-11-01)", "L1 | 8 | 60 | 0 | price 60: a"]);
    assert_eq!(conflicts, 1);
    // A row that counts for some of its dates is applied; one whose dates others take all changes nothing.
    let states = |rows: &[&str]| {
        let computed = run(rows);
        let fates = &computed.run.intake.world.adjustments.fates;
        fates.iter().map(|fate| fate.state.clone()).collect::<Vec<_>>()
    };
    let (of_part, first, last) = (
        "price,L1,60,a,,,,2026-10-06",
        "price,L1,70,b,,2026-11-01,2026-10-06,",
        "price,L1,80,c,,2026-11-02,,2026-10-05",
    );
    assert_eq!(states(&[of_part, first]), [State::Applied, State::Applied]);
    assert_eq!(states(&[of_part, first, last]), [State::Applied, State::Applied, State::Idle]);
    // Prices of other dates do not contradict each other, nor do equal ones.
    assert_eq!(lines(&["price,L1,60,a,,,,2026-10-05", "price,L1,70,b,,,2026-10-06,"]).1, 0);
    assert_eq!(lines(&["price,L1,60,a,,,,2026-10-06", "price,L1,60,b,,,2026-10-06,"]).1, 0);
    // Caps of other dates stand beside each other: each says "at most".
    let capped = |rows: &[&str]| {
        let computed = run(rows);
        let conflicts = computed.codes().iter().filter(|code| **code == "adjustment-conflict").count();
        (
            computed.rows("invoice_entries", "timesheet_id hours"),
            computed.rows("unbilled", "timesheet_id hours reason"),
            conflicts,
        )
    };
    let (billed, held, conflicts) =
        capped(&["cap_hours,L1,9,all,,,2026-10-01,2026-10-31", "cap_hours,L1,6,first,,,,2026-10-05"]);
    assert_eq!((billed, conflicts), (vec!["E1 | 6".to_owned(), "E2 | 3".to_owned(), "E3 | 1.5".to_owned()], 0));
    assert_eq!(held, ["E1 | 2 | cap_hours 6: first", "E2 | 1 | cap_hours 9: all"]);
    let rows = ["cap_hours,L1,9,a,,,2026-10-01,2026-10-31", "cap_hours,L1,6,b,,,2026-10-01,2026-10-31"];
    assert_eq!(capped(&rows).2, 1);
    assert_eq!(capped(&rows).0, ["E1 | 6", "E3 | 1.5"]);
    // What has a window is not counted by the month.
    let (billed, ..) = capped(&["cap_hours,L1,1,a,,,,", "cap_hours,L1,10,b,,,2026-10-05,2026-10-05"]);
    assert_eq!(billed, ["E1 | 8", "E2 | 1", "E3 | 1.5"]);
}

#[test]
fn what_has_no_entries_has_the_price_of_runs_that_the_window_touches() {
    for (period, price) in [("2026-10", "90"), ("2026-11", "100")] {
        let adjustments = format!("{HEADER}price,P1,90,goodwill,,,2026-10-31,2026-10-31\n");
        let exports =
            [("orders", ORDERS), ("tickets", TICKETS), ("timesheets", TIMESHEETS), ("adjustments", &adjustments)];
        let computed = Exports(&exports).run(&format!("[period]\nmonth = \"{period}\"\n"));
        let lines = computed.rows("invoice_lines", "order_line_id unit_price");
        assert_eq!(lines.last().unwrap(), &format!("P1 | {price}"), "{period}");
        let waits = computed.run.adjusted.count(hourbill::run::RowOutcome::Waiting);
        assert_eq!(waits, u64::from(price == "100"));
    }
}

#[test]
fn values_of_what_is_not_billed_are_at_the_price_of_its_date() {
    let adjustments = format!("{HEADER}price,L1,60,then,,,2026-10-06,2026-10-06\nhold,ticket:T1,,ask,,,,\n");
    let exports = [("orders", ORDERS), ("tickets", TICKETS), ("timesheets", TIMESHEETS), ("adjustments", &adjustments)];
    let computed = Exports(&exports).run("[period]\nmonth = \"2026-11\"\n");
    assert_eq!(computed.rows("unbilled", "timesheet_id value"), ["E1 | 160.00", "E2 | 240.00", "E3 | 45.00"]);
}

#[test]
fn without_a_ledger_what_the_export_says_is_invoiced_takes_room_under_a_cap() {
    let timesheets =
        "timesheet_id,date,hours,order_line_id,invoice_id\nE1,2026-10-05,3,L1,INV/1\nE2,2026-10-06,4,L1,\n";
    let computed = run_on(ORDERS, timesheets, &["cap_hours,L1,5,agreed,,"]);
    assert_eq!(billed(&computed), ["E2 | 2"]);
    assert_eq!(unbilled(&computed), ["E2 | 2 | held | cap_hours 5: agreed"]);
}

#[test]
fn a_draft_that_is_only_held_is_no_reason_to_refuse() {
    for held in [
        "hold,customer:C1,,unpaid,,",
        "hold,order:S1,,unpaid,,",
        "hold,order_line:L1,,unpaid,,",
        "hold,ticket:T1,,unpaid,,",
    ] {
        let orders = ORDERS.lines().filter(|line| !line.starts_with("L2")).collect::<Vec<_>>().join("\n") + "\n";
        let timesheets = TIMESHEETS.lines().filter(|line| line.starts_with("timesheet_id") || line.starts_with("E1"));
        let timesheets = timesheets.collect::<Vec<_>>().join("\n") + "\n";
        let computed = run_on(&orders, &timesheets, &[held, "note,draft:D-open-C1-EUR,Thanks,asked for,,"]);
        let count = |outcome| computed.run.adjusted.count(outcome);
        use hourbill::run::RowOutcome;
        assert_eq!((count(RowOutcome::Applied), count(RowOutcome::Waiting)), (1, 1), "{held}");
        assert!(!computed.codes().contains(&"adjustment-unmatched"), "{held}");
    }
}

#[test]
fn a_ticket_tells_what_is_left_on_its_line() {
    let computed = run(&[]);
    let told = hourbill::explain::explain(computed.run.results(&computed.settings), "T2", None, None, &[]);
    let left = "`P1` has 7 h left of 10 h ordered";
    assert!(told[0].steps.iter().any(|step| step.rule == "H2" && step.text == left), "{told:?}");
}

#[test]
fn rows_about_runs_of_other_periods_wait() {
    let month = "[period]\nmonth = \"2026-10\"\n";
    for (window, applies) in [
        (",", true),
        ("2026-10-31,", true),
        (",2026-10-01", true),
        ("2026-09-01,2026-12-31", true),
        ("2026-11-01,", false),
        (",2026-09-30", false),
    ] {
        for (row, held) in [("hold,L2,,why,,", 1), ("hold,draft:D-2026-10-C1-EUR,,why,,", 3), ("hold,T9,,why,,", 0)] {
            let adjustments = format!("{HEADER}{row},{window}\n");
            let exports =
                [("orders", ORDERS), ("tickets", TICKETS), ("timesheets", TIMESHEETS), ("adjustments", &adjustments)];
            let computed = Exports(&exports).run(month);
            assert_eq!(unbilled(&computed).len(), if applies { held } else { 0 }, "{row} {window}");
            assert_eq!(computed.codes().contains(&"adjustment-unmatched"), applies && held == 0, "{row} {window}");
        }
    }
}
