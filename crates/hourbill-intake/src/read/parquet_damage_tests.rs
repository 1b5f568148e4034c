//! Files that are damaged, or promise what they do not hold.

use arrow_array::types::Int32Type;
use arrow_array::*;
use parquet::basic::Compression;
use parquet::file::metadata::{FileMetaData, ParquetMetaDataBuilder, ParquetMetaDataWriter};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};

use super::tests::{LIMIT, file, limited_rows, rows, settings, texts, timesheets};
use super::*;
use crate::inputs::teams;
use crate::read::Cell;

/// The file with another number of rows in one row group's metadata, and in the file's if told.
fn promising(bytes: &Bytes, group: usize, rows: i64, file_rows: Option<i64>) -> Bytes {
    let metadata = ArrowReaderMetadata::load(bytes, ArrowReaderOptions::new()).unwrap().metadata().as_ref().clone();
    let of_file = metadata.file_metadata();
    let of_file = FileMetaData::new(
        of_file.version(),
        file_rows.unwrap_or(of_file.num_rows()),
        None,
        of_file.key_value_metadata().cloned(),
        of_file.schema_descr_ptr(),
        None,
    );
    let mut builder = ParquetMetaDataBuilder::new(of_file);
    for (number, other) in metadata.row_groups().iter().enumerate() {
        let other = other.clone();
        let other = if number == group { other.into_builder().set_num_rows(rows).build().unwrap() } else { other };
        builder = builder.add_row_group(other);
    }
    let footer_bytes = u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap()) as usize;
    let mut changed = bytes[..bytes.len() - 8 - footer_bytes].to_vec();
    ParquetMetaDataWriter::new(&mut changed, &builder.build()).finish().unwrap();
    Bytes::from(changed)
}

#[test]
fn rows_that_the_footer_does_not_promise_or_that_are_missing_stop_the_file() {
    let bytes = timesheets(3_000, 1_000, WriterProperties::builder());
    assert_eq!(rows(&promising(&bytes, 1, 1_000, None), Input::Timesheets).unwrap().len(), 3_000);
    for (promised, file_rows) in [
        (999, Some(2_999)),
        (1_001, Some(3_001)),
        (0, Some(2_000)),
        (1 << 20, Some((1 << 20) + 2_000)),
        (i64::from(u32::MAX) + 1, Some(i64::from(u32::MAX) + 2_001)),
        (i64::MAX - 2_000, None),
        (-1, Some(1_999)),
    ] {
        let read = rows(&promising(&bytes, 1, promised, file_rows), Input::Timesheets);
        let error = read.map(|rows| rows.len()).expect_err(&format!("{promised} rows promised"));
        let expected = match promised {
            -1 => matches!(error, ReadError::Parquet { .. }),
            promised if promised > 1 << 30 => matches!(error, ReadError::TooManyRows { .. }),
            _ => matches!(error, ReadError::RowsLost { .. } | ReadError::Parquet { .. }),
        };
        assert!(expected, "{promised}: {error}");
    }
}

#[test]
fn a_text_that_a_dictionary_repeats_counts_against_the_limit_but_fills_no_memory() {
    let long = "x".repeat(1 << 20);
    let count = 20_000;
    let keys = Int32Array::from(vec![0; count]);
    let repeated = DictionaryArray::<Int32Type>::new(keys, Arc::new(StringArray::from(vec![long.as_str()])));
    let bytes = file(&[("team", Arc::new(repeated))]);
    assert!(bytes.len() < 2 << 20);
    let lengths = |_, batch: ColumnBatch, _: Option<&Treatments>| {
        let lengths = (0..batch.rows()).map(|row| match batch.cell(row, teams::TEAM) {
            Cell::Text(text) => text.len() as u64,
            _ => 0,
        });
        lengths.sum::<u64>()
    };
    let scanned = decode(bytes.clone().into(), "t", Input::Teams, &settings(), LIMIT, &lengths).unwrap();
    assert_eq!(scanned.pieces.iter().map(|(.., length)| length).sum::<u64>(), (count as u64) << 20);
    assert!(scanned.pieces.iter().all(|(.., length)| *length <= BATCH_BYTES), "no batch is larger than it may be");
    let refused = decode(bytes.into(), "t", Input::Teams, &settings(), 1 << 30, &lengths);
    assert!(matches!(refused, Err(ReadError::TooLarge { .. })));
}

