//! Documents and imports after random lives of a shop (N): all that stands below `posted/` adds up to the ledger.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::crash::files;
use crate::issued::{cents, papers, posted, shop, text};
use crate::oracle::Dice;
use crate::shop::{BLANK, Shop};

/// What the ledger says of its documents that go out, by id: kind and cents with the sign of the ledger.
fn owed(shop: &Shop) -> BTreeMap<String, i128> {
    let shown = shop.show(&[]);
    let goes_out = |of: &&Value| !["zero", "opening"].contains(&text(&of["kind"]));
    let documents = shown["documents"].as_array().unwrap().iter().filter(goes_out);
    documents.map(|of| (text(&of["document_id"]).to_owned(), cents(&of["total_amount"]))).collect()
}

/// Everything below `posted/` says what the ledger has, to the cent, and numbers leave no gap.
fn holds(shop: &Shop) {
    shop.verify();
    let (owed, papers) = (owed(shop), papers(shop));
    let mut said = BTreeMap::new();
    let mut numbers: BTreeMap<char, BTreeSet<u32>> = BTreeMap::new();
    for (folder, paper) in &papers {
        assert_eq!(folder, text(&paper["number"]));
        let sign = if text(&paper["kind"]) == "credit_note" { -1 } else { 1 };
        let totals = &paper["totals"];
        assert_eq!(
            cents(&totals["net_amount"]) + cents(&totals["tax_amount"]),
            cents(&totals["total_amount"]),
            "{paper}"
        );
        let lines = paper["lines"].as_array().unwrap();
        let nets: i128 = lines.iter().map(|line| cents(&line["net_amount"])).sum();
        assert_eq!(nets, cents(&totals["net_amount"]), "{paper}");
        for line in lines {
            // Quantity at its price: what an e-invoice is refused for.
            let six = |value: &Value| hourbill::quantity::Quantity::from_text(text(value)).unwrap().micros();
            let exact = i128::from(six(&line["quantity"])) * i128::from(six(&line["unit_price"]));
            assert_eq!(
                hourbill::quantity::divide_rounded(exact, 10_i128.pow(10)),
                Some(cents(&line["net_amount"])),
                "{line}"
            );
        }
        said.insert(text(&paper["invoice_id"]).to_owned(), sign * cents(&totals["total_amount"]));
        let (series, number) = (folder.chars().next().unwrap(), folder.rsplit('-').next().unwrap().parse().unwrap());
        assert!(numbers.entry(series).or_default().insert(number), "{folder} twice");
    }
    for (series, numbers) in numbers {
        assert_eq!(numbers, (1..=u32::try_from(numbers.len()).unwrap()).collect(), "series {series}");
    }
    let money = |of: &BTreeMap<String, i128>| -> BTreeMap<String, i128> {
        of.iter().filter(|(_, cents)| **cents != 0).map(|(id, cents)| (id.clone(), *cents)).collect()
    };
    // A void of what has nothing left, or of what carries no money, may make no paper.
    assert_eq!(money(&said), money(&owed));
    let imported = imported(shop);
    assert_eq!(money(&imported), money(&said), "imports");
}

/// By document what its rows come to, as each program that takes them in works them out, with tax: all of them say the same.
fn imported(shop: &Shop) -> BTreeMap<String, i128> {
    let imports = files(&posted(shop).join("imports"));
    let papers = papers(shop);
    let money = |of: &BTreeMap<String, i128>| -> BTreeMap<String, i128> {
        of.iter().filter(|(_, cents)| **cents != 0).map(|(id, cents)| (id.clone(), *cents)).collect()
    };
    let sign = |number: &str| if text(&papers[number]["kind"]) == "credit_note" { -1 } else { 1 };
    let nets: BTreeMap<String, i128> = papers
        .iter()
        .map(|(number, paper)| (number.clone(), sign(number) * cents(&paper["totals"]["net_amount"])))
        .collect();
    for program in ["xero", "odoo", "quickbooks"] {
        assert_eq!(money(&of_program(&imports, program)), money(&nets), "{program}");
    }
    let totals: BTreeMap<String, i128> = papers
        .iter()
        .map(|(number, paper)| (number.clone(), sign(number) * cents(&paper["totals"]["total_amount"])))
        .collect();
    assert_eq!(money(&booked(&imports)), money(&totals), "datev");
    papers.iter().map(|(number, paper)| (text(&paper["invoice_id"]).to_owned(), totals[number])).collect()
}

