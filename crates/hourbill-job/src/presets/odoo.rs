//! Odoo 17 to 19: list exports, plain (labels) and import-compatible (technical names), of lists or of a parent with its children.

use super::odoo_words::{
    CUSTOMER_MARKS, FURTHER_TIME_UNITS, INVOICE_LINE_MARKS, INVOICE_STATES, ORDER_LINE_MARKS, ORDER_WORDS, TEAM_MARKS,
    TICKET_MARKS, UNITS,
};
use super::{Column, FillDown, Names, Preset, Shape, Words, plain, relation};
use crate::inputs::Input;

pub(super) const PRESET: Preset = Preset {
    name: "odoo",
    quotes_formulas: true,
    shapes: &[
        CUSTOMERS,
        TEAMS,
        // Orders with their lines, before lines that name their order.
        ORDERS_WITH_LINES,
        ORDER_LINES,
        TICKETS,
        TIMESHEETS,
        INVOICES_WITH_LINES,
        INVOICE_LINES,
    ],
};

const fn own(
    field: &'static str,
    prefixes: &'static [&'static str],
    references: &'static [&'static str],
    displays: &'static [&'static str],
) -> Column {
    Column { field, names: Names::Own { prefixes, references, displays }, empty: None }
}

/// A box that is ticked or not: an empty cell says no.
const fn ticked(field: &'static str, names: &'static [&'static [&'static str]], unticked: &'static str) -> Column {
    Column { field, names: Names::Plain(names), empty: Some(unticked) }
}

/// Fields of several records in one cell: exported with their own fields they take rows of their own below the first.
const FURTHER_VALUES: Option<FillDown> = Some(FillDown::Prefixed(&[
    "tag_ids/",
    "Tags/",
    "timesheet_ids/",
    "Timesheets/",
    "tax_id/",
    "tax_ids/",
    "Taxes/",
    "category_id/",
    "child_ids/",
    "Contacts/",
]));

const SALE_ORDER_ITEM: &[&str] = &[
    "so_line",
    "sale_line_id",
    "Sales Order Item",
    "Sale Line",
    "Article de commande de vente",
    "Poste de vente",
    "Verkaufsauftragsposition",
    "Auftragsposition",
    "Artículo de la orden de venta",
    "Artículo de pedido de venta",
    "Línea de pedido de venta",
    "Verkooporderregel",
    "Verkooporderitem",
];

const CUSTOMERS: Shape = Shape {
    fill_down: FURTHER_VALUES,
    marks: CUSTOMER_MARKS,
    ..Shape::of(
        Input::Customers,
        &[
            own("customer_id", &[""], &[], &["display_name", "Display Name", "complete_name", "Complete Name"]),
            plain("name", &[&["display_name", "Display Name"], &["complete_name", "Complete Name"], &["name", "Name"]]),
            relation("parent_id", &["parent_id", "Related Company"], &[]),
            plain("vat_id", &[&["vat", "Tax ID", "VAT"]]),
            plain("registration", &[&["company_registry", "Company ID", "Company Registry"]]),
            plain("street", &[&["street", "Street"]]),
            plain("street2", &[&["street2", "Street2", "Street 2"]]),
            plain("city", &[&["city", "City"]]),
            plain("postcode", &[&["zip", "Zip", "ZIP"]]),
            plain("country", &[&["country_id/code", "Country/Country Code", "country_code", "Country Code"]]),
            plain("email", &[&["email", "Email"]]),
            plain("language", &[&["lang", "Language"]]),
            plain("payment_terms", &[&["property_payment_term_id", "Customer Payment Terms", "Payment Terms"]]),
        ],
    )
};

const TEAMS: Shape = Shape {
    marks: TEAM_MARKS,
    ..Shape::of(
        Input::Teams,
        &[
            own("team", &[""], &[], &["display_name", "Display Name", "name", "Helpdesk Team", "Team Name", "Name"]),
            ticked("timesheets", &[&["use_helpdesk_timesheet", "Timesheets", "Timesheet"]], "false"),
            ticked("time_billing", &[&["use_helpdesk_sale_timesheet", "Time Billing", "Reinvoice Time"]], "false"),
            plain("project", &[&["project_id", "Project"], &["project_id/id", "Project/External ID"]]),
        ],
    )
};

