//! From configuration to parties: names are declared first, then every room builds its parties against the names.

use indexmap::IndexMap;

use crate::kernel::{Sampler, Streams, Time};
use crate::reader::{Code, Diagnostics, Raw, Span, Spanned, suggest};
use crate::results::{AssumptionNumbers, AssumptionUse, SeriesKind};

use super::balance::{Balance, Law, LawId};
use super::call::{ErrorId, Operation, Parameters, PartyId};
use super::content::MemoId;
use super::journey::Journeys;
use super::limit::{Limiter, LimiterId, LimiterKind, LimiterPlan};
use super::links::{Links, Reference};
use super::meter::MeterId;
use super::metric::{CounterId, LevelId, TimingId};
use super::pattern::{PatternError, Segment};
use super::world::{Bounds, Condition, PartyPlan, World};
use super::{hand_over, poller};

/// A service as the others see it.
#[derive(Clone, Debug)]
pub struct Declared {
    pub name: String,
    /// The type name in scenarios.
    pub kind: &'static str,
    pub context: Option<String>,
    pub index: u16,
    /// Which party takes which operation; the first is the one that a bare name means for a hand-over.
    pub ports: Vec<(Operation, PartyId)>,
    /// The party that the timeline's `set` reaches.
    pub main: PartyId,
    /// Routes of an API, by index.
    pub routes: Vec<String>,
    /// Numbers that other rooms may need to know before they are built, by name.
    pub facts: IndexMap<&'static str, u64>,
    /// Services to which it sends on events as they are, each with the pattern of those events.
    pub forwards: Vec<(String, serde_json::Value)>,
}

impl Declared {
    /// Whether some party of the service takes the operation.
    pub fn takes(&self, operation: Operation) -> bool {
        self.ports.iter().any(|(known, _)| *known == operation)
    }
}

/// Collects names and parties before anything is built.
#[derive(Debug)]
pub struct Declarer {
    pub services: IndexMap<String, Declared>,
    parties: Vec<PartyPlan>,
    counted: u8,
}

impl Default for Declarer {
    fn default() -> Self {
        Self { services: IndexMap::new(), parties: Vec::new(), counted: 0 }
    }
}

impl Declarer {
    /// Opens a service; parties and ports declared next belong to it.
    pub fn service(&mut self, name: &str, kind: &'static str, context: Option<String>) {
        let index = self.services.len() as u16;
        let declared = Declared {
            name: name.to_string(),
            kind,
            context,
            index,
            ports: Vec::new(),
            main: 0,
            routes: Vec::new(),
            facts: IndexMap::new(),
            forwards: Vec::new(),
        };
        self.services.insert(name.to_string(), declared);
    }

    fn current(&mut self) -> &mut Declared {
        let last = self.services.len() - 1;
        &mut self.services[last]
    }

    /// Declares the party that is the service itself: the timeline acts on the calls it gets. `counted` parties draw by
    /// (journey, nth call of the journey), so that designs share their luck.
    pub fn main_party(&mut self, counted: bool) -> PartyId {
        let slot = (counted && (self.counted as usize) < super::journey::COUNTED_SERVICES_MAX).then_some(self.counted);
        self.counted += u8::from(slot.is_some());
        let party = self.push(true, slot);
        self.current().main = party;
        party
    }

    /// Declares a connection of the service.
    pub fn party(&mut self) -> PartyId {
        self.push(false, None)
    }

    fn push(&mut self, gate: bool, counted: Option<u8>) -> PartyId {
        let service = self.services.len() as u16 - 1;
        let name = &self.services[service as usize].name;
        // FNV-1a of the name: the draws of a service depend on what it is called, not on where it is listed.
        let key = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let place = self.parties.iter().filter(|plan| plan.service == service).count() as u32;
        self.parties.push(PartyPlan {
            service,
            key: key.wrapping_add(place.wrapping_mul(0x0001_0001)),
            gate,
            watched: false,
            counted,
        });
        self.parties.len() as PartyId - 1
    }

