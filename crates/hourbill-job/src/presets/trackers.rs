//! Time trackers: their detailed reports are timesheets. None of them gives an id, so one is made of who, when and where: the hours and
//! the words of a row may change without making another row of it.

use super::{Derived, How, Preset, Shape, Words, plain};
use crate::inputs::Input;

/// Whether a row was invoiced, in the languages of these programs.
const DONE: &[(&str, &str)] = &[
    ("Ja", "true"),
    ("Oui", "true"),
    ("Sí", "true"),
    ("Invoiced", "true"),
    ("Billed", "true"),
    ("Exported", "true"),
    ("Nein", "false"),
    ("Non", "false"),
    ("Nee", "false"),
    ("Not invoiced", "false"),
    ("Uninvoiced", "false"),
    ("Unbilled", "false"),
    ("Not exported", "false"),
];

pub(super) const KIMAI: Preset = Preset {
    name: "kimai",
    quotes_formulas: false,
    shapes: &[Shape {
        marks: &[
            &["begin", "From"],
            &["end", "To"],
            &["duration", "Duration"],
            &["customer", "Customer"],
            &["activity", "Activity"],
            &[
                "exported",
                "Exported",
                "Internal rate",
                "Internal price",
                "internalRate",
                "Fixed rate",
                "Fixed price",
                "fixedRate",
                "Hourly price",
                "hourlyRate",
            ],
        ],
        words: &[Words { field: "invoiced", words: DONE }],
        derived: &[Derived {
            field: "timesheet_id",
            how: How::RowId,
            from: &[
                &["username", "Username", "User", "alias", "Name", "email", "E-mail"],
                &["date", "Date"],
                &["begin", "From", "Begin", "Start"],
                &["project", "Project"],
                &["activity", "Activity"],
            ],
        }],
        // The last row of a spreadsheet sums the others.
        ..Shape::of(
            Input::Timesheets,
            &[
                plain("timesheet_id", &[&["id", "ID"]]),
                plain("date", &[&["date", "Date"]]),
                plain("hours", &[&["duration", "Duration"], &["Duration (decimal)"]]),
                plain(
                    "employee",
                    &[&["alias", "Name"], &["user", "User", "username", "Username"], &["email", "E-mail"]],
                ),
                plain("description", &[&["description", "Description"], &["activity", "Activity"]]),
                plain("customer_id", &[&["customer", "Customer"]]),
                plain("project", &[&["project", "Project"]]),
                plain("invoiced", &[&["exported", "Exported"]]),
                plain("started_at", &[&["begin", "From", "Begin", "Start"]]),
                plain("ended_at", &[&["end", "To", "End"]]),
                plain("activity", &[&["activity", "Activity"]]),
                plain("billable", &[&["billable", "Billable"]]),
            ],
        )
    }],
};

pub(super) const TOGGL: Preset = Preset {
    name: "toggl",
    quotes_formulas: false,
    shapes: &[Shape {
        marked_by: &["Start date"],
        marks: &[
            &["Start date"],
            &["Start time"],
            &["End date", "Stop date"],
            &["End time", "Stop time"],
            &["Duration"],
            &["User", "Member"],
            &["Description"],
            &["Tags"],
        ],
        // Since 2024 nothing is written as a dash.
        words: &[
            Words { field: "customer_id", words: &[("-", "")] },
            Words { field: "project", words: &[("-", "")] },
            Words { field: "activity", words: &[("-", "")] },
        ],
        derived: &[Derived {
            field: "timesheet_id",
            how: How::RowId,
            from: &[&["Email", "User", "Member"], &["Start date"], &["Start time"]],
        }],
        ..Shape::of(
            Input::Timesheets,
            &[
                plain("timesheet_id", &[&["Time entry ID", "Entry ID", "Id"]]),
                plain("date", &[&["Start date"]]),
                plain("hours", &[&["Duration"]]),
                plain("employee", &[&["User", "Member"], &["Email"]]),
                plain("description", &[&["Description"]]),
                plain("customer_id", &[&["Client"]]),
                plain("project", &[&["Project"]]),
                plain("billable", &[&["Billable"]]),
                plain("started_at", &[&["Start time"]]),
                plain("ended_at", &[&["End time", "Stop time"]]),
                plain("activity", &[&["Task"]]),
            ],
        )
    }],
};

