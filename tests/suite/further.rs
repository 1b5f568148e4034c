//! Exports in the columns of further programs and of sheets that people keep by hand, with invented rows (F1 to F10): the same check as of
//! [`crate::kinds`]. Hours are worked out by hand, in seconds.

use std::fs;

use crate::cli::{Ran, hourbill};
use crate::shapes::{Shape, held};

#[rustfmt::skip]
fn further() -> Vec<Shape> {
    vec![
        Shape {
            name: "zoho projects", file: "export.csv",
            text: "Project Name,Task Name/General,User,Date,Daily Log,Time Period,Billing Type,Approval Status,Cost per hour,Notes\nMole,Draw,Ann Poe,05-04-2026,01:30,09:00 AM to 10:30 AM,Billable,Approved,0,plan\nMole,Draw,Ann Poe,05-18-2026,00:45,09:00 AM to 09:45 AM,Non Billable,Approved,0,\n",
            sure: true, rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "bigtime with numbers of invoices", file: "export.csv",
            text: "Date,Client,Project,Task,Staff Member,Labor Code,Notes,Tot Hours,Bill Hours,N/C,Status,Inv Nbr\n5/4/2026,Quay,Mole,Draw,Ann Poe,Design,plan,1.50,1.50,No,Approved,\n5/18/2026,Quay,Mole,Draw,Ann Poe,Design,,0.75,0.00,Yes,Approved,\n5/19/2026,Quay,Mole,Draw,Ann Poe,Design,,0.50,0.50,No,Approved,INV-7\n",
            sure: true, rows: 3, read: 9900, invoiced: 1800, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "xero projects", file: "export.csv",
            text: "Project time entries\nQuay Ltd\nFor the period 1 May 2026 to 31 May 2026\n\nDate,Contact,Project,Task,Staff member,Description,Duration,Hours (decimal),Charge type,Status,Chargeable amount\n4 May 2026,Quay,Mole,Design,Ann Poe,plan,1:30,1.50,Hourly rate,Uninvoiced,120.00\n15 May 2026,Quay,Mole,Design,Ann Poe,,0:45,0.75,Hourly rate,Invoiced,60.00\n15 May 2026,Quay,Mole,Admin,Ann Poe,,0:15,0.25,Non-chargeable,Uninvoiced,0.00\nTotal,,,,,,2:30,2.50,,,180.00\n",
            answers: &["values.billable = { \"Non-chargeable\" = \"false\", \"Hourly rate\" = \"true\", \"\" = \"true\" }"], rows: 3, read: 9000, invoiced: 2700, free: 900, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "timetac", file: "export.csv", encoding: "windows-1252",
            text: "Datum;Personalnr.;Mitarbeiter;Projekt;Kunde;Tätigkeit;Startzeit;Endzeit;Dauer;Dauer (dezimal);Notiz;Verrechenbar;Verrechnet;Genehmigungsstatus\n04.05.2026;12;Kern Ute;Dach;Hansen AG;Planung;08:00;09:30;01:30;1,50;plan;Ja;Nein;Genehmigt\n15.05.2026;12;Kern Ute;Dach;Hansen AG;Planung;08:00;08:20;00:20;0,33;;Nein;Nein;Genehmigt\n15.05.2026;12;Kern Ute;Dach;Hansen AG;Planung;09:00;09:30;00:30;0,50;;Ja;Ja;Genehmigt\n",
            sure: true, rows: 3, read: 8400, invoiced: 1800, free: 1200, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "dolibarr", file: "export.csv",
            text: "Réf. projet;Libellé projet;Tiers;Réf. tâche;Libellé tâche;Date;Utilisateur;Durée;Durée (s);Note;Facturé\nPJ2605-0001;Mole;Quay SARL;TK2605-0001;Dessin;2026-05-04;Zoé Blanc;01:30;5400;plan;Non\nPJ2605-0001;Mole;Quay SARL;TK2605-0001;Dessin;2026-05-15;Zoé Blanc;00:45;2700;;Oui\n",
            sure: true, rows: 2, read: 8100, invoiced: 2700, billed: 5400, says: &["columns.customer_id = \"Tiers\""], ..Shape::default()
        },
        Shape {
            name: "zendesk time tracking", file: "export.csv",
            text: "Update - Date,Updater name,Ticket ID,Ticket subject,Ticket organization name,Time spent last update (sec)\n2026-05-04,Ann Poe,31001,Web shop,Quay,5400\n2026-05-15,Ann Poe,31001,Web shop,Quay,2700\n",
            sure: true, rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "project online", file: "export.csv",
            text: "Resource;Project;Task;Date;Actual Work;Overtime Work;Billing Category;Timesheet Status\nAnn Poe;Mole;Draw;04/05/2026;1.5h;0h;Billable;Approved\nAnn Poe;Mole;Draw;25/05/2026;0.75h;0h;Non-Billable;Approved\n",
            sure: true, rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "halopsa", file: "export.csv",
            text: "Ticket ID,Summary,Customer,Site,Agent,Action Date,Note,Time Taken,Chargeable Hours,Charge Type,Invoiced\n31001,Web shop,Quay,Main,Ann Poe,04/05/2026 09:00:00,plan,1.50,1.50,Remote,No\n31001,Web shop,Quay,Main,Ann Poe,25/05/2026 09:00:00,,0.75,0.00,No Charge,No\n31002,Login,Quay,Main,Ann Poe,26/05/2026 09:00:00,,0.50,0.50,Remote,Yes\n",
            answers: &["values.billable = { \"No Charge\" = \"false\", \"Remote\" = \"true\", \"\" = \"true\" }"], rows: 3, read: 9900, invoiced: 1800, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "by hand in Polish", file: "export.csv",
            text: "Lp.;Data;Klient;Projekt;Opis;Godz.;Do fakturowania\n1;2026-05-04;Młyn;Most;plan;1,5;tak\n2;2026-05-15;Młyn;Most;;0,75;nie\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "by hand in Portuguese", file: "export.csv",
            text: "Data;Cliente;Projeto;Entrada;Saída;Intervalo;Total\n04/05/2026;Porto SA;Cais;09:00;12:30;00:30;03:00\n25/05/2026;Porto SA;Cais;09:00;10:00;;01:00\n",
            answers: &["columns.hours = \"Total\""], rows: 2, read: 14_400, billed: 14_400, ..Shape::default()
        },
        Shape {
            name: "by hand in Italian", file: "export.csv",
            text: "Giorno;Commessa;Ore ordinarie;Ore straordinarie;Da fatturare\n04/05/2026;Faro;8;2,5;SI\n15/05/2026;Faro;1;;NO\n",
            answers: &["columns.hours = [\"Ore ordinarie\", \"Ore straordinarie\"]"], rows: 2, read: 41_400, free: 3600, billed: 37_800, ..Shape::default()
        },
        Shape {
            name: "my hours is no solidtime", file: "export.csv",
            text: "User,Date,Client,Project,Task,Tags,Description,Start,End,Duration,Duration (decimal),Billable,Billable rate,Billable amount,Invoiced\nAnn Poe,5/4/2026,Quay,Mole,Draw,,plan,9:00 AM,10:30 AM,01:30:00,1.50,Yes,80.00,120.00,No\nAnn Poe,5/18/2026,Quay,Mole,Draw,,,9:00 AM,9:20 AM,00:20:00,0.33,No,0.00,0.00,No\nAnn Poe,5/19/2026,Quay,Mole,Draw,,,9:00 AM,9:30 AM,00:30:00,0.50,Yes,80.00,40.00,Yes\n",
            sure: true, rows: 3, read: 8400, invoiced: 1800, free: 1200, billed: 5400, says: &["columns.invoiced = \"Invoiced\""], ..Shape::default()
        },
        Shape {
            name: "times with a point and a word", file: "export.csv",
            text: "Datum;Von;Bis;Wer;Kunde;Projekt\n04.05.26;9.00 Uhr;10.30 Uhr;Ann;Quay;Mole\n15.05.26;9.00 Uhr;9.45 Uhr;Ann;Quay;Mole\n",
            sure: true, rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "numbers of Italian invoices", file: "export.csv",
            text: "Date,User,Client,Project,Hours,Fatt. n.\n2026-05-04,Ann,Quay,Mole,1.5,\n2026-05-15,Ann,Quay,Mole,0.75,7/2026\n2026-05-16,Ann,Quay,Mole,0.25,\n",
            sure: true, rows: 3, read: 9000, invoiced: 2700, billed: 6300, ..Shape::default()
        },
        Shape {
            name: "harvest in Spanish", file: "export.csv",
            text: "Fecha,Cliente,Proyecto,Código del proyecto,Tarea,Notas,Horas,¿Facturable?,¿Facturado?,¿Aprobado?,Nombre,Apellido,Funciones,¿Empleado?,Tarifa facturable,Importe facturable,Divisa\n2026-05-04,Quay,Mole,M1,Dibujo,plan,1.5,Sí,No,Sí,Lía,Rey,,Sí,80,120,Euro - EUR\n2026-05-15,Quay,Mole,M1,Dibujo,,0.75,No,No,Sí,Lía,Rey,,Sí,0,0,Euro - EUR\n2026-05-16,Quay,Mole,M1,Dibujo,,0.5,Sí,Sí,Sí,Lía,Rey,,Sí,80,40,Euro - EUR\n",
            sure: true, rows: 3, read: 9900, invoiced: 1800, free: 2700, billed: 5400, says: &["columns.employee = [\"Nombre\", \"Apellido\"]"], ..Shape::default()
        },
        Shape {
            name: "tyme", file: "export.csv",
            text: "billing;category;discount;duration;duration_unit;end;id;note;project;rate;rate_unit;rounding_method;rounding_minutes;start;subtask;sum;sum_unit;task;type;user\nUNBILLED;Quay;0;90;minutes;2026-05-04T10:30:00+02:00;AA-1;plan;Mole;80;EUR;NEAREST;1;2026-05-04T09:00:00+02:00;;120;EUR;Draw;timed;Ann\nBILLED;Quay;0;45;minutes;2026-05-15T09:45:00+02:00;AA-2;;Mole;80;EUR;NEAREST;1;2026-05-15T09:00:00+02:00;;60;EUR;Draw;timed;Ann\nPAID;Quay;0;30;minutes;2026-05-16T09:30:00+02:00;AA-3;;Mole;80;EUR;NEAREST;1;2026-05-16T09:00:00+02:00;;40;EUR;Draw;timed;Ann\n",
            answers: &["values.status = { \"BILLED\" = \"invoiced\", \"PAID\" = \"invoiced\", \"UNBILLED\" = \"validated\" }", "hours_unit = \"minutes\""],
            rows: 3, read: 9900, invoiced: 4500, billed: 5400, ..Shape::default()
        },
        // Texts that repeat in no row of this export are no ids.
        Shape {
            name: "texts that differ", file: "export.csv", sure: true,
            text: "Day,User,Client,Project,Time Entry,Duration\n2026-05-04,Ann,Quay,Mole,Weekly meeting,1:30\n2026-05-05,Ann,Quay,Mole,Deploy,0:45\n",
            rows: 2, read: 8100, billed: 8100, says: &["id_from = ["], ..Shape::default()
        },
        Shape {
            name: "expenses among the hours", file: "export.csv",
            text: "Date,User,Client,Project,Type,Quantity\n2026-05-04,Ann,Quay,Mole,Time,1.5\n2026-05-04,Ann,Quay,Mole,Mileage,12\n2026-05-05,Ann,Quay,Mole,Expense,20.5\n2026-05-06,Ann,Quay,Mole,Time,0.75\n",
            answers: &["skip = { \"Type\" = [\"Expense\", \"Mileage\"] }"], rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "years of two digits in front", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Hours\n26/05/04,Ann,Quay,Mole,1.5\n26/05/05,Ann,Quay,Mole,0.75\n26/05/11,Ann,Quay,Mole,1\n",
            rows: 3, read: 11700, billed: 11700, says: &["date_format = \"%y/%m/%d\""], ..Shape::default()
        },
        // One date of a day beyond the twelfth, against eight that lie in one month the other way round.
        Shape {
            name: "one date against the others", file: "export.csv",
            text: "Date,User,Client,Project,Hours\n05/04/2026,Ann,Quay,Mole,1\n05/05/2026,Ann,Quay,Mole,1\n05/06/2026,Ann,Quay,Mole,1\n05/07/2026,Ann,Quay,Mole,1\n05/08/2026,Ann,Quay,Mole,1\n05/11/2026,Ann,Quay,Mole,1\n05/12/2026,Ann,Quay,Mole,1\n13/05/2026,Ann,Quay,Mole,0.5\n",
            answers: &["date_format = \"%m/%d/%Y\""], rows: 8, read: 27000, aside: 1, billed: 25200, ..Shape::default()
        },
        Shape {
            name: "units of six minutes", file: "export.csv",
            text: "Date,User,Client,Project,Units (6 min),Hours\n2026-05-04,Ann,Quay,Mole,15,1.5\n2026-05-05,Ann,Quay,Mole,7,0.7\n",
            sure: true, rows: 2, read: 7920, billed: 7920, ..Shape::default()
        },
        Shape {
            name: "minutes behind the point beside start and end", file: "export.csv",
            text: "Date,User,Client,Project,Start,End,Hours\n2026-05-04,Ann,Quay,Mole,09:00,10:30,1.30\n2026-05-05,Ann,Quay,Mole,10:45,13:00,2.15\n2026-05-06,Ann,Quay,Mole,23:30,00:30,1.00\n",
            answers: &["ignore = [\"Hours\"]"], rows: 3, read: 17100, billed: 17100, ..Shape::default()
        },
        Shape {
            name: "minutes by a header", file: "export.csv", sure: true,
            text: "Datum;Mitarbeiter;Kunde;Projekt;Dauer in Min.\n04.05.2026;Ann;Quay;Mole;15\n05.05.2026;Ann;Quay;Mole;12\n15.05.2026;Ann;Quay;Mole;20\n",
            rows: 3, read: 2820, billed: 2820, ..Shape::default()
        },
        Shape {
            name: "overtime in columns of its own", file: "export.csv",
            text: "Date,User,Client,Project,Regular,OT,DT\n2026-05-04,Ann,Quay,Mole,8,1.5,0\n2026-05-05,Ann,Quay,Mole,8,0,1\n",
            answers: &["columns.hours = \"Regular\""], rows: 2, read: 57600, billed: 57600, ..Shape::default()
        },
        Shape {
            name: "a mark for what is not billed", file: "export.csv",
            text: "Datum;Mitarbeiter;Kunde;Projekt;Stunden;Storno\n04.05.2026;Ann;Quay;Mole;1,5;\n05.05.2026;Ann;Quay;Mole;0,75;X\n15.05.2026;Ann;Quay;Mole;1;\n",
            answers: &["values.status = { \"X\" = \"not_billable\", \"\" = \"validated\" }"], rows: 3, read: 11700, free: 2700, billed: 9000, ..Shape::default()
        },
        Shape {
            name: "a mark for what is billed", file: "export.csv",
            text: "Datum;Mitarbeiter;Kunde;Projekt;Stunden;Fakt.\n04.05.2026;Ann;Quay;Mole;1,5;x\n05.05.2026;Ann;Quay;Mole;0,75;\n15.05.2026;Ann;Quay;Mole;1;x\n",
            answers: &["values.status = { \"x\" = \"validated\", \"\" = \"not_billable\" }"], rows: 3, read: 11700, free: 2700, billed: 9000, ..Shape::default()
        },
        Shape {
            name: "days of invoices", file: "export.csv",
            text: "Datum;Mitarbeiter;Kunde;Projekt;Stunden;Rechnungsdatum\n04.05.2026;Ann;Quay;Mole;1,5;31.05.2026\n15.05.2026;Ann;Quay;Mole;0,75;\n",
            answers: &["columns.invoice_id = \"Rechnungsdatum\""], rows: 2, read: 8100, invoiced: 5400, billed: 2700, ..Shape::default()
        },
        Shape {
            name: "a word beside numbers of invoices", file: "export.csv",
            text: "Datum;Mitarbeiter;Kunde;Projekt;Stunden;Rechnungsnummer\n04.05.2026;Ann;Quay;Mole;1,5;RE-2026-01\n15.05.2026;Ann;Quay;Mole;0,75;offen\n16.05.2026;Ann;Quay;Mole;1;--\n",
            answers: &["values.invoice_id = { \"offen\" = \"\", \"--\" = \"\" }"], rows: 3, read: 11700, invoiced: 5400, billed: 6300, ..Shape::default()
        },
        Shape {
            name: "a price of an hour", file: "export.csv", sure: true,
            text: "Datum;Mitarbeiter;Kunde;Projekt;Stunden;Verrechnungssatz\n04.05.2026;Ann;Quay;Mole;1,5;90\n15.05.2026;Ann;Quay;Mole;0,75;90\n",
            rows: 2, read: 8100, billed: 8100, says: &["columns.rate = \"Verrechnungssatz\""], ..Shape::default()
        },
        Shape {
            name: "bexio", file: "export.csv",
            text: "Datum;Benutzer;Kontakt;Projekt;Tätigkeit;Text;Dauer;Verrechenbar;Status\n04.05.2026;Ute Kern;Quay AG;Mole;Planung;x;01:30;Ja;Offen\n15.05.2026;Ute Kern;Quay AG;Mole;Planung;;00:45;Ja;Verrechnet\n16.05.2026;Ute Kern;Quay AG;Mole;Planung;;00:30;Nein;Offen\n",
            rows: 3, read: 9900, invoiced: 2700, free: 1800, billed: 5400, says: &["columns.customer_id = \"Kontakt\""], ..Shape::default()
        },
        Shape {
            name: "actitime", file: "export.csv",
            text: "\"User\",\"Customer\",\"Project\",\"Task\",\"Date\",\"Time-Track\",\"Time-Track (decimal)\",\"Comment\",\"Type of Work\",\"Billable\",\"Status\"\n\"Poe, Ann\",\"Quay\",\"Mole\",\"Draw\",\"May 4, 2026\",\"1:30\",\"1.50\",\"plan\",\"Dev\",\"Billable\",\"Approved\"\n\"Poe, Ann\",\"Quay\",\"Mole\",\"Draw\",\"May 15, 2026\",\"0:45\",\"0.75\",\"\",\"Dev\",\"Non-Billable\",\"Approved\"\n",
            sure: true, rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "7pace", file: "export.csv",
            text: "Date,User,Work Item ID,Work Item Title,Project,Length (hours),Billable Length (hours),Activity Type,Comment\n2026-05-04,Ann Poe,301,Draw,Mole,1.5,1.5,Dev,plan\n2026-05-15,Ann Poe,301,Draw,Mole,0.75,0,Dev,\n",
            answers: &["columns.hours = \"Billable Length (hours)\""], rows: 2, read: 5400, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "sage in French", file: "export.csv",
            text: "Salarié;Affaire;Client;Date;Nb heures;Désignation;Facturable (O/N);N° facture\nZoé Blanc;A12;Mairie;04/05/2026;1,50;plan;O;\nZoé Blanc;A12;Mairie;25/05/2026;0,75;;N;\nZoé Blanc;A12;Mairie;26/05/2026;0,50;;O;FA-7\n",
            sure: true, rows: 3, read: 9900, invoiced: 1800, free: 2700, billed: 5400, ..Shape::default()
        },
    ]
}

