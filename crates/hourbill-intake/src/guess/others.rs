//! F10: lists that are no time entries, and of no program that is known: what tickets, orders, customers, agreements, rates and employees need,
//! and the nearest header for each.

use super::fold::fold;
use super::quoted::quoted;
use super::words::Sense;
use crate::inputs::Input;

/// What people call the columns of such a list, folded, the likeliest word first. A name of no field is a mark of the list.
pub(super) type Called = &'static [(&'static str, &'static str)];

const CUSTOMER: &str = "customer id, customer, customer name, client, client name, organization, organisation, company, company name, account, \
    account name, requester, requester name, kunde, kundenname, kundennummer, auftraggeber, firma, societe, entreprise, cliente, empresa, \
    klant, klantnaam, bedrijf, azienda, klient, firma";
const PRICE: &str = "unit price, price, rate, hourly rate, billable rate, bill rate, price per unit, price per hour, einzelpreis, preis, stundensatz, \
    prix unitaire, prix, taux, taux horaire, precio unitario, precio, tarifa, stukprijs, prijs, tarief, uurtarief, prezzo unitario, prezzo, \
    tariffa, cena, stawka";
const CURRENCY: &str = "currency, currency code, wahrung, devise, monnaie, moneda, valuta, waluta, moeda";
const PERSON: &str = "employee, employee name, person, user, user name, member, staff, consultant, resource, mitarbeiter, benutzer, person, employe, \
    utilisateur, collaborateur, empleado, usuario, medewerker, gebruiker, dipendente, utente, pracownik, name, full name";
const ROLE: &str = "role, level, grade, seniority, job title, position, rolle, stufe, funktion, fonction, cargo, puesto, rol, functie, ruolo, stanowisko";
const PROJECT: &str = "project, project name, projekt, projet, proyecto, progetto, projeto";
const FROM: &str = "valid from, from, start date, gultig ab, gueltig ab, ab, valable des, desde, valido desde, geldig vanaf, valido da, dal";

pub(super) const LISTS: [(Input, &str, Called); 6] = [
    (
        Input::Tickets,
        "a list of tickets",
        &[
            (
                "ticket_id",
                "ticket id, ticket, ticket number, ticket no, ticket nr, ticketnummer, ticket#, issue key, issue id, issue, issue number, case number, case id, \
                 request id, incident number, incident id, vorgangsnummer, vorgang, numero de ticket, key, id, #, number, nr, no, nummer, numero, reference, ref",
            ),
            ("customer_id", CUSTOMER),
            (
                "created_on",
                "created, created on, created at, created time, created date, creation date, date created, opened, opened on, opened at, open date, \
                 erstellt, erstellt am, erstelldatum, cree le, date de creation, creado, creado el, fecha de creacion, aangemaakt, aangemaakt op, \
                 creato il, data creazione",
            ),
            (
                "title",
                "title, subject, summary, betreff, titel, sujet, titre, objet, asunto, titulo, onderwerp, oggetto, titolo, temat",
            ),
            (
                "team",
                "team, group, queue, department, gruppe, warteschlange, groupe, equipe, grupo, equipo, groep, gruppo",
            ),
            (
                "closed_on",
                "closed, closed on, closed at, closed time, closed date, resolved, resolved on, resolved at, resolved time, geschlossen, geschlossen am, \
                 gelost am, ferme le, resolu le, cerrado, resuelto, gesloten, chiuso",
            ),
            ("", "priority, severity, prioritat, priorite, prioridad, prioriteit, priorita, priorytet"),
        ],
    ),
    (
        Input::Customers,
        "a list of customers",
        &[
            (
                "customer_id",
                "customer id, customer number, customer no, client id, client number, account number, kundennummer, kunden nr, debitor, debitorennummer, \
                 numero client, code client, numero de cliente, codigo de cliente, klantnummer, codice cliente, id, number, nr, no",
            ),
            (
                "name",
                "name, customer name, client name, customer, client, company, company name, kunde, kundenname, firma, nom, societe, nombre, cliente, empresa, \
                 naam, klant, nome, ragione sociale, nazwa, display name",
            ),
            (
                "street",
                "street, address, address line 1, strasse, adresse, anschrift, rue, calle, direccion, straat, adres, via, indirizzo, ulica",
            ),
            ("city", "city, town, ort, stadt, ville, ciudad, plaats, stad, citta, miasto"),
            (
                "postcode",
                "postcode, zip, zip code, postal code, plz, postleitzahl, code postal, codigo postal, cap, kod pocztowy",
            ),
            ("country", "country, country code, land, pays, pais, paese, kraj"),
            (
                "vat_id",
                "vat id, vat, vat number, tax id, ust id, ust idnr, umsatzsteuer id, numero de tva, tva, nif, cif, btw nummer, partita iva, p iva, nip",
            ),
            ("email", "email, e mail, mail, courriel, correo, correo electronico"),
        ],
    ),
    (
        Input::Orders,
        "a list of order lines",
        &[
            ("order_line_id", "order line id, line id, sales order line, order item id, line item id, position id, id"),
            (
                "order_id",
                "order id, order, order number, order no, order reference, sales order, auftrag, auftragsnummer, bestellnummer, commande, numero de commande, \
                 pedido, numero de pedido, bestelling, ordernummer, ordine, numero ordine, zamowienie",
            ),
            ("state", "state, status, order status, auftragsstatus, statut, etat, estado, stato"),
            ("customer_id", CUSTOMER),
            (
                "product",
                "product, product name, item, item name, service, produkt, artikel, leistung, produit, article, producto, articulo, prodotto, articolo, towar",
            ),
            (
                "invoicing_policy",
                "invoicing policy, billing type, billing method, invoice type, abrechnungsart, politique de facturation, politica de facturacion",
            ),
            ("uom", "uom, unit, unit of measure, einheit, mengeneinheit, unite, unidad, eenheid, unita, jednostka"),
            (
                "ordered_qty",
                "ordered quantity, quantity, qty, ordered hours, menge, anzahl, quantite, cantidad, hoeveelheid, aantal, quantita, ilosc",
            ),
            ("unit_price", PRICE),
            ("currency", CURRENCY),
            (
                "confirmed_on",
                "order date, confirmed on, confirmation date, auftragsdatum, date de commande, fecha de pedido, orderdatum, data ordine",
            ),
        ],
    ),
    (
        Input::Agreements,
        "a list of agreements",
        &[
            (
                "agreement_id",
                "agreement id, agreement, contract id, contract, contract number, vertrag, vertragsnummer, contrat, contrato, contratto, umowa",
            ),
            ("customer_id", CUSTOMER),
            ("currency", CURRENCY),
            ("unit_price", PRICE),
            ("project", PROJECT),
        ],
    ),
    (
        Input::Rates,
        "a list of rates",
        &[
            ("price", PRICE),
            ("employee", PERSON),
            ("role", ROLE),
            ("project", PROJECT),
            ("customer_id", CUSTOMER),
            ("currency", CURRENCY),
            ("valid_from", FROM),
        ],
    ),
    (
        Input::Employees,
        "a list of employees with their roles",
        &[("employee", PERSON), ("role", ROLE), ("valid_from", FROM)],
    ),
];

