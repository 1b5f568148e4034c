//! More time trackers, as in `trackers`: of those that export ids these are taken, of the others an id is made of who, when and where.

use super::{Column, Derived, How, Preset, Shape, Words, plain};
use crate::inputs::Input;

/// Whether a task is billable says the task; owners, budgets and what was archived are of the project.
pub(super) const TICK: Preset = Preset {
    name: "tick",
    quotes_formulas: false,
    shapes: &[Shape {
        marks: &[
            &["Task Billable"],
            &["Project Owner", "Project Archived"],
            &["Entry Created At", "Entry Updated At"],
            &["Hours"],
        ],
        ..Shape::of(
            Input::Timesheets,
            &[
                plain("timesheet_id", &[&["Id"]]),
                plain("date", &[&["Date"]]),
                plain("hours", &[&["Hours"]]),
                plain("employee", &[&["User"], &["Email"]]),
                plain("description", &[&["Notes"]]),
                plain("customer_id", &[&["Client"]]),
                plain("project", &[&["Project"]]),
                plain("activity", &[&["Task"]]),
                plain("billable", &[&["Task Billable"]]),
            ],
        )
    }],
};

/// Sums of clients and projects stand above their rows (F7). What was planned is no work.
pub(super) const TIMELY: Preset = Preset {
    name: "timely",
    quotes_formulas: false,
    shapes: &[Shape {
        marks: &[&["Logged Hours"], &["Planned Hours"], &["Logged Money"], &["Billed"]],
        derived: &[Derived {
            field: "timesheet_id",
            how: How::RowId,
            from: &[&["Email", "Name"], &["Date"], &["Client"], &["Project"], &["From"]],
        }],
        ..Shape::of(
            Input::Timesheets,
            &[
                plain("date", &[&["Date"]]),
                plain("hours", &[&["Logged Hours"]]),
                plain("employee", &[&["Name"], &["Email"]]),
                plain("description", &[&["Notes"]]),
                plain("customer_id", &[&["Client"]]),
                plain("project", &[&["Project"]]),
                plain("invoiced", &[&["Billed"]]),
                plain("started_at", &[&["From"]]),
                plain("ended_at", &[&["To"]]),
            ],
        )
    }],
};

/// The report of time and activities: `Activity` is how busy somebody was, and idle time is no work of its own.
pub(super) const HUBSTAFF: Preset = Preset {
    name: "hubstaff",
    quotes_formulas: false,
    shapes: &[Shape {
        marks: &[
            &["Member"],
            &["Time"],
            &["Activity %", "Activity"],
            &["Idle Time", "Screencasts", "Manual Time", "Spent"],
        ],
        derived: &[Derived {
            field: "timesheet_id",
            how: How::RowId,
            from: &[&["Work email", "Member"], &["Date"], &["Client"], &["Project"], &["Task ID", "Task"]],
        }],
        ..Shape::of(
            Input::Timesheets,
            &[
                plain("date", &[&["Date"]]),
                plain("hours", &[&["Time"]]),
                plain("employee", &[&["Member"], &["Work email"]]),
                plain("description", &[&["Notes"]]),
                plain("customer_id", &[&["Client"]]),
                plain("project", &[&["Project"]]),
                plain("activity", &[&["Task"]]),
            ],
        )
    }],
};

