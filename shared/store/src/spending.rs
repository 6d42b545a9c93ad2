//! What is spent on Claude: one item for each user and day, and one for each day of the whole service.
//!
//! An item has one number that counts against the budget: what is spent and what is reserved. A reservation adds to it only
//! if the budget holds the sum. A settlement replaces reservations by what was spent. A settlement is tried once: if its
//! response is lost, repeating it could count it twice, and not repeating it leaves the reservation. So errors never make
//! room in a budget.
//!
//! The item of a user also has the tokens and the cost by type of job and model.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    config::{Builder, retry::RetryConfig},
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::AttributeValue,
};
use domain::{
    budget::{self, Budgets, Committed},
    ids::UserId,
    job::{result::Usage, status::JobType},
};
use jiff::{Timestamp, civil::Date};

use crate::{
    Store, StoreError,
    error::sdk,
    table::{
        item::{FORMAT, FORMAT_ATTRIBUTE, Item, check_format, sort_key, text},
        keys,
    },
};

/// What is spent and reserved, in millionths of a US dollar.
const COMMITTED: &str = "committed";
/// How long the spending of a day is kept.
pub const RETENTION_SECONDS: i64 = 400 * 24 * 3_600;

/// What a user has spent in a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaySpending {
    pub day: Date,
    /// By type of job and model id.
    pub rows: BTreeMap<(JobType, String), Usage>,
}

/// The answer to a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    Granted,
    /// The budget of the user or of the service does not hold it. Nothing was reserved.
    Denied,
}

/// What an attempt has spent, and what was reserved for it.
#[derive(Clone, Debug)]
pub struct Settlement<'a> {
    pub day: Date,
    /// In millionths of a US dollar.
    pub reserved: u64,
    pub job_type: JobType,
    pub model: &'a str,
    pub spent: Usage,
}

impl Store {
    /// Reserves `amount`, in millionths of a US dollar, from the budgets of a day.
    pub async fn reserve(
        &self,
        user: &UserId,
        day: Date,
        amount: u64,
        budgets: Budgets,
    ) -> Result<Reserved, StoreError> {
        let (of_user, of_service) = (spending_key(Some(user), day), spending_key(None, day));
        let (by_user, by_service) = tokio::try_join!(
            self.reserve_from(of_user.clone(), day, amount, budgets.user),
            self.reserve_from(of_service.clone(), day, amount, budgets.service)
        )?;
        if by_user == Reserved::Granted && by_service == Reserved::Granted {
            return Ok(Reserved::Granted);
        }
        for (item, answer, budget) in [(of_user, by_user, budgets.user), (of_service, by_service, budgets.service)] {
            if answer == Reserved::Granted && budget.is_some() {
                self.add(item, day, 0, amount).send_once().await?;
            }
        }
        Ok(Reserved::Denied)
    }

    async fn reserve_from(
        &self,
        item: Item,
        day: Date,
        amount: u64,
        budget: Option<u64>,
    ) -> Result<Reserved, StoreError> {
        let Some(budget) = budget else { return Ok(Reserved::Granted) };
        let Some(most_before) = budget.checked_sub(amount) else { return Ok(Reserved::Denied) };
        let update = self
            .add(item, day, amount, 0)
            .0
            .condition_expression("attribute_not_exists(#committed) OR #committed <= :most")
            .expression_attribute_values(":most", number(most_before));
        match update.send().await {
            Ok(_) => Ok(Reserved::Granted),
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(Reserved::Denied)
            }
            Err(error) => Err(sdk(error)),
        }
    }

    /// Replaces what was reserved by what was spent, and counts the tokens for the user.
    pub async fn settle(&self, user: &UserId, settlement: &Settlement<'_>, budgets: Budgets) -> Result<(), StoreError> {
        let Settlement { day, reserved, job_type, model, spent } = settlement;
        let reserved_from = |budget: Option<u64>| if budget.is_some() { *reserved } else { 0 };
        let mut of_user =
            self.add(spending_key(Some(user), *day), *day, spent.cost_micro_usd, reserved_from(budgets.user));
        let mut sums = Vec::new();
        for (index, (field, count)) in counts(*spent).into_iter().enumerate().filter(|(_, (_, count))| *count > 0) {
            of_user.0 = of_user
                .0
                .expression_attribute_names(format!("#c{index}"), format!("{job_type}#{model}#{field}"))
                .expression_attribute_values(format!(":c{index}"), number(count));
            sums.push(format!("#c{index} :c{index}"));
        }
        of_user.1.extend(sums);
        let of_service = async {
            match budgets.service {
                Some(_) => self.add(spending_key(None, *day), *day, spent.cost_micro_usd, *reserved).send_once().await,
                None => Ok(()),
            }
        };
        tokio::try_join!(of_user.send_once(), of_service)?;
        Ok(())
    }

    /// What a user has spent from `from` to `until`, both included. Days without spending are left out.
    pub async fn spending(&self, user: &UserId, from: Date, until: Date) -> Result<Vec<DaySpending>, StoreError> {
        let range = keys::spending_day(from)..=keys::spending_day(until);
        let mut pages = self.range(user, range).into_paginator().send();
        let mut days = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(sdk)?;
            self.meter.add(page.consumed_capacity());
            for item in page.items.unwrap_or_default() {
                days.extend(read_day(&item)?);
            }
        }
        Ok(days)
    }

    /// What is spent and reserved on the day of `now`.
    pub async fn committed(&self, user: &UserId, now: Timestamp) -> Result<Committed, StoreError> {
        let day = budget::day_of(now);
        let found = self.get_all(vec![spending_key(Some(user), day), spending_key(None, day)]).await?;
        Ok(sum_committed(&found))
    }

    /// An update that adds `plus` to what is committed and subtracts `minus`.
    fn add(&self, key: Item, day: Date, plus: u64, minus: u64) -> Addition {
        let expires_at = budget::reset_at(day).as_second().saturating_add(RETENTION_SECONDS);
        let delta = i128::from(plus) - i128::from(minus);
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .expression_attribute_names("#committed", COMMITTED)
            .expression_attribute_names("#expires", keys::EXPIRES_AT)
            .expression_attribute_names("#format", FORMAT_ATTRIBUTE)
            .expression_attribute_values(":delta", AttributeValue::N(delta.to_string()))
            .expression_attribute_values(":expires", AttributeValue::N(expires_at.to_string()))
            .expression_attribute_values(":format", AttributeValue::N(FORMAT.to_string()));
        Addition(update, vec!["#committed :delta".to_owned()]).with_expression()
    }
}

