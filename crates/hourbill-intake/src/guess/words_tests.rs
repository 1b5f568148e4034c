//! What headers mean.

use super::*;

fn first(written: &str) -> Option<Sense> {
    header(written).meanings.first().map(|(sense, _)| *sense)
}

#[test]
fn headers_mean_what_they_say_in_each_language() {
    for (written, sense) in [
        ("Duration (h)", Sense::Hours),
        ("Time (Seconds)", Sense::Seconds),
        ("Dauer", Sense::Hours),
        ("Durée", Sense::Hours),
        ("Number of hours", Sense::Hours),
        ("Hours Spent", Sense::Hours),
        ("startTime", Sense::Start),
        ("Start date & time", Sense::Start),
        ("Team Member (Student)", Sense::Person),
        ("Nom d'utilisateur", Sense::Person),
        ("Group/Client", Sense::Client),
        ("Project Name", Sense::Project),
        ("Tätigkeit", Sense::Activity),
        ("Work Description", Sense::Note),
        ("Abrechenbar?", Sense::Billable),
        ("Task Billable", Sense::Billable),
        ("Non-Billable", Sense::NotBillable),
        ("Nicht abrechenbar", Sense::NotBillable),
        ("Aufwand (PT)", Sense::Days),
        ("Days", Sense::Days),
        ("Início", Sense::Start),
        ("Godzina zakończenia", Sense::End),
        ("Użytkownik", Sense::Person),
        ("Exporté", Sense::Exported),
        ("Rech.-Nr.", Sense::InvoiceRef),
        ("Rechn.Nr.", Sense::InvoiceRef),
        ("Fact.", Sense::InvoiceRef),
        ("N. fra.", Sense::InvoiceRef),
        ("abgr.", Sense::Invoiced),
        ("i.R.g.", Sense::Invoiced),
        ("Petición", Sense::Ticket),
        ("À", Sense::End),
        ("作業分類", Sense::Activity),
        ("client_id", Sense::Client),
        ("Billed Hours", Sense::Hours),
        ("Währung", Sense::Currency),
        ("Time spent last update (sec)", Sense::Seconds),
        ("Last name, First name", Sense::Person),
        ("Von - Bis", Sense::Range),
        ("Inv Nbr", Sense::InvoiceRef),
        ("Entrada", Sense::Start),
        ("Da fatturare", Sense::Billable),
        ("À facturer", Sense::Billable),
        ("ID esterno", Sense::Id),
        ("Time ID", Sense::Id),
    ] {
        assert_eq!(first(written), Some(sense), "{written}");
    }
}

#[test]
fn what_is_about_something_else_is_left_alone() {
    for written in [
        "Created",
        "Created at",
        "Assigned By",
        "Planned Hours",
        "Activity %",
        "Idle Time",
        "Budget Spent (%)",
        "Project Owner",
        "Cost Rate",
        "Internal price",
        "Parent task",
        "Entry Created At",
        "Estimated hours",
        "Duration (ms)",
        "Rate in cents",
        "Break",
        "Tags",
        "Invoice Date",
        "",
    ] {
        assert_eq!(first(written), None, "{written}");
    }
}
