//! One bad text never stops all (promise 4): what a format cannot hold is a mark or leaves that format out for that draft, whatever field it
//! stands in and whatever else is asked for. Every format at once, every field of the inputs and of the job file.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::{Job, Ran};

/// Texts that some format cannot hold, or that do something where they are shown.
fn bad_texts() -> Vec<(&'static str, String)> {
    let texts = [
        ("control", "a\u{1}b"),
        ("escape", "a\u{1b}[31mb"),
        ("nothing else", "\u{1}\u{2}"),
        ("noncharacter", "a\u{fffe}b\u{ffff}c\u{fdd0}d\u{1fffe}e\u{10ffff}"),
        ("beside surrogates", "a\u{d7ff}b\u{e000}c"),
        ("delete and C1", "a\u{7f}b\u{85}c\u{9b}d"),
        ("line ends", "\na\r\nb\rc\td"),
        ("separators", "a\u{2028}b\u{2029}c"),
        ("direction", "a\u{202e}b\u{2066}c\u{61c}d\u{200f}"),
        ("markup", "]]>&<\"'</script><!--"),
        ("template", "{{ x }}{% raw %}${x}"),
    ];
    let long = [("long", "W".repeat(32_768)), ("long in bytes", "é".repeat(20_000))];
    texts.into_iter().map(|(name, text)| (name, text.to_owned())).chain(long).collect()
}

/// Fields of customers without which, or with others than the law knows, there is no electronic invoice.
const RULED: [&str; 5] = ["vat_id", "country", "language", "electronic_address", "electronic_address_scheme"];

const DOCUMENTS: [&str; 11] =
    ["json", "pdf", "ubl", "cii", "factur-x", "xlsx", "html", "odoo", "xero", "quickbooks", "datev"];

const JOB: &str = r#"
name = "texts"
[inputs]
orders = "orders.csv"
tickets = "tickets.csv"
timesheets = "timesheets.csv"
customers = "customers.csv"
teams = "teams.csv"
adjustments = "adjustments.csv"
credits = "credits.csv"
erp_invoices = "erp_invoices.csv"
[period]
month = "2026-10"
[taxes."21%"]
rate = 21
category = "S"
[imports]
account = "200"
[datev]
consultant = 1001
client = 1
debtor = "10000"
[datev.revenue]
"21%" = "8400"
[ledger]
dir = "ledger"
[output]
csv_for = "excel"
"#;

const COMPANY: [(&str, &str); 14] = [
    ("name", "Harbour Support NV"),
    ("street", "Kaai 1"),
    ("street2", ""),
    ("city", "Antwerpen"),
    ("postcode", "2000"),
    ("region", "VAN"),
    ("contact", "Jo"),
    ("email", "jo@harbour.example"),
    ("phone", "+32 3 123456"),
    ("website", "harbour.example"),
    ("registration", "RPR"),
    ("legal_note", "note"),
    ("bic", "GKCCBEBB"),
    ("bank", "Bank"),
];

const BELGIAN: &str = "\
vat_id = \"BE0417497106\"
country = \"BE\"
iban = \"BE68539007547034\"
electronic_address = \"0417497106\"
electronic_address_scheme = \"0208\"
";

const FRENCH: &str = "\
vat_id = \"FR44732829320\"
country = \"FR\"
iban = \"FR1420041010050500013M02606\"
electronic_address = \"732829320\"
electronic_address_scheme = \"0225\"
late_payment_note = \"a\"
recovery_note = \"b\"
discount_note = \"c\"
";

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

