//! Parquet files that lie where only packed bytes tell: lengths of texts, sizes of blocks, trees of columns, widths of values, texts that
//! repeat. Who believes them asks for more memory than there is, and that is no panic but the end of the process. Each file is read in a
//! process of its own with little memory: it ends with what it read, or is refused.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::*;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use crate::bombs::{MIB, entries, job, parquet, run};

const ROWS: usize = 300;
/// What the packed lengths or numbers of a page begin with: 128 or 256 of a block, four small blocks in it, 300 in all.
const HEADS: [[u8; 5]; 2] = [[0x80, 0x01, 0x04, 0xac, 0x02], [0x80, 0x02, 0x04, 0xac, 0x02]];

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn zigzag(number: i64) -> Vec<u8> {
    varint((number << 1 ^ number >> 63) as u64)
}

/// Different for each row, in no order and without repetitions: snappy leaves it as it is.
fn noise(row: usize) -> String {
    blake3::hash(&row.to_le_bytes()).to_hex()[..20 + row % 17].to_owned()
}

fn properties(column: &str, encoding: Encoding, version: WriterVersion, codec: Compression) -> WriterProperties {
    WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_writer_version(version)
        .set_compression(codec)
        .set_encoding(Encoding::PLAIN)
        .set_column_encoding(ColumnPath::from(column), encoding)
        .build()
}

fn heads(bytes: &[u8]) -> Vec<usize> {
    let is_head = |five: &[u8]| HEADS.iter().any(|head| head == five);
    bytes.windows(5).enumerate().filter(|(_, five)| is_head(five)).map(|(at, _)| at).collect()
}

/// Each head that a page could have: size of a block, small blocks in it, how many, and the first of them.
fn lies() -> Vec<Vec<u8>> {
    let head = |block: u64, small: u64, count: u64, first: i64| {
        [varint(block), varint(small), varint(count), zigzag(first)].concat()
    };
    let many = [0, 1, 299, 301, 1 << 20, 1 << 27, (1 << 31) - 1, 1 << 32, 1 << 40, 1 << 61, u64::MAX >> 1, u64::MAX];
    let mut lies: Vec<Vec<u8>> = many.iter().map(|count| head(128, 4, *count, 20)).collect();
    lies.extend([0, 127, 1 << 31, 1 << 40, 1 << 62, u64::MAX].map(|block| head(block, 4, 300, 20)));
    lies.extend([0, 3, 1 << 31, 1 << 40, 1 << 62, u64::MAX].map(|small| head(128, small, 300, 20)));
    lies.extend([i64::from(i32::MAX), i64::from(i32::MIN), -1, i64::MAX].map(|first| head(128, 4, 300, first)));
    // One block that holds them all, in no bytes: as many as one likes.
    lies.extend([1_u64 << 27, 1 << 31].map(|count| [head(1 << 40, 1, count, 0), vec![0, 0, 0, 0]].concat()));
    lies
}

#[track_caller]
fn ends(folder: &tempfile::TempDir, what: &str) -> (Option<i32>, String) {
    let (code, said) = run(folder, 1_024 * MIB, &["--dry-run", "--threads", "2"]);
    assert!(matches!(code, Some(0 | 1 | 3)), "{what}: {code:?} {said}");
    (code, said)
}

/// A file with such a column, sound at first, then with every lie in every place where it may stand.
fn lie_about(column: &str, array: ArrayRef, encoding: Encoding, version: WriterVersion, codec: Compression) {
    let write =
        |path: &Path| parquet(path, entries(ROWS, column, &array), properties(column, encoding, version, codec));
    let folder = job("t.parquet", write);
    let path = folder.path().join("t.parquet");
    let sound = fs::read(&path).unwrap();
    let (code, said) = ends(&folder, "sound");
    assert_eq!(code, Some(0), "{said}");
    let places = heads(&sound);
    // Snappy packs the second head away: it says the same.
    let both = encoding == Encoding::DELTA_BYTE_ARRAY && codec == Compression::UNCOMPRESSED;
    assert_eq!(places.len(), if both { 2 } else { 1 }, "{encoding} {codec:?}");
    let mut refused = 0;
    for place in places {
        for lie in lies() {
            let mut bytes = sound.clone();
            bytes[place..place + lie.len()].copy_from_slice(&lie);
            fs::write(&path, bytes).unwrap();
            let (code, _) = ends(&folder, &format!("{encoding} {version:?} {codec:?} at {place}: {lie:02x?}"));
            refused += usize::from(code == Some(3));
        }
    }
    assert!(refused > 0);
}

#[test]
fn lengths_of_texts_that_lie_are_refused() {
    for encoding in [Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY] {
        for (version, codec) in
            [(WriterVersion::PARQUET_1_0, Compression::UNCOMPRESSED), (WriterVersion::PARQUET_2_0, Compression::SNAPPY)]
        {
            let texts: ArrayRef = Arc::new((0..ROWS).map(|row| Some(noise(row))).collect::<StringArray>());
            lie_about("description", texts, encoding, version, codec);
        }
    }
}

#[test]
fn packed_numbers_that_lie_are_refused_or_read() {
    let ids: ArrayRef = Arc::new((0..ROWS as i64).map(Some).collect::<Int64Array>());
    let dates: ArrayRef = Arc::new((0..ROWS as i32).map(|row| Some(20_731 + row % 7)).collect::<Date32Array>());
    for (column, array) in [("timesheet_id", ids), ("date", dates)] {
        let uncompressed = Compression::UNCOMPRESSED;
        lie_about(column, array, Encoding::DELTA_BINARY_PACKED, WriterVersion::PARQUET_2_0, uncompressed);
    }
}

