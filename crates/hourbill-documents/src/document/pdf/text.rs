//! The two faces of documents: which glyphs they have, how wide texts are, where they wrap.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};
use unicode_bidi::BidiInfo;
use unicode_normalization::UnicodeNormalization;

/// Stands for a character that the font lacks.
pub const MARK: char = '□';

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    #[default]
    Regular,
    Bold,
}

/// A font with its glyphs by character.
struct Face {
    font: Font,
    /// Glyph and advance, as a share of the font size, by the code of the character: every character of a document is looked up a few times.
    glyphs: Vec<Option<(u32, f32)>>,
}

impl Face {
    fn new(data: &'static [u8]) -> Option<Face> {
        let font = FontRef::new(data).ok()?;
        let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let units = f32::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
        let mut glyphs = Vec::new();
        for (code, glyph) in font.charmap().mappings() {
            let (Ok(code), Some(advance)) = (usize::try_from(code), metrics.advance_width(glyph)) else { continue };
            if code >= glyphs.len() {
                glyphs.resize(code + 1, None);
            }
            if let Some(known) = glyphs.get_mut(code) {
                *known = Some((glyph.to_u32(), advance / units));
            }
        }
        Some(Face { glyphs, font: Font::new(data.into(), 0)? })
    }

    fn glyph(&self, char: char) -> Option<(u32, f32)> {
        self.glyphs.get(char as usize).copied().flatten()
    }

    /// As a share of the font size; nothing for a character that the font lacks.
    fn advance(&self, char: char) -> f32 {
        self.glyph(char).map_or(0.0, |(_, advance)| advance)
    }
}

/// Liberation Sans: Latin, Greek, Cyrillic and Hebrew.
pub struct Faces {
    regular: Face,
    bold: Face,
}

static FACES: LazyLock<Option<Faces>> = LazyLock::new(|| {
    Some(Faces {
        regular: Face::new(include_bytes!("fonts/LiberationSans-Regular.ttf"))?,
        bold: Face::new(include_bytes!("fonts/LiberationSans-Bold.ttf"))?,
    })
});

impl Faces {
    /// `None` when the fonts in the program are broken.
    pub fn get() -> Option<&'static Faces> {
        FACES.as_ref()
    }

    fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    pub fn font(&self, weight: Weight) -> &Font {
        &self.face(weight).font
    }

    /// A text as it can be shown: composed, without what has no width, line breaks as `\n`, and a mark for what the font lacks, which is told
    /// to `missing`.
    pub fn clean<'a>(&self, text: &'a str, missing: &mut BTreeSet<char>) -> Cow<'a, str> {
        let plain = |char: char| char == '\n' || !char.is_control() && self.regular.glyph(char).is_some();
        if text.chars().all(|char| plain(char) && !is_combining(char) && !has_no_width(char)) {
            return Cow::Borrowed(text);
        }
        let composed: String = if text.chars().any(is_combining) { text.nfc().collect() } else { text.to_owned() };
        let shown = composed.replace("\r\n", "\n");
        let chars = shown.chars().filter(|&char| !has_no_width(char)).map(|char| match char {
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            '\t' => ' ',
            '\u{2010}' | '\u{2011}' => '-',
            _ if plain(char) => char,
            _ if char.is_whitespace() => ' ',
            _ => {
                missing.insert(char);
                MARK
            }
        });
        Cow::Owned(chars.collect())
    }

    pub fn width(&self, text: &str, weight: Weight, size: f32) -> f32 {
        let face = self.face(weight);
        text.chars().map(|char| face.advance(char)).sum::<f32>() * size
    }

    /// The glyphs of one line of cleaned text, in the order in which they stand.
    pub fn glyphs(&self, text: &str, weight: Weight) -> Vec<KrillaGlyph> {
        let face = self.face(weight);
        let glyph = |(start, char): (usize, char)| {
            let (glyph, advance) = face.glyph(char)?;
            let range = start..start + char.len_utf8();
            Some(KrillaGlyph::new(GlyphId::new(glyph), advance, 0.0, 0.0, 0.0, range, None))
        };
        text.char_indices().filter_map(glyph).collect()
    }

    /// Lines of cleaned text that fit a width: broken at blanks, words that are too long anywhere.
    pub fn wrap(&self, text: &str, weight: Weight, size: f32, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            self.wrap_paragraph(paragraph, weight, size, width, &mut lines);
        }
        // Blank lines at the end of a cell are no content.
        while lines.last().is_some_and(|line: &String| line.trim().is_empty()) {
            lines.pop();
        }
        lines.into_iter().map(|line| visual(line.trim_end())).collect()
    }

    fn wrap_paragraph(&self, text: &str, weight: Weight, size: f32, width: f32, lines: &mut Vec<String>) {
        let face = self.face(weight);
        let advance = |char| face.advance(char) * size;
        let mut line = String::new();
        let mut line_width = 0.0;
        for word in text.split_inclusive([' ', '/', '-', '\u{ad}']) {
            let word_width: f32 = word.trim_end().chars().map(advance).sum();
            if line_width + word_width > width && !line.trim().is_empty() {
                lines.push(std::mem::take(&mut line));
                line_width = 0.0;
            }
            for char in word.chars() {
                let wide = advance(char);
                if line_width + wide > width && char != ' ' && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    line_width = 0.0;
                }
                line.push(char);
                line_width += wide;
            }
        }
        lines.push(line);
    }

    /// One line that fits a width, with an ellipsis when something was cut.
    pub fn cut(&self, text: &str, weight: Weight, size: f32, width: f32) -> String {
        let line = text.replace('\n', " ");
        if self.width(&line, weight, size) <= width {
            return visual(&line);
        }
        let room = width - self.width("…", weight, size);
        let mut kept = String::new();
        for char in line.chars() {
            kept.push(char);
            if self.width(&kept, weight, size) > room {
                kept.pop();
                break;
            }
        }
        kept.truncate(kept.trim_end().len());
        kept.push('…');
        visual(&kept)
    }
}

