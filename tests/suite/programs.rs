//! Exports in the columns of further programs, with invented rows (F1 to F8): the same check as of [`crate::kinds`]. Hours are worked out by hand, in
//! seconds: 1.5 h are 5,400.

use std::fs;

use crate::cli::{Ran, hourbill};
use crate::shapes::{Shape, held};

#[rustfmt::skip]
fn programs() -> Vec<Shape> {
    vec![
        Shape {
            name: "tempo report", file: "export.csv", sure: true,
            text: "Issue Key,Issue summary,Hours,Work date,Username,Full name,Period,Account Key,Account Name,Account Customer,Activity Name,Project Key,Project Name,Work Description,Reporter,External Hours,Billed Hours\nM-1,Draw,1.5,2026-05-04 09:00,ann,Ann Poe,0526,QUAY,Quay main,Quay,Dev,M,Mole,plan,bob,,1.5\nM-2,Walk,0.75,2026-05-05 09:00,ann,Ann Poe,0526,QUAY,Quay main,Quay,Dev,M,Mole,,bob,,0.75\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "jibble timesheet", file: "export.csv",
            text: "Date,Member,Group,Activity,Project,Client,First In,Last Out,Tracked Hours,Worked Hours,Payroll Hours,Regular Hours,Overtime Hours\n2026-05-04,Ann,,Draw,Mole,Quay,09:00,19:30,10.5,10.5,10.5,8,2.5\n2026-05-05,Ann,,Draw,Mole,Quay,09:00,10:00,1,1,1,1,0\n",
            answers: &["columns.hours = \"Tracked Hours\""],
            rows: 2, read: 41400, billed: 41400, ..Shape::default()
        },
        Shape {
            name: "rippling", file: "export.csv",
            text: "Employee,Date,Clock In,Clock Out,Job,Regular Hours,Overtime Hours,Double Time Hours,Total Hours\nAnn Poe,05/04/2026,9:00 AM,7:30 PM,Mole,8.00,2.50,0.00,10.50\nAnn Poe,05/18/2026,9:00 AM,10:00 AM,Mole,1.00,0.00,0.00,1.00\n",
            answers: &["columns.hours = \"Total Hours\""],
            rows: 2, read: 41400, billed: 41400, ..Shape::default()
        },
        Shape {
            name: "overtime beside", file: "export.csv",
            text: "Date,Employee,Client,Project,Regular,Overtime\n2026-05-04,Ann,Quay,Mole,8,2.5\n2026-05-05,Ann,Quay,Mole,1,\n",
            answers: &["columns.hours = [\"Regular\", \"Overtime\"]"],
            rows: 2, read: 41400, billed: 41400, ..Shape::default()
        },
        Shape {
            name: "personio de", file: "export.csv", sure: true,
            text: "Mitarbeiter-ID;Nachname;Vorname;Datum;Startzeit;Endzeit;Pause;Arbeitszeit;Projekt;Kommentar;Status\n7;Kern;Ute;04.05.2026;08:00;12:00;00:30;03:30;Dach;plan;Genehmigt\n7;Kern;Ute;15.05.2026;08:00;09:00;00:00;01:00;Dach;;Genehmigt\n",
            rows: 2, read: 16200, billed: 16200, ..Shape::default()
        },
        Shape {
            name: "papershift", file: "export.csv",
            text: "Datum;Mitarbeiter;Standort;Arbeitsbereich;Start;Ende;Pause (min);Dauer (h);Stundenlohn;Lohn\n04.05.2026;Ute Kern;Werk 1;Dach;08:00;12:00;30;3,5;20,00;70,00\n15.05.2026;Ute Kern;Werk 1;Dach;08:00;09:00;0;1,0;20,00;20,00\n",
            rows: 2, read: 16200, homeless: 16200, ..Shape::default()
        },
        Shape {
            name: "zep", file: "export.csv", sure: true,
            text: "Datum;Mitarbeiter;Von;Bis;Dauer;Kunde;Projekt;Vorgang;Tätigkeit;Bemerkung;Fakturierbar;Ort\n04.05.2026;kern;08:00;09:30;1,50;Hansen AG;Dach;Planung;Beratung;plan;Ja;Büro\n15.05.2026;kern;08:00;08:45;0,75;Hansen AG;Dach;Planung;Beratung;;Nein;Büro\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "mite en", file: "export.csv",
            text: "Date,Customer,Project,Service,Person,Note,Minutes,Hours,Hourly rate,Revenue,Locked\n2026-05-04,Quay,Mole,Draw,Ann,plan,90,1.50,80.00,120.00,no\n2026-05-05,Quay,Mole,Draw,Ann,,45,0.75,80.00,60.00,no\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "awork de", file: "export.csv", sure: true,
            text: "Datum;Nutzer;Kunde;Projekt;Aufgabe;Tätigkeit;Beschreibung;Startzeit;Endzeit;Dauer (h);Dauer (hh:mm);Abrechenbar;Abgerechnet\n04.05.2026;Ute Kern;Hansen AG;Dach;Plan;Beratung;x;08:00;09:30;1,50;01:30;Ja;Nein\n15.05.2026;Ute Kern;Hansen AG;Dach;Plan;Beratung;;08:00;08:20;0,33;00:20;Nein;Nein\n15.05.2026;Ute Kern;Hansen AG;Dach;Plan;Beratung;;09:00;09:45;0,75;00:45;Ja;Ja\n",
            rows: 3, read: 9300, invoiced: 2700, free: 1200, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "stackfield", file: "export.csv",
            text: "Datum;Benutzer;Raum;Aufgabe;Beschreibung;Dauer;Abrechenbar\n04.05.2026;Ute Kern;Dach;Plan;x;01:30;Ja\n15.05.2026;Ute Kern;Dach;Plan;;00:45;Nein\n",
            rows: 2, read: 8100, free: 2700, homeless: 5400, ..Shape::default()
        },
        Shape {
            name: "moco", file: "export.csv", sure: true,
            text: "Datum;Mitarbeiter;Kunde;Projekt;Projektnummer;Leistung;Beschreibung;Stunden;Verrechenbare Stunden;Stundensatz;Umsatz;Verrechenbar;Verrechnet\n04.05.2026;Ute Kern;Hansen AG;Dach;P-12;Planung;x;1,50;1,50;80,00;120,00;Ja;Nein\n15.05.2026;Ute Kern;Hansen AG;Dach;P-12;Planung;;0,75;0,00;80,00;0,00;Nein;Nein\n15.05.2026;Ute Kern;Hansen AG;Dach;P-12;Planung;alt;0,50;0,50;80,00;40,00;Ja;Ja\n",
            rows: 3, read: 9900, invoiced: 1800, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "productive", file: "export.csv",
            text: "Date,Person,Company,Project,Budget,Service,Service type,Note,Time,Billable time,Status\n2026-05-04,Ann Poe,Quay,Mole,Mole 2026,Draw,Design,plan,1:30,1:30,Approved\n2026-05-05,Ann Poe,Quay,Mole,Mole 2026,Draw,Design,,0:45,0:00,Approved\n",
            answers: &["columns.hours = \"Billable time\""],
            rows: 2, read: 5400, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "gitlab spend", file: "export.csv",
            text: "Spent at,Username,Issue,Time spent,Summary\n2026-05-04T09:00:00Z,ann,group/mole#12,1h 30m,plan\n2026-05-05T09:00:00Z,ann,group/mole#12,45m,\n",
            rows: 2, read: 8100, homeless: 8100, ..Shape::default()
        },
        Shape {
            name: "tmetric", file: "export.csv", sure: true,
            text: "Day,User,Project,Client,Task,Work Type,Tags,Start Time,End Time,Duration,Billable,Rate,Amount,Currency,Invoiced\n5/4/2026,Ann,Mole,Quay,Draw,,,9:00 AM,10:30 AM,1.50,Yes,80.00,120.00,USD,No\n5/18/2026,Ann,Mole,Quay,Draw,,,9:00 AM,9:45 AM,0.75,No,0.00,0.00,USD,No\n5/19/2026,Ann,Mole,Quay,Draw,,,9:00 AM,9:30 AM,0.50,Yes,80.00,40.00,USD,Yes\n",
            rows: 3, read: 9900, invoiced: 1800, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "homebase", file: "export.csv",
            text: "Name,Clock in date,Clock in time,Clock out date,Clock out time,Break length,Role,Regular hours,OT hours,Total paid hours\nAnn Poe,May 4 2026,9:00am,May 4 2026,7:30pm,0.00,Mole,8.00,2.50,10.50\nAnn Poe,May 18 2026,9:00am,May 18 2026,10:00am,0.00,Mole,1.00,0.00,1.00\n",
            answers: &["columns.hours = \"Total paid hours\""],
            rows: 2, read: 41400, homeless: 41400, ..Shape::default()
        },
        Shape {
            name: "intervals", file: "export.csv",
            text: "Date,Client,Project,Module,Work Type,Task,Person,Billable Time,Non-Billable Time,Total Time\n2026-05-04,Quay,Mole,Web,Draw,T1,Ann,1.5,0,1.5\n2026-05-05,Quay,Mole,Web,Draw,T1,Ann,0,0.75,0.75\n",
            answers: &["columns.hours = \"Billable Time\""],
            rows: 2, read: 5400, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "avaza", file: "export.csv", sure: true,
            text: "Date,Timesheet User,Customer,Project,Task,Timesheet Category,Start Time,End Time,Duration,Notes,Is Billable,Is Invoiced,Approval Status\n2026-05-04,Ann Poe,Quay,Mole,Draw,Design,09:00,10:30,1.5,plan,TRUE,FALSE,Approved\n2026-05-05,Ann Poe,Quay,Mole,Draw,Design,09:00,09:45,0.75,,FALSE,FALSE,Approved\n2026-05-05,Ann Poe,Quay,Mole,Draw,Design,10:00,10:30,0.5,,TRUE,TRUE,Approved\n",
            rows: 3, read: 9900, invoiced: 1800, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "scoro", file: "export.csv",
            text: "Date,User,Company,Project,Activity type,Title,Duration,Billable duration,Is done\n2026-05-04,Ann Poe,Quay,Mole,Design,plan,01:30,01:30,1\n2026-05-05,Ann Poe,Quay,Mole,Design,walk,00:45,00:00,1\n",
            answers: &["columns.hours = \"Billable duration\""],
            // It is the client, and not who bills.
            says: &["columns.customer_id = \"Company\"", "ignore = [\"Company\"]"],
            rows: 2, read: 5400, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "teamwork without decimals", file: "export.csv",
            text: "Date,Start time,End time,Project,Company,Description,Who,Task,Is it Billable?,Has it been Billed?,Hours,Minutes\n2026-05-04,09:00,10:30,Mole,Quay,plan,Ann,Draw,1,0,1,30\n2026-05-05,09:00,09:45,Mole,Quay,,Ann,Draw,0,0,0,45\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "hours and minutes", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Hours,Minutes\n2026-05-04,Ann,Quay,Mole,1,30\n2026-05-05,Ann,Quay,Mole,0,45\n2026-05-06,Ann,Quay,Mole,2,0\n",
            rows: 3, read: 15300, billed: 15300, ..Shape::default()
        },
        Shape {
            name: "project and client in one", file: "export.csv",
            text: "Date,User,Project / Client,Hours\n2026-05-04,Ann,Mole / Quay,1.5\n2026-05-05,Ann,Pier / Quay,0.75\n",
            answers: &[
                "columns.project = \"Project / Client\"", "pattern.project = '^(.*?) / '",
                "columns.customer_id = \"Project / Client\"", "pattern.customer_id = ' / (.*)$'",
            ],
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        // 2:30, 4:00 over midnight, and 7:00 with a break.
        Shape {
            name: "start and end in one cell", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Time\n2026-05-04,Ann,Quay,Mole,09:00-11:30\n2026-05-05,Ann,Quay,Mole,22:00 – 02:00\n2026-05-06,Ann,Quay,Mole,\"9:00-12:00, 13:00-17:00\"\n",
            says: &["id_from = [\"User\", \"Date\", \"Time\", \"Client\", \"Project\"]"],
            rows: 3, read: 48_600, billed: 48_600, ..Shape::default()
        },
        Shape {
            name: "start and end in one cell in German", file: "export.csv", sure: true,
            text: "Datum;Mitarbeiter;Kunde;Projekt;Von - Bis\n04.05.2026;Ann;Quay;Mole;09:00 bis 11:30 Uhr\n15.05.2026;Ann;Quay;Mole;13:00 bis 13:45 Uhr\n",
            rows: 2, read: 11_700, billed: 11_700, ..Shape::default()
        },
        Shape {
            name: "halves of the day in one cell", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Shift\n2026-05-04,Ann,Quay,Mole,9am to 11:30am\n2026-05-05,Ann,Quay,Mole,11:30 am - 1 pm\n",
            rows: 2, read: 14_400, billed: 14_400, ..Shape::default()
        },
        // The duration counts: there was a break of half an hour.
        Shape {
            name: "start and end in one cell beside a duration", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Time,Hours\n2026-05-04,Ann,Quay,Mole,09:00-11:30,2.5\n2026-05-05,Ann,Quay,Mole,09:00-13:00,3.5\n",
            rows: 2, read: 21_600, billed: 21_600, ..Shape::default()
        },
        // A break of half an hour in the second row.
        Shape {
            name: "what is left of start and end", file: "export.csv",
            text: "Date;User;Client;Project;Start;End;Total\n2026-05-04;Ann;Quay;Mole;09:00;11:30;2,5\n2026-05-05;Ann;Quay;Mole;09:00;13:00;3,5\n",
            answers: &["columns.hours = \"Total\""], says: &["# ignore = [\"Total\"]"],
            rows: 2, read: 21_600, billed: 21_600, ..Shape::default()
        },
        Shape {
            name: "what is left of a range", file: "export.csv",
            text: "Date,User,Client,Project,Time,Total\n2026-05-04,Ann,Quay,Mole,09:00-11:30,2.5\n2026-05-05,Ann,Quay,Mole,09:00-13:00,3.5\n",
            answers: &["columns.hours = \"Total\""], says: &["# columns.hours = \"Time\""],
            rows: 2, read: 21_600, billed: 21_600, ..Shape::default()
        },
        Shape {
            name: "times of day or hours", file: "export.csv",
            text: "Date,User,Client,Project,Time\n2026-05-04,Ann,Quay,Mole,09:00\n2026-05-05,Ann,Quay,Mole,13:30\n",
            answers: &["columns.hours = \"Time\""],
            rows: 2, read: 81_000, billed: 81_000, ..Shape::default()
        },
        // The second figure of a ticket counts the first once more.
        Shape {
            name: "seconds of an update, and of the ticket so far", file: "export.csv",
            text: "Update - Date,Assignee,Client,Ticket ID,Time spent last update (sec),Total time spent (sec)\n2026-05-04,Ann,Quay,12,5400,5400\n2026-05-05,Ann,Quay,12,2700,8100\n",
            answers: &["columns.hours = \"Time spent last update (sec)\""], says: &["# columns.hours = \"Total time spent (sec)\""],
            rows: 2, read: 8_100, billed: 8_100, ..Shape::default()
        },
        Shape {
            name: "chargeable work", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Duration,Chargeable\n2026-05-04,Ann,Quay,Mole,1:30,Chargeable\n2026-05-05,Ann,Quay,Mole,0:45,Non-chargeable\n",
            rows: 2, read: 8_100, free: 2_700, billed: 5_400, ..Shape::default()
        },
        Shape {
            name: "clickup with moments in words", file: "export.csv",
            text: "Username,Client,List Name,Time Entry ID,Billable,Start,Start Text,Stop,Stop Text,Time Tracked,Time Tracked Text\nAnn,Quay,Mole,901,true,1777878000000,\"05/14/2026, 9:00:00 AM GMT+2\",1777883400000,\"05/14/2026, 10:30:00 AM GMT+2\",5400000,1h 30m\nAnn,Quay,Mole,902,false,1777884000000,\"05/14/2026, 10:40:00 AM GMT+2\",1777886700000,\"05/14/2026, 11:25:00 AM GMT+2\",2700000,45m\n",
            rows: 2, read: 8_100, free: 2_700, billed: 5_400, ..Shape::default()
        },
        Shape {
            name: "minutes that could be hours", file: "export.csv",
            text: "Date,User,Client,Project,Time\n2026-05-04,Ann,Quay,Mole,12\n2026-05-04,Ann,Quay,Mole,7\n2026-05-04,Ann,Quay,Pier,20\n",
            answers: &["hours_unit = \"minutes\""],
            rows: 3, read: 2_340, billed: 2_340, ..Shape::default()
        },
        Shape {
            name: "a range with a break", file: "export.csv",
            text: "Date,User,Client,Project,From - To,Break\n2026-05-04,Ann,Quay,Mole,09:00-17:30,0:30\n2026-05-05,Ann,Quay,Mole,09:00-12:00,0:00\n",
            answers: &["ignore = [\"Break\"]"],
            rows: 2, read: 41_400, billed: 41_400, ..Shape::default()
        },
        Shape {
            name: "a status with a word of its own", file: "export.csv",
            text: "Date,User,Client,Project,Hours,Status\n2026-05-04,Ann,Quay,Mole,1.5,Active\n2026-05-05,Ann,Quay,Mole,0.75,Invoiced\n",
            answers: &["values.status = { \"Active\" = \"validated\", \"Invoiced\" = \"invoiced\" }"],
            rows: 2, read: 8_100, invoiced: 2_700, billed: 5_400, ..Shape::default()
        },
        Shape {
            name: "yes, no and a word of its own", file: "export.csv",
            text: "Datum,Medewerker,Klant,Project,Uren,Op factuur\n2026-05-04,Jan,Quay,Mole,1.5,ja\n2026-05-05,Jan,Quay,Mole,2.5,nee\n2026-05-06,Jan,Quay,Mole,1,n.v.t.\n",
            answers: &["values.status = { \"ja\" = \"invoiced\", \"n.v.t.\" = \"?\", \"nee\" = \"validated\" }"],
            rows: 3, read: 18_000, invoiced: 5_400, billed: 9_000, aside: 1, ..Shape::default()
        },
        Shape {
            name: "yes and no of what is not said", file: "export.csv",
            text: "Datum,Medewerker,Klant,Project,Uren,Op factuur\n2026-05-04,Jan,Quay,Mole,1.5,ja\n2026-05-05,Jan,Quay,Mole,2.5,nee\n",
            answers: &["values.status = { \"ja\" = \"validated\", \"nee\" = \"not_billable\" }"],
            says: &["# values.status = { \"ja\" = \"invoiced\", \"nee\" = \"validated\" }"],
            rows: 2, read: 14_400, free: 9_000, billed: 5_400, ..Shape::default()
        },
        Shape {
            name: "words that say themselves what became of a row", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Hours,Billing status\n2026-05-04,Ann,Quay,Mole,1.5,Billed\n2026-05-05,Ann,Quay,Mole,2.5,Open\n2026-05-06,Ann,Quay,Mole,1,Do not bill\n",
            rows: 3, read: 18_000, invoiced: 5_400, free: 3_600, billed: 9_000, ..Shape::default()
        },
        Shape {
            name: "words that nobody knows", file: "export.csv",
            text: "Date,User,Client,Project,Hours,Invoice state\n2026-05-04,Ann,Quay,Mole,1.5,sent to client\n2026-05-05,Ann,Quay,Mole,2.5,to be billed\n2026-05-06,Ann,Quay,Mole,1,favour\n",
            answers: &["values.status = { \"favour\" = \"?\", \"sent to client\" = \"?\", \"to be billed\" = \"validated\" }"],
            rows: 3, read: 18_000, billed: 9_000, aside: 2, ..Shape::default()
        },
        // A dash is no invoice.
        Shape {
            name: "numbers of invoices and dashes", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Hours,Invoice\n2026-05-04,Ann,Quay,Mole,1.5,INV-22\n2026-05-05,Ann,Quay,Mole,2.5,-\n2026-05-06,Ann,Quay,Mole,1,\n",
            says: &["values.invoice_id = { \"-\" = \"\" }"],
            rows: 3, read: 18_000, invoiced: 5_400, billed: 12_600, ..Shape::default()
        },
        Shape {
            name: "dashes where a header says nothing of invoices", file: "export.csv",
            text: "Datum,Medewerker,Klant,Project,Uren,Op factuur\n2026-05-04,Jan,Quay,Mole,1.5,INV-22\n2026-05-05,Jan,Quay,Mole,2.5,-\n",
            answers: &["skip = { \"Op factuur\" = \"INV-22\" }"],
            rows: 1, read: 9_000, billed: 9_000, ..Shape::default()
        },
        // Half an hour, as the spreadsheet keeps it.
        Shape {
            name: "a break as part of a day", file: "export.csv",
            text: "Date,User,Client,Project,Start,End,Break\n2026-05-04,Ann,Quay,Mole,09:00,17:30,0.0208333333\n2026-05-05,Ann,Quay,Mole,09:00,12:00,0\n",
            answers: &["columns.unpaid_break = { \"Break\" = \"excel\" }"],
            rows: 2, read: 39_600, billed: 39_600, ..Shape::default()
        },
        // Twenty hours and three quarters.
        Shape {
            name: "thousands of minutes", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Minutes\n2026-05-04,Ann,Quay,Mole,\"1,200\"\n2026-05-05,Ann,Quay,Mole,45\n",
            rows: 2, read: 74_700, billed: 74_700, ..Shape::default()
        },
        // 1:30, 0:30 and 7:30 in General format; the sheet of the third is one of whole hours.
        Shape {
            name: "parts of a day", file: "export.csv",
            text: "Date,User,Client,Project,Hours\n2026-05-04,Ann,Quay,Mole,0.0625\n2026-05-05,Ann,Quay,Mole,0.0208333333333333\n2026-05-06,Ann,Quay,Mole,0.3125\n",
            answers: &["hours_unit = \"excel\""], says: &["# hours_unit = \"hours\""],
            rows: 3, read: 34_200, billed: 34_200, ..Shape::default()
        },
        Shape {
            name: "parts of a day beside start and end", file: "export.csv",
            text: "Datum;Mitarbeiter;Kunde;Projekt;Beginn;Ende;Dauer\n2026-05-04;Ann;Quay;Mole;09:00;10:30;0,0625\n2026-05-05;Ann;Quay;Mole;09:00;15:00;0,25\n",
            answers: &["columns.hours = { \"Dauer\" = \"excel\" }"], says: &["decimal = \",\"", "# ignore = [\"Dauer\"]"],
            rows: 2, read: 27_000, billed: 27_000, ..Shape::default()
        },
        Shape {
            name: "short hours with decimals", file: "export.csv",
            text: "Date,User,Client,Project,Hours\n2026-05-04,Ann,Quay,Mole,0.083333333\n2026-05-05,Ann,Quay,Mole,0.333333333\n",
            answers: &["hours_unit = \"hours\""],
            rows: 2, read: 1_500, billed: 1_500, ..Shape::default()
        },
        Shape {
            name: "parts of a day beside a clock", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Duration,Hours\n2026-05-04,Ann,Quay,Mole,0.0625,1:30\n2026-05-05,Ann,Quay,Mole,0.020833333,0:30\n",
            rows: 2, read: 7_200, billed: 7_200, ..Shape::default()
        },
        Shape {
            name: "toggl saved by a spreadsheet", file: "export.csv",
            text: "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,Amount ()\nAnn,a@example.org,Quay,Mole,,plan,Yes,2026-05-04,09:00:00,2026-05-04,10:30:00,0.0625,,\n",
            answers: &["hours_unit = \"excel\""],
            rows: 1, read: 5_400, billed: 5_400, ..Shape::default()
        },
        Shape {
            name: "our own columns saved by a spreadsheet", file: "timesheets.csv",
            text: "timesheet_id,date,hours,employee,customer_id,project\nT1,2026-05-04,0.0625,Ann,Quay,Mole\nT2,2026-05-05,0.020833333,Ann,Quay,Mole\n",
            answers: &["hours_unit = \"excel\""],
            rows: 2, read: 7_200, billed: 7_200, ..Shape::default()
        },
        Shape {
            name: "days and times of excel", file: "export.csv",
            text: "Date;User;Client;Project;Start;End\n46146;Ann;Quay;Mole;0,375;0,4375\n46147;Ann;Quay;Mole;0,979166667;0,0208333333333333\n",
            answers: &["date_format = \"excel\""], says: &["decimal = \",\""],
            rows: 2, read: 9_000, billed: 9_000, ..Shape::default()
        },
        Shape {
            name: "moments of excel", file: "export.csv",
            text: "User,Client,Project,Start,End\nAnn,Quay,Mole,46146.375,46146.4375\nAnn,Quay,Mole,46147.979166667,46148.0208333333\n",
            answers: &["date_format = \"excel\""],
            rows: 2, read: 9_000, billed: 9_000, ..Shape::default()
        },
        Shape {
            name: "times of excel beside dates", file: "export.csv",
            text: "Date,User,Client,Project,Start,End\n2026-05-04,Ann,Quay,Mole,0.375,0.4375\n2026-05-05,Ann,Quay,Mole,0.5,0.52083333\n",
            answers: &["date_format = \"excel\""],
            rows: 2, read: 7_200, billed: 7_200, ..Shape::default()
        },
        Shape {
            name: "days of excel", file: "export.csv",
            text: "Date,User,Client,Project,Hours\n46146,Ann,Quay,Mole,1.5\n46147,Ann,Quay,Mole,2.5\n",
            answers: &["date_format = \"excel\""],
            rows: 2, read: 14400, billed: 14400, ..Shape::default()
        },
        Shape {
            name: "paymo detailed", file: "export.csv", sure: true,
            text: "Date,Client,Project,Task List,Task,User,Start Time,End Time,Duration,Billed,Description\n2026-05-04,Quay,Mole,Backlog,Draw,Ann,09:00,10:30,1.5,No,plan\n2026-05-05,Quay,Mole,Backlog,Draw,Ann,09:00,09:45,0.75,Yes,\n",
            rows: 2, read: 8100, invoiced: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "zoho books", file: "export.csv", sure: true,
            text: "Date,Customer Name,Project Name,Task Name,User Name,Begin Time,End Time,Time Spent,Notes,Is Billable,Is Billed,Cost Per Hour\n2026-05-04,Quay,Mole,Draw,Ann,09:00,10:30,01:30,plan,true,false,10\n2026-05-05,Quay,Mole,Draw,Ann,09:00,09:45,00:45,,false,false,10\n2026-05-06,Quay,Mole,Draw,Ann,09:00,09:30,00:30,,true,true,10\n",
            rows: 3, read: 9900, invoiced: 1800, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "desktime", file: "export.csv", sure: true,
            text: "Date,Employee,Client,Project,Task,Duration,Hourly rate,Cost\n2026-05-04,Ann,Quay,Mole,Draw,1:30:00,80,120\n2026-05-05,Ann,Quay,Mole,Draw,0:45:00,80,60\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "bigtime detailed", file: "export.csv", sure: true,
            text: "Staff Member,Client,Project,Task,Labor Code,Date,Hours,Billable Hours,No-Charge,Notes,Bill Rate,Amount,Invoice Number\nAnn Poe,Quay,Mole,Draw,Design,05/04/2026,1.5,1.5,N,plan,80,120,\nAnn Poe,Quay,Mole,Draw,Design,05/18/2026,0.75,0,Y,,80,0,\nAnn Poe,Quay,Mole,Draw,Design,05/19/2026,0.5,0.5,N,,80,40,1009\n",
            rows: 3, read: 9900, invoiced: 1800, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "for and what", file: "export.csv",
            text: "Date,Who,For,What,Hours\n2026-05-04,Ann,Quay,Mole,1.5\n2026-05-05,Ann,Quay,Pier,0.75\n2026-05-06,Bob,Quay,Pier,2\n",
            answers: &["columns.customer_id = \"For\"", "columns.project = \"What\""],
            rows: 3, read: 15300, billed: 15300, ..Shape::default()
        },
        Shape {
            name: "for alone", file: "export.csv",
            text: "Datum;Wer;Für;Stunden\n04.05.2026;Ute;Hansen AG;1,5\n15.05.2026;Ute;Hansen AG;0,75\n",
            answers: &["columns.customer_id = \"Für\""],
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "clickup with the folder alone", file: "export.csv",
            text: "User ID,Username,Time Entry ID,Description,Billable,Time Labels,Start,Start Text,Stop,Stop Text,Time Tracked,Time Tracked Text,Space Name,Folder Name,List Name,Task ID,Task Name,Task Status\n1,Ann,901,plan,true,,1777878000000,\"05/04/2026, 9:00:00 AM CEST\",1777883400000,\"05/04/2026, 10:30:00 AM CEST\",5400000,1 h 30 m,Team,Quay,Backlog,86a1,Draw,open\n1,Ann,902,,false,,1779087600000,\"05/18/2026, 9:00:00 AM CEST\",1779090300000,\"05/18/2026, 9:45:00 AM CEST\",2700000,45 m,Team,Quay,Backlog,86a1,Draw,open\n",
            answers: &["columns.customer_id = \"Folder Name\"", "columns.project = \"List Name\""],
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            // Several names in one cell, the client first.
            name: "manictime", file: "export.csv",
            text: "Name,Start,End,Duration,Notes\n\"Quay, Mole, Draw\",2026-05-04 09:00:00,2026-05-04 10:30:00,1:30:00,plan\n\"Quay, Pier\",2026-05-05 09:00:00,2026-05-05 09:45:00,0:45:00,\n",
            answers: &[
                "columns.customer_id = \"Name\"", "pattern.customer_id = '^([^,]+)'",
                "columns.project = \"Name\"", "pattern.project = '^[^,]+, *([^,]+)'",
            ],
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "wrike timelog view", file: "export.csv", sure: true,
            text: "Task title,User,Date,Time spent,Projects/Folders,Category,Comment\nDraw,Ann Poe,05/04/2026,1:30,Quay,Dev,plan\nWalk,Ann Poe,05/18/2026,0:45,Quay,Dev,\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "breaks in minutes", file: "export.csv",
            text: "Date,Employee,Client,Project,Start,End,Break\n2026-05-04,Ann,Quay,Mole,08:00,12:00,30\n2026-05-05,Ann,Quay,Mole,09:00,10:00,0\n2026-05-06,Ann,Quay,Mole,22:00,02:00,\n",
            answers: &["columns.unpaid_break = { \"Break\" = \"minutes\" }"],
            rows: 3, read: 30600, billed: 30600, ..Shape::default()
        },
        Shape {
            name: "breaks of a clock", file: "export.csv",
            text: "Datum;Mitarbeiter;Kunde;Projekt;Beginn;Ende;Pause\n04.05.2026;Ute;Hansen AG;Dach;08:00;16:30;00:45\n15.05.2026;Ute;Hansen AG;Dach;09:00;10:00;00:00\n",
            answers: &["columns.unpaid_break = \"Pause\""],
            rows: 2, read: 31500, billed: 31500, ..Shape::default()
        },
        Shape {
            name: "paid breaks", file: "export.csv",
            text: "Datum;Mitarbeiter;Kunde;Projekt;Beginn;Ende;Pause\n04.05.2026;Ute;Hansen AG;Dach;08:00;16:30;00:45\n15.05.2026;Ute;Hansen AG;Dach;09:00;10:00;00:00\n",
            answers: &["ignore = [\"Pause\"]"],
            rows: 2, read: 34200, billed: 34200, ..Shape::default()
        },
        Shape {
            // 3.5 h at 80: the amounts are without the breaks.
            name: "breaks that the money knows", file: "export.csv", sure: true,
            text: "Date,Employee,Client,Project,Start,End,Break,Rate,Amount\n2026-05-04,Ann,Quay,Mole,08:00,12:00,30,80.00,280.00\n2026-05-05,Ann,Quay,Mole,09:00,10:00,0,80.00,80.00\n",
            says: &["columns.unpaid_break = { \"Break\" = \"minutes\" }"],
            rows: 2, read: 16200, billed: 16200, ..Shape::default()
        },
        Shape {
            // Breaks that are longer than the work cannot be taken off.
            name: "breaks that are none", file: "export.csv",
            text: "Date,Employee,Client,Project,Start,End,Break\n2026-05-04,Ann,Quay,Mole,08:00,09:00,90\n2026-05-05,Ann,Quay,Mole,09:00,10:00,0\n",
            answers: &["ignore = [\"Break\"]"],
            rows: 2, read: 7200, billed: 7200, ..Shape::default()
        },
        Shape {
            name: "sap time sheet", file: "export.csv",
            text: "Personnel Number,Date,Hours,Receiver WBS element,Status,Short Text\n7,2026-05-04,1.5,P-1,30,plan\n7,2026-05-05,2,P-1,20,\n7,2026-05-06,3,P-1,60,old\n7,2026-05-07,0.5,P-1,30,\n",
            answers: &["values.status = { \"20\" = \"not_billable\", \"30\" = \"validated\", \"60\" = \"not_billable\" }"],
            rows: 4, read: 25200, free: 18000, billed: 7200, ..Shape::default()
        },
        Shape {
            // All of them wait for approval.
            name: "sap time sheet of one code", file: "export.csv",
            text: "Personnel Number,Date,Hours,Receiver WBS element,Status\n7,2026-05-04,1.5,P-1,20\n7,2026-05-05,2,P-1,20\n",
            answers: &["values.status = { \"20\" = \"validated\" }"],
            rows: 2, read: 12600, billed: 12600, ..Shape::default()
        },
        Shape {
            name: "amounts with blanks", file: "export.csv", sure: true,
            text: "Datum;Benutzer;Kunde;Projekt;Stunden;Satz;Betrag\n04.05.2026;Ute;Hansen AG;Dach;12,50;100,00;1 250,00\n15.05.2026;Ute;Hansen AG;Dach;13,00;100,00;1 300,00\n",
            rows: 2, read: 91800, billed: 91800, ..Shape::default()
        },
    ]
}

#[test]
fn f3_exports_of_further_programs_go_from_init_to_drafts() {
    programs().iter().for_each(held);
}

/// A workbook whose days and clients are merged over their rows.
fn merged(path: &std::path::Path, clients: bool) {
    use rust_xlsxwriter::{Format, Workbook};
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, header) in (0..).zip(["Date", "Employee", "Client", "Project", "Hours"]) {
        sheet.write_string(0, column, header).unwrap();
    }
    let plain = Format::new();
    let rows = [("2026-05-04", "Quay", 1.5), ("", "", 0.5), ("2026-05-05", "", 2.0), ("2026-05-06", "Wharf", 1.0)];
    for (row, (day, client, hours)) in (1..).zip(rows) {
        if !day.is_empty() {
            sheet.write_string(row, 0, day).unwrap();
        }
        sheet.write_string(row, 1, "Ann").unwrap();
        let client = if clients && row == 2 || row == 3 { "Quay" } else { client };
        if !client.is_empty() {
            sheet.write_string(row, 2, client).unwrap();
        }
        sheet.write_string(row, 3, "Mole").unwrap();
        sheet.write_number(row, 4, hours).unwrap();
    }
    sheet.merge_range(1, 0, 2, 0, "2026-05-04", &plain).unwrap();
    if !clients {
        sheet.merge_range(1, 2, 3, 2, "Quay", &plain).unwrap();
    }
    book.save(path).unwrap();
}

