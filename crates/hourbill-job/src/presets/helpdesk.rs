//! Helpdesks: tickets, and the time that was spent on them.

use super::{Derived, How, Preset, Shape, plain};
use crate::inputs::Input;

/// Jira's own list of issues, and the worklogs of the app Tempo.
pub(super) const JIRA: Preset = Preset {
    name: "jira",
    quotes_formulas: false,
    shapes: &[
        Shape {
            marked_by: &["Issue key"],
            marks: &[
                &["Issue key"],
                &["Summary", "Issue id", "Issue Type", "Project key", "Project name", "Account Customer"],
            ],
            ..Shape::of(
                Input::Tickets,
                &[
                    plain("ticket_id", &[&["Issue key"]]),
                    plain(
                        "customer_id",
                        &[
                            &["Custom field (Organizations)", "Organizations", "Custom field (Organization)"],
                            &["Custom field (Customer)", "Customer"],
                            &["Account Customer"],
                            &["Project name"],
                            &["Project key"],
                        ],
                    ),
                    plain("created_on", &[&["Created"]]),
                    plain("team", &[&["Project key"], &["Project name"]]),
                    plain("title", &[&["Summary"]]),
                    plain("closed_on", &[&["Resolved"]]),
                ],
            )
        },
        Shape {
            marked_by: &["Work date", "Worklog"],
            marks: &[&["Issue Key"], &["Work date"], &["Hours", "Time Spent"]],
            derived: &[Derived {
                field: "timesheet_id",
                how: How::RowId,
                from: &[&["Issue Key"], &["Username", "Full name"], &["Work date"]],
            }],
            ..Shape::of(
                Input::Timesheets,
                &[
                    plain(
                        "timesheet_id",
                        &[&["Tempo Worklog ID", "Tempo Worklog Id", "Worklog ID", "Worklog Id", "Jira Worklog ID"]],
                    ),
                    plain("date", &[&["Work date", "Work Date"]]),
                    plain("hours", &[&["Hours"], &["Time Spent"]]),
                    plain("ticket_id", &[&["Issue Key"]]),
                    plain("employee", &[&["Full name"], &["Username"]]),
                    plain("description", &[&["Work Description", "Worklog description"], &["Issue summary"]]),
                    plain("ticket_title", &[&["Issue summary"]]),
                    plain("project", &[&["Project Name"], &["Project Key"]]),
                ],
            )
        },
    ],
};

/// Time accounting by activity is timesheets; tickets come from the report or the accounting by ticket.
pub(super) const ZAMMAD: Preset = Preset {
    name: "zammad",
    quotes_formulas: false,
    shapes: &[
        Shape {
            marked_by: &["Time Units"],
            marks: &[&["Ticket#"], &["Time Units"], &["Created at"]],
            derived: &[Derived {
                field: "timesheet_id",
                how: How::RowId,
                from: &[&["Ticket#"], &["Agent - Login", "Agent - Name", "Agent"], &["Created at"]],
            }],
            ..Shape::of(
                Input::Timesheets,
                &[
                    plain("date", &[&["Created at"]]),
                    plain("hours", &[&["Time Units"]]),
                    plain("ticket_id", &[&["Ticket#"]]),
                    plain("employee", &[&["Agent - Name", "Agent"], &["Agent - Login"]]),
                    plain("description", &[&["Activity Type"], &["Title"]]),
                    plain("ticket_title", &[&["Title"]]),
                ],
            )
        },
        Shape {
            marked_by: &["#", "Ticket#", "Number"],
            marks: &[
                &["#", "Ticket#", "Number"],
                &[
                    "Create Channel",
                    "Close Escalation At",
                    "Close In Min",
                    "First Response At",
                    "Time Units Total",
                    "Accounted Time",
                    "Pending Till",
                ],
            ],
            ..Shape::of(
                Input::Tickets,
                &[
                    plain("ticket_id", &[&["#", "Ticket#", "Number"]]),
                    plain("customer_id", &[&["Organization"], &["Customer", "Customer - Name"]]),
                    plain("created_on", &[&["Created at"]]),
                    plain("team", &[&["Group"]]),
                    plain("title", &[&["Title"]]),
                    plain("closed_on", &[&["Closed at", "Close at"]]),
                    plain("hours_spent", &[&["Time Units Total", "Accounted Time"]]),
                ],
            )
        },
    ],
};

/// A view of tickets, exported as CSV. The requester stands for the customer where no organization does.
pub(super) const ZENDESK: Preset = Preset {
    name: "zendesk",
    quotes_formulas: false,
    shapes: &[Shape {
        marked_by: &["Requester"],
        marks: &[
            &["Requester", "Requester name"],
            &["Requested", "Requested date", "Created at"],
            &["Subject"],
            &["ID", "Id", "Ticket ID"],
            // Any helpdesk has a requester and a day on which a ticket was created.
            &[
                "Requested",
                "Requested date",
                "Requester organization",
                "Ticket organization name",
                "Satisfaction Score",
                "Ticket form",
                "Ticket status",
                "Solved date",
            ],
        ],
        ..Shape::of(
            Input::Tickets,
            &[
                plain("ticket_id", &[&["ID", "Id", "Ticket ID"]]),
                plain(
                    "customer_id",
                    &[
                        &["Organization", "Ticket organization name", "Requester organization"],
                        &["Requester", "Requester name"],
                    ],
                ),
                plain("created_on", &[&["Requested", "Requested date", "Created at"]]),
                plain("team", &[&["Group"]]),
                plain("title", &[&["Subject"]]),
                plain("closed_on", &[&["Solved", "Solved date"]]),
            ],
        )
    }],
};
