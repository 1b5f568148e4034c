//! Thrift in its compact protocol, as Parquet describes itself with it: enough to find some numbers and to step over all else.

const DEPTH_MAX: u32 = 16;

const BYTE: u8 = 3;
pub(super) const INT: u8 = 5;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
pub(super) const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
pub(super) const STRUCT: u8 = 12;

/// Bytes of a structure, read from their start.
pub(super) struct Thrift<'a> {
    pub rest: &'a [u8],
}

impl Thrift<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    pub fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    pub fn int(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub fn leave_out(&mut self, bytes: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    /// Moves to the next field and says its type; `Some(None)` at the end of the structure.
    pub fn field(&mut self, field: &mut i16) -> Option<Option<u8>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        let step = i16::from(head >> 4);
        *field = if step == 0 { i16::try_from(self.int()?).ok()? } else { field.checked_add(step)? };
        Some(Some(match head & 0x0f {
            // 16, 32 and 64 bits look alike.
            4..=6 => INT,
            kind => kind,
        }))
    }

    /// The head of a list: the type of its items, and how many it says that there are.
    pub fn list(&mut self) -> Option<(u8, u64)> {
        let head = self.byte()?;
        let len = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        Some((head & 0x0f, len))
    }

    pub fn step_over(&mut self, kind: u8, depth: u32) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match kind {
            // Flags that stand in the head of their field.
            1 | 2 => Some(()),
            BYTE => self.leave_out(1),
            4..=6 => self.int().map(|_| ()),
            DOUBLE => self.leave_out(8),
            BINARY => {
                let len = self.varint()?;
                self.leave_out(len)
            }
            LIST | SET => {
                let (kind, len) = self.list()?;
                (0..len).try_for_each(|_| self.item(kind, depth))
            }
            MAP => {
                let len = self.varint()?;
                let kinds = if len == 0 { 0 } else { self.byte()? };
                (0..len).try_for_each(|_| {
                    self.item(kinds >> 4, depth)?;
                    self.item(kinds & 0x0f, depth)
                })
            }
            STRUCT => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.step_over(kind, depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// One of several; flags take a byte there.
    pub fn item(&mut self, kind: u8, depth: u32) -> Option<()> {
        match kind {
            1 | 2 => self.leave_out(1),
            kind => self.step_over(kind, depth + 1),
        }
    }
}
