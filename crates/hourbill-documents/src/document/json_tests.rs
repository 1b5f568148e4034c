use serde_json::Value;

use super::super::model::{Corrects, EarlyPayment, InvoiceKind, LineKind, Status};
use super::super::specimen;
use super::{bytes, line};
use crate::document::invoice_from_json;
use crate::quantity::{HoursSum, Percent};

const SCHEMA: &str = include_str!("../../../../docs/invoice.schema.json");

/// Checks a value against the keywords that the schema uses; an unknown keyword fails, so that none is passed over.
fn check(schema: &Value, value: &Value, root: &Value, at: &str, wrong: &mut Vec<String>) {
    for (keyword, wanted) in schema.as_object().unwrap() {
        let ok = match keyword.as_str() {
            "$schema" | "$id" | "title" | "description" | "$defs" | "additionalProperties" => true,
            "$ref" => {
                let path = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                check(root.pointer(path).unwrap(), value, root, at, wrong);
                true
            }
            "type" => {
                let types: Vec<&str> = match wanted {
                    Value::Array(types) => types.iter().map(|one| one.as_str().unwrap()).collect(),
                    one => vec![one.as_str().unwrap()],
                };
                types.iter().any(|one| match *one {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_i64(),
                    "null" => value.is_null(),
                    other => panic!("type {other}"),
                })
            }
            "const" => value == wanted,
            "enum" => wanted.as_array().unwrap().contains(value),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() >= wanted.as_u64().unwrap() as usize),
            "minItems" => value.as_array().is_none_or(|items| items.len() >= wanted.as_u64().unwrap() as usize),
            "minimum" => value.as_i64().is_none_or(|number| number >= wanted.as_i64().unwrap()),
            "pattern" => value.as_str().is_none_or(|text| matches(wanted.as_str().unwrap(), text)),
            // What may be null has no properties then.
            "required" | "properties" if value.is_null() => true,
            "required" => {
                let names = wanted.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                let missing: Vec<&str> = names.filter(|name| value.get(name).is_none()).collect();
                assert!(missing.is_empty(), "{at} lacks {missing:?}");
                true
            }
            "properties" => {
                for (name, value) in value.as_object().unwrap() {
                    match wanted.get(name) {
                        Some(schema) => check(schema, value, root, &format!("{at}/{name}"), wrong),
                        None => wrong.push(format!("{at}/{name} is not in the schema")),
                    }
                }
                true
            }
            "items" => {
                for (position, value) in value.as_array().unwrap().iter().enumerate() {
                    check(wanted, value, root, &format!("{at}/{position}"), wrong);
                }
                true
            }
            other => panic!("the test does not know the keyword {other}"),
        };
        if !ok {
            wrong.push(format!("{at}: {value} against {keyword} {wanted}"));
        }
    }
}

/// The three patterns of the schema.
fn matches(pattern: &str, text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match pattern {
        "^[A-Z]{3}$" => text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
        "^-?[0-9]+(\\.[0-9]+)?$" => {
            let text = text.strip_prefix('-').unwrap_or(text);
            text.split_once('.').map_or(digits(text), |(whole, fraction)| digits(whole) && digits(fraction))
        }
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => crate::calendar::Date::parse(text).is_some(),
        other => panic!("the test does not know the pattern {other}"),
    }
}

fn wrong(value: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut wrong = Vec::new();
    check(&schema, value, &schema, "", &mut wrong);
    wrong
}

#[test]
fn an_invoice_and_the_schema_agree() {
    let mut invoice = specimen::invoice("D-2026-10-C-0042-EUR", 12, "fr").unwrap();
    for kind in InvoiceKind::ALL {
        invoice.kind = kind;
        for &line_kind in LineKind::ALL.iter().filter(|kind| kind.is_printed()) {
            invoice.lines[2].kind = line_kind;
            let value: Value = serde_json::from_slice(&bytes(&invoice)).unwrap();
            assert_eq!(wrong(&value), Vec::<String>::new());
        }
    }
    invoice.issue_date = Some(invoice.to);
    invoice.lines[0].entries[0].date = None;
    invoice.lines[0].refers_to =
        Some(crate::document::Reference { document: "D-2026-09-C-0042-EUR".to_owned(), date: None });
    invoice.notes.push("a note".to_owned());
    for status in Status::ALL {
        invoice.status = status;
        let value: Value = serde_json::from_slice(&bytes(&invoice)).unwrap();
        assert_eq!(wrong(&value), Vec::<String>::new());
        assert_eq!(value["transmittable"], Value::Bool(status == Status::Final));
    }
    invoice.number = Some("F2026-00042".to_owned());
    invoice.due_date = invoice.issue_date;
    invoice.early_payment = Some(EarlyPayment { percent: Percent::from_micros(2_500_000), days: 10 });
    invoice.corrects = Some(Corrects { number: None, id: "D".to_owned(), date: invoice.issue_date });
    let mut value: Value = serde_json::from_slice(&bytes(&invoice)).unwrap();
    assert_eq!(wrong(&value), Vec::<String>::new());

    value["totals"]["net_amount"] = serde_json::json!(12.5);
    value["kind"] = serde_json::json!("receipt");
    value["lines"][0]["colour"] = serde_json::json!("red");
    assert_eq!(wrong(&value).len(), 3, "{:?}", wrong(&value));
}

