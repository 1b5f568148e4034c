//! The words and forms of documents in the languages that buyers read.

use crate::calendar::Date;
use crate::quantity::{HoursForm, HoursSum, decimal_text};

/// As wide as the digits, which a hyphen is not.
const MINUS: &str = "\u{2212}";

/// A language that documents are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    French,
    German,
    Dutch,
    Spanish,
}

impl Language {
    #[cfg(test)]
    pub const ALL: [Language; 5] =
        [Language::English, Language::French, Language::German, Language::Dutch, Language::Spanish];

    /// By the first subtag of a language tag (`fr_BE`, `nl-NL`) or the language's name; English for anything else.
    pub fn of(tag: &str) -> Language {
        let subtag = tag.split(['-', '_', ' ', '.']).next().unwrap_or_default().to_lowercase();
        match subtag.as_str() {
            "fr" | "fra" | "fre" | "french" | "français" => Language::French,
            "de" | "deu" | "ger" | "german" | "deutsch" => Language::German,
            "nl" | "nld" | "dut" | "dutch" | "nederlands" => Language::Dutch,
            "es" | "spa" | "spanish" | "español" => Language::Spanish,
            _ => Language::English,
        }
    }

    /// The tag that a document is marked with.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::French => "fr",
            Language::German => "de",
            Language::Dutch => "nl",
            Language::Spanish => "es",
        }
    }

    /// One of the texts in English, French, German, Dutch and Spanish.
    pub fn one_of(self, [en, fr, de, nl, es]: [&'static str; 5]) -> &'static str {
        match self {
            Language::English => en,
            Language::French => fr,
            Language::German => de,
            Language::Dutch => nl,
            Language::Spanish => es,
        }
    }

    /// A day, so that no reader takes the month for the day.
    pub fn date(self, date: Date) -> String {
        let (year, month, day) = date.ymd();
        match self {
            Language::English => {
                const MONTHS: [&str; 12] =
                    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
                let name = MONTHS.get(month as usize - 1).copied().unwrap_or_default();
                format!("{day} {name} {year}")
            }
            Language::French | Language::Spanish => format!("{day:02}/{month:02}/{year}"),
            Language::German => format!("{day:02}.{month:02}.{year}"),
            Language::Dutch => format!("{day:02}-{month:02}-{year}"),
        }
    }

    /// A day in the fewest characters, for columns.
    pub fn short_date(self, date: Date) -> String {
        match self {
            Language::English => date.to_string(),
            _ => self.date(date),
        }
    }

    /// A unit in the middle of a sentence: German alone keeps its capital.
    pub fn unit_in_sentence(self, unit: &str) -> String {
        if self == Language::German { unit.to_owned() } else { unit.to_lowercase() }
    }

    /// A rate in percent, of 10^-6: English and Dutch set the sign close.
    pub fn percent(self, micros: i64) -> String {
        let space = match self {
            Language::English | Language::Dutch => "",
            Language::French | Language::German | Language::Spanish => "\u{a0}",
        };
        format!("{}{space}%", self.number(micros.into(), 6, 0))
    }

    /// Hours in the form of the job, with the marks of the language.
    pub fn hours(self, form: HoursForm, hours: HoursSum) -> String {
        match form {
            HoursForm::Decimal => self.number(form.steps(hours), 2, 2),
            HoursForm::Clock => form.text(hours).replace('-', MINUS),
        }
    }

    /// A decimal with the marks of the language: every digit that counts, at least `decimals_min` of them after the mark.
    pub fn number(self, unscaled: i128, scale: u32, decimals_min: u32) -> String {
        let text = decimal_text(unscaled, scale, decimals_min);
        let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| (MINUS, rest));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let (thousands, mark) = match self {
            Language::English => (',', '.'),
            Language::French => ('\u{a0}', ','),
            Language::German | Language::Dutch | Language::Spanish => ('.', ','),
        };
        let mut shown = String::from(sign);
        for (position, digit) in whole.chars().enumerate() {
            if position > 0 && (whole.len() - position).is_multiple_of(3) {
                shown.push(thousands);
            }
            shown.push(digit);
        }
        if !fraction.is_empty() {
            shown.push(mark);
            shown.push_str(fraction);
        }
        shown
    }
}

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident: $en:literal $fr:literal $de:literal $nl:literal $es:literal,)+) => {
        /// A word or sentence on a document.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Label { $($(#[$doc])* $name,)+ }

        impl Label {
            #[cfg(test)]
            pub const ALL: &'static [Label] = &[$(Label::$name,)+];

            pub fn text(self, language: Language) -> &'static str {
                language.one_of(match self { $(Label::$name => [$en, $fr, $de, $nl, $es],)+ })
            }
        }
    };
}

