//! Usage: integer quantities of billed dimensions, by service.
//!
//! Usage of journeys that started in the measured window counts wherever it happens, drain included; usage that belongs
//! to no journey (empty receives) counts while the window is open. Hourly charges are derived from configuration.

/// Index of a billed dimension of one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeterId(pub u32);

/// One billed dimension of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    pub service: u16,
    /// Name of the price row.
    pub sku: &'static str,
    /// The quantity counted is divided by this to get the unit of the price row (MB-ms to GB-s, bytes to GB).
    pub divisor: u64,
    /// Quantity of the measured journeys and window.
    pub quantity: u128,
    /// The part of it that belongs to no journey, such as empty receives: it goes by time and not by traffic.
    pub background: u128,
    /// Quantity of everything else: warm-up, and journeys that started in it.
    pub unmeasured: u128,
}

/// All meters.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub meters: Vec<Meter>,
}

impl Ledger {
    /// Registers a billed dimension.
    pub fn register(&mut self, service: u16, sku: &'static str, divisor: u64) -> MeterId {
        self.meters.push(Meter { service, sku, divisor, quantity: 0, background: 0, unmeasured: 0 });
        MeterId(self.meters.len() as u32 - 1)
    }

    /// Adds to a meter.
    #[inline]
    pub fn add(&mut self, meter: MeterId, quantity: u64, measured: bool) {
        let meter = &mut self.meters[meter.0 as usize];
        if measured {
            meter.quantity += u128::from(quantity);
        } else {
            meter.unmeasured += u128::from(quantity);
        }
    }

    /// Adds to a meter what belongs to no journey.
    pub fn add_background(&mut self, meter: MeterId, quantity: u64, measured: bool) {
        self.add(meter, quantity, measured);
        if measured {
            self.meters[meter.0 as usize].background += u128::from(quantity);
        }
    }
}
