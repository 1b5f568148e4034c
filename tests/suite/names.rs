//! Ids of any text as names of folders (§9.4): made once, found by what `run.json` says, whatever the system thinks of capitals.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::cli::{Job, Ran};

/// Numbers that look random and are the same in every run.
struct Rng(u64);

impl Rng {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn char(&mut self) -> char {
        const ODD: [u32; 14] =
            [0x01, 0x1b, 0x7f, 0x85, 0xfffe, 0xffff, 0xfdd0, 0x1fffe, 0x200b, 0x202e, 0x2028, 0xd7ff, 0xe000, 0xfeff];
        let code = match self.below(6) {
            0 => 0x20 + self.below(0x5f) as u32,
            1 => ODD[self.below(ODD.len())],
            2 => 0x80 + self.below(0x780) as u32,
            3 => 0x800 + self.below(0xf800) as u32,
            4 => 0x1_0000 + self.below(0x10_0000) as u32,
            _ => u32::from(b"aAbB./-_"[self.below(8)]),
        };
        char::from_u32(code).unwrap_or('x')
    }

    /// Of 1 to `max` bytes.
    fn id(&mut self, max: usize) -> String {
        let (bytes, mut id) = (1 + self.below(max), String::new());
        loop {
            let char = self.char();
            if id.len() + char.len_utf8() > bytes {
                return if id.trim().is_empty() { "x".to_owned() } else { id };
            }
            id.push(char);
        }
    }
}

/// A cell as it is read.
fn trimmed(cell: &str) -> &str {
    cell.trim_matches([' ', '\t', '\u{a0}', '\r', '\n'])
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

/// A job with a ledger, a time line and an hour and a half for each customer, and a file per draft.
fn job_of(customers: &BTreeSet<String>, more: &str) -> Job {
    let job = Job::new();
    let mut orders = "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,unit_price,currency,confirmed_on\n".to_owned();
    let mut timesheets = "timesheet_id,date,hours,order_line_id\n".to_owned();
    for (number, customer) in customers.iter().enumerate() {
        let customer = quoted(customer);
        orders.push_str(&format!(
            "L{number},S{number},sale,{customer},P,delivered_timesheet,Hours,0,100,EUR,2026-09-01\n"
        ));
        timesheets.push_str(&format!("H{number},2026-10-05,1.5,L{number}\n"));
    }
    job.write("orders.csv", &orders);
    job.write("timesheets.csv", &timesheets);
    job.append("job.toml", &format!("[output]\ndocuments = [\"json\"]\n[ledger]\ndir = \"ledger\"\n{more}"));
    job
}

fn documents(job: &Job) -> Vec<(String, String)> {
    let manifest: Value = serde_json::from_slice(&fs::read(job.run_folder().join("run.json")).unwrap()).unwrap();
    let text = |of: &Value, key: &str| of[key].as_str().unwrap().to_owned();
    let documents = manifest["documents"].as_array().unwrap();
    documents.iter().map(|document| (text(document, "invoice_id"), text(document, "file"))).collect()
}

fn act(job: &Job, words: &str, last: &str) -> Ran {
    Ran::of(job.command(words).args(["--", last]).output().unwrap())
}

#[test]
fn drafts_of_any_id_are_published_posted_explained_and_credited() {
    let mut rng = Rng(20_261_128);
    let mut customers: BTreeSet<String> = (0..40).map(|nth| rng.id(if nth % 2 == 0 { 400 } else { 130 })).collect();
    let odd = ["con", "NUL", "c1", "C1", "x.", "..", ".h", "-x", "--help", "é", "É", "e\u{301}", "a b"];
    customers.extend(odd.map(str::to_owned));
    let job = job_of(&customers, "");
    job.run("run job.toml").ends(0);
    let documents = documents(&job);
    assert_eq!(documents.len(), customers.iter().map(|id| trimmed(id)).collect::<BTreeSet<_>>().len());

    let mut folders = BTreeSet::new();
    for (id, file) in &documents {
        let folder = file.strip_prefix("invoices/").unwrap().strip_suffix("/invoice.json").unwrap();
        assert!(job.run_folder().join(file).is_file(), "{file}");
        assert!(folders.insert(folder.to_ascii_lowercase()), "{id:?}: {folder}");
        assert!(folder.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)), "{folder}");
        assert!(folder.len() <= 129 && !folder.starts_with('.') && !folder.ends_with('.'), "{folder}");
    }
    job.run("run job.toml").ends(0);
    let aside = fs::read_dir(job.path("out/job")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!aside.into_iter().any(|name| name.to_str().unwrap().starts_with("altered")));

    job.run("post job.toml").ends(0);
    for (number, customer) in customers.iter().enumerate().step_by(4) {
        let id = format!("D-2026-10-{}-EUR", trimmed(customer));
        let told = act(&job, "explain job.toml", &id).ends(0).out;
        assert!(told.contains("posted"), "{id:?}: {told}");
        if number % 8 == 0 {
            act(&job, &format!("credit job.toml --entry H{number}=0.5 --rebill --reason late"), &id).ends(0);
        }
    }
    job.run("ledger verify job.toml").ends(0);
}