fn is_combining(char: char) -> bool {
    matches!(char, '\u{300}'..='\u{36f}')
}

/// Joiners, direction marks, variation selectors, soft hyphens: they shape other characters and show nothing.
fn has_no_width(char: char) -> bool {
    matches!(char, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// A line in the order in which it is read from left to right on paper.
fn visual(line: &str) -> String {
    if !line
        .chars()
        .any(|char| matches!(char, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'))
    {
        return line.to_owned();
    }
    let bidi = BidiInfo::new(line, None);
    let shown = bidi.paragraphs.iter().map(|paragraph| bidi.reorder_line(paragraph, paragraph.range.clone()));
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> (String, String) {
        let mut missing = BTreeSet::new();
        let shown = Faces::get().unwrap().clean(text, &mut missing).into_owned();
        (shown, missing.into_iter().collect())
    }

    #[test]
    fn what_the_font_lacks_is_a_mark_and_named() {
        assert_eq!(clean("日本 Zoë, Łódź, Ελλάς, Киев"), ("□□ Zoë, Łódź, Ελλάς, Киев".to_owned(), "日本".to_owned()));
        assert_eq!(clean("ok 👍🏽!").0, "ok □□!");
        assert_eq!(clean("مرحبا").1.chars().count(), 5);
    }

    #[test]
    fn what_shows_nothing_is_dropped_and_accents_are_composed() {
        assert_eq!(
            clean("e\u{301}t\u{e9} a\u{200b}b\u{ad}c\u{feff} x\u{2011}y"),
            ("été abc x-y".to_owned(), String::new())
        );
        assert_eq!(clean("a\r\nb\rc\td\u{0}e"), ("a\nb\nc d□e".to_owned(), "\0".to_owned()));
    }

    #[test]
    fn lines_fit_and_lose_nothing() {
        let faces = Faces::get().unwrap();
        let text = "Called back the customer, waited for the vendor Donaudampfschifffahrtselektrizitätenhauptbetriebswerk and left";
        for width in [12.0, 40.0, 90.0, 1000.0] {
            let lines = faces.wrap(text, Weight::Regular, 9.0, width);
            let joined: String = lines.concat();
            assert_eq!(joined.replace(' ', ""), text.replace(' ', ""));
            assert!(lines.iter().all(|line| faces.width(line, Weight::Regular, 9.0) <= width), "{width} {lines:?}");
        }
        assert_eq!(faces.wrap("", Weight::Regular, 9.0, 50.0), Vec::<String>::new());
        assert_eq!(faces.wrap("a\n\nb\n\n", Weight::Regular, 9.0, 50.0), ["a", "", "b"]);
        assert_eq!(faces.wrap("x", Weight::Regular, 9.0, 0.0), ["x"]);
    }

    #[test]
    fn hebrew_is_read_from_the_right() {
        let faces = Faces::get().unwrap();
        assert_eq!(faces.wrap("abc שלום 12", Weight::Regular, 9.0, 500.0), ["abc 12 םולש"]);
    }

    #[test]
    fn a_cut_line_says_so() {
        let faces = Faces::get().unwrap();
        let cut = faces.cut("Société Générale d'Éclairage SA", Weight::Bold, 9.0, 60.0);
        assert!(cut.ends_with('…') && faces.width(&cut, Weight::Bold, 9.0) <= 60.0, "{cut}");
    }
}
