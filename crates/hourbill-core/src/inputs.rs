//! The inputs (§2) and their columns, in one table: what a job may name, what a header may hold, what each cell means.

use std::fmt;

/// What stands in a column, and so what a Parquet column of that name may be typed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Text kept byte for byte.
    Id,
    /// Free text, kept as it is.
    Text,
    /// One of a few words, trimmed.
    Choice,
    /// Hours (§2.5): the one number a float may carry.
    Hours,
    /// An exact decimal.
    Decimal,
    Integer,
    /// A date; a date and time counts with its date.
    Date,
    /// A date or a date and time, kept in full.
    Moment,
    Flag,
}

/// A column that an input knows.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub meaning: Meaning,
    /// The header must have it, and no cell of it may be empty.
    pub required: bool,
    /// It is required, and cells of it may be empty all the same: what that means is told once the row is used.
    pub may_be_empty: bool,
    /// What stands in it, for docs/formats.md.
    pub about: &'static str,
}

/// The exports a job reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Input {
    Customers,
    Teams,
    Orders,
    /// What was agreed where no order says it (C1).
    Agreements,
    Tickets,
    Timesheets,
    /// Requests for down payments (D1).
    Downpayments,
    /// Edits of drafts (§8).
    Adjustments,
    /// Hours to be taken back (§7.6).
    Credits,
    /// Lines of the ERP's own invoices, to hold the ledger against.
    ErpInvoices,
    /// Prices that depend on who, what and when (C4).
    Rates,
    /// Roles of employees (C4).
    Employees,
    /// Rows in quarantine that are let be (E6).
    Waivers,
}

/// The name of a column, read back; empty where a whole row is meant.
pub fn known_name<'de, D: serde::Deserializer<'de>>(from: D) -> Result<&'static str, D::Error> {
    let name = <String as serde::Deserialize>::deserialize(from)?;
    let known = Input::ALL.iter().flat_map(|input| input.fields()).map(|field| field.name).chain([""]);
    let mut known = known.filter(|known| *known == name);
    known.next().ok_or_else(|| serde::de::Error::custom(format!("`{name}` is the name of no column")))
}

impl Input {
    /// In the order they are read: an input refers only to those before it. Adjustments name entries, too: those are met as they are read.
    pub const ALL: [Input; 13] = [
        Input::Customers,
        Input::Teams,
        Input::Orders,
        Input::Agreements,
        Input::Tickets,
        Input::Downpayments,
        Input::Adjustments,
        Input::ErpInvoices,
        Input::Rates,
        Input::Employees,
        Input::Waivers,
        Input::Timesheets,
        Input::Credits,
    ];

    /// Its rows have ids of their own, so that one of a newer file may count in place of an older one.
    pub fn newer_can_win(self) -> bool {
        use Input::{Agreements, Customers, Orders, Teams, Tickets, Timesheets};
        matches!(self, Customers | Teams | Orders | Agreements | Tickets | Timesheets)
    }

