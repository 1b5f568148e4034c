//! The fixed things of the synthetic company: its teams, its markets, its companies and its payment terms.

/// Prices and quantities stand in millionths.
pub const UNIT: i64 = 1_000_000;

pub struct SyntheticTeam {
    pub name: &'static str,
    pub project: &'static str,
    pub timesheets: bool,
    pub time_billing: bool,
    /// Of 1000 tickets.
    pub share: u64,
}

pub const TEAMS: [SyntheticTeam; 5] = [
    SyntheticTeam { name: "Helpdesk", project: "Customer Support", timesheets: true, time_billing: true, share: 520 },
    SyntheticTeam {
        name: "Applications",
        project: "Application Care",
        timesheets: true,
        time_billing: true,
        share: 280,
    },
    SyntheticTeam { name: "Field Service", project: "On-site Work", timesheets: true, time_billing: true, share: 150 },
    SyntheticTeam { name: "Internal IT", project: "Internal", timesheets: true, time_billing: false, share: 35 },
    SyntheticTeam { name: "Product", project: "", timesheets: false, time_billing: false, share: 15 },
];

pub struct Market {
    pub country: &'static str,
    pub language: &'static str,
    pub city: &'static str,
    pub currency: &'static str,
    pub tax: &'static str,
    /// The lowest price of an hour and the step between prices, in millionths of the currency's unit.
    pub hour_from: i64,
    pub hour_step: i64,
    pub share: u64,
}

const fn market(place: [&'static str; 5], hour_from: i64, hour_step: i64, share: u64) -> Market {
    let [country, language, city, currency, tax] = place;
    Market { country, language, city, currency, tax, hour_from, hour_step, share }
}

pub const MARKETS: [Market; 10] = [
    market(["BE", "nl_BE", "Antwerpen", "EUR", "21%"], 75 * UNIT, 5 * UNIT / 2, 240),
    market(["FR", "fr_FR", "Lyon", "EUR", "20%"], 70 * UNIT, 5 * UNIT / 2, 150),
    market(["NL", "nl_NL", "Utrecht", "EUR", "21%"], 80 * UNIT, 5 * UNIT / 2, 110),
    market(["DE", "de_DE", "Köln", "EUR", "19%"], 85 * UNIT, 5 * UNIT / 2, 90),
    market(["ES", "es_ES", "Bilbao", "EUR", "21%"], 55 * UNIT, 5 * UNIT / 2, 40),
    market(["US", "en_US", "Portland", "USD", "0%"], 95 * UNIT, 5 * UNIT, 170),
    market(["GB", "en_GB", "Leeds", "GBP", "20%"], 72 * UNIT, 3 * UNIT / 2, 130),
    market(["JP", "ja_JP", "大阪", "JPY", "10%"], 9_000 * UNIT, 500 * UNIT, 45),
    market(["KW", "en_US", "Kuwait City", "KWD", "0%"], 21 * UNIT, 125_000, 15),
    market(["BE", "fr_BE", "Liège", "EUR", "21%"], 75 * UNIT, 5 * UNIT / 2, 10),
];

pub const COMPANIES: [&str; 2] = ["Hourglass Services NV", "Hourglass France SAS"];
pub const TERMS: [&str; 4] = ["30 days", "15 days", "End of following month", "Immediate payment"];