/// F2, F5: a workbook knows days and times by their formats; without them they are numbers, which are asked about.
#[test]
fn f5_days_and_times_of_workbooks_are_known_by_their_formats_or_asked() {
    use rust_xlsxwriter::{Format, Workbook};
    for with_formats in [true, false] {
        let scratch = tempfile::tempdir().unwrap();
        let run = |words: &[&str]| Ran::of(hourbill().current_dir(scratch.path()).args(words).output().unwrap());
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, header) in (0..).zip(["Date", "Employee", "Client", "Start", "End", "Hours"]) {
            sheet.write_string(0, column, header).unwrap();
        }
        let formats = ["yyyy-mm-dd", "h:mm", "h:mm", "[h]:mm"].map(|code| Format::new().set_num_format(code));
        // 9:00 to 10:30 on 4 May 2026, 13:00 to 13:20 on the fifth.
        let rows = [[46146.0, 0.375, 0.4375, 0.0625], [46147.0, 13.0 / 24.0, 40.0 / 72.0, 1.0 / 72.0]];
        for (row, cells) in (1..).zip(rows) {
            sheet.write_string(row, 1, "Ann").unwrap();
            sheet.write_string(row, 2, "Quay").unwrap();
            for ((column, cell), format) in [0, 3, 4, 5].into_iter().zip(cells).zip(&formats) {
                match with_formats {
                    true => sheet.write_number_with_format(row, column, cell, format).unwrap(),
                    false => sheet.write_number(row, column, cell).unwrap(),
                };
            }
        }
        book.save(scratch.path().join("hours.xlsx")).unwrap();
        let written = run(&["init", "hours.xlsx"]);
        assert_eq!(written.code, i32::from(!with_formats), "{}{}", written.out, written.err);
        crate::shapes::filled_in(scratch.path());
        let mut job = fs::read_to_string(scratch.path().join("job.toml")).unwrap();
        for answer in ["date_format = \"excel\"", "columns.hours = { \"Hours\" = \"excel\" }"] {
            assert_eq!(job.contains(&format!("\n# {answer}")), !with_formats, "{answer}\n{job}");
            job = job.replace(&format!("\n# {answer}"), &format!("\n{answer}"));
        }
        fs::write(scratch.path().join("job.toml"), &job).unwrap();
        let ran = run(&["run", "job.toml", "--all", "--format", "json"]);
        let told: serde_json::Value =
            serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
        let billed = &told["control"]["dispositions"]["billed"];
        assert_eq!(billed["hours"], "1.8333333333", "{}\n{job}", ran.out);
    }
}

