//! What Peppol asks of sellers of some countries, of a document and before there is one.

use std::collections::BTreeMap;
use std::fs;

use hourbill::document::{Invoice, InvoiceKind, files, findings};
use hourbill::job::Profile;

use super::documents::sample;
use super::einvoices::{Change, FORMATS};

/// A seller in a country, and a buyer there.
fn in_country(country: &str) -> Invoice {
    let mut invoice = sample(Profile::Peppol);
    country.clone_into(&mut invoice.seller.country);
    country.clone_into(&mut invoice.buyer.contact.address.country);
    for scheme in [&mut invoice.seller.registration_scheme, &mut invoice.buyer.contact.registration_scheme] {
        scheme.clear();
    }
    invoice.seller.registration.clear();
    invoice.buyer.contact.registration.clear();
    invoice
}

#[test]
fn peppol_asks_more_of_sellers_of_some_countries() {
    let cases: [(&str, &str, Change, &str); 17] = [
        ("NL", "", |_| (), ""),
        ("NL", "company.registration_scheme", |invoice| invoice.seller.registration = "12345678".to_owned(), "0106"),
        ("NL", "registration_scheme", |invoice| invoice.buyer.contact.registration = "12345678".to_owned(), "0106"),
        ("NL", "street", |invoice| invoice.buyer.contact.address.street.clear(), "BT-50"),
        ("NL", "company.iban", |invoice| invoice.seller.iban.clear(), "BT-84"),
        ("NL", "BT-25", |invoice| invoice.kind = InvoiceKind::CreditNote, ""),
        ("DE", "", |_| (), ""),
        ("DE", "company.phone", |invoice| invoice.seller.phone.clear(), "BT-42"),
        ("DE", "#SKONTO#", |invoice| invoice.payment_terms = "#2 %".to_owned(), "BT-20"),
        ("DK", "company.registration", |_| (), "0184"),
        ("IS", "registration", |_| (), "0196"),
        ("NO", "company.vat_id", |invoice| invoice.seller.vat_id = "NO123456789MVA".to_owned(), "BT-31"),
        ("NO", "", |invoice| invoice.seller.vat_id = "NO974760673MVA".to_owned(), ""),
        ("SE", "company.vat_id", |invoice| invoice.seller.vat_id = "SE12".to_owned(), "BT-31"),
        ("SE", "Swedish VAT", |invoice| invoice.seller.vat_id = "SE556000475501".to_owned(), ""),
        ("IT", "company.tax_number", |invoice| invoice.seller.tax_number = "1".to_owned(), "BT-32"),
        ("GR", "Greek", |_| (), ""),
    ];
    for (country, named, change, term) in cases {
        let mut invoice = in_country(country);
        change(&mut invoice);
        let told = findings(&invoice, &FORMATS);
        let message = told.first().map_or("", |told| told.message.as_str());
        assert_eq!(told.is_empty(), named.is_empty(), "{country}: {message}");
        assert!(message.contains(named) && message.contains(term), "{country} {named}: {message}");
        assert_eq!(files(&invoice, &FORMATS).unwrap().is_empty(), !named.is_empty(), "{country}");
    }
}
/// What `check --documents` says is lacking, by what it is said of.
fn lacking(seller: &str, customer: &str) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("timesheets.csv", "timesheet_id,date,hours,order_line_id\n");
    write(
        "orders.csv",
        "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,taxes,payment_terms,customer_reference\n\
         S/1,S,sale,C,Work,delivered_timesheet,Hours,0,80,EUR,2026-01-01,21%,30 days,PO-1\n\
         S/2,S,sale,C,Work,delivered_timesheet,Hours,0,80,EUR,2026-01-01,21%,30 days,\n",
    );
    write(
        "customers.csv",
        &format!(
            "customer_id,name,country,vat_id,electronic_address,electronic_address_scheme,street,city,postcode,registration,registration_scheme\nC,Acme,{customer}\n"
        ),
    );
    write(
        "job.toml",
        &format!(
            "name = \"j\"\n[inputs]\ncustomers = \"customers.csv\"\norders = \"orders.csv\"\ntimesheets = \"timesheets.csv\"\n[output]\ndir = \"out\"\ndocuments = [\"ubl\"]\nprofile = \"peppol\"\n[company]\nname = \"Us\"\n{seller}"
        ),
    );
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hourbill"));
    let output = command
        .current_dir(folder.path())
        .args(["check", "job.toml", "--documents", "--format", "json"])
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let findings =
        told["findings"].as_array().unwrap().iter().filter(|finding| finding["code"] == "e-invoice-incomplete");
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    findings.map(|finding| (text(&finding["subject_id"]), text(&finding["message"]))).collect()
}

/// Peppol's rules of countries are told before there is a draft, of those who must follow them.
#[test]
fn check_names_what_the_country_of_a_seller_asks_for() {
    let own = |country: &str, vat: &str, more: &str| {
        format!(
            "country = \"{country}\"\nvat_id = \"{vat}\"\nelectronic_address = \"7300010000001\"\nelectronic_address_scheme = \"0088\"\n{more}"
        )
    };
    let away = "BE,BE0403019261,0403019261,0208,Rue 1,Bruxelles,1000,,";
    // Orders without a number, where the buyer has no reference of its own.
    let told = lacking(&own("BE", "BE0417497106", ""), away);
    assert_eq!(told.keys().collect::<Vec<_>>(), ["C"], "{told:?}");
    assert!(told["C"].contains("`customer_reference` of order lines `S/2` is empty (BT-13"), "{told:?}");
    assert!(!told["C"].contains("S/1"), "{told:?}");
    for (country, vat, terms) in [
        ("DK", "DK13585628", &["BT-30, a CVR number"][..]),
        ("NL", "NL001234567B01", &["BT-35", "BT-37", "BT-38", "BT-84"]),
        ("IT", "IT00743110157", &["BT-35", "BT-37", "BT-38"]),
        ("NO", "NO123456789MVA", &["BT-31, NO, an organisation number of nine digits, and MVA"]),
        ("SE", "SE5560362139", &["BT-31, SE and twelve digits"]),
    ] {
        let told = lacking(&own(country, vat, ""), away);
        for term in terms {
            assert!(told["company"].contains(term), "{country} {term}: {told:?}");
        }
        assert!(!told["C"].contains("BT-50"), "of a buyer abroad nothing is asked: {told:?}");
    }
    // Between two of one country more is asked of both.
    let dutch = "street = \"Kade 1\"\ncity = \"Delft\"\npostcode = \"2600 AA\"\niban = \"NL91ABNA0417164300\"\n";
    let told = lacking(&own("NL", "NL001234567B01", dutch), "NL,NL001234567B01,7300010000001,0088,,,,12345678,0208");
    assert!(!told.contains_key("company"), "{told:?}");
    for term in ["BT-50", "BT-52", "BT-53", "BT-47, 0106 of a KVK number"] {
        assert!(told["C"].contains(term), "{term}: {told:?}");
    }
    let told = lacking(&own("DE", "DE136695976", ""), "DE,DE136695976,7300010000001,0088,S 1,Bonn,53111,,");
    assert!(told["company"].contains("BT-41") && told["company"].contains("BT-84"), "{told:?}");
    assert!(told["C"].contains("`buyer_reference`"), "{told:?}");
}