/// A table of a column per field: what it says of a customer by its number, and whether its texts may be any.
type Columns = [(&'static str, fn(usize) -> String, bool)];

fn table(columns: &Columns, texts: &[Option<&str>], tried: Tried) -> String {
    let header: Vec<&str> = columns.iter().map(|(name, ..)| *name).collect();
    let mut table = format!("{}\n", header.join(","));
    for (number, text) in texts.iter().enumerate() {
        let cell = |(name, sound, free): &(&str, fn(usize) -> String, bool)| match text {
            // Ids keep their number, so that they differ.
            Some(text) if name.ends_with("_id") && *name != "vat_id" && !tried.plain_ids => {
                quoted(&format!("{text}{}", sound(number)))
            }
            Some(text) if *free && (tried.ruled || !RULED.contains(name)) => quoted(text),
            _ => quoted(&sound(number)),
        };
        table.push_str(&columns.iter().map(cell).collect::<Vec<_>>().join(","));
        table.push('\n');
    }
    table
}

/// What is tried of a job besides the texts.
#[derive(Clone, Copy, Default)]
struct Tried {
    /// Fields that the law knows hold them, too.
    ruled: bool,
    /// Each order asks for a down payment.
    asked: bool,
    /// Ids are those of the sound rows.
    plain_ids: bool,
    profile: &'static str,
}

/// A job with a customer per text, the first one sound.
fn job_of(texts: &[Option<&str>], tried: Tried, company: &dyn Fn(&str) -> String) -> Job {
    let job = Job::new();
    let fixed: fn(&'static str) -> &'static str = |text| text;
    let orders: &Columns = &[
        ("order_line_id", |n| format!("L{n}"), false),
        ("order_id", |n| format!("S{n}"), false),
        ("state", |_| "sale".to_owned(), false),
        ("customer_id", |n| format!("C{n}"), false),
        ("product", |_| "Support".to_owned(), true),
        ("invoicing_policy", |_| "delivered_timesheet".to_owned(), false),
        ("uom", |_| "Hours".to_owned(), false),
        ("ordered_qty", |_| "10".to_owned(), false),
        ("unit_price", |_| "100".to_owned(), false),
        ("currency", |_| "EUR".to_owned(), false),
        ("confirmed_on", |_| "2026-09-01".to_owned(), false),
        ("description", |_| "d".to_owned(), true),
        ("taxes", |_| "21%".to_owned(), false),
        ("payment_terms", |_| "30 days".to_owned(), true),
        ("customer_reference", |_| "PO".to_owned(), true),
        ("company", |_| String::new(), true),
    ];
    let tickets: &Columns = &[
        ("ticket_id", |n| format!("T{n}"), false),
        ("customer_id", |n| format!("C{n}"), false),
        ("created_on", |_| "2026-10-03".to_owned(), false),
        ("team", |n| format!("Team{n}"), true),
        ("title", |_| "t".to_owned(), true),
        ("order_line_id", |n| format!("L{n}"), false),
    ];
    let timesheets: &Columns = &[
        ("timesheet_id", |n| format!("H{n}"), false),
        ("date", |_| "2026-10-05".to_owned(), false),
        ("hours", |_| "1.5".to_owned(), false),
        ("ticket_id", |n| format!("T{n}"), false),
        ("employee", |_| "Ana".to_owned(), true),
        ("description", |_| "x".to_owned(), true),
        ("project", |_| "p".to_owned(), true),
    ];
    let customers: &Columns = &[
        ("customer_id", |n| format!("C{n}"), false),
        ("name", |_| "Name".to_owned(), true),
        ("vat_id", |_| "BE0403170701".to_owned(), true),
        ("street", |_| "s".to_owned(), true),
        ("street2", |_| String::new(), true),
        ("city", |_| "Liège".to_owned(), true),
        ("postcode", |_| "4000".to_owned(), true),
        ("country", |_| "BE".to_owned(), true),
        ("email", |_| "a@b.example".to_owned(), true),
        ("language", |_| "fr".to_owned(), true),
        ("electronic_address", |_| "0403170701".to_owned(), true),
        ("electronic_address_scheme", |_| "0208".to_owned(), true),
        ("buyer_reference", |_| "BR".to_owned(), true),
        ("payment_terms", |_| "30 days".to_owned(), true),
    ];
    let teams: &Columns = &[("team", |n| format!("Team{n}"), true), ("project", |_| "p".to_owned(), true)];
    let adjustments: &Columns = &[
        ("action", |_| "price".to_owned(), false),
        ("target", |_| "L0".to_owned(), true),
        ("value", |_| "99".to_owned(), false),
        ("reason", |_| "agreed".to_owned(), true),
        ("by", |_| "ada".to_owned(), true),
    ];
    let credits: &Columns = &[
        ("invoice_id", |n| format!("D-2026-10-C{n}-EUR"), false),
        ("timesheet_id", |n| format!("H{n}"), false),
        ("hours", |_| "0.5".to_owned(), false),
        ("treatment", |_| "rebill".to_owned(), false),
        ("reason", |_| "agreed".to_owned(), true),
        ("by", |_| "bob".to_owned(), true),
        ("on", |_| "2026-11-02".to_owned(), false),
    ];
    // Lines that the ERP added by hand: they hold nothing.
    let erp_invoices: &Columns = &[
        ("document", |n| format!("INV/{n}"), true),
        ("order_line_id", |_| String::new(), false),
        ("quantity", |_| "1".to_owned(), false),
        ("amount", |_| "10".to_owned(), false),
        ("currency", |_| "EUR".to_owned(), false),
        ("customer_id", |n| format!("C{n}"), false),
        ("date", |_| "2026-10-31".to_owned(), false),
        ("state", |_| "posted".to_owned(), false),
        ("reference", |n| format!("R{n}"), true),
        ("product", |_| "Travel".to_owned(), true),
        ("company", |_| String::new(), true),
    ];
    let downpayments: &Columns = &[
        ("order_id", |n| format!("S{n}"), false),
        ("method", |_| "percentage".to_owned(), false),
        ("value", |_| "30".to_owned(), false),
        ("requested_on", |_| "2026-10-02".to_owned(), false),
    ];
    for (name, columns) in [
        ("credits", credits),
        ("erp_invoices", erp_invoices),
        ("downpayments", downpayments),
        ("orders", orders),
        ("tickets", tickets),
        ("timesheets", timesheets),
        ("customers", customers),
        ("teams", teams),
        ("adjustments", adjustments),
    ] {
        job.write(&format!("{name}.csv"), &table(columns, texts, tried));
    }
    let company: String = COMPANY.iter().map(|(key, _)| format!("{key} = {}\n", Value::from(company(key)))).collect();
    let company = company.replace('\u{7f}', "\\u007f");
    let formats = DOCUMENTS.map(|format| format!("\"{format}\"")).join(", ");
    let french = tried.profile == "fr";
    let sure = fixed(if french { FRENCH } else { BELGIAN });
    let company =
        if french { company.replace("registration = \"RPR\"", "registration = \"732829320\"") } else { company };
    let profile = if tried.profile.is_empty() { String::new() } else { format!("profile = \"{}\"\n", tried.profile) };
    let asked = if tried.asked { "[inputs]\ndownpayments = \"downpayments.csv\"" } else { "[inputs]" };
    let text = JOB.replace("[inputs]", asked).replace("rate = 21", if french { "rate = 20" } else { "rate = 21" });
    job.write("job.toml", &format!("{text}{profile}documents = [{formats}]\n[company]\n{sure}{company}"));
    job
}

fn run_folder(job: &Job) -> PathBuf {
    fs::read_dir(job.path("out/texts/runs")).unwrap().next().unwrap().unwrap().path()
}

/// Every document that stands in a folder can be read.
fn documents_are_sound(folder: &Path) -> usize {
    let mut found = 0;
    for file in fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        let bytes = fs::read(&file).unwrap();
        match file.extension().and_then(|ending| ending.to_str()).unwrap() {
            "xml" => assert!(en16931_formats::read(&bytes).is_ok(), "{}", file.display()),
            "pdf" => assert!(bytes.starts_with(b"%PDF") && bytes.len() > 1_000, "{}", file.display()),
            _ => assert!(serde_json::from_slice::<Value>(&bytes).is_ok(), "{}", file.display()),
        }
        found += 1;
    }
    found
}

/// Ends as it may, and nothing that acts on a terminal reaches one.
#[track_caller]
fn shown(job: &Job, words: &str, named: &str) -> Ran {
    let ran = job.run(words);
    assert!(matches!(ran.code, 0 | 1), "{named}, {words}: {}", ran.err);
    for char in ('\u{7f}'..='\u{9f}').chain("\u{1b}\u{61c}\u{200f}\u{202e}\u{2066}".chars()) {
        assert!(!ran.out.contains(char) && !ran.err.contains(char), "{named}, {words}: {char:?} in {}", ran.out);
    }
    ran
}

/// Published with all its formats, the sound draft among them, and posted; `whole` documents stand with that.
fn holds(job: &Job, drafts: usize, whole: usize, named: &str) {
    shown(job, "run job.toml", named);
    let run = run_folder(job);
    let folders: Vec<PathBuf> = fs::read_dir(run.join("invoices")).unwrap().map(|one| one.unwrap().path()).collect();
    assert_eq!(folders.len(), drafts, "{named}");
    let mut met = 0;
    for folder in &folders {
        let found = documents_are_sound(folder);
        assert!(found >= 2, "{named}: {}", folder.display());
        let name = folder.file_name().unwrap().to_str().unwrap();
        let sound = name.starts_with("D-2026-10-C0-EUR") || name.starts_with("P-S0-");
        assert!(!sound || found == whole, "{named}: the sound draft has {found} documents");
        met += usize::from(sound);
    }
    assert_eq!(met, 1, "{named}: the sound draft");
    for file in ["review.xlsx", "report.html", "excel/invoices.csv", "imports/xero", "imports/quickbooks"] {
        assert!(run.join(file).exists(), "{named}: {file}");
    }
    for words in ["hours job.toml", "reconcile job.toml", "leaks job.toml", "check job.toml --documents"] {
        shown(job, words, named);
    }
    job.run("post job.toml --ignore-adjustments --reason known").ends(0);
    job.run("ledger verify job.toml").ends(0);
    // What is in the ledger is shown by name, and told to programs to the last byte.
    shown(job, "ledger show job.toml", named);
    let told = shown(job, "ledger show job.toml --format json", named).json();
    let customers = fs::read_to_string(job.path("customers.csv")).unwrap();
    for document in told["documents"].as_array().unwrap() {
        let customer = document["customer_id"].as_str().unwrap();
        assert!(customers.contains(&quoted(customer)), "{named}: {customer:?}");
    }
    shown(job, "credit job.toml --from-input --by ada", named);
    job.run("ledger verify job.toml").ends(0);
}

fn sound(key: &str) -> String {
    COMPANY.iter().find(|(known, _)| *known == key).map_or("", |(_, text)| text).to_owned()
}

/// A customer for each bad text, and one whose texts are sound.
fn in_all_fields(tried: Tried, whole: usize, named: &str) {
    let bad = bad_texts();
    let texts: Vec<Option<&str>> = [None].into_iter().chain(bad.iter().map(|(_, text)| Some(text.as_str()))).collect();
    holds(&job_of(&texts, tried, &sound), texts.len(), whole, named);
}

#[test]
fn a_bad_text_in_any_field_of_any_row_stops_nobody() {
    in_all_fields(Tried::default(), 5, "free fields");
    in_all_fields(Tried { ruled: true, ..Tried::default() }, 5, "all fields");
}

#[test]
fn a_bad_text_in_an_order_that_asks_for_a_down_payment_stops_nobody() {
    in_all_fields(Tried { asked: true, ..Tried::default() }, 5, "down payments");
}

#[test]
fn a_bad_text_stops_nobody_whosever_rules_the_electronic_invoice_follows() {
    for profile in ["peppol", "xrechnung", "fr"] {
        in_all_fields(Tried { plain_ids: true, profile, ..Tried::default() }, 5, profile);
    }
}

#[test]
fn a_bad_text_in_the_job_file_stops_nobody() {
    for (named, text) in bad_texts() {
        holds(&job_of(&[None], Tried::default(), &|_| text.clone()), 1, 5, named);
    }
}
