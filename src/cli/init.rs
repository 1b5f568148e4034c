//! `init`: a job file from the exports that are there.

use std::fs;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

use super::args::Init;
use super::exit::Exit;
use super::failure::Failure;
use super::grid::{Align, Grid};
use super::layout::{count, shortened, wrapped};
use super::printer::Printer;
use super::start::today;
use crate::guess::{self, AgreementsFile, Around, Before, Guess, Guesses, LostKey, Question, SaidPeriod};
use crate::inputs::Input;
use crate::read;

/// Rows of each file that are looked at.
const ROWS_MAX: usize = 50_000;

/// Files of one kind that are told one by one.
const ALIKE_MAX: usize = 5;

/// F9: what was agreed, beside the job file.
const AGREEMENTS: &str = "agreements.csv";

pub fn init(args: &Init, printer: Printer) -> Result<Exit, Failure> {
    let over = args.force || is_left_to_fill_in(&args.out);
    if args.out.exists() && !over {
        let message = format!("`{}` is there already", args.out.display());
        return Err(Failure::new(
            Exit::Usage,
            "job-exists",
            message,
            "write to another file with --out, or over it with --force",
        ));
    }
    let read::FirstLook { mut looks, left_out, unread } = looked_at(&args.files)?;
    // A job file that `init` wrote before is no export.
    let others = left_out.iter().filter(|left| !read::is_same(&left.path, &args.out));
    let left_out = others.map(|left| (plain(&left.shown), left.because())).collect();
    let folder = args.out.parent().map(Path::to_path_buf).unwrap_or_default();
    let agreements = folder.join(AGREEMENTS);
    // Neither is the file of agreements that it wrote, which may be filled in by now.
    let is_own =
        |look: &read::Look| guess::is_own_agreements(&look.front.headers) && read::is_same(&look.path, &agreements);
    looks.retain(|look| !is_own(look));
    let path = |shown: &str| beside(&folder, Path::new(shown)).display().to_string();
    let own = vec![shown_beside(args, &agreements)];
    let job_before = job_before(&args.out)?;
    let before = agreements_before(&agreements, job_before.as_ref())?;
    let why_unread = unread.iter().map(|(shown, error)| (plain(shown), error.to_string())).collect();
    let mut guesses = guess::guess(&looks, (left_out, why_unread), own, (today(args.as_of)?, job_before.as_ref()));
    if let (Some(_), Some(figure)) = (&guesses.agreements, before.as_ref().and_then(AgreementsFile::in_doubt)) {
        guesses.unsure.push(guess::either_mark_of_agreements(figure));
    }
    let around = Around {
        name: &job_name(&args.out),
        agreements: (AGREEMENTS, before.as_ref()),
        job: &args.out.display().to_string(),
        before: job_before.as_ref(),
        path: &path,
    };
    let text = guess::job_file(&guesses, &around);
    let after = Before::of(&text).map_err(|error| not_kept(&args.out, &error))?;
    let missing = guesses.missing();
    if let Some((_, error)) = unread.into_iter().next().filter(|_| guesses.files.is_empty()) {
        return Err(error.into());
    }
    if !missing.is_empty() {
        // F10: of a job file that is written over, what is known is kept.
        if !guesses.files.is_empty() || !guesses.unknown.is_empty() {
            write(&args.out, text.as_bytes(), over)?;
        }
        return Err(not_found(&guesses, &missing, &args.out));
    }
    if let Some(rows) = &guesses.agreements {
        // What somebody filled in is never written over.
        let file = guess::agreements_file(rows, before.as_ref()).map_err(|error| not_kept(&agreements, &error))?;
        write(&agreements, &file, agreements.exists())?;
    }
    write(&args.out, text.as_bytes(), over)?;
    let told = InitOutcome {
        guesses: &guesses,
        missing: guess::to_fill_in(guesses.agreements.as_deref().unwrap_or_default(), before.as_ref()),
        says_tax: before.as_ref().is_some_and(AgreementsFile::says_tax),
        kept: job_before.as_ref().map(Before::table_names).unwrap_or_default(),
        period: job_before.as_ref().and_then(Before::period),
        lost: job_before.as_ref().map(|before| before.lost_in(&after)).unwrap_or_default(),
        out: &args.out,
    };
    printer.data(|| told.text(), || told.json());
    Ok(if guesses.is_sure() && told.lost.iter().all(LostKey::names_file) { Exit::Done } else { Exit::Attention })
}

/// A first look at files, whose rows are made what a run reads.
fn looked_at(files: &[String]) -> Result<read::FirstLook, Failure> {
    let mut found = read::look(files, ROWS_MAX, &guess::knows)?;
    for look in &mut found.looks {
        look.shown = plain(&look.shown);
        guess::put_together(look);
        look.front.take_headers_out();
        guess::fill_down(look);
    }
    Ok(found)
}