#[test]
fn n1_what_is_written_is_read_back_whole() {
    for (language, kind) in
        [("fr", InvoiceKind::Invoice), ("", InvoiceKind::CreditNote), ("de", InvoiceKind::DownPayment)]
    {
        let mut invoice = specimen::invoice("D-2026-10-C-0042-EUR", 50, language).unwrap();
        invoice.kind = kind;
        // Hours without an end as a decimal, and every field that may be empty, filled.
        invoice.lines[0].entries[0].hours = HoursSum::from_micros(1_234_567_891);
        invoice.lines[0].entries[1].date = None;
        invoice.lines[1].price = None;
        invoice.lines[2].late = true;
        invoice.lines[0].carried = Some(crate::quantity::Quantity::from_micros(-10_000));
        invoice.lines[0].uplift = Some(HoursSum::from_micros(1_800_000_000));
        invoice.hours_form = crate::quantity::HoursForm::Clock;
        let reference = crate::document::Reference { document: "F1".to_owned(), date: Some(invoice.to) };
        invoice.lines[2].refers_to = Some(reference);
        invoice.prepaid[0].used = HoursSum::from_micros(-7);
        invoice.notes.push("line\nbreak, \"quotes\" and \u{1f600}".to_owned());
        let read = |bytes: Vec<u8>| invoice_from_json(&bytes).unwrap();
        assert_eq!(read(bytes(&invoice)), invoice);
        assert_eq!(read(line(&invoice)), invoice);
        invoice.status = Status::Final;
        invoice.number = Some("F2026-00042".to_owned());
        (invoice.issue_date, invoice.due_date) = (Some(invoice.to), Some(invoice.from));
        invoice.early_payment = Some(EarlyPayment { percent: Percent::from_micros(2_500_000), days: 10 });
        invoice.corrects = Some(Corrects { number: Some("F1".to_owned()), id: "D".to_owned(), date: None });
        assert_eq!(read(bytes(&invoice)), invoice);
        assert_eq!(line(&invoice).iter().filter(|byte| **byte == b'\n').count(), 1);
    }
    assert!(invoice_from_json(b"{}").is_err());
}

#[test]
fn the_schema_requires_every_property_and_allows_no_other() {
    fn look(schema: &Value) {
        if let Some(properties) = schema.get("properties") {
            let required: Vec<&str> =
                schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            let mut names: Vec<&str> = properties.as_object().unwrap().keys().map(String::as_str).collect();
            let mut sorted = required.clone();
            sorted.sort_unstable();
            // What came after documents were frozen without it, and says nothing in most.
            names.retain(|name| !["hours_form", "carried_quantity", "expired_hours", "uplift_hours"].contains(name));
            names.sort_unstable();
            assert_eq!(sorted, names);
            assert_eq!(schema["additionalProperties"], Value::Bool(false));
        }
        for child in schema.as_object().into_iter().flatten().map(|(_, child)| child) {
            look(child);
        }
    }
    look(&serde_json::from_str(SCHEMA).unwrap());
}

#[test]
fn amounts_are_text_that_adds_up() {
    let invoice = specimen::invoice("D", 40, "en").unwrap();
    let value: Value = serde_json::from_slice(&bytes(&invoice)).unwrap();
    let cents = |value: &Value| value.as_str().unwrap().replace('.', "").parse::<i128>().unwrap();
    let lines: i128 = value["lines"].as_array().unwrap().iter().map(|line| cents(&line["net_amount"])).sum();
    let taxes: i128 = value["taxes"].as_array().unwrap().iter().map(|tax| cents(&tax["tax_amount"])).sum();
    let totals = &value["totals"];
    assert_eq!(lines, cents(&totals["net_amount"]));
    assert_eq!(taxes, cents(&totals["tax_amount"]));
    assert_eq!(lines + taxes, cents(&totals["total_amount"]));
    assert_eq!(lines, invoice.totals.net.minor());
}
