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
            name: "de summe",
            file: "export.csv",
            text: "Datum;Mitarbeiter;Kunde;Projekt;Tätigkeit;Stunden;Abrechenbar\n04.05.2026;Ute Kern;Hansen AG;Dach;Planung;1,50;ja\n15.05.2026;Ute Kern;Hansen AG;Dach;Aufmaß;2,25;nein\nSumme;;;;;3,75;\n",
            encoding: "windows-1252",
            sure: true,
            rows: 2,
            read: 13500,
            free: 8100,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "fr heures",
            file: "export.csv",
            text: "Date;Collaborateur;Client;Projet;Tâche;Durée;Facturable;Facturé\nlundi 4 mai 2026;Zoé Blanc;Mairie;Pont;Étude;1 h 30;Oui;Non\nmardi 5 mai 2026;Zoé Blanc;Mairie;Pont;Visite;45 min;Non;Non\nmercredi 6 mai 2026;Luc Roy;Mairie;Pont;Étude;2 h;Oui;Oui\n",
            sure: true,
            rows: 3,
            read: 15300,
            invoiced: 7200,
            free: 2700,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "pt br",
            file: "export.csv",
            text: "Data;Início;Fim;Colaborador;Cliente;Projeto;Descrição;Faturável\n04/05/2026;09:00;10:30;Ana Sá;Porto SA;Cais;Planta;Sim\n25/05/2026;14:00;14:45;Ana Sá;Porto SA;Cais;Café;Não\n",
            sure: true,
            rows: 2,
            read: 8100,
            free: 2700,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "pl",
            file: "export.csv",
            text: "Data;Pracownik;Klient;Projekt;Zadanie;Czas trwania;Opis\n2026-05-04;Łucja Nowak;Młyn sp. z o.o.;Most;Rysunek;1:30;plan\n2026-05-05;Jan Żuk;Młyn sp. z o.o.;Most;Rysunek;0:45;\n",
            sure: true,
            rows: 2,
            read: 8100,
            billed: 8100,
            ..Shape::default()
        },
        Shape {
            name: "it",
            file: "export.csv",
            text: "Data;Dipendente;Cliente;Progetto;Attività;Ore;Fatturabile\n04/05/2026;Lia Neri;Molo srl;Faro;Rilievo;1,5;sì\n15/05/2026;Lia Neri;Molo srl;Faro;Viaggio;0,5;no\nTotale;;;;;2,0;\n",
            sure: true,
            rows: 2,
            read: 7200,
            free: 1800,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "nl total",
            file: "export.csv",
            text: "Datum;Medewerker;Klant;Project;Omschrijving;Uren;Gefactureerd\n04-05-2026;Jo Vink;Kade BV;Pier;tekenen;1,5;Nee\n15-05-2026;Jo Vink;Kade BV;Pier;rapport;2;Ja\n;;;;Totaal;3,5;\n",
            sure: true,
            rows: 2,
            read: 12600,
            invoiced: 7200,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "12h hours only",
            file: "export.csv",
            text: "Date,Start,End,Employee,Customer,Job,Notes\n5/4/2026,9 AM,11 AM,Ann Poe,Quay,Mole,plan\n5/18/2026,1:15 PM,2 PM,Ann Poe,Quay,Mole,walk\n",
            sure: true,
            rows: 2,
            read: 9900,
            billed: 9900,
            ..Shape::default()
        },
        Shape {
            name: "ids total in id",
            file: "export.csv",
            text: "Entry ID,Date,User,Client,Project,Hours,Billable\n901,2026-05-04,Ann,Quay,Mole,1.50,Yes\n902,2026-05-05,Bob,Quay,Mole,2.25,No\nTotal,,,,,3.75,\n",
            sure: true,
            rows: 2,
            read: 13500,
            free: 8100,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "sjis",
            file: "export.csv",
            text: "日付,ユーザー,顧客,プロジェクト,作業分類,時間\n2026/05/04,佐藤,港湾,灯台,設計,1.25\n2026/05/05,鈴木,港湾,灯台,開発,0.50\n",
            encoding: "shift_jis",
            sure: true,
            rows: 2,
            read: 6300,
            billed: 6300,
            says: &["encoding = \"shift_jis\""],
            ..Shape::default()
        },
        Shape {
            name: "utf16",
            file: "export.txt",
            text: "Datum\tMitarbeiter\tKunde\tProjekt\tStunden\n04.05.2026\tUte\tHansen AG\tDach\t1,50\n15.05.2026\tUte\tHansen AG\tDach\t2,25\n",
            encoding: "utf-16",
            sure: true,
            rows: 2,
            read: 13500,
            billed: 13500,
            ..Shape::default()
        },
        Shape {
            name: "first last",
            file: "export.csv",
            text: "First Name,Last Name,Date,Client,Project,Hours\nAnn,Poe,2026-05-04,Quay,Mole,1.5\nBob,Poe,2026-05-04,Quay,Mole,2.5\n",
            sure: true,
            rows: 2,
            read: 14400,
            billed: 14400,
            says: &["columns.employee = [\"First Name\", \"Last Name\"]"],
            ..Shape::default()
        },
        Shape {
            name: "iso durations",
            file: "export.csv",
            text: "id,date,user,client,project,duration\na,2026-05-04,Ann,Quay,Mole,PT1H30M\nb,2026-05-05,Ann,Quay,Mole,PT0.5H\nc,2026-05-06,Ann,Quay,Mole,PT45M\n",
            sure: true,
            rows: 3,
            read: 9900,
            billed: 9900,
            ..Shape::default()
        },
        Shape {
            name: "pandas days",
            file: "export.csv",
            text: "id,date,user,client,project,duration\na,2026-05-04,Ann,Quay,Mole,0 days 01:30:00\nb,2026-05-05,Ann,Quay,Mole,0 days 00:30:00\n",
            sure: true,
            rows: 2,
            read: 7200,
            billed: 7200,
            ..Shape::default()
        },
        Shape {
            name: "billable x",
            file: "export.csv",
            text: "Date,User,Client,Project,Hours,Billable\n2026-05-04,Ann,Quay,Mole,1.5,x\n2026-05-05,Ann,Quay,Mole,2.5,\n",
            answers: &["values.billable = { \"x\" = \"true\", \"\" = \"false\" }"],
            rows: 2,
            read: 14400,
            free: 9000,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "billable yes blank",
            file: "export.csv",
            text: "Date,User,Client,Project,Hours,Billable\n2026-05-04,Ann,Quay,Mole,1.5,Yes\n2026-05-05,Ann,Quay,Mole,2.5,\n",
            answers: &["values.billable = { \"\" = \"false\" }"],
            rows: 2,
            read: 14400,
            free: 9000,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "non billable column",
            file: "export.csv",
            text: "Date,User,Client,Project,Hours,Non-Billable\n2026-05-04,Ann,Quay,Mole,1.5,No\n2026-05-05,Ann,Quay,Mole,2.5,Yes\n",
            sure: true,
            rows: 2,
            read: 14400,
            free: 9000,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "billable hours two",
            file: "export.csv",
            text: "Date,User,Client,Project,Hours,Billable Hours\n2026-05-04,Ann,Quay,Mole,1.5,1.5\n2026-05-05,Ann,Quay,Mole,2.5,0\n",
            answers: &["columns.hours = \"Billable Hours\""],
            rows: 2,
            read: 5400,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "paid approved",
            file: "export.csv",
            text: "Date,Employee,Client,Project,Hours,Approved,Paid\n2026-05-04,Ann,Quay,Mole,1.5,Yes,No\n2026-05-05,Ann,Quay,Mole,2.5,No,Yes\n",
            answers: &["columns.invoiced = \"Paid\""],
            rows: 2,
            read: 14400,
            invoiced: 9000,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "status col",
            file: "export.csv",
            text: "Date,Employee,Client,Project,Hours,Status\n2026-05-04,Ann,Quay,Mole,1.5,Approved\n2026-05-05,Ann,Quay,Mole,2.5,Invoiced\n",
            sure: true,
            rows: 2,
            read: 14400,
            invoiced: 9000,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "currency in cells",
            file: "export.csv",
            text: "Date,Employee,Client,Project,Hours,Hourly Rate,Amount\n2026-05-04,Ann,Quay,Mole,1.5,$80.00,$120.00\n2026-05-05,Ann,Quay,Mole,2.5,$80.00,$200.00\n",
            sure: true,
            rows: 2,
            read: 14400,
            billed: 14400,
            ..Shape::default()
        },
        Shape {
            name: "title and footer",
            file: "export.csv",
            text: "Zeitnachweis Mai 2026\nErstellt am 01.06.2026\n\nDatum;Von;Bis;Pause;Mitarbeiter;Kunde;Projekt;Stunden\n04.05.2026;08:00;10:00;0:15;Ute;Hansen AG;Dach;1,75\n15.05.2026;08:00;09:00;0:00;Ute;Hansen AG;Dach;1,00\n\nGesamt:;;;;;;;2,75\nUnterschrift: ____________\n",
            rows: 2,
            read: 9900,
            billed: 9900,
            ..Shape::default()
        },
        Shape {
            name: "sep tab",
            file: "export.csv",
            text: "sep=;\nDate;Person;Client;Project;Time (h)\nMay 4, 2026;Ann;Quay;Mole;1.5\nMay 15, 2026;Ann;Quay;Mole;2\n",
            sure: true,
            rows: 2,
            read: 12600,
            billed: 12600,
            ..Shape::default()
        },
        Shape {
            name: "minutes col",
            file: "export.csv",
            text: "Date,Person,Client,Project,Minutes\n2026-05-04,Ann,Quay,Mole,90\n2026-05-05,Ann,Quay,Mole,45\n",
            sure: true,
            rows: 2,
            read: 8100,
            billed: 8100,
            ..Shape::default()
        },
        Shape {
            name: "seconds unknown",
            file: "export.csv",
            text: "id,date,user,client,project,duration\na,2026-05-04,Ann,Quay,Mole,5400\nb,2026-05-05,Ann,Quay,Mole,2700\n",
            answers: &["hours_unit = \"seconds\""],
            rows: 2,
            read: 8100,
            billed: 8100,
            ..Shape::default()
        },
        Shape {
            name: "days pt",
            file: "export.csv",
            text: "Datum;Mitarbeiter;Kunde;Projekt;Aufwand (PT)\n04.05.2026;Ute;Hansen AG;Dach;0,5\n15.05.2026;Ute;Hansen AG;Dach;1\n",
            answers: &["hours_unit = \"days\""],
            rows: 2,
            read: 43200,
            billed: 43200,
            ..Shape::default()
        },
        Shape {
            name: "two line header",
            file: "export.csv",
            text: ",,,Time,,\nDate,Person,Client,Project,Start,End\n2026-05-04,Ann,Quay,Mole,09:00,10:30\n2026-05-05,Ann,Quay,Mole,09:00,09:45\n",
            sure: true,
            rows: 2,
            read: 8100,
            billed: 8100,
            ..Shape::default()
        },
        Shape {
            name: "toggl like es",
            file: "export.csv",
            text: "Usuario;Correo electrónico;Cliente;Proyecto;Descripción;Facturable;Fecha de inicio;Hora de inicio;Fecha de fin;Hora de fin;Duración\nLía;l@example.org;Faro SA;Muelle;plano;Sí;2026-05-04;23:30:00;2026-05-05;00:15:00;0:45:00\nLía;l@example.org;Faro SA;Muelle;café;No;2026-05-05;09:00:00;2026-05-05;09:30:00;0:30:00\n",
            sure: true,
            rows: 2,
            read: 4500,
            free: 1800,
            billed: 2700,
            ..Shape::default()
        },
        Shape {
            name: "utc suffix",
            file: "export.csv",
            text: "id,user,client,project,started,ended\na,Ann,Quay,Mole,2026-05-04 09:00:00 UTC,2026-05-04 10:30:00 UTC\nb,Ann,Quay,Mole,2026-05-05 09:00:00 UTC,2026-05-05 09:30:00 UTC\n",
            rows: 2,
            read: 7200,
            billed: 7200,
            ..Shape::default()
        },
        Shape {
            name: "offset json",
            file: "export.csv",
            text: "uuid,user,client,project,startedAt,stoppedAt,billable\na,Ann,Quay,Mole,2026-05-04T09:00:00.000+02:00,2026-05-04T10:30:00.000+02:00,true\nb,Ann,Quay,Mole,2026-05-05T09:00:00.000+02:00,2026-05-05T09:30:00.000+02:00,false\n",
            rows: 2,
            read: 7200,
            free: 1800,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "weekday behind",
            file: "export.csv",
            text: "Tag;Mitarbeiter;Kunde;Projekt;Zeit\n04.05.2026 (Mo);Ute;Hansen AG;Dach;1:30\n15.05.2026 (Fr);Ute;Hansen AG;Dach;2:15\n",
            sure: true,
            rows: 2,
            read: 13500,
            billed: 13500,
            ..Shape::default()
        },
        Shape {
            name: "running",
            file: "export.csv",
            text: "Date,Start,End,User,Client,Project\n2026-05-04,09:00,10:30,Ann,Quay,Mole\n2026-05-05,09:00,,Ann,Quay,Mole\n",
            sure: true,
            rows: 2,
            read: 5400,
            aside: 1,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "repeated hours",
            file: "export.csv",
            text: "Date,User,Client,Project,Hours,Hours\n2026-05-04,Ann,Quay,Mole,1.5,\n2026-05-05,Ann,Quay,Mole,,2.5\n",
            sure: true,
            rows: 2,
            read: 14400,
            billed: 14400,
            ..Shape::default()
        },
        Shape {
            name: "repeated hours differ",
            file: "export.csv",
            text: "Date,User,Client,Project,Hours,Hours\n2026-05-04,Ann,Quay,Mole,1.5,1\n2026-05-05,Ann,Quay,Mole,2,2.5\n",
            answers: &["columns.hours = \"Hours\""],
            rows: 2,
            read: 12600,
            billed: 12600,
            ..Shape::default()
        },
        Shape {
            name: "uppercase snake",
            file: "export.csv",
            text: "ENTRY_DATE,EMPLOYEE_NAME,CUSTOMER_NAME,PROJECT_NAME,HOURS_WORKED,IS_BILLABLE,INVOICE_NO\n2026-05-04,Ann,Quay,Mole,1.5,Y,\n2026-05-05,Ann,Quay,Mole,2.5,Y,INV-7\n2026-05-06,Ann,Quay,Mole,1,N,\n",
            sure: true,
            rows: 3,
            read: 18000,
            invoiced: 9000,
            free: 3600,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "expenses among",
            file: "export.csv",
            text: "Date,Type,Person,Client,Project,Quantity,Unit\n2026-05-04,Time,Ann,Quay,Mole,1.5,h\n2026-05-05,Travel,Ann,Quay,Mole,20,km\n",
            answers: &["skip = { \"Unit\" = \"km\" }"],
            rows: 1,
            read: 5400,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "jira timesheet ms",
            file: "export.csv",
            text: "Issue Key,Issue summary,Hours,Work date,Username,Full name,Period,Account Key,Account Name,Billed Hours\nM-1,Draw,1.5,2026-05-04 09:00,lia,Lía Rey,0526,QUAY,Quay,1.5\nM-2,Plan,2,2026-05-05 09:00,lia,Lía Rey,0526,QUAY,Quay,1\n",
            answers: &["columns.hours = \"Hours\""],
            rows: 2,
            read: 12600,
            billed: 12600,
            ..Shape::default()
        },
        Shape {
            name: "comma decimal in comma",
            file: "export.csv",
            text: "\"Date\",\"Person\",\"Client\",\"Project\",\"Hours\"\n\"04/05/2026\",\"Ann\",\"Quay\",\"Mole\",\"1,50\"\n\"25/05/2026\",\"Ann\",\"Quay\",\"Mole\",\"0,25\"\n",
            sure: true,
            rows: 2,
            read: 6300,
            billed: 6300,
            ..Shape::default()
        },
        Shape {
            name: "24 end",
            file: "export.csv",
            text: "Datum;Von;Bis;Mitarbeiter;Kunde;Projekt\n04.05.2026;22:00;24:00;Ute;Hansen AG;Dach\n15.05.2026;08:00 Uhr;09:30 Uhr;Ute;Hansen AG;Dach\n",
            sure: true,
            rows: 2,
            read: 12600,
            billed: 12600,
            ..Shape::default()
        },
        Shape {
            name: "client invoice status",
            file: "export.csv",
            text: "Date,Person,Client,Project,Hours,Invoice Status\n2026-05-04,Ann,Quay,Mole,1.5,Not invoiced\n2026-05-05,Ann,Quay,Mole,2.5,Invoiced\n",
            sure: true,
            rows: 2,
            read: 14400,
            invoiced: 9000,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "locked",
            file: "export.csv",
            text: "Date,Person,Client,Project,Hours,Locked\n2026-05-04,Ann,Quay,Mole,1.5,no\n2026-05-05,Ann,Quay,Mole,2.5,yes\n",
            answers: &["columns.invoiced = \"Locked\""],
            rows: 2,
            read: 14400,
            invoiced: 9000,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "weekly totals",
            file: "export.csv",
            text: "Date,Person,Client,Project,Hours\n2026-05-04,Ann,Quay,Mole,1.5\n2026-05-05,Ann,Quay,Mole,2.5\nTotal week 19,,,,4\n2026-05-11,Ann,Quay,Mole,3\nTotal week 20,,,,3\nGrand total,,,,7\n",
            sure: true,
            rows: 3,
            read: 25200,
            billed: 25200,
            ..Shape::default()
        },
        Shape {
            name: "month names sheet en",
            file: "export.csv",
            text: "Day,Consultant,Customer,Engagement,Hrs,Chargeable?\nMon 4-May-2026,Ann,Quay,Mole,1.5,Y\nFri 15-May-2026,Ann,Quay,Mole,2.5,N\n",
            sure: true,
            rows: 2,
            read: 14400,
            free: 9000,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "paymo",
            file: "export.csv",
            text: "Project,Task List,Task,User,Start Time,End Time,Notes,Hours\nMole,Backlog,Draw,Ann,2026/05/04 09:00,2026/05/04 10:30,plan,1.5\nMole,Backlog,Draw,Bob,2026/05/18 09:00,2026/05/18 09:45,,0.75\n",
            sure: true,
            rows: 2,
            read: 8100,
            billed: 8100,
            ..Shape::default()
        },
        Shape {
            name: "bigtime",
            file: "export.csv",
            text: "Job,Staff Member,Category,Date,Input,N/C,Notes\nMole,Ann,Draw,2026-05-04,1.5,0,plan\nMole,Bob,Draw,2026-05-18,0.75,1,\n",
            sure: true,
            rows: 2,
            read: 8100,
            free: 2700,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "timeeye",
            file: "export.csv",
            text: "entryDate,userId,userName,projectId,projectName,taskId,taskName,notes,billed,minutes,expenses\n2026-05-04,u1,Ann,p1,Mole,t1,Draw,plan,false,90,0\n2026-05-05,u1,Ann,p1,Mole,t1,Draw,,true,45,0\n",
            sure: true,
            rows: 2,
            read: 8100,
            invoiced: 2700,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "ding",
            file: "export.csv",
            text: "Date,Time,Project,User,Comment\n2026-05-04,1:30,Mole,Ann,plan\n2026-05-05,0:45,Mole,Bob,\n",
            sure: true,
            rows: 2,
            read: 8100,
            billed: 8100,
            ..Shape::default()
        },
        Shape {
            name: "tsheets",
            file: "export.csv",
            text: "username,payroll_id,fname,lname,number,group,local_date,local_day,local_start_time,local_end_time,tz,hours,jobcode_1,jobcode_2,billable,service item,location,notes,approved_status\nann,,Ann,Poe,1,,2026-05-04,Mon,2026-05-04 09:00:00,2026-05-04 10:30:00,-5,1.5,Quay,Mole,Yes,Draw,,plan,approved\nbob,,Bob,Poe,2,,2026-05-05,Tue,2026-05-05 09:00:00,2026-05-05 09:45:00,-5,0.75,Quay,Mole,No,Draw,,,submitted\n",
            sure: true,
            rows: 2,
            read: 8100,
            free: 2700,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "days header",
            file: "export.csv",
            text: "Date,Consultant,Customer,Project,Days\n2026-05-04,Ann,Quay,Mole,0.5\n2026-05-05,Ann,Quay,Mole,1\n",
            answers: &["hours_unit = \"days\""],
            rows: 2,
            read: 43200,
            billed: 43200,
            ..Shape::default()
        },
        Shape {
            name: "solid report",
            file: "export.csv",
            text: "Description,Task,Project,Client,User,Start,End,Duration,Duration (decimal),Billable,Tags\nplan,Draw,Mole,Quay,Ann,2026-05-04 09:00:00,2026-05-04 10:30:00,1:30:00,1.50,Yes,\nwalk,Draw,Mole,Quay,Ann,2026-05-05 09:00:00,2026-05-05 09:20:00,0:20:00,0.33,No,\n",
            sure: true,
            rows: 2,
            read: 6600,
            free: 1200,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "paid invoiced app",
            file: "export.csv",
            text: "Date,Project,Client,Description,Duration (H:MM),Duration (Decimal),Paid,Invoiced\n2026-05-04,Mole,Quay,plan,1:30,1.5,No,No\n2026-05-05,Mole,Quay,walk,0:20,0.33,No,Yes\n",
            rows: 2,
            read: 6600,
            invoiced: 1200,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "invoice date beside",
            file: "export.csv",
            text: "Date,User,Client,Project,Hours,Invoice Date\n2026-05-04,Ann,Quay,Mole,1.5,\n2026-05-05,Ann,Quay,Mole,2.5,2026-06-01\n",
            answers: &["columns.invoice_id = \"Invoice Date\""],
            rows: 2,
            read: 14400,
            invoiced: 9000,
            billed: 5400,
            ..Shape::default()
        },
        Shape {
            name: "person totals",
            file: "export.csv",
            text: "Date,User,Client,Project,Hours\n2026-05-04,Ann,Quay,Mole,1.5\n2026-05-05,Ann,Quay,Mole,2\n,Total Ann,,,3.5\n2026-05-05,Bob,Quay,Mole,1\n,Total Bob,,,1\n",
            sure: true,
            rows: 3,
            read: 16200,
            billed: 16200,
            ..Shape::default()
        },
        Shape {
            name: "twice billable",
            file: "export.csv",
            text: "Date,User,Client,Project,Hours,Billable,Billable\n2026-05-04,Ann,Quay,Mole,1.5,Yes,Yes\n2026-05-05,Ann,Quay,Mole,2,Yes,No\n",
            answers: &["columns.billable = \"Billable\""],
            rows: 2,
            read: 12600,
            billed: 12600,
            ..Shape::default()
        },
        Shape {
            name: "weekday two columns",
            file: "export.csv",
            text: "Tag;Datum;Kommen;Gehen;Pause;Netto;Kunde;Mitarbeiter\nMo;04.05.2026;08:00;12:00;0:30;3:30;Hansen AG;Ute\nFr;15.05.2026;08:00;10:00;0:00;2:00;Hansen AG;Ute\n",
            sure: true,
            rows: 2,
            read: 19800,
            billed: 19800,
            ..Shape::default()
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
        ("Date,User,Client,Project,Hours\n46146,Ann,Quay,Mole,1.5\n46147,Ann,Quay,Mole,2.5\n", "nearest is `Date`"),
    ] {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join("export.csv"), text).unwrap();
        let ran = Ran::of(hourbill().current_dir(scratch.path()).args(["init", "."]).output().unwrap());
        assert!(ran.code == 3 && ran.err.contains(said), "{text}: {}{}", ran.out, ran.err);
        assert!(!scratch.path().join("job.toml").exists(), "{text}");
    }
}
