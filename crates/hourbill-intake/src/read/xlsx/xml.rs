//! XML of a part of a workbook, event by event, with an end to everything that a file may make large: an event, the depth, the part.

use std::io::{self, BufRead, BufReader, Read};

use quick_xml::Reader;
use quick_xml::escape::{resolve_xml_entity, unescape};
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::Fault;

/// Bytes of one event, and of the text of one cell: as many as a record of a text file may have.
pub(super) const TEXT_BYTES_MAX: usize = 64 << 20;
/// A cell of a workbook lies six deep.
const DEPTH_MAX: u32 = 256;
const BUFFER_BYTES: usize = 64 << 10;

pub(in crate::read) struct Xml<R: Read> {
    reader: Reader<Metered<R>>,
    buffer: Vec<u8>,
    depth: u32,
}

impl<R: Read> Xml<R> {
    /// `bytes_max` are those that the part may have once unpacked.
    pub fn new(part: R, bytes_max: u64) -> Xml<R> {
        let inner = BufReader::with_capacity(BUFFER_BYTES, part);
        let mut reader = Reader::from_reader(Metered { inner, of_event: 0, bytes: 0, bytes_max });
        reader.config_mut().expand_empty_elements = true;
        Xml { reader, buffer: Vec::new(), depth: 0 }
    }

    pub fn next(&mut self) -> Result<Event<'_>, Fault> {
        self.reader.get_mut().of_event = 0;
        self.buffer.clear();
        if self.buffer.capacity() > TEXT_BYTES_MAX / 16 {
            self.buffer = Vec::new();
        }
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(quick_xml::Error::Io(error)) => return Err(Fault::of_io(&error)),
            Err(error) => return Err(Fault::Broken(error.to_string())),
        };
        match &event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.depth > DEPTH_MAX {
            return Err(Fault::Broken("its elements lie too deep".to_owned()));
        }
        Ok(event)
    }

    /// Behind the start of an element: its text, and that of the elements in it, up to its end.
    pub fn text_into(&mut self, out: &mut String) -> Result<(), Fault> {
        let mut inside = 1_u32;
        let start = out.len();
        while inside > 0 {
            match self.next()? {
                Event::Text(text) => out.push_str(&text.xml10_content()),
                Event::CData(text) => out.push_str(&text.xml10_content()),
                Event::GeneralRef(entity) => resolve(&entity, out)?,
                Event::Start(_) => inside += 1,
                Event::End(_) => inside -= 1,
                Event::Eof => return Err(Fault::cut_off()),
                _ => {}
            }
            if out.len() - start > TEXT_BYTES_MAX {
                return Err(Fault::Broken("a text in it is longer than a text may be".to_owned()));
            }
        }
        Ok(())
    }

    /// Behind the start of an element: leaves out what is in it.
    pub fn skip(&mut self) -> Result<(), Fault> {
        let mut inside = 1_u32;
        while inside > 0 {
            match self.next()? {
                Event::Start(_) => inside += 1,
                Event::End(_) => inside -= 1,
                Event::Eof => return Err(Fault::cut_off()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads the rest of the part, whatever it is: its checksum stands at its end.
    pub fn drain(&mut self) -> Result<(), Fault> {
        let part = self.reader.get_mut();
        loop {
            part.of_event = 0;
            let len = part.fill_buf().map_err(|error| Fault::of_io(&error))?.len();
            if len == 0 {
                return Ok(());
            }
            part.consume(len);
        }
    }
}

fn resolve(entity: &BytesRef<'_>, out: &mut String) -> Result<(), Fault> {
    if let Some(known) = resolve_xml_entity(entity) {
        out.push_str(known);
        return Ok(());
    }
    match entity.resolve_char_ref() {
        Ok(Some(char)) => out.push(char),
        _ => return Err(Fault::Broken(format!("it names `&{};`, which is no character", super::shown(entity)))),
    }
    Ok(())
}

/// The value of an attribute, whatever its prefix.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Fault> {
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| Fault::Broken(error.to_string()))?;
        if attribute.key.local_name().as_ref() == name {
            let value = unescape(&attribute.value).map_err(|error| Fault::Broken(error.to_string()))?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

/// Counts what is read, and ends where there is too much of it.
struct Metered<R: Read> {
    inner: BufReader<R>,
    of_event: usize,
    bytes: u64,
    bytes_max: u64,
}

/// More than may be read of a part, or of an event of it.
#[derive(Debug, thiserror::Error)]
#[error("too large")]
pub(super) struct TooLarge;

#[derive(Debug, thiserror::Error)]
#[error("a text or an element in it is longer than one may be")]
struct TooLong;

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let len = available.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(available) {
            *to = *from;
        }
        self.consume(len);
        Ok(len)
    }
}

impl<R: Read> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.bytes > self.bytes_max {
            return Err(io::Error::other(TooLarge));
        }
        if self.of_event > TEXT_BYTES_MAX {
            return Err(io::Error::other(TooLong));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, len: usize) {
        self.of_event = self.of_event.saturating_add(len);
        self.bytes = self.bytes.saturating_add(len as u64);
        self.inner.consume(len);
    }
}