#[test]
fn f3_exports_of_further_programs_and_sheets_go_from_init_to_drafts() {
    for shape in further() {
        held(&shape);
    }
}

/// What `init` says of a file, and the agreements that it writes.
fn init(text: &str) -> (Ran, String) {
    let scratch = tempfile::tempdir().unwrap();
    fs::write(scratch.path().join("export.csv"), text).unwrap();
    let ran = Ran::of(hourbill().current_dir(scratch.path()).args(["init", "."]).output().unwrap());
    let agreements = fs::read_to_string(scratch.path().join("agreements.csv")).unwrap_or_default();
    let job = fs::read_to_string(scratch.path().join("job.toml")).unwrap_or_default();
    assert!(ran.code != 1 || job.contains("open = ["), "{}{job}", ran.out);
    (ran, agreements)
}

/// F2: whatever says that a row is settled, or is free of charge, is asked about, and no hour is billed before.
#[test]
fn f2_what_says_that_work_is_settled_or_free_is_asked_about() {
    for (header, one, other) in [
        ("Settled", "No", "Yes"),
        ("Posted", "No", "Yes"),
        ("Processed", "No", "Yes"),
        ("Verbucht", "Nein", "Ja"),
        ("Archived", "No", "Yes"),
        ("Warranty", "No", "Yes"),
        ("Fixed fee", "No", "Yes"),
        ("Inv #", "", "INV-7"),
        ("Beleg-Nr.", "", "RE-7001"),
        ("RE", "", "2026-07"),
        ("Invoiced amount", "0.00", "60.00"),
        ("Tags", "design", "design;billed"),
        ("Duration (HH.MM)", "1.30", "0.45"),
    ] {
        let hours = if header.starts_with("Duration") { "" } else { ",Hours" };
        let row = |day: u32, cell: &str| {
            let hours = if hours.is_empty() { "" } else { ",1.5" };
            format!("2026-05-{day:02},Ann,Quay,Mole{hours},{cell}\n")
        };
        let text =
            format!("Date,User,Client,Project{hours},{header}\n{}{}{}", row(4, one), row(15, other), row(16, one));
        let (ran, _) = init(&text);
        assert!(ran.code == 1 && ran.out.contains(&format!("`{header}`")), "{text}{}{}", ran.out, ran.err);
    }
}