/// F8: merged cells speak for all of their rows: of days that is certain, of clients it is asked.
#[test]
fn f8_merged_cells_count_for_all_of_their_rows() {
    for clients in [true, false] {
        let scratch = tempfile::tempdir().unwrap();
        let run = |words: &[&str]| Ran::of(hourbill().current_dir(scratch.path()).args(words).output().unwrap());
        merged(&scratch.path().join("hours.xlsx"), clients);
        let written = run(&["init", "hours.xlsx"]);
        let mut job = fs::read_to_string(scratch.path().join("job.toml")).unwrap();
        crate::shapes::filled_in(scratch.path());
        let hours = |of: &str| {
            let ran = run(&["run", "job.toml", "--all", "--format", "json"]);
            let told: serde_json::Value =
                serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
            told["control"]["dispositions"][of]["hours"].as_str().unwrap_or("0").to_owned()
        };
        if clients {
            assert_eq!(written.code, 0, "{}{}", written.out, written.err);
            assert!(job.contains("fill_down = [\"Date\"]") && !job.contains("# fill_down"), "{job}");
        } else {
            assert_eq!(written.code, 1, "{}{}", written.out, written.err);
            assert_eq!(hours("billed"), "0", "nobody has answered");
            let answer = "fill_down = [\"Date\", \"Client\"]";
            assert!(job.contains(&format!("\n# {answer}")), "{job}");
            job = job.replace(&format!("\n# {answer}"), &format!("\n{answer}"));
            fs::write(scratch.path().join("job.toml"), &job).unwrap();
        }
        assert_eq!(hours("billed"), "5", "{job}");
    }
}

/// A Parquet file says its columns as any other.
#[test]
fn f10_init_looks_into_parquet_files() {
    let scratch = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| Ran::of(hourbill().current_dir(scratch.path()).args(words).output().unwrap());
    run(&["generate", "made", "--entries", "200", "--seed", "3", "--format", "parquet"]).ends(0);
    let ran = run(&["init", "made", "--out", "made/found.toml"]);
    let job = fs::read_to_string(scratch.path().join("made/found.toml")).unwrap();
    for input in ["timesheets", "orders", "tickets", "customers"] {
        assert!(
            job.contains(&format!("[inputs.{input}]\npath = \"{input}.parquet\"")),
            "{}{}\n{job}",
            ran.out,
            ran.err
        );
    }
    let own = run(&["run", "made/job.toml", "--all", "--format", "json", "--dry-run"]);
    let found = run(&["run", "made/found.toml", "--all", "--format", "json", "--dry-run"]);
    let control = |ran: &Ran| serde_json::from_str::<serde_json::Value>(&ran.out).unwrap()["control"].clone();
    assert_eq!(control(&own)["read"], control(&found)["read"], "{}", found.out);
}
