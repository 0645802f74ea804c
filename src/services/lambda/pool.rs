//! The execution environments of one function: created, reused, kept while idle, replaced when old.

use crate::fabric::deadline::Deadlines;
use crate::fabric::metric::LevelId;
use crate::fabric::{Context, Luck};
use crate::kernel::{Draw, SECOND, Sampler, Slab, Time};

use super::config::Reuse;
use super::events::TIMER_KEEP_ALIVE;
use super::idle::Idle;

/// Initialisation that takes longer is abandoned and run again inside the first invocation, under its time-out. Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>, read 2026-11-23.
const INIT_MAX: Time = 10 * SECOND;
/// Tokens of the retry quota of the SDK client that an environment holds. Source:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>, read 2026-11-23.
const RETRY_TOKENS: u16 = 500;

/// One environment. It serves one invocation at a time.
#[derive(Clone, Copy, Debug)]
struct Environment {
    /// Counts the environments of the function; keys its luck, which belongs to no journey.
    ordinal: u32,
    /// Number of the release that made it idle last; tells keep-alive timers of earlier idle times apart.
    released: u32,
    dies_at: Time,
    idle: bool,
    /// The next invocation has to initialise it first.
    needs_init: bool,
    /// Times it was reset; each initialisation has its own luck.
    resets: u16,
    /// Nothing has run in it since it was initialised.
    fresh: bool,
    retry_tokens: u16,
}

const _: () = assert!(size_of::<Environment>() == 24);

/// What a new environment costs in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ColdStart {
    /// Until the invocation can begin.
    pub delay: Time,
    /// The part of it that is billed.
    pub init: Time,
}

/// The distributions behind cold starts.
#[derive(Clone, Debug)]
pub(super) struct Durations {
    pub platform: Sampler,
    pub runtime_init: Sampler,
    pub own_init: Sampler,
    pub first_run: Sampler,
    /// How old an environment may become; `None` sets no maximum.
    pub age: Option<Sampler>,
}

/// All environments.
#[derive(Debug)]
pub(super) struct Pool {
    durations: Durations,
    level: LevelId,
    environments: Slab<Environment>,
    idle: Idle,
    keep_alive: Deadlines,
    created: u32,
    released: u32,
}

impl Pool {
    pub(super) fn new(durations: Durations, reuse: Reuse, keep_alive: Time, level: LevelId) -> Self {
        Self {
            durations,
            level,
            environments: Slab::default(),
            idle: Idle::new(reuse),
            keep_alive: Deadlines::new(keep_alive),
            created: 0,
            released: 0,
        }
    }

    /// An idle environment that is not too old, if there is one.
    pub(super) fn take(&mut self, context: &mut Context) -> Option<u32> {
        let now = context.now();
        loop {
            let environments = &self.environments;
            let index = self.idle.take(|ordinal, index| is_idle(environments, ordinal, index))?;
            self.environments[index].idle = false;
            let environments = &self.environments;
            self.keep_alive.end(|key, released| is_idle_since(environments, key, released));
            if now < self.environments[index].dies_at {
                return Some(index);
            }
            self.destroy(context, index);
        }
    }

    /// Environments that are warm when the run begins: idle from now on, and of age zero.
    pub(super) fn warm(&mut self, context: &mut Context, count: u64) {
        for _ in 0..count {
            let environment = Environment { fresh: false, ..self.environment(context) };
            let index = self.environments.insert(environment);
            self.release(context, index);
        }
    }

    /// A new environment, with its age at death drawn.
    fn environment(&mut self, context: &mut Context) -> Environment {
        let ordinal = self.created;
        self.created += 1;
        context.raise(self.level, 1);
        let age = self.durations.age.as_ref().map_or(Time::MAX, |age| age.sample(context.draw(Luck::Age, u64::from(ordinal), 0)));
        Environment {
            ordinal,
            dies_at: context.now().saturating_add(age),
            released: 0,
            idle: false,
            needs_init: false,
            resets: 0,
            fresh: true,
            retry_tokens: RETRY_TOKENS,
        }
    }

