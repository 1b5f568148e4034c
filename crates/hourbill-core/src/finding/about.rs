//! What docs/findings.md says of the complaints whose hint does not say it all.

use super::Code;

impl Code {
    /// A few sentences for docs/findings.md: what it means, and what becomes of the row. Empty where the hint says it all.
    #[allow(clippy::too_many_lines, reason = "a table: a text for each code")]
    pub fn about(self) -> &'static str {
        match self {
            Code::BoundEmployeeDayHours => {
                "The entries of one employee on one day have more hours than the bound `employee_day_hours` allows (rule X2), whoever \
                they are for; 24 without a word of the job. Under `hold` all entries of the day are held."
            }
            Code::BoundOverlapMinutes => {
                "Entries of one employee run at the same time for longer than the bound `overlap_minutes` allows (rule X2). Under \
                `hold` all entries of the day are held."
            }
            Code::BoundTwins => {
                "Rows of one employee and day are equal in all but the id (rule X2): the same work may have been imported twice. \
                Under `hold` the first by id is billed and the others wait."
            }
            Code::BoundDraftVsMedian => {
                "The net of a draft is many times what the ledger has of the customer in the months before (rule X3). \
                What a person accepts is an amount: `draft_vs_median<=1800` lets a draft pass whose net is up to 1800 \
                in its currency."
            }
            Code::BoundInputVsMedian => {
                "An input has many more, or many fewer, rows or hours than in the months before that were posted (rule X4): the \
                export may be cut, or hold two months. One with nothing of what is usual goes beyond every bound: it counts \
                as 1000000000 times."
            }
            Code::StillRunning => {
                "An entry has a start and no end, and its hours are from one to the other (F5). It is set aside until \
                the timer was stopped."
            }
            Code::NoEntry => {
                "A row has hours but no id, no person and no date, and is not the sum of rows beside it either (F7): \
                its figure and the sums stand in the message. It is set aside."
            }
            Code::BesideTheTable => {
                "A row of the timesheets stands behind an empty line, has more or fewer cells than the header and names \
                no day (F7): reports put sums and signatures there. It is no part of the table and no row that was read. \
                One that has a day and a figure may be an entry, and is set aside as `ragged-row`."
            }
            Code::SumLeftOut => {
                "A row without an id, a person and a date sums rows above or below it (F7): it is no entry, and no \
                hour of it is read. A row with times of its own, of another client or project than the rows that it \
                would sum, or that says all that the one row beside it says while rows lack ids and other sums of the file do not speak for it, \
                is no plain sum: it is set aside (`no-entry`)."
            }
            Code::EqualRows => {
                "Rows of two files are equal in every cell and have ids made of cells (F4), none of which says who \
                worked: they count once, as one piece of work, and may be the work of two people."
            }
            Code::RowsSkipped => {
                "`skip` of the input leaves rows of a file out (F8): how many, and their hours, which are not among \
                those that are read."
            }
            Code::ExampleCompany => {
                "The job bills in the name of the example that `init` once wrote: its name, its VAT id or its account. \
                Drafts are made; `post` refuses."
            }
            Code::SenderIncomplete => {
                "Documents of this company get numbers when they are posted ([numbering]), and [company], or its \
                section of [companies], does not say who sends them: an invoice has the name and the address of its \
                sender. Drafts are made, and `post` notes it; what was posted keeps what it says."
            }
            Code::RepeatedColumn => {
                "Several columns of a file have the same name, and a field takes it: of each row the first of their \
                cells that is filled counts."
            }
            Code::PatternUnmatched => {
                "Cells of a field do not match the `pattern` that the job gives it (F8): they count as empty."
            }
            Code::OverlappingRates => {
                "Two rates are equal in all their cells but price and currency and have a date in common (rule \
                C5): nobody knows which counts, so both are set aside. Keep one, or let one end before the other \
                begins."
            }
            Code::OverlappingRoles => {
                "Two rows of one employee have a date in common (rule C5): both are set aside. Keep one, or let \
                one end before the other begins."
            }
            Code::AgreementAmbiguous => {
                "Two agreements say as much of the entry (rule C3): it is held, and both are named. Give one of \
                them a project, another customer, or dates that do not overlap. Of more than twenty entries of a \
                pair the rest is one finding."
            }
            Code::AgreementIncomplete => {
                "An agreement names no customer, so nobody can be billed by it: hours of its project that name no \
                customer themselves are unassigned. Fill it in and run again."
            }
            Code::RateChangedAfterBilling => {
                "Hours of a posted document were billed at other prices than the rates give them now (rule C9). \
                They stay as they were billed; the message says the difference in money. Where the new rate is \
                to count, credit them for rebilling: the next run bills them at it."
            }
            Code::RateCurrency => {
                "The rate that fits is in another currency than the order line (rule C6): the hours are held. \
                Give the rate the currency of the line, or sell the work on a line of its own."
            }
            Code::RateMissing => {
                "An agreement says no price or no currency (rule C6): its hours are held. Fill it in and run \
                again; a price of 0 is a price."
            }
            Code::RateNotExported => {
                "`rules.rates = \"export\"` bills each entry at the price that the exporting program says (rule C10), and \
                these entries have none: the timesheets have no column `rate`, or its cells are empty. They are held. Name \
                the export's column in `columns.rate` of the input, or take the rule out: then agreements and orders say \
                the price."
            }
            Code::ExportedRateDiffers => {
                "Entries are billed at another price than the column `rate` of the timesheets, or `amount`, has for them (rule \
                C10). Nothing is held: prices of agreements, rates and orders count, and the program that counts the hours may \
                have one of its own, such as what the work costs. Where its price is the newer one, write it into the agreement."
            }
            Code::TaxNotStated => {
                "The seller has a VAT id, and no order line and no agreement that it sells to a customer of its own country \
                says a tax: all drafts are without tax. Where that is meant, say `0%`, or the name of a tax that [taxes] \
                declares with its category (`AE` for reverse charge, `E` for exempt)."
            }
            Code::MayBeASum => {
                "Rows of an export without ids have a day, and their hours are the sum of other rows: of those above or below \
                them, of all above, or of the whole file. They lack what all others have, or some cell calls them a sum (rule \
                F7). A report may have put its totals there, and they would be billed twice; or they are work. \
                `skip = { \"HEADER\" = \"CELL\" }` of the input leaves such rows out, `skip = {}` says that they are entries: \
                whoever writes `skip` has told."
            }
            Code::QuestionOpen => {
                "`init` asked something on which hours depend (rule F2), and the job file does not answer it: `open` of \
                the input names the key or the header. No row of the input is used before. Take the # off one of the \
                lines that stand for the answer, or name the header in `columns` or `ignore`; what is answered needs \
                not be taken out of `open`."
            }
            Code::AmbiguousName => {
                "A row refers to a record by the name that lists show, and two records have that name: the message \
                names the ids of both. Export `External ID` or `ID` of the record in both files."
            }
            Code::OverInvoiced => {
                "Credit what was invoiced beyond the ordered quantity, or raise the order. Of a line of negative \
                quantity the sizes are compared: -3 invoiced of -2 is too much."
            }
            Code::LateEntry => {
                "Bill it with `rules.late_entries = \"bill\"` (it becomes a line of its own with its own dates), or \
                with a run up to a date (`--to`) or of its month, where that is not closed hard, or clear it in the ERP."
            }
            Code::ChangedAfterBilling => {
                "Hours of an entry in the ledger were edited in the ERP after they were billed. The difference is \
                shown and not billed; with `rules.corrections = \"bill\"` it is billed, or credited when it is \
                negative, in the period of the entry's date.\n\n\
                Also an open entry whose id is that of a vanished one but for leading zeros and blanks (`007` for \
                `7`): most likely a spreadsheet or another export wrote the id otherwise, and its hours are billed \
                already. It is `held` under either setting. Export it under its old id; or, when it really is \
                another entry, credit the old one for rebill."
            }
            Code::AmbiguousId => {
                "G6: ids that are made of cells tell rows of one key apart by their order alone. A row that equals a \
                billed one keeps its id, and one row that is left beside one billed id is an edit of it. This row is \
                one of several that are left, so nobody can tell whether it was billed: it is `held`. Settle it in \
                the adjustments with `release` or `same_as`."
            }
            Code::ResemblesBilled => {
                "G5: an entry that the ledger does not know has the hours, the employee and the commercial tree of a \
                billed or covered one that has vanished, and their dates differ by a day at most; or its id is that \
                of the vanished one but for leading zeros and blanks. It may be the same work under another id (a \
                re-created entry, another time zone, database ids for External IDs). It is `held`. Settle it in the \
                adjustments: `release` (it is other work) or `same_as` with the id that was billed; the next `post` \
                records that. The same finding names two entries, or two order lines, that a post has recorded as \
                the same and that are both exported: what is open of them is held until `release` of one of them \
                says that they are two.\n\n\
                An order line that the ledger does not know has the customer tree, product, quantity, price and \
                currency of one that was billed and is no longer in the orders, and its order or its date of \
                confirmation: it is held (G13). A price that an adjustment made does not tell them apart. Say in \
                the adjustments what it is: `release` (it is another line) or `same_as` with the id of the line that \
                is gone: what was billed of that one counts for it."
            }
            Code::MovedAfterBilling => {
                "G8: an entry stands on another order line than the one that billed it, or has none that bills it any \
                more. The finding names document, old and new line. Its hours stay billed there; with \
                `rules.corrections = \"bill\"` they are credited there, at what was billed, and billed on the new \
                line. An entry that lost its line, its team or its order's confirmation is never credited by itself. \
                Where no row names the customer of then, nobody knows whom to credit: the credit note is held, and the \
                hours wait for it."
            }
            Code::CoveredChanged => {
                "G9: covered hours were posted, and their entry was edited, names another line, does not bill any \
                more, or has vanished. What was posted stays on its pack; a difference in hours counts on the same \
                pack from this run on and is kept with the next post. Of hours that were added, what the pack has \
                left counts; the rest is `held` until more is ordered or a person writes it off."
            }
            Code::HeldBeforeOpen => {
                "Hours dated before the period that a `hold` of the adjustments holds, or held in its own month, that \
                an earlier run held when it was posted, or that a credit or void opened again: they are open, on no \
                draft, and not simply late. In the table `unbilled` they stand as `before_period` with the reason \
                `held-before` or `reopened`. A run with `--to` and the last day of the period bills them, or a run \
                for their own month; where that is closed hard (K4) only `rules.late_entries = \"bill\"` does, or \
                `hourbill reopen` comes first."
            }
            Code::MinimumLeft => {
                "Documents still bill what a minimum asked for hours that were all taken back since: the entry which had paid it \
                was credited or edited away while others needed it, and those went later (M6). Further hours of the group are \
                billed less for it; until then nothing gives it back by itself."
            }
            Code::ClosedMonthChanged => {
                "An entry dated in a month that is closed is new, changed or gone since (K6), covered ones too: with its hours \
                and what they are worth at the price of its order line. The first 20 of a month are told one by one, the rest \
                in one finding with the sums of all. Nothing of it is billed or credited by itself."
            }
            Code::NotInThisExport => {
                "Entries of the ledger are dated outside of the timesheets that were read: a file of one month knows \
                nothing of the month before. One finding with their number; nothing needs to be done."
            }
            Code::VanishedAfterBilling => {
                "An entry in the ledger is not in the export although its date lies between the first and the last \
                date of the timesheets read: deleted, or exported under another id. Its hours stay billed. Export it \
                again, or credit it."
            }
            Code::LineVanishedAfterBilling => {
                "An order line of the ledger is no longer in the orders (G13). What was billed of it stays billed. An \
                export of open orders alone loses lines every month: more than 20 are told as one number. A row that \
                was set aside has not vanished."
            }
            Code::LineChangedAfterBilling => {
                "The policy, the unit or the currency of an order line is another than when it was billed last (G12). \
                What was billed counts, in hours where both units measure time: a pack of 5 days that is sold as 40 \
                hours has nothing left. Where the units cannot be compared the line is held: credit what was billed \
                for rebilling, and it is billed as it is now; or say `release` in the adjustments, and nothing that \
                was billed in the other unit counts. A price that changed alone is no finding. Where posts covered more hours \
                of a pack than were paid, and it is billed by time now, nobody is billed for the rest: the finding names \
                these hours, what they come to, and the `hourbill void` that opens them."
            }
            Code::InvoicedElsewhere => {
                "The ERP says that more of a time line is invoiced than entries with an invoice and the ledger \
                explain, by more than 0.05 units and 1 % (G10): its open hours are held, or billed under \
                `rules.invoiced_elsewhere = \"warn\"`. They are no doubt when the export's delivered quantity less \
                its invoiced one covers them. Look for the invoice in the ERP; `hourbill ledger open` records the \
                difference as explained, and an adjustment `accept` of the line with the value \
                `invoiced-elsewhere<=8` accepts so many units."
            }
            Code::InvoiceCancelled => {
                "An entry names an invoice that `erp_invoices` says is cancelled: its hours are open again (G10). An \
                invoice counts as cancelled when all its rows say so."
            }
            Code::CreditNotApplied => {
                "A row of the credits input has not been applied to the ledger: a run changes nothing there. Apply it \
                with `hourbill credit JOB.toml --from-input`, then run again: its hours are still closed."
            }
            Code::DownPaymentNotDrafted => {
                "A row of the downpayments input asks for something that cannot be drafted: the order has no \
                confirmed lines, its lines are for several customers, companies, currencies or payment terms, the \
                percentages come to more than 100, a fixed amount is more than the order or finer than the currency. \
                The order's lines are billed as if the row were not there. Correct the row, or the order."
            }
            Code::DownPaymentUnclear => {
                "The export has an invoiced quantity of 0 (or below) on a down payment with a price. It may have been \
                credited in part, not be invoiced yet, or be used up by an invoice that the ERP made itself. Nothing \
                is deducted; the message names the amount. Look it up in the ERP: when it is paid and not used, its \
                `invoiced_qty` is 1."
            }
            Code::DownPaymentCarried => {
                "Something of a down payment is left after the drafts of this run, and its order was billed by this \
                run, has nothing more to bill, or is no longer exported, or no line of it is billed any more by the company \
                that asked for the down payment, to the customer who paid it, in its currency: only such drafts \
                deduct it. Later drafts of the order deduct it; credit what no draft will. Every run says so until \
                nothing is left."
            }
            Code::TaxRoundingNotAllowed => {
                "`rules.tax_rounding` is `line`, and the seller of the draft is a Belgian one (by `country` of \
                `[company]`, else by its VAT id): Belgian law lets VAT be rounded on the total of each rate alone. \
                The message has both figures. There is no electronic invoice of the draft."
            }
            Code::WaiverUnmatched => {
                "A row of the waivers input names a file, and a row of it or the hash of a record, and no such row is in \
                quarantine (E6): it was corrected, or stands elsewhere in a newer export. Nothing is waived by it."
            }
            Code::AdjustmentUnmatched => {
                "A row of the adjustments input names nothing that was read, moves work to an order line that is not \
                there, says that something was billed under an id that the ledger does not have, or names a draft \
                that this run does not make. What a person asked for was not done: `post` refuses until the row is \
                corrected or taken out, or until `--ignore-adjustments --reason TEXT` says that it does not matter. \
                Rows about other dates, and about what the ledger or an earlier run of the job knows, wait without a \
                word."
            }
            Code::AdjustmentAmbiguous => {
                "A bare id is borne by several kinds of things; the message says which is meant. Say it before the \
                id, as in `ticket:4711`."
            }
            Code::AdjustmentConflict => {
                "Two rows say different things about the same. The later one counts, then the one that bills less; for \
                dates that the other names alone that one does. Keep one of them, or let their dates not meet."
            }
            Code::AdjustmentNoEffect => {
                "What a row asks for changes nothing: hours of a line that is not billed by time are capped, an \
                invoiced entry is written off, an entry is quarantined, work is moved to a line that is not \
                confirmed, an entry or line is said to be one that is still exported. Take the row out, or adjust \
                something else."
            }
            Code::GlyphMissing => {
                "The font of the PDF has Latin, Greek, Cyrillic and Hebrew letters. Characters of other scripts, and \
                pictures, are shown as □ there; the message names the first ten of the draft. The other formats hold \
                the text as it is."
            }
            Code::EInvoiceIncomplete => {
                "An electronic invoice needs something that the inputs do not say. There is no XML for the draft; the \
                message names each field to fill (of the customer, the order, or `[company]` in the job file) with \
                the business term of EN 16931 that it becomes. A tax category is never guessed: a line without a tax \
                has none. `hourbill check --documents` says the same beforehand for all customers."
            }
            Code::EInvoiceImpossible => {
                "The draft says something that an electronic invoice cannot: amounts in a currency with three \
                decimals, a line with two taxes, lines outside the scope of VAT beside others, a tax whose rate does \
                not go with its category. The message names it, or the rule of the profile that would be broken, in \
                its own words. The other formats are made."
            }
            Code::SeveralCustomerReferences => {
                "An electronic invoice has one place for the customer's own number of an order (BT-13), and a draft \
                bills several orders with different ones (rule N8). That place stays empty, whatever the profile; \
                each line names its own in a note (BT-127), which people read and few programs do."
            }
            Code::DueDateUnknown => {
                "Documents are numbered and dated when they are posted, and the payment terms of a draft do not say a \
                day in words that are known (rule N5): `30 days`, `30 days end of month`, `end of month 30 days` or a \
                date do. Posted as it is, it has its terms in words and no due date (BT-9)."
            }
            Code::ImportLeftOut => {
                "A draft, or a file, that an import for an accounting system cannot hold to the cent: an amount with \
                three decimals for Xero or QuickBooks, a line with more than one tax, a currency other than the euro \
                or a tax without an account for DATEV, timesheet ids that are no ids of Odoo. The draft stands in \
                every other output."
            }
            Code::OverageLineUnusable => {
                "Hours beyond a pack are to be billed on a time line (`overdraft` is `time_line`, rule W7), and none can: the \
                one that `overage_line_id` names is unknown, is no confirmed time line, or is sold in another currency, by \
                another company or to another customer tree; or nothing is named and the customer has none. The hours are \
                held, with this code as their reason."
            }
            Code::OveragePriceMissing => {
                "Hours beyond a pack are to be billed on its own line (`overdraft` is `rate`, rule W7), and the pack has no \
                `overage_price`. The hours are held, with this code as their reason. A price of 0 is a price."
            }
            Code::NothingToGiveBack => {
                "Negative hours give back what the same ticket drew last, hours beyond packs before those of packs (rule W9); \
                without a ticket, what the same employee drew for the same customer. These are more than was drawn before \
                them. What is left over is held, with this code as its reason."
            }
            Code::OutOfOrder => {
                "Packs are drawn in the order in which work was done (rule W3), and what was posted never moves (W10). This \
                entry came, or was changed, after later work of its customer was posted: had it come in time, hours would \
                stand elsewhere. The message has the hours, and what they cost now less what they would have cost. Nothing \
                is held."
            }
            Code::PackWithoutInvoice => {
                "The invoice of a pack was voided or credited, and hours are drawn on the pack (rule W11). They stay drawn: \
                who takes a pack back decides what becomes of the work. The pack is billed again unless the order changes."
            }
            Code::ReconciliationMismatch => {
                "The delivered quantity of the export is not what the entries of the order line add up to, and \
                `rules.on_mismatch` is `hold`: the line is not billed in this run. The message has both figures and \
                the likely cause; the table reconciliation has all that were compared."
            }
            Code::ErpInvoicesUnused => {
                "The job reads invoice lines of the ERP, and has no ledger: there are no documents to hold them \
                against. Name the ledger in the job file, or leave the input out."
            }
            Code::NewerRow => {
                "Two files hold a row with the same id and say different things, and the input has `newer_wins = \
                true`: the row of the file that stands later in the list counts. The message says what differs. The \
                hours of the older row count as `duplicate`."
            }
            Code::SettledRow => {
                "With `newer_wins`: a row of this id could not be used, and a newer file has the id again. The newer \
                row counts, the older one is a repeat (`duplicate`), and its hours count as such. Nothing is left to \
                be done."
            }
            Code::NotATimesheet => {
                "Lines of an Odoo export of analytic lines that are costs and no work: without a project, where the \
                project is exported, or in a unit that measures no time. They are left out, no hour of them is read, \
                and their number stands in `run.json` and on the receipt. When they are work, fill the project; when \
                the unit is a unit of time that is not known, say so: `values = { uom = { \"Stunde\" = \"Hours\" } \
                }`."
            }
            Code::MuchQuarantined => {
                "More than `limits.quarantine_pct` percent (20) of the rows of an input other than timesheets, and at \
                least ten, are set aside because of what stands in them; the message counts them by code. What could \
                be read is billed. A limit of the input's own, such as `limits.quarantine_pct_orders = 20`, stops \
                the run there instead."
            }
            Code::FileLeftOut => {
                "Something that lies among the files of an input is not read: a file whose name ends in nothing that \
                is read (`export.csv (1)`, `notes.docx`), a `.txt` file that nobody names, a folder inside a folder, \
                the `~$` file of a workbook that somebody has open, control totals without their file. The message \
                names it and says why; `run.json` lists all under `left_out`. When it holds rows of the input, name \
                it in the job file. The job's own file, output and ledger are not told, nor are hidden files. \
                [formats.md](formats.md#which-files) has the whole table."
            }
            Code::SheetLeftOut => {
                "A sheet of a workbook has rows, and none of them is read: it is hidden, or has not the columns of \
                the input. The sheet that is read stands in `run.json`. Name the sheet, or the sheets, with `sheet` \
                of the input; then no other is told."
            }
            Code::EmptyInput => {
                "The timesheets have a header and no row. Export them again; a run of such a file publishes what \
                other lines bill and ends with exit code 1."
            }
            Code::ColumnNotFound => {
                "Correct `columns` of the input in the job file.\n\n\
                # Errors of a whole file\n\n\
                A file with one of these is not used at all: the run stops with exit code 3 (6 for `cannot-read`) \
                and publishes nothing."
            }
            _ => "",
        }
    }
}
