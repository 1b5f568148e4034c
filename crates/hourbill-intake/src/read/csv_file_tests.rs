//! Files as they come: encodings, packed, changed, missing, without rows.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::csv_tests::{Files, SMALL, Wrong, cut, rows_of, with_threads, wrong};
use super::*;
use crate::job::Encoding;

#[test]
fn a_file_without_rows_is_told_from_one_whose_rows_got_lost() {
    let rows = |bytes: &str| Files::with("a.csv", bytes).rows();
    assert_eq!(rows("team,project").unwrap(), []);
    assert_eq!(rows("team,project\r\n").unwrap(), []);
    assert!(matches!(rows("team,project\n\n\r\n"), Err(ReadError::NoRows { .. })));
    assert!(matches!(rows("team,project\ra,b\rc,d\r"), Err(ReadError::NoRows { .. })));
    for nothing in ["", "\u{feff}", "\n", "\r\n\n"] {
        assert!(matches!(rows(nothing), Err(ReadError::NoHeader { .. })), "{nothing:?}");
    }
}

#[test]
fn lines_count_blank_ones_and_those_inside_cells() {
    let rows =
        Files::with("a.csv", "\n\r\nteam,\"pro\nject\",project\n\na,b,\"x\n\ny\"\nc,d,e\n\n\nf,g,h").rows().unwrap();
    let lines: Vec<_> = rows.iter().map(|row| (row.line, row.record.as_str())).collect();
    assert_eq!(lines, [(6, "a,b,\"x\n\ny\""), (9, "c,d,e"), (12, "f,g,h")]);
}

#[test]
fn a_quote_in_the_header_is_as_strict_as_elsewhere() {
    assert_eq!(wrong(&Files::with("a.csv", "\"team\"x,project\na,b\n").error()), Wrong::Stray(1));
    assert_eq!(wrong(&Files::with("a.csv", "\nteam,\"project\na,b\n").error()), Wrong::Unclosed(2));
    assert_eq!(wrong(&Files::with("a.csv", "team,pro\0ject\na,b\n").error()), Wrong::Nul(1));
    let rows = Files::with("a.csv", "\"te\"\"am\";\"team\";\"project\"\nx;a;b\n").rows().unwrap();
    assert_eq!(rows[0].cells, ["a", "b"]);
    assert!(matches!(Files::with("a.csv", b"team,\xe9\na,b\n").error(), ReadError::BadEncoding { line: 1, .. }));
}

#[test]
fn the_delimiter_is_the_one_that_parts_the_header() {
    for (delimiter, header) in [
        (',', "team,project,\"a;b;c;d\""),
        (';', "team;project;a,b"),
        ('\t', "team\tproject\ta b"),
        ('|', "team|project|x"),
    ] {
        let text = format!("{header}\na{delimiter}b{delimiter}c\n");
        assert_eq!(Files::with("a.csv", text).rows().unwrap()[0].cells, ["a", "b"], "{header}");
    }
    assert_eq!(Files::with("a.csv", "team\na;b\n").rows().unwrap()[0].cells, ["a;b", ""]);
    let mut files = Files::with("a.csv", "team:project\na,1:b\n");
    files.settings.delimiter = Some(b':');
    assert_eq!(files.rows().unwrap()[0].cells, ["a,1", "b"]);
}

#[test]
fn a_row_in_no_encoding_is_set_aside_alone() {
    let rows = Files::with("a.csv", b"team,project\nZo\xeb,b\nZo\xc3\xab,\"c\xff\"\"\"\nd,e\n").rows().unwrap();
    let defects: Vec<_> = rows.iter().map(|row| row.defect).collect();
    assert_eq!(defects, [Some(Defect::BadEncoding), Some(Defect::BadEncoding), None]);
    assert_eq!(rows[0].record, "Zo\u{fffd},b");
    assert_eq!(rows[2].cells, ["d", "e"]);
}

