//! Electronic invoices (EN 16931): a draft as UBL, as CII, and as a PDF/A-3 with the CII inside (Factur-X).
//!
//! Nothing is guessed: what the inputs do not say makes no XML, but a finding that names the field and its business term. Each invoice passes
//! the rules of its profile before it is written.

mod annex;
mod france;
mod gaps;
mod map;
mod missing;
mod national;
#[cfg(test)]
#[path = "tests.rs"]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use en16931::validation::profile::{ProfileMarker, Validated};
use en16931::{En16931, PeppolBis3, XRechnung};
use en16931_formats::Syntax;

pub use gaps::Missing;
pub use missing::{of_buyer, of_buyer_by_country, of_draft, of_seller, of_seller_by_country};
pub use national::Sides;

use super::model::Invoice;
#[cfg(feature = "pdf")]
use super::model::Status;
use super::{DocumentError, DraftFile, Format, ReviewCheck, Scope};
use crate::finding::{Code, Finding, Subject};
use crate::job::Profile;

/// An invoice that has passed the rules of its profile.
enum Proof {
    Core(Box<Validated<En16931>>),
    Peppol(Box<Validated<PeppolBis3>>),
    XRechnung(Box<Validated<XRechnung>>),
}

/// Why there is no electronic invoice of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The inputs lack something.
    Incomplete(Vec<Missing>),
    /// The standard cannot say what the draft says.
    Impossible(String),
    /// B9: the finding about its taxes says so.
    RoundingRefused,
}

/// `ubl.xml`.
pub struct Ubl;

impl Format for Ubl {
    fn scope(&self) -> Scope {
        Scope::Draft
    }

    fn of_draft(&self, invoice: &Invoice) -> Result<Option<DraftFile>, DocumentError> {
        Ok(ubl(invoice).map(|bytes| DraftFile { name: "ubl.xml", bytes }))
    }

    fn checks(&self) -> &'static [ReviewCheck] {
        &[SAYABLE, REFERENCES]
    }
}

/// `cii.xml`.
pub struct Cii;

impl Format for Cii {
    fn scope(&self) -> Scope {
        Scope::Draft
    }

    fn of_draft(&self, invoice: &Invoice) -> Result<Option<DraftFile>, DocumentError> {
        Ok(cii(invoice).map(|bytes| DraftFile { name: "cii.xml", bytes }))
    }

    fn checks(&self) -> &'static [ReviewCheck] {
        &[SAYABLE, REFERENCES]
    }
}

/// `factur-x.pdf`: both in one.
#[cfg(feature = "pdf")]
pub struct FacturX;

#[cfg(feature = "pdf")]
impl Format for FacturX {
    fn scope(&self) -> Scope {
        Scope::Draft
    }

    fn of_draft(&self, invoice: &Invoice) -> Result<Option<DraftFile>, DocumentError> {
        let name = "factur-x.pdf";
        let error = |why| DocumentError { name, invoice: invoice.id.clone(), why };
        Ok(factur_x(invoice).map_err(error)?.map(|bytes| DraftFile { name, bytes }))
    }

    fn checks(&self) -> &'static [ReviewCheck] {
        &[super::pdf::GLYPHS, SAYABLE, REFERENCES]
    }
}

const SAYABLE: ReviewCheck = ReviewCheck { name: "e-invoice", finding };
const REFERENCES: ReviewCheck = ReviewCheck { name: "customer-references", finding: several_references };

/// The bytes of `ubl.xml`; `None` when there is an obstacle.
pub fn ubl(invoice: &Invoice) -> Option<Vec<u8>> {
    Some(xml(&proof(invoice, invoice.profile).ok()?, Syntax::Ubl))
}

/// The bytes of `cii.xml`; `None` when there is an obstacle.
pub fn cii(invoice: &Invoice) -> Option<Vec<u8>> {
    Some(xml(&proof(invoice, invoice.profile).ok()?, Syntax::Cii))
}

/// The PDF with the CII invoice inside; `None` when there is an obstacle.
///
/// # Errors
/// What the writers refuse; no data does.
#[cfg(feature = "pdf")]
pub fn factur_x(invoice: &Invoice) -> Result<Option<Vec<u8>>, String> {
    use en16931_formats::zugferd::{EmbedOptions, Metadata, embed};
    use std::time::{Duration, UNIX_EPOCH};

    // What the draft lacks for its own profile makes no XML in any form, as the finding says. The rules of Factur-X know the guideline of the
    // core alone (BT-24): the core invoice goes inside, whatever else is asked for beside it.
    let proven = match proof(invoice, invoice.profile) {
        Ok(Proof::Peppol(_) | Proof::XRechnung(_)) => proof(invoice, Profile::FacturX),
        proven => proven,
    };
    let Ok(Proof::Core(proof)) = proven else { return Ok(None) };
    let pdf = super::pdf::bytes(invoice, true)?;
    let days = u64::try_from(invoice.dated().days()).unwrap_or(0);
    let options = EmbedOptions {
        metadata: Some(Metadata {
            title: super::for_metadata(&match invoice.status {
                Status::Draft => format!("DRAFT {}", invoice.id),
                Status::Posted | Status::Final | Status::Cancelled => invoice.called().to_owned(),
            }),
            subject: map::not_transmittable(invoice.status).unwrap_or_default().to_owned(),
            author: super::for_metadata(&invoice.seller.name),
        }),
        // No clock: equal drafts have equal bytes.
        modified: UNIX_EPOCH.checked_add(Duration::from_secs(days * 86_400)),
        ..EmbedOptions::default()
    };
    embed(&pdf, &proof, &options).map(Some).map_err(|error| error.to_string())
}

