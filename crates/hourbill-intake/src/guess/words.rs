//! F3: what headers mean, in the languages of the exports. A header is folded (case, accents, punctuation, what stands in brackets), looked up
//! whole, then without words that say nothing, then for the one meaning that some of its words have.

pub(super) use super::fold::fold;
use crate::quantity::Currency;

/// What a column is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Sense {
    Id,
    Date,
    /// A day on which something begins; with a time it is the start.
    StartDate,
    EndDate,
    Start,
    End,
    Hours,
    Minutes,
    Seconds,
    /// Days of work.
    Days,
    /// Start and end in one cell.
    Range,
    Person,
    FirstName,
    LastName,
    Client,
    Project,
    Ticket,
    Task,
    Activity,
    Note,
    Billable,
    NotBillable,
    Invoiced,
    Exported,
    InvoiceRef,
    Approved,
    Paid,
    Status,
    Role,
    Rate,
    Amount,
    Currency,
}

impl Sense {
    /// A length of time.
    pub fn is_of_time(self) -> bool {
        matches!(self, Sense::Hours | Sense::Minutes | Sense::Seconds | Sense::Days)
    }
}

/// A meaning, and how far a header is from saying just that: 0 is the word itself.
pub(super) type Meaning = (Sense, u8);

/// What a header says.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    /// Best first.
    pub meanings: Vec<Meaning>,
    /// In brackets: `Rate (USD)`.
    pub currency: Option<Currency>,
    /// A word of it speaks of billing (F2).
    pub billing: bool,
    /// Words of money.
    pub money: bool,
    /// It is about something else than the entry itself: planned, estimated, created.
    pub alone: bool,
}

