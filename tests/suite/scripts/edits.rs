//! What changes between two runs.

use super::world::{DATES, Exports, HUNDREDTHS, LINES};
use crate::oracle::Dice;

pub fn edit(exports: &mut Exports, dice: &mut Dice) -> String {
    let mut told = Vec::new();
    for _ in 0..dice.below(4) + 1 {
        let id = format!("e{}", dice.below(6));
        if dice.percent(15) {
            told.push(format!("{id} is gone"));
            exports.entries.remove(&id);
        } else {
            let entry = (dice.below(DATES.len()), dice.one_of(&HUNDREDTHS), dice.below(LINES.len()));
            told.push(format!("{id} is {entry:?}"));
            exports.entries.insert(id, entry);
        }
    }
    told.join(", ")
}

pub fn adjust(exports: &mut Exports, dice: &mut Dice) -> String {
    exports.edits.clear();
    exports.caps.clear();
    for _ in 0..dice.below(3) {
        let edit = (dice.one_of(&["hold", "write_off", "move"]), dice.below(LINES.len()));
        exports.edits.insert(format!("e{}", dice.below(6)), edit);
    }
    if dice.percent(50) {
        exports.caps.insert(dice.below(LINES.len()), dice.one_of(&[50, 100, 175, 400]));
    }
    format!("edits {:?}, caps {:?}", exports.edits, exports.caps)
}
