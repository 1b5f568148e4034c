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