fn xml(proof: &Proof, syntax: Syntax) -> Vec<u8> {
    let written = match proof {
        Proof::Core(proof) => en16931_formats::write(proof, syntax),
        Proof::Peppol(proof) => en16931_formats::write(proof, syntax),
        Proof::XRechnung(proof) => en16931_formats::write(proof, syntax),
    };
    written.xml.into_bytes()
}

/// Why the draft makes no electronic invoice; `None` when it does.
pub fn obstacle(invoice: &Invoice) -> Option<Obstacle> {
    proof(invoice, invoice.profile).err()
}

/// The XML of a draft that may break every rule, for tests that hold the rules against it; `None` when an amount does not fit.
pub fn unchecked(invoice: &Invoice) -> Option<(Vec<u8>, Vec<u8>)> {
    let mapped = map::invoice(invoice, invoice.profile)?;
    let xml = |syntax| Some(en16931_formats::write_unchecked(&mapped, syntax).ok()?.xml.into_bytes());
    Some((xml(Syntax::Ubl)?, xml(Syntax::Cii)?))
}

/// The rules that a draft breaks, by their ids, whatever keeps it from being written.
pub fn broken_rules(invoice: &Invoice) -> BTreeSet<String> {
    let Some(mapped) = map::invoice(invoice, invoice.profile) else { return BTreeSet::new() };
    let profile = match invoice.profile {
        Profile::FacturX | Profile::Fr => &en16931::profiles::EN16931,
        Profile::Peppol => &en16931::profiles::PEPPOL_BIS_3,
        Profile::XRechnung => &en16931::profiles::XRECHNUNG,
    };
    profile.validate(&mapped).fatal().map(|finding| finding.rule.clone()).collect()
}

fn proof(invoice: &Invoice, profile: Profile) -> Result<Proof, Obstacle> {
    if invoice.rounding_refused {
        return Err(Obstacle::RoundingRefused);
    }
    if let Some(why) = map::impossible(invoice) {
        return Err(Obstacle::Impossible(why));
    }
    let missing = of_draft(invoice, profile);
    if !missing.is_empty() {
        return Err(Obstacle::Incomplete(missing));
    }
    let too_large = || Obstacle::Impossible("an amount is too large for the format".to_owned());
    let mapped = map::invoice(invoice, profile).ok_or_else(too_large)?;
    let forbidden = match profile {
        Profile::Fr => france::impossible(&mapped, invoice),
        Profile::Peppol => national::impossible(&mapped, invoice),
        Profile::FacturX | Profile::XRechnung => None,
    };
    if let Some(why) = forbidden {
        return Err(Obstacle::Impossible(why));
    }
    match profile {
        Profile::FacturX | Profile::Fr => proven(mapped).map(Proof::Core),
        Profile::Peppol => proven(mapped).map(Proof::Peppol),
        Profile::XRechnung => proven(mapped).map(Proof::XRechnung),
    }
}

fn proven<P: ProfileMarker>(mapped: en16931::Invoice) -> Result<Box<Validated<P>>, Obstacle> {
    Validated::new(mapped).map(Box::new).map_err(|rejected| {
        // A rule that many lines break is told once, with its own words.
        let mut told: BTreeMap<String, (String, String)> = BTreeMap::new();
        for finding in rejected.report().fatal() {
            told.entry(finding.rule.clone()).or_insert_with(|| (finding.path.to_string(), finding.message.clone()));
        }
        let told: Vec<String> = told
            .into_iter()
            .map(|(rule, (path, words))| {
                format!("{rule} ({path}: {})", words.split_whitespace().collect::<Vec<_>>().join(" "))
            })
            .collect();
        Obstacle::Impossible(format!("it breaks {}", told.join(", ")))
    })
}

/// N8: the document has one place for the customer's name of an order (BT-13), and several were given.
fn several_references(invoice: &Invoice) -> Option<Finding> {
    let references = &invoice.customer_references;
    let message = format!(
        "`{}` bills the orders `{}`: profile {} has one place for an order number (BT-13), which stays empty; each line names its own (BT-127)",
        invoice.id,
        references.join("`, `"),
        invoice.profile.name()
    );
    let (code, subject, id) = (Code::SeveralCustomerReferences, Subject::Draft, invoice.id.clone());
    (references.len() > 1).then_some(Finding { code, subject, id, message, place: None })
}

/// The finding about a draft without its electronic invoice.
pub fn finding(invoice: &Invoice) -> Option<Finding> {
    let (code, why) = match obstacle(invoice)? {
        Obstacle::Incomplete(missing) => {
            let fields: Vec<String> = missing.iter().map(Missing::to_string).collect();
            (Code::EInvoiceIncomplete, fields.join("; "))
        }
        Obstacle::Impossible(why) => (Code::EInvoiceImpossible, why),
        Obstacle::RoundingRefused => return None,
    };
    let message = format!("no electronic invoice for `{}` (profile {}): {why}", invoice.id, invoice.profile.name());
    Some(Finding { code, subject: Subject::Draft, id: invoice.id.clone(), message, place: None })
}
