//! Exports of programs that no preset knows, as they are written in several languages, with invented rows (F1 to F10): the same check as of
//! [`crate::kinds`]. Hours are worked out by hand, in seconds.

use crate::shapes::{Shape, held};

#[rustfmt::skip]
fn exported() -> Vec<Shape> {
    vec![
        Shape {
            name: "tempo worklogs report", file: "export.csv", sure: true,
            text: "Issue Key,Issue summary,Hours,Work date,Username,Full name,Period,Account Key,Account Name,Account Lead,Account Category,Account Customer,Activity Name,Component,All Components,Version Name,Issue Type,Issue Status,Project Key,Project Name,Epic,Epic Link,Work Description,Parent Key,Reporter,External Hours,Billed Hours,Issue Original Estimate,Issue Remaining Estimate\nMOL-1,Draw,1.5,2026-10-05 09:00,apoe,Ann Poe,1026,QUAY,Quay support,lead,BILLABLE,Quay,,,,,Task,Done,MOL,Mole,,,plan,,rep,0,1.5,0,0\nMOL-2,Walk,2.25,2026-10-06 10:30,apoe,Ann Poe,1026,QUAY,Quay support,lead,BILLABLE,Quay,,,,,Task,Done,MOL,Mole,,,walk,,rep,0,2.25,0,0\n",
            rows: 2, read: 13500, billed: 13500, ..Shape::default()
        },
        Shape {
            name: "tempo worklogs billed differ", file: "export.csv",
            text: "Issue Key,Issue summary,Hours,Work date,Username,Full name,Project Key,Project Name,Work Description,Billed Hours\nMOL-1,Draw,1.5,2026-10-05 09:00,apoe,Ann Poe,MOL,Mole,plan,1\nMOL-2,Walk,2.25,2026-10-06 10:30,apoe,Ann Poe,MOL,Mole,walk,0\n",
            answers: &["columns.hours = \"Billed Hours\""], rows: 2, read: 3600, billed: 3600, ..Shape::default()
        },
        Shape {
            name: "everhour detailed", file: "export.csv", sure: true,
            text: "Date,Time,Project,Client,Task,Task #,Section,Member,Comment,Billable Amount,Cost,Billable,Invoiced\n2026-10-05,1:30,Mole,Quay,Draw,T-1,S,Ann Poe,plan,$120.00,$50.00,Billable,No\n2026-10-06,0:45,Mole,Quay,Walk,T-2,S,Ann Poe,,$0.00,$25.00,Non-billable,No\n2026-10-07,2:00,Mole,Quay,Walk,T-2,S,Ann Poe,,$160.00,$50.00,Billable,Yes\n",
            rows: 3, read: 15300, invoiced: 7200, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "clockify de", file: "export.csv", sure: true,
            text: "Projekt,Kunde,Beschreibung,Aufgabe,Benutzer,Gruppe,E-Mail,Tags,Abrechenbar,Startdatum,Startzeit,Enddatum,Endzeit,Dauer (h),Dauer (dezimal),Abrechenbarer Satz (EUR),Abrechenbarer Betrag (EUR)\nMole,Quay,plan,,Ann Poe,,a@example.org,,Ja,05.10.2026,09:00:00,05.10.2026,10:30:10,01:30:10,\"1,50\",\"80,00\",\"120,22\"\nMole,Quay,walk,,Ann Poe,,a@example.org,,Nein,16.10.2026,23:30:00,17.10.2026,00:15:00,00:45:00,\"0,75\",\"0,00\",\"0,00\"\n",
            rows: 2, read: 8110, free: 2700, billed: 5410, ..Shape::default()
        },
        Shape {
            name: "clockify es", file: "export.csv", sure: true,
            text: "Proyecto,Cliente,Descripción,Tarea,Usuario,Grupo,Correo electrónico,Etiquetas,Facturable,Fecha de inicio,Hora de inicio,Fecha de finalización,Hora de finalización,Duración (h),Duración (decimal),Tarifa facturable (EUR),Importe facturable (EUR)\nMole,Quay,plan,,Ann Poe,,a@example.org,,Sí,05/10/2026,09:00:00,05/10/2026,10:30:10,01:30:10,1.50,80.00,120.22\nMole,Quay,walk,,Ann Poe,,a@example.org,,No,16/10/2026,23:30:00,17/10/2026,00:15:00,00:45:00,0.75,0.00,0.00\n",
            rows: 2, read: 8110, free: 2700, billed: 5410, ..Shape::default()
        },
        Shape {
            name: "clickup time entries export", file: "export.csv",
            text: "User ID,Username,Time Entry ID,Description,Billable,Time Labels,Start,Start Text,Stop,Stop Text,Time Tracked,Time Tracked Text,Space ID,Space Name,Folder ID,Folder Name,List ID,List Name,Task ID,Task Name,Task Status,Due Date,Due Date Text,Start Date,Start Date Text,Task Time Estimated,Task Time Estimated Text,Task Time Spent,Task Time Spent Text,User Total Time Estimated,User Total Time Estimated Text,User Total Time Tracked,User Total Time Tracked Text,Tags,Checklists,User Period Time Spent,User Period Time Spent Text,Date Created,Date Created Text,Custom Task ID,Parent Task ID\n51,Ann Poe,9001,plan,true,[],1791190800000,\"10/05/2026, 9:00:00 AM GMT\",1791196200000,\"10/05/2026, 10:30:00 AM GMT\",5400000,1 h 30 m,1,Work,2,Quay,3,Mole,t1,Draw,open,,,,,0,0,8100000,2 h 15 m,0,0,8100000,2 h 15 m,[],,8100000,2 h 15 m,1791000000000,\"10/03/2026, 9:00:00 AM GMT\",,\n51,Ann Poe,9002,,false,[],1791277200000,\"10/06/2026, 9:00:00 AM GMT\",1791279900000,\"10/06/2026, 9:45:00 AM GMT\",2700000,45 m,1,Work,2,Quay,3,Mole,t1,Draw,open,,,,,0,0,8100000,2 h 15 m,0,0,8100000,2 h 15 m,[],,8100000,2 h 15 m,1791000000000,\"10/03/2026, 9:00:00 AM GMT\",,\n",
            answers: &["date_format = \"%m/%d/%Y\"", "columns.customer_id = \"Folder Name\"", "columns.project = \"List Name\""], rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "asana time tracking", file: "export.csv", sure: true,
            text: "Task ID,Task Name,Project,Section,Assignee,Entered On,Entered By,Actual time (minutes),Estimated time (minutes),Billable,Notes\n1201,Draw,Mole,Todo,Ann Poe,2026-10-05,Ann Poe,90,120,Yes,\n1201,Draw,Mole,Todo,Ann Poe,2026-10-06,Ann Poe,45,120,No,\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "redmine pt-br", file: "export.csv", encoding: "windows-1252", sure: true,
            text: "Projeto;Data;Usuário;Atividade;Tarefa;Comentário;Horas\nMole;05/10/2026;Ann Poe;Projeto;Tarefa #12: Draw;plan;1,50\nMole;16/10/2026;Ann Poe;Projeto;;walk;0,75\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "openproject costs", file: "export.csv", sure: true,
            text: "Date (Spent),User,Activity,Work package,Comment,Logged by,Project,Type,Units,Unit,Costs\n2026-10-05,Ann Poe,Development,Task #12: Draw,plan,Ann Poe,Mole,Labor,1.5,h,120.00 EUR\n2026-10-06,Ann Poe,Development,Task #12: Draw,,Ann Poe,Mole,Labor,0.75,h,60.00 EUR\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "moco de", file: "export.csv", sure: true,
            text: "Datum;Stunden;Stunden (hh:mm);Person;Kunde;Projekt;Leistung;Beschreibung;Abrechenbar;Abgerechnet;Stundensatz;Umsatz;Ticket\n05.10.2026;1,5;1:30;Ann Poe;Quay;Mole;Draw;plan;Ja;Nein;80,00;120,00;\n16.10.2026;0,75;0:45;Ann Poe;Quay;Mole;Draw;;Nein;Nein;0,00;0,00;\n17.10.2026;2;2:00;Ann Poe;Quay;Mole;Draw;;Ja;Ja;80,00;160,00;\n",
            rows: 3, read: 15300, invoiced: 7200, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "personio attendance en", file: "export.csv", sure: true,
            text: "Employee ID,First name,Last name,Date,Start time,End time,Break duration (minutes),Duration (hours),Project,Comment,Status\n7,Ann,Poe,2026-10-05,09:00,12:00,30,2.5,Mole,,Confirmed\n7,Ann,Poe,2026-10-06,09:00,10:00,0,1,Mole,,Confirmed\n",
            rows: 2, read: 12600, billed: 12600, ..Shape::default()
        },
        Shape {
            name: "freshdesk time entries", file: "export.csv",
            text: "Ticket Id,Subject,Company Name,Agent,Date,Hours,Charge Type,Notes,Created time\n101,Printer,Quay,Ann Poe,2026-10-05,01:30,Billable,plan,2026-10-05 10:40:00\n101,Printer,Quay,Ann Poe,2026-10-06,00:45,Non-Billable,,2026-10-06 10:40:00\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "odoo nl tech", file: "export.csv", sure: true,
            text: "ID,Datum,Werknemer,Project,Taak,Omschrijving,Bestede uren,Verkooporderregel,Factuur\n__export__.account_analytic_line_1,2026-10-05,Ann Poe,Mole,Draw,plan,1.5,S00012 - Support,\n__export__.account_analytic_line_2,2026-10-06,Ann Poe,Mole,Draw,walk,0.75,S00012 - Support,INV/2026/0001\n",
            rows: 2, read: 8100, invoiced: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "sap cats", file: "export.csv",
            text: "Pers.No.;Name;Date;Rec. order;Receiver WBS element;A/AType;Hours;MU;Short Text;Status;Status text\n1001;Poe Ann;05.10.2026;;P-100-1;0800;1,500;H;plan;30;Approved\n1001;Poe Ann;06.10.2026;;P-100-1;0800;0,750;H;walk;30;Approved\n1001;Poe Ann;16.10.2026;;P-100-1;0800;0,500;H;walk;40;Rejected\n",
            answers: &["approval = \"validated_only\""], rows: 3, read: 9900, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "datev eigenorg", file: "export.csv", encoding: "windows-1252", sure: true,
            text: "Datum;Mitarbeiter-Nr.;Mitarbeiter;Mandant-Nr.;Mandantenname;Auftrag;Tätigkeit;Zeit;Abrechenbar;Abgerechnet;Text\n05.10.2026;7;Poe Ann;10001;Quay GmbH;FiBu 2026;Buchen;1:30;J;N;plan\n16.10.2026;7;Poe Ann;10001;Quay GmbH;FiBu 2026;Buchen;0:45;N;N;\n17.10.2026;7;Poe Ann;10001;Quay GmbH;FiBu 2026;Buchen;2:00;J;J;\n",
            rows: 3, read: 15300, invoiced: 7200, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "utf16 tab", file: "export.csv", encoding: "utf-16", sure: true,
            text: "Date\tConsultant\tClient\tProject\tHours\tBillable\n10/05/2026\tAnn Poe\tQuay\tMole\t1.5\tY\n10/16/2026\tAnn Poe\tQuay\tMole\t0.75\tN\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "ampm overnight", file: "export.csv", sure: true,
            text: "Day,Name,Client,Job,Clock in,Clock out\n10/05/2026,Ann,Quay,Mole,9:00 AM,10:30 AM\n10/16/2026,Ann,Quay,Mole,11:30 PM,12:15 AM\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "jira cloud csv export", file: "export.csv", sure: true,
            text: "Project,Issue Type,Key,Summary,Priority,Date Started,Display Name,Time Spent (h),Work Description\nMole,Task,MOL-1,Draw,Medium,2026-10-05 09:00:00,Ann Poe,1.5,plan\nMole,Task,MOL-1,Draw,Medium,2026-10-06 09:00:00,Ann Poe,0.75,\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "linear-ish camel", file: "export.csv", sure: true,
            text: "entryId,workDate,userName,clientName,projectName,durationMinutes,isBillable,isInvoiced\ne1,2026-10-05,Ann,Quay,Mole,90,true,false\ne2,2026-10-06,Ann,Quay,Mole,45,false,false\ne3,2026-10-07,Ann,Quay,Mole,120,true,true\n",
            rows: 3, read: 15300, invoiced: 7200, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "servicenow", file: "export.csv",
            text: "Number,Date,User,Task,Task type,Category,Time worked,Work notes,Company,Billable,State\nTC001,2026-10-05,Ann Poe,INC0010,Incident,Task work,1 Hour 30 Minutes,plan,Quay,true,Approved\nTC002,2026-10-06,Ann Poe,INC0010,Incident,Task work,45 Minutes,,Quay,false,Approved\n",
            rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "connectwise", file: "export.csv",
            text: "Time Record ID,Member,Company,Agreement,Ticket #,Ticket Summary,Date,Time Start,Time End,Actual Hours,Billable Hours,Bill Option,Invoice Number,Notes\n1,APoe,Quay,Support,31001,Web,10/05/2026,9:00 AM,10:30 AM,1.50,1.50,Billable,,plan\n2,APoe,Quay,Support,31001,Web,10/16/2026,9:00 AM,9:45 AM,0.75,0.00,No Charge,,\n3,APoe,Quay,Support,31001,Web,10/17/2026,9:00 AM,11:00 AM,2.00,2.00,Billable,INV-12,\n",
            rows: 3, read: 15300, invoiced: 7200, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "autotask", file: "export.csv",
            text: "Account,Ticket Number,Ticket Title,Contract,Resource,Date Worked,Hours Worked,Hours To Bill,Work Type,Non-Billable,Posted,Summary Notes\nQuay,T2026.01,Web,Support,Ann Poe,10/05/2026,1.50,1.50,Remote,No,No,plan\nQuay,T2026.01,Web,Support,Ann Poe,10/16/2026,0.75,0.75,Remote,Yes,No,\nQuay,T2026.01,Web,Support,Ann Poe,10/17/2026,2.00,2.00,Remote,No,Yes,\n",
            answers: &["columns.invoiced = \"Posted\""], rows: 3, read: 15300, invoiced: 7200, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "dynamics 365 de", file: "export.csv",
            text: "Datum;Dauer;Projekt;Projektaufgabe;Rolle;Buchbare Ressource;Externe Beschreibung;Eintragsstatus;Typ;Abrechnungstyp\n05.10.2026;90;Mole;Draw;Entwickler;Ann Poe;plan;Genehmigt;Arbeit;Berechenbar\n16.10.2026;45;Mole;Draw;Entwickler;Ann Poe;;Genehmigt;Arbeit;Nicht berechenbar\n",
            answers: &["hours_unit = \"minutes\""], rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "holded es", file: "export.csv", sure: true,
            text: "Fecha;Empleado;Cliente;Proyecto;Tarea;Duración;Precio/hora;Facturado\n05/10/2026;Ann Poe;Quay;Mole;Draw;1:30;80,00 €;No\n16/10/2026;Ann Poe;Quay;Mole;Draw;0:45;80,00 €;Sí\n",
            rows: 2, read: 8100, invoiced: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "teamleader nl", file: "export.csv", sure: true,
            text: "Datum;Gebruiker;Klant;Project;Taak;Omschrijving;Start;Einde;Duur;Factureerbaar;Gefactureerd\n05/10/2026;Ann Poe;Quay;Mole;Draw;plan;09:00;10:30;1:30;Ja;Nee\n16/10/2026;Ann Poe;Quay;Mole;Draw;;09:00;09:45;0:45;Nee;Nee\n17/10/2026;Ann Poe;Quay;Mole;Draw;;09:00;11:00;2:00;Ja;Ja\n",
            rows: 3, read: 15300, invoiced: 7200, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "swedish fortnox", file: "export.csv", sure: true,
            text: "Datum;Anställd;Kund;Projekt;Aktivitet;Timmar;Fakturerbar;Fakturerad;Kommentar\n2026-10-05;Ann Poe;Quay;Mole;Draw;1,5;Ja;Nej;plan\n2026-10-06;Ann Poe;Quay;Mole;Draw;0,75;Nej;Nej;\n2026-10-07;Ann Poe;Quay;Mole;Draw;2;Ja;Ja;\n",
            rows: 3, read: 15300, invoiced: 7200, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "personio de projekt", file: "export.csv",
            text: "Personalnummer;Vorname;Nachname;Datum;Projekt;Beginn;Ende;Pause (Minuten);Arbeitszeit;Status;Kommentar\n7;Ann;Poe;05.10.2026;Mole;09:00;12:00;30;02:30;Bestätigt;\n7;Ann;Poe;16.10.2026;Mole;09:00;10:00;0;01:00;Ausstehend;\n",
            answers: &["approval = \"validated_only\""], rows: 2, read: 12600, billed: 9000, ..Shape::default()
        },
        Shape {
            name: "sql dump", file: "export.csv", sure: true,
            text: "id,user_id,customer_id,project_id,spent_at,hours,billable,invoice_id,notes\n501,7,C1,P1,2026-10-05,1.5,t,,plan\n502,7,C1,P1,2026-10-06,0.75,f,,\n503,7,C1,P1,2026-10-07,2,t,88,\n",
            rows: 3, read: 15300, invoiced: 7200, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "avaza", file: "export.csv", sure: true,
            text: "Timesheet Entry ID,Project,Client,Task,User,Entry Date,Start Time,End Time,Duration (hours),Notes,Is Billable,Is Invoiced,Rate Per Hour,Currency\n88,Mole,Quay,Draw,Ann Poe,2026-10-05,,,1.5,plan,True,False,80,EUR\n89,Mole,Quay,Draw,Ann Poe,2026-10-06,,,0.75,,False,False,0,EUR\n90,Mole,Quay,Draw,Ann Poe,2026-10-07,,,2,,True,True,80,EUR\n",
            rows: 3, read: 15300, invoiced: 7200, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "odoo de", file: "export.csv", sure: true,
            text: "Datum,Mitarbeiter,Projekt,Aufgabe,Beschreibung,Anzahl,Einheit,Auftragsposition\n2026-10-05,Ann Poe,Mole,Draw,plan,1.5,Stunden,\n2026-10-06,Ann Poe,Mole,Draw,walk,0.75,Stunden,\n",
            rows: 2, read: 8100, billed: 8100, ..Shape::default()
        },
        Shape {
            name: "status billing states", file: "export.csv", sure: true,
            text: "Date,User,Client,Project,Hours,Billing Status\n2026-10-05,Ann,Quay,Mole,1.5,Unbilled\n2026-10-06,Ann,Quay,Mole,0.75,Billed\n2026-10-07,Ann,Quay,Mole,0.5,Non-billable\n",
            rows: 3, read: 9900, invoiced: 2700, free: 1800, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "clio", file: "export.csv", sure: true,
            text: "Date,User,Matter,Client,Activity Category,Description,Quantity,Rate,Amount,Non-billable,Billed,Invoice\n10/05/2026,Ann,Mole,Quay,Draw,plan,1.5,80,120,false,false,\n10/16/2026,Ann,Mole,Quay,Draw,walk,0.75,80,60,true,false,\n10/17/2026,Ann,Mole,Quay,Draw,x,2,80,160,false,true,1007\n",
            rows: 3, read: 15300, invoiced: 7200, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "danish", file: "export.csv", sure: true,
            text: "Dato;Medarbejder;Kunde;Projekt;Timer;Fakturerbar;Faktureret\n05-10-2026;Ann;Quay;Mole;1,5;Ja;Nej\n16-10-2026;Ann;Quay;Mole;0,75;Nej;Nej\n17-10-2026;Ann;Quay;Mole;2;Ja;Ja\n",
            rows: 3, read: 15300, invoiced: 7200, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "weekly two-line names", file: "export.csv",
            text: "Employee Name,Work Date,Customer Name,Job Name,Service Item,Regular Hours,Overtime Hours,Billable,Notes\nAnn Poe,10/05/2026,Quay,Mole,Draw,8,1.5,Y,\nAnn Poe,10/16/2026,Quay,Mole,Draw,2,0,N,\n",
            answers: &["columns.hours = [\"Regular Hours\", \"Overtime Hours\"]"], rows: 2, read: 41400, free: 7200, billed: 34200, ..Shape::default()
        },
        Shape {
            name: "unanet", file: "export.csv",
            text: "Person,Project Organization,Project,Task,Project Type,Date,Hours,Pay Code,Bill Rate,Comments,Timesheet Status\nPoe; Ann,Quay,Mole,Draw,BILLABLE,10/05/2026,1.5,REG,80,plan,LOCKED\nPoe; Ann,Quay,Mole,Draw,NON-BILLABLE,10/16/2026,0.75,REG,0,,LOCKED\n",
            answers: &["values.status = { \"LOCKED\" = \"validated\" }"], rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "workday locked", file: "export.csv",
            text: "Worker,Date,Project,Hours,Status\nAnn,2026-10-05,Mole,1.5,Approved\nAnn,2026-10-06,Mole,0.75,Sent Back\n",
            answers: &["values.status = { \"Approved\" = \"validated\", \"Sent Back\" = \"not_billable\" }"], rows: 2, read: 8100, free: 2700, billed: 5400, ..Shape::default()
        },
        Shape {
            name: "no charge hours columns", file: "export.csv",
            text: "Date,Attorney,Client,Matter,Narrative,Hours,Billable Hours,Write-off Hours\n2026-10-05,Ann,Quay,Mole,plan,1.5,1.0,0.5\n2026-10-06,Ann,Quay,Mole,walk,0.75,0.75,0\n",
            answers: &["columns.hours = \"Billable Hours\""], rows: 2, read: 6300, billed: 6300, ..Shape::default()
        },
        Shape {
            name: "totals per person below", file: "export.csv", sure: true,
            text: "Person;Datum;Kunde;Projekt;Stunden\nAnn;05.10.2026;Quay;Mole;1,5\nAnn;16.10.2026;Quay;Mole;0,75\nSumme Ann;;;;2,25\nBob;05.10.2026;Quay;Mole;1\nSumme Bob;;;;1\nGesamt;;;;3,25\n",
            rows: 3, read: 11700, billed: 11700, ..Shape::default()
        },
        Shape {
            name: "industriestunden", file: "export.csv", sure: true,
            text: "Datum;Mitarbeiter;Kunde;Projekt;Industriestunden;Minuten\n05.10.2026;Ann;Quay;Mole;1,33;80\n16.10.2026;Ann;Quay;Mole;0,75;45\n",
            rows: 2, read: 7500, billed: 7500, ..Shape::default()
        },
    ]
}

#[test]
fn f3_exports_in_several_languages_go_from_init_to_drafts() {
    exported().iter().for_each(held);
}
