use hourbill::document::{files, specimen};
use hourbill::job::Document;
fn main() {
    let dir = std::env::args().nth(1).unwrap();
    for (language, entries) in [("en", 40), ("fr", 12), ("de", 120), ("nl", 0), ("es", 5)] {
        let mut invoice = specimen::invoice(&format!("D-2026-10-C-0042-EUR-{language}"), entries, language).unwrap();
        if language == "nl" {
            invoice.kind = hourbill::document::InvoiceKind::CreditNote;
        }
        if language == "de" {
            invoice.lines[0].entries[2].description = "日本語 test ".repeat(300);
            invoice.notes.push("Bitte beachten: Preise ab Januar neu.".into());
        }
        for file in files(&invoice, Document::ALL).unwrap() {
            std::fs::write(format!("{dir}/{language}-{}", file.name), file.bytes).unwrap();
        }
    }
    let n: usize = std::env::args().nth(2).map_or(0, |n| n.parse().unwrap());
    if n > 0 {
        use rayon::prelude::*;
        for formats in [
            vec![Document::Json],
            vec![Document::Pdf],
            vec![Document::Ubl],
            vec![Document::Cii],
            vec![Document::FacturX],
            vec![Document::Json, Document::Pdf, Document::Ubl],
        ] {
            let start = std::time::Instant::now();
            let bytes: usize = (0..n)
                .into_par_iter()
                .map(|i| {
                    let invoice = specimen::invoice(&format!("D-{i}"), 40, "fr").unwrap();
                    files(&invoice, &formats).unwrap().iter().map(|f| f.bytes.len()).sum::<usize>()
                })
                .sum();
            println!("{formats:?} {n} {:?} {bytes} bytes", start.elapsed());
        }
    }
}