    /// Says that `party` takes `operation` for this service.
    pub fn port(&mut self, operation: Operation, party: PartyId) {
        self.current().ports.push((operation, party));
    }

    /// Names the routes of an API, by index.
    pub fn routes(&mut self, routes: Vec<String>) {
        self.current().routes = routes;
    }

    /// Publishes a number that other rooms may need to know.
    pub fn fact(&mut self, name: &'static str, value: u64) {
        self.current().facts.insert(name, value);
    }

    /// Says that events that match `pattern` are sent on to `target` as they are.
    pub fn forwards(&mut self, target: &str, pattern: serde_json::Value) {
        self.current().forwards.push((target.to_string(), pattern));
    }

    /// Number of parties so far.
    pub fn parties(&self) -> usize {
        self.parties.len()
    }
}

/// A number that the model needs and no source states.
#[derive(Clone, Copy, Debug)]
pub struct Assumption {
    /// `service type.what it is`, the key under which a scenario overrides it.
    pub name: &'static str,
    pub default: f64,
    pub unit: &'static str,
    pub low: f64,
    pub high: f64,
    pub why: &'static str,
}

/// Builds parties against declared names. Mistakes go to the diagnostics; building goes on.
pub struct Builder<'a> {
    pub world: World,
    pub declared: IndexMap<String, Declared>,
    pub diagnostics: &'a mut Diagnostics,
    /// Index of the service being built.
    pub service: u16,
    pub region: String,
    /// Overrides of assumptions and quotas by name.
    pub assumed: IndexMap<String, f64>,
    pub quotas: IndexMap<String, f64>,
    /// Assumptions and quotas that were asked for, used or not: overrides of other names are mistakes.
    pub assumptions: Vec<AssumptionUse>,
    /// With AWS's defaults.
    pub known_quotas: IndexMap<String, f64>,
    /// Who refers to whom, and with what.
    pub links: Links,
    account_limiters: IndexMap<String, LimiterId>,
    attributes: IndexMap<(u16, String), u64>,
}

impl<'a> Builder<'a> {
    /// A builder for what was declared.
    pub fn new(declarer: Declarer, streams: Streams, bounds: Bounds, region: &str, diagnostics: &'a mut Diagnostics) -> Self {
        let mut world = World::new(streams, bounds);
        world.parties = declarer.parties;
        world.journeys = Journeys::new(usize::from(declarer.counted));
        world.conditions = vec![Condition::NORMAL; declarer.services.len()];
        world.calls_for_journeys = vec![0; declarer.services.len()];
        world.service_names = declarer.services.keys().cloned().collect();
        Self {
            world,
            declared: declarer.services,
            diagnostics,
            service: 0,
            region: region.to_string(),
            assumed: IndexMap::new(),
            quotas: IndexMap::new(),
            assumptions: Vec::new(),
            known_quotas: IndexMap::new(),
            links: Links::default(),
            account_limiters: IndexMap::new(),
            attributes: IndexMap::new(),
        }
    }

    /// The service being built.
    pub fn current(&self) -> &Declared {
        &self.declared[self.service as usize]
    }

    /// Its name.
    pub fn name(&self) -> String {
        self.current().name.clone()
    }

    /// The party of the service being built that takes `operation`.
    ///
    /// # Panics
    /// When the room did not declare it: a mistake of the room.
    pub fn own(&self, operation: Operation) -> PartyId {
        let found = self.current().ports.iter().find(|(declared, _)| *declared == operation);
        found.map(|(_, party)| *party).expect("a room builds the ports it declared")
    }