/// Words of each meaning, folded, with commas between. `!` in front: only as the whole header.
const WORDS: &[(Sense, u8, &str)] = &[
    (
        Sense::Id,
        0,
        "timesheet id, timesheet entry id, timesheet line id, time registration id, timelog id, entry id, id esterno, id externe, externe id, id externo, time id, time record id, time log id, time entry id, worklog id, tempo worklog id, record id, log id, uuid, guid, \
         !id, !key, external id, entry number, time entry, id eintrag, eintrag id, eintragsnummer, id entree, \
         id registro, id voce",
    ),
    (
        Sense::Id,
        1,
        "!nr, !no, !number, !nummer, !numero, !#, buchungsnr, buchungsnummer, buchungs nr, buchungs id, erfassungsnr, erfassungsnummer, \
         booking no, booking number, booking id, boekingsnummer, registratienummer, serial number, !s no, !row, row number, line number, !pos, \
         !position, lfd nr, laufende nummer",
    ),
    (
        Sense::Date,
        0,
        "date, datum, fecha, data, !day, !tag, !jour, !dia, !giorno, !dag, work date, entry date, spent on, spent at, \
         spent date, spend date, date time, !when, worked on, date of work, date worked, log date, worklog date, executed at, executed on, \
         performed on, date performed, service date, date of service, activity date, transaction date, taetigkeitsdatum, buchungstag, \
         dato, datum prace, data pracy, data do trabalho, dzien, buchungsdatum, arbeitstag, leistungsdatum, date de travail, fecha de trabajo, data lavoro, werkdatum, \
         日付, 作業日",
    ),
    (Sense::Date, 3, "entered on, entered at, logged on, logged at, recorded on, erfasst am, saisi le"),
    (
        Sense::StartDate,
        1,
        "start date, date start, date started, started on, begin date, startdatum, beginndatum, date de debut, date debut, \
         data de inicio, data rozpoczecia, startdato, fecha de inicio, fecha inicio, data inizio, data di inizio, begindatum, from date",
    ),
    (
        Sense::EndDate,
        0,
        "end date, stop date, date end, date ended, ended on, to date, finish date, enddatum, endedatum, date de fin, \
         data de fim, data de termino, data zakonczenia, slutdato, slutdatum, date fin, fecha de fin, fecha fin, fecha final, data fine, data di fine, einddatum",
    ),
    (
        Sense::Start,
        0,
        "kommen, poczatek, !entrada, !entrata, !ingresso, !arrivee, hora entrada, hora de entrada, ora entrata, heure d arrivee, aanvang, rozpoczecie, czas rozpoczecia, godzina rozpoczecia, !od, hora inicial, starttid, !fra, start, \
         start time, started, started at, start at, begin, begin time, began, from time, !from, !von, \
         beginn, anfang, startzeit, beginnzeit, anfangszeit, uhrzeit von, !de, !debut, heure de debut, \
         heure debut, !inicio, !desde, hora de inicio, hora inicio, !inizio, !da, !dalle, ora inizio, \
         ora di inizio, !van, begintijd, starttijd, start date time, start date and time, start datetime, \
         time start, time in, clock in, clocked in, punch in, punched in, in time, check in, time from, time started, 開始, 開始時刻, started time, \
         start timestamp",
    ),
    (
        Sense::End,
        0,
        "gehen, !ate, !para, !saida, !salida, !uscita, !depart, hora saida, hora de saida, hora salida, hora de salida, ora uscita, heure de depart, koniec, zakonczenie, czas zakonczenia, godzina zakonczenia, !do, !fim, !termino, hora de fim, \
         hora de termino, hora final, sluttid, !til, slut, end, end time, ended, ended at, end at, stop, stop time, stopped, to time, !to, !bis, \
         ende, endzeit, uhrzeit bis, !a, !fin, heure de fin, heure fin, !hasta, hora de fin, hora fin, !fine, \
         !alle, ora fine, ora di fine, !tot, eindtijd, !einde, end date time, end date and time, end datetime, \
         stop date time, time end, time out, clock out, clocked out, punch out, punched out, out time, check out, time to, time ended, finish, finished, \
         finish time, finished at, 終了, 終了時刻, ended time, end timestamp",
    ),
    (
        Sense::Hours,
        0,
        "catshours, duracao, godz, ilosc godzin, daily log, log hours, daily log hours, actual work, actual hours, time taken, temps consomme, temps consacre, 期間, anzahl std, czas trwania, liczba godzin, godziny, czas pracy, przepracowane godziny, tempo gasto, \
         horas gastas, horas trabalhadas, numero de horas, timer, timmar, antal timer, varighed, varaktighet, hours, duration, time spent, spent time, logged hours, logged time, \
         hours spent, spent hours, hours worked, worked hours, number of hours, time tracked, tracked time, \
         tracked hours, duration in hours, hours logged, hours tracked, unit amount, duration hours, stunden, \
         dauer, dauer in stunden, stundenzahl, anzahl stunden, aufgewendete stunden, gebuchte stunden, \
         zeitaufwand, geleistete stunden, duree, heures, nombre d heures, temps passe, heures passees, \
         heures travaillees, duree en heures, horas, duracion, tiempo dedicado, horas trabajadas, \
         horas dedicadas, numero de horas, tiempo empleado, uren, duur, tijdsduur, aantal uren, gewerkte uren, \
         bestede tijd, bestede uren, gespendeerde uren, ore, durata, ore lavorate, tempo impiegato, numero ore, \
         ore impiegate, 時間, 作業時間, 所要時間",
    ),
    (
        Sense::Hours,
        1,
        "!spent, !ist, !length, !billable length, time track, !hours to bill, !time to bill, ist stunden, istzeit, iststunden, !billable time, !billed time, !time, total time, total hours, hour, hrs, working hours, work hours, working time, work time, !std, \
         arbeitszeit, arbeitsstunden, !netto, nettozeit, net hours, net time, netto stunden, netto zeit, !czas, !zeit, !temps, !tiempo, !tijd, !tempo, !h, effort, aufwand, \
         man hours, erfasste zeit, regular hours, regular time, !regular, reg hours, normal hours, standard hours, \
         straight time, normalstunden, normalarbeitszeit, regelarbeitszeit, heures normales, horas normales, ore ordinarie, \
         normale uren",
    ),
    (
        Sense::Hours,
        2,
        "!anzahl, !input, !units, !qty, !quantity, !menge, !quantite, !cantidad, !hoeveelheid, !aantal, !quantita",
    ),
    // Of what length a unit is nobody can tell.
    (Sense::Hours, 4, "!time units, !zeiteinheiten"),
    // Beside the hours of a row: whether they are in them nobody can tell.
    (
        Sense::Hours,
        5,
        "!travel, !travel time, !fahrzeit, !reisezeit, !ot, !dt, !extra hours, !double time, !night, !night hours, !standby, !bereitschaft",
    ),
    (
        Sense::Range,
        0,
        "time range, time span, time period, timespan, time interval, time slot, timeslot, start end, start stop, start and end, from to, from till, in out, times, \
         time of day, shift, zeitraum, zeitspanne, uhrzeit, uhrzeiten, von bis, beginn ende, start ende, schicht, horaire, horaires, plage horaire, \
         debut fin, de a, horario, franja horaria, inicio fin, desde hasta, tijdvak, tijden, tijdspanne, van tot, begin einde, \
         orario, fascia oraria, inizio fine, dalle alle, da a, od do, godziny od do, tidsrum, tidsperiode, fra til, 時間帯, 勤務時間",
    ),
    (
        Sense::Minutes,
        0,
        "minutes, mins, !min, minuty, minutter, minuten, minutos, minuti, duration in minutes, duration minutes, time in minutes, \
         dauer in minuten, duree en minutes, dauer in min, dauer min, duration min, duration in min, duration m, zeit in min, time min, time in min, duree min, duree en min, duracion min, duur min, minutes spent",
    ),
    (
        Sense::Seconds,
        0,
        "seconds, secs, !sec, sekunden, secondes, segundos, secondi, seconden, duration in seconds, \
         duration seconds, time in seconds, time spent seconds, dauer in sekunden",
    ),
    (
        Sense::Days,
        0,
        "!days, !tage, personentage, arbeitstage, manntage, !jours, jours homme, !dias, !dagen, mandagen, !giorni, \
         person days, man days, mandays, !pt, !md, days worked, duration in days, dauer in tagen",
    ),
    (
        Sense::Person,
        0,
        "pracownik, uzytkownik, osoba, technicien, technician, operator, operateur, operador, operatore, tecnico, techniker, technicus, monteur, updater, updater name, imie i nazwisko, wykonawca, funcionario, utilizador, pessoa, usuario responsavel, \
         medarbejder, medarbetare, anstalld, anvandare, bruger, user, users, employee, employees, member, person, worker, consultant, staff, staff member, team member, resource, agent, \
         full name, employee name, member name, last name first name, first name last name, name vorname, nachname vorname, vorname nachname, nom prenom, prenom nom, benutzer, mitarbeiter, mitarbeiterin, nutzer, bearbeiter, \
         utilisateur, collaborateur, employe, salarie, personne, membre, intervenant, usuario, empleado, \
         persona, miembro, colaborador, trabajador, gebruiker, medewerker, werknemer, persoon, utente, \
         dipendente, collaboratore, membro, ユーザー, 担当者, 作業者, worked by, logged by, performed by, mitarbeitername, buchbare ressource, bookable resource, ressource, ressourcenname, \
         benutzername, personal, teammitglied",
    ),
    (
        Sense::Person,
        1,
        "!who, !wer, !qui, !quien, !wie, !chi, pernr, pers no, personnel number, personnel no, personalnummer, 名前, ユーザー名, username, user name, display name, author, developer, assignee, !name, nom d utilisateur, \
         nombre de usuario, nome utente, gebruikersnaam, autor, auteur, autore",
    ),
    (Sense::Person, 2, "!nom, !nombre, !naam, !nome, alias, login"),
    (Sense::Person, 3, "email, e mail, mail, user email, email address, courriel, correo, correo electronico"),
    (
        Sense::FirstName,
        0,
        "fname, imie, fornavn, fornamn, primeiro nome, first name, firstname, given name, vorname, prenom, nombre de pila, voornaam",
    ),
    (
        Sense::LastName,
        0,
        "lname, nazwisko, efternavn, efternamn, sobrenome, apelido, ultimo nome, last name, lastname, surname, family name, nachname, nom de famille, apellido, apellidos, \
         achternaam, cognome",
    ),
    (
        Sense::Client,
        0,
        "klient, kontrahent, kund, client, customer, kunde, kunden, kundin, kundenname, auftraggeber, cliente, klant, klantnaam, \
         opdrachtgever, mandant, account customer, group client, client name, customer name, 顧客, クライアント",
    ),
    (
        Sense::Client,
        2,
        "!contact, !contact name, !tiers, !third party, !kontakt, !tercero, !partner, !business partner, !geschaftspartner, !organization name, \
         !ticket organization name, !organisation name, !company name, !company, !firma, !firm, !societe, !entreprise, !empresa, !bedrijf, !azienda, organization, \
         organisation, !account, !account name",
    ),
    (
        Sense::Project,
        0,
        "projeto, projecto, jobcode, jobcode 1, project, projekt, projektname, projet, proyecto, projectnaam, progetto, \
         project name, プロジェクト, 案件",
    ),
    (
        Sense::Project,
        1,
        "projects, projekte, projets, proyectos, projecten, progetti, wbs element, receiver wbs element, rec wbs element, psp element, rproj, rec order, receiver order, receiving order, raufnr, !job, !matter, !engagement, !auftrag, !mission, !dossier, !affaire, !commessa",
    ),
    (
        Sense::Ticket,
        0,
        "ticket, ticket id, ticket number, ticket nr, ticket no, ticketnummer, issue, issue key, issue id, \
         issue number, vorgang, work package, arbeitspaket, vorgangsnummer, demande, peticion, incidencia, segnalazione, work item, チケット, \
         case number",
    ),
    (Sense::Ticket, 1, "!key"),
    (
        Sense::Task,
        0,
        "task, task name, project task, zadanie, tarefa, opgave, uppgift, aufgabe, tache, tarea, taak, compito, タスク",
    ),
    (Sense::Task, 1, "service, leistung, prestation, servicio, dienst, servizio"),
    (
        Sense::Activity,
        0,
        "atividade, czynnosc, aktywnosc, aktivitet, アクティビティ, activity, activity type, aktivitat, tatigkeit, taetigkeit, activite, actividad, \
         activiteit, attivita, type of work, work type, leistungsart, 作業分類",
    ),
    (
        Sense::Note,
        0,
        "descricao, observacao, observacoes, opis, komentarz, uwagi, beskrivelse, beskrivning, commentaar, description, note, notes, comment, comments, memo, details, work description, \
         beschreibung, bemerkung, bemerkungen, notiz, notizen, kommentar, anmerkung, commentaire, commentaires, \
         remarque, remarques, descripcion, comentario, comentarios, nota, notas, omschrijving, opmerking, \
         opmerkingen, beschrijving, notitie, notities, descrizione, commento, commenti, コメント, 説明, 内容, 作業内容, 業務内容, 備考, 摘要",
    ),
    (
        Sense::Note,
        1,
        "text, summary, issue summary, issue title, issue subject, issue name, ticket title, ticket subject, ticket summary, \
         ticket name, subject, title, titel, titre, titulo, titolo, betreff, sujet, objet, asunto, onderwerp, oggetto, \
         worklog description, message, designation",
    ),
    (
        Sense::Billable,
        0,
        "da fatturare, a facturer, zu berechnen, zu verrechnen, zu fakturieren, te factureren, por facturar, a facturar, a faturar, to bill, to invoice, to be billed, \
         to be invoiced, do fakturowania, do zafakturowania, !bill, !charge, charge type, berechenbar, weiterberechenbar, debiterbar, debiterbart, faturavel, cobravel, rozliczalne, platne, fakturerbar, fakturerbart, billable, is billable, chargeable, abrechenbar, verrechenbar, fakturierbar, facturable, \
         cobrable, factureerbaar, declarabel, declareerbaar, fatturabile, facturables, 請求可能",
    ),
    (
        Sense::NotBillable,
        0,
        "!non billable, !not billable, !nonbillable, !unbillable, !is non billable, !non chargeable, !not chargeable, \
         !no charge, !nicht abrechenbar, !nicht verrechenbar, !non facturable, !no facturable, !niet factureerbaar, \
         !niet declarabel, !non fatturabile, !n c, !kulanz, !kostenlos, !goodwill, !write off, !writeoff, !written off, \
         !free of charge, !complimentary, !courtesy, !intern, !internal, !interne, !interno, !nicht berechenbar",
    ),
    (
        Sense::Invoiced,
        0,
        "zafakturowane, zafakturowano, faturado, faturada, faktureret, fakturerad, abgr, i r g, in rechnung gestellt, invoiced, billed, is invoiced, is billed, already invoiced, abgerechnet, verrechnet, fakturiert, \
         facture, facturee, facturado, facturada, gefactureerd, fatturato, fatturata, 請求済み, 請求済",
    ),
    (Sense::Exported, 0, "エクスポート済み, exported, exportiert, exporte, exportado, geexporteerd, esportato"),
    (
        Sense::InvoiceRef,
        0,
        "fatt n, n fatt, nr fatt, inv nbr, inv no, inv number, inv nr, inv id, inv ref, inv num, invoice nbr, invoice num, numer faktury, nr faktury, numero da fatura, fakturanummer, invoice id, invoice number, invoice no, invoice nr, invoice reference, invoice ref, rechnungsnummer, \
         rechnungsnr, rechnungs nr, re nr, rg nr, rech nr, rechn nr, rech no, rechn no, fact, fact no, fact nr, fact n, n fact, fra n, n fra, fra no, rechnung nr, numero de facture, numero facture, n facture, numero de factura, \
         factuurnummer, numero fattura",
    ),
    (Sense::InvoiceRef, 1, "!invoice, !rechnung, !facture, !factura, !factuur, !fattura"),
    (
        Sense::Approved,
        0,
        "zatwierdzone, aprovado, aprovada, godkendt, godkand, approved, is approved, genehmigt, freigegeben, approuve, approuvee, valide, validee, aprobado, \
         aprobada, goedgekeurd, approvato, approvata",
    ),
    (
        Sense::Paid,
        0,
        "oplacone, zaplacone, pago, paga, betalt, betald, paid, is paid, bezahlt, paye, payee, pagado, betaald, pagato, locked, gesperrt, verrouille, bloqueado, \
         vergrendeld, bloccato",
    ),
    (
        Sense::Status,
        0,
        "status, state, statut, etat, estado, stato, approval status, entry status, approval, submission status, genehmigungsstatus, freigabestatus, statut d approbation, goedkeuringsstatus",
    ),
    (Sense::Role, 0, "role, roles, rolle, rol, ruolo, user role"),
    (
        Sense::Rate,
        0,
        "stawka, stawka godzinowa, abrechnungssatz, fakturasatz, facturatietarief, abrechenbarer satz, fakturierbarer satz, verrechnungssatz, ansatz, taux facturable, tarifa facturable, tariffa fatturabile, factureerbaar tarief, declarabel tarief, valor hora, valor por hora, taxa horaria, timepris, timpris, rate, hourly rate, billable rate, billing rate, bill rate, hourly price, price per hour, stundensatz, \
         stundenpreis, preis pro stunde, abrechenbarer stundensatz, taux horaire, prix horaire, prix par heure, \
         tarifa por hora, precio por hora, uurtarief, prijs per uur, tariffa oraria, prezzo orario, tarifa, \
         !tarif, !satz",
    ),
    (
        Sense::Amount,
        0,
        "amount, kwota, valor, valor total, belob, belopp, billable amount, betrag, montant, importe, bedrag, importo, price, preis, prix, precio, prijs, \
         prezzo",
    ),
    (Sense::Currency, 0, "currency, moeda, wahrung, waehrung, devise, monnaie, moneda, divisa, valuta, munt"),
];

