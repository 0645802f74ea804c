//! What stands at the ends of a trial: a party that makes planned calls and answers those it gets.

use std::cell::RefCell;
use std::rc::Rc;

use crate::fabric::batch::Record;
use crate::fabric::{CallId, ContentId, Context, JourneyRef, NONE, Operation, PartyId, Reply, Request, Service};
use crate::kernel::Time;

/// How a stub answers: the reply and the time until it is heard; nothing leaves the call open for [`super::Trial::answer`].
pub type Answer = Box<dyn FnMut(&mut Context, CallId) -> Option<(Reply, Time)>>;

/// A call that a stub got.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub at: Time,
    pub call: CallId,
    pub operation: Operation,
    pub journey: JourneyRef,
    pub size: u32,
    pub content: ContentId,
    /// Copies of the records of its batch, if it has one.
    pub records: Vec<Record>,
}

/// What one script planned and heard.
#[derive(Default)]
pub(super) struct Notes {
    pub planned: Vec<Planned>,
    pub arrivals: Vec<Arrival>,
}

pub(super) struct Planned {
    pub callee: PartyId,
    pub request: Request,
    pub opens_journey: bool,
    pub call: CallId,
    pub heard: Option<(Time, Reply)>,
}

/// A party that makes planned calls and answers those it gets.
pub struct Script {
    pub(super) notes: Rc<RefCell<Notes>>,
    pub(super) answer: Answer,
}

pub(super) const TIMER_CALL: u16 = 0;

impl Service for Script {
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        let got = *context.get(call);
        let records = if got.batch == NONE { Vec::new() } else { context.batch(got.batch).records.clone() };
        self.notes.borrow_mut().arrivals.push(Arrival {
            at: context.now(),
            call,
            operation: got.operation,
            journey: got.journey,
            size: got.size,
            content: got.content,
            records,
        });
        if let Some((reply, after)) = (self.answer)(context, call) {
            context.reply(call, reply, after);
        }
    }

    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        self.notes.borrow_mut().planned[token as usize].heard = Some((context.now(), reply));
    }

    fn timer(&mut self, context: &mut Context, _timer: u16, argument: u32) {
        let mut notes = self.notes.borrow_mut();
        let planned = &mut notes.planned[argument as usize];
        if planned.opens_journey {
            let (journey, path) = context.open_journey(0, u64::from(argument), true);
            planned.request.journey = journey;
            planned.request.path = path;
        }
        planned.call = context.call(planned.callee, planned.request, argument);
    }
}

impl Service for Box<dyn Service> {
    fn start(&mut self, context: &mut Context) {
        (**self).start(context);
    }
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        (**self).arrive(context, call);
    }
    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        (**self).reply(context, token, reply);
    }
    fn timer(&mut self, context: &mut Context, timer: u16, argument: u32) {
        (**self).timer(context, timer, argument);
    }
    fn set(&mut self, context: &mut Context, key: &str, value: f64) {
        (**self).set(context, key, value);
    }
    fn finish(&mut self, context: &mut Context) {
        (**self).finish(context);
    }
}

/// Stands where building failed.
pub(super) struct Vacant;

impl Service for Vacant {
    fn arrive(&mut self, _context: &mut Context, _call: CallId) {}
    fn reply(&mut self, _context: &mut Context, _token: u32, _reply: Reply) {}
    fn timer(&mut self, _context: &mut Context, _timer: u16, _argument: u32) {}
}