    /// Finds the service that `name` refers to, by the first of the operations it takes; reports what is wrong.
    pub fn target(&mut self, name: &Spanned<String>, operations: &[Operation], purpose: &str) -> Option<(PartyId, Operation)> {
        let Some(found) = self.declared.get(name.value.as_str()) else {
            let names: Vec<&str> = self.declared.keys().map(String::as_str).collect();
            let hint = match suggest(&name.value, names.iter().copied()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("the services are {}", names.join(", ")),
            };
            let message = format!("no service is called `{}`", name.value);
            self.diagnostics.error(name.span, Code::UnknownReference, message).hint(hint);
            return None;
        };
        let hit = operations.iter().find_map(|wanted| found.ports.iter().find(|(operation, _)| operation == wanted));
        if hit.is_none() {
            let message = format!("`{}` is of type `{}` and cannot be {purpose}", name.value, found.kind);
            let takes = |declared: &&Declared| declared.ports.iter().any(|(operation, _)| operations.contains(operation));
            let others: Vec<&str> = self.declared.values().filter(takes).map(|declared| declared.name.as_str()).collect();
            let hint = if others.is_empty() {
                "no service of this scenario can".to_string()
            } else {
                format!("these can: {}", others.join(", "))
            };
            self.diagnostics.error(name.span, Code::WrongReference, message).hint(hint);
        }
        let hit = hit.map(|(operation, party)| (*party, *operation));
        if let Some((_, operation)) = hit {
            let link = Reference { from: self.service, to: found.index, operation };
            self.links.references.push(link);
        }
        hit
    }

    /// Says that this service sends events of this source and detail type to a bus; `None` if that is not known beforehand.
    pub fn emits(&mut self, bus: PartyId, event: Option<(&str, &str)>) {
        let bus = self.service_of(bus);
        self.links.emits(self.service, bus, event);
    }

    /// As [`Builder::target`], as a destination of a hand-over.
    pub fn destination(
        &mut self,
        name: &Spanned<String>,
        operations: &[Operation],
        purpose: &str,
    ) -> Option<hand_over::Destination> {
        let (party, operation) = self.target(name, operations, purpose)?;
        Some(hand_over::Destination { party, operation, site: 0 })
    }

    /// Reports what is wrong with an event pattern or filter policy, each mistake where it was written.
    pub fn pattern_errors(&mut self, written: &Raw, problems: Vec<PatternError>) {
        for problem in problems {
            let way: Vec<String> = problem.path.iter().map(Segment::text).collect();
            let span = written.span_of(way.iter().map(String::as_str));
            self.diagnostics.error(span, Code::BadPattern, problem.message).hint(problem.hint);
        }
    }

    /// A mistake in the scenario.
    pub fn error(&mut self, span: Span, code: Code, message: impl Into<String>) {
        self.diagnostics.error(span, code, message);
    }

    /// The index of a call site with these parameters.
    pub fn site(&mut self, parameters: Parameters) -> u32 {
        if let Some(index) = self.world.sites.iter().position(|known| *known == parameters) {
            return index as u32;
        }
        self.world.sites.push(parameters);
        self.world.sites.len() as u32 - 1
    }

    /// A counter of this service.
    pub fn counter(&mut self, name: &'static str) -> CounterId {
        self.world.metrics.counter(self.service, name, None)
    }

    /// A counter of this service that also has a time series.
    pub fn counter_series(&mut self, name: &'static str, kind: SeriesKind) -> CounterId {
        self.world.metrics.counter(self.service, name, Some(kind))
    }

    /// A level of this service.
    pub fn level(&mut self, name: &'static str, kind: Option<SeriesKind>) -> LevelId {
        self.world.metrics.level(self.service, name, kind)
    }

    /// A timing of this service.
    pub fn timing(&mut self, name: &'static str) -> TimingId {
        self.world.metrics.timing(self.service, name)
    }

    /// Declares that what `came` has `left` or is `held`, at any time.
    pub fn balance(&mut self, what: &'static str, came: &[CounterId], left: &[CounterId], held: &[LevelId]) {
        self.push_balance(what, came, left, held, false);
    }

    /// Declares that what one party of this service sends is what another has received.
    pub fn balance_between(&mut self, what: &'static str, sent: &[CounterId], received: &[CounterId]) {
        self.push_balance(what, sent, received, &[], true);
    }

