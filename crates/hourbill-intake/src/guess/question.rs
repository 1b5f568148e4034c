//! What `init` asks, and how the job file takes the answer.

/// Something that nobody but the user knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// For people.
    pub text: String,
    /// Lines of the input's table, of which one is the answer; they stand in the job as comments.
    pub lines: Vec<String>,
    /// The key, or the header, that is open: while the job says nothing of it, no hour of the input is billed. `None` where no hour depends
    /// on the answer.
    pub open: Option<String>,
}

impl Question {
    /// Its answer stands below `[rules]`.
    pub(super) fn is_of_rules(&self) -> bool {
        self.open.as_deref().is_some_and(|open| open.starts_with("rules."))
    }

    /// One on which no hour depends.
    pub fn aside(text: impl Into<String>) -> Question {
        Question { text: text.into(), lines: Vec::new(), open: None }
    }
}