labels! {
    Invoice: "Invoice" "Facture" "Rechnung" "Factuur" "Factura",
    // German law keeps the word Gutschrift for invoices that a buyer writes.
    CreditNote: "Credit note" "Avoir" "Rechnungskorrektur" "Creditnota" "Factura rectificativa",
    DownPayment: "Down payment invoice" "Facture d’acompte" "Anzahlungsrechnung" "Voorschotfactuur" "Factura de anticipo",
    Draft: "DRAFT" "BROUILLON" "ENTWURF" "CONCEPT" "BORRADOR",
    DraftSentence:
        "This is a draft. It is not an invoice and nothing is to be paid on it."
        "Ceci est un brouillon. Il ne s’agit pas d’une facture et rien n’est à payer."
        "Dies ist ein Entwurf. Er ist keine Rechnung und nicht zu bezahlen."
        "Dit is een concept. Het is geen factuur en er hoeft niets op betaald te worden."
        "Esto es un borrador. No es una factura y no hay nada que pagar.",
    Posted: "POSTED" "COMPTABILISÉ" "GEBUCHT" "GEBOEKT" "CONTABILIZADO",
    PostedSentence:
        "Posted, to be numbered by your accounting. It is no invoice before it has its number."
        "Comptabilisé, à numéroter par votre comptabilité. Sans numéro, ce n’est pas une facture."
        "Gebucht, von Ihrer Buchhaltung zu nummerieren. Ohne Nummer ist dies keine Rechnung."
        "Geboekt, door uw boekhouding te nummeren. Zonder nummer is dit geen factuur."
        "Contabilizado, pendiente de numerar por su contabilidad. Sin número no es una factura.",
    Cancelled: "CANCELLED" "ANNULÉ" "STORNIERT" "GEANNULEERD" "ANULADO",
    CancelledSentence:
        "Cancelled: it was never sent, and nothing is to be paid on it."
        "Annulé : jamais envoyé, rien n’est à payer."
        "Storniert: wurde nie versandt und ist nicht zu bezahlen."
        "Geannuleerd: nooit verzonden, er hoeft niets op betaald te worden."
        "Anulado: nunca se envió y no hay nada que pagar.",
    BillTo: "Bill to" "Facturé à" "Rechnung an" "Factuur aan" "Facturar a",
    DraftNumber: "Draft number" "N° de brouillon" "Entwurfsnummer" "Conceptnummer" "N.º de borrador",
    Number: "Number" "Numéro" "Nummer" "Nummer" "Número",
    Id: "Reference" "Référence" "Referenz" "Referentie" "Referencia",
    DueDate: "Due date" "Échéance" "Fällig am" "Vervaldatum" "Vencimiento",
    /// A day and a percentage follow; that day is the last (N5).
    EarlyPayment:
        "Discount if paid by"
        "Escompte si payé au plus tard le"
        "Skonto bei Zahlung bis"
        "Korting bij betaling uiterlijk op"
        "Descuento si se paga hasta el",
    Corrects: "Corrects" "Rectifie" "Korrigiert" "Corrigeert" "Rectifica",
    IssueDate: "Date" "Date" "Datum" "Datum" "Fecha",
    Period: "Service period" "Période de prestation" "Leistungszeitraum" "Prestatieperiode" "Periodo de servicio",
    CustomerNumber: "Customer number" "N° client" "Kundennummer" "Klantnummer" "N.º de cliente",
    YourReference: "Your reference" "Votre référence" "Ihr Zeichen" "Uw referentie" "Su referencia",
    YourOrder: "Your order" "Votre commande" "Ihre Bestellung" "Uw bestelling" "Su pedido",
    Orders: "Orders" "Commandes" "Aufträge" "Orders" "Pedidos",
    Order: "Order" "Commande" "Auftrag" "Order" "Pedido",
    Projects: "Projects" "Projets" "Projekte" "Projecten" "Proyectos",
    Project: "Project" "Projet" "Projekt" "Project" "Proyecto",
    PaymentTerms: "Payment terms" "Conditions de paiement" "Zahlungsbedingungen" "Betalingsvoorwaarden" "Condiciones de pago",
    VatId: "VAT ID" "N° TVA" "USt-IdNr." "Btw-nummer" "NIF-IVA",
    TaxNumber: "Tax number" "N° fiscal" "Steuernummer" "Fiscaal nummer" "N.º fiscal",
    Registration: "Registration" "Immatriculation" "Registernummer" "Ondernemingsnummer" "Registro",
    Bank: "Bank" "Banque" "Bank" "Bank" "Banco",
    Description: "Description" "Désignation" "Bezeichnung" "Omschrijving" "Descripción",
    Quantity: "Quantity" "Quantité" "Menge" "Aantal" "Cantidad",
    Unit: "Unit" "Unité" "Einheit" "Eenheid" "Unidad",
    UnitPrice: "Unit price" "Prix unitaire" "Einzelpreis" "Eenheidsprijs" "Precio unit.",
    Discount: "Disc." "Remise" "Rabatt" "Korting" "Dto.",
    Tax: "Tax" "TVA" "USt" "Btw" "IVA",
    Amount: "Amount" "Montant" "Betrag" "Bedrag" "Importe",
    TaxSummary: "Tax summary" "Récapitulatif TVA" "Steuerübersicht" "Btw-overzicht" "Resumen de impuestos",
    Base: "Base" "Base" "Grundlage" "Grondslag" "Base",
    NetTotal: "Net total" "Total HT" "Nettosumme" "Totaal excl. btw" "Total neto",
    TaxTotal: "Tax" "TVA" "Umsatzsteuer" "Btw" "Impuestos",
    Rounding: "Rounding" "Arrondi" "Rundung" "Afronding" "Redondeo",
    Total: "Total" "Total" "Gesamtbetrag" "Totaal" "Total",
    TotalCredited: "Total credited" "Total de l’avoir" "Korrekturbetrag" "Totaal gecrediteerd" "Total abonado",
    ReverseCharge: "Reverse charge" "Autoliquidation" "Steuerschuldnerschaft des Leistungsempfängers" "Btw verlegd" "Inversión del sujeto pasivo",
    IntraCommunity: "Intra-Community supply, exempt" "Livraison intracommunautaire exonérée" "Steuerfreie innergemeinschaftliche Lieferung" "Vrijgestelde intracommunautaire levering" "Entrega intracomunitaria exenta",
    Export: "Export, exempt" "Exportation exonérée" "Steuerfreie Ausfuhr" "Export, vrijgesteld" "Exportación exenta",
    Exempt: "Exempt" "Exonéré" "Steuerfrei" "Vrijgesteld" "Exento",
    // What the Canary Islands, and Ceuta and Melilla, have in place of value added tax, under the names that they bear.
    Igic: "IGIC" "IGIC" "IGIC" "IGIC" "IGIC",
    Ipsi: "IPSI" "IPSI" "IPSI" "IPSI" "IPSI",
    OutsideScope: "Outside the scope of VAT" "Hors champ de la TVA" "Nicht steuerbar" "Buiten toepassing btw" "No sujeto a IVA",
    Prepaid: "Prepaid hours" "Heures prépayées" "Stundenkontingente" "Vooraf betaalde uren" "Horas prepagadas",
    /// A date follows (K8).
    PrepaidOn: "Prepaid hours as of" "Heures prépayées au" "Stundenkontingente, Stand" "Vooraf betaalde uren op" "Horas prepagadas a",
    Bought: "Bought" "Achetées" "Gekauft" "Gekocht" "Compradas",
    Used: "Used" "Utilisées" "Verbraucht" "Gebruikt" "Usadas",
    /// W8: what an invoice line of a pack bills beside the pack.
    BeyondPack: "hours beyond the pack" "heures au-delà du forfait" "Stunden über das Kontingent hinaus" "uren boven het tegoed" "horas por encima del bono",
    /// M4: a number of hours stands before it.
    Worked: "worked" "travaillées" "gearbeitet" "gewerkt" "trabajadas",
    Left: "Left" "Restantes" "Übrig" "Over" "Restantes",
    Overdrawn: "overdrawn" "dépassé" "überzogen" "overschreden" "excedido",
    Annex: "Annex: timesheet" "Annexe : relevé d’heures" "Anlage: Stundennachweis" "Bijlage: urenstaat" "Anexo: parte de horas",
    Line: "Line" "Ligne" "Position" "Regel" "Línea",
    Date: "Date" "Date" "Datum" "Datum" "Fecha",
    Ticket: "Ticket" "Ticket" "Ticket" "Ticket" "Ticket",
    Employee: "Employee" "Intervenant" "Mitarbeiter" "Medewerker" "Empleado",
    Work: "Work done" "Travail effectué" "Tätigkeit" "Werkzaamheden" "Trabajo realizado",
    Hours: "Hours" "Heures" "Stunden" "Uren" "Horas",
    Days: "Days" "Jours" "Tage" "Dagen" "Días",
    Minutes: "Minutes" "Minutes" "Minuten" "Minuten" "Minutos",
    Units: "Units" "Unités" "Stück" "Stuks" "Unidades",
    /// A number and a unit follow, and one of the two after them.
    Including: "incl." "dont" "davon" "waarvan" "incl.",
    CarriedFromEarlier:
        "carried from earlier invoices"
        "report de factures précédentes"
        "Übertrag aus früheren Rechnungen"
        "overgedragen van eerdere facturen"
        "arrastradas de facturas anteriores",
    CarriedFromLine:
        "carried from the line above"
        "report de la ligne précédente"
        "Übertrag aus der Position davor"
        "overgedragen van de vorige regel"
        "arrastradas de la línea anterior",
    HoursRounded:
        "Hours are shown rounded; the sums are those of the exact hours."
        "Les heures sont arrondies à l’affichage ; les sommes sont celles des heures exactes."
        "Stunden sind gerundet dargestellt; die Summen sind die der genauen Stunden."
        "Uren zijn afgerond weergegeven; de sommen zijn die van de exacte uren."
        "Las horas se muestran redondeadas; las sumas son las de las horas exactas.",
    Sum: "Sum of line" "Somme de la ligne" "Summe der Position" "Som van regel" "Suma de la línea",
    Billed: "billed" "facturé" "abgerechnet" "gefactureerd" "facturado",
    AllHours: "All lines" "Toutes les lignes" "Alle Positionen" "Alle regels" "Todas las líneas",
    DownPaymentLine: "Down payment" "Acompte" "Anzahlung" "Voorschot" "Anticipo",
    DownPaymentDeducted: "Down payment deducted" "Acompte déduit" "Abzug der Anzahlung" "Voorschot in mindering" "Anticipo deducido",
    Deducts: "Deducts" "Déduit de" "Abzug von" "In mindering van" "Deduce de",
    Statement: "Hours statement" "Relevé du crédit d’heures" "Stundenauszug" "Urenoverzicht" "Extracto de horas",
    Customer: "Customer" "Client" "Kunde" "Klant" "Cliente",
    StatementPeriod: "Period" "Période" "Zeitraum" "Periode" "Periodo",
    BalanceOn: "Balance as of" "Solde au" "Stand" "Saldo op" "Saldo a",
    Company: "Company" "Société" "Gesellschaft" "Vennootschap" "Empresa",
    Opening: "Opening" "Report" "Anfang" "Begin" "Inicial",
    Expired: "Expired" "Expirées" "Verfallen" "Vervallen" "Caducadas",
    Corrections: "Corrections" "Corrections" "Korrekturen" "Correcties" "Correcciones",
    Closing: "Closing" "Solde" "Endstand" "Eindsaldo" "Final",
    BoughtOn: "bought on" "achetées le" "gekauft am" "gekocht op" "compradas el",
    NotFinal: "Not final yet" "Pas encore définitif" "Noch nicht endgültig" "Nog niet definitief" "Aún no definitivo",
    NotFinalSentence:
        "Hours under “Not final yet” count in the balance and may still change."
        "Les heures sous « Pas encore définitif » comptent dans le solde et peuvent encore changer."
        "Stunden unter „Noch nicht endgültig“ zählen im Stand und können sich noch ändern."
        "Uren onder ‘Nog niet definitief’ tellen mee in het saldo en kunnen nog wijzigen."
        "Las horas en «Aún no definitivo» cuentan en el saldo y aún pueden cambiar.",
    CorrectionsSentence:
        "Changes to months that were told before, with their own dates."
        "Modifications de mois déjà communiqués, avec leurs propres dates."
        "Änderungen an Monaten, die schon mitgeteilt waren, mit ihrem eigenen Datum."
        "Wijzigingen in maanden die al gemeld waren, met hun eigen datum."
        "Cambios en meses ya comunicados, con sus propias fechas.",
    /// Below a pack that no order sells any more, whose balance is carried on (S2).
    PackLeft:
        "No longer among the current orders; the balance is carried on."
        "Ne figure plus parmi les commandes en cours ; le solde est reporté."
        "Steht in keinem laufenden Auftrag mehr; der Stand wird fortgeführt."
        "Staat niet meer bij de lopende orders; het saldo loopt door."
        "Ya no figura entre los pedidos actuales; el saldo se mantiene.",
    /// Below one whose line is sold in another way now.
    PackEnded:
        "No longer sold as prepaid hours; the balance ends here."
        "N’est plus vendu comme heures prépayées ; le solde s’arrête ici."
        "Nicht mehr als Stundenpaket verkauft; der Stand endet hier."
        "Niet meer verkocht als vooruitbetaalde uren; het saldo eindigt hier."
        "Ya no se vende como horas prepagadas; el saldo termina aquí.",
    Since: "since" "depuis le" "seit" "sinds" "desde",
    /// A day follows, the last of the period.
    Until: "up to and including" "jusqu’au" "bis" "tot en met" "hasta el",
    EarlierChanges: "Without an entry" "Sans saisie" "Ohne Eintrag" "Zonder registratie" "Sin registro",
    SumOf: "Sum" "Somme" "Summe" "Som" "Suma",
    AllPacks: "All" "Total" "Alle" "Alle" "Total",
    Notes: "Notes" "Remarques" "Hinweise" "Opmerkingen" "Notas",
    Page: "Page" "Page" "Seite" "Pagina" "Página",
    PageOf: "of" "sur" "von" "van" "de",
}

