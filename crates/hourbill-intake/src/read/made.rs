//! Ids that are made of cells (F4), for exports whose rows have none: who, when and where make a key, and rows of one key are numbered.
//!
//! Numbers are given over all files of an input together. A row that is equal in every cell to one of another file is the same piece of
//! work, so there are as many pieces as the file with most of them has. What a file no longer says under a key and what it newly says are
//! taken for edits of each other, those that differ least first, and have one id.

use std::collections::{HashMap, HashSet};

use super::grid::GridRow;
use super::header::MadeIds;
use super::owned::Owned;
use super::table::Table;
use crate::presets::folded;

/// So many pairs of rows are held against each other before they are paired in any order.
const PAIRS_MAX: usize = 10_000;

/// A row: its file among those with made ids, and its place there.
#[derive(Clone, Copy)]
struct At {
    table: usize,
    row: usize,
}

/// A row of a key.
struct Member {
    at: At,
    /// By the order of its cells: rows of a key are numbered by it.
    rank: blake3::Hash,
    /// By the names of its columns, whatever their order.
    said: u128,
}

/// A piece of work: the row of each file that says it.
struct Piece {
    rank: blake3::Hash,
    rows: Vec<At>,
    said: Vec<u128>,
    /// What was met of it last.
    last: At,
}

/// Gives each row an id. The order of rows does not matter.
pub(super) fn number(tables: &mut [&mut Table]) {
    let mut keys: HashMap<String, Vec<Member>> = HashMap::new();
    // An id made of what is not known is not known.
    let mut uncertain: Vec<(At, Owned)> = Vec::new();
    for (table, of_table) in tables.iter().enumerate() {
        let Some(made) = &of_table.made else { continue };
        let headers: Vec<String> = of_table.headers.iter().take(made.column).map(|header| folded(header)).collect();
        for (row, cells) in of_table.rows.iter().enumerate().filter(|(_, row)| !row.is_torn()) {
            if let Some(cell) = made.from.iter().find_map(|column| cells.uncertain(*column)) {
                uncertain.push((At { table, row }, cell.clone()));
            } else if let Some(key) = key(cells, &made.from) {
                let id = format!("{}-{key}", made.prefix);
                keys.entry(id).or_default().push(member(At { table, row }, cells, made, &headers));
            }
        }
    }
    for (id, members) in keys {
        let mut pieces = pieces(tables, members);
        // Stable: pieces that say the same stand in the order of the files.
        pieces.sort_by(|one, other| one.rank.as_bytes().cmp(other.rank.as_bytes()));
        for (number, piece) in (1..).zip(pieces) {
            let id = if number == 1 { id.clone() } else { format!("{id}-{number}") };
            piece.rows.iter().for_each(|at| set(tables, *at, Owned::Text(id.clone())));
        }
    }
    for (at, cell) in uncertain {
        set(tables, at, cell);
    }
}

fn set(tables: &mut [&mut Table], at: At, id: Owned) {
    let Some(table) = tables.get_mut(at.table) else { return };
    let Some(column) = table.made.as_ref().map(|made| made.column) else { return };
    if let Some(cell) = table.rows.get_mut(at.row).and_then(|row| row.cells.get_mut(column)) {
        *cell = id;
    }
}

/// 16 hex digits; `None` for a row that says nothing there: it has no id, which its reader will say.
fn key(row: &GridRow, from: &[usize]) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    let mut blank = true;
    for column in from {
        let text = row.cells.get(*column).map_or_else(String::new, Owned::text);
        blank &= text.is_empty();
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    (!blank).then(|| hasher.finalize().to_hex().chars().take(16).collect())
}

fn member(at: At, row: &GridRow, made: &MadeIds, headers: &[String]) -> Member {
    let mut hasher = blake3::Hasher::new();
    let mut said: u128 = 0;
    for (cell, header) in row.cells.iter().zip(headers) {
        let text = cell.text();
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
        if !text.is_empty() {
            let cell = xxhash_rust::xxh3::xxh3_128(format!("{}:{header}{text}", header.len()).as_bytes());
            said = said.wrapping_add(cell);
        }
    }
    debug_assert_eq!(headers.len(), made.column);
    Member { at, rank: hasher.finalize(), said }
}

