use hourbill::{
    finding::FileNo,
    inputs::Input,
    job::*,
    read::{self, Cell},
};
use std::collections::BTreeMap;
use std::time::Instant;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let dir = std::path::PathBuf::from(&args[1]);
    let entries: u64 = args[2].parse().unwrap();
    if !dir.exists() {
        hourbill::generate::generate(&hourbill::generate::Options::new(entries, 7, &dir), &|_| {}).unwrap();
    }
    let path = dir.join("timesheets.csv");
    let s = InputSettings {
        paths: vec![(args[1].clone(), path.clone())],
        delimiter: None,
        encoding: Encoding::Utf8,
        decimal: DecimalMark::Point,
        thousands: None,
        date_format: None,
        timezone: None,
        columns: BTreeMap::new(),
    };
    let s = InputSettings { paths: vec![("t.csv".into(), path.clone())], ..s };
    let mb = std::fs::metadata(&path).unwrap().len() as f64 / 1e6;
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for touch in [false, true, true] {
            let t = Instant::now();
            let scan = pool
                .install(|| {
                    read::scan(Input::Timesheets, &s, &Limits::default(), FileNo(0), &|_| (), |batch| {
                        let mut sum = 0;
                        if touch {
                            for row in 0..batch.rows() {
                                for f in 0..Input::Timesheets.fields().len() {
                                    if let Cell::Text(t) = batch.cell(row, f) {
                                        sum += t.len() + t.as_bytes()[0] as usize;
                                    }
                                }
                            }
                        } else {
                            sum += batch.rows();
                        }
                        sum
                    })
                })
                .unwrap();
            let e = t.elapsed().as_secs_f64();
            println!(
                "{threads} threads, cells {touch}: {:.0} MB, {} rows, {} pieces, {:.3} s, {:.0} MB/s {}",
                mb,
                scan.files[0].rows,
                scan.pieces.len(),
                e,
                mb / e,
                scan.pieces.iter().map(|p| p.result).sum::<usize>()
            );
        }
    }
}