    pub fn name(self) -> &'static str {
        match self {
            Input::Customers => "customers",
            Input::Teams => "teams",
            Input::Orders => "orders",
            Input::Agreements => "agreements",
            Input::Tickets => "tickets",
            Input::Timesheets => "timesheets",
            Input::Downpayments => "downpayments",
            Input::Adjustments => "adjustments",
            Input::Credits => "credits",
            Input::ErpInvoices => "erp_invoices",
            Input::Rates => "rates",
            Input::Employees => "employees",
            Input::Waivers => "waivers",
        }
    }

    pub fn from_name(name: &str) -> Option<Input> {
        Input::ALL.into_iter().find(|input| input.name() == name)
    }

    /// A row without a value for the field cannot be used.
    pub fn requires(self, field: usize) -> bool {
        self.fields().get(field).is_some_and(|field| field.required && !field.may_be_empty)
    }

    /// Its columns; the first is the id, or what stands for it.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Input::Customers => customers::FIELDS,
            Input::Teams => teams::FIELDS,
            Input::Orders => orders::FIELDS,
            Input::Agreements => agreements::FIELDS,
            Input::Tickets => tickets::FIELDS,
            Input::Timesheets => timesheets::FIELDS,
            Input::Downpayments => downpayments::FIELDS,
            Input::Adjustments => adjustments::FIELDS,
            Input::Credits => credits::FIELDS,
            Input::ErpInvoices => erp_invoices::FIELDS,
            Input::Rates => rates::FIELDS,
            Input::Employees => employees::FIELDS,
            Input::Waivers => waivers::FIELDS,
        }
    }

    /// A job without it makes no sense. Beside it stands at least one of orders and agreements.
    pub fn required(self) -> bool {
        self == Input::Timesheets
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

macro_rules! columns {
    ($($input:ident { $($position:ident = $name:literal $need:ident $meaning:ident $about:literal,)+ })+) => {
        $(
            /// Positions of the columns in [`Input::fields`].
            pub mod $input {
                use super::{Field, Meaning};

                #[derive(Clone, Copy)]
                #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
                enum Position { $($position,)+ }

                $(pub const $position: usize = Position::$position as usize;)+

                pub(super) const FIELDS: &[Field] = &[$(Field {
                    name: $name,
                    meaning: Meaning::$meaning,
                    required: columns!(@ $need),
                    may_be_empty: columns!(? $need),
                    about: $about,
                },)+];
            }
        )+
    };
    (@ required) => { true };
    (@ headed) => { true };
    (@ optional) => { false };
    (? headed) => { true };
    (? $need:ident) => { false };
}

columns! {
    customers {
        CUSTOMER_ID = "customer_id" required Id "id",
        NAME = "name" optional Text "for documents",
        PARENT_ID = "parent_id" optional Id "its parent; customers below one root share prepaid hours",
        HOLD = "hold" optional Flag "true: no draft for it",
        CONSOLIDATE = "consolidate" optional Flag "default true; false: a draft per order",
        GROUP_BY = "group_by" optional Choice "`customer` (default), `order`, `ticket`",
        VAT_ID = "vat_id" optional Text "for documents; what is empty of this and the address, email and language is taken from the nearest parent",
        REGISTRATION = "registration" optional Text "number in the register of companies (BT-47); taken from the nearest parent like the VAT id",
        REGISTRATION_SCHEME = "registration_scheme" optional Text "of what kind that number is, a code of ISO 6523 such as `0208`",
        STREET = "street" optional Text "for documents",
        STREET2 = "street2" optional Text "for documents",
        CITY = "city" optional Text "for documents",
        POSTCODE = "postcode" optional Text "for documents",
        COUNTRY = "country" optional Text "ISO 3166 alpha-2",
        EMAIL = "email" optional Text "for documents",
        LANGUAGE = "language" optional Text "of its documents",
        ELECTRONIC_ADDRESS = "electronic_address" optional Text "where electronic invoices go (BT-49)",
        ELECTRONIC_ADDRESS_SCHEME = "electronic_address_scheme" optional Text "of what kind that address is, such as `0208`",
        BUYER_REFERENCE = "buyer_reference" optional Text "how the buyer routes electronic invoices (BT-10)",
        PAYMENT_TERMS = "payment_terms" optional Text "for orders that name none",
        MINIMUM_MINUTES = "minimum_minutes" optional Decimal "the least minutes that are billed of what is counted together, where neither rate nor order line says it (M1)",
        INCREMENT_MINUTES = "increment_minutes" optional Decimal "minutes of the steps in which hours are billed (M1)",
        ROUND = "round" optional Choice "`up` (default), `nearest`, `down` to a step (M1)",
        PER = "per" optional Choice "what a minimum counts together: `entry` (default), `day`, `ticket`, `line` (M2)",
    }
    teams {
        TEAM = "team" required Id "name",
        TIMESHEETS = "timesheets" optional Flag "default true; false: tickets of the team get no line and are not billed",
        TIME_BILLING = "time_billing" optional Flag "as timesheets",
        PROJECT = "project" optional Text "its project; nothing is decided by it",
    }
    orders {
        ORDER_LINE_ID = "order_line_id" required Id "id of the order line",
        ORDER_ID = "order_id" required Id "id of its order",
        STATE = "state" required Choice "`draft`, `sent`, `sale`, `done`, `cancel`, or the English labels; confirmed is `sale` or `done`",
        CUSTOMER_ID = "customer_id" required Id "who ordered",
        PRODUCT = "product" required Text "text",
        INVOICING_POLICY = "invoicing_policy" required Choice "`ordered_prepaid`, `delivered_timesheet`, `delivered_milestones`, `delivered_manual`, or the English labels",
        UOM = "uom" required Choice "`Hours`, `Days`, `Minutes`; another unit is one of time only with hours_per_unit",
        ORDERED_QTY = "ordered_qty" required Decimal "exact decimal, at most 10^9 and 6 decimals",
        UNIT_PRICE = "unit_price" required Decimal "exact decimal, at most 10^9 and 6 decimals",
        CURRENCY = "currency" required Choice "ISO 4217",
        CONFIRMED_ON = "confirmed_on" optional Moment "date or date-time; required on confirmed rows",
        SEQUENCE = "sequence" optional Integer "whole number, order of lines",
        DESCRIPTION = "description" optional Text "text on the draft",
        DISCOUNT_PCT = "discount_pct" optional Decimal "-100 to 100",
        TAXES = "taxes" optional Text "names separated by `,` or `;`: declared in the job, or a percentage such as `21%`; one that stands twice is one tax",
        INVOICED_QTY = "invoiced_qty" optional Decimal "the ERP's figure",
        DELIVERED_QTY = "delivered_qty" optional Decimal "the ERP's figure",
        IS_DOWNPAYMENT = "is_downpayment" optional Flag "an invoiced down payment of the order when invoiced_qty is 1",
        BILL_TO = "bill_to" optional Id "customer id of the invoice address",
        PAYMENT_TERMS = "payment_terms" optional Text "of its invoices",
        CUSTOMER_REFERENCE = "customer_reference" optional Text "the customer's own number of the order",
        HOURS_PER_UNIT = "hours_per_unit" optional Decimal "hours in one unit of a pack",
        UPSELL_THRESHOLD_PCT = "upsell_threshold_pct" optional Decimal "default 100",
        REMAINING_HOURS = "remaining_hours" optional Hours "the ERP's own figure, only compared",
        COMPANY = "company" optional Text "which of the seller's companies it belongs to",
        MINIMUM_MINUTES = "minimum_minutes" optional Decimal "the least minutes that are billed of what is counted together (M1)",
        INCREMENT_MINUTES = "increment_minutes" optional Decimal "minutes of the steps in which hours are billed (M1)",
        ROUND = "round" optional Choice "`up` (default), `nearest`, `down` to a step (M1)",
        PER = "per" optional Choice "what a minimum counts together: `entry` (default), `day`, `ticket`, `line` (M2)",
        VALID_FROM = "valid_from" optional Date "of a pack: the first day on which it may be drawn; else that of confirmed_on (W5)",
        VALID_UNTIL = "valid_until" optional Date "of a pack: the last day on which it may be drawn (W5)",
        PRIORITY = "priority" optional Integer "of a pack: 1 is drawn first under `rules.prepaid_order = \"priority\"` (W4)",
        COVERS = "covers" optional Text "of a pack: teams and activities whose work may draw on it, separated by `;`; empty: any (W5)",
        OVERDRAFT = "overdraft" optional Choice "of a pack: `negative`, `rate`, `time_line` or `hold`; else `rules.overdraft` (W7)",
        OVERAGE_PRICE = "overage_price" optional Decimal "of a pack: price per unit of hours beyond it under `rate` (W7)",
        OVERAGE_LINE_ID = "overage_line_id" optional Id "of a pack: the time line that bills hours beyond it under `time_line` (W7)",
    }
    agreements {
        AGREEMENT_ID = "agreement_id" required Id "id; it is order_line_id and order_id of the order line that the agreement makes",
        CUSTOMER_ID = "customer_id" headed Id "the column has to be there; empty cells are filled in before hours can be billed",
        CURRENCY = "currency" headed Choice "the column has to be there; empty cells are filled in before hours can be billed",
        UNIT_PRICE = "unit_price" optional Decimal "per unit; empty: its hours are held (C6)",
        PROJECT = "project" optional Text "the project of timesheets that it is for; empty: any",
        PRODUCT = "product" optional Text "text on the draft, default `Hours worked`",
        UOM = "uom" optional Choice "default `Hours`; `Days`, `Minutes`",
        TAXES = "taxes" optional Text "as of orders",
        DISCOUNT_PCT = "discount_pct" optional Decimal "as of orders",
        BILL_TO = "bill_to" optional Id "as of orders",
        PAYMENT_TERMS = "payment_terms" optional Text "as of orders",
        CUSTOMER_REFERENCE = "customer_reference" optional Text "as of orders",
        VALID_FROM = "valid_from" optional Date "first date of the entries that it is for",
        VALID_TO = "valid_to" optional Date "last date of the entries that it is for",
        COMPANY = "company" optional Text "as of orders",
        DESCRIPTION = "description" optional Text "as of orders",
        INVOICING_POLICY = "invoicing_policy" optional Choice "`delivered_timesheet` (default), or `ordered_prepaid`: a pack of ordered_qty",
        ORDERED_QTY = "ordered_qty" optional Decimal "of a pack",
        MINIMUM_MINUTES = "minimum_minutes" optional Decimal "as of orders",
        INCREMENT_MINUTES = "increment_minutes" optional Decimal "minutes of the steps in which hours are billed (M1)",
        ROUND = "round" optional Choice "`up` (default), `nearest`, `down` to a step (M1)",
        PER = "per" optional Choice "what a minimum counts together: `entry` (default), `day`, `ticket`, `line` (M2)",
    }
    tickets {
        TICKET_ID = "ticket_id" required Id "id, text byte for byte (`007` is not `7`)",
        CUSTOMER_ID = "customer_id" required Id "whose it is",
        CREATED_ON = "created_on" optional Moment "date or date-time; the first date on which a ticket without a line looks for one (L3)",
        TEAM = "team" optional Id "name in the teams input",
        TITLE = "title" optional Text "text",
        ORDER_LINE_ID = "order_line_id" optional Id "the line its hours go to",
        CLOSED_ON = "closed_on" optional Moment "date or date-time",
        HOURS_SPENT = "hours_spent" optional Hours "the ERP's own total, only compared",
        COMPANY = "company" optional Text "which of the seller's companies it belongs to",
    }
    timesheets {
        TIMESHEET_ID = "timesheet_id" required Id "id",
        DATE = "date" required Date "ISO date",
        HOURS = "hours" required Hours "`1.5`, `1:30`, `1:30:45`, `1h30`, `1h 30m`, `90m`, `PT1H30M`, `1.3333333333333333`, `1e-05`, `PT1.5H`, `1 h 30`, `90 min`, negative of each; the times between which it was done, `09:00-11:30`, `9am to 11:30am`, `9:00-12:00, 13:00-17:00`; days and weeks of a clock are refused (`P1D`, `1w`), `1d 2h` counts by `hours_per_day`",
        TICKET_ID = "ticket_id" optional Id "what it was for. Without a tickets input none may be filled (exit 2)",
        ORDER_LINE_ID = "order_line_id" optional Id "its own order line, which beats the ticket's",
        EMPLOYEE = "employee" optional Text "who worked; with role, activity and project it says which rate fits (C4)",
        DESCRIPTION = "description" optional Text "what was done. Documents and tables have activity, ticket_title and description of an entry as one text",
        PROJECT = "project" optional Text "with customer_id it says which agreement the entry takes (C2, C3)",
        INVOICE_ID = "invoice_id" optional Id "filled: already invoiced in the ERP",
        BILLABLE = "billable" optional Flag "default true",
        STATUS = "status" optional Choice "`draft` or `validated` (default); `invoiced`, as `billed`, `exported`, `locked`, `paid`: already invoiced; `archived`, `deleted`: not billable",
        COMPANY = "company" optional Text "which of the seller's companies it belongs to",
        // Text, so that a column that the job does not use is refused for no type.
        CUSTOMER_ID = "customer_id" optional Text "see project",
        ACTIVITY = "activity" optional Text "see employee",
        ROLE = "role" optional Text "see employee",
        STARTED_AT = "started_at" optional Text "a date-time, or a time of day on the entry's date (`09:00`, `9:05 PM`, `9 am`, `9h30`, `24:00`)",
        ENDED_AT = "ended_at" optional Text "as started_at",
        RATE = "rate" optional Text "price of an hour, where the job takes it from here",
        AMOUNT = "amount" optional Text "what it comes to, where the job takes it from here",
        INVOICED = "invoiced" optional Flag "true: already invoiced in the ERP, as a filled invoice_id says",
        APPROVED = "approved" optional Flag "false is status `draft`",
        UOM = "uom" optional Text "of Odoo's analytic lines: tells lines of time from lines of costs",
        UNPAID_BREAK = "unpaid_break" optional Hours "time between started_at and ended_at that is no work: taken off where no column says the hours. A number counts hours, or what `columns.unpaid_break = { Pause = \"minutes\" }` says",
        TICKET_TITLE = "ticket_title" optional Text "what it was for, where no tickets input says it: `Bug #12: Basket`",
    }
    downpayments {
        ORDER_ID = "order_id" required Id "the order whose other lines wait for the down payment",
        METHOD = "method" required Choice "`percentage` of the order's lines at ordered quantity, or `fixed`: an amount with taxes",
        VALUE = "value" required Decimal "above 0; a percentage is at most 100",
        REQUESTED_ON = "requested_on" optional Date "a request of a later period is not drafted yet; without a date it is as old as the order",
    }
    adjustments {
        ACTION = "action" required Choice "see below",
        TARGET = "target" required Id "what it is done to: `entry:TS-1`, `ticket:4711`, `order_line:S1/2`, `order:S1`, `customer:C1`, `draft:D-2026-10-C1-EUR`, or the bare id",
        VALUE = "value" optional Text "for some actions",
        REASON = "reason" required Text "stands on the draft's line, in `unbilled` and in `explain`",
        BY = "by" optional Text "who adjusted",
        ON = "on" optional Date "and when",
        FROM = "from" optional Date "the row's window: the first date for which it counts; see below",
        TO = "to" optional Date "the last one",
    }
    credits {
        INVOICE_ID = "invoice_id" required Id "the posted document",
        TIMESHEET_ID = "timesheet_id" optional Id "an entry on it, whole or with so many `hours`; this, an order line or an amount",
        ORDER_LINE_ID = "order_line_id" optional Id "one of its lines: so many `hours`, a `quantity` or an `amount` of it, one of the three",
        HOURS = "hours" optional Hours "not 0; of a line billed by time",
        QUANTITY = "quantity" optional Decimal "not 0; of a prepaid, manual or milestones line, in its unit and with the sign that it billed",
        AMOUNT = "amount" optional Decimal "with taxes: of the line, or of a down payment where no line stands; with the sign of what the line billed",
        TREATMENT = "treatment" optional Choice "required, but for amounts: `rebill`: open again; `write_off`: closed, never billed. An amount of a line opens nothing: leave it empty, or `write_off`",
        REASON = "reason" required Text "why",
        BY = "by" optional Text "who credits",
        ON = "on" optional Date "and when",
    }
    rates {
        PRICE = "price" required Decimal "per unit of the line",
        CURRENCY = "currency" optional Choice "empty: that of the line",
        VALID_FROM = "valid_from" optional Date "first date of the work",
        VALID_TO = "valid_to" optional Date "last date of the work",
        ORDER_LINE_ID = "order_line_id" optional Id "has to be that of the entry; empty, here and below: whatever it is",
        ORDER_ID = "order_id" optional Id "of its line",
        EMPLOYEE = "employee" optional Text "of the entry",
        ROLE = "role" optional Text "of the entry",
        ACTIVITY = "activity" optional Text "of the entry",
        PROJECT = "project" optional Text "of the entry",
        TEAM = "team" optional Id "of its ticket",
        CUSTOMER_ID = "customer_id" optional Id "of the entry",
        COMPANY = "company" optional Text "of the entry",
        MINIMUM_MINUTES = "minimum_minutes" optional Decimal "the least minutes that are billed of what is counted together (M1)",
        INCREMENT_MINUTES = "increment_minutes" optional Decimal "minutes of the steps in which hours are billed (M1)",
        ROUND = "round" optional Choice "`up` (default), `nearest`, `down` to a step (M1)",
        PER = "per" optional Choice "what a minimum counts together: `entry` (default), `day`, `ticket`, `line` (M2)",
    }
    employees {
        EMPLOYEE = "employee" required Text "name, as timesheets have it",
        ROLE = "role" required Text "name, as rates have it",
        VALID_FROM = "valid_from" optional Date "first date of the role",
        VALID_TO = "valid_to" optional Date "last date of the role",
    }
    waivers {
        FILE = "file" required Text "as the table `quarantine` names it",
        ROW = "row" optional Integer "number of the row in it, from 1",
        RECORD_BLAKE3 = "record_blake3" optional Text "the hash of its record, as the table `quarantine` has it: it holds when rows move; where both are filled both must fit, one of them must be",
        REASON = "reason" required Text "why",
        BY = "by" optional Text "who says so",
        ON = "on" optional Date "when",
    }
    erp_invoices {
        DOCUMENT = "document" required Id "the ERP's number of the invoice",
        ORDER_LINE_ID = "order_line_id" optional Id "the order line it bills; empty on lines that were added by hand",
        QUANTITY = "quantity" optional Decimal "exact decimal",
        UNIT_PRICE = "unit_price" optional Decimal "exact decimal",
        AMOUNT = "amount" optional Decimal "exact decimal, net",
        CURRENCY = "currency" optional Choice "ISO 4217",
        CUSTOMER_ID = "customer_id" optional Id "whose it is",
        DATE = "date" optional Date "of the invoice",
        STATE = "state" optional Choice "`draft`, `posted` (default), `cancel`",
        REFERENCE = "reference" optional Text "where the ERP keeps our document's id, as the import for Odoo writes it",
        PRODUCT = "product" optional Text "text",
        COMPANY = "company" optional Text "which of the seller's companies made it",
    }
}

/// What counts of a cell: not the blanks around it.
#[inline]
pub fn trimmed(text: &str) -> &str {
    // Nearly all texts begin and end with a letter or a digit: then there is nothing to look for.
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim_matches([' ', '\t', '\u{a0}', '\r', '\n']),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_names_agree() {
        assert_eq!(Input::Orders.fields()[orders::COMPANY].name, "company");
        assert_eq!(Input::Timesheets.fields()[timesheets::STATUS].name, "status");
        for input in Input::ALL {
            assert!(input.fields()[0].required, "the id of {input} comes first");
            assert_eq!(Input::from_name(input.name()), Some(input));
        }
    }
}
