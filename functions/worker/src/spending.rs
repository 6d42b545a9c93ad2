//! What an attempt has spent, and what it may spend.
//!
//! Before each call, the budgets of the day must hold the most that the call can cost. When the attempt has ended, however
//! it ended, what was reserved is replaced by what was spent. A call that ends without the counts of its end keeps its
//! reservation, because hidden thinking is billed too. If the worker dies, all of its reservations stay.

use domain::{
    budget,
    error_chain::ErrorChain,
    job::{Job, failure::Failure, policy::MAX_PAID_CALLS, result::Usage},
};
use futures_util::future::BoxFuture;
use jiff::{Timestamp, civil::Date};
use store::{
    StoreError,
    spending::{Reserved, Settlement},
};

use crate::{outcome::AttemptError, state::State};

pub(crate) struct Spending {
    /// What all calls of this attempt have cost so far.
    pub(crate) spent: Usage,
    /// Calls of earlier attempts that are billed, or may be.
    paid_before: u32,
    /// Reserved for this attempt, in millionths of a US dollar.
    reserved: u64,
    /// What calls may have cost beyond what they have reported, in millionths of a US dollar.
    unreported: u64,
    /// The call that is being made.
    open: Option<OpenCall>,
    /// The reservation that is being made. It is kept here, because the work that waits for it may be dropped, and the
    /// reservation is made all the same.
    reserving: Option<Reserving>,
    /// The day whose budgets the attempt uses.
    day: Date,
}

struct Reserving {
    /// In millionths of a US dollar.
    amount: u64,
    answer: BoxFuture<'static, Result<Reserved, StoreError>>,
}

/// A call whose cost is not known yet, in millionths of a US dollar.
#[derive(Clone, Copy)]
struct OpenCall {
    /// What the attempt had cost before.
    spent_before: u64,
    /// The most that the call can cost.
    most: u64,
}

impl Spending {
    pub(crate) fn new(job: &Job, now: Timestamp) -> Self {
        let known = job.usage.total().unwrap_or_default().paid_calls;
        // A worker that died may not have reported its call.
        let paid_before = known.max(job.attempt.saturating_sub(1));
        Self {
            spent: Usage::default(),
            paid_before,
            reserved: 0,
            unreported: 0,
            open: None,
            reserving: None,
            day: budget::day_of(now),
        }
    }

    /// Whether the job may make one more call that is billed.
    pub(crate) const fn may_pay(&self) -> bool {
        self.paid_before + self.spent.paid_calls < MAX_PAID_CALLS
    }

    /// The call will tell all of its cost, or was surely free.
    pub(crate) const fn close_call(&mut self) {
        self.open = None;
    }

    /// The call has ended without the counts of its end.
    pub(crate) const fn close_uncounted_call(&mut self) {
        if let Some(OpenCall { spent_before, most }) = self.open.take() {
            let reported = self.spent.cost_micro_usd.saturating_sub(spent_before);
            self.unreported = self.unreported.saturating_add(most.saturating_sub(reported));
        }
    }

    /// Opens a call, and reserves the most that it can cost, in millionths of a US dollar. What earlier calls of this attempt
    /// have left of their reservations is used first.
    pub(crate) async fn open_call(&mut self, state: &State, job: &Job, most: u64) -> Result<(), AttemptError> {
        let known = self.spent.cost_micro_usd.saturating_add(self.unreported);
        let missing = known.saturating_add(most).saturating_sub(self.reserved);
        if missing > 0 && !state.config.budgets.are_off() {
            self.begin_reservation(state, job, missing);
            match self.end_reservation().await {
                Ok(Reserved::Granted) => {}
                Ok(Reserved::Denied) => {
                    tracing::warn!(most_micro_usd = most, "the budget of the day does not hold the next call");
                    return Err(AttemptError::Permanent(Failure::budget_exceeded()));
                }
                Err(error) => {
                    tracing::error!(error = %ErrorChain(&error), "nothing was reserved from the budget");
                    return Err(AttemptError::Retryable { wait: None, detail: Some("The budget could not be read.") });
                }
            }
        }
        self.open = Some(OpenCall { spent_before: self.spent.cost_micro_usd, most });
        Ok(())
    }

    fn begin_reservation(&mut self, state: &State, job: &Job, amount: u64) {
        let (store, user, day, budgets) = (state.store.clone(), job.user.clone(), self.day, state.config.budgets);
        let answer = Box::pin(async move { store.reserve(&user, day, amount, budgets).await });
        self.reserving = Some(Reserving { amount, answer });
    }

    /// Waits for the answer. If this is dropped, the next call waits for the same answer.
    async fn end_reservation(&mut self) -> Result<Reserved, StoreError> {
        let Some(reserving) = &mut self.reserving else { return Ok(Reserved::Granted) };
        let answer = reserving.answer.as_mut().await;
        if matches!(answer, Ok(Reserved::Granted)) {
            self.reserved += reserving.amount;
        }
        self.reserving = None;
        answer
    }

    /// Replaces what was reserved by what was spent. `spent` is what the attempt has cost, also if its work was dropped.
    pub(crate) async fn settle(&mut self, state: &State, job: &Job, spent: Usage) {
        self.close_uncounted_call();
        if let Err(error) = self.end_reservation().await {
            tracing::warn!(error = %ErrorChain(&error), "it is not known whether the last reservation was made");
        }
        if self.reserved == 0 && spent == Usage::default() {
            return;
        }
        let settlement = Settlement {
            day: self.day,
            reserved: self.reserved.saturating_sub(self.unreported),
            job_type: job.job_type,
            model: &state.config.model.model,
            spent,
        };
        if let Err(error) = state.store.settle(&job.user, &settlement, state.config.budgets).await {
            tracing::warn!(error = %ErrorChain(&error), ?spent, "spending was not settled, so its reservation stays");
        }
    }
}
