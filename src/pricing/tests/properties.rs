use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{NOTHING_FREE, book};
use crate::pricing::{Bill, Options, Price, PriceBook, Quantity, Usage, bill};

/// Where the cost of a SKU bends: the ends of its allowance and of its tiers, without what is free and with it.
fn edges(price: &Price) -> Vec<u128> {
    let free = price.allowance.as_ref().map_or(0, |allowance| allowance.quantity.pico_units());
    price.tiers.iter().map(|tier| tier.from.pico_units()).flat_map(|from| [from, from + free]).filter(|edge| *edge > 0).collect()
}

/// Usage of random SKUs, from next to nothing to as much as surely stays inside the exact range; a third of it a little below a bend.
fn usages() -> impl Strategy<Value = Vec<Usage>> {
    // Units of more than a dollar would leave the exact range at these quantities.
    let cheap = |price: &&crate::pricing::Price| price.tiers[0].price.femtousd() <= 10_u128.pow(15);
    let places: Vec<(String, String, Vec<u128>)> =
        book().prices().filter(cheap).map(|price| (price.sku.clone(), price.region.clone(), edges(price))).collect();
    let one = (0..places.len(), 0..3_usize, 0..2_usize, 0..100_u128, 0..20_u32, 0..12_usize).prop_map(
        move |(place, service, account, digits, zeros, edge)| {
            let (sku, region, edges) = places[place].clone();
            let amount = digits * 10_u128.pow(zeros) + digits;
            let below = |edge: &u128| edge.saturating_sub(amount % (edge / 100 + 1));
            let amount = edges.get(edge).filter(|_| edge < 4).map_or(amount, below);
            Usage {
                service: ["alpha", "beta", "gamma"][service].to_owned(),
                sku,
                region,
                account: ["main", "other"][account].to_owned(),
                quantity: Quantity::from_pico_units(amount),
            }
        },
    );
    proptest::collection::vec(one, 0..30)
}

/// How much more is used: a share, which crosses a bend wherever that lies, or from next to nothing to very much.
#[derive(Clone, Copy, Debug)]
enum More {
    Percent(u128),
    Steps(u128),
}

fn more() -> impl Strategy<Value = More> {
    let steps = (1..100_u128, 0..22_u32).prop_map(|(digits, zeros)| More::Steps(digits * 10_u128.pow(zeros)));
    prop_oneof![(1..100_u128).prop_map(More::Percent), steps]
}

fn billed(usages: &[Usage], options: Options) -> Bill {
    bill(book(), usages, &options).expect("all SKUs are priced")
}

fn scaled(quantity: Quantity, numerator: u128, denominator: u128) -> Quantity {
    Quantity::from_pico_units(quantity.pico_units() * numerator / denominator)
}

type ByPlace = BTreeMap<(String, String, String), (u128, u128, i128)>;