/// F9: the price of a day, and what a person earns, are no prices of an hour.
#[test]
fn f9_rates_of_days_and_wages_are_no_prices() {
    for header in ["Day rate", "Daily rate", "Pay rate", "Taux journalier", "Tarifa diaria", "Cost rate"] {
        let (ran, agreements) = init(&format!(
            "Date,User,Client,Project,Hours,{header}\n2026-05-04,Ann,Quay,Mole,1.5,640\n2026-05-15,Ann,Quay,Mole,0.75,640\n"
        ));
        assert!(!agreements.is_empty() && !agreements.contains("640"), "{header}: {agreements}{}", ran.out);
    }
}

/// F9: prices in other languages, and by a sign.
#[test]
fn f9_prices_are_found_by_their_words() {
    for (header, currency) in [
        ("Taux facturable (EUR)", "EUR"),
        ("Abrechenbarer Satz", ""),
        ("€/h", "EUR"),
        ("£ / hour", "GBP"),
        ("Tarifa facturable", ""),
    ] {
        let (ran, agreements) = init(&format!(
            "Date,User,Client,Project,Hours,{header}\n2026-05-04,Ann,Quay,Mole,1.5,80\n2026-05-15,Ann,Quay,Mole,0.75,80\n"
        ));
        assert!(agreements.contains(&format!(",Quay,Mole,{currency},80,")), "{header}: {agreements}{}", ran.out);
    }
}

/// F10: a file whose cells cannot be read is told with one of them.
#[test]
fn f10_what_cannot_be_read_is_shown() {
    for (text, said) in [
        (
            "Date,Start,End,User,Client\n2026-05-04,0900,1030,Ann,Quay\n",
            "whose cells are no times of day, such as `0900`",
        ),
        ("Date;Heures;Client\n4 mai;1h30;Mairie\n15 mai;45mn;Mairie\n", "whose cells are no dates, such as `4 mai`"),
        ("Start Date,Name,Hours\n,Draw,1.5\n,Walk,2\n", "nearest is `Start Date`, which is empty"),
    ] {
        let (ran, _) = init(text);
        let told = crate::cli::flat(&ran.err);
        assert!(ran.code == 3 && told.contains(said) && !told.contains("it may be"), "{text}{}", ran.err);
    }
}
