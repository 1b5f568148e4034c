//! What the parts of a run have in common, written down before any of them is computed: a part that finds something else is of another run.

use serde::{Deserialize, Serialize};

use super::super::intake::Masters;
use super::super::manifest::settings_hash;
use super::super::passes::needs_all;
use super::super::{Observer, RunError, of_ledger};
use crate::inputs::Input;
use crate::job::Settings;
use crate::posted::Head;
use crate::publish::PartsFolder;
use crate::read::{self, FileRead};
use crate::shard::Shard;

/// Of the plan, the envelopes, the receipts, and what a part leaves behind.
pub(super) const FORMAT: &str = "hourbill-parts-1";
const PLAN: &str = "plan.json";

/// What is computed in parts, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartPlan {
    pub format: String,
    /// Stands for all that follows: 32 hex digits.
    pub plan: String,
    /// The program: each part, and the commit, is made by the same.
    pub build: String,
    /// The arguments of the job, as they were typed.
    pub typed: Vec<String>,
    pub parts: u32,
    /// How many tasks read the timesheets: one for each file.
    pub tasks: u32,
    /// Stands for the settings.
    pub settings: String,
    /// Every other file that each part reads.
    pub files: Vec<PlannedFile>,
    pub head: Option<Head>,
}

/// A file that every part reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFile {
    pub input: String,
    pub file: String,
    pub blake3: String,
}

impl PartPlan {
    /// Reads everything but the timesheets and writes the plan.
    ///
    /// # Errors
    /// What stands in the way of a run, a run that cannot be made in parts, a folder that has a plan.
    pub fn make(
        settings: &Settings,
        (parts, build, typed): (u32, &str, Vec<String>),
        folder: &PartsFolder,
        observer: &dyn Observer,
    ) -> Result<PartPlan, RunError> {
        if Shard::new(1, parts).is_none() {
            return Err(refused(format!("{parts} parts are none that a run has")));
        }
        if let Some(needs_all) = needs_all(settings).or_else(|| settings.shard.map(|_| "a part of a run".to_owned())) {
            return Err(RunError::NotInParts(needs_all));
        }
        if folder.has(PLAN) {
            return Err(refused(format!("`{}` has a plan already", folder.path().display())));
        }
        let mut masters = Masters::read(settings, observer)?;
        masters.rest()?;
        let timesheets = settings.inputs.get(&Input::Timesheets);
        let tasks = timesheets.map_or(Ok(0), |of_input| read::number_of_files(Input::Timesheets, of_input))?;
        let head = of_ledger::ledger(settings).map(|ledger| ledger.posted(&masters.world)).transpose()?;
        let mut plan = PartPlan {
            format: FORMAT.to_owned(),
            plan: String::new(),
            build: build.to_owned(),
            typed,
            parts,
            tasks: u32::try_from(tasks).map_err(|_| refused("there are too many files of timesheets".to_owned()))?,
            settings: settings_hash(settings),
            files: planned(masters.files()),
            head: head.and_then(|posted| posted.head),
        };
        let told = serde_json::to_vec(&plan).map_err(std::io::Error::from).map_err(RunError::RunDocument)?;
        plan.plan = blake3::hash(&told).to_hex().chars().take(32).collect();
        let mut bytes =
            serde_json::to_vec_pretty(&plan).map_err(std::io::Error::from).map_err(RunError::RunDocument)?;
        bytes.push(b'\n');
        folder.put(PLAN, &bytes)?;
        Ok(plan)
    }

    /// The plan of a folder.
    ///
    /// # Errors
    /// There is none, or one that another version wrote.
    pub fn open(folder: &PartsFolder) -> Result<PartPlan, RunError> {
        let bytes = folder.get(PLAN)?;
        let of_other = || refused(format!("`{PLAN}` is none of the format `{FORMAT}`"));
        let format = serde_json::from_slice::<serde_json::Value>(&bytes).ok();
        format.filter(|plan| plan.get("format").and_then(|of| of.as_str()) == Some(FORMAT)).ok_or_else(of_other)?;
        serde_json::from_slice(&bytes).map_err(|_| of_other())
    }

    /// What is there now is what was planned.
    ///
    /// # Errors
    /// Another program, other settings, other files, another ledger.
    pub(super) fn holds(&self, settings: &Settings, build: &str) -> Result<(), RunError> {
        if self.build != build {
            return Err(refused(format!("the plan was made by the build {}, this is {build}", self.build)));
        }
        if self.settings != settings_hash(settings) {
            return Err(stale("the settings of the job have changed"));
        }
        Ok(())
    }

    pub(super) fn same_files(&self, files: &[FileRead]) -> Result<(), RunError> {
        let now = planned(files);
        match self.files.iter().zip(&now).find(|(before, now)| before != now) {
            Some((before, _)) => Err(stale(&format!("`{}` has changed", before.file))),
            None if self.files.len() != now.len() => Err(stale("the files of the inputs have changed")),
            None => Ok(()),
        }
    }

    pub(super) fn same_head(&self, head: Option<&Head>) -> Result<(), RunError> {
        if self.head.as_ref() == head { Ok(()) } else { Err(stale("the ledger has moved")) }
    }
}

fn planned(files: &[FileRead]) -> Vec<PlannedFile> {
    let others = files.iter().filter(|file| file.input != Input::Timesheets);
    let planned = |file: &FileRead| PlannedFile {
        input: file.input.name().to_owned(),
        file: file.shown.clone(),
        blake3: file.blake3.clone(),
    };
    others.map(planned).collect()
}

/// A part, or what is merged, is none of this plan.
pub(super) fn refused(why: String) -> RunError {
    RunError::PartRefused(why)
}

fn stale(why: &str) -> RunError {
    refused(format!("the plan is stale: {why} since it was made"))
}