/// `S1`: what a person would call sound ids, long enough together.
#[test]
fn a_draft_with_a_long_id_is_posted() {
    for width in [106, 107, 121, 200] {
        let job = job_of(&BTreeSet::from([format!("C{}", "W".repeat(width))]), "");
        job.run("run job.toml").ends(0);
        job.run("post job.toml").ends(0);
    }
}

#[test]
fn no_draft_is_called_as_the_folder_of_another_one() {
    let customers = BTreeSet::from(["x".to_owned(), "xé".to_owned()]);
    let job = job_of(&customers, "[rules]\ngroup_by = \"order\"\n");
    job.run("run job.toml").ends(0);
    let of_accent = documents(&job).into_iter().find(|(id, _)| id.contains('é')).unwrap().1;
    let folder = of_accent.split('/').nth(1).unwrap().to_owned();
    // The draft of the other customer's order bears just that id.
    let order = folder.strip_prefix("D-2026-10-x-EUR-").unwrap();
    let orders = fs::read_to_string(job.path("orders.csv")).unwrap();
    job.write("orders.csv", &orders.replace("L0,S0,", &format!("L0,{order},")));
    fs::remove_dir_all(job.path("out")).unwrap();
    job.run("run job.toml").ends(0);
    assert!(documents(&job).iter().any(|(id, _)| *id == folder), "{:?}", documents(&job));
    let folders: BTreeSet<String> = documents(&job).into_iter().map(|(_, file)| file).collect();
    assert_eq!(folders.len(), 2);
    job.run("post job.toml").ends(0);
}

/// Their names were cut and bore eight digits of a hash; `run.json` says so.
#[test]
fn a_run_of_an_earlier_version_is_posted() {
    let long = format!("C{}", "W".repeat(150));
    for customer in ["日本", &long] {
        let job = job_of(&BTreeSet::from([customer.to_owned()]), "");
        job.run("run job.toml").ends(0);
        let (id, file) = documents(&job).remove(0);
        let folder = file.split('/').nth(1).unwrap().to_owned();
        let kept: String = id.chars().filter(|char| char.is_ascii_alphanumeric() || "._-".contains(*char)).collect();
        let hash = blake3::hash(id.as_bytes()).to_hex();
        let before = format!("{}-{}", kept.get(..120).unwrap_or(&kept), &hash[..8]);
        let invoices = job.run_folder().join("invoices");
        fs::rename(invoices.join(&folder), invoices.join(&before)).unwrap();
        let manifest = job.run_folder().join("run.json");
        let text = fs::read_to_string(&manifest).unwrap().replace(&folder, &before);
        fs::write(&manifest, &text).unwrap();
        let seal = format!("{}  run.json\n", blake3::hash(text.as_bytes()).to_hex());
        fs::write(job.run_folder().join("run.json.blake3"), seal).unwrap();
        job.run("post job.toml").ends(0);
    }
}

/// What `run.json` says leads nowhere else: a file outside of the run is none of its files.
#[test]
fn a_name_that_leads_out_of_the_run_is_altered() {
    let job = job_of(&BTreeSet::from(["C1".to_owned()]), "");
    job.run("run job.toml").ends(0);
    let manifest: PathBuf = job.run_folder().join("run.json");
    let file = documents(&job).remove(0).1;
    let elsewhere = job.path("out/job/elsewhere.json");
    fs::copy(job.run_folder().join(&file), elsewhere).unwrap();
    let text = fs::read_to_string(&manifest).unwrap().replace(&file, "../../elsewhere.json");
    fs::write(&manifest, &text).unwrap();
    let seal = format!("{}  run.json\n", blake3::hash(text.as_bytes()).to_hex());
    fs::write(job.run_folder().join("run.json.blake3"), seal).unwrap();
    let ran = job.run("post job.toml").ends(5);
    assert!(ran.err.contains("was altered since it was published"), "{}", ran.err);
}

/// A file in the place of a run folder is mended as an altered folder is.
#[test]
fn a_file_in_the_place_of_a_run_is_set_aside() {
    let job = job_of(&BTreeSet::from(["C1".to_owned()]), "");
    job.run("run job.toml").ends(0);
    let folder = job.run_folder();
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "a file").unwrap();
    let ran = job.run("post job.toml").ends(5);
    assert!(ran.err.contains("was altered since it was published"), "{}", ran.err);
    let ran = job.run("run job.toml").ends(0);
    assert!(ran.out.contains("altered-"), "{}", ran.out);
    assert!(folder.join("run.json").is_file());
    job.run("post job.toml").ends(0);
}