const POLICY_NAMES: &[&[&str]] = &[
    &[
        "service_policy",
        "Service Invoicing Policy",
        "product_id/service_policy",
        "Product/Service Invoicing Policy",
        "product_template_id/service_policy",
        "Product Template/Service Invoicing Policy",
        "order_line/product_id/service_policy",
        "Order Lines/Product/Service Invoicing Policy",
        "order_line/product_template_id/service_policy",
        "Order Lines/Product Template/Service Invoicing Policy",
    ],
    &[
        "invoice_policy",
        "Invoicing Policy",
        "product_id/invoice_policy",
        "Product/Invoicing Policy",
        "Product Template/Invoicing Policy",
        "order_line/product_id/invoice_policy",
        "Order Lines/Product/Invoicing Policy",
    ],
];

const ORDER_LINES: Shape = Shape {
    marks: ORDER_LINE_MARKS,
    words: ORDER_WORDS,
    left_out_by: &["display_type", "Display Type"],
    fill_down: FURTHER_VALUES,
    ..Shape::of(
        Input::Orders,
        &[
            own("order_line_id", &[""], &[], &["display_name", "Display Name"]),
            plain(
                "order_id",
                &[
                    &["order_id", "Order Reference", "order_id/name", "Order Reference/Order Reference"],
                    &["order_id/id", "Order Reference/External ID"],
                    &["order_id/.id", "Order Reference/ID"],
                ],
            ),
            plain(
                "state",
                &[
                    &["state", "Order Status", "Status"],
                    &["order_id/state", "Order Reference/Status", "Order Reference/Order Status"],
                ],
            ),
            relation(
                "customer_id",
                &["order_partner_id", "Customer", "order_id/partner_id", "Order Reference/Customer"],
                &[],
            ),
            plain(
                "product",
                &[
                    &["product_id", "Product"],
                    &["product_template_id", "Product Template"],
                    &["product_id/display_name", "Product/Display Name", "product_id/name", "Product/Name"],
                ],
            ),
            plain("invoicing_policy", POLICY_NAMES),
            plain(
                "uom",
                &[
                    &["product_uom", "product_uom_id", "Unit of Measure", "Unit", "UoM"],
                    &["product_uom/name", "product_uom_id/name", "Unit of Measure/Unit of Measure", "Unit/Unit Name"],
                ],
            ),
            plain("ordered_qty", &[&["product_uom_qty", "Quantity", "Ordered Quantity", "Ordered Qty"]]),
            plain("unit_price", &[&["price_unit", "Unit Price"]]),
            plain(
                "currency",
                &[
                    &["currency_id", "Currency", "currency_id/name", "Currency/Currency"],
                    &["order_id/currency_id", "Order Reference/Currency"],
                ],
            ),
            plain(
                "confirmed_on",
                &[&[
                    "order_id/date_order",
                    "Order Reference/Order Date",
                    "date_order",
                    "Order Date",
                    "Confirmation Date",
                ]],
            ),
            plain("sequence", &[&["sequence", "Sequence"]]),
            plain("description", &[&["name", "Description"]]),
            plain("discount_pct", &[&["discount", "Discount (%)", "Discount %"]]),
            plain("taxes", &[&["tax_id", "tax_ids", "Taxes", "tax_id/name", "tax_ids/name", "Taxes/Tax Name"]]),
            plain("invoiced_qty", &[&["qty_invoiced", "Invoiced Quantity", "Invoiced"]]),
            plain("delivered_qty", &[&["qty_delivered", "Delivered Quantity", "Delivery Quantity", "Delivered"]]),
            plain("remaining_hours", &[&["remaining_hours", "Remaining Hours on SO", "Remaining Hours"]]),
            ticked("is_downpayment", &[&["is_downpayment", "Is a down payment"]], "false"),
            relation("bill_to", &["order_id/partner_invoice_id", "Order Reference/Invoice Address"], &[]),
            plain("payment_terms", &[&["order_id/payment_term_id", "Order Reference/Payment Terms"]]),
            plain("customer_reference", &[&["order_id/client_order_ref", "Order Reference/Customer Reference"]]),
            plain("company", &[&["company_id", "Company"], &["order_id/company_id", "Order Reference/Company"]]),
        ],
    )
};

