//! The formats of documents, a line each: the word of the job file, what a build needs to have it, and the item of `document` that
//! makes it. The job knows the words by this list, the documents who makes them.

/// Hands the list to a macro.
#[macro_export]
macro_rules! formats {
    ($with:ident) => {
        $with! {
            /// Everything about a draft.
            Json "json" [all()] json::Json,
            /// A page for people.
            Pdf "pdf" [feature = "pdf"] pdf::Pdf,
            /// Electronic invoices of EN 16931.
            Ubl "ubl" [feature = "xml"] einvoice::Ubl,
            Cii "cii" [feature = "xml"] einvoice::Cii,
            /// The page with the electronic invoice in it.
            FacturX "factur-x" [all(feature = "pdf", feature = "xml")] einvoice::FacturX,
            /// The workbook of a run.
            Xlsx "xlsx" [feature = "xlsx"] per_run::xlsx::Xlsx,
            /// The page of a run.
            Html "html" [feature = "html"] per_run::html::Html,
            /// What other programs import.
            Odoo "odoo" [all()] per_run::odoo::IMPORT,
            Xero "xero" [all()] per_run::imports::XERO_IMPORT,
            Quickbooks "quickbooks" [all()] per_run::imports::QUICKBOOKS_IMPORT,
            Datev "datev" [all()] per_run::datev::IMPORT,
            /// What became of prepaid hours, per customer (S1).
            Statement "statement" [all()] statement::StatementFiles,
        }
    };
}
pub use formats;
