//! Texts that the cells of a workbook share: kept once, one behind the other.

use std::io::Read;

use quick_xml::events::Event;

use super::Fault;
use super::xml::{TEXT_BYTES_MAX, Xml, attribute};
use crate::read::room;

#[derive(Debug, Default)]
pub(in crate::read) struct Shared {
    texts: String,
    /// Where each text ends.
    ends: Vec<u32>,
}

/// Texts of one workbook: more than a full sheet has cells of eight columns.
const TEXTS_MAX: usize = 1 << 24;
/// Room for so much more is asked for at once.
const GROWTH_BYTES: usize = 1 << 20;

impl Shared {
    pub fn get(&self, at: u32) -> Option<&str> {
        let at = at as usize;
        let end = *self.ends.get(at)?;
        let start = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.texts.get(start as usize..end as usize)
    }

    pub fn read<R: Read>(xml: &mut Xml<R>) -> Result<Shared, Fault> {
        let mut shared = Shared::default();
        loop {
            let text = match xml.next()? {
                Event::Start(element) => element.local_name().as_ref() == "si",
                Event::Eof => return Ok(shared),
                _ => false,
            };
            if !text {
                continue;
            }
            if shared.ends.len() == TEXTS_MAX {
                return Err(Fault::Broken(format!("its cells share more than {TEXTS_MAX} texts")));
            }
            shared.make_room()?;
            rich_text(xml, &mut shared.texts)?;
            let end = u32::try_from(shared.texts.len()).map_err(|_| Fault::TooLarge)?;
            shared.ends.push(end);
        }
    }

    fn make_room(&mut self) -> Result<(), Fault> {
        if self.texts.capacity() - self.texts.len() < GROWTH_BYTES {
            let more = self.texts.len().max(4 * GROWTH_BYTES);
            let there = room::has_room(more) && self.texts.try_reserve(more).is_ok();
            there.then_some(()).ok_or(Fault::NoRoom)?;
        }
        if self.ends.len() == self.ends.capacity() {
            let more = self.ends.len().max(1 << 12);
            let there = room::has_room(4 * more) && self.ends.try_reserve(more).is_ok();
            there.then_some(()).ok_or(Fault::NoRoom)?;
        }
        Ok(())
    }
}

/// Behind the start of `si` or `is`: its text, whatever its runs look like; how it is pronounced is left out.
pub(super) fn rich_text<R: Read>(xml: &mut Xml<R>, out: &mut String) -> Result<(), Fault> {
    enum Met {
        Text { keeps_blanks: bool },
        Pronounced,
        Start,
        End,
        Nothing,
    }
    let mut inside = 1_u32;
    let first = out.len();
    let mut text = String::new();
    while inside > 0 {
        let met = match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" => {
                    let plain = element.attributes_raw().is_empty();
                    let space = if plain { None } else { attribute(&element, "space")? };
                    Met::Text { keeps_blanks: space.as_deref() == Some("preserve") }
                }
                "rPh" => Met::Pronounced,
                _ => Met::Start,
            },
            Event::End(_) => Met::End,
            Event::Eof => return Err(Fault::cut_off()),
            _ => Met::Nothing,
        };
        match met {
            Met::Text { keeps_blanks } => {
                text.clear();
                xml.text_into(&mut text)?;
                let kept = if keeps_blanks { &text } else { text.trim_matches([' ', '\t', '\r', '\n']) };
                unescaped_into(kept, out);
            }
            Met::Pronounced => xml.skip()?,
            Met::Start => inside += 1,
            Met::End => inside -= 1,
            Met::Nothing => {}
        }
        if out.len() - first > TEXT_BYTES_MAX {
            return Err(Fault::Broken("a text in it is longer than a text may be".to_owned()));
        }
    }
    Ok(())
}

/// Characters that XML cannot hold stand as `_x000D_`, in units of UTF-16; an underscore before an `x` as `_x005F_`.
pub(super) fn unescaped_into(text: &str, out: &mut String) {
    let mut rest = text;
    let mut units: Vec<u16> = Vec::new();
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        units.clear();
        let mut behind = from;
        while let Some((unit, after)) = escaped_unit(behind) {
            units.push(unit);
            behind = after;
            // Only the second half of a pair belongs to it.
            if !(0xD800..0xDC00).contains(&unit) || units.len() == 2 {
                break;
            }
        }
        if units.is_empty() {
            out.push_str("_x");
            rest = from.get(2..).unwrap_or_default();
        } else {
            out.extend(
                char::decode_utf16(units.iter().copied()).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)),
            );
            rest = behind;
        }
    }
    out.push_str(rest);
}

fn escaped_unit(text: &str) -> Option<(u16, &str)> {
    let digits = text.strip_prefix("_x")?.get(..4)?;
    let after = text.get(6..)?.strip_prefix('_')?;
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| u16::from_str_radix(digits, 16).ok()).flatten().map(|unit| (unit, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_those_of_their_runs_without_how_they_are_said() {
        let part = "<sst count='5' uniqueCount='99999999999'><si><t> plain </t></si><si><t xml:space='preserve'> kept </t></si>\
                    <si><r><rPr><b/></rPr><t>one</t></r><r><t xml:space='preserve'> two</t></r></si>\
                    <si><t>東京</t><rPh sb='0' eb='2'><t>とうきょう</t></rPh></si><si/>\
                    <si><t>a &amp; b&#10;<![CDATA[<c>]]></t></si></sst>";
        let shared = Shared::read(&mut Xml::new(part.as_bytes(), 1 << 20)).unwrap();
        let texts: Vec<&str> = (0..).map_while(|at| shared.get(at)).collect();
        assert_eq!(texts, ["plain", " kept ", "one two", "東京", "", "a & b\n<c>"]);
    }

    #[test]
    fn escaped_characters_are_what_they_stand_for() {
        for (text, said) in [
            ("plain", "plain"),
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x000d", "_x000d"),
            ("_xZZZZ_", "_xZZZZ_"),
            ("_xD83D__xDCF7_!", "📷!"),
            ("_xD83D_", "\u{fffd}"),
            ("_x_x0041_", "_xA"),
            ("_xé000_", "_xé000_"),
        ] {
            let mut out = String::new();
            unescaped_into(text, &mut out);
            assert_eq!(out, said, "{text}");
        }
    }
}
