//! Lists that are no time entries and are partly ours: some headers are hourbill's own names for their columns, others are words for them in one
//! of the languages of the exports. Such a word fills its field where the cells can be read as that; whatever is left unread is told (F2).

use super::evidence::{self, Moments, Table};
use super::fold::fold;
use super::locale::MARKS;
use super::others::LISTS;
use super::own;
use super::question::Question;
use super::quoted::quoted;
use super::{Guess, column_cells};
use crate::check::value::Grammar;
use crate::inputs::{Field, Input, Meaning};
use crate::job::{HoursUnit, InputSettings};
use crate::read::{self, Cell, Look};

/// Further words than those by which a list is known, folded: what decides how something is billed, or to whom.
const MORE: &[(&[Input], &str, &str)] = &[
    (
        &[Input::Orders, Input::Tickets],
        "order_line_id",
        "order line, order position, sales order item, auftragszeile, auftragsposition, auftragspositionsnummer, bestellposition, ligne de commande, \
         linea de pedido, linea pedido, orderregel, orderlijn, verkooporderregel, riga ordine, riga d ordine, linha de pedido",
    ),
    (
        &[Input::Orders],
        "confirmed_on",
        "confirmed, confirmed at, date confirmed, bestatigt am, bestelldatum, datum des auftrags, confirme le, date de confirmation, confirmado el, \
         fecha de confirmacion, bevestigd op, besteldatum, confermato il, data di conferma",
    ),
    (
        &[Input::Orders],
        "sequence",
        "sequence no, reihenfolge, sequenz, ordre, secuencia, volgorde, sequenza, pos, position",
    ),
    (
        &[Input::Orders, Input::Agreements],
        "description",
        "text, beschreibung, bezeichnung, libelle, descripcion, omschrijving, descrizione",
    ),
    (
        &[Input::Orders, Input::Agreements],
        "discount_pct",
        "discount, discount percent, rabatt, rabattsatz, rabatt in prozent, nachlass, remise, descuento, korting, sconto, desconto",
    ),
    (
        &[Input::Orders, Input::Agreements],
        "taxes",
        "tax, vat, tax rate, vat rate, steuer, steuern, steuersatz, mwst, ust, umsatzsteuer, mehrwertsteuer, tva, taxe, impuesto, impuestos, iva, btw, \
         imposta, imposte",
    ),
    (
        &[Input::Orders],
        "invoiced_qty",
        "invoiced, invoiced quantity, billed quantity, billed qty, quantity invoiced, abgerechnet, fakturiert, berechnet, abgerechnete menge, \
         fakturierte menge, berechnete menge, facture, quantite facturee, facturado, cantidad facturada, gefactureerd, gefactureerde hoeveelheid, \
         fatturato, quantita fatturata",
    ),
    (
        &[Input::Orders],
        "delivered_qty",
        "delivered, delivered quantity, quantity delivered, geliefert, gelieferte menge, geleistet, livre, quantite livree, entregado, \
         cantidad entregada, geleverd, geleverde hoeveelheid, consegnato, quantita consegnata",
    ),
    (
        &[Input::Orders],
        "is_downpayment",
        "down payment, downpayment, is down payment, anzahlung, acompte, anticipo, aanbetaling, voorschot, acconto",
    ),
    (
        &[Input::Orders, Input::Agreements],
        "bill_to",
        "bill to, billed to, invoice to, invoice address, billing address, billing customer, rechnungsempfanger, rechnungsadresse, rechnung an, \
         adresse de facturation, facturer a, direccion de factura, facturar a, factuuradres, factureren aan, indirizzo di fatturazione",
    ),
    (
        &[Input::Orders, Input::Agreements, Input::Customers],
        "payment_terms",
        "payment term, terms of payment, zahlungsbedingung, zahlungsbedingungen, zahlungsziel, conditions de paiement, condiciones de pago, \
         plazo de pago, betalingsvoorwaarden, betaaltermijn, betalingstermijn, condizioni di pagamento, termini di pagamento",
    ),
    (
        &[Input::Orders, Input::Agreements],
        "customer_reference",
        "po number, purchase order, purchase order number, your reference, kundenreferenz, ihr zeichen, reference client, referencia del cliente, \
         klantreferentie, riferimento cliente",
    ),
    (
        &[Input::Orders],
        "hours_per_unit",
        "hours a unit, stunden pro einheit, stunden je einheit, heures par unite, horas por unidad, uren per eenheid, ore per unita",
    ),
    (
        &[Input::Orders],
        "valid_until",
        "valid till, valid to, expires, expires on, expiry date, gultig bis, valable jusqu au, valido hasta, geldig tot, valido fino al",
    ),
    (
        &[Input::Orders, Input::Agreements],
        "valid_from",
        "gultig ab, gultig von, valable des, valable du, valido desde, geldig vanaf, valido dal",
    ),
    (
        &[Input::Agreements, Input::Rates, Input::Employees],
        "valid_to",
        "valid until, valid till, to, until, end date, gultig bis, bis, valable jusqu au, valido hasta, geldig tot, valido fino al",
    ),
    (&[Input::Orders], "priority", "prioritat, priorite, prioridad, prioriteit, priorita"),
    (
        &[Input::Tickets],
        "hours_spent",
        "hours spent, time spent, spent hours, aufwand, stunden, heures passees, horas dedicadas, bestede uren, ore impiegate",
    ),
    (
        &[Input::Customers],
        "parent_id",
        "parent, parent customer, parent company, group, ubergeordneter kunde, konzern, muttergesellschaft, mutter, societe mere, maison mere, \
         groupe, empresa matriz, matriz, moederbedrijf, moedermaatschappij, capogruppo, societa madre",
    ),
    (
        &[Input::Customers],
        "hold",
        "on hold, blocked, gesperrt, sperre, rechnungssperre, bloque, bloquee, bloqueado, geblokkeerd, bloccato",
    ),
    (
        &[Input::Customers],
        "consolidate",
        "consolidated, one invoice, sammelrechnung, facture groupee, factura agrupada, verzamelfactuur, fattura riepilogativa",
    ),
    (&[Input::Customers], "language", "language code, sprache, langue, idioma, taal, lingua"),
    (&[Input::Customers], "street2", "address line 2, address 2, adresszusatz, complement d adresse"),
    (
        &[Input::Customers],
        "registration",
        "registration number, company number, handelsregisternummer, siren, siret, kvk nummer",
    ),
    (
        &[Input::Teams],
        "team",
        "team name, group, queue, gruppe, abteilung, warteschlange, groupe, equipe, grupo, equipo, groep, afdeling, gruppo",
    ),
    (
        &[Input::Teams],
        "timesheets",
        "time sheets, time tracking, zeiterfassung, feuilles de temps, hojas de horas, urenstaten, fogli ore",
    ),
    (
        &[Input::Teams],
        "time_billing",
        "billable, bills time, time is billed, zeitabrechnung, abrechenbar, facturation du temps, facturable, facturacion de tiempo, \
         tijd facturatie, factureerbaar, fatturazione tempo, fatturabile",
    ),
    (&[Input::Teams], "project", "projekt, projet, proyecto, progetto"),
];