    fn push_balance(&mut self, what: &'static str, came: &[CounterId], left: &[CounterId], held: &[LevelId], between: bool) {
        let (came, left, held) = (came.to_vec(), left.to_vec(), held.to_vec());
        self.world.metrics.books.balances.push(Balance { service: self.service, what, came, left, held, between });
    }

    /// Declares that the area below the levels is the sum of the times that are noted with [`super::Context::spend`].
    pub fn law(&mut self, what: &'static str, levels: &[LevelId]) -> LawId {
        let laws = &mut self.world.metrics.books.laws;
        laws.push(Law { service: self.service, what, levels: levels.to_vec(), spent: 0 });
        LawId(laws.len() as u32 - 1)
    }

    /// A billed dimension of this service; quantities are counted in units of 1/`divisor`.
    pub fn meter(&mut self, sku: &'static str, divisor: u64) -> MeterId {
        self.world.ledger.register(self.service, sku, divisor)
    }

    /// A limiter of this service.
    pub fn limiter(&mut self, name: &str, unit: &str, kind: LimiterKind, adjustable: bool) -> LimiterId {
        let service = self.name();
        self.push_limiter(LimiterPlan { service, name: name.to_string(), unit: unit.to_string(), kind, adjustable })
    }

    /// A limiter that all services of the account share; the first to ask makes it.
    pub fn account_limiter(&mut self, name: &str, unit: &str, kind: LimiterKind, adjustable: bool) -> LimiterId {
        if let Some(id) = self.account_limiters.get(name) {
            return *id;
        }
        let plan =
            LimiterPlan { service: "account".to_string(), name: name.to_string(), unit: unit.to_string(), kind, adjustable };
        let id = self.push_limiter(plan);
        self.account_limiters.insert(name.to_string(), id);
        id
    }

    fn push_limiter(&mut self, plan: LimiterPlan) -> LimiterId {
        self.world.limiters.push(Limiter::new(plan));
        LimiterId(self.world.limiters.len() as u32 - 1)
    }

    /// The value of an account quota: the scenario's, or AWS's default.
    pub fn quota(&mut self, name: &str, default: f64) -> f64 {
        if !self.known_quotas.contains_key(name) {
            self.known_quotas.insert(name.to_string(), default);
        }
        self.quotas.get(name).copied().unwrap_or(default)
    }

    /// The value of an assumption: the scenario's, or its default. Its use is reported.
    pub fn assume(&mut self, assumption: &Assumption) -> f64 {
        let value = self.assumed.get(assumption.name).copied().unwrap_or(assumption.default);
        let service = self.name();
        if let Some(known) = self.assumptions.iter_mut().find(|known| known.name == assumption.name) {
            if !known.services.contains(&service) {
                known.services.push(service);
            }
            return value;
        }
        let unit = if assumption.unit.is_empty() { String::new() } else { format!(" {}", assumption.unit) };
        self.assumptions.push(AssumptionUse {
            name: assumption.name.to_string(),
            value: format!("{value}{unit}"),
            range: format!("{} to {}{unit}", assumption.low, assumption.high),
            why: assumption.why.to_string(),
            services: vec![service],
            numbers: AssumptionNumbers {
                value,
                low: assumption.low,
                high: assumption.high,
                unit: assumption.unit,
                set: self.assumed.contains_key(assumption.name),
            },
        });
        value
    }

    /// As [`Builder::assume`], for an assumption in seconds, as virtual time.
    pub fn assume_time(&mut self, assumption: &Assumption) -> Time {
        (self.assume(assumption) * crate::kernel::SECOND as f64) as Time
    }

    /// A lognormal latency whose median and 99th percentile are assumptions in milliseconds.
    pub fn assume_latency(&mut self, median: &Assumption, p99: &Assumption) -> Sampler {
        let (median, p99) = (self.assume(median) * 1e6, self.assume(p99) * 1e6);
        if median <= 0.0 {
            return Sampler::constant(0);
        }
        Sampler::lognormal(median, p99.max(median)).unwrap_or_else(|_| Sampler::constant(median as Time))
    }