pub(super) const CLOCKIFY: Preset = Preset {
    name: "clockify",
    quotes_formulas: false,
    shapes: &[Shape {
        marked_by: &["Duration (h)", "Duration (decimal)", "Time (h)", "Time (decimal)"],
        marks: &[
            &["Start Date", "Date"],
            &["Duration (h)", "Time (h)"],
            &["Duration (decimal)", "Time (decimal)"],
            &["Project"],
            &["Client"],
        ],
        words: &[Words { field: "invoiced", words: DONE }],
        derived: &[Derived {
            field: "timesheet_id",
            how: How::RowId,
            from: &[&["Email", "User"], &["Start Date"], &["Start Time"]],
        }],
        ..Shape::of(
            Input::Timesheets,
            &[
                plain("timesheet_id", &[&["Time Entry ID", "Entry ID"]]),
                plain("date", &[&["Start Date", "Date"]]),
                // Exact to the second, where the decimal is rounded.
                plain("hours", &[&["Duration (h)", "Time (h)"], &["Duration (decimal)", "Time (decimal)"]]),
                plain("employee", &[&["User"], &["Email"]]),
                plain("description", &[&["Description"]]),
                plain("customer_id", &[&["Client"]]),
                plain("project", &[&["Project"]]),
                plain("invoice_id", &[&["Invoice ID", "Invoice Number"]]),
                plain("invoiced", &[&["Invoiced"]]),
                plain("started_at", &[&["Start Time"]]),
                plain("ended_at", &[&["End Time"]]),
                plain("activity", &[&["Task"], &["Activity"]]),
                plain("billable", &[&["Billable"]]),
            ],
        )
    }],
};

pub(super) const HARVEST: Preset = Preset {
    name: "harvest",
    quotes_formulas: false,
    shapes: &[Shape {
        marked_by: &["Billable?", "Invoiced?", "Project Code"],
        marks: &[
            &["Date"],
            &["Hours"],
            &["Billable?"],
            &["First Name", "Employee"],
            &["Invoiced?", "Approved?", "Project Code"],
        ],
        words: &[
            Words { field: "invoiced", words: DONE },
            Words { field: "status", words: &[("Yes", "validated"), ("No", "draft")] },
        ],
        derived: &[
            Derived {
                field: "timesheet_id",
                how: How::RowId,
                from: &[
                    &["Date"],
                    &["Client"],
                    &["Project"],
                    &["Task"],
                    &["First Name", "Employee"],
                    &["Last Name", "Employee Id", "Employee"],
                ],
            },
            Derived { field: "employee", how: How::Joined, from: &[&["First Name"], &["Last Name"]] },
        ],
        ..Shape::of(
            Input::Timesheets,
            &[
                plain("timesheet_id", &[&["Id", "Entry ID"]]),
                plain("date", &[&["Date"]]),
                plain("hours", &[&["Hours"]]),
                plain("employee", &[&["Employee"]]),
                plain("description", &[&["Notes"], &["Task"]]),
                plain("customer_id", &[&["Client"]]),
                plain("project", &[&["Project"]]),
                plain("invoice_id", &[&["Invoice ID"]]),
                plain("invoiced", &[&["Invoiced?"]]),
                plain("started_at", &[&["Started At"]]),
                plain("ended_at", &[&["Ended At"]]),
                plain("activity", &[&["Task"]]),
                plain("billable", &[&["Billable?"]]),
                plain("status", &[&["Approved?"]]),
            ],
        )
    }],
};

/// Minutes are exact, hours rounded to four decimals. What is paid is invoiced as well.
pub(super) const NOKO: Preset = Preset {
    name: "noko",
    quotes_formulas: false,
    shapes: &[Shape {
        marks: &[
            &["Date"],
            &["Person"],
            &["Group/Client", "Project Group"],
            &["Minutes"],
            &["Invoice Reference", "Invoiced"],
        ],
        words: &[Words { field: "invoiced", words: DONE }],
        derived: &[Derived {
            field: "timesheet_id",
            how: How::RowId,
            from: &[&["Email", "Person"], &["Date"], &["Group/Client"], &["Project"], &["Description"]],
        }],
        unquoted: true,
        ..Shape::of(
            Input::Timesheets,
            &[
                plain("timesheet_id", &[&["Id", "ID"]]),
                plain("date", &[&["Date"]]),
                plain("hours", &[&["Minutes"], &["Hours"]]),
                plain("employee", &[&["Person"], &["Email"]]),
                plain("description", &[&["Description"]]),
                plain("customer_id", &[&["Group/Client", "Project Group"]]),
                plain("project", &[&["Project"]]),
                plain("invoice_id", &[&["Invoice Reference"]]),
                plain("invoiced", &[&["Invoiced"]]),
                plain("approved", &[&["Approved"]]),
                plain("billable", &[&["Billable"]]),
            ],
        )
    }],
};
