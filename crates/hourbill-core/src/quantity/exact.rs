//! Figures as whole numbers of their smallest unit, for what a part of a run tells another process: nothing is rounded, and maps of any key are
//! lists of pairs.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Currency, HoursSum, Money};

/// Sums of hours as whole microseconds.
pub mod hours {
    use super::{Deserialize, Deserializer, HoursSum, Serialize, Serializer};

    pub fn serialize<S: Serializer>(hours: &HoursSum, to: S) -> Result<S::Ok, S::Error> {
        hours.micros().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<HoursSum, D::Error> {
        Ok(HoursSum::from_micros(i128::deserialize(from)?))
    }
}

/// Amounts as whole minor units of their currency.
pub mod money {
    use super::{Deserialize, Deserializer, Money, Serialize, Serializer};

    pub fn serialize<S: Serializer>(money: &Money, to: S) -> Result<S::Ok, S::Error> {
        money.minor().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Money, D::Error> {
        Ok(Money::from_minor(i128::deserialize(from)?))
    }
}

/// Amounts by currency, as whole minor units.
pub mod amounts {
    use super::{BTreeMap, Currency, Deserialize, Deserializer, Money, Serialize, Serializer};

    pub fn serialize<S: Serializer>(amounts: &BTreeMap<Currency, Money>, to: S) -> Result<S::Ok, S::Error> {
        amounts.iter().map(|(currency, money)| (*currency, money.minor())).collect::<Vec<_>>().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<Currency, Money>, D::Error> {
        let amounts = Vec::<(Currency, i128)>::deserialize(from)?;
        Ok(amounts.into_iter().map(|(currency, minor)| (currency, Money::from_minor(minor))).collect())
    }
}

/// A map whose keys are no texts, as a list of pairs.
pub mod pairs {
    use super::{BTreeMap, Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(to)
    }

    pub fn deserialize<'de, K, V, D>(from: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(from)?.into_iter().collect())
    }
}

impl Serialize for Currency {
    /// Its code.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    /// From its code; none stands for that of an agreement that names none.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Currency, D::Error> {
        let code = String::deserialize(from)?;
        if code.is_empty() {
            return Ok(Currency::NONE);
        }
        Currency::from_code(&code).ok_or_else(|| serde::de::Error::custom(format!("`{code}` is no currency")))
    }
}
