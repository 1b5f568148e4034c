//! Exports of kinds that no preset knows, invented in the forms of many trackers and spreadsheets: languages, clocks, durations, dates, encodings,
//! totals, flags (F1 to F8). Hours are worked out by hand, in seconds. What a shape bills is what its rows say, and nothing before what `init`
//! asks is answered.

use std::fs;

use crate::cli::{Ran, hourbill};
use crate::shapes::{Shape, held};

/// Files of which `init` writes a job.
#[rustfmt::skip]
fn kinds() -> Vec<Shape> {
    vec![
        Shape {
            name: "de summe", file: "export.csv", encoding: "windows-1252", sure: true,
            text: "Datum;Mitarbeiter;Kunde;Projekt;Tätigkeit;Stunden;Abrechenbar\n04.05.2026;Ute Kern;Hansen AG;Dach;Planung;1,50;ja\n15.05.2026;Ute Kern;Hansen AG;Dach;Aufmaß;2,25;nein\nSumme;;;;;3,75;\n",
            rows: 2, read: 13500, free: 8100, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "fr heures", file: "export.csv", sure: true,
            text: "Date;Collaborateur;Client;Projet;Tâche;Durée;Facturable;Facturé\nlundi 4 mai 2026;Zoé Blanc;Mairie;Pont;Étude;1 h 30;Oui;Non\nmardi 5 mai 2026;Zoé Blanc;Mairie;Pont;Visite;45 min;Non;Non\nmercredi 6 mai 2026;Luc Roy;Mairie;Pont;Étude;2 h;Oui;Oui\n",
            rows: 3, read: 15300, invoiced: 7200, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "pt br", file: "export.csv", sure: true,
            text: "Data;Início;Fim;Colaborador;Cliente;Projeto;Descrição;Faturável\n04/05/2026;09:00;10:30;Ana Sá;Porto SA;Cais;Planta;Sim\n25/05/2026;14:00;14:45;Ana Sá;Porto SA;Cais;Café;Não\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "pl", file: "export.csv", sure: true,
            text: "Data;Pracownik;Klient;Projekt;Zadanie;Czas trwania;Opis\n2026-05-04;Łucja Nowak;Młyn sp. z o.o.;Most;Rysunek;1:30;plan\n2026-05-05;Jan Żuk;Młyn sp. z o.o.;Most;Rysunek;0:45;\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "it", file: "export.csv", sure: true,
            text: "Data;Dipendente;Cliente;Progetto;Attività;Ore;Fatturabile\n04/05/2026;Lia Neri;Molo srl;Faro;Rilievo;1,5;sì\n15/05/2026;Lia Neri;Molo srl;Faro;Viaggio;0,5;no\nTotale;;;;;2,0;\n",
            rows: 2, read: 7200, free: 1800, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "nl total", file: "export.csv", sure: true,
            text: "Datum;Medewerker;Klant;Project;Omschrijving;Uren;Gefactureerd\n04-05-2026;Jo Vink;Kade BV;Pier;tekenen;1,5;Nee\n15-05-2026;Jo Vink;Kade BV;Pier;rapport;2;Ja\n;;;;Totaal;3,5;\n",
            rows: 2, read: 12600, invoiced: 7200, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "12h hours only", file: "export.csv", sure: true,
            text: "Date,Start,End,Employee,Customer,Job,Notes\n5/4/2026,9 AM,11 AM,Ann Poe,Quay,Mole,plan\n5/18/2026,1:15 PM,2 PM,Ann Poe,Quay,Mole,walk\n",
            rows: 2, read: 9900, billed: 9900, ..Shape::default()
        },
        Shape {
            name: "ids total in id", file: "export.csv", sure: true,
            text: "Entry ID,Date,User,Client,Project,Hours,Billable\n901,2026-05-04,Ann,Quay,Mole,1.50,Yes\n902,2026-05-05,Bob,Quay,Mole,2.25,No\nTotal,,,,,3.75,\n",
            rows: 2, read: 13500, free: 8100, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "sjis", file: "export.csv", encoding: "shift_jis", sure: true,
            text: "日付,ユーザー,顧客,プロジェクト,作業分類,時間\n2026/05/04,佐藤,港湾,灯台,設計,1.25\n2026/05/05,鈴木,港湾,灯台,開発,0.50\n",
            says: &["encoding = \"shift_jis\""],
            rows: 2, read: 6300, billed: 6300, ..Shape::default()
        },
        Shape {
            name: "utf16", file: "export.txt", encoding: "utf-16", sure: true,
            text: "Datum\tMitarbeiter\tKunde\tProjekt\tStunden\n04.05.2026\tUte\tHansen AG\tDach\t1,50\n15.05.2026\tUte\tHansen AG\tDach\t2,25\n",
            rows: 2, read: 13500, billed: 13500, ..Shape::default()
        },
        Shape {
            name: "first last", file: "export.csv", sure: true,
            text: "First Name,Last Name,Date,Client,Project,Hours\nAnn,Poe,2026-05-04,Quay,Mole,1.5\nBob,Poe,2026-05-04,Quay,Mole,2.5\n",
            says: &["columns.employee = [\"First Name\", \"Last Name\"]"],
            rows: 2, read: 14400, billed: 14400, ..Shape::default()
        },
        Shape {
            name: "iso durations", file: "export.csv", sure: true,
            text: "id,date,user,client,project,duration\na,2026-05-04,Ann,Quay,Mole,PT1H30M\nb,2026-05-05,Ann,Quay,Mole,PT0.5H\nc,2026-05-06,Ann,Quay,Mole,PT45M\n",
            rows: 3, read: 9900, billed: 9900, ..Shape::default()
        },
        Shape {
            name: "pandas days", file: "export.csv", sure: true,
            text: "id,date,user,client,project,duration\na,2026-05-04,Ann,Quay,Mole,0 days 01:30:00\nb,2026-05-05,Ann,Quay,Mole,0 days 00:30:00\n",
            rows: 2, read: 7200, billed: 7200, ..Shape::default()
        },
        Shape {
            name: "billable x", file: "export.csv",
            text: "Date,User,Client,Project,Hours,Billable\n2026-05-04,Ann,Quay,Mole,1.5,x\n2026-05-05,Ann,Quay,Mole,2.5,\n",
            answers: &["values.billable = { \"x\" = \"true\", \"\" = \"false\" }"],
            rows: 2, read: 14400, free: 9000, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "billable yes blank", file: "export.csv",
            text: "Date,User,Client,Project,Hours,Billable\n2026-05-04,Ann,Quay,Mole,1.5,Yes\n2026-05-05,Ann,Quay,Mole,2.5,\n",
            answers: &["values.billable = { \"\" = \"false\" }"],
            rows: 2, read: 14400, free: 9000, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "non billable column", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Hours,Non-Billable\n2026-05-04,Ann,Quay,Mole,1.5,No\n2026-05-05,Ann,Quay,Mole,2.5,Yes\n",
            rows: 2, read: 14400, free: 9000, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "billable hours two", file: "export.csv",
            text: "Date,User,Client,Project,Hours,Billable Hours\n2026-05-04,Ann,Quay,Mole,1.5,1.5\n2026-05-05,Ann,Quay,Mole,2.5,0\n",
            answers: &["columns.hours = \"Billable Hours\""],
            rows: 2, read: 5400, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "paid approved", file: "export.csv",
            text: "Date,Employee,Client,Project,Hours,Approved,Paid\n2026-05-04,Ann,Quay,Mole,1.5,Yes,No\n2026-05-05,Ann,Quay,Mole,2.5,No,Yes\n",
            answers: &["columns.invoiced = \"Paid\"", "approval = \"all\""],
            rows: 2, read: 14400, invoiced: 9000, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "status col", file: "export.csv", sure: true,
            text: "Date,Employee,Client,Project,Hours,Status\n2026-05-04,Ann,Quay,Mole,1.5,Approved\n2026-05-05,Ann,Quay,Mole,2.5,Invoiced\n",
            rows: 2, read: 14400, invoiced: 9000, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "currency in cells", file: "export.csv", sure: true,
            text: "Date,Employee,Client,Project,Hours,Hourly Rate,Amount\n2026-05-04,Ann,Quay,Mole,1.5,$80.00,$120.00\n2026-05-05,Ann,Quay,Mole,2.5,$80.00,$200.00\n",
            rows: 2, read: 14400, billed: 14400, ..Shape::default()
        },
        Shape {
            name: "title and footer", file: "export.csv",
            text: "Zeitnachweis Mai 2026\nErstellt am 01.06.2026\n\nDatum;Von;Bis;Pause;Mitarbeiter;Kunde;Projekt;Stunden\n04.05.2026;08:00;10:00;0:15;Ute;Hansen AG;Dach;1,75\n15.05.2026;08:00;09:00;0:00;Ute;Hansen AG;Dach;1,00\n\nGesamt:;;;;;;;2,75\nUnterschrift: ____________\n",
            rows: 2, read: 9900, billed: 9900, ..Shape::default()
        },
        Shape {
            name: "sep tab", file: "export.csv", sure: true,
            text: "sep=;\nDate;Person;Client;Project;Time (h)\nMay 4, 2026;Ann;Quay;Mole;1.5\nMay 15, 2026;Ann;Quay;Mole;2\n",
            rows: 2, read: 12600, billed: 12600, ..Shape::default()
        },
        Shape {
            name: "minutes col", file: "export.csv", sure: true,
            text: "Date,Person,Client,Project,Minutes\n2026-05-04,Ann,Quay,Mole,90\n2026-05-05,Ann,Quay,Mole,45\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "seconds unknown", file: "export.csv",
            text: "id,date,user,client,project,duration\na,2026-05-04,Ann,Quay,Mole,5400\nb,2026-05-05,Ann,Quay,Mole,2700\n",
            answers: &["hours_unit = \"seconds\""],
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "days pt", file: "export.csv",
            text: "Datum;Mitarbeiter;Kunde;Projekt;Aufwand (PT)\n04.05.2026;Ute;Hansen AG;Dach;0,5\n15.05.2026;Ute;Hansen AG;Dach;1\n",
            answers: &["hours_unit = \"days\""],
            rows: 2, read: 43200, billed: 43200, ..Shape::default()
        },
        Shape {
            name: "two line header", file: "export.csv", sure: true,
            text: ",,,Time,,\nDate,Person,Client,Project,Start,End\n2026-05-04,Ann,Quay,Mole,09:00,10:30\n2026-05-05,Ann,Quay,Mole,09:00,09:45\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "toggl like es", file: "export.csv", sure: true,
            text: "Usuario;Correo electrónico;Cliente;Proyecto;Descripción;Facturable;Fecha de inicio;Hora de inicio;Fecha de fin;Hora de fin;Duración\nLía;l@example.org;Faro SA;Muelle;plano;Sí;2026-05-04;23:30:00;2026-05-05;00:15:00;0:45:00\nLía;l@example.org;Faro SA;Muelle;café;No;2026-05-05;09:00:00;2026-05-05;09:30:00;0:30:00\n",
            rows: 2, read: 4500, free: 1800, billed: 2700, ..Shape::default()
        },
        Shape {
            name: "utc suffix", file: "export.csv",
            text: "id,user,client,project,started,ended\na,Ann,Quay,Mole,2026-05-04 09:00:00 UTC,2026-05-04 10:30:00 UTC\nb,Ann,Quay,Mole,2026-05-05 09:00:00 UTC,2026-05-05 09:30:00 UTC\n",
            rows: 2, read: 7200, billed: 7200, ..Shape::default()
        },
        Shape {
            name: "offset json", file: "export.csv",
            text: "uuid,user,client,project,startedAt,stoppedAt,billable\na,Ann,Quay,Mole,2026-05-04T09:00:00.000+02:00,2026-05-04T10:30:00.000+02:00,true\nb,Ann,Quay,Mole,2026-05-05T09:00:00.000+02:00,2026-05-05T09:30:00.000+02:00,false\n",
            rows: 2, read: 7200, free: 1800, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "weekday behind", file: "export.csv", sure: true,
            text: "Tag;Mitarbeiter;Kunde;Projekt;Zeit\n04.05.2026 (Mo);Ute;Hansen AG;Dach;1:30\n15.05.2026 (Fr);Ute;Hansen AG;Dach;2:15\n",
            rows: 2, read: 13500, billed: 13500, ..Shape::default()
        },
        Shape {
            name: "running", file: "export.csv", sure: true,
            text: "Date,Start,End,User,Client,Project\n2026-05-04,09:00,10:30,Ann,Quay,Mole\n2026-05-05,09:00,,Ann,Quay,Mole\n",
            rows: 2, read: 5400, aside: 1, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "repeated hours", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Hours,Hours\n2026-05-04,Ann,Quay,Mole,1.5,\n2026-05-05,Ann,Quay,Mole,,2.5\n",
            rows: 2, read: 14400, billed: 14400, ..Shape::default()
        },
        Shape {
            name: "repeated hours differ", file: "export.csv",
            text: "Date,User,Client,Project,Hours,Hours\n2026-05-04,Ann,Quay,Mole,1.5,1\n2026-05-05,Ann,Quay,Mole,2,2.5\n",
            answers: &["columns.hours = \"Hours\""],
            rows: 2, read: 12600, billed: 12600, ..Shape::default()
        },
        Shape {
            name: "uppercase snake", file: "export.csv", sure: true,
            text: "ENTRY_DATE,EMPLOYEE_NAME,CUSTOMER_NAME,PROJECT_NAME,HOURS_WORKED,IS_BILLABLE,INVOICE_NO\n2026-05-04,Ann,Quay,Mole,1.5,Y,\n2026-05-05,Ann,Quay,Mole,2.5,Y,INV-7\n2026-05-06,Ann,Quay,Mole,1,N,\n",
            rows: 3, read: 18000, invoiced: 9000, free: 3600, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "expenses among", file: "export.csv",
            text: "Date,Type,Person,Client,Project,Quantity,Unit\n2026-05-04,Time,Ann,Quay,Mole,1.5,h\n2026-05-05,Travel,Ann,Quay,Mole,20,km\n",
            answers: &["skip = { \"Unit\" = \"km\" }"],
            rows: 1, read: 5400, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "jira timesheet ms", file: "export.csv",
            text: "Issue Key,Issue summary,Hours,Work date,Username,Full name,Period,Account Key,Account Name,Billed Hours\nM-1,Draw,1.5,2026-05-04 09:00,lia,Lía Rey,0526,QUAY,Quay,1.5\nM-2,Plan,2,2026-05-05 09:00,lia,Lía Rey,0526,QUAY,Quay,1\n",
            answers: &["columns.hours = \"Hours\""],
            rows: 2, read: 12600, billed: 12600, ..Shape::default()
        },
        Shape {
            name: "comma decimal in comma", file: "export.csv", sure: true,
            text: "\"Date\",\"Person\",\"Client\",\"Project\",\"Hours\"\n\"04/05/2026\",\"Ann\",\"Quay\",\"Mole\",\"1,50\"\n\"25/05/2026\",\"Ann\",\"Quay\",\"Mole\",\"0,25\"\n",
            rows: 2, read: 6300, billed: 6300, ..Shape::default()
        },
        Shape {
            name: "24 end", file: "export.csv", sure: true,
            text: "Datum;Von;Bis;Mitarbeiter;Kunde;Projekt\n04.05.2026;22:00;24:00;Ute;Hansen AG;Dach\n15.05.2026;08:00 Uhr;09:30 Uhr;Ute;Hansen AG;Dach\n",
            rows: 2, read: 12600, billed: 12600, ..Shape::default()
        },
        Shape {
            name: "client invoice status", file: "export.csv", sure: true,
            text: "Date,Person,Client,Project,Hours,Invoice Status\n2026-05-04,Ann,Quay,Mole,1.5,Not invoiced\n2026-05-05,Ann,Quay,Mole,2.5,Invoiced\n",
            rows: 2, read: 14400, invoiced: 9000, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "locked", file: "export.csv",
            text: "Date,Person,Client,Project,Hours,Locked\n2026-05-04,Ann,Quay,Mole,1.5,no\n2026-05-05,Ann,Quay,Mole,2.5,yes\n",
            answers: &["columns.invoiced = \"Locked\""],
            rows: 2, read: 14400, invoiced: 9000, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "weekly totals", file: "export.csv", sure: true,
            text: "Date,Person,Client,Project,Hours\n2026-05-04,Ann,Quay,Mole,1.5\n2026-05-05,Ann,Quay,Mole,2.5\nTotal week 19,,,,4\n2026-05-11,Ann,Quay,Mole,3\nTotal week 20,,,,3\nGrand total,,,,7\n",
            rows: 3, read: 25200, billed: 25200, ..Shape::default()
        },
        Shape {
            name: "month names sheet en", file: "export.csv", sure: true,
            text: "Day,Consultant,Customer,Engagement,Hrs,Chargeable?\nMon 4-May-2026,Ann,Quay,Mole,1.5,Y\nFri 15-May-2026,Ann,Quay,Mole,2.5,N\n",
            rows: 2, read: 14400, free: 9000, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "paymo", file: "export.csv", sure: true,
            text: "Project,Task List,Task,User,Start Time,End Time,Notes,Hours\nMole,Backlog,Draw,Ann,2026/05/04 09:00,2026/05/04 10:30,plan,1.5\nMole,Backlog,Draw,Bob,2026/05/18 09:00,2026/05/18 09:45,,0.75\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "bigtime", file: "export.csv", sure: true,
            text: "Job,Staff Member,Category,Date,Input,N/C,Notes\nMole,Ann,Draw,2026-05-04,1.5,0,plan\nMole,Bob,Draw,2026-05-18,0.75,1,\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "timeeye", file: "export.csv", sure: true,
            text: "entryDate,userId,userName,projectId,projectName,taskId,taskName,notes,billed,minutes,expenses\n2026-05-04,u1,Ann,p1,Mole,t1,Draw,plan,false,90,0\n2026-05-05,u1,Ann,p1,Mole,t1,Draw,,true,45,0\n",
            rows: 2, read: 8100, invoiced: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "ding", file: "export.csv", sure: true,
            text: "Date,Time,Project,User,Comment\n2026-05-04,1:30,Mole,Ann,plan\n2026-05-05,0:45,Mole,Bob,\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "tsheets", file: "export.csv", sure: true,
            text: "username,payroll_id,fname,lname,number,group,local_date,local_day,local_start_time,local_end_time,tz,hours,jobcode_1,jobcode_2,billable,service item,location,notes,approved_status\nann,,Ann,Poe,1,,2026-05-04,Mon,2026-05-04 09:00:00,2026-05-04 10:30:00,-5,1.5,Quay,Mole,Yes,Draw,,plan,approved\nbob,,Bob,Poe,2,,2026-05-05,Tue,2026-05-05 09:00:00,2026-05-05 09:45:00,-5,0.75,Quay,Mole,No,Draw,,,submitted\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "days header", file: "export.csv",
            text: "Date,Consultant,Customer,Project,Days\n2026-05-04,Ann,Quay,Mole,0.5\n2026-05-05,Ann,Quay,Mole,1\n",
            answers: &["hours_unit = \"days\""],
            rows: 2, read: 43200, billed: 43200, ..Shape::default()
        },
        Shape {
            name: "solid report", file: "export.csv", sure: true,
            text: "Description,Task,Project,Client,User,Start,End,Duration,Duration (decimal),Billable,Tags\nplan,Draw,Mole,Quay,Ann,2026-05-04 09:00:00,2026-05-04 10:30:00,1:30:00,1.50,Yes,\nwalk,Draw,Mole,Quay,Ann,2026-05-05 09:00:00,2026-05-05 09:20:00,0:20:00,0.33,No,\n",
            rows: 2, read: 6600, free: 1200, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "paid invoiced app", file: "export.csv",
            text: "Date,Project,Client,Description,Duration (H:MM),Duration (Decimal),Paid,Invoiced\n2026-05-04,Mole,Quay,plan,1:30,1.5,No,No\n2026-05-05,Mole,Quay,walk,0:20,0.33,No,Yes\n",
            rows: 2, read: 6600, invoiced: 1200, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "invoice date beside", file: "export.csv",
            text: "Date,User,Client,Project,Hours,Invoice Date\n2026-05-04,Ann,Quay,Mole,1.5,\n2026-05-05,Ann,Quay,Mole,2.5,2026-06-01\n",
            answers: &["columns.invoice_id = \"Invoice Date\""],
            rows: 2, read: 14400, invoiced: 9000, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "person totals", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Hours\n2026-05-04,Ann,Quay,Mole,1.5\n2026-05-05,Ann,Quay,Mole,2\n,Total Ann,,,3.5\n2026-05-05,Bob,Quay,Mole,1\n,Total Bob,,,1\n",
            rows: 3, read: 16200, billed: 16200, ..Shape::default()
        },
        Shape {
            name: "twice billable", file: "export.csv",
            text: "Date,User,Client,Project,Hours,Billable,Billable\n2026-05-04,Ann,Quay,Mole,1.5,Yes,Yes\n2026-05-05,Ann,Quay,Mole,2,Yes,No\n",
            answers: &["columns.billable = \"Billable\""],
            rows: 2, read: 12600, billed: 12600, ..Shape::default()
        },
        Shape {
            name: "weekday two columns", file: "export.csv", sure: true,
            text: "Tag;Datum;Kommen;Gehen;Pause;Netto;Kunde;Mitarbeiter\nMo;04.05.2026;08:00;12:00;0:30;3:30;Hansen AG;Ute\nFr;15.05.2026;08:00;10:00;0:00;2:00;Hansen AG;Ute\n",
            rows: 2, read: 19800, billed: 19800, ..Shape::default()
        },
        Shape {
            name: "mite", file: "export.csv",
            text: "Datum;Person;Kunde;Projekt;Leistung;Minuten;Stunden;Stundensatz;Umsatz;Bemerkung;Abgeschlossen\n04.05.2026;Ute;Hansen AG;Dach;Planung;90;1,5;80,00;120,00;plan;nein\n15.05.2026;Ute;Hansen AG;Dach;Planung;20;0,33;80,00;26,67;;nein\n",
            rows: 2, read: 6600, billed: 6600, ..Shape::default()
        },
        Shape {
            name: "clockodo", file: "export.csv", sure: true,
            text: "Kunde;Projekt;Leistung;Beschreibung;Mitarbeiter;Datum;Beginn;Ende;Dauer;abrechenbar;abgerechnet;Stundensatz;Umsatz\nHansen AG;Dach;Planung;plan;Ute;04.05.2026;09:00;10:30;01:30:00;ja;nein;80;120\nHansen AG;Dach;Planung;;Ute;15.05.2026;09:00;09:20;00:20:00;ja;ja;80;26,67\nHansen AG;Dach;Fahrt;;Ute;15.05.2026;10:00;11:00;01:00:00;nein;nein;0;0\n",
            rows: 3, read: 10200, invoiced: 1200, free: 3600, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "atimelogger", file: "export.csv",
            text: "Activity type,Duration,From,To,Comment\nMole,01:30,2026-05-04 09:00,2026-05-04 10:30,plan\nPier,00:20,2026-05-05 09:00,2026-05-05 09:20,\n\nActivity type,Duration,%\nMole,01:30,81.82\nPier,00:20,18.18\n",
            rows: 2, read: 6600, homeless: 6600, ..Shape::default()
        },
        Shape {
            name: "hourstracker", file: "export.csv", sure: true,
            text: "\"Job\",\"Clocked In\",\"Clocked Out\",\"Duration\",\"Hourly Rate\",\"Earnings\",\"Comment\",\"Tags\",\"Breaks\",\"Adjustments\",\"TotalTimeAdjustment\",\"TotalEarningsAdjustment\"\n\"Mole\",\"5/4/26 9:00 AM\",\"5/4/26 10:30 AM\",\"1.50\",\"$80.00\",\"$120.00\",\"plan\",\"\",\"\",\"\",\"\",\"\"\n\"Mole\",\"5/18/26 9:00 AM\",\"5/18/26 9:45 AM\",\"0.75\",\"$80.00\",\"$60.00\",\"\",\"\",\"\",\"\",\"\",\"\"\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "timing", file: "export.csv", sure: true,
            text: "Project,Title,Start Date,End Date,Duration,Notes\nMole,plan,2026-05-04 09:00:00,2026-05-04 10:30:00,1:30:00,\nMole,walk,2026-05-05 09:00:00,2026-05-05 09:45:00,0:45:00,\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "myhours", file: "export.csv",
            text: "Date;Client;Project;Task;User;Description;Billable hours;Labor hours;Expenses;Amount\n2026-05-04;Quay;Mole;Draw;Ann;plan;1.5;1.5;0;120\n2026-05-05;Quay;Mole;Draw;Ann;walk;0;0.75;0;0\n",
            answers: &["columns.hours = \"Billable hours\""],
            rows: 2, read: 5400, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "teamwork", file: "export.csv",
            text: "Date,Start time,End time,Company,Project,Task list,Task,Description,Who,Is it Billable?,Has it been Billed?,Hours,Minutes,Decimal Hours\n04/05/2026,09:00,10:30,Quay,Mole,Backlog,Draw,plan,Ann,Yes,No,1,30,1.5\n25/05/2026,09:00,09:45,Quay,Mole,Backlog,Draw,,Ann,No,No,0,45,0.75\n",
            says: &["columns.hours = { \"Hours\" = \"hours\", \"Minutes\" = \"minutes\" }"],
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "freshbooks", file: "export.csv", sure: true,
            text: "Client,Project,Service,Team Member,Date,Note,Hours,Billing Status\nQuay,Mole,Draw,Ann,2026-05-04,plan,1.5,Unbilled\nQuay,Mole,Draw,Ann,2026-05-05,,0.75,Billed\n",
            rows: 2, read: 8100, invoiced: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "zoho", file: "export.csv", sure: true,
            text: "Project Name,Task/Issue,Log Date,Users,Log Hours(HH:MM),Billing Type,Notes,Approval Status\nMole,Draw,05-04-2026,Ann,01:30,Billable,plan,Approved\nMole,Draw,05-18-2026,Ann,00:45,Non Billable,,Pending\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "wrike", file: "export.csv", sure: true,
            text: "User,Date,Task,Project,Time Spent,Comment,Timelog category,Billable\nAnn,2026-05-04,Draw,Mole,1:30,plan,Dev,true\nAnn,2026-05-05,Draw,Mole,0:45,,Dev,false\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "clickup", file: "export.csv",
            text: "User ID,Username,Time Entry ID,Description,Billable,Time Labels,Start,Start Text,Stop,Stop Text,Time Tracked,Time Tracked Text,Space Name,Folder Name,List Name,Task Name\n1,Ann,901,plan,true,,1777878000000,\"05/04/2026, 9:00:00 AM CEST\",1777883400000,\"05/04/2026, 10:30:00 AM CEST\",5400000,1h 30m,Quay,Mole,Backlog,Draw\n1,Ann,902,,false,,1779087600000,\"05/18/2026, 9:00:00 AM CEST\",1779090300000,\"05/18/2026, 9:45:00 AM CEST\",2700000,45m,Quay,Mole,Backlog,Draw\n",
            answers: &["columns.customer_id = \"Folder Name\"", "columns.project = \"List Name\""],
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "actitime", file: "export.csv", sure: true,
            text: "\"Date\",\"Customer\",\"Project\",\"Task\",\"User\",\"Spent Time\",\"Type of work\",\"Comment\"\n\"May 4, 2026\",\"Quay\",\"Mole\",\"Draw\",\"Poe, Ann\",\"1:30\",\"Billable\",\"plan\"\n\"May 5, 2026\",\"Quay\",\"Mole\",\"Draw\",\"Poe, Ann\",\"0:45\",\"Non-Billable\",\"\"\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "everhour", file: "export.csv",
            text: "Date,Member,Client,Project,Task,Time,Billable Time,Comments\n2026-05-04,Ann,Quay,Mole,Draw,1:30,1:30,plan\n2026-05-05,Ann,Quay,Mole,Draw,0:45,0:00,\n",
            answers: &["columns.hours = \"Billable Time\""],
            rows: 2, read: 5400, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "redmine it", file: "export.csv", encoding: "windows-1252", sure: true,
            text: "Progetto;Data;Utente;Attività;Segnalazione;Commento;Ore\nFaro;04/05/2026;Lia;Sviluppo;Bug #4: Carrello;ok;1,50\nFaro;25/05/2026;Lia;Supporto;;;0,25\n",
            rows: 2, read: 6300, billed: 6300, ..Shape::default()
        },
        Shape {
            name: "everything upper german", file: "export.csv", sure: true,
            text: "DATUM;NAME;VORNAME;KUNDE;PROJEKT;STD;FAKTURIERT\n04.05.26;Kern;Ute;Hansen AG;Dach;1,5;N\n15.05.26;Kern;Ute;Hansen AG;Dach;0,75;J\n",
            rows: 2, read: 8100, invoiced: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "bill status words", file: "export.csv",
            text: "Date,User,Client,Project,Hours,Billing\n2026-05-04,Ann,Quay,Mole,1.5,to bill\n2026-05-05,Ann,Quay,Mole,2.5,do not bill\n",
            answers: &["values.status = { \"do not bill\" = \"not_billable\", \"to bill\" = \"validated\" }"],
            rows: 2, read: 14400, free: 9000, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "hours to bill", file: "export.csv",
            text: "Date,User,Client,Project,Hours,Billable %\n2026-05-04,Ann,Quay,Mole,1.5,100%\n2026-05-05,Ann,Quay,Mole,2.5,0%\n",
            rows: 2, read: 14400, aside: 2, ..Shape::default()
        },
        Shape {
            name: "negative", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Hours\n2026-05-04,Ann,Quay,Mole,1.5\n2026-05-05,Ann,Quay,Mole,-0.5\n",
            rows: 2, read: 3600, billed: 3600, ..Shape::default()
        },
        Shape {
            name: "start end date time 4", file: "export.csv", sure: true,
            text: "Employee,Customer,Project,Start Date,Start Time,End Date,End Time\nAnn,Quay,Mole,2026-05-04,22:00,2026-05-05,01:30\nAnn,Quay,Mole,2026-05-06,09:00,2026-05-06,09:45\n",
            rows: 2, read: 15300, billed: 15300, ..Shape::default()
        },
        Shape {
            name: "two day span", file: "export.csv", sure: true,
            text: "Employee,Customer,Project,Start Date,Start Time,End Date,End Time\nAnn,Quay,Mole,2026-05-04,09:00,2026-05-06,10:00\nAnn,Quay,Mole,2026-05-06,11:00,2026-05-06,11:45\n",
            rows: 2, read: 179100, aside: 1, billed: 2700, ..Shape::default()
        },
        Shape {
            name: "status invoiced de", file: "export.csv", sure: true,
            text: "Datum;Mitarbeiter;Kunde;Projekt;Stunden;Status\n04.05.2026;Ute;Hansen AG;Dach;1,5;offen\n15.05.2026;Ute;Hansen AG;Dach;2,5;abgerechnet\n",
            rows: 2, read: 14400, invoiced: 9000, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "deleted rows", file: "export.csv",
            text: "Date,User,Client,Project,Hours,Deleted\n2026-05-04,Ann,Quay,Mole,1.5,no\n2026-05-05,Ann,Quay,Mole,2.5,yes\n",
            rows: 2, read: 14400, aside: 2, ..Shape::default()
        },
        Shape {
            name: "billable amount zero", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Hours,Billable Amount\n2026-05-04,Ann,Quay,Mole,1.5,120\n2026-05-05,Ann,Quay,Mole,2.5,0\n",
            rows: 2, read: 14400, billed: 14400, ..Shape::default()
        },
    ]
}