/// Quantity, free quantity and cost by account, region and SKU.
fn by_place(bill: &Bill) -> ByPlace {
    let mut places = ByPlace::new();
    for line in &bill.lines {
        let place = places.entry((line.account.clone(), line.region.clone(), line.sku.clone())).or_default();
        place.0 += line.quantity.pico_units();
        place.1 += line.free_quantity.pico_units();
        place.2 += line.cost_picousd;
    }
    places
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        rng_seed: RngSeed::Fixed(20_261_123),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn lines_add_up_and_lose_nothing(usages in usages(), free_tier: bool) {
        let bill = billed(&usages, Options { free_tier, ..Options::default() });
        prop_assert_eq!(bill.lines.iter().map(|line| line.cost_picousd).sum::<i128>(), bill.total_picousd);
        let metered: u128 = usages.iter().map(|usage| usage.quantity.pico_units()).sum();
        prop_assert_eq!(bill.lines.iter().map(|line| line.quantity.pico_units()).sum::<u128>(), metered);
        for line in &bill.lines {
            prop_assert!(line.cost_picousd >= 0 && line.free_quantity <= line.quantity, "{:?}", line);
        }
    }

    #[test]
    fn allowances_are_used_up_to_their_size_and_no_further(usages in usages()) {
        let book = book();
        let bill = billed(&usages, Options::default());
        let mut drawn: BTreeMap<(String, String, Option<String>), (u128, u128)> = BTreeMap::new();
        for line in &bill.lines {
            let allowance = &book.price(&line.sku, &line.region).expect("priced").allowance;
            let always = |allowance: &&crate::pricing::Allowance| allowance.term == crate::pricing::AllowanceTerm::Always;
            let Some(allowance) = allowance.as_ref().filter(always) else {
                prop_assert_eq!(line.free_quantity, Quantity::ZERO);
                continue;
            };
            let is_regional = allowance.scope == crate::pricing::AllowanceScope::Region;
            let key = (line.account.clone(), allowance.group.clone(), is_regional.then(|| line.region.clone()));
            let sums = drawn.entry(key).or_default();
            sums.0 += line.quantity.pico_units();
            sums.1 += line.free_quantity.pico_units();
        }
        prop_assert_eq!(drawn.len(), bill.allowances.len());
        for allowance in &bill.allowances {
            let key = (allowance.account.clone(), allowance.group.clone(), allowance.region.clone());
            let (metered, free) = drawn[&key];
            prop_assert_eq!(free, allowance.used.pico_units());
            prop_assert_eq!(free, metered.min(allowance.quantity.pico_units()));
        }
        prop_assert!(bill.total_picousd <= billed(&usages, NOTHING_FREE).total_picousd);
    }

    #[test]
    fn who_uses_does_not_change_the_total(usages in usages(), parts in proptest::collection::vec(1..50_u128, 1..6), free_tier: bool) {
        let whole: u128 = parts.iter().sum();
        let split: Vec<Usage> = usages.iter().flat_map(|usage| {
            let mut rest = usage.quantity;
            let mut pieces: Vec<Usage> = parts.iter().enumerate().map(|(index, part)| {
                let quantity = scaled(usage.quantity, *part, whole);
                rest = rest.saturating_sub(quantity);
                Usage { service: format!("part {index}"), quantity, ..usage.clone() }
            }).collect();
            pieces.push(Usage { quantity: rest, ..usage.clone() });
            pieces
        }).rev().collect();
        let options = Options { free_tier, ..Options::default() };
        let (one, many) = (billed(&usages, options), billed(&split, options));
        prop_assert_eq!(one.total_picousd, many.total_picousd);
        prop_assert_eq!(by_place(&one), by_place(&many));
        prop_assert_eq!(one.allowances, many.allowances);
    }

    /// Up to one pico-USD per SKU: shares of an allowance are whole steps of 1e-12 units, and costs are rounded.
    #[test]
    fn using_more_never_costs_less(usages in usages(), which: prop::sample::Index, more in more(), free_tier: bool) {
        prop_assume!(!usages.is_empty());
        let options = Options { free_tier, ..Options::default() };
        let mut larger = usages.clone();
        let usage = &mut larger[which.index(usages.len())];
        let before = usage.quantity.pico_units();
        let more = match more { More::Percent(percent) => before * percent / 100, More::Steps(steps) => steps };
        usage.quantity = Quantity::from_pico_units(before + more);
        let (before, after) = (billed(&usages, options), billed(&larger, options));
        let rounding = by_place(&before).len() as i128;
        prop_assert!(after.total_picousd + rounding >= before.total_picousd);
    }

    /// Where prices fall, the whole of the usage must not be billed at the lower price. Random usage seldom comes near a bound.
    #[test]
    fn using_more_across_a_bound_never_costs_less(which: prop::sample::Index, below in 0..10_u128.pow(13), more in 1..10_u128.pow(14), free_tier: bool) {
        let book = book();
        let bounds: Vec<_> = book.prices().flat_map(|price| price.tiers[1..].iter().map(move |tier| (price, tier.from))).collect();
        let (price, bound) = which.get(&bounds);
        let free = price.allowance.as_ref().filter(|allowance| free_tier && allowance.term == crate::pricing::AllowanceTerm::Always);
        let bound = free.map_or(*bound, |allowance| bound.checked_add(allowance.quantity).expect("in range"));
        let before = bound.saturating_sub(Quantity::from_pico_units(below));
        let after = before.checked_add(Quantity::from_pico_units(more)).expect("in range");
        let cost = |quantity| {
            let usage = Usage {
                service: "alpha".to_owned(), sku: price.sku.clone(), region: price.region.clone(), account: "main".to_owned(), quantity,
            };
            billed(&[usage], Options { free_tier, ..Options::default() }).total_picousd
        };
        prop_assert!(cost(after) >= cost(before));
    }

    /// Graduated tiers against adding unit after unit, each at the price of the tier it falls in.
    #[test]
    fn tiers_price_each_unit_at_its_own_place(tiers in proptest::collection::vec((1..20_u64, 0..1_000_u64), 0..6), last in 0..1_000_u64, units in 0..150_u64) {
        let mut rows = String::from("sku,region,product,unit,tier_from,tier_to,price_usd,free_allowance,as_of,source,note\n");
        let mut start = 0;
        let mut price_of_unit = Vec::new();
        for (width, price) in &tiers {
            rows = format!("{rows}s,us-east-1,P,u,{start},{},0.{price:012},,2026-01-01,test,\n", start + width);
            price_of_unit.extend(std::iter::repeat_n(*price, *width as usize));
            start += width;
        }
        rows = format!("{rows}s,us-east-1,P,u,{start},,0.{last:012},,2026-01-01,test,\n");
        let book = PriceBook::parse(&rows, "generated").expect("tiers join");
        let expected: i128 = (0..units as usize).map(|unit| i128::from(*price_of_unit.get(unit).unwrap_or(&last))).sum();
        let price = book.price("s", "us-east-1").expect("priced");
        prop_assert_eq!(price.cost_picousd(Quantity::from_count(units)), Some(expected));
    }
}

/// At each bound of each tier of each room, a step of a thousandth of a unit costs what the tiers on both sides say.
#[test]
fn tiers_of_the_rooms_join_continuously() {
    let mut bounds = 0;
    for price in book().prices() {
        for pair in price.tiers.windows(2) {
            let step = Quantity::from_pico_units(1_000_000_000);
            let at = pair[1].from;
            let cost = |quantity| price.cost_picousd(quantity).expect("in range");
            let below = cost(at) - cost(at.saturating_sub(step));
            let above = cost(at.checked_add(step).expect("in range")) - cost(at);
            // A thousandth of a unit at x femto-USD is x / 1e6 pico-USD; each cost is rounded to half a pico-USD.
            for (difference, tier) in [(below, &pair[0]), (above, &pair[1])] {
                let exact = tier.price.femtousd() as i128;
                assert!((difference * 1_000_000 - exact).abs() <= 1_000_000, "{} in {} at {at}", price.sku, price.region);
            }
            bounds += 1;
        }
    }
    assert_eq!(bounds, 229);
}