    /// Creates an environment for an invocation that found none.
    pub(super) fn create(&mut self, context: &mut Context) -> (u32, ColdStart) {
        let mut environment = self.environment(context);
        let platform = context.sample(&self.durations.platform, context.draw(Luck::Platform, u64::from(environment.ordinal), 0));
        let init = self.init(context, &environment);
        environment.needs_init = init > INIT_MAX;
        let cold_start = if environment.needs_init {
            ColdStart { delay: platform + INIT_MAX, init: 0 }
        } else {
            ColdStart { delay: platform + init, init }
        };
        (self.environments.insert(environment), cold_start)
    }

    fn draw(context: &Context, environment: &Environment) -> Draw {
        context.draw(Luck::Initialise, u64::from(environment.ordinal), u64::from(environment.resets))
    }

    fn init(&self, context: &Context, environment: &Environment) -> Time {
        let draw = Self::draw(context, environment);
        context.sample(&self.durations.runtime_init, draw) + context.sample(&self.durations.own_init, draw.derive(1))
    }

    /// Time that the invocation which now begins loses before its handler does: an initialisation inside the invocation, and
    /// what a first run takes longer.
    pub(super) fn begin(&self, context: &Context, index: u32) -> Time {
        let environment = &self.environments[index];
        let init = if environment.needs_init { self.init(context, environment) } else { 0 };
        if !environment.fresh {
            return init;
        }
        init + context.sample(&self.durations.first_run, Self::draw(context, environment).derive(2))
    }

    /// The handler runs: what came before it is done with.
    pub(super) fn runs(&mut self, index: u32) {
        self.environments[index].needs_init = false;
        self.environments[index].fresh = false;
    }

    /// A time-out killed what ran in the environment: the next invocation initialises it again.
    pub(super) fn reset(&mut self, index: u32) {
        let environment = &mut self.environments[index];
        environment.needs_init = true;
        environment.resets = environment.resets.wrapping_add(1);
        environment.fresh = true;
        environment.retry_tokens = RETRY_TOKENS;
    }

    /// An invocation has ended: the environment is idle, or goes if it is too old.
    pub(super) fn release(&mut self, context: &mut Context, index: u32) {
        let now = context.now();
        if now >= self.environments[index].dies_at {
            return self.destroy(context, index);
        }
        self.released = self.released.wrapping_add(1);
        let environment = &mut self.environments[index];
        environment.idle = true;
        environment.released = self.released;
        self.idle.add(environment.ordinal, index);
        if let Some(delay) = self.keep_alive.set(now, index, self.released) {
            context.timer(delay, TIMER_KEEP_ALIVE, 0);
        }
    }

    /// The keep-alive timer of the pool went off: environments that have been idle for so long go.
    pub(super) fn expire(&mut self, context: &mut Context) {
        let now = context.now();
        while let Some((index, released)) = self.keep_alive.due(now) {
            if !is_idle_since(&self.environments, index, released) {
                continue;
            }
            self.destroy(context, index);
            let environments = &self.environments;
            self.idle.first_is_gone(|ordinal, index| is_idle(environments, ordinal, index));
        }
        if let Some(delay) = self.keep_alive.rearm(now) {
            context.timer(delay, TIMER_KEEP_ALIVE, 0);
        }
    }

    fn destroy(&mut self, context: &mut Context, index: u32) {
        self.environments.remove(index);
        context.lower(self.level, 1);
    }

    /// Whether the client in the environment can pay for a retry; it then has.
    pub(super) fn take_tokens(&mut self, index: u32, cost: u32) -> bool {
        let tokens = &mut self.environments[index].retry_tokens;
        let affordable = u32::from(*tokens) >= cost;
        if affordable {
            *tokens -= cost as u16;
        }
        affordable
    }

    /// A call succeeded: the client gets back what its last retry cost, or one token after none.
    pub(super) fn refund_tokens(&mut self, index: u32, spent: u32) {
        let tokens = &mut self.environments[index].retry_tokens;
        *tokens = (u32::from(*tokens) + spent.max(1)).min(u32::from(RETRY_TOKENS)) as u16;
    }
}

fn is_idle(environments: &Slab<Environment>, ordinal: u32, index: u32) -> bool {
    environments.get(index).is_some_and(|environment| environment.idle && environment.ordinal == ordinal)
}

fn is_idle_since(environments: &Slab<Environment>, index: u32, released: u32) -> bool {
    environments.get(index).is_some_and(|environment| environment.idle && environment.released == released)
}