#[test]
fn f3_exports_that_no_preset_knows_go_from_init_to_drafts() {
    kinds().iter().for_each(held);
}

#[test]
fn f10_what_names_no_day_or_no_unit_is_refused_with_what_it_lacks() {
    for (text, said) in [
        (
            "id,date,user,client,project,duration (ms)\na,2026-05-04,Ann,Quay,Mole,5400000\nb,2026-05-05,Ann,Quay,Mole,2700000\n",
            "needs hours",
        ),
        (
            "Task name,Client name,Invoice,Invoice Date,Rate,Hours,Discount,Line Cost,Currency\nDraw,Quay,7,2026-05-04,80,1.5,0,120,EUR\nPlan,Quay,7,2026-05-04,80,2,0,160,EUR\n",
            "needs a date",
        ),
        ("Date,User,Client,Project,Hours\n146146,Ann,Quay,Mole,1.5\n146147,Ann,Quay,Mole,2.5\n", "nearest is `Date`"),
        ("Project,Client,Title,Duration\nMole,Quay,plan,01:30:00\nMole,Quay,walk,00:45:00\n", "needs a date"),
        ("User,\"Mon, May 4\",\"Tue, May 5\",\"Wed, May 6\",Total\nAnn,01:30:00,,00:45:00,02:15:00\n", "needs a date"),
        ("Client,Project,2026-05-04,2026-05-05,Total\nQuay,Mole,01:30:00,00:45:00,02:15:00\n", "needs a date"),
        // A grid says what to export, also where it has a date: that of the week.
        (
            "User,\"Mon, May 4\",\"Tue, May 5\",\"Wed, May 6\",Total\nAnn,01:30:00,,00:45:00,02:15:00\n",
            "(`Mon, May 4` to `Wed, May 6`)",
        ),
        ("Projekt;Mo;Di;Mi;Do;Fr;Sa;So;Summe\nDach;1,5;;2;;;;;3,5\n", "export the detailed report"),
        (
            "Week of,User,Client,Project,Mon,Tue,Wed,Thu,Fri,Sat,Sun,Total\n2026-05-04,Ann,Quay,Mole,1.5,0,2,0,0,0,0,3.5\n",
            "it is a grid",
        ),
        (
            "Woche ab;Kunde;Projekt;04.05.2026;05.05.2026;06.05.2026;Stunden\n2026-05-04;Hansen;Dach;1;2;;3\n",
            "(`04.05.2026` to `06.05.2026`)",
        ),
    ] {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join("export.csv"), text).unwrap();
        let ran = Ran::of(hourbill().current_dir(scratch.path()).args(["init", "."]).output().unwrap());
        assert!(ran.code == 3 && ran.err.contains(said), "{text}: {}{}", ran.out, ran.err);
        // The job that is left to fill in bills nothing.
        let ran = Ran::of(hourbill().current_dir(scratch.path()).args(["run", "job.toml"]).output().unwrap());
        assert_eq!(ran.code, 2, "{text}: {}{}", ran.out, ran.err);
    }
}
