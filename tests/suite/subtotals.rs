//! F7: the rows of sums that subtotals of spreadsheets write, in the languages of the programs, behind the name of a group: in the column of the
//! client, the project, the person or the day. Hours are worked out by hand, in seconds.

use crate::shapes::{Shape, held};

#[rustfmt::skip]
fn subtotals() -> Vec<Shape> {
    vec![
        Shape {
            name: "by person in German", file: "export.csv", sure: true,
            text: "Datum;Mitarbeiter;Kunde;Projekt;Stunden\n04.05.2026;Ann;Quay;Mole;1,5\n15.05.2026;Ann;Quay;Mole;0,75\n;Ann Ergebnis;;;2,25\n15.05.2026;Bob;Quay;Mole;1,25\n;Bob Ergebnis;;;1,25\n;Gesamtergebnis;;;3,5\n",
            rows: 3, read: 12_600, billed: 12_600, ..Shape::default()
        },
        Shape {
            name: "by client", file: "export.csv", sure: true,
            text: "Date,Person,Client,Project,Hours\n2026-05-04,Ann,Quay,Mole,1.5\n2026-05-15,Ann,Quay,Mole,0.75\n,,Quay Total,,2.25\n2026-05-15,Bob,Dock,Pier,1.25\n,,Dock Total,,1.25\n,,Grand Total,,3.5\n",
            rows: 3, read: 12_600, billed: 12_600, ..Shape::default()
        },
        Shape {
            name: "by person in French", file: "export.csv", sure: true,
            text: "Date,Personne,Client,Projet,Heures\n2026-05-04,Ann,Quay,Mole,1.5\n,Total Ann,,,1.5\n2026-05-15,Bob,Dock,Pier,1.25\n2026-05-16,Bob,Dock,Pier,1\n,Total Bob,,,2.25\n,Total général,,,3.75\n",
            rows: 3, read: 13_500, billed: 13_500, ..Shape::default()
        },
        Shape {
            name: "by day", file: "export.csv", sure: true,
            text: "Date,Person,Client,Project,Hours\n5/4/2026,Ann,Quay,Mole,1.5\n5/4/2026,Bob,Quay,Mole,0.75\n5/4/2026 Total,,,,2.25\n5/15/2026,Bob,Dock,Pier,1.25\n5/15/2026 Total,,,,1.25\nGrand Total,,,,3.5\n",
            rows: 3, read: 12_600, billed: 12_600, ..Shape::default()
        },
        // Above their rows, with sums of money.
        Shape {
            name: "by project in Polish", file: "export.csv", sure: true,
            text: "Data;Osoba;Klient;Projekt;Godziny;Stawka;Kwota\n;;;Mole Suma;2,25;;225\n2026-05-04;Ann;Quay;Mole;1,5;100;150\n2026-05-15;Ann;Quay;Mole;0,75;100;75\n;;;Pier Suma;1,25;;125\n2026-05-15;Bob;Dock;Pier;1,25;100;125\n;;;Suma końcowa;3,5;;350\n",
            rows: 3, read: 12_600, billed: 12_600, ..Shape::default()
        },
        // A person may be called so, and a row that sums nothing, or says as much as an entry, is no sum.
        Shape {
            name: "people and clients called so", file: "export.csv", sure: true,
            text: "Date,Person,Client,Project,Hours,Note\n2026-05-04,Eva Total,Total SA,Mole,1.5,a\n,Eva Total,Total SA,Mole,4,b\n,,Total SA,Mole,1.5,c\n2026-05-15,Eva Total,Total SA,Mole,0.5,d\n",
            rows: 4, read: 27_000, aside: 2, billed: 7_200, ..Shape::default()
        },
    ]
}

#[test]
fn f7_subtotals_of_spreadsheets_are_left_out() {
    for shape in subtotals() {
        held(&shape);
    }
}