#[test]
fn a_file_that_says_it_is_larger_than_the_limit_is_refused_before_it_is_decoded() {
    let bytes = timesheets(3_000, 1_000, WriterProperties::builder());
    assert!(matches!(limited_rows(&bytes, Input::Timesheets, 10_000), Err(ReadError::TooLarge { .. })));
}

/// A small file with all that can be damaged: dictionaries, levels, statistics, compression.
fn fragile(properties: parquet::file::properties::WriterPropertiesBuilder) -> Bytes {
    let properties = properties.set_statistics_enabled(EnabledStatistics::Page).set_data_page_row_count_limit(64);
    timesheets(160, 100, properties)
}

#[test]
fn a_damaged_file_is_refused_or_has_all_its_rows() {
    let properties = WriterProperties::builder;
    let kinds = [
        properties().set_compression(Compression::UNCOMPRESSED),
        properties().set_compression(Compression::SNAPPY).set_writer_version(WriterVersion::PARQUET_2_0),
        properties().set_compression(Compression::ZSTD(Default::default())).set_dictionary_enabled(false),
    ];
    let (mut read, mut refused) = (0, 0);
    for kind in kinds {
        let whole = fragile(kind);
        for at in 0..whole.len() {
            let mut damaged = whole.to_vec();
            damaged[at] ^= [0x01, 0x80, 0xff][at % 3];
            let damaged = Bytes::from(damaged);
            match rows(&damaged, Input::Timesheets) {
                // Which cells changed cannot be known: these pages carry no checksums.
                Ok(found) => {
                    assert_eq!(found.len(), 160, "byte {at}");
                    read += 1;
                }
                Err(_) => refused += 1,
            }
            if at % 8 == 0 {
                let _ = texts(&damaged, "t.parquet", &[1, 100, 160]);
            }
        }
        for len in (0..whole.len()).step_by(13) {
            assert!(rows(&whole.slice(..len), Input::Timesheets).is_err(), "cut at {len}");
            assert!(rows(&whole.slice(len + 1..), Input::Timesheets).is_err(), "without the first {len}");
        }
    }
    assert!(read > 100 && refused > 1_000, "{read} read, {refused} refused");
}

#[test]
fn a_flipped_bit_in_a_page_with_a_checksum_changes_nothing_unseen() {
    let fixture =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join("fixtures/month-parquet/orders.parquet");
    let whole = std::fs::read(fixture).unwrap();
    let expected = rows(&Bytes::from(whole.clone()), Input::Orders).unwrap();
    let footer_bytes = u32::from_le_bytes(whole[whole.len() - 8..whole.len() - 4].try_into().unwrap()) as usize;
    let mut unseen = Vec::new();
    for at in 0..whole.len() - 8 - footer_bytes {
        for bit in [0, 3, 7] {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << bit;
            if rows(&Bytes::from(damaged), Input::Orders).is_ok_and(|found| found != expected) {
                unseen.push((at, bit));
            }
        }
    }
    assert_eq!(unseen, []);
}

#[test]
fn noise_between_the_marks_of_a_parquet_file_is_refused() {
    let mut state = 7_u64;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    for len in [0, 1, 4, 100, 1_000] {
        for footer in [0, 1, len as u32 / 2, len as u32, u32::MAX] {
            let mut noise = b"PAR1".to_vec();
            noise.extend(std::iter::repeat_with(&mut byte).take(len));
            noise.extend(footer.to_le_bytes());
            noise.extend(b"PAR1");
            assert!(rows(&Bytes::from(noise), Input::Teams).is_err());
        }
    }
    for nothing in [&b""[..], b"PAR1", b"PAR1PAR1", b"team,project\na,b\n"] {
        assert!(matches!(rows(&Bytes::from_static(nothing), Input::Teams), Err(ReadError::Parquet { .. })));
    }
}