/// The seller's company, or the customer's name?
const COMPANY: &str = "firma, gesellschaft, unternehmen, mandant, societe, entreprise, empresa, compania, bedrijf, azienda, societa, legal entity, entity";

/// What beside its fields stands in such a list and decides about no money, whatever its cells, folded.
const HARMLESS: &str = "note, notes, comment, comments, remark, remarks, priority, severity, status, state, assignee, assigned to, agent, owner, created by, \
    updated, updated at, updated on, modified, phone, telephone, mobile, fax, website, url, link, tags, labels, type, channel, source, category, \
    bemerkung, bemerkungen, notiz, notizen, kommentar, prioritat, zustandig, bearbeiter, erstellt von, geandert am, telefon, mobil, webseite, art, kanal, \
    remarque, remarques, commentaire, commentaires, priorite, telephone, portable, site web, nota, notas, comentario, comentarios, prioridad, telefono, \
    movil, opmerking, opmerkingen, prioriteit, telefoon, commento, commenti, priorita, description, beschreibung, subject, summary, contact, \
    ansprechpartner, interlocuteur, contacto, contactpersoon, contatto, salesperson, verkaufer, vendeur, vendedor, verkoper, venditore";

/// Inputs whose headers may be words for their columns.
const INPUTS: [Input; 7] =
    [Input::Orders, Input::Agreements, Input::Tickets, Input::Customers, Input::Teams, Input::Rates, Input::Employees];

/// Columns of a file by the field that their headers are words for, where the names of ours leave a field open. `None` where the file is not
/// partly ours, or lacks what the input requires all the same.
pub(super) fn by_words(input: Input, look: &Look, settings: &InputSettings) -> Option<InputSettings> {
    let headers = &look.front.headers;
    if !INPUTS.contains(&input) || !is_partly_ours(input, headers) {
        return None;
    }
    let mut settings = settings.clone();
    for (field, column) in found(input, look) {
        settings.columns.insert(field, headers.get(column)?.clone());
    }
    read::mapping(input, &settings, headers).is_ok().then_some(settings)
}

/// Half of what has names of ours, or words for them, has those names.
fn is_partly_ours(input: Input, headers: &[String]) -> bool {
    own::is_ours(input, headers) || {
        let ours: Vec<&'static str> = headers.iter().filter_map(|header| own::field(input, header)).collect();
        ours.iter().any(|name| name.contains('_')) && 2 * ours.len() >= headers.len()
    }
}

/// Words for the fields of an input, those by which its list is known first.
fn words(input: Input) -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_list = LISTS.iter().filter(move |(of, ..)| *of == input).flat_map(|(_, _, called)| called.iter().copied());
    let more =
        MORE.iter().filter(move |(inputs, ..)| inputs.contains(&input)).map(|(_, field, words)| (*field, *words));
    of_list.filter(|(field, _)| !field.is_empty()).chain(more)
}

