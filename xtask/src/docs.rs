//! The generated pages.

use std::fs;

use crate::{Result, findings, formats, job, root};

/// Writes the generated pages, or says which are not as they would be written.
pub fn docs(check: bool) -> Result<()> {
    let pages = [
        ("docs/job.md", job::page()),
        ("docs/job.schema.json", job::schema()),
        ("docs/formats.md", formats::page(&read("docs/formats.md")?)?),
        ("docs/findings.md", findings::page(&read("docs/findings.md")?)?),
    ];
    let mut stale = Vec::new();
    for (name, wanted) in pages {
        if read(name).is_ok_and(|found| found == wanted) {
            continue;
        }
        if check {
            stale.push(name);
        } else {
            fs::write(root().join(name), wanted).map_err(|error| format!("cannot write {name}: {error}"))?;
            println!("wrote {name}");
        }
    }
    if stale.is_empty() { Ok(()) } else { Err(format!("run `cargo xtask docs`: {} would differ", stale.join(", "))) }
}

fn read(name: &str) -> Result<String> {
    fs::read_to_string(root().join(name)).map_err(|error| format!("cannot read {name}: {error}"))
}