/// The file of agreements that is there already, however it is written by now; `None` where nothing stands in it.
fn agreements_before(path: &Path, job: Option<&Before>) -> Result<Option<AgreementsFile>, Failure> {
    let raw = match fs::read(path) {
        Ok(raw) if raw.trim_ascii().is_empty() => return Ok(None),
        Ok(raw) => raw,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(not_kept(path, &error.to_string())),
    };
    let read::FirstLook { looks, unread, .. } = read::look(&[path.display().to_string()], ROWS_MAX, &guess::knows)?;
    if let Some((_, error)) = unread.into_iter().next() {
        return Err(error.into());
    }
    Ok(looks.first().map(|look| AgreementsFile::of(raw, look, job)))
}

/// The job file that is written over, taken apart, so that what somebody wrote there stays.
fn job_before(out: &Path) -> Result<Option<Before>, Failure> {
    match fs::read_to_string(out) {
        Ok(text) => Before::of(&text).map(Some).map_err(|error| not_kept(out, &error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(not_kept(out, &error.to_string())),
    }
}

/// F10: a job that `init` wrote without time entries, as no file had them: it is written over, and keeps what somebody wrote there since.
fn is_left_to_fill_in(out: &Path) -> bool {
    let text = fs::read_to_string(out).ok().filter(|text| guess::is_written_here(text));
    text.is_some_and(|text| Before::of(&text).is_ok_and(|before| before.lacks_entries()))
}

fn not_kept(out: &Path, error: &str) -> Failure {
    let out = out.display();
    let message = format!("what stands in `{out}` cannot be kept: {error}");
    Failure::new(
        Exit::Usage,
        "job-not-kept",
        message,
        "correct that file, move it away, or write to another one with --out",
    )
}

/// F10: which inputs no file gives, what each file is or lacks, and what to do.
fn not_found(guesses: &Guesses, missing: &[Input], out: &Path) -> Failure {
    let missing = missing.iter().map(|input| input.name()).collect::<Vec<_>>().join(", ");
    let unread = guesses.unknown.iter().chain(&guesses.left_out);
    let told: Vec<String> = unread.map(|(file, why)| format!("`{file}`: {why}")).collect();
    let known = guesses.files.iter().map(|file| {
        let used = file.columns.iter().filter_map(|column| Some(format!("{} = `{}`", column.field?, column.header)));
        let unsure: String = file.all_unsure().map(|unsure| format!("; {unsure}")).collect();
        format!("`{}` is {} ({}){unsure}", file.title(), file.input, used.collect::<Vec<_>>().join(", "))
    });
    let message = format!("no file gives {missing}; {}", known.chain(told).collect::<Vec<_>>().join("; "));
    let hint = if guesses.files.is_empty() {
        format!(
            "name further exports; or, if the hours are there, take the # off the lines of {} and give the headers in `columns`: a timesheet needs a date (or a start) and hours (or an end)",
            out.display()
        )
    } else {
        format!(
            "export the time entries too, name them, and run `init` again; {} holds what is known so far",
            out.display()
        )
    };
    Failure::new(Exit::Inputs, "inputs-not-found", message, &hint)
}

/// The file of agreements as a pattern of the exports would show it.
fn shown_beside(args: &Init, agreements: &Path) -> String {
    let of_folder = args.files.iter().find(|typed| {
        let folder = Path::new(typed.as_str());
        let here = agreements.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folder.is_dir() && read::is_same(folder, here)
    });
    of_folder.map_or_else(
        || agreements.display().to_string(),
        |folder| plain(&format!("{}/{AGREEMENTS}", folder.trim_end_matches('/'))),
    )
}

fn plain(shown: &str) -> String {
    shown.strip_prefix("./").unwrap_or(shown).to_owned()
}

/// Writes a file; without `force` never over one that has come meanwhile.
fn write(out: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(!force).create(force).truncate(force);
    let written = options.open(out).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| {
        Failure::new(Exit::Io, "cannot-write", format!("cannot write `{}`: {error}", out.display()), "")
    })
}

/// A path as a file in a folder names it.
fn beside(folder: &Path, path: &Path) -> PathBuf {
    let absolute = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = absolute(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let path = absolute(path);
    let common = folder.components().zip(path.components()).take_while(|(one, other)| one == other).count();
    if common <= 1
        && !matches!(folder.components().next(), None | Some(Component::CurDir))
        && folder.components().count() > 1
    {
        return path;
    }
    let up = std::iter::repeat_n(Component::ParentDir, folder.components().count().saturating_sub(common));
    up.chain(path.components().skip(common)).collect()
}

/// After the job file, or after its folder where the file is called `job`.
fn job_name(out: &Path) -> String {
    let stem = out.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let folder =
        fs::canonicalize(out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")));
    let folder = folder.ok().and_then(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()));
    let name = if stem == "job" { folder.unwrap_or(stem) } else { stem };
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect();
    let plain = plain.trim_matches(['-', '.', '_']).to_owned();
    if plain.is_empty() { "job".to_owned() } else { plain }
}

/// What was found and written.
struct InitOutcome<'a> {
    guesses: &'a Guesses,
    /// What a person has to fill in.
    missing: Vec<String>,
    /// Whether some agreement says a tax.
    says_tax: bool,
    /// Tables of the job that stood there, which are kept.
    kept: Vec<String>,
    /// What it says of the period, which is kept.
    period: Option<SaidPeriod>,
    /// Keys of the job file that stood there which are not kept.
    lost: Vec<LostKey>,
    out: &'a Path,
}

impl InitOutcome<'_> {
    fn text(&self) -> String {
        let mut text = files(self.guesses);
        if let Some(sample) = self.guesses.sample() {
            text.push_str(&wrapped("looked at: ", &sample));
        }
        let of_files = self.guesses.files.iter().map(|file| (file.title(), &file.unsure));
        let of_files = of_files.flat_map(|(title, all)| all.iter().map(move |unsure| (title.clone(), unsure.as_str())));
        let of_files = guess::sentences(of_files).into_iter().map(|said| format!("{}: {}", said.of(), said.what));
        let unknown = self.guesses.unknown.iter().map(|(file, why)| format!("{file} is left out: {why}"));
        for unsure in of_files.chain(unknown).chain(self.guesses.unsure.iter().cloned()) {
            text.push_str(&wrapped("not sure: ", &unsure));
        }
        let (asked, open) = self.asked();
        text.push_str(&asked);
        for (file, why) in &self.guesses.left_out {
            text.push_str(&wrapped("left out: ", &format!("{file}: {why}")));
        }
        self.taken_for_granted().iter().for_each(|says| text.push_str(&wrapped("note: ", says)));
        text.push_str(&self.to_fill_in());
        let shown = self.out.display();
        text.push_str(&self.of_period());
        if !self.kept.is_empty() {
            text.push_str(&wrapped("kept from before: ", &self.kept.join(", ")));
        }
        for lost in &self.lost {
            text.push_str(&wrapped("not kept from before: ", &lost.to_string()));
        }
        if open > 0 {
            let questions = if open == 1 { "1 question is".to_owned() } else { format!("{open} questions are") };
            let answer = format!(
                "{questions} open, and no hour is billed before: in {shown}, take the # off the line that is right"
            );
            text.push_str(&wrapped("to answer: ", &answer));
        }
        let answer = (open > 0).then_some("answer what is asked");
        let fill_in = (!self.missing.is_empty()).then_some("fill in agreements.csv");
        let first: Vec<&str> = answer.into_iter().chain(fill_in).collect();
        let first = if first.is_empty() { " ".to_owned() } else { format!(" {}, then\n", first.join(", ")) };
        text.push_str(&format!("\n{shown} is written; next:{first}hourbill check {shown}, hourbill run {shown}\n"));
        text
    }

    /// Which month is billed; nothing where that was said before, and still is a month of the entries that is to be billed.
    fn of_period(&self) -> String {
        let (Some(months), shown) = (&self.guesses.months, self.out.display()) else { return String::new() };
        let first = &months.first;
        let Some(kept) = &self.period else { return wrapped("period: ", &months.in_words(&shown.to_string())) };
        if kept.month.as_deref().is_none_or(|month| month == "previous" || month >= first.as_str()) {
            return String::new();
        }
        let told = format!(
            "{}, kept from before; the entries go on to {first}: `hourbill run {shown} --period {first}` bills that month",
            kept.shown
        );
        wrapped("period: ", &told)
    }

    /// What is asked, and how many of the questions leave hours open.
    fn asked(&self) -> (String, usize) {
        let mut text = String::new();
        // Files of one input are read in one way: one answer is enough.
        let asked = guess::questions(&self.guesses.files);
        for said in &asked {
            text.push_str(&wrapped("not sure: ", &format!("{}: {}", said.of(), said.what.text)));
            if said.what.open.is_some() {
                said.what.lines.iter().for_each(|line| text.push_str(&format!("          # {line}\n")));
            }
        }
        (text, asked.iter().filter(|said| said.what.open.is_some()).count())
    }

    /// What `init` takes for granted because no file says it, each once.
    fn taken_for_granted(&self) -> Vec<String> {
        let says = self.guesses.files.iter().map(|file| (file.title(), &file.says));
        let says = says.flat_map(|(title, all)| all.iter().map(move |says| (title.clone(), says.as_str())));
        let told = |said: guess::OfFiles<&str>| match said.differs {
            false => said.what.to_owned(),
            true => format!("{}: {}", said.of(), said.what),
        };
        guess::sentences(says).into_iter().map(told).collect()
    }

    fn to_fill_in(&self) -> String {
        let Some(agreements) = &self.guesses.agreements else { return String::new() };
        let rows = agreements.len();
        let rows = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
        let sources = guess::sources(agreements, &self.guesses.files);
        let sources = if sources.is_empty() { String::new() } else { format!("; {}", sources.join("; ")) };
        let told = match self.missing.as_slice() {
            _ if agreements.is_empty() => {
                "no rows: for whom the work was and at which price is for you to write".to_owned()
            }
            [] => format!("{rows}, nothing is missing{sources}"),
            missing => format!("{rows}; {}; hours that need them are held{sources}", missing.join(", ")),
        };
        let mut text = wrapped("to fill in: ", &format!("{AGREEMENTS}: {told}"));
        if !self.says_tax && !agreements.is_empty() {
            let says = format!(
                "no file says a tax: drafts are without one until the column `taxes` of {AGREEMENTS} names it, such as `21%`"
            );
            text.push_str(&wrapped("note: ", &says));
        }
        text
    }

    fn json(&self) -> Value {
        let InitOutcome { guesses, missing, kept, lost, out, .. } = self;
        let files: Vec<Value> = guesses
            .files
            .iter()
            .map(|file| {
                json!({
                    "file": file.shown,
                    "sheet": file.sheet,
                    "input": file.input.name(),
                    "preset": file.settings.preset.map(|preset| preset.name),
                    "rows_looked_at": file.rows,
                    "all_rows": !file.is_cut,
                    "columns": file.columns.iter().map(|column| json!({"header": column.header, "field": column.field})).collect::<Vec<_>>(),
                    "unsure": file.all_unsure().collect::<Vec<_>>(),
                    "questions": file.questions.iter().map(question).collect::<Vec<_>>(),
                    "notes": file.says,
                })
            })
            .collect();
        let unread = guesses.unknown.iter().chain(&guesses.left_out);
        let unknown: Vec<Value> = unread.map(|(file, why)| json!({"file": file, "why": why})).collect();
        let months = guesses.months.as_ref().map(|months| {
            let all: serde_json::Map<String, Value> =
                months.all.iter().map(|(month, entries)| (month.clone(), (*entries).into())).collect();
            json!({ "month": months.first, "entries_by_month": all })
        });
        json!({
            "job": out.display().to_string(),
            "files": files,
            "left_out": unknown,
            "unsure": guesses.unsure,
            "to_fill_in": missing,
            "period": months,
            "kept": kept,
            "not_kept": lost.iter().map(LostKey::to_string).collect::<Vec<_>>(),
            "inputs": Input::ALL.map(Input::name),
        })
    }
}