/// What a tax category says in words; `None` for the categories that say it with their rate.
pub fn category_words(category: &str) -> Option<Label> {
    match category {
        "AE" => Some(Label::ReverseCharge),
        "K" => Some(Label::IntraCommunity),
        "G" => Some(Label::Export),
        "E" => Some(Label::Exempt),
        "O" => Some(Label::OutsideScope),
        "L" => Some(Label::Igic),
        "M" => Some(Label::Ipsi),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_follow_the_language() {
        let day = Date::parse("2026-10-03").unwrap();
        let forms: Vec<(String, String)> = Language::ALL
            .into_iter()
            .map(|language| (language.number(-123_456_789, 2, 2), language.date(day)))
            .collect();
        let expected = [
            ("−1,234,567.89", "3 Oct 2026"),
            ("−1\u{a0}234\u{a0}567,89", "03/10/2026"),
            ("−1.234.567,89", "03.10.2026"),
            ("−1.234.567,89", "03-10-2026"),
            ("−1.234.567,89", "03/10/2026"),
        ];
        assert_eq!(forms, expected.map(|(number, date)| (number.to_owned(), date.to_owned())));
        assert_eq!(Language::English.number(100_000, 2, 2), "1,000.00");
        assert_eq!(Language::English.number(12_345_678, 6, 2), "12.345678");
        assert_eq!(Language::German.number(5, 0, 0), "5");
    }

    #[test]
    fn language_tags_of_any_form_are_known() {
        for (tag, language) in [
            ("fr_BE", Language::French),
            ("nl-NL", Language::Dutch),
            ("DE", Language::German),
            ("es_419", Language::Spanish),
            ("en_US", Language::English),
            ("ja", Language::English),
            ("", Language::English),
            ("Français", Language::French),
        ] {
            assert_eq!(Language::of(tag), language, "{tag}");
        }
    }

    #[test]
    fn hours_have_the_marks_of_the_language() {
        let hours = |minutes: i128| HoursSum::from_micros(minutes * 60_000_000);
        let shown = |language: Language, minutes| HoursForm::ALL.map(|form| language.hours(form, hours(minutes)));
        assert_eq!(shown(Language::French, 90), ["1,50", "1:30"]);
        assert_eq!(shown(Language::German, -80), ["\u{2212}1,33", "\u{2212}1:20"]);
        assert_eq!(shown(Language::English, 60_000), ["1,000.00", "1000:00"]);
    }

    #[test]
    fn every_label_has_a_text_in_every_language() {
        for label in Label::ALL {
            for language in Language::ALL {
                assert!(!label.text(language).trim().is_empty(), "{label:?} {language:?}");
            }
        }
    }
}