/// Words with which a column is about something else than the entry itself, however else it is called.
const ALONE: &str = "create, creation, write, closed, close, resolved, resolution, requested, opening, created, updated, modified, changed, assigned, planned, plan, estimate, estimated, estimation, budget, \
    budgeted, idle, cost, costs, archived, owner, remaining, target, percent, percentage, internal, break, \
    pause, rounding, rundung, arrondissement, redondeo, afronding, arrotondamento, overtime, straordinari, straordinario, straordinarie, uberstunden, mehrarbeit, supplementaire, supplementaires, overuren, extra, extras, due, deadline, parent, expected, forecast, scheduled, erstellt, angelegt, geandert, \
    geplant, geschatzt, kosten, zugewiesen, intern, interner, interne, cree, modifie, prevu, prevue, \
    prevues, estime, cout, assigne, creado, creada, actualizado, modificado, asignado, previsto, estimado, \
    coste, costo, soll, sollzeit, sollstunden, aangemaakt, bijgewerkt, gewijzigd, gepland, geschat, toegewezen, creato, aggiornato, \
    modificato, pianificato, stimato, assegnato, distance, travelled, fixed, non, not, un, nicht, leave, \
    cents, cent, holiday, vacation, sub, type, count, order, purchase, color, colour, group, gruppe, requester, \
    reporter, manager, lead, url, link, zone, timezone, quota, capacity";