const ORDERS_WITH_LINES: Shape = Shape {
    marks: &[&["order_line", "Order Lines"]],
    marked_by: &["order_line/", "Order Lines/"],
    words: ORDER_WORDS,
    fill_down: Some(FillDown::Prefixed(&["order_line/", "Order Lines/"])),
    left_out_by: &["order_line/display_type", "Order Lines/Display Type"],
    ..Shape::of(
        Input::Orders,
        &[
            own(
                "order_line_id",
                &["order_line/", "Order Lines/"],
                &[],
                &["Order Lines/Display Name", "order_line/display_name"],
            ),
            plain(
                "order_id",
                &[&["name", "Order Reference", "Number"], &["display_name", "Display Name"], &["id", "External ID"]],
            ),
            plain("state", &[&["state", "Status", "Order Status"]]),
            relation("customer_id", &["partner_id", "Customer"], &[]),
            plain(
                "product",
                &[
                    &["order_line/product_id", "Order Lines/Product"],
                    &["order_line/product_template_id", "Order Lines/Product Template"],
                    &["order_line/product_id/name", "Order Lines/Product/Name"],
                ],
            ),
            plain("invoicing_policy", POLICY_NAMES),
            plain(
                "uom",
                &[&[
                    "order_line/product_uom",
                    "order_line/product_uom_id",
                    "Order Lines/Unit of Measure",
                    "Order Lines/Unit",
                ]],
            ),
            plain(
                "ordered_qty",
                &[&["order_line/product_uom_qty", "Order Lines/Quantity", "Order Lines/Ordered Quantity"]],
            ),
            plain("unit_price", &[&["order_line/price_unit", "Order Lines/Unit Price"]]),
            plain("currency", &[&["currency_id", "Currency"], &["order_line/currency_id", "Order Lines/Currency"]]),
            plain("confirmed_on", &[&["date_order", "Order Date", "Confirmation Date"]]),
            plain("sequence", &[&["order_line/sequence", "Order Lines/Sequence"]]),
            plain("description", &[&["order_line/name", "Order Lines/Description"]]),
            plain("discount_pct", &[&["order_line/discount", "Order Lines/Discount (%)"]]),
            plain("taxes", &[&["order_line/tax_id", "order_line/tax_ids", "Order Lines/Taxes"]]),
            plain("invoiced_qty", &[&["order_line/qty_invoiced", "Order Lines/Invoiced Quantity"]]),
            plain(
                "delivered_qty",
                &[&["order_line/qty_delivered", "Order Lines/Delivered Quantity", "Order Lines/Delivery Quantity"]],
            ),
            plain("remaining_hours", &[&["order_line/remaining_hours", "Order Lines/Remaining Hours on SO"]]),
            ticked("is_downpayment", &[&["order_line/is_downpayment", "Order Lines/Is a down payment"]], "false"),
            relation("bill_to", &["partner_invoice_id", "Invoice Address"], &[]),
            plain("payment_terms", &[&["payment_term_id", "Payment Terms"]]),
            plain("customer_reference", &[&["client_order_ref", "Customer Reference"]]),
            plain("company", &[&["company_id", "Company"]]),
        ],
    )
};

const TICKETS: Shape = Shape {
    marks: TICKET_MARKS,
    fill_down: FURTHER_VALUES,
    ..Shape::of(
        Input::Tickets,
        &[
            own(
                "ticket_id",
                &[""],
                &["ticket_ref", "Ticket IDs Sequence", "Sequence", "Reference"],
                &["display_name", "Display Name"],
            ),
            relation("customer_id", &["partner_id", "Customer", "commercial_partner_id", "Commercial Entity"], &[]),
            plain("created_on", &[&["create_date", "Created on", "Creation Date"]]),
            relation("team", &["team_id", "Helpdesk Team", "Team"], &[]),
            plain("title", &[&["name", "Subject", "Title", "Ticket"]]),
            relation("order_line_id", SALE_ORDER_ITEM, &[]),
            plain("closed_on", &[&["close_date", "Close date", "Closed on", "Closing Date"]]),
            plain("hours_spent", &[&["total_hours_spent", "Hours Spent", "Time Spent", "Total Hours Spent"]]),
            plain("company", &[&["company_id", "Company"]]),
        ],
    )
};