/// The header that most likely stands for a field of an input which the headers lack.
pub fn header_for<'a>(field: &str, headers: &'a [String]) -> Option<&'a str> {
    let of_sense = |wanted: &dyn Fn(Sense) -> bool| {
        let ranks = headers.iter().filter_map(|header| {
            let meanings = super::words::header(header).meanings.into_iter();
            Some((meanings.filter(|(sense, _)| wanted(*sense)).map(|(_, rank)| rank).min()?, header))
        });
        ranks.min_by_key(|(rank, _)| *rank).map(|(_, header)| header.as_str())
    };
    match field {
        "hours" => of_sense(&Sense::is_of_time),
        "date" => of_sense(&|sense| sense == Sense::Date),
        "timesheet_id" => of_sense(&|sense| sense == Sense::Id),
        _ => {
            let mut lists = LISTS.iter().flat_map(|(_, _, called)| called.iter());
            let words = lists.find(|(known, _)| *known == field).map(|(_, words)| *words)?;
            words
                .split(',')
                .find_map(|word| headers.iter().find(|header| fold(header) == word.trim()))
                .map(String::as_str)
        }
    }
}

/// What a file may be that is no list of time entries.
#[derive(Debug)]
pub(super) struct Likely {
    pub text: String,
    pub input: Input,
    /// Its keys in the job, to be taken out of their comments.
    pub lines: Vec<String>,
}

/// The list that has most headers of a file; `None` where it has none that could be its id, or hardly any at all.
pub(super) fn likely(headers: &[String]) -> Option<Likely> {
    const FOUND_MIN: usize = 2;
    let says_time = |header: &String| {
        let of_time = |sense: Sense| sense.is_of_time() || matches!(sense, Sense::Date | Sense::Start | Sense::End);
        super::words::header(header).meanings.iter().any(|(sense, rank)| *rank < 2 && of_time(*sense))
    };
    // What speaks of days and hours is meant to be time entries.
    if headers.iter().any(says_time) {
        return None;
    }
    let mut best: Option<(usize, usize, Likely)> = None;
    for (input, list, called) in LISTS {
        let found = found(headers, called);
        let of = |field: &str| found.iter().find(|(known, _)| *known == field).map(|(_, header)| *header);
        let required: Vec<&str> =
            input.fields().iter().filter(|field| field.required).map(|field| field.name).collect();
        let there = required.iter().filter(|field| of(field).is_some()).count();
        let lacking = required.len() - there;
        // A name alone makes nobody an employee with a role, and an order has several of what it needs.
        let (id, enough) = match input {
            Input::Orders => (of("order_id").or(of("ordered_qty")), 5),
            Input::Agreements => (of("unit_price").or(of("agreement_id")), FOUND_MIN),
            Input::Employees => (of("role"), FOUND_MIN),
            // What depends on nobody is agreed with a client.
            Input::Rates => (of("employee").or(of("role")), FOUND_MIN),
            _ => (required.first().and_then(|field| of(field)), FOUND_MIN),
        };
        if id.is_none() || found.len() < enough {
            continue;
        }
        let better = |(most, lacks, _): &(usize, usize, Likely)| (found.len(), *lacks) > (*most, lacking);
        if there > 0 && best.as_ref().is_none_or(better) {
            best = Some((found.len(), lacking, likely_list(input, list, &required, &found)));
        }
    }
    best.map(|(_, _, likely)| likely)
}

