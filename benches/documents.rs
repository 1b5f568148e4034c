//! Times the documents of 1,000 drafts with 40 entries each: `cargo bench --bench documents`. In memory, format by format, and a whole run from
//! the exports to a published folder.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, clippy::too_many_lines)]
#![allow(clippy::unwrap_used, reason = "a bench that cannot set up has nothing to measure")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use divan::Bencher;
use hourbill::calendar::Date;
use hourbill::document::{Invoice, files, specimen};
use hourbill::job::{self, DocumentFormat, Flags, Settings};
use hourbill::run::{self, Unwatched};
use rayon::prelude::*;
use tempfile::TempDir;

const DRAFTS: usize = 1_000;
const ENTRIES: usize = 40;
const LANGUAGES: [&str; 5] = ["en", "fr", "de", "nl", "es"];

fn main() {
    divan::main();
}

fn language(number: usize) -> &'static str {
    LANGUAGES.iter().cycle().nth(number % LANGUAGES.len()).unwrap()
}

#[divan::bench(
    args = [DocumentFormat::Json, DocumentFormat::Pdf, DocumentFormat::Ubl, DocumentFormat::Cii, DocumentFormat::FacturX],
    sample_count = 5,
    sample_size = 1
)]
fn one_format_in_memory(bencher: Bencher<'_, '_>, format: DocumentFormat) {
    let draft = |number| specimen::invoice(&format!("D-2026-10-C{number}-EUR"), ENTRIES, language(number)).unwrap();
    let drafts: Vec<Invoice> = (0..DRAFTS).map(draft).collect();
    let bytes = |draft: &Invoice| files(draft, &[format]).unwrap().iter().map(|file| file.bytes.len()).sum::<usize>();
    bencher.bench_local(|| drafts.par_iter().map(bytes).sum::<usize>());
}

/// Three time lines per customer, forty entries spread over them.
fn exports(documents: &str) -> TempDir {
    let mut customers =
        "customer_id,name,vat_id,street,city,postcode,country,email,language,payment_terms\n".to_owned();
    let mut orders = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on,taxes\n".to_owned();
    let mut timesheets = "timesheet_id,date,hours,order_line_id,employee,description\n".to_owned();
    for of in 0..DRAFTS {
        let language = language(of);
        writeln!(customers, "C{of},Customer {of} NV,BE0403170701,Rue du Moulin {of},Liège,4000,BE,c{of}@customer.example,{language},30 days").unwrap();
        for line in 0..3 {
            writeln!(orders, "S{of}/{line},S{of},sale,C{of},Support level {line},delivered_timesheet,Hours,0,8{line}.50,EUR,2026-09-01,21%").unwrap();
        }
        for entry in 0..ENTRIES {
            let (day, minutes, line) = (entry * 7 % 31 + 1, (entry + of) % 16 * 15 + 15, entry % 3);
            writeln!(timesheets, "TS-{of}-{entry},2026-10-{day:02},{minutes}m,S{of}/{line},Employee {line},Looked into it with the customer and wrote it up {entry}").unwrap();
        }
    }
    let job = format!(
        "name = \"bench\"\n[inputs]\ncustomers = \"customers.csv\"\norders = \"orders.csv\"\ntickets = \"tickets.csv\"\ntimesheets = \"timesheets.csv\"\n\
         [period]\nmonth = \"2026-10\"\n[output]\ndir = \"out\"\ntables = [\"parquet\"]\ndocuments = [{documents}]\n\
         [company]\nname = \"Harbour Support NV\"\nvat_id = \"BE0417497106\"\ncountry = \"BE\"\niban = \"BE68539007547034\"\n"
    );
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("customers.csv", &customers);
    write("orders.csv", &orders);
    write("tickets.csv", "ticket_id,customer_id\n");
    write("timesheets.csv", &timesheets);
    write("job.toml", &job);
    folder
}

fn settings(folder: &Path) -> Settings {
    let today = Date::from_ymd(2026, 11, 2).unwrap();
    job::load(&folder.join("job.toml"), &Flags::default(), today).unwrap()
}

#[divan::bench(args = ["", r#""json", "pdf", "ubl""#, r#""xlsx", "html""#], sample_count = 5, sample_size = 1)]
fn whole_run_published(bencher: Bencher<'_, '_>, documents: &str) {
    bencher.with_inputs(|| exports(documents)).bench_local_values(|folder| {
        let settings = settings(folder.path());
        let mut run = run::compute(&settings, &Unwatched).unwrap();
        assert!(run.billing.drafts.len() == DRAFTS && run.findings().is_empty());
        run::publish(&mut run, &settings, &Unwatched).unwrap();
        folder
    });
}
