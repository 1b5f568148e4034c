//! The shuffle without an engine: one process reads all files and writes a stream for each part.

use std::io::Read;

use arrow_schema::ArrowError;

use super::super::RunError;
use super::Parts;
use super::envelope::{EnvelopeWriter, Item};
use super::plan::refused;
use crate::publish::PartsFile;

fn name_of(part: u32) -> String {
    format!("streams/{part:05}.arrows")
}

fn failed(error: ArrowError) -> RunError {
    RunError::RunDocument(std::io::Error::other(error))
}

impl Parts<'_> {
    /// Reads the timesheets and writes the streams of all parts.
    ///
    /// # Errors
    /// Files that break their contract, and a disk that fails.
    pub fn split(&self) -> Result<(), RunError> {
        let tasks = self.plan.tasks;
        if tasks > 0 {
            self.ids_of_tasks(0..tasks)?;
            self.repeats()?;
        }
        let mut streams = Vec::new();
        for part in 1..=self.plan.parts {
            streams.push(EnvelopeWriter::new(self.folder.create(&name_of(part))?).map_err(failed)?);
        }
        let mut send = |item: &Item<'_>| {
            let part = item.part();
            let stream = part.checked_sub(1).and_then(|at| streams.get_mut(at as usize));
            let none = || ArrowError::InvalidArgumentError(format!("there is no part {part}"));
            stream.ok_or_else(none)?.write(item)
        };
        if tasks > 0 {
            self.rows_of_tasks(0..tasks, &mut send)?;
        }
        for stream in streams {
            let file: PartsFile = stream.finish().map_err(failed)?;
            file.finish()?;
        }
        Ok(())
    }

    /// The stream of a part that was split.
    ///
    /// # Errors
    /// Nobody has split it.
    pub fn stream(&self, part: u32) -> Result<impl Read + use<>, RunError> {
        let name = name_of(part);
        if !self.folder.has(&name) {
            return Err(refused(format!("`{name}` is not there: `hourbill part split` writes it")));
        }
        Ok(self.folder.open(&name)?)
    }

    /// Reads the rows of a file and writes them, those of all parts, as one stream.
    ///
    /// # Errors
    /// As of [`Parts::split`].
    pub fn stream_rows(&self, task: u32, out: impl std::io::Write) -> Result<(), RunError> {
        self.knows_task(task)?;
        let mut stream = EnvelopeWriter::new(out).map_err(failed)?;
        self.rows(task, &mut |item| stream.write(item))?;
        stream.finish().map(drop).map_err(failed)
    }
}
