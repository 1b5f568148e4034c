//! The top of a document's first page: who sends it and what it is, whom it is for, and what is to be known of it at once; and what stands on
//! every page.

use super::page::{Color, Flow, HEIGHT, LEFT, Mark, Page, RIGHT, Style, TextAlign};
use super::text::{Faces, Weight};
use super::{ALARM, BODY, LABEL, NAME, SMALL, STRONG, TITLE, joined, named};
use crate::document::countries;
use crate::document::labels::{Label, Language};
use crate::document::model::Buyer;
use crate::job::CompanyProfile;

/// Both sides of a document, in the language of the one it is for.
#[derive(Clone, Copy)]
pub struct Letterhead<'a> {
    pub seller: &'a CompanyProfile,
    pub buyer: &'a Buyer,
    pub language: Language,
}

/// Between a label that takes all of its room and what is said of it.
const LABEL_GAP: f32 = 4.0;

/// What stands in the margins of every page, beside the seller and the number of the page.
pub struct Margins<'a> {
    /// At the top of all pages but the first.
    pub title: &'a str,
    /// At the bottom, behind the seller's numbers; empty ones are left out.
    pub account: &'a [String],
    /// Across each page, and beside its title.
    pub mark: Option<&'a str>,
}

impl Letterhead<'_> {
    /// `numbers` are lines below the seller's address, empty ones left out; `mark` stands in a frame below the title.
    pub fn seller_and_title(&self, flow: &mut Flow, numbers: &[String], title: &str, mark: Option<&str>) {
        let (top, middle) = (flow.y, LEFT + 285.0);
        let (seller, room) = (self.seller, (LEFT, 270.0));
        flow.paragraph(&seller.name, NAME, room);
        let streets = [seller.street.as_str(), &seller.street2];
        let country = self.country(&seller.country);
        for line in address(streets, &seller.postcode, &seller.city, &seller.region, (&seller.country, &country)) {
            flow.paragraph(&line, LABEL, room);
        }
        for line in numbers.iter().filter(|line| !line.is_empty()) {
            flow.paragraph(line, LABEL, room);
        }
        let contact = joined(&[&seller.contact, &seller.phone, &seller.email, &seller.website]);
        flow.paragraph(&contact, LABEL, room);
        let bottom = flow.y;
        flow.figure(title, TITLE, (middle, RIGHT - middle), top + TITLE.size);
        let badge = top + TITLE.size + 12.0;
        if let Some(mark) = mark {
            let width = flow.faces.width(mark, ALARM.weight, ALARM.size) + 14.0;
            flow.mark(Mark::Frame { x: RIGHT - width, y: badge, width, height: 16.0, color: Color::Red });
            flow.words(mark, ALARM, (RIGHT - width, width - 7.0), badge + 11.2, TextAlign::Right);
        }
        flow.y = bottom.max(badge + 16.0) + 22.0;
    }

    /// `numbers` are lines below the buyer's address, empty ones left out; `facts` stand beside it.
    pub fn buyer_and_facts(&self, flow: &mut Flow, called: Label, numbers: &[String], facts: &[(Label, String)]) {
        let (top, half) = (flow.y, 235.0);
        let (buyer, room) = (self.buyer, (LEFT, half));
        flow.paragraph(called.text(self.language), LABEL, room);
        flow.y += 1.0;
        flow.paragraph(&buyer.name, Style { size: 10.0, ..STRONG }, room);
        let place = &buyer.contact.address;
        let (streets, country) = ([place.street.as_str(), &place.street2], self.country(&place.country));
        for line in address(streets, &place.postcode, &place.city, "", (&place.country, &country)) {
            flow.paragraph(&line, BODY, room);
        }
        for line in numbers.iter().filter(|line| !line.is_empty()) {
            flow.paragraph(line, BODY, room);
        }
        if !buyer.contact.email.is_empty() {
            flow.paragraph(&buyer.contact.email, LABEL, room);
        }
        let bottom = flow.y;
        flow.y = top;
        for (label, text) in facts {
            self.fact(flow, *label, text, LEFT + half + 25.0);
        }
        flow.y = flow.y.max(bottom) + 20.0;
    }

    /// Puts what every page carries onto all of them, once their number is known.
    pub fn every_page(&self, flow: &mut Flow, margins: &Margins<'_>) {
        let label = |label: Label| label.text(self.language);
        let seller = self.seller;
        let who = joined(&[&seller.name, &seller.legal_note]);
        let (vat, registration) =
            (named(label(Label::VatId), &seller.vat_id), named(label(Label::Registration), &seller.registration));
        let mut account = vec![vat.as_str(), &registration];
        account.extend(margins.account.iter().map(String::as_str));
        let account = joined(&account);
        let pages = std::mem::take(&mut flow.pages);
        let count = pages.len();
        for (number, page) in (1..).zip(pages) {
            flow.pages.push(page_with_watermark(margins.mark, flow.faces));
            let room = (LEFT, RIGHT - LEFT - 100.0);
            if number > 1 {
                flow.text(margins.title, SMALL, room, 46.0, TextAlign::Left);
                let right = (RIGHT - 95.0, 95.0);
                flow.words(
                    margins.mark.unwrap_or_default(),
                    Style { size: 7.5, ..ALARM },
                    right,
                    46.0,
                    TextAlign::Right,
                );
                flow.rule((LEFT, RIGHT), 52.0, 0.5, Color::Rule);
            }
            let foot = HEIGHT - 50.0;
            flow.rule((LEFT, RIGHT), foot - 12.0, 0.5, Color::Rule);
            flow.text(&who, SMALL, room, foot, TextAlign::Left);
            flow.text(&account, SMALL, (LEFT, RIGHT - LEFT), foot + SMALL.leading(), TextAlign::Left);
            let of = format!("{} {number} {} {count}", label(Label::Page), label(Label::PageOf));
            flow.words(&of, SMALL, (RIGHT - 95.0, 95.0), foot, TextAlign::Right);
            if let Some(last) = flow.pages.last_mut() {
                last.marks.extend(page.marks);
            }
        }
    }

    fn fact(&self, flow: &mut Flow, label: Label, text: &str, x: f32) {
        let (labels, texts) = (95.0, RIGHT - x - 95.0);
        let top = flow.y;
        // On the line of the text beside it, whose letters are larger.
        flow.y += BODY.size - LABEL.size;
        flow.paragraph(label.text(self.language), LABEL, (x, labels - LABEL_GAP));
        let below = flow.y;
        flow.y = top;
        flow.paragraph(text, BODY, (x + labels, texts));
        flow.y = flow.y.max(below).max(top + BODY.leading()) + 1.5;
    }

    fn country(&self, country: &str) -> String {
        let sides = (self.seller.country.as_str(), self.buyer.contact.address.country.as_str());
        countries::shown(country, sides, self.language)
    }
}

/// The mark stands behind everything else.
fn page_with_watermark(mark: Option<&str>, faces: &Faces) -> Page {
    let Some(draft) = mark else { return Page::default() };
    // As wide as most of the diagonal, whatever the language.
    let size = (560.0 / faces.width(draft, Weight::Bold, 1.0)).min(150.0);
    Page { marks: vec![Mark::Watermark { size, text: draft.to_owned() }] }
}

/// Countries whose addresses put the postcode behind the city.
const POSTCODE_LAST: [&str; 12] = ["AU", "CA", "GB", "HK", "IE", "IN", "JP", "KR", "NZ", "SG", "US", "ZA"];

/// The lines of an address that are known. Of the country its code says where the postcode stands, and its name is shown.
fn address(streets: [&str; 2], postcode: &str, city: &str, region: &str, (code, country): (&str, &str)) -> Vec<String> {
    let last = POSTCODE_LAST.iter().any(|one| one.eq_ignore_ascii_case(code.trim()));
    let place = if last { [city, postcode] } else { [postcode, city] }.join(" ");
    let known = [region, country].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let lines = streets.into_iter().map(str::to_owned).chain([place.trim().to_owned(), known]);
    lines.filter(|line| !line.is_empty()).collect()
}
