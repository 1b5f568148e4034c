use super::*;

fn known(preset: &'static Preset, input: Input, field: &str, header: &str) -> Option<(usize, Key)> {
    let shape = preset.shape(input, &[header.to_owned()])?;
    shape.known(header).find(|known| known.column.field == field).map(|known| (known.rank, known.key))
}

#[test]
fn every_field_of_a_preset_is_a_field_of_its_input() {
    for preset in ALL {
        assert!(std::ptr::eq(by_name(preset.name).unwrap(), *preset));
        for shape in preset.shapes {
            let known = |name: &str| shape.input.fields().iter().any(|field| field.name == name);
            let columns = shape.columns.iter().map(|column| column.field);
            let words = shape.words.iter().map(|words| words.field);
            for field in columns.chain(words).chain(shape.derived.iter().map(|derived| derived.field)) {
                assert!(known(field), "{}: {} has no {field}", preset.name, shape.input);
            }
        }
    }
}

#[test]
fn no_header_stands_for_two_fields_of_a_shape() {
    for preset in ALL {
        for shape in preset.shapes {
            for column in shape.columns {
                let Names::Plain(groups) = &column.names else { continue };
                for name in groups.iter().flat_map(|names| names.iter()) {
                    let fields: Vec<&str> = shape.known(name).map(|known| known.column.field).collect();
                    let display_too = |field: &str| fields.iter().all(|other| *other == field || field == "name");
                    let own = shape.columns.iter().find(|column| matches!(column.names, Names::Own { .. }));
                    let allowed = own.is_some_and(|own| fields.contains(&own.field)) && display_too("name");
                    assert!(
                        fields.len() == 1 || allowed || fields.len() == 2,
                        "{}: `{name}` is {fields:?}",
                        preset.name
                    );
                }
            }
        }
    }
}

#[test]
fn ids_are_preferred_to_names_and_capitals_tell_id_from_id() {
    let odoo = by_name("odoo").unwrap();
    let ticket = |header| known(odoo, Input::Timesheets, "ticket_id", header);
    assert_eq!(ticket("helpdesk_ticket_id/id"), Some((0, Key::External)));
    assert_eq!(ticket("Helpdesk Ticket/External ID").unwrap().1, Key::External);
    assert_eq!(ticket("helpdesk_ticket_id/.id"), Some((1, Key::Database)));
    assert_eq!(ticket("Helpdesk Ticket/ID").unwrap().1, Key::Database);
    assert_eq!(ticket("HELPDESK_TICKET_ID"), Some((3, Key::Display)));
    assert_eq!(ticket("helpdesk_ticket_id/ticket_ref"), Some((2, Key::Reference)));
    assert_eq!(ticket("Helpdesk Ticket/Subject"), None);
    let own = |header| known(odoo, Input::Timesheets, "timesheet_id", header);
    assert_eq!((own("id").unwrap().1, own("ID").unwrap().1), (Key::External, Key::Database));
    for hours in ["unit_amount", "Quantity", "Hours Spent", "Time Spent"] {
        assert_eq!(known(odoo, Input::Timesheets, "hours", hours), Some((0, Key::Plain)), "{hours}");
    }
}

#[test]
fn words_mean_words_of_the_contract() {
    let canonical = [
        ("state", &["draft", "sent", "sale", "done", "cancel", "posted"][..]),
        ("invoicing_policy", &["ordered_prepaid", "delivered_timesheet", "delivered_milestones", "delivered_manual"]),
        ("uom", &["Hours", "Days", "Minutes", "Units"]),
        ("status", &["draft", "validated", "invoiced"]),
        ("invoiced", &["true", "false"]),
        ("approved", &["true", "false"]),
        ("invoice_id", &[""]),
        ("customer_id", &[""]),
        ("project", &[""]),
        ("activity", &[""]),
    ];
    for words in ALL.iter().flat_map(|preset| preset.shapes).flat_map(|shape| shape.words) {
        let allowed = canonical.iter().find(|(field, _)| *field == words.field).unwrap().1;
        for (word, meaning) in words.words {
            assert!(allowed.contains(meaning), "`{word}` of {} means `{meaning}`", words.field);
        }
    }
}

/// Headers that any program may have, in a list of anything.
const EVERYDAY: &str = "ID,id,Id,#,No,Nr,Number,Key,Reference,Name,Display Name,display_name,Title,Subject,Summary,Customer,Customer Name,Client,\
    Company,Organization,Account,Contact,Requester,Requester name,Email,Street,City,Zip,Country,Country Code,VAT,Tax ID,Language,Payment Terms,Team,Team Name,\
    Group,Project,Project Name,project_id,employee_id,account_id,Task,Activity,Ticket,Ticket#,Ticket ID,Status,State,Priority,Type,Owner,Agent,Assignee,User,\
    Username,Member,Person,Employee,First Name,Last Name,Role,Created,Created at,Created on,Closed,Closed at,Closed on,Date,date,Start,End,Start date,Start Date,\
    Start time,Start Time,End date,End Date,End time,End Time,From,To,Time,Hours,Hours Spent,Time Spent,Duration,duration,Minutes,Quantity,Description,Notes,\
    Comment,Billable,billable,Invoiced,Invoice,Approved,Paid,Rate,Hourly rate,Amount,Total,Subtotal,Unit Price,Price,Currency,Taxes,Discount,Product,Order,\
    Order Reference,Order Date,Order Status,Invoice Date,Unit,Unit of Measure,Sequence,Timesheets,Budget";

/// F1: no preset without marks of its own, and none of words that everybody uses.
#[test]
fn no_preset_is_taken_for_headers_that_any_program_has() {
    let headers: Vec<String> = EVERYDAY.split(',').map(|header| header.trim().to_owned()).collect();
    for preset in ALL {
        for shape in preset.shapes {
            assert!(!shape.marks.is_empty(), "{}: {} has no marks", preset.name, shape.input);
            assert!(!shape.is_marked(&headers), "{}: everyday words are its {}", preset.name, shape.input);
            let known = |mark: &str| shape.known(mark).next().is_some();
            let useful = shape.marks.iter().flat_map(|group| group.iter()).any(|mark| known(mark));
            assert!(useful || !shape.marked_by.is_empty(), "{}: {} reads none of its marks", preset.name, shape.input);
        }
    }
}