/// Columns whose headers are words for a field that no header is the name of, and whose cells can be read as that.
fn found(input: Input, look: &Look) -> Vec<(&'static str, usize)> {
    let headers = &look.front.headers;
    let table = Table::new(look);
    let mut found: Vec<(&'static str, usize)> = Vec::new();
    for (field, called) in words(input) {
        let has_own = headers.iter().any(|header| own::field(input, header) == Some(field));
        if has_own || found.iter().any(|(known, _)| *known == field) {
            continue;
        }
        let Some(meaning) = input.fields().iter().find(|known| known.name == field) else { continue };
        let fits = |column: &usize| {
            let header = headers.get(*column).map_or("", String::as_str);
            let is_repeat = headers.iter().filter(|other| fold(other) == fold(header)).count() > 1;
            own::field(input, header).is_none()
                && found.iter().all(|(_, taken)| taken != column)
                && !is_repeat
                && reads(meaning, &table, *column)
        };
        let is_called = |column: &usize, word: &str| headers.get(*column).is_some_and(|header| fold(header) == word);
        let column = called
            .split(',')
            .find_map(|word| (0..headers.len()).filter(|column| is_called(column, word.trim())).find(fits));
        found.extend(column.map(|column| (field, column)));
    }
    found
}

/// Nearly all cells of a column can be read as what a field means.
fn reads(field: &Field, table: &Table<'_>, column: usize) -> bool {
    const MISREAD_SHARE: usize = 5;
    let cells: Vec<&str> = table.filled(column).collect();
    let is_figure = |cell: &&str, grammar: &Grammar<'_>| grammar.quantity(Cell::Text(cell)).is_ok();
    let figures = || {
        let of = |(decimal, thousands)| {
            let settings = InputSettings { decimal, thousands, ..InputSettings::default() };
            let grammar = Grammar::new(&settings);
            cells.iter().filter(|cell| is_figure(cell, &grammar)).count()
        };
        MARKS.into_iter().map(of).max().unwrap_or(0)
    };
    match field.meaning {
        _ if cells.is_empty() => true,
        Meaning::Id | Meaning::Text | Meaning::Choice => true,
        Meaning::Hours => table.hours(column, HoursUnit::Hours).is_some(),
        Meaning::Decimal | Meaning::Integer => (cells.len() - figures()) * MISREAD_SHARE <= cells.len(),
        Meaning::Date | Meaning::Moment => {
            matches!(table.moments(column), Some(Moments::Days | Moments::DaysWithTimes))
        }
        Meaning::Flag => table.are_flags(column),
    }
}

/// Fills in by words what the names of ours leave open, and asks about what is left.
pub(super) fn complete(look: &Look, guess: &mut Guess) {
    if guess.settings.preset.is_some() || !INPUTS.contains(&guess.input) {
        return;
    }
    let headers = &look.front.headers;
    for (field, column) in found(guess.input, look) {
        if let Some(header) = headers.get(column) {
            guess.settings.columns.entry(field).or_insert_with(|| header.clone());
        }
    }
    for field in guess.input.fields().iter().filter(|field| field.meaning == Meaning::Flag) {
        let of_field =
            guess.settings.columns.get(field.name).and_then(|named| headers.iter().position(|header| header == named));
        let words = of_field.map(|column| evidence::flag_words(&column_cells(look, column))).unwrap_or_default();
        if !words.is_empty() {
            let words = words.into_iter().map(|(word, says)| (word, says.to_owned())).collect();
            guess.settings.values.insert(field.name, words);
        }
    }
    let Ok(columns) = read::mapping(guess.input, &guess.settings, headers) else { return };
    let listed = |words: &str, header: &str| words.split(',').any(|word| word.trim() == fold(header));
    let mut companies = Vec::new();
    let mut unread = Vec::new();
    for (column, used) in columns.iter().enumerate().take(headers.len()) {
        let header = used.header.trim();
        let filled = !column_cells(look, column).is_empty();
        if used.field.is_some() || header.is_empty() || !filled || listed(HARMLESS, header) {
            continue;
        }
        let has_company = guess.input.fields().iter().any(|field| field.name == "company");
        let free = columns.iter().all(|used| used.field != Some("company"));
        if has_company && free && listed(COMPANY, header) { companies.push(header) } else { unread.push(header) }
    }
    let questions: Vec<Question> = companies
        .first()
        .map(|header| Question {
            text: format!("`{header}` is not read: is it which of the seller's companies a row belongs to, or the customer's name?"),
            lines: vec![format!("columns.company = {}", quoted(header))],
            open: None,
        })
        .into_iter()
        .chain((!unread.is_empty()).then(|| of_unread(&unread)))
        .collect();
    guess.questions.extend(questions);
}

fn of_unread(unread: &[&str]) -> Question {
    let named: Vec<String> = unread.iter().map(|header| format!("`{header}`")).collect();
    let are = if unread.len() == 1 { "is" } else { "are" };
    Question::aside(format!(
        "{} {are} not read: name in `columns` what decides about what is billed, and in `ignore` what does not",
        named.join(", ")
    ))
}
