//! §8.5: what became of the rows of the adjustments input. A row names something that was read, or something that the ledger or an
//! earlier run of the job knows and that is no longer there, or nothing: then what a person asked for was not done, and `post` refuses.

use std::collections::BTreeSet;

use super::adjusted_rows::{Adjusted, AdjustedRow, RowOutcome};
use super::{Intake, RunError, history, of_ledger};
use crate::bill::{self, Billing};
use crate::check;
use crate::finding::Finding;
use crate::ident::Idx;
use crate::inputs::Input;
use crate::job::Settings;
use crate::ledger::{Ledger, LocalStore};
use crate::link::Links;
use crate::model::{Action, Adjustment, Facts, Fate, State, TargetKind, World};
use crate::posted::{Effect, KnownIds, Posted};

/// The kinds of things that a row may mean.
fn kinds(row: &Adjustment) -> Vec<TargetKind> {
    row.kind.map_or_else(|| row.action.targets().to_vec(), |kind| vec![kind])
}

/// What a row names and nothing is: the kinds that it may be of, and the id. `None` when nothing is missing.
fn missed<'a>(row: &'a Adjustment, fate: &Fate) -> Option<(Vec<TargetKind>, &'a str)> {
    match (&fate.state, fate.kind, &row.action) {
        // What it is done to was read, and where it leads to was not.
        (State::Missed(_), Some(_), Action::Move(line)) => Some((vec![TargetKind::OrderLine], line)),
        (State::Missed(_) | State::Draft, _, _) => Some((kinds(row), &row.id)),
        (State::Applied | State::Idle | State::Waiting, _, _) => None,
    }
}

fn in_ledger(posted: &Posted, kinds: &[TargetKind], id: &str) -> bool {
    kinds.iter().any(|&kind| match kind {
        TargetKind::Draft => posted.has_document(id),
        kind => posted.known.has(kind, id),
    })
}

