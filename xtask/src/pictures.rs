//! The pictures of the README, made of the month in `fixtures`: the first screen of its report, and an invoice.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Result, root};

/// The draft whose PDF is shown.
const INVOICE: &str = "D-2026-10-C002-EUR";
/// Larger files would weigh on every clone.
const BYTES_MOST: u64 = 200_000;

/// Makes `docs/report.png` and `docs/invoice.png` with a build of the program.
pub fn pictures(program: &str) -> Result<()> {
    let out = std::env::temp_dir().join(format!("hourbill-pictures-{}", std::process::id()));
    let made = made_in(program, &out);
    let _ = fs::remove_dir_all(&out);
    made
}

fn made_in(program: &str, out: &Path) -> Result<()> {
    let set = format!("output.dir={}", out.display());
    // Exit code 1: rows of the month are meant to be looked at.
    let ran = Command::new(program)
        .args(["run", "jobs/month-end.toml", "--quiet", "--set", &set])
        .current_dir(root())
        .status();
    let code = ran.map_err(|error| format!("cannot start {program}: {error}"))?.code();
    if !matches!(code, Some(0 | 1)) {
        return Err(format!("{program} ended with {code:?}"));
    }
    let job = out.join("month-end");
    let newest = fs::read_to_string(job.join("latest")).map_err(|error| error.to_string())?;
    let run = job.join("runs").join(newest.trim());
    let page = format!("file://{}", run.join("report.html").display());
    let report = root().join("docs/report.png");
    let shot = format!("--screenshot={}", report.display());
    let of_page =
        ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1100,820", &shot, &page];
    taken("chromium", &of_page, &report)?;
    let pdf = run.join("invoices").join(INVOICE).join("invoice.pdf").display().to_string();
    let invoice = root().join("docs/invoice.png");
    let stem = invoice.with_extension("").display().to_string();
    taken("pdftoppm", &["-png", "-r", "72", "-f", "1", "-l", "1", "-singlefile", &pdf, &stem], &invoice)
}

/// Without its program a picture stays as it is, and that is said.
fn taken(program: &str, args: &[&str], picture: &Path) -> Result<()> {
    let shown = picture.display();
    match Command::new(program).args(args).output() {
        Err(error) => {
            eprintln!("{shown} is left as it is: {program} cannot be started here ({error})");
            Ok(())
        }
        Ok(output) if output.status.success() => {
            let bytes = fs::metadata(picture).map_err(|error| format!("{shown}: {error}"))?.len();
            eprintln!("{shown}: {bytes} bytes");
            if bytes > BYTES_MOST { Err(format!("{shown} has more than {BYTES_MOST} bytes")) } else { Ok(()) }
        }
        Ok(output) => Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}
