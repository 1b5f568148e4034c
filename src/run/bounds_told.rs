//! X7: what run.json and the metrics say of bounds, and which of them stop a run (X5).

use super::manifest::ManifestBound;
use super::summary::Summary;
use crate::bound::{Bound, BoundAction, BoundKey, BoundOutcome};
use crate::job::Settings;

/// Every bound with a limit, and everything that was measured.
pub(super) fn of_manifest(run: &Summary, settings: &Settings) -> Vec<ManifestBound> {
    let bounds = &settings.billing.bounds;
    let of = |key: BoundKey| {
        let (bound, seen) = (bounds.of(key), run.measures.of(key));
        let outcome = match bound {
            Some(_) if key.is_of_run() && settings.shard.is_some() => BoundOutcome::NoVerdict,
            bound => BoundOutcome::of(bound, seen),
        };
        ManifestBound {
            bound: key.to_string(),
            measured: seen.measured.map(|measured| measured.to_string()),
            limit: bound.map(|bound| bound.limit.to_string()),
            action: bound.map(|bound| bound.action.name().to_owned()),
            outcome: outcome.name().to_owned(),
            broken: seen.broken,
            accepted: seen.accepted,
        }
    };
    run.measures.keys(bounds).into_iter().map(of).collect()
}

impl Summary {
    /// X7, for run.json and metrics.
    pub fn bounds(&self, settings: &Settings) -> Vec<ManifestBound> {
        of_manifest(self, settings)
    }

    /// X5: a bound that is broken stops the run.
    pub fn is_stopped(&self, settings: &Settings) -> bool {
        let stops =
            |(key, bound): (BoundKey, Bound)| bound.action == BoundAction::Stop && self.measures.of(key).broken > 0;
        settings.billing.bounds.iter().any(stops)
    }

    /// All bounds that are broken, each with the first few of what goes beyond it.
    pub fn broken_bounds(&self, settings: &Settings) -> Vec<String> {
        let broken = settings.billing.bounds.iter().filter(|(key, _)| self.measures.of(*key).broken > 0);
        let told = broken.flat_map(|(key, _)| {
            let of_key = self.findings.get(&key.code());
            let named = format!("`{key}`");
            let first =
                of_key.into_iter().flat_map(|told| &told.first).filter(move |told| told.message.contains(&named));
            let messages: Vec<String> = first.map(|told| told.message.clone()).collect();
            let more = self.measures.of(key).broken.checked_sub(messages.len() as u64).filter(|more| *more > 0);
            let more = more.map(|more| format!("{more} more beyond the bound `{key}`"));
            messages.into_iter().chain(more)
        });
        told.collect()
    }
}
