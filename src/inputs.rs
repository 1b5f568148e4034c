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
}

/// The exports a job reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
}

impl Input {
    /// In the order they are read: an input refers only to those before it. Adjustments name entries, too: those are met as they are read.
    pub const ALL: [Input; 12] = [
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
        Input::Timesheets,
        Input::Credits,
    ];

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
    ($($input:ident { $($position:ident = $name:literal $need:ident $meaning:ident,)+ })+) => {
        $(
            /// Positions of the columns in [`Input::fields`].
            pub mod $input {
                use super::{Field, Meaning};

                #[derive(Clone, Copy)]
                #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
                enum Position { $($position,)+ }

                $(pub const $position: usize = Position::$position as usize;)+

                pub(super) const FIELDS: &[Field] =
                    &[$(Field { name: $name, meaning: Meaning::$meaning, required: columns!(@ $need), may_be_empty: columns!(? $need) },)+];
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
        CUSTOMER_ID = "customer_id" required Id,
        NAME = "name" optional Text,
        PARENT_ID = "parent_id" optional Id,
        HOLD = "hold" optional Flag,
        CONSOLIDATE = "consolidate" optional Flag,
        GROUP_BY = "group_by" optional Choice,
        VAT_ID = "vat_id" optional Text,
        STREET = "street" optional Text,
        STREET2 = "street2" optional Text,
        CITY = "city" optional Text,
        POSTCODE = "postcode" optional Text,
        COUNTRY = "country" optional Text,
        EMAIL = "email" optional Text,
        LANGUAGE = "language" optional Text,
        ELECTRONIC_ADDRESS = "electronic_address" optional Text,
        ELECTRONIC_ADDRESS_SCHEME = "electronic_address_scheme" optional Text,
        BUYER_REFERENCE = "buyer_reference" optional Text,
        PAYMENT_TERMS = "payment_terms" optional Text,
    }
    teams {
        TEAM = "team" required Id,
        TIMESHEETS = "timesheets" optional Flag,
        TIME_BILLING = "time_billing" optional Flag,
        PROJECT = "project" optional Text,
    }
    orders {
        ORDER_LINE_ID = "order_line_id" required Id,
        ORDER_ID = "order_id" required Id,
        STATE = "state" required Choice,
        CUSTOMER_ID = "customer_id" required Id,
        PRODUCT = "product" required Text,
        INVOICING_POLICY = "invoicing_policy" required Choice,
        UOM = "uom" required Choice,
        ORDERED_QTY = "ordered_qty" required Decimal,
        UNIT_PRICE = "unit_price" required Decimal,
        CURRENCY = "currency" required Choice,
        CONFIRMED_ON = "confirmed_on" optional Moment,
        SEQUENCE = "sequence" optional Integer,
        DESCRIPTION = "description" optional Text,
        DISCOUNT_PCT = "discount_pct" optional Decimal,
        TAXES = "taxes" optional Text,
        INVOICED_QTY = "invoiced_qty" optional Decimal,
        DELIVERED_QTY = "delivered_qty" optional Decimal,
        IS_DOWNPAYMENT = "is_downpayment" optional Flag,
        BILL_TO = "bill_to" optional Id,
        PAYMENT_TERMS = "payment_terms" optional Text,
        CUSTOMER_REFERENCE = "customer_reference" optional Text,
        HOURS_PER_UNIT = "hours_per_unit" optional Decimal,
        UPSELL_THRESHOLD_PCT = "upsell_threshold_pct" optional Decimal,
        REMAINING_HOURS = "remaining_hours" optional Hours,
        COMPANY = "company" optional Text,
    }
    agreements {
        AGREEMENT_ID = "agreement_id" required Id,
        CUSTOMER_ID = "customer_id" headed Id,
        CURRENCY = "currency" headed Choice,
        UNIT_PRICE = "unit_price" optional Decimal,
        PROJECT = "project" optional Text,
        PRODUCT = "product" optional Text,
        UOM = "uom" optional Choice,
        TAXES = "taxes" optional Text,
        DISCOUNT_PCT = "discount_pct" optional Decimal,
        BILL_TO = "bill_to" optional Id,
        PAYMENT_TERMS = "payment_terms" optional Text,
        CUSTOMER_REFERENCE = "customer_reference" optional Text,
        VALID_FROM = "valid_from" optional Date,
        VALID_TO = "valid_to" optional Date,
        COMPANY = "company" optional Text,
        DESCRIPTION = "description" optional Text,
        INVOICING_POLICY = "invoicing_policy" optional Choice,
        ORDERED_QTY = "ordered_qty" optional Decimal,
    }
    tickets {
        TICKET_ID = "ticket_id" required Id,
        CUSTOMER_ID = "customer_id" required Id,
        CREATED_ON = "created_on" optional Moment,
        TEAM = "team" optional Id,
        TITLE = "title" optional Text,
        ORDER_LINE_ID = "order_line_id" optional Id,
        CLOSED_ON = "closed_on" optional Moment,
        HOURS_SPENT = "hours_spent" optional Hours,
        COMPANY = "company" optional Text,
    }
    timesheets {
        TIMESHEET_ID = "timesheet_id" required Id,
        DATE = "date" required Date,
        HOURS = "hours" required Hours,
        TICKET_ID = "ticket_id" optional Id,
        ORDER_LINE_ID = "order_line_id" optional Id,
        EMPLOYEE = "employee" optional Text,
        DESCRIPTION = "description" optional Text,
        PROJECT = "project" optional Text,
        INVOICE_ID = "invoice_id" optional Id,
        BILLABLE = "billable" optional Flag,
        STATUS = "status" optional Choice,
        COMPANY = "company" optional Text,
        // Text, so that a column that the job does not use is refused for no type.
        CUSTOMER_ID = "customer_id" optional Text,
        ACTIVITY = "activity" optional Text,
        ROLE = "role" optional Text,
        STARTED_AT = "started_at" optional Text,
        ENDED_AT = "ended_at" optional Text,
        RATE = "rate" optional Text,
        AMOUNT = "amount" optional Text,
        INVOICED = "invoiced" optional Flag,
        APPROVED = "approved" optional Flag,
        UOM = "uom" optional Text,
    }
    downpayments {
        ORDER_ID = "order_id" required Id,
        METHOD = "method" required Choice,
        VALUE = "value" required Decimal,
        REQUESTED_ON = "requested_on" optional Date,
    }
    adjustments {
        ACTION = "action" required Choice,
        TARGET = "target" required Id,
        VALUE = "value" optional Text,
        REASON = "reason" required Text,
        BY = "by" optional Text,
        ON = "on" optional Date,
        FROM = "from" optional Date,
        TO = "to" optional Date,
    }
    credits {
        INVOICE_ID = "invoice_id" required Id,
        TIMESHEET_ID = "timesheet_id" optional Id,
        ORDER_LINE_ID = "order_line_id" optional Id,
        HOURS = "hours" optional Hours,
        QUANTITY = "quantity" optional Decimal,
        AMOUNT = "amount" optional Decimal,
        TREATMENT = "treatment" optional Choice,
        REASON = "reason" required Text,
        BY = "by" optional Text,
        ON = "on" optional Date,
    }
    rates {
        PRICE = "price" required Decimal,
        CURRENCY = "currency" optional Choice,
        VALID_FROM = "valid_from" optional Date,
        VALID_TO = "valid_to" optional Date,
        ORDER_LINE_ID = "order_line_id" optional Id,
        ORDER_ID = "order_id" optional Id,
        EMPLOYEE = "employee" optional Text,
        ROLE = "role" optional Text,
        ACTIVITY = "activity" optional Text,
        PROJECT = "project" optional Text,
        TEAM = "team" optional Id,
        CUSTOMER_ID = "customer_id" optional Id,
        COMPANY = "company" optional Text,
    }
    employees {
        EMPLOYEE = "employee" required Text,
        ROLE = "role" required Text,
        VALID_FROM = "valid_from" optional Date,
        VALID_TO = "valid_to" optional Date,
    }
    erp_invoices {
        DOCUMENT = "document" required Id,
        ORDER_LINE_ID = "order_line_id" optional Id,
        QUANTITY = "quantity" optional Decimal,
        UNIT_PRICE = "unit_price" optional Decimal,
        AMOUNT = "amount" optional Decimal,
        CURRENCY = "currency" optional Choice,
        CUSTOMER_ID = "customer_id" optional Id,
        DATE = "date" optional Date,
        STATE = "state" optional Choice,
        REFERENCE = "reference" optional Text,
        PRODUCT = "product" optional Text,
        COMPANY = "company" optional Text,
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
