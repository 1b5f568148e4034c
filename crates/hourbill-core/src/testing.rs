//! What tests of several modules need.

use proptest::test_runner::{Config as ProptestConfig, RngSeed};

use crate::calendar::{Date, Moment};
use crate::finding::{FileNo, Place};
use crate::model::{Company, Customer, Order, OrderLine, Policy, World};
use crate::quantity::{Currency, Quantity, UnitPrice};

/// So many random cases, the same in every run; with `HOURBILL_SOAK=1` a hundred times as many, and others each time.
pub fn cases(cases: u32) -> ProptestConfig {
    let soaks = std::env::var_os("HOURBILL_SOAK").is_some_and(|value| value == "1");
    let (cases, rng_seed) = if soaks { (100 * cases, RngSeed::Random) } else { (cases, RngSeed::Fixed(cases.into())) };
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

/// Any line: a confirmed pack of one unit.
pub fn line() -> OrderLine {
    let mut world = World::default();
    let (company, order) = (world.companies.insert("", Company), world.orders.insert("S1", Order));
    let customer = world.add_customer("C1", Customer::default());
    let place = Place { file: FileNo(0), row: 1 };
    OrderLine {
        confirmed: true,
        product: "Pack".to_owned(),
        policy: Policy::Prepaid,
        uom: "Units".to_owned(),
        ordered: Quantity::from_micros(1_000_000),
        order_price: UnitPrice::from_micros(1_000_000),
        confirmed_on: Date::parse("2026-10-01").map(Moment::from),
        ..OrderLine::bare(order, customer, Currency::from_code("EUR").unwrap(), company, place)
    }
}