/// Nets by number.
fn of_program(imports: &BTreeMap<String, Vec<u8>>, program: &str) -> BTreeMap<String, i128> {
    let mut nets: BTreeMap<String, i128> = BTreeMap::new();
    let six = |text: &str| i128::from(hourbill::quantity::Quantity::from_text(text).unwrap().micros());
    let product =
        |one: &str, other: &str| hourbill::quantity::divide_rounded(six(one) * six(other), 10_i128.pow(10)).unwrap();
    for (path, bytes) in imports.iter().filter(|(path, _)| path.contains(&format!("/{program}/"))) {
        let mut sign = if path.contains("credit_notes") { -1 } else { 1 };
        let mut number = String::new();
        for row in csv::Reader::from_reader(bytes.as_slice()).deserialize::<BTreeMap<String, String>>() {
            let row = row.unwrap();
            let net = match program {
                "xero" => {
                    number.clone_from(&row["*InvoiceNumber"]);
                    product(&row["*Quantity"], &row["*UnitAmount"])
                }
                "odoo" => {
                    if !row["id"].is_empty() {
                        number.clone_from(&row["name"]);
                        sign = if row["move_type"] == "out_refund" { -1 } else { 1 };
                    }
                    product(&row["invoice_line_ids/quantity"], &row["invoice_line_ids/price_unit"])
                }
                _ => {
                    number.clone_from(&row["*InvoiceNo"]);
                    six(&row["*ItemAmount"]) / 10_000
                }
            };
            *nets.entry(number.clone()).or_default() += sign * net;
        }
    }
    nets
}

/// Totals by number, from the bookings for DATEV: a debtor owes (S) or is given back (H).
fn booked(imports: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, i128> {
    let mut totals: BTreeMap<String, i128> = BTreeMap::new();
    for (_, bytes) in imports.iter().filter(|(path, _)| path.contains("/datev/")) {
        let told = encoding_rs::WINDOWS_1252.decode(bytes).0;
        let bookings: Vec<&str> = told.split_terminator("\r\n").skip(2).collect();
        let mut reader = csv::ReaderBuilder::new();
        reader.delimiter(b';').has_headers(false);
        for row in reader.from_reader(bookings.join("\n").as_bytes()).records().map(Result::unwrap) {
            let amount: i128 = row[0].replace(',', "").parse().unwrap();
            *totals.entry(row[10].to_owned()).or_default() += if &row[1] == "S" { amount } else { -amount };
        }
    }
    totals
}

/// One step of a life: work, posts, credits, voids. Refusals are part of it.
fn step(shop: &mut Shop, dice: &mut Dice, entries: &mut u32) {
    let known: Vec<String> = papers(shop).into_keys().collect();
    let any = |dice: &mut Dice| known[dice.below(known.len())].clone();
    match dice.below(10) {
        0..=4 => {
            for _ in 0..=dice.below(3) {
                *entries += 1;
                let line = ["A", "B"][dice.below(2)];
                let (day, minutes) = (1 + dice.below(28), 5 * (1 + dice.below(60)));
                shop.enter(
                    &format!("e{entries}"),
                    &format!("2026-10-{day:02}"),
                    &format!("{}:{:02}", minutes / 60, minutes % 60),
                    line,
                );
            }
            shop.run(BLANK);
            shop.act(&["post"]);
        }
        _ if known.is_empty() => {}
        5 | 6 => {
            let (number, amount) = (any(dice), format!("{}.{:02}", dice.below(20), 1 + dice.below(99)));
            let line = ["A", "B", "P"][dice.below(3)];
            let reason = format!("r{}", dice.below(1 << 30));
            tried(shop, &["credit", &number, "--line", line, "--amount", &amount, "--reason", &reason]);
        }
        7 | 8 => {
            let (number, entry) =
                (any(dice), format!("e{}=0:{:02}", 1 + dice.below((*entries as usize).max(1)), 1 + dice.below(59)));
            let mode = ["--rebill", "--write-off"][dice.below(2)];
            let reason = format!("r{}", dice.below(1 << 30));
            tried(shop, &["credit", &number, "--entry", &entry, mode, "--reason", &reason]);
        }
        _ => {
            let number = any(dice);
            tried(shop, &["void", &number, "--reason", "x"]);
        }
    }
}

/// Done, or refused as the state wants it.
fn tried(shop: &Shop, words: &[&str]) {
    let mut words: Vec<&str> = words.to_vec();
    words.insert(1, "job.toml");
    words.extend(["--by", "ada"]);
    let output = shop.command(&words);
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 2 | 5)), "{words:?}: {code:?} {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn n9_documents_and_imports_of_random_lives_add_up_to_the_ledger_and_leave_no_gap() {
    let lives = std::env::var("HOURBILL_SCRIPTS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_u64) / 20;
    for seed in 0..lives.clamp(3, 200) {
        let mut dice = Dice::new(seed);
        let (mut shop, mut entries) = (shop(), 0);
        shop.order("P,S1,sale,C1,Pack,ordered_prepaid,Hours,10,15.55,EUR,2026-09-01,20%,,");
        shop.output = "documents = [\"json\", \"odoo\", \"xero\", \"quickbooks\", \"datev\"]\n".to_owned();
        shop.more.push_str(
            "[datev]\nconsultant = 29098\nclient = 55003\naccount_digits = 4\nfiscal_year = \"01-01\"\ndebtor = \"10000\"\n[datev.revenue]\n\"20%\" = \"8400\"\n",
        );
        // Not every life comes to a run of its own.
        shop.run(BLANK);
        for _ in 0..8 {
            step(&mut shop, &mut dice, &mut entries);
        }
        holds(&shop);
    }
}