/// Turns rows that name what only the ledger or an earlier run knows from missed to waiting, and holds what they should move. A row that
/// says what something was billed as has to find that in the ledger.
pub(super) fn recognise(world: &mut World, settings: &Settings, posted: &Posted) -> Result<(), RunError> {
    let all = &world.adjustments;
    let mut to_ask = BTreeSet::new();
    let (mut known, mut unknown, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for (position, (row, fate)) in all.rows.iter().zip(&all.fates).enumerate() {
        if let (Action::SameAs(billed), State::Applied, true) = (&row.action, &fate.state, posted.head.is_some()) {
            if !fate.kind.is_some_and(|kind| in_ledger(posted, &[kind], billed)) {
                unknown.push((position, format!("names `{billed}`, of which the ledger has nothing")));
            }
            continue;
        }
        let Some((kinds, id)) = missed(row, fate) else { continue };
        if in_ledger(posted, &kinds, id) {
            known.push(position);
        } else if fate.state != State::Draft {
            to_ask.extend(kinds.iter().map(|&kind| (kind, id.to_owned())));
            open.push((position, kinds, id.to_owned()));
        }
    }
    let met = history::known(settings, &to_ask)?;
    let is_met = |kinds: &[TargetKind], id: &str| kinds.iter().any(|&kind| met.contains(&(kind, id.to_owned())));
    known.extend(open.iter().filter(|(_, kinds, id)| is_met(kinds, id)).map(|(position, _, _)| *position));
    for position in known {
        wait(world, position);
    }
    for (position, why) in unknown {
        if let Some(fate) = world.adjustments.fates.get_mut(position) {
            fate.state = State::Missed(why);
        }
    }
    Ok(())
}

/// Rows that match nothing, before anything is computed: those about drafts cannot be told yet.
///
/// # Errors
/// A ledger or a published run that cannot be read.
pub fn unmatched(intake: &mut Intake, settings: &Settings) -> Result<Vec<Finding>, RunError> {
    let mut known = KnownIds::asked(&intake.world);
    if let Some(ledger) = of_ledger::ledger(settings).filter(|_| !known.is_empty()) {
        ledger.recognise(&ledger.log()?, &mut known)?;
    }
    recognise(&mut intake.world, settings, &Posted::of_known(known))?;
    let all = &intake.world.adjustments;
    let rows = all.rows.iter().zip(&all.fates).filter_map(|(row, fate)| match &fate.state {
        State::Missed(why) => Some(check::unmatched(row, fate.kind, why)),
        // No draft is called like that.
        State::Draft if row.kind.is_none() && !row.id.starts_with("D-") => {
            Some(check::unmatched(row, fate.kind, "names nothing that was read"))
        }
        State::Applied | State::Idle | State::Waiting | State::Draft => None,
    });
    Ok(rows.collect())
}

/// Lets a row wait that names something which is known and not there. Work that the row should move to a line that is not exported is held
/// until that is settled.
fn wait(world: &mut World, position: usize) {
    let all = &mut world.adjustments;
    let (Some(row), Some(fate), Some(idx)) = (all.rows.get(position), all.fates.get_mut(position), Idx::new(position))
    else {
        return;
    };
    // A draft of the id may yet be made.
    if fate.state == State::Draft {
        return;
    }
    fate.state = State::Waiting;
    if !matches!(row.action, Action::Move(_)) {
        return;
    }
    let held = match fate.kind {
        Some(TargetKind::Ticket) => world.tickets.find(&row.id).map(|ticket| all.tickets.entry(ticket).or_default()),
        Some(TargetKind::Entry) => all.places.get(&row.id).map(|place| all.entries.entry(*place).or_default()),
        _ => None,
    };
    if let Some(edits) = held {
        edits.hold.get_or_insert(idx);
    }
}

/// The rows as they stand once drafts are made, and what is to be told of them; those that this part of the run answers for.
pub(super) fn settle(
    intake: &Intake,
    settings: &Settings,
    posted: &Posted,
    billing: &Billing,
) -> Result<(Adjusted, Vec<Finding>), RunError> {
    let world = &intake.world;
    let all = &world.adjustments;
    let made: BTreeSet<&str> = billing.drafts.iter().map(|draft| draft.id.as_str()).collect();
    let owns = |finding: &Finding| intake.split.as_ref().is_none_or(|split| split.shows(world, finding));
    let (mut adjusted, mut findings, mut drafts) = (Adjusted::default(), Vec::new(), Vec::new());
    for (row, fate) in all.rows.iter().zip(&all.fates) {
        let shown = |why: &str| check::unmatched(row, fate.kind, why);
        if !owns(&shown("")) {
            continue;
        }
        let unmatched = match &fate.state {
            State::Missed(why) => Some(shown(why)),
            State::Draft => {
                let is_made = made.contains(row.id.as_str()) || billing.held_by_name.contains(&row.id);
                (!is_made).then(|| shown(&format!("matches no {}", check::names_of(&kinds(row)))))
            }
            State::Applied | State::Idle | State::Waiting => None,
        };
        let outcome = match (&fate.state, &unmatched) {
            (State::Missed(_), _) | (State::Draft, Some(_)) => RowOutcome::Unmatched,
            (State::Applied | State::Draft, _) => RowOutcome::Applied,
            (State::Idle, _) => RowOutcome::NoEffect,
            (State::Waiting, _) => RowOutcome::Waiting,
        };
        let told = unmatched.as_ref().map_or_else(|| row.text(), |finding| finding.message.clone());
        drafts.push((fate.state == State::Draft).then_some(unmatched.clone()).flatten());
        if fate.state != State::Draft {
            findings.extend(unmatched);
        }
        adjusted.rows.push(AdjustedRow {
            row: intake.place(row.place, None),
            place: Some(row.place),
            outcome,
            action: row.action.name().to_owned(),
            kinds: kinds(row).iter().map(|kind| kind.name().to_owned()).collect(),
            id: row.id.clone(),
            settled: fate.kind.is_some() && fate.state != State::Draft,
            told,
        });
    }
    findings.extend(settle_drafts(&mut adjusted, drafts, world, settings, posted, billing)?);
    adjusted.rows.extend(quarantined(intake));
    adjusted.sort();
    Ok((adjusted, findings))
}

/// Settles rows that name drafts: those of a draft that is not made wait when it is only held, was posted, or is known from an earlier run.
fn settle_drafts(
    adjusted: &mut Adjusted,
    unmade: Vec<Option<Finding>>,
    world: &World,
    settings: &Settings,
    posted: &Posted,
    billing: &Billing,
) -> Result<Vec<Finding>, RunError> {
    if unmade.iter().all(Option::is_none) {
        return Ok(Vec::new());
    }
    let held = bill::would_be(world, &settings.billing, posted, billing);
    let is_known = |row: &AdjustedRow| {
        held.contains(&row.id) || row.ids().iter().any(|(kind, id)| in_ledger(posted, &[*kind], id))
    };
    let rows = || adjusted.rows.iter().zip(&unmade).filter(|(_, unmade)| unmade.is_some()).map(|(row, _)| row);
    let to_ask = rows().filter(|row| !is_known(row)).flat_map(AdjustedRow::ids).collect();
    let met = history::known(settings, &to_ask)?;
    let mut findings = Vec::new();
    for (row, unmade) in adjusted.rows.iter_mut().zip(unmade) {
        let Some(finding) = unmade else { continue };
        // What tells drafts of one customer apart stands behind the rest of the id, and may be there in one run only: a hold of the
        // draft must not let it go under its new name.
        let renamed = |id: &str| id.starts_with(&row.id) || row.id.starts_with(id);
        row.settled = row.action == "hold" && billing.drafts.iter().any(|draft| renamed(&draft.id));
        if is_known(row) || (!row.settled && row.ids().iter().any(|id| met.contains(id))) {
            (row.outcome, row.told) = (RowOutcome::Waiting, finding.message);
        } else {
            findings.push(finding);
        }
    }
    Ok(findings)
}

/// Without a ledger, takes the hours that the export says are invoiced of capped lines off the room under their caps (§11.3).
pub(super) fn count_invoiced(world: &World, settings: &Settings, links: &Links, posted: &mut Posted) {
    let capped = |line| world.adjustments.of_line(line).is_some_and(|edits| !edits.cap.is_empty());
    if settings.ledger.is_some() || !world.adjustments.lines.keys().any(|line| capped(*line)) {
        return;
    }
    for entry in world.entries.chunk_list().iter().flat_map(|chunk| chunk.iter()) {
        if entry.usable()
            && entry.facts.has(Facts::INVOICED)
            && let Some((line, _)) = links.line_of(world, &entry).filter(|(line, _)| capped(*line))
            && let Some(date) = entry.date()
        {
            posted.capped.add(line, date, entry.hours, Effect::Billed);
        }
    }
}

/// Rows that could not be read.
fn quarantined(intake: &Intake) -> Vec<AdjustedRow> {
    let rows = intake.rejected.of_input(Input::Adjustments).into_iter();
    rows.map(|row| AdjustedRow {
        row: intake.place(row.place, row.line),
        place: Some(row.place),
        outcome: RowOutcome::Quarantined,
        action: String::new(),
        kinds: Vec::new(),
        id: row.id.clone(),
        settled: true,
        told: row.errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; "),
    })
    .collect()
}

/// Of the adjustments that a published run did not do, those that nothing explains which was posted or published since.
pub(super) fn undone(
    settings: &Settings,
    ledger: &Ledger<LocalStore>,
    mut rows: Vec<AdjustedRow>,
) -> Result<Vec<AdjustedRow>, RunError> {
    rows.retain(|row| matches!(row.outcome, RowOutcome::Unmatched | RowOutcome::Quarantined));
    let unmatched = || rows.iter().filter(|row| row.outcome == RowOutcome::Unmatched && !row.settled);
    let asked: BTreeSet<_> = unmatched().flat_map(AdjustedRow::ids).collect();
    if asked.is_empty() {
        return Ok(rows);
    }
    let log = ledger.log()?;
    let mut in_ledger = KnownIds::of(asked.iter().map(|(_, id)| id.clone()).collect());
    ledger.recognise(&log, &mut in_ledger)?;
    let book = ledger.book(&log)?;
    let in_runs = history::known(settings, &asked)?;
    let is_known = |(kind, id): (TargetKind, String)| {
        let posted = kind == TargetKind::Draft && book.find(&id).is_some();
        posted || in_ledger.has(kind, &id) || in_runs.contains(&(kind, id))
    };
    rows.retain(|row| row.outcome == RowOutcome::Quarantined || row.settled || !row.ids().into_iter().any(is_known));
    Ok(rows)
}