/// The pieces of work that rows of one key stand for.
fn pieces(tables: &[&mut Table], mut members: Vec<Member>) -> Vec<Piece> {
    members.sort_by(|one, other| {
        let place = |member: &Member| (member.at.table, *member.rank.as_bytes(), member.at.row);
        place(one).cmp(&place(other))
    });
    let mut pieces: Vec<Piece> = Vec::new();
    for of_file in members.chunk_by(|one, other| one.at.table == other.at.table) {
        let mut free: Vec<bool> = vec![true; pieces.len()];
        let mut known: HashMap<u128, Vec<usize>> = HashMap::new();
        for (at, piece) in pieces.iter().enumerate().rev() {
            piece.said.iter().for_each(|said| known.entry(*said).or_default().push(at));
        }
        let mut further: Vec<&Member> = Vec::new();
        let mut new: Vec<&Member> = Vec::new();
        for member in of_file {
            let Some(equal) = known.get_mut(&member.said) else {
                new.push(member);
                continue;
            };
            while equal.last().is_some_and(|piece| free.get(*piece).is_none_or(|free| !free)) {
                equal.pop();
            }
            match equal.pop() {
                Some(piece) => take(&mut pieces, &mut free, piece, member),
                // One more copy of a row is no edit.
                None => further.push(member),
            }
        }
        // Nor is one copy less.
        let says: HashSet<u128> = of_file.iter().map(|member| member.said).collect();
        let is_gone = |piece: &Piece| !piece.said.iter().any(|said| says.contains(said));
        let gone: Vec<usize> =
            pieces.iter().enumerate().filter(|(_, piece)| is_gone(piece)).map(|(at, _)| at).collect();
        let edits = edits(tables, &pieces, &gone, &new);
        let edited: HashSet<usize> = edits.iter().map(|(_, member)| member.at.row).collect();
        for (piece, member) in edits {
            take(&mut pieces, &mut free, piece, member);
        }
        for member in further.into_iter().chain(new).filter(|member| !edited.contains(&member.at.row)) {
            let Member { at, rank, said } = *member;
            pieces.push(Piece { rank, rows: vec![at], said: vec![said], last: at });
        }
    }
    pieces
}

fn take(pieces: &mut [Piece], free: &mut [bool], piece: usize, member: &Member) {
    if let (Some(piece), Some(free)) = (pieces.get_mut(piece), free.get_mut(piece)) {
        piece.rows.push(member.at);
        piece.last = member.at;
        *free = false;
        if !piece.said.contains(&member.said) {
            piece.said.push(member.said);
        }
    }
}

/// Which of the pieces that are gone each new row is an edit of. Those that differ in the fewest cells first.
fn edits<'a>(tables: &[&mut Table], pieces: &[Piece], gone: &[usize], new: &[&'a Member]) -> Vec<(usize, &'a Member)> {
    if gone.len().saturating_mul(new.len()) > PAIRS_MAX {
        return gone.iter().copied().zip(new.iter().copied()).collect();
    }
    let mut pairs: Vec<(usize, usize, usize)> = Vec::with_capacity(gone.len() * new.len());
    for &piece in gone {
        for (row, member) in new.iter().enumerate() {
            let differing = pieces.get(piece).map_or(usize::MAX, |piece| differing(tables, piece.last, member.at));
            pairs.push((differing, piece, row));
        }
    }
    pairs.sort_unstable();
    let (mut used_pieces, mut used_rows) = (Vec::new(), Vec::new());
    let mut edits = Vec::new();
    for (_, piece, row) in pairs {
        if !used_pieces.contains(&piece) && !used_rows.contains(&row) {
            used_pieces.push(piece);
            used_rows.push(row);
            edits.extend(new.get(row).map(|member| (piece, *member)));
        }
    }
    edits
}

/// How many columns say something else in two rows; a column that one file lacks says nothing there.
fn differing(tables: &[&mut Table], one: At, other: At) -> usize {
    let cells = |at: At| -> HashMap<String, String> {
        let row = tables.get(at.table).and_then(|table| Some((table, table.rows.get(at.row)?)));
        let named = row.into_iter().flat_map(|(table, row)| table.headers.iter().zip(&row.cells));
        named.map(|(header, cell)| (folded(header), cell.text())).filter(|(_, text)| !text.is_empty()).collect()
    };
    let (one, other) = (cells(one), cells(other));
    let missing = other.keys().filter(|header| !one.contains_key(*header)).count();
    missing + one.iter().filter(|(header, text)| other.get(*header) != Some(text)).count()
}

#[cfg(test)]
#[path = "made_tests.rs"]
mod tests;