/// The header of each field; none stands for two.
fn found(headers: &[String], called: Called) -> Vec<(&'static str, &str)> {
    let folded: Vec<String> = headers.iter().map(|header| fold(header)).collect();
    let mut found: Vec<(&'static str, usize)> = Vec::new();
    for (field, words) in called {
        let own = headers.iter().position(|header| !field.is_empty() && crate::presets::folded(header) == *field);
        let free = |at: &usize| found.iter().all(|(_, taken)| taken != at);
        let called = || words.split(',').filter_map(|word| folded.iter().position(|header| header == word.trim()));
        if let Some(at) = own.filter(free).or_else(|| called().find(free)) {
            found.push((field, at));
        }
    }
    found.into_iter().filter_map(|(field, at)| Some((field, headers.get(at)?.as_str()))).collect()
}

fn likely_list(input: Input, list: &str, required: &[&str], found: &[(&'static str, &str)]) -> Likely {
    let of = |field: &str| found.iter().find(|(known, _)| *known == field).map(|(_, header)| header.trim());
    let is_own = |field: &str| of(field).is_some_and(|header| crate::presets::folded(header) == field);
    let needed = required.iter().filter(|field| !is_own(field)).map(|field| match of(field) {
        Some(header) => format!("`{field}` (nearest is `{header}`)"),
        None => format!("`{field}`"),
    });
    let needed: Vec<String> = needed.collect();
    let mut lines = Vec::new();
    for (field, header) in found.iter().filter(|(field, _)| !field.is_empty() && !is_own(field)) {
        lines.push(format!("columns.{field} = {}", quoted(header.trim())));
    }
    for field in required.iter().filter(|field| of(field).is_none()) {
        lines.push(format!("columns.{field} = \"\""));
    }
    let text = format!("it may be {list} ({input}), which still needs {}", needed.join(", "));
    Likely { text, input, lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(headers: &str) -> String {
        let headers: Vec<String> = headers.split(',').map(str::to_owned).collect();
        likely(&headers).map_or_else(String::new, |likely| likely.text)
    }

    #[test]
    fn lists_are_told_with_what_they_need_and_the_nearest_header_of_each() {
        for (headers, parts) in [
            (
                "ID,Subject,Requester,Created at",
                &["(tickets)", "`ticket_id` (nearest is `ID`)", "`customer_id` (nearest is `Requester`)"][..],
            ),
            (
                "Vorgang;Betreff;Kunde".replace(';', ",").as_str(),
                &["(tickets)", "`ticket_id` (nearest is `Vorgang`)", "(nearest is `Kunde`)"],
            ),
            ("#,Customer", &["(tickets)", "(nearest is `#`)", "(nearest is `Customer`)"]),
            (
                "Order,Item,Qty,Rate,Currency,Client",
                &[
                    "(orders)",
                    "`order_id` (nearest is `Order`)",
                    "`unit_price` (nearest is `Rate`)",
                    "`order_line_id`,",
                ],
            ),
            ("Kundennummer,Firma,Ort,PLZ", &["(customers)", "`customer_id` (nearest is `Kundennummer`)"]),
            (
                "Client,Project,Rate,Currency",
                &["(agreements)", "`agreement_id`,", "`customer_id` (nearest is `Client`)"],
            ),
            ("Person,Stundensatz", &["(rates)", "`price` (nearest is `Stundensatz`)"]),
            ("Name,Role", &["(employees)", "`employee` (nearest is `Name`)"]),
            (
                "order_line_id,order_id,state,customer_id,product,invoicing_policy,uom,ordered_qty,Rate,currency",
                &["(orders), which still needs `unit_price` (nearest is `Rate`)"],
            ),
        ] {
            let said = said(headers);
            for part in parts {
                assert!(said.contains(part), "{headers}: {part} is not in {said}");
            }
        }
        assert_eq!(said("Mood,Weather,Colour"), "");
    }
}
