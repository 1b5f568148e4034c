//! Who beside their owner may read the files that a job writes.

/// Who reads runs, documents and metrics (`output.mode`); nobody but the owner changes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// The owner.
    #[default]
    Private,
    /// The group of the folder, too.
    Group,
    /// Everybody on the machine.
    All,
}

impl Access {
    pub const ALL: [Access; 3] = [Access::Private, Access::Group, Access::All];

    /// The words of the job file, in the order of [`Access::ALL`].
    pub const NAMES: &'static [&'static str] = &["private", "group", "all"];

    pub fn name(self) -> &'static str {
        match self {
            Access::Private => "private",
            Access::Group => "group",
            Access::All => "all",
        }
    }

    /// Permission bits of a file and of a folder.
    pub fn bits(self) -> (u32, u32) {
        match self {
            Access::Private => (0o600, 0o700),
            Access::Group => (0o640, 0o750),
            Access::All => (0o644, 0o755),
        }
    }
}