/// The day of a line of time, in the languages of the screens.
const WHEN: &[&str] = &["date", "Date", "Datum", "Fecha"];
/// Its hours.
const AMOUNT: &[&str] = &[
    "unit_amount",
    "Quantity",
    "Hours Spent",
    "Time Spent",
    "Hours",
    "Duration",
    "Quantité",
    "Heures passées",
    "Temps passé",
    "Menge",
    "Aufgewendete Stunden",
    "Zeitaufwand",
    "Cantidad",
    "Horas dedicadas",
    "Tiempo empleado",
    "Tiempo dedicado",
    "Hoeveelheid",
    "Gespendeerde uren",
    "Gewerkte uren",
    "Bestede uren",
    "Bestede tijd",
];

const TIMESHEETS: Shape = Shape {
    fill_down: FURTHER_VALUES,
    analytic: true,
    marks: &[
        &["id", "External ID", "ID", "Externe ID", "ID externe", "ID externo"],
        WHEN,
        AMOUNT,
        &[
            "unit_amount",
            "helpdesk_ticket_id",
            "so_line",
            "timesheet_invoice_id",
            "External ID",
            "Externe ID",
            "Id. externe",
            "ID externe",
            "ID externo",
            "Helpdesk Ticket",
            "Sales Order Item",
            "Validated line",
        ],
    ],
    words: &[
        Words { field: "uom", words: UNITS },
        Words { field: "uom", words: FURTHER_TIME_UNITS },
        Words {
            field: "status",
            words: &[
                ("true", "validated"),
                ("false", "draft"),
                ("Validated", "validated"),
                ("Draft", "draft"),
                ("To Validate", "draft"),
                ("Validé", "validated"),
                ("Brouillon", "draft"),
                ("Validiert", "validated"),
                ("Entwurf", "draft"),
                ("Gevalideerd", "validated"),
                ("Concept", "draft"),
                ("Validado", "validated"),
                ("Borrador", "draft"),
            ],
        },
        // What a list shows for an invoice that has been cancelled since or was never made.
        Words { field: "invoice_id", words: &[("False", ""), ("/", "")] },
    ],
    ..Shape::of(
        Input::Timesheets,
        &[
            own("timesheet_id", &[""], &[], &[]),
            plain("date", &[WHEN]),
            plain("hours", &[AMOUNT]),
            relation(
                "ticket_id",
                &[
                    "helpdesk_ticket_id",
                    "Helpdesk Ticket",
                    "Ticket",
                    "Ticket d'assistance",
                    "Helpdesk-Ticket",
                    "Kundendienst-Ticket",
                    "Ticket de soporte",
                    "Ticket del servicio de asistencia",
                    "Helpdeskticket",
                ],
                &[
                    "helpdesk_ticket_id/ticket_ref",
                    "Helpdesk Ticket/Ticket IDs Sequence",
                    "Ticket/Ticket IDs Sequence",
                    "Helpdesk Ticket/Sequence",
                ],
            ),
            relation("order_line_id", SALE_ORDER_ITEM, &[]),
            plain(
                "employee",
                &[
                    &[
                        "employee_id",
                        "Employee",
                        "employee_id/name",
                        "Employee/Employee Name",
                        "Employé",
                        "Mitarbeiter",
                        "Empleado",
                        "Werknemer",
                    ],
                    &["user_id", "User"],
                    &["employee_id/id", "Employee/External ID"],
                ],
            ),
            plain("description", &[&["name", "Description", "Beschreibung", "Descripción", "Omschrijving"]]),
            plain(
                "ticket_title",
                &[
                    &[
                        "task_id",
                        "Task",
                        "task_id/display_name",
                        "Task/Display Name",
                        "Tâche",
                        "Aufgabe",
                        "Tarea",
                        "Taak",
                    ],
                    &["task_id/name", "Task/Title"],
                ],
            ),
            plain(
                "project",
                &[
                    &[
                        "project_id",
                        "Project",
                        "project_id/display_name",
                        "Project/Display Name",
                        "Projet",
                        "Projekt",
                        "Proyecto",
                    ],
                    &["project_id/name", "Project/Name"],
                    &["project_id/id", "Project/External ID"],
                    &["project_id/.id", "Project/ID"],
                ],
            ),
            plain(
                "invoice_id",
                &[
                    &[
                        "timesheet_invoice_id",
                        "Invoice",
                        "timesheet_invoice_id/name",
                        "Invoice/Number",
                        "Facture",
                        "Rechnung",
                        "Factura",
                        "Factuur",
                    ],
                    &["timesheet_invoice_id/id", "Invoice/External ID"],
                    &["timesheet_invoice_id/.id", "Invoice/ID"],
                ],
            ),
            ticked(
                "status",
                &[&["validated_status", "Validated Status"], &["validated", "Validated line", "Validated"]],
                "draft",
            ),
            // Hours are hours whatever it says; it tells lines of time from lines of costs.
            plain(
                "uom",
                &[
                    &[
                        "product_uom_id",
                        "product_uom",
                        "Unit of Measure",
                        "Unit",
                        "UoM",
                        "product_uom_id/display_name",
                        "Unité de mesure",
                        "Unité",
                        "Maßeinheit",
                        "Einheit",
                        "ME",
                        "Unidad de medida",
                        "Unidad",
                        "Maateenheid",
                        "Eenheid",
                    ],
                    &["product_uom_id/name", "Unit of Measure/Unit of Measure", "Unit/Unit Name"],
                    &["product_uom_id/id", "Unit of Measure/External ID", "Unit/External ID"],
                ],
            ),
            plain("company", &[&["company_id", "Company", "Société", "Unternehmen", "Compañía", "Bedrijf"]]),
        ],
    )
};

