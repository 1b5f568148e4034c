//! Hours of consecutive entries: whole multiples of a step, as people write them, take two bytes each instead of eight.

/// Microseconds of a hundredth of an hour, a minute, a second.
const STEPS: [i64; 3] = [36_000_000, 60_000_000, 1_000_000];

/// The hours of the entries of a chunk, by position, in microseconds.
#[derive(Debug)]
pub struct HoursColumn {
    /// Microseconds of one step.
    step: i64,
    steps: Steps,
}

#[derive(Debug)]
enum Steps {
    Two(Vec<i16>),
    Four(Vec<i32>),
    Eight(Vec<i64>),
}

impl Default for HoursColumn {
    fn default() -> HoursColumn {
        HoursColumn { step: 1, steps: Steps::Eight(Vec::new()) }
    }
}

impl HoursColumn {
    pub fn of(micros: &[i64]) -> HoursColumn {
        let [hundredth, minute, second] = STEPS;
        // A constant divides by multiplication.
        let two = in_steps::<{ STEPS[0] }, i16>(micros)
            .map(|steps| (hundredth, steps))
            .or_else(|| Some((minute, in_steps::<{ STEPS[1] }, i16>(micros)?)));
        if let Some((step, steps)) = two {
            return HoursColumn { step, steps: Steps::Two(steps) };
        }
        let four = in_steps::<{ STEPS[0] }, i32>(micros)
            .map(|steps| (hundredth, steps))
            .or_else(|| Some((second, in_steps::<{ STEPS[2] }, i32>(micros)?)));
        match four {
            Some((step, steps)) => HoursColumn { step, steps: Steps::Four(steps) },
            None => HoursColumn { step: 1, steps: Steps::Eight(micros.to_vec()) },
        }
    }

    pub fn len(&self) -> usize {
        match &self.steps {
            Steps::Two(steps) => steps.len(),
            Steps::Four(steps) => steps.len(),
            Steps::Eight(steps) => steps.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub fn get(&self, at: usize) -> Option<i64> {
        let steps = match &self.steps {
            Steps::Two(steps) => i64::from(*steps.get(at)?),
            Steps::Four(steps) => i64::from(*steps.get(at)?),
            Steps::Eight(steps) => *steps.get(at)?,
        };
        Some(steps * self.step)
    }

    /// Hands all hours to `take`, in order and in microseconds: faster than [`HoursColumn::get`] for each.
    #[inline]
    pub fn each(&self, mut take: impl FnMut(i64)) {
        match &self.steps {
            Steps::Two(steps) => steps.iter().for_each(|steps| take(i64::from(*steps) * self.step)),
            Steps::Four(steps) => steps.iter().for_each(|steps| take(i64::from(*steps) * self.step)),
            Steps::Eight(steps) => steps.iter().for_each(|steps| take(*steps * self.step)),
        }
    }
}

/// `None` when one of them is no multiple of the step, or too many steps.
fn in_steps<const STEP: i64, T: TryFrom<i64>>(micros: &[i64]) -> Option<Vec<T>> {
    let mut all = Vec::with_capacity(micros.len());
    for micros in micros {
        let steps = micros / STEP;
        if steps * STEP != *micros {
            return None;
        }
        all.push(T::try_from(steps).ok()?);
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_come_back_to_the_microsecond() {
        let cases: [(&[i64], usize); 9] = [
            (&[], 2),
            (&[900_000_000, -36_000_000, 0, 86_400_000_000], 2),
            (&[60_000_000, 5_400_000_000, -60_000_000], 2),
            (&[36_000_000 * 32_767, 36_000_000 * -32_768], 2),
            (&[36_000_000 * 32_768], 4),
            (&[1_000_000, 86_399_000_000], 4),
            (&[36_000_000, 1], 8),
            (&[i64::MAX, i64::MIN], 8),
            (&[3_600_000_000_000_000_000, 0], 8),
        ];
        for (micros, width) in cases {
            let column = HoursColumn::of(micros);
            let mut told = Vec::new();
            column.each(|micros| told.push(micros));
            assert_eq!(told, micros);
            assert_eq!((column.len(), column.get(micros.len())), (micros.len(), None));
            let kept = match column.steps {
                Steps::Two(_) => 2,
                Steps::Four(_) => 4,
                Steps::Eight(_) => 8,
            };
            assert_eq!(kept, width, "{micros:?}");
        }
    }
}
