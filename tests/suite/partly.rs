//! Files of which only some headers are foreign (F2, F3): the month of the fixtures with some of its headers in other languages is billed as the
//! month itself, to the cent, whichever of its files has them; and nothing that decides about money is left alone in silence.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{Ran, flat, hourbill};
use crate::shapes::{HOUR, Shape, held};

const MONTH: [&str; 5] = ["customers.csv", "orders.csv", "teams.csv", "tickets.csv", "timesheets.csv"];

/// The answers of somebody who knows what our own columns mean.
const ANSWERS: [&str; 3] =
    ["values.billable = { \"\" = \"true\" }", "columns.timesheet_id = \"ID\"", "approval = \"all\""];

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/month")
}

/// The month with other headers in one of its files, from `init` over the answers to the run: dispositions and money.
fn billed(file: &str, renamed: &[(&str, &str)]) -> (Value, Value, String) {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    for name in MONTH {
        let text = fs::read_to_string(fixtures().join(name)).unwrap();
        let (head, rows) = text.split_once('\n').unwrap();
        let header = |column: &str| {
            let other = renamed.iter().find(|(own, _)| *own == column).map(|(_, other)| *other);
            other.filter(|_| name == file).unwrap_or(column).to_owned()
        };
        let head: Vec<String> = head.split(',').map(header).collect();
        fs::write(path.join(name), format!("{}\n{rows}", head.join(","))).unwrap();
    }
    let run = |words: &[&str]| Ran::of(hourbill().current_dir(path).args(words).output().unwrap());
    let written = run(&["init", "."]);
    let mut job = fs::read_to_string(path.join("job.toml")).unwrap();
    for answer in ANSWERS {
        job = job.replace(&format!("\n# {answer}"), &format!("\n{answer}"));
    }
    fs::write(path.join("job.toml"), &job).unwrap();
    let ran = run(&["run", "job.toml", "--all", "--format", "json"]);
    let told: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{renamed:?}: {}{}", ran.out, ran.err));
    (told["control"]["dispositions"].clone(), told["money"].clone(), written.out)
}

#[rustfmt::skip]
const RENAMED: &[(&str, &[(&str, &str)])] = &[
    ("timesheets.csv", &[("date", "Datum"), ("hours", "Stunden"), ("employee", "Mitarbeiter"), ("description", "Beschreibung"), ("billable", "Abrechenbar")]),
    ("timesheets.csv", &[("ticket_id", "Vorgang"), ("order_line_id", "Auftragszeile"), ("employee", "Mitarbeiter"), ("project", "Projekt"), ("invoice_id", "Rechnung")]),
    ("timesheets.csv", &[("timesheet_id", "ID"), ("hours", "Heures"), ("ticket_id", "Ticket"), ("order_line_id", "Ligne de commande"), ("employee", "Utilisateur")]),
    ("timesheets.csv", &[("timesheet_id", "ID"), ("date", "Fecha"), ("hours", "Horas"), ("ticket_id", "Incidencia"), ("order_line_id", "Línea de pedido"), ("employee", "Empleado"), ("description", "Descripción"), ("project", "Proyecto"), ("invoice_id", "Factura"), ("billable", "Facturable"), ("status", "Estado")]),
    ("orders.csv", &[("customer_id", "Kunde"), ("unit_price", "Einzelpreis"), ("discount_pct", "Rabatt"), ("taxes", "Steuern"), ("invoiced_qty", "Abgerechnet")]),
    ("orders.csv", &[("order_line_id", "Auftragsposition"), ("confirmed_on", "Auftragsdatum"), ("bill_to", "Rechnungsempfänger"), ("payment_terms", "Zahlungsbedingungen"), ("delivered_qty", "Geliefert"), ("is_downpayment", "Anzahlung")]),
    ("tickets.csv", &[("customer_id", "Kunde"), ("created_on", "Erstellt am"), ("order_line_id", "Auftragszeile"), ("team", "Gruppe"), ("title", "Betreff")]),
    ("tickets.csv", &[("ticket_id", "Ticketnummer"), ("created_on", "Aangemaakt op"), ("order_line_id", "Orderregel"), ("team", "Groep"), ("title", "Onderwerp")]),
    ("customers.csv", &[("parent_id", "Société mère"), ("hold", "Bloqué"), ("payment_terms", "Conditions de paiement"), ("name", "Nom"), ("vat_id", "Numéro de TVA")]),
    ("customers.csv", &[("customer_id", "Kundennummer"), ("parent_id", "Konzern"), ("hold", "Gesperrt"), ("consolidate", "Sammelrechnung"), ("language", "Sprache")]),
];