/// An update, and the sums of its `ADD`.
struct Addition(UpdateItemFluentBuilder, Vec<String>);

impl Addition {
    fn with_expression(self) -> Self {
        let expression = format!("SET #expires = :expires, #format = :format ADD {}", self.1.join(", "));
        Self(self.0.update_expression(expression), self.1)
    }

    /// Sends the update without a retry, because a sum must not be added twice.
    async fn send_once(self) -> Result<(), StoreError> {
        let update = self.with_expression().0;
        update
            .customize()
            .config_override(Builder::new().retry_config(RetryConfig::disabled()))
            .send()
            .await
            .map_err(sdk)?;
        Ok(())
    }
}

/// The key of what a user, or without a user the service, has spent in a day.
pub(crate) fn spending_key(user: Option<&UserId>, day: Date) -> Item {
    let partition = user.map_or_else(|| keys::SERVICE.to_owned(), keys::owner);
    [(keys::PK.to_owned(), text(partition)), (keys::SK.to_owned(), text(keys::spending_day(day)))].into()
}

/// Adds up what the items of a user and of the service have committed.
pub(crate) fn sum_committed(items: &[Item]) -> Committed {
    let mut committed = Committed::default();
    for item in items {
        let amount = amount(item, COMMITTED);
        match item.get(keys::PK).and_then(|pk| pk.as_s().ok()).is_some_and(|pk| pk == keys::SERVICE) {
            true => committed.service = amount,
            false => committed.user = amount,
        }
    }
    committed
}

/// A number of an item, 0 if it is missing. What is committed may be below 0 only after a lost reservation.
fn amount(item: &Item, name: &str) -> u64 {
    item.get(name).and_then(|value| value.as_n().ok()?.parse().ok()).unwrap_or_default()
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The fields of a usage by the names of their attributes.
const fn counts(usage: Usage) -> [(&'static str, u64); 6] {
    [
        ("inputTokens", usage.input_tokens),
        ("outputTokens", usage.output_tokens),
        ("cacheReadInputTokens", usage.cache_read_input_tokens),
        ("cacheCreationInputTokens", usage.cache_creation_input_tokens),
        ("costMicroUsd", usage.cost_micro_usd),
        ("paidCalls", usage.paid_calls as u64),
    ]
}

/// `None`: the item is not the spending of a day.
pub(crate) fn read_day(item: &Item) -> Result<Option<DaySpending>, StoreError> {
    check_format(item)?;
    let day = sort_key(item).and_then(keys::day_of_spending);
    Ok(day.map(|day| DaySpending { day, rows: rows(item) }))
}

fn rows(item: &Item) -> BTreeMap<(JobType, String), Usage> {
    let mut rows: BTreeMap<(JobType, String), Usage> = BTreeMap::new();
    for name in item.keys() {
        let Some((job_type, rest)) = name.split_once('#') else { continue };
        let (Ok(job_type), Some((model, field))) = (job_type.parse::<JobType>(), rest.rsplit_once('#')) else {
            continue;
        };
        let usage = rows.entry((job_type, model.to_owned())).or_default();
        let count = amount(item, name);
        match field {
            "inputTokens" => usage.input_tokens = count,
            "outputTokens" => usage.output_tokens = count,
            "cacheReadInputTokens" => usage.cache_read_input_tokens = count,
            "cacheCreationInputTokens" => usage.cache_creation_input_tokens = count,
            "costMicroUsd" => usage.cost_micro_usd = count,
            "paidCalls" => usage.paid_calls = u32::try_from(count).unwrap_or(u32::MAX),
            _ => {}
        }
    }
    rows
}