#[test]
fn windows_1252_knows_all_256_bytes() {
    let mut bytes = b"team,project\n".to_vec();
    let cell: Vec<u8> = (1..=255).filter(|byte| !b"\"\r\n,".contains(byte)).collect();
    bytes.extend_from_slice(&[&b"a,"[..], &cell, b"\n"].concat());
    let mut files = Files::with("a.csv", &bytes);
    files.settings.encoding = Encoding::Windows1252;
    for block_bytes in [1, 64, SMALL] {
        files.cut = cut(block_bytes);
        let rows = files.rows().unwrap();
        assert_eq!(rows[0].defect, None);
        let text: Vec<char> = rows[0].cells[1].chars().collect();
        assert_eq!(text.len(), cell.len());
        assert_eq!(text[cell.iter().position(|byte| *byte == 0x80).unwrap()], '€');
        assert_eq!(text[cell.iter().position(|byte| *byte == 0x81).unwrap()], '\u{81}');
    }
    let file = &files.scan().unwrap().files[0];
    assert_eq!((file.bytes, file.blake3.as_str()), (bytes.len() as u64, blake3::hash(&bytes).to_hex().as_str()));
}

#[test]
fn utf_16_is_read_in_either_order_of_bytes() {
    let text = "team,project\r\nZoë,\"日本\n😀\"\r\nb,c\r\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [[&b"\xff\xfe"[..], &little].concat(), [&b"\xfe\xff"[..], &big].concat(), little.clone()] {
        let mut files = Files::with("a.csv", &bytes);
        files.settings.encoding = Encoding::Utf16;
        for block_bytes in [1, 5, SMALL] {
            files.cut = cut(block_bytes);
            let rows = files.rows().unwrap();
            assert_eq!(rows[0].cells, ["Zoë", "日本\n😀"]);
            assert_eq!((rows[1].line, &rows[1].cells), (4, &["b".to_owned(), "c".to_owned()]));
        }
        assert_eq!(files.scan().unwrap().files[0].bytes, bytes.len() as u64);
    }
    // Half a pair of surrogates, and half a unit at the end.
    let mut broken: Vec<u8> = "team,project\na,".encode_utf16().flat_map(u16::to_le_bytes).collect();
    broken.extend_from_slice(&0xd83d_u16.to_le_bytes());
    broken.extend("\nb,c\nd,e".encode_utf16().flat_map(u16::to_le_bytes));
    broken.push(7);
    let mut files = Files::with("a.csv", broken);
    files.settings.encoding = Encoding::Utf16;
    let defects: Vec<_> = files.rows().unwrap().iter().map(|row| row.defect).collect();
    assert_eq!(defects, [Some(Defect::BadEncoding), None, Some(Defect::BadEncoding)]);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ::zstd::encode_all(bytes, 1).unwrap()
}

#[test]
fn packed_files_are_unpacked_with_all_their_members() {
    let text = "team,project\n".to_owned() + &"a,\"b\"\n".repeat(300_000);
    let (one, other) = text.as_bytes().split_at(700_001);
    for (name, packed) in [
        ("a.csv.gz", gzip(text.as_bytes())),
        ("b.CSV.GZ", [gzip(one), gzip(other)].concat()),
        ("c.csv.zst", zstd(text.as_bytes())),
        ("d.csv.zst", [zstd(one), zstd(other)].concat()),
    ] {
        let files = Files::with(name, &packed);
        let file = files.scan().unwrap().files.remove(0);
        assert_eq!((file.rows, file.bytes), (300_000, packed.len() as u64), "{name}");
        assert_eq!(file.blake3, blake3::hash(&packed).to_hex().as_str());
        let (start, end) = packed.split_at(packed.len() / 2);
        let damaged = [packed[..packed.len() - 3].to_vec(), [&packed, &b"more"[..]].concat(), text.as_bytes().to_vec()];
        for damaged in damaged {
            let error = Files::with(name, damaged).error();
            assert!(matches!(error, ReadError::BadCompression { .. }), "{name}: {error:?}");
        }
        // What comes out before the damage is noticed may be the first to be wrong.
        Files::with(name, [start, b"????", &end[4..]].concat()).error();
    }
}