/// Words that say nothing about what a column holds.
const FILLERS: &str = "local, name, names, the, of, a, an, der, die, das, de, des, du, la, le, l, del, di, van, het, full, \
    work, worked, logged, tracked, actual, total, entry, spent, is, display, nom, naam, nome, nombre, \
    value, yes, no, flag, text, time entry";

/// Words that say that a column refers to something by a number, where the thing itself may stand beside it.
const NUMBERS: &str = "id, ids, number, code, no, nr, key, num, nummer, numero, ref";

/// Beginnings of words that speak of billing.
const BILLING: &str = "bill, invoic, charg, paid, approv, lock, export, abrech, abger, verrech, berech, fakt, bezahl, genehm, gesperr, factur, paye, payé, \
    approuv, verrouill, cobr, pagad, aprob, bloque, betaald, goedgekeurd, vergrendel, fattur, pagat, esport, declar, rechnung, fatur, zafakt, \
    rozlicz, oplac, zaplac, zatwierdz, aprov, pago, betalt, betald, godk, abgeschl, delet, gelosch, supprim, elimin, verwijder, void, cancel, \
    storn, annul, trash, debit, kulanz, kostenlos, gratis, goodwill, writeoff, complimentary, courtesy, 請求, belast, weiterverr, weiterber, \
    kostenpfl, sperr, gezahlt, zahlung, ausgezahlt, beglich, freigeg, freigab, bestatig, gefactur, factuur, rekening, doorbelast, verreken, \
    uitbetaal, voldaan, geaccord, akkoord, geexport, geblokk, blokk, refactur, regle, valide, autoris, cargad, autoriz, bloccat, addebit, saldat, convalid, beleg, fatt";

