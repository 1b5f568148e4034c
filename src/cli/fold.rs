//! Fits the parts of a receipt on a screen: what does not find room in full is said in fewer words.

use super::layout::plain;
use super::width::{columns, width};

/// A part of a receipt in its forms, the one with all details first.
pub struct ReceiptBlock {
    forms: Vec<Form>,
    at: usize,
    /// The part folds only when all others have.
    kept: bool,
}

enum Form {
    /// Has a head of its own: a blank line stands before it.
    Block(String),
    Lines(String),
}

impl Form {
    fn text(&self) -> &str {
        match self {
            Form::Block(text) | Form::Lines(text) => text,
        }
    }
}

impl ReceiptBlock {
    pub fn block(text: String) -> ReceiptBlock {
        ReceiptBlock { forms: vec![Form::Block(text)], at: 0, kept: false }
    }

    pub fn lines(text: String) -> ReceiptBlock {
        ReceiptBlock { forms: vec![Form::Lines(text)], at: 0, kept: false }
    }

    /// Adds a shorter form with a head of its own, for where there is no room for the last one.
    pub fn or_block(mut self, text: String) -> ReceiptBlock {
        self.forms.push(Form::Block(text));
        self
    }

    /// Adds a shorter form of plain lines, for where there is no room for the last one.
    pub fn or_lines(mut self, text: String) -> ReceiptBlock {
        self.forms.push(Form::Lines(text));
        self
    }

    /// Makes the part fold only when all others have: nothing else says it in few words.
    pub fn kept(mut self) -> ReceiptBlock {
        self.kept = true;
        self
    }

    fn form(&self) -> Option<&Form> {
        self.forms.get(self.at)
    }

    fn text(&self) -> &str {
        self.form().map_or("", Form::text)
    }

    fn is_block(&self) -> bool {
        matches!(self.form(), Some(Form::Block(_)))
    }
}

/// The parts below a title in at most so many lines, if their shortest forms allow it: the longest part folds first.
pub fn folded(title: &str, mut parts: Vec<ReceiptBlock>, lines_most: usize) -> String {
    loop {
        // Blank lines go first.
        let airy = laid_out(title, &parts, true);
        for text in [&airy, &laid_out(title, &parts, false)] {
            if lines(text) <= lines_most {
                return text.clone();
            }
        }
        let can = parts.iter_mut().rev().filter(|part| part.at + 1 < part.forms.len());
        match can.max_by_key(|part| (!part.kept, lines(part.text()))) {
            Some(part) => part.at += 1,
            None => return laid_out(title, &parts, false),
        }
    }
}

fn laid_out(title: &str, parts: &[ReceiptBlock], airy: bool) -> String {
    let mut text = format!("{title}\n");
    let mut after_block = false;
    for (nth, part) in parts.iter().filter(|part| !part.text().is_empty()).enumerate() {
        let apart = part.is_block() || (airy && (after_block || nth == 0));
        if apart {
            text.push('\n');
        }
        text.push_str(part.text());
        after_block = part.is_block();
    }
    text
}

/// Lines that a text takes on the terminal, where a long path goes on in the next one.
fn lines(text: &str) -> usize {
    let width = width();
    // Styles take no room.
    let of_line = |line: &str| columns(&plain(&anstream::adapter::strip_str(line).to_string())).div_ceil(width).max(1);
    text.lines().map(of_line).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_part_folds_first() {
        let parts = || {
            let long = "head\n  a\n  b\n  c\n".to_owned();
            let short = "other\n  d\n".to_owned();
            vec![
                ReceiptBlock::block(long).or_lines("3 of them\n".to_owned()),
                ReceiptBlock::block(short).or_lines("1 of those\n".to_owned()),
                ReceiptBlock::lines("done\n".to_owned()),
            ]
        };
        assert_eq!(folded("job", parts(), 11), "job\n\nhead\n  a\n  b\n  c\n\nother\n  d\n\ndone\n");
        assert_eq!(folded("job", parts(), 10), "job\n\nhead\n  a\n  b\n  c\n\nother\n  d\ndone\n");
        assert_eq!(folded("job", parts(), 9), "job\n\n3 of them\n\nother\n  d\n\ndone\n");
        assert_eq!(folded("job", parts(), 4), "job\n3 of them\n1 of those\ndone\n");
        let mut kept = parts();
        kept.insert(
            0,
            ReceiptBlock::block("kept\n  e\n  f\n  g\n  h\n".to_owned()).or_lines("gone\n".to_owned()).kept(),
        );
        assert_eq!(folded("job", kept, 10), "job\n\nkept\n  e\n  f\n  g\n  h\n3 of them\n1 of those\ndone\n");
        assert_eq!(folded("job", parts(), 1), "job\n3 of them\n1 of those\ndone\n", "less than all is not told");
    }
}