#[test]
fn f2_a_month_with_some_foreign_headers_is_billed_as_itself() {
    let (dispositions, money, _) = billed("", &[]);
    for (file, renamed) in RENAMED {
        let (found, of_them, told) = billed(file, renamed);
        assert_eq!((&found, &of_them), (&dispositions, &money), "{file} {renamed:?}\n{told}");
    }
}

/// Whatever of a list that is partly ours nobody reads is named.
#[test]
fn f2_what_is_not_read_of_a_list_of_ours_is_told() {
    for (file, renamed, said) in [
        (
            "orders.csv",
            &[("discount_pct", "Nachl. v. H."), ("bill_to", "RE-Adr.")][..],
            "`Nachl. v. H.`, `RE-Adr.` are not read",
        ),
        ("tickets.csv", &[("order_line_id", "Pos.")], "`Pos.` is not read"),
        ("customers.csv", &[("parent_id", "Oberkunde")], "`Oberkunde` is not read"),
    ] {
        let (_, _, told) = billed(file, renamed);
        assert!(flat(&told).contains(said), "{said} is not in {told}");
    }
}

/// The seller's company is not the client where tickets and order lines say for whom the work was; nor is one that orders name as theirs.
#[test]
fn l2_the_sellers_company_is_no_client() {
    let orders = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,company\n\
                  S1/1,S1,sale,C1,Pack,ordered_prepaid,Hours,2,90,EUR,2026-09-01,Haven NV\nS2/1,S2,sale,C1,Pack,ordered_prepaid,Hours,10,90,EUR,2026-09-02,Kade BV\n\
                  S3/1,S3,sale,C1,Support,delivered_timesheet,Hours,0,100,EUR,2026-09-02,Haven NV\n";
    let tickets = "ticket_id,customer_id,created_on\nT1,C1,2026-10-01\n";
    for header in ["company", "Firma", "Gesellschaft"] {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path();
        fs::write(path.join("orders.csv"), orders).unwrap();
        fs::write(path.join("tickets.csv"), tickets).unwrap();
        let entries = format!(
            "timesheet_id,Datum,Stunden,ticket_id,order_line_id,{header}\nE1,2026-10-05,1.5,T1,,Haven NV\nE2,2026-10-06,0.5,,S3/1,Haven NV\n"
        );
        fs::write(path.join("timesheets.csv"), entries).unwrap();
        let run = |words: &[&str]| Ran::of(hourbill().current_dir(path).args(words).output().unwrap());
        let written = run(&["init", "."]);
        let job = fs::read_to_string(path.join("job.toml")).unwrap();
        assert!(
            job.contains(&format!("columns.company = \"{header}\"")) && !job.contains("ignore"),
            "{}{job}",
            written.out
        );
        let ran = run(&["run", "job.toml", "--all", "--format", "json"]);
        let told: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(told["control"]["dispositions"]["covered"]["hours"], "1.5", "{}{job}", ran.out);
        assert_eq!(told["control"]["dispositions"]["billed"]["hours"], "0.5", "{}{job}", ran.out);
    }
}