/// The files that were found, and what each is.
fn files(guesses: &Guesses) -> String {
    let mut grid = Grid::new(&[
        ("file", Align::Left),
        ("input", Align::Left),
        ("preset", Align::Left),
        ("rows", Align::Right),
        ("columns used", Align::Right),
    ]);
    let preset = |file: &Guess| file.settings.preset.map_or("none", |preset| preset.name);
    let columns = |file: &Guess| format!("{} of {}", file.columns_used(), file.columns_there());
    let kind = |file: &Guess| (file.input, preset(file), columns(file));
    let mut row = |title: String, files: &[Guess]| {
        let rows = count(files.iter().map(|file| file.rows as u64).sum());
        let rows = if files.iter().any(|file| file.is_cut) { format!("{rows}+") } else { rows };
        if let Some(file) = files.first() {
            grid.row(&[title, file.input.name().to_owned(), preset(file).to_owned(), rows, columns(file)]);
        }
    };
    for alike in guesses.files.chunk_by(|one, next| kind(one) == kind(next)) {
        match alike {
            // Weekly files are one line: what is said of them below is to stay on the screen.
            [first, .., _] if alike.len() > ALIKE_MAX => {
                row(format!("{} and {} like it", shortened(&first.title(), 32), alike.len() - 1), alike);
            }
            files => files
                .chunks(1)
                .for_each(|file| row(file.first().map_or_else(String::new, |of| shortened(&of.title(), 50)), file)),
        }
    }
    grid.text()
}

fn question(question: &Question) -> Value {
    json!({ "question": question.text, "answers": question.lines, "open": question.open })
}