/// The full export names people, clients and projects by their ids; the detailed report by their names, and gives no id.
pub(super) const SOLIDTIME: Preset = Preset {
    name: "solidtime",
    quotes_formulas: false,
    shapes: &[
        Shape {
            marked_by: &["still_active_email_sent_at"],
            marks: &[&["still_active_email_sent_at"], &["member_id"], &["start"], &["end"], &["id"]],
            // In hundredths of a currency that the file does not name.
            names_prices: false,
            ..Shape::of(
                Input::Timesheets,
                &[
                    plain("timesheet_id", &[&["id"]]),
                    plain("employee", &[&["member_id"], &["user_id"]]),
                    plain("description", &[&["description"]]),
                    plain("customer_id", &[&["client_id"]]),
                    plain("project", &[&["project_id"]]),
                    plain("activity", &[&["task_id"]]),
                    plain("started_at", &[&["start"]]),
                    plain("ended_at", &[&["end"]]),
                    plain("billable", &[&["billable"]]),
                ],
            )
        },
        Shape {
            marked_by: &["Duration (decimal)"],
            marks: &[
                &["Start"],
                &["End"],
                &["Duration"],
                &["Duration (decimal)"],
                &["User"],
                &["Task"],
                &["Billable"],
                &["Tags"],
            ],
            never: &["Date", "Invoiced", "Billed", "Billable rate", "Billable amount", "Email", "Notes"],
            derived: &[Derived {
                field: "timesheet_id",
                how: How::RowId,
                from: &[&["User"], &["Start"], &["Client"], &["Project"]],
            }],
            ..Shape::of(
                Input::Timesheets,
                &[
                    plain("hours", &[&["Duration"], &["Duration (decimal)"]]),
                    plain("employee", &[&["User"]]),
                    plain("description", &[&["Description"]]),
                    plain("customer_id", &[&["Client"]]),
                    plain("project", &[&["Project"]]),
                    plain("activity", &[&["Task"]]),
                    plain("started_at", &[&["Start"]]),
                    plain("ended_at", &[&["End"]]),
                    plain("billable", &[&["Billable"]]),
                ],
            )
        },
    ],
};

const QUICKBOOKS_LEVELS: &[Column] = &[
    plain("customer_id", &[&["jobcode_1"]]),
    plain("project", &[&["jobcode_2"]]),
    plain("date", &[&["local_date"]]),
    plain("hours", &[&["hours"]]),
    plain("description", &[&["notes"]]),
    plain("activity", &[&["service item"]]),
    plain("started_at", &[&["local_start_time"]]),
    plain("ended_at", &[&["local_end_time"]]),
    plain("billable", &[&["billable"]]),
    plain("approved", &[&["approved_status"]]),
];

const QUICKBOOKS_ONE_LEVEL: &[Column] = &[
    plain("project", &[&["jobcode"], &["jobcode_1"]]),
    plain("date", &[&["local_date"]]),
    plain("hours", &[&["hours"]]),
    plain("description", &[&["notes"]]),
    plain("activity", &[&["service item"]]),
    plain("started_at", &[&["local_start_time"]]),
    plain("ended_at", &[&["local_end_time"]]),
    plain("billable", &[&["billable"]]),
    plain("approved", &[&["approved_status"]]),
];

const QUICKBOOKS_MARKS: &[&[&str]] =
    &[&["local_date"], &["local_start_time"], &["local_end_time"], &["jobcode", "jobcode_1"], &["fname"], &["lname"]];

const QUICKBOOKS_WORDS: &[Words] = &[Words {
    field: "approved",
    words: &[("approved", "true"), ("unapproved", "false"), ("submitted", "false"), ("rejected", "false")],
}];

const QUICKBOOKS_DERIVED: &[Derived] = &[
    Derived {
        field: "timesheet_id",
        how: How::RowId,
        from: &[&["username"], &["local_date"], &["local_start_time"], &["jobcode", "jobcode_1"], &["jobcode_2"]],
    },
    Derived { field: "employee", how: How::Joined, from: &[&["fname"], &["lname"]] },
];

/// Of several levels of job codes the first is the customer, as in QuickBooks; of one level nobody knows whether it is a customer or a project.
pub(super) const QUICKBOOKS_TIME: Preset = Preset {
    name: "quickbooks-time",
    quotes_formulas: false,
    shapes: &[
        Shape {
            marked_by: &["jobcode_2"],
            marks: QUICKBOOKS_MARKS,
            words: QUICKBOOKS_WORDS,
            derived: QUICKBOOKS_DERIVED,
            ..Shape::of(Input::Timesheets, QUICKBOOKS_LEVELS)
        },
        Shape {
            marks: QUICKBOOKS_MARKS,
            words: QUICKBOOKS_WORDS,
            derived: QUICKBOOKS_DERIVED,
            ..Shape::of(Input::Timesheets, QUICKBOOKS_ONE_LEVEL)
        },
    ],
};
