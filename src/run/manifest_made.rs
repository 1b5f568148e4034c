//! The `run.json` of a run.

use std::collections::BTreeMap;

use super::manifest::{
    AdjustmentCounts, ControlTotals, CurrencySums, FileEntry, Manifest, ManifestPeriod, TableFile, Unread,
    beside_the_result,
};
use super::summary::{MinorSums, Summary};
use super::{Run, format};
use crate::account::Disposition;
use crate::calendar::Date;
use crate::job::{InForce, Settings};
use crate::proof::Control;
use crate::quantity::{Currency, decimal_text};
use crate::read::FileRead;

/// What `run.json` says of a run, but for documents and what is posted.
pub fn manifest(run: &Run, settings: &Settings, tables: Vec<TableFile>) -> Manifest {
    Summary::of(run).manifest(settings, tables)
}

impl Summary {
    /// What `run.json` says, but for documents and what is posted.
    pub fn manifest(&self, settings: &Settings, tables: Vec<TableFile>) -> Manifest {
        let text = |date: Option<Date>| date.map(|date| date.to_string());
        let setting = |known: &InForce| (known.key.clone(), known.value.clone());
        let mut inputs: BTreeMap<String, Vec<FileEntry>> = BTreeMap::new();
        for file in &self.files {
            inputs.entry(file.input.name().to_owned()).or_default().push(manifest_file(file));
        }
        let mut left_out: BTreeMap<String, Vec<Unread>> = BTreeMap::new();
        for left in &self.left_out {
            let unread = Unread { file: left.shown.clone(), why: left.because() };
            left_out.entry(left.input.name().to_owned()).or_default().push(unread);
        }
        Manifest {
            format: format::FORMAT.to_owned(),
            version: format::VERSION.to_owned(),
            job: settings.name.clone(),
            run_id: self.id.clone(),
            shard: settings.shard.map(|shard| shard.to_string()),
            period: ManifestPeriod {
                label: settings.billing.period.label(),
                from: text(settings.billing.period.from()),
                to: text(settings.billing.period.to()),
            },
            settings: settings
                .in_force
                .iter()
                .filter(|known| !beside_the_result(settings, known))
                .map(setting)
                .collect(),
            inputs,
            left_out,
            control: control(&self.control),
            drafts: self.drafts,
            money: self.money_shown(),
            quarantine: self.quarantine.iter().map(|(code, told)| (code.name().to_owned(), told.count)).collect(),
            waived: self.rows_waived,
            findings: self.findings.iter().map(|(code, told)| (code.name().to_owned(), told.count)).collect(),
            bounds: super::bounds_told::of_manifest(self, settings),
            adjustments: AdjustmentCounts::of(&self.adjusted),
            tables,
            documents: Vec::new(),
            quarantine_files: Vec::new(),
            ledger: self.head.clone(),
            same_as: self.same_as.clone(),
            posting: Vec::new(),
        }
    }

    /// Money of the drafts by currency.
    pub fn money_shown(&self) -> BTreeMap<String, CurrencySums> {
        self.money.iter().map(|(currency, amounts)| shown(*currency, *amounts)).collect()
    }
}

fn manifest_file(file: &FileRead) -> FileEntry {
    let columns =
        file.columns.iter().filter_map(|column| Some((column.field?.to_owned(), column.header.clone()))).collect();
    let ignored = file.columns.iter().filter(|column| column.field.is_none());
    FileEntry {
        file: file.shown.clone(),
        sheet: file.sheets.read.clone(),
        rows: file.rows,
        not_timesheets: file.not_timesheets.values().sum(),
        bytes: file.bytes,
        blake3: file.blake3.clone(),
        columns,
        ignored_columns: ignored.map(|column| column.header.clone()).collect(),
    }
}

pub(super) fn control(control: &Control) -> ControlTotals {
    ControlTotals {
        read: control.read.into(),
        dispositions: Disposition::ALL.map(|kind| (kind.name().to_owned(), control.totals.of(kind).into())).into(),
        unreadable_hours_rows: control.unreadable_hours_rows,
        entry_hash: format!("{:032x}", control.entry_hash),
    }
}

fn shown(currency: Currency, sum: MinorSums) -> (String, CurrencySums) {
    let text = |minor| decimal_text(minor, currency.digits(), currency.digits());
    let money = CurrencySums { drafts: sum.drafts, net: text(sum.net), tax: text(sum.tax), total: text(sum.total) };
    (currency.code().to_owned(), money)
}
