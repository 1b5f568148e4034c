//! What a document may say of money, told from the exports that it was made of (B4, B7, B9).

use hourbill::posted::{Document, DocumentKind, Line, LineKind};

use super::world::{OrderLine, UNITS, World};

/// Half away from zero.
fn rounded(numerator: i128, denominator: i128) -> i128 {
    let half = if numerator < 0 { -denominator } else { denominator };
    (2 * numerator + half) / (2 * denominator)
}

/// Percentages of a line's taxes, in tenths.
fn taxes(of: &str) -> Vec<i64> {
    let percent = |text: &str| (text.trim_end_matches('%').parse::<f64>().unwrap() * 10.0).round() as i64;
    let mut taxes: Vec<i64> = of.split(';').filter(|text| !text.is_empty()).map(percent).collect();
    taxes.sort_unstable();
    taxes
}

/// A document that bills: to whom, for what, and how much.
pub fn holds(world: &World, document: &Document, lines: &[Line]) {
    if document.kind == DocumentKind::Opening {
        return;
    }
    let id = &document.id;
    let mut net = 0;
    for line in lines {
        let of = &world.lines[world.line_by_id(&line.order_line)];
        let to = if of.bill_to.is_empty() { of.customer } else { of.bill_to };
        assert_eq!(document.customer, to, "{id}, line {}", line.line_no);
        let on_hold = world.on_hold.contains(to) || world.on_hold.contains(of.customer);
        assert!(!on_hold, "{id} bills {to}, who is on hold");
        if document.kind != DocumentKind::Zero {
            terms(world, of, line);
            net += line.net.minor();
        }
        for row in
            world.adjustments.iter().filter(|row| row.action == "hold" && row.from.is_empty() && row.to.is_empty())
        {
            assert_ne!(row.target, format!("order_line:{}", line.order_line), "{id} bills what a person holds");
        }
    }
    assert_eq!(document.net.minor(), net, "{id}");
    for tax in &document.taxes {
        let percent = i128::from(tax.rate.percent.micros());
        let amount = rounded(tax.base.minor() * percent, 100_000_000);
        assert_eq!(tax.amount.minor(), amount, "{id}: tax of {percent} millionths of a percent");
    }
}

fn terms(world: &World, of: &OrderLine, line: &Line) {
    let target = format!("order_line:{}", line.order_line);
    let adjusted =
        world.adjustments.iter().any(|row| row.target == target && matches!(row.action, "price" | "discount"));
    if !adjusted {
        let minutes = if of.by_time() { UNITS[of.unit].1 } else { 60 };
        assert_eq!(line.price.micros(), of.price * minutes / 60 * 10_000, "price of {}", of.id);
        assert_eq!(line.discount.micros(), of.discount * 100_000, "discount of {}", of.id);
    }
    let mut told: Vec<i64> = line.rates.iter().map(|rate| rate.percent.micros() / 100_000).collect();
    told.sort_unstable();
    assert_eq!(told, taxes(of.taxes), "taxes of {}", of.id);
    assert!(!matches!(line.kind, LineKind::Deduction | LineKind::DownPayment), "nobody asked for a down payment");
    let left = 100_000_000 - i128::from(line.discount.micros());
    let worth = i128::from(line.quantity.micros()) * i128::from(line.price.micros()) * left;
    // Millionths of quantity, price and percent, in cents.
    assert_eq!(line.net.minor(), rounded(worth, 1_000_000_000_000_000_000), "net of {}", of.id);
}