/// Words of money: what a column of them says decides about no hour.
const MONEY: &str = "rate, amount, price, cost, costs, money, betrag, satz, stundensatz, preis, montant, taux, importe, \
    prix, tarif, tarifa, precio, bedrag, uurtarief, prijs, importo, prezzo, fee, fees, revenue, value, faktor, factor";

/// Ends of words of money: `Verrechnungssatz`.
const PRICES: [&str; 4] = ["satz", "tarief", "preis", "prijs"];

/// Of a rate: not of an hour, or not for a client.
const OTHER_RATES: &str = "day, daily, week, weekly, month, monthly, pay, wage, wages, salary, payroll, tag, tages, tagessatz, monats, jour, journalier, journaliere, tjm, \
    mois, mensuel, dia, diaria, diario, mensual, dag, maand, giorno, giornaliera, mese, dzien, dzienna";

/// What became of a row, as whole headers: settled somewhere else, or free of charge.
const SETTLED: &str = "inv, re, rg, posted, settled, cleared, processed, archived, transferred, finalized, finalised, warranty, fixed fee, fixed price, flat fee, flat rate, \
    lump sum, verbucht, gebucht, archiviert, verarbeitet, ubertragen, garantie, gewahrleistung, pauschal, pauschale, forfait, comptabilise, traite, archive, contabilizado, \
    procesado, archivado, garantia, geboekt, verwerkt, gearchiveerd, contabilizzato, registrato, archiviato, garanzia, zaksiegowane, gwarancja, \
    abr, n abr, fra, rechn, gestellt, i r gestellt, laskutettu, vyfakturovano, nicht verr, free, waived, unentgeltlich, sin cargo, sans frais, zonder kosten, \
    omaggio, dnb, included, inclus, incluse, incluido, incluida, abgelehnt, rejected, refuse, refused, geannuleerd, anulado, anulada, reversal, reversed, hold, \
    on hold, gepruft, geprueft, checked";