#[rustfmt::skip]
fn ids() -> Vec<Shape> {


    vec![
        Shape {
            name: "rows that stand twice with their id", file: "export.csv", sure: true,
            text: "ID;Datum;Mitarbeiter;Kunde;Projekt;Stunden\nA1;05.10.2026;Ann;Quay;Mole;1,5\nA1;05.10.2026;Ann;Quay;Mole;1,5\nA2;16.10.2026;Ann;Quay;Mole;0,75\n",
            rows: 3, read: 13_500, billed: 8100, says: &["columns.timesheet_id = \"ID\""], ..Shape::default()
        },
        Shape {
            name: "ids of which one is shared", file: "export.csv",
            text: "ID;Datum;Mitarbeiter;Kunde;Projekt;Stunden\nA1;05.10.2026;Ann;Quay;Mole;1\nA2;06.10.2026;Ann;Quay;Mole;1\nA3;07.10.2026;Ann;Quay;Mole;1\nA4;08.10.2026;Ann;Quay;Mole;1\nA5;09.10.2026;Ann;Quay;Mole;1\nA6;12.10.2026;Ann;Quay;Mole;1\nA7;13.10.2026;Ann;Quay;Mole;1\nA8;14.10.2026;Ann;Quay;Mole;1\nA9;15.10.2026;Ann;Quay;Mole;1\nA9;16.10.2026;Ann;Quay;Mole;2\n",
            answers: &["columns.timesheet_id = \"ID\""],
            rows: 10, read: 11 * HOUR, aside: 2, billed: 8 * HOUR, ..Shape::default()
        },
        Shape {
            name: "ids of which one is shared, made of cells", file: "export.csv",
            text: "ID;Datum;Mitarbeiter;Kunde;Projekt;Stunden\nA1;05.10.2026;Ann;Quay;Mole;1\nA2;06.10.2026;Ann;Quay;Mole;1\nA3;07.10.2026;Ann;Quay;Mole;1\nA4;08.10.2026;Ann;Quay;Mole;1\nA5;09.10.2026;Ann;Quay;Mole;1\nA6;12.10.2026;Ann;Quay;Mole;1\nA7;13.10.2026;Ann;Quay;Mole;1\nA8;14.10.2026;Ann;Quay;Mole;1\nA9;15.10.2026;Ann;Quay;Mole;1\nA9;16.10.2026;Ann;Quay;Mole;2\n",
            answers: &["id_from = [\"Mitarbeiter\", \"Datum\", \"Kunde\", \"Projekt\"]"],
            rows: 10, read: 11 * HOUR, billed: 11 * HOUR, ..Shape::default()
        },
        Shape {
            name: "an id of what was worked on is told", file: "export.csv", sure: true,
            text: "ID;Datum;Mitarbeiter;Kunde;Projekt;Stunden\n77;05.10.2026;Ann;Quay;Mole;1,5\n77;16.10.2026;Ann;Quay;Mole;0,75\n78;16.10.2026;Bob;Quay;Mole;0,75\n",
            rows: 3, read: 10_800, billed: 10_800, says: &["`ID` is taken for no id of a row"], ..Shape::default()
        },
        Shape {
            name: "the key of an issue is no id of an entry", file: "export.csv", sure: true,
            text: "Project,Key,Title,Date,Username,Time Spent (h)\nMole,MOL-1,Draw,2026-10-05,ann,1.5\nMole,MOL-2,Walk,2026-10-06,ann,0.75\n",
            rows: 2, read: 8100, billed: 8100, says: &["id_from = ", "# columns.ticket_id = \"Key\""], ..Shape::default()
        },
        Shape {
            name: "our own flags and states are known", file: "export.csv", sure: true,
            text: "timesheet_id,date,hours,customer_id,project,Mitarbeiter,billable,status,ticket_title\nE1,2026-10-05,1.5,Quay,Mole,Ann,,draft,Draw\nE2,2026-10-06,0.75,Quay,Mole,Ann,no,validated,Walk\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "a name beside our customer_id", file: "export.csv", sure: true,
            text: "timesheet_id,Datum,Stunden,customer_id,Kunde\nE1,2026-10-05,1.5,C1,Quay\nE2,2026-10-06,0.75,C2,Quay\n",
            rows: 2, read: 8100, billed: 8100, says: &["columns.customer_id = \"customer_id\""], ..Shape::default()
        },
    ]
}

#[test]
fn f4_ids_are_ids_of_rows_or_that_is_asked() {
    ids().iter().for_each(held);
}

/// N3: the table of numbers in the job holds when it is taken out of its comments.
#[test]
fn n3_the_job_offers_numbers() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    fs::write(path.join("export.csv"), "Date,User,Client,Project,Hours\n2026-10-05,Ann,Quay,Mole,1.5\n").unwrap();
    let run = |words: &[&str]| Ran::of(hourbill().current_dir(path).args(words).output().unwrap());
    run(&["init", "."]);
    crate::shapes::filled_in(path);
    let mut job = fs::read_to_string(path.join("job.toml")).unwrap();
    for key in ["[numbering]", "invoice = ", "credit_note = ", "first = "] {
        assert!(job.contains(&format!("\n# {key}")), "{key}: {job}");
        job = job.replace(&format!("\n# {key}"), &format!("\n{key}"));
    }
    job = job.replace("name = \"\"", "name = \"Haven NV\"").replace("city = \"\"", "city = \"Gent\"");
    job = job.replace("country = \"\"", "country = \"BE\"");
    fs::write(path.join("job.toml"), job).unwrap();
    let (ran, posted) = (run(&["run", "job.toml"]), run(&["post", "job.toml", "--by", "ann"]));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let told = format!("{}{}", posted.out, posted.err);
    assert!(told.contains("F2026-00001") || told.contains("-00001"), "{told}");
}
