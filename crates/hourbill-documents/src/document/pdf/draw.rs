//! Pages become the bytes of a PDF.

use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Archival, Configuration, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;

use super::page::{Color, Flow, HEIGHT, Mark, WIDTH};
use super::text::Weight;
use crate::calendar::Date;
use crate::document::for_metadata;
use crate::document::labels::Language;
use crate::document::model::Invoice;

/// What a PDF says of itself.
pub struct About<'a> {
    pub title: &'a str,
    pub author: &'a str,
    pub language: Language,
    /// PDF/A must have a date. It is none of a clock: equal documents have equal bytes.
    pub archival: Option<Date>,
}

impl<'a> About<'a> {
    pub fn invoice(invoice: &'a Invoice, archival: bool) -> About<'a> {
        About {
            title: invoice.called(),
            author: &invoice.seller.name,
            language: Language::of(&invoice.buyer.contact.language),
            archival: archival.then(|| invoice.dated()),
        }
    }
}

/// # Errors
/// What the writer refuses.
pub fn bytes(about: &About<'_>, flow: &Flow) -> Result<Vec<u8>, String> {
    let configuration = if about.archival.is_some() {
        let built = ConfigurationBuilder::new().with_archival_validator(Archival::A3_B).finish();
        built.map_err(|error| format!("{error:?}"))?
    } else {
        Configuration::default()
    };
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    for page in &flow.pages {
        let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or("a page without a size")?;
        let mut sheet = document.start_page_with(size);
        let mut surface = sheet.surface();
        for mark in &page.marks {
            draw(&mut surface, flow, mark);
        }
        surface.finish();
        sheet.finish();
    }
    let mut metadata = Metadata::new()
        .title(for_metadata(about.title))
        .authors(if about.author.is_empty() { Vec::new() } else { vec![for_metadata(about.author)] })
        .creator("hourbill".to_owned())
        .language(about.language.tag().to_owned())
        .document_id(for_metadata(about.title));
    if let Some(date) = about.archival {
        let (year, month, day) = date.ymd();
        let part = |number: u32| u8::try_from(number).unwrap_or(1);
        let date = DateTime::new(u16::try_from(year).unwrap_or(0)).month(part(month)).day(part(day));
        metadata = metadata.creation_date(date);
    }
    document.set_metadata(metadata);
    document.finish().map_err(|error| format!("{error:?}"))
}

fn fill(color: Color) -> Fill {
    let (red, green, blue) = color.rgb();
    Fill { paint: rgb::Color::new(red, green, blue).into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

fn stroke(color: Color, width: f32) -> Stroke {
    let (red, green, blue) = color.rgb();
    Stroke { paint: rgb::Color::new(red, green, blue).into(), width, ..Stroke::default() }
}

fn draw(surface: &mut Surface<'_>, flow: &Flow, mark: &Mark) {
    match mark {
        Mark::Text { x, y, style, text } => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(style.color)));
            let glyphs = flow.faces.glyphs(text, style.weight);
            let font = flow.faces.font(style.weight).clone();
            surface.draw_glyphs(Point::from_xy(*x, *y), &glyphs, font, text, style.size, false);
        }
        Mark::Watermark { size, text } => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(Color::Watermark)));
            let width = flow.faces.width(text, Weight::Bold, *size);
            let glyphs = flow.faces.glyphs(text, Weight::Bold);
            let font = flow.faces.font(Weight::Bold).clone();
            surface.push_transform(&Transform::from_rotate_at(-52.0, WIDTH / 2.0, HEIGHT / 2.0));
            let start = Point::from_xy((WIDTH - width) / 2.0, HEIGHT / 2.0 + size * 0.35);
            surface.draw_glyphs(start, &glyphs, font, text, *size, false);
            surface.pop();
        }
        Mark::Line { x1, x2, y, width, color } => {
            let mut path = PathBuilder::new();
            path.move_to(*x1, *y);
            path.line_to(*x2, *y);
            surface.set_fill(None);
            surface.set_stroke(Some(stroke(*color, *width)));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        Mark::Fill { x, y, width, height, color } => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*color)));
            rectangle(surface, (*x, *y, *width, *height));
        }
        Mark::Frame { x, y, width, height, color } => {
            surface.set_fill(None);
            surface.set_stroke(Some(stroke(*color, 1.0)));
            rectangle(surface, (*x, *y, *width, *height));
        }
    }
}

fn rectangle(surface: &mut Surface<'_>, (x, y, width, height): (f32, f32, f32, f32)) {
    let mut path = PathBuilder::new();
    if let Some(rectangle) = Rect::from_xywh(x, y, width, height) {
        path.push_rect(rectangle);
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}