/// Of hours: rounded, or counted for the bill.
const OF_BILL: &str = "rounded, gerundet, gerundete, arrondi, arrondie, arrondies, redondeado, redondeadas, afgerond, \
    afgeronde, arrotondato, arrotondate";

/// Words with commas between.
fn listed(words: &'static str) -> impl Iterator<Item = &'static str> {
    words.split(',').map(str::trim)
}

fn has(words: &'static str, word: &str) -> bool {
    listed(words).any(|known| known == word)
}

/// Reads a header.
pub(super) fn header(written: &str) -> Header {
    let (base, brackets) = without_brackets(written);
    let words = words(&base);
    let inside: Vec<String> = brackets.iter().map(|text| fold(text)).collect();
    let currency = brackets.iter().find_map(|text| Currency::from_code(text.trim()));
    let plain: Vec<&str> = words.iter().map(String::as_str).collect();
    let begins = |word: &str| listed(BILLING).any(|stem| word.starts_with(stem));
    // `N/C` is what no charge is made for.
    let billing = plain.as_slice() == ["n", "c"]
        || plain.contains(&"inv")
        || has(SETTLED, &plain.iter().copied().filter(|word| !has(FILLERS, word)).collect::<Vec<_>>().join(" "))
        || plain.iter().any(|word| begins(word) || word.strip_prefix("un").is_some_and(begins));
    let is_price = |word: &str| PRICES.iter().any(|end| word.ends_with(end));
    let money = currency.is_some() || plain.iter().any(|word| has(MONEY, word) || is_price(word));
    let alone = plain.iter().any(|word| has(ALONE, word)) || written.contains('%');
    let mut meanings = whole(&plain);
    if meanings.is_empty() && !alone {
        meanings = lesser(&plain);
    }
    let hours_of_bill = billing || plain.iter().any(|word| has(OF_BILL, word));
    for meaning in &mut meanings {
        *meaning = in_unit(*meaning, &inside);
    }
    // Units of six minutes, quarters or hundredths of an hour: no figure of hours.
    let of_parts = |text: &String| text.starts_with(|first: char| first.is_ascii_digit());
    if inside.iter().any(of_parts) || plain.iter().any(|word| ["quarter", "quarters", "viertelstunden"].contains(word))
    {
        meanings.retain(|(sense, _)| !sense.is_of_time());
    }
    // No unit that anybody bills in.
    let parts = ["ms", "msec", "millis", "milliseconds", "millisekunden", "microseconds", "us", "ns", "nanoseconds"];
    let in_parts = plain.iter().copied().chain(inside.iter().map(String::as_str)).any(|word| parts.contains(&word));
    if written.contains('%') || in_parts {
        meanings.clear();
    }
    // No price of an hour that somebody is billed for: one of a day, or what a person earns.
    if plain.iter().any(|word| has(OTHER_RATES, word)) {
        meanings.retain(|(sense, _)| *sense != Sense::Rate);
    }
    // When something was invoiced or approved is not when it was done.
    if billing {
        let of_days = [Sense::Date, Sense::StartDate, Sense::EndDate, Sense::Start, Sense::End];
        meanings.retain(|(sense, _)| !of_days.contains(sense));
    }
    // What is counted for the bill is not what was worked.
    if hours_of_bill && !meanings.is_empty() {
        let of_time = |sense: Sense| matches!(sense, Sense::Hours | Sense::Minutes | Sense::Seconds | Sense::Days);
        meanings.iter_mut().filter(|(sense, _)| of_time(*sense)).for_each(|(_, rank)| *rank += 4);
    }
    // `€/h` is a price, and no time.
    let sign = written.chars().find(|c| matches!(c, '€' | '$' | '£' | '¥'));
    if sign.is_some() {
        let per_hour = written.contains('/') && meanings.iter().any(|(sense, _)| *sense == Sense::Hours);
        meanings.retain(|(sense, _)| !sense.is_of_time());
        meanings.extend(per_hour.then_some((Sense::Rate, 0)));
    }
    let of_sign = sign.and_then(|sign| match sign {
        '€' => Currency::from_code("EUR"),
        '£' => Currency::from_code("GBP"),
        _ => None,
    });
    let (currency, money) = (currency.or(of_sign), money || sign.is_some());
    meanings.sort_by_key(|(_, rank)| *rank);
    Header { meanings, currency, billing, money, alone }
}

/// What a unit in brackets makes of a duration.
fn in_unit((sense, rank): Meaning, inside: &[String]) -> Meaning {
    let says = |words: &[&str]| inside.iter().any(|text| words.contains(&text.as_str()));
    match sense {
        Sense::Hours if says(&["seconds", "secs", "sec", "s", "sekunden", "secondes", "segundos"]) => {
            (Sense::Seconds, rank)
        }
        Sense::Hours if says(&["days", "day", "d", "tage", "pt", "jours", "j", "dias", "dagen", "giorni", "md"]) => {
            (Sense::Days, rank)
        }
        Sense::Hours if says(&["minutes", "mins", "min", "m", "minuten", "minutos"]) => (Sense::Minutes, rank),
        _ => (sense, rank),
    }
}

/// Meanings of the words as they stand.
fn whole(words: &[&str]) -> Vec<Meaning> {
    let text = words.join(" ");
    let tight: String = words.concat();
    let is = |word: &str| {
        let word = word.trim_start_matches('!');
        word == text || word.chars().filter(|c| *c != ' ').eq(tight.chars())
    };
    let meant = WORDS.iter().filter(|(_, _, known)| listed(known).any(is));
    meant.map(|(sense, rank, _)| (*sense, *rank)).collect()
}

/// Meanings of some of the words.
fn lesser(words: &[&str]) -> Vec<Meaning> {
    let refers = words.len() > 1 && words.iter().any(|word| has(NUMBERS, word));
    let told: Vec<&str> =
        words.iter().copied().filter(|word| !has(FILLERS, word) && (!refers || !has(NUMBERS, word))).collect();
    if told.is_empty() {
        return Vec::new();
    }
    // A number of a time is no time: `Time ID`.
    let is_number = words.len() > 1 && words.last().is_some_and(|last| has(NUMBERS, last));
    let further = |by: u8| move |(sense, rank): Meaning| (sense, rank + by);
    if told.len() < words.len() {
        let mut found: Vec<Meaning> = whole(&told).into_iter().map(further(if refers { 4 } else { 1 })).collect();
        if is_number {
            found.retain(|(sense, _)| !sense.is_of_time());
        }
        if !found.is_empty() {
            return found;
        }
    }
    let mut found = inside(&told, 1);
    if is_number {
        found.retain(|(sense, _)| !sense.is_of_time());
    }
    // `Time spent last update`: what says nothing alone may be a part of what says something.
    if found.is_empty() {
        found = inside(words, 2);
    }
    // A flag about something else is a flag: `Task Billable`.
    let flags = |sense: &Sense| {
        matches!(sense, Sense::Billable | Sense::Invoiced | Sense::Exported | Sense::Approved | Sense::Paid)
    };
    // Hours that speak of billing are hours.
    let time = |sense: &Sense| matches!(sense, Sense::Hours | Sense::Minutes | Sense::Seconds);
    if found.iter().any(|(sense, _)| time(sense)) && found.iter().all(|(sense, _)| time(sense) || flags(sense)) {
        found.retain(|(sense, _)| time(sense));
    } else if found.iter().any(|(sense, _)| flags(sense)) {
        found.retain(|(sense, _)| flags(sense));
    }
    match found.as_slice() {
        [(sense, rank)] => vec![(*sense, rank + if refers { 5 } else { 2 })],
        _ => Vec::new(),
    }
}

/// Meanings of the longest of what stands somewhere in the words and has at least so many.
fn inside(words: &[&str], least: usize) -> Vec<Meaning> {
    let mut found: Vec<Meaning> = Vec::new();
    let mut longest = least;
    for (sense, rank, known) in WORDS {
        for word in listed(known).filter(|word| !word.starts_with('!')) {
            let parts: Vec<&str> = word.split(' ').collect();
            if parts.len() >= longest && words.windows(parts.len()).any(|window| window == parts.as_slice()) {
                if parts.len() > longest {
                    found.clear();
                    longest = parts.len();
                }
                found.push((*sense, *rank));
            }
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|(sense, _)| *sense);
    found
}

/// The header without what stands in brackets, and that.
fn without_brackets(written: &str) -> (String, Vec<String>) {
    let (mut base, mut inside, mut brackets) = (String::new(), None::<String>, Vec::new());
    for c in written.chars() {
        match (c, inside.as_mut()) {
            ('(' | '[' | '（', _) => inside = Some(String::new()),
            (')' | ']' | '）', Some(_)) => brackets.extend(inside.take()),
            (c, Some(inside)) => inside.push(c),
            (c, None) => base.push(c),
        }
    }
    base.extend(inside);
    (base, brackets)
}

/// Words of a text, folded; capitals inside a word begin another.
fn words(text: &str) -> Vec<String> {
    let mut parted = String::new();
    let mut small = false;
    for c in text.chars() {
        if small && c.is_uppercase() {
            parted.push(' ');
        }
        small = c.is_lowercase();
        parted.push(c);
    }
    fold(&parted).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
