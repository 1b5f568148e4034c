//! What is asked of those who read files, whatever kind of file it is.

use super::Follow;
use super::blocks::Cut;
use crate::inputs::Input;
use crate::job::{InputSettings, Limits};

/// How the files of an input are read.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub input: Input,
    pub settings: &'a InputSettings,
    pub limits: &'a Limits,
    pub follow: &'a dyn Follow,
    pub cut: Cut,
    /// Whether headers may be those of the input (F6).
    pub knows: Knows<'a>,
}

/// Whether the headers of a line may be those of an input, read by some settings.
pub(super) type Knows<'a> = &'a (dyn Fn(Input, &InputSettings, &[String]) -> bool + Sync);

impl Job<'_> {
    /// These may be the headers of the input.
    pub fn knows(&self, headers: &[String]) -> bool {
        (self.knows)(self.input, self.settings, headers)
    }
}