const INVOICE_LINES: Shape = Shape {
    marks: INVOICE_LINE_MARKS,
    words: &[Words { field: "state", words: INVOICE_STATES }],
    left_out_by: &[],
    ..Shape::of(
        Input::ErpInvoices,
        &[
            plain(
                "document",
                &[&["move_name", "Number"], &["move_id", "Journal Entry"], &["move_id/name", "Journal Entry/Number"]],
            ),
            relation("order_line_id", &["sale_line_ids", "Sales Order Lines", "Sales Order Items"], &[]),
            plain("quantity", &[&["quantity", "Quantity"]]),
            plain("unit_price", &[&["price_unit", "Unit Price"]]),
            plain("amount", &[&["price_subtotal", "Subtotal", "Untaxed Amount"]]),
            plain("currency", &[&["currency_id", "Currency"]]),
            relation("customer_id", &["partner_id", "Partner", "Customer"], &[]),
            plain("date", &[&["invoice_date", "Invoice/Bill Date", "Invoice Date"], &["date", "Date"]]),
            plain("state", &[&["parent_state", "Status", "State"], &["move_id/state", "Journal Entry/Status"]]),
            plain(
                "reference",
                &[
                    &["ref", "Reference"],
                    &["move_id/ref", "Journal Entry/Reference", "Journal Entry/Customer Reference"],
                ],
            ),
            plain("product", &[&["product_id", "Product"]]),
            plain("company", &[&["company_id", "Company"]]),
        ],
    )
};

const INVOICES_WITH_LINES: Shape = Shape {
    marks: &[&["invoice_line_ids", "Invoice lines"]],
    marked_by: &["invoice_line_ids/", "Invoice lines/"],
    words: &[Words { field: "state", words: INVOICE_STATES }],
    fill_down: Some(FillDown::Prefixed(&["invoice_line_ids/", "Invoice lines/"])),
    ..Shape::of(
        Input::ErpInvoices,
        &[
            plain("document", &[&["name", "Number"]]),
            relation(
                "order_line_id",
                &[
                    "invoice_line_ids/sale_line_ids",
                    "Invoice lines/Sales Order Lines",
                    "Invoice lines/Sales Order Items",
                ],
                &[],
            ),
            plain("quantity", &[&["invoice_line_ids/quantity", "Invoice lines/Quantity"]]),
            plain("unit_price", &[&["invoice_line_ids/price_unit", "Invoice lines/Unit Price"]]),
            plain("amount", &[&["invoice_line_ids/price_subtotal", "Invoice lines/Subtotal"]]),
            plain("currency", &[&["currency_id", "Currency"]]),
            relation("customer_id", &["partner_id", "Partner", "Customer"], &[]),
            plain("date", &[&["invoice_date", "Invoice/Bill Date", "Invoice Date"]]),
            plain("state", &[&["state", "Status"]]),
            plain("reference", &[&["ref", "Reference", "Customer Reference"], &["invoice_origin", "Origin"]]),
            plain("product", &[&["invoice_line_ids/product_id", "Invoice lines/Product"]]),
            plain("company", &[&["company_id", "Company"]]),
        ],
    )
};