/// A file with a column that nobody asks for and rows of which one is set aside: its record is looked up.
fn beside(array: ArrayRef, properties: WriterProperties, change: impl Fn(Vec<u8>) -> Vec<u8>) -> tempfile::TempDir {
    job("t.parquet", |path| {
        let hours = (0..array.len()).map(|row| Some(if row % 3 == 2 { "many" } else { "1.5" }));
        let hours: ArrayRef = Arc::new(hours.collect::<StringArray>());
        let mut columns = entries(array.len(), "hours", &hours);
        columns.push(("blob", Arc::clone(&array)));
        parquet(path, columns, properties);
        fs::write(path, change(fs::read(path).unwrap())).unwrap();
    })
}

/// The file with its footer changed.
fn footer(bytes: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - 8;
    let start = end - u32::from_le_bytes(bytes[end..end + 4].try_into().unwrap()) as usize;
    let footer = change(&bytes[start..end]);
    [&bytes[..start], &footer, &(footer.len() as u32).to_le_bytes(), b"PAR1"].concat()
}

fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = bytes.windows(old.len()).rposition(|part| part == old).unwrap();
    [&bytes[..at], new, &bytes[at + old.len()..]].concat()
}

#[test]
fn values_of_a_width_that_no_value_has_cost_nothing() {
    for nulls in [false, true] {
        let values = (0..6).map(|_| if nulls { None } else { Some([7_u8; 16]) });
        let array: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(values, 16).unwrap());
        let plain = WriterProperties::builder().set_dictionary_enabled(false).build();
        for wide in [1_i64 << 20, 1 << 27, i64::from(i32::MAX)] {
            // Type and length of the column stand before its kind and its name.
            let old = [&[0x15, 0x0e, 0x15, 0x20, 0x15, 0x02, 0x18, 0x04][..], b"blob"].concat();
            let new = [&[0x15, 0x0e, 0x15][..], &zigzag(wide), &[0x15, 0x02, 0x18, 0x04], b"blob"].concat();
            let folder = beside(Arc::clone(&array), plain.clone(), |bytes| {
                footer(&bytes, |footer| replaced(footer, &old, &new))
            });
            ends(&folder, &format!("{wide} bytes, nulls: {nulls}"));
        }
    }
}

#[test]
fn a_tree_of_columns_that_lies_is_refused() {
    let sound = |path: &Path| {
        let hours: ArrayRef = Arc::new(Int32Array::from(vec![1; 3]));
        parquet(path, entries(3, "hours", &hours), WriterProperties::default());
    };
    for children in [0, 5, 7, 1 << 20, i64::from(i32::MAX)] {
        let folder = job("t.parquet", sound);
        let path = folder.path().join("t.parquet");
        let old = [&b"arrow_schema"[..], &[0x15, 0x0c]].concat();
        let new = [&b"arrow_schema"[..], &[0x15], &zigzag(children)].concat();
        fs::write(&path, footer(&fs::read(&path).unwrap(), |footer| replaced(footer, &old, &new))).unwrap();
        assert_eq!(ends(&folder, &format!("{children} columns")).0, Some(3));
    }
    // Columns within columns, a hundred thousand deep.
    let deep = 100_000_u64;
    let group = [0x35, 0x00, 0x18, 0x01, b'a', 0x15, 0x02, 0x00];
    let mut footer = [&[0x15, 0x02, 0x19, 0xfc][..], &varint(deep + 1)].concat();
    (0..deep).for_each(|_| footer.extend(group));
    footer.extend([0x15, 0x02, 0x25, 0x00, 0x18, 0x01, b'a', 0x00]);
    footer.extend([0x16, 0x00, 0x19, 0x0c, 0x00]);
    let folder = job("t.parquet", |path| {
        let bytes = [b"PAR1", &footer[..], &(footer.len() as u32).to_le_bytes(), b"PAR1"].concat();
        fs::write(path, bytes).unwrap();
    });
    assert_eq!(ends(&folder, "deep").0, Some(3));
}

#[test]
fn texts_that_repeat_fill_no_memory_when_their_rows_are_set_aside() {
    // By a dictionary, and by what each text shares with the one before it: short ones first, of which many are told at a time.
    let (short, long) = (String::new(), "x".repeat(4 << 20));
    let is_long = |row: usize| row % 3 == 2 && row / 3 >= 32;
    let keys = Int32Array::from_iter_values((0..480).map(|row| i32::from(is_long(row))));
    let values = Arc::new(StringArray::from(vec![short.as_str(), long.as_str()]));
    let dictionary: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::try_new(keys, values).unwrap());
    ends(&beside(dictionary, WriterProperties::default(), |bytes| bytes), "dictionary");
    let texts = (0..480).map(|row| Some(if is_long(row) { &long } else { &short }));
    let shared: ArrayRef = Arc::new(texts.collect::<StringArray>());
    let properties = properties("blob", Encoding::DELTA_BYTE_ARRAY, WriterVersion::PARQUET_2_0, Compression::SNAPPY);
    ends(&beside(shared, properties, |bytes| bytes), "shared");
}