    /// The bit of a mark that this service makes, registered when it is new.
    pub fn makes_mark(&mut self, name: &Spanned<String>) -> Option<u32> {
        let mark = self.mark(name)?;
        let made = (self.service, mark);
        if !self.world.marks_made.contains(&made) {
            self.world.marks_made.push(made);
        }
        Some(mark)
    }

    /// The bit of a mark, registered when it is new.
    pub fn mark(&mut self, name: &Spanned<String>) -> Option<u32> {
        if let Some(bit) = self.world.mark_names.iter().position(|known| *known == name.value) {
            return Some(bit as u32);
        }
        if self.world.mark_names.len() >= 64 {
            self.diagnostics.error(name.span, Code::OutOfRange, "a scenario has at most 57 marks of its own");
            return None;
        }
        self.world.mark_names.push(name.value.clone());
        Some(self.world.mark_names.len() as u32 - 1)
    }

    /// The bit of an attribute of a table's journey-keyed items.
    pub fn attribute(&mut self, table: PartyId, name: &Spanned<String>) -> Option<u64> {
        let service = self.world.parties[table as usize].service;
        if let Some(bit) = self.attributes.get(&(service, name.value.clone())) {
            return Some(*bit);
        }
        if self.attributes.len() >= 64 {
            self.diagnostics.error(name.span, Code::OutOfRange, "a scenario has at most 64 item attributes");
            return None;
        }
        let bit = 1_u64 << self.attributes.len();
        self.attributes.insert((service, name.value.clone()), bit);
        Some(bit)
    }

    /// The index of an error name.
    pub fn error_name(&mut self, name: &str) -> ErrorId {
        if let Some(index) = self.world.error_names.iter().position(|known| known == name) {
            return index as ErrorId;
        }
        self.world.error_names.push(name.to_string());
        self.world.error_names.len() as ErrorId - 1
    }

    /// A fresh evaluator index.
    pub fn memo(&mut self) -> MemoId {
        self.world.contents.memo()
    }

    /// The index of the service a party acts for.
    pub fn service_of(&self, party: PartyId) -> u16 {
        self.world.parties[party as usize].service
    }

    /// Probes of a hand-over of this service, named after what waits in it.
    pub fn hand_over_probes(&mut self) -> hand_over::Probes {
        let waiting = self.level("hand_over_waiting", Some(SeriesKind::Backlog));
        let probes = hand_over::Probes {
            waiting,
            accepted: self.counter("hand_over_accepted"),
            attempts: self.counter("hand_over_attempts"),
            retries: self.counter("hand_over_retries"),
            delivered: self.counter("hand_over_delivered"),
            dead_lettered: self.counter("hand_over_dead_lettered"),
            discarded: self.counter("hand_over_discarded"),
            expired: self.counter("hand_over_expired"),
            destination_failures: self.counter("hand_over_destination_failures"),
            age: self.timing("hand_over_age_ms"),
            time: self.law("events handed over", &[waiting]),
        };
        let ways = [probes.delivered, probes.dead_lettered, probes.discarded];
        self.balance("events handed over", &[probes.accepted], &ways, &[waiting]);
        probes
    }

    /// Probes of the mapping by which this service is connected to a queue.
    pub fn poller_probes(&mut self, queue: PartyId) -> poller::Probes {
        self.world.metrics.connection = Some(self.service_of(queue));
        let probes = poller::Probes {
            pollers: self.level("pollers", None),
            received: self.counter("poller_records_received"),
            held: self.level("poller_records_held", None),
            batches: self.counter("poller_batches"),
            records: self.counter("poller_records"),
            filtered: self.counter("poller_filtered"),
            throttled: self.counter("poller_throttled"),
            failed_batches: self.counter("poller_failed_batches"),
            failed_records: self.counter("poller_failed_records"),
            given_up: self.counter("poller_given_up"),
        };
        let ways = [probes.records, probes.filtered, probes.failed_records, probes.given_up];
        self.world.metrics.connection = None;
        self.balance("records polled", &[probes.received], &ways, &[probes.held]);
        probes
    }
}
