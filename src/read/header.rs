use super::{ColumnUse, ReadError};
use crate::inputs::Input;
use crate::job::InputSettings;
pub(super) struct Mapping {
    pub fields: Vec<Option<usize>>,
    pub columns: Vec<ColumnUse>,
}
pub(super) fn map(
    input: Input,
    _settings: &InputSettings,
    headers: &[String],
    shown: &str,
) -> Result<Mapping, ReadError> {
    let fields: Vec<_> =
        input.fields().iter().map(|f| headers.iter().position(|h| h.trim().eq_ignore_ascii_case(f.name))).collect();
    let missing: Vec<_> =
        input.fields().iter().zip(&fields).filter(|(f, at)| f.required && at.is_none()).map(|(f, _)| f.name).collect();
    if !missing.is_empty() {
        return Err(ReadError::MissingColumns {
            file: shown.into(),
            line: None,
            columns: missing,
            found: headers.to_vec(),
        });
    }
    let columns = headers
        .iter()
        .enumerate()
        .map(|(at, h)| ColumnUse {
            header: h.clone(),
            field: input.fields().iter().zip(&fields).find(|(_, f)| **f == Some(at)).map(|(f, _)| f.name),
        })
        .collect();
    Ok(Mapping { fields, columns })
}