#[test]
fn a_file_larger_than_the_limit_once_unpacked_is_refused() {
    let bomb = "team,project\n".to_owned() + &"a,b\n".repeat(3_000_000);
    for (name, packed) in [("a.csv.gz", gzip(bomb.as_bytes())), ("a.csv.zst", zstd(bomb.as_bytes()))] {
        let mut files = Files::with(name, packed);
        files.limits.unpacked_bytes_max = bomb.len() as u64;
        assert_eq!(files.rows().unwrap().len(), 3_000_000);
        files.limits.unpacked_bytes_max -= 1;
        assert!(matches!(files.error(), ReadError::TooLarge { .. }));
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_refused() {
    let text = "team,project\n".to_owned() + &"a,b\n".repeat(100_000);
    type Change = fn(&PathBuf);
    let changes: [(&str, Change); 4] = [
        ("appended", |path| fs::OpenOptions::new().append(true).open(path).unwrap().write_all(b"c,d\n").unwrap()),
        ("cut", |path| fs::OpenOptions::new().write(true).open(path).unwrap().set_len(100_013).unwrap()),
        ("replaced", |path| {
            fs::copy(path, path.with_extension("new")).unwrap();
            fs::rename(path.with_extension("new"), path).unwrap();
        }),
        ("removed", |path| fs::remove_file(path).unwrap()),
    ];
    for (how, change) in changes {
        let files = Files::with("a.csv", &text);
        let (seen, changed) = (AtomicU64::new(0), AtomicBool::new(false));
        let on_bytes = |bytes: u64| {
            if seen.fetch_add(bytes, Ordering::Relaxed) > 0 && !changed.swap(true, Ordering::Relaxed) {
                change(&files.path("a.csv"));
            }
        };
        let mut job = files.job(&on_bytes);
        job.cut = cut(4_000);
        let error = scan_job(job, FileNo(0), &|_| true, rows_of).map(|scan| scan.files).unwrap_err();
        assert!(matches!(error, ReadError::Changed { .. }), "{how}: {error:?}");
        assert!(changed.load(Ordering::Relaxed));
    }
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let mut files = Files::new();
    let _listener = std::os::unix::net::UnixListener::bind(files.path("a.csv")).unwrap();
    files.settings.paths.push(("a.csv".to_owned(), files.path("a.csv")));
    assert!(matches!(files.error(), ReadError::Io { .. }));
}

#[test]
fn progress_counts_every_byte_of_the_files() {
    let files = Files::with("a.csv", "team\na\n".repeat(10_000));
    let seen = AtomicU64::new(0);
    let add = |bytes| {
        seen.fetch_add(bytes, Ordering::Relaxed);
    };
    let scan = scan_job(files.job(&add), FileNo(0), &|_| true, rows_of).unwrap();
    assert_eq!(seen.into_inner(), scan.files[0].bytes);
}

#[test]
fn records_are_looked_up_in_any_order() {
    let mut files = Files::new();
    for name in ["a.csv", "b.csv.gz"] {
        let mut text = "team,project\r\n".to_owned();
        for row in 1..=5_000 {
            text.push_str(&format!("{name} {row},\"two\nlines\"\r\n{}", if row % 10 == 0 { "\r\n" } else { "" }));
        }
        text.push_str("ragged\r\n");
        let bytes = if name.ends_with("gz") { gzip(text.as_bytes()) } else { text.into_bytes() };
        files.add(name, bytes);
    }
    files.cut = cut(3_000);
    let scan = files.scan().unwrap();
    let mut expected: Vec<(Place, Record)> = Vec::new();
    for piece in scan.pieces {
        for (row, at) in piece.result.into_iter().zip(piece.first_row..) {
            let line = piece.first_line.map(|first| first + row.line);
            expected.push((Place { file: piece.file, row: at }, Record { line, text: row.record }));
        }
    }
    assert_eq!(expected.len(), 10_002);
    let wanted: Vec<_> = expected.iter().step_by(17).chain(expected.last()).cloned().collect();
    let places: Vec<Place> = wanted.iter().map(|(place, _)| *place).collect();
    let mut found = Vec::new();
    let mut tell = |place, record| found.push((place, record));
    records_job(files.job(&|_: u64| ()), &scan.files, FileNo(3), &places, &mut tell).unwrap();
    assert_eq!(found, wanted);

    files.put("a.csv", "team,project\r\nx,y\r\n".repeat(5_000));
    let found = records_job(files.job(&|_: u64| ()), &scan.files, FileNo(3), &places, &mut |_, _| ());
    assert!(matches!(found, Err(ReadError::Changed { .. })));
}

#[test]
fn a_worker_that_panics_does_not_hang_the_reader() {
    let mut files = Files::with("a.csv", "team\n".to_owned() + &"a\n".repeat(50_000));
    files.cut = cut(100);
    let scanned = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        with_threads(2, || {
            scan_job(files.job(&|_: u64| ()), FileNo(0), &|_| true, |batch| assert!(batch.index().1 < 5)).map(|_| ())
        })
    }));
    assert!(scanned.is_err());
}
