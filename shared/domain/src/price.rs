//! The price of tokens, from a table in the configuration.

use std::{collections::BTreeMap, ops::Add};

use serde::{Deserialize, Serialize};

use crate::job::result::Usage;

/// Tokens of one call, as Claude reported them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenCounts {
    /// Input tokens at the full price: neither read from the prompt cache nor written to it.
    pub input: u64,
    /// Output tokens, which include thinking tokens.
    pub output: u64,
    /// Input tokens read from the prompt cache.
    pub cache_read: u64,
    /// Input tokens written to the prompt cache for five minutes.
    pub cache_write_5m: u64,
    /// Input tokens written to the prompt cache for one hour.
    pub cache_write_1h: u64,
}

/// Prices of one model, in US dollars per million tokens. This equals millionths of a dollar per token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModelPrice {
    /// Price of input tokens outside of the prompt cache.
    pub input: f64,
    /// Price of output tokens, thinking included.
    pub output: f64,
    /// Price of tokens that are written to the prompt cache for five minutes.
    pub cache_write_5m: f64,
    /// Price of tokens that are written to the prompt cache for one hour.
    pub cache_write_1h: f64,
    /// Price of tokens that are read from the prompt cache.
    pub cache_read: f64,
    /// Surcharge for long prompts. `None` if the model has the same price for all lengths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long_prompt: Option<LongPrompt>,
}

/// A surcharge on the whole call if its prompt is long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LongPrompt {
    /// Prompts with more input tokens than this cost more. Cached tokens count as input tokens.
    pub above_tokens: u64,
    /// Multiplies the cost of the whole call, output included.
    pub factor: f64,
}

/// Prices by model id, as in the setting `CLAUDE_PRICES`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prices(pub BTreeMap<String, ModelPrice>);

impl Add for TokenCounts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            cache_write_5m: self.cache_write_5m.saturating_add(other.cache_write_5m),
            cache_write_1h: self.cache_write_1h.saturating_add(other.cache_write_1h),
        }
    }
}

impl Prices {
    /// Adds the cost to the token counts of one call. A model without a price costs 0, but the worker does not start if
    /// the configured model has no price.
    pub fn usage(&self, model: &str, tokens: TokenCounts) -> Usage {
        Usage {
            input_tokens: tokens.input,
            output_tokens: tokens.output,
            cache_read_input_tokens: tokens.cache_read,
            cache_creation_input_tokens: tokens.cache_write_5m.saturating_add(tokens.cache_write_1h),
            cost_micro_usd: self.0.get(model).map_or(0, |price| price.cost_micro_usd(tokens)),
            paid_calls: 0,
        }
    }
}

impl ModelPrice {
    /// A model that costs nothing.
    pub const fn free() -> Self {
        Self { input: 0.0, output: 0.0, cache_write_5m: 0.0, cache_write_1h: 0.0, cache_read: 0.0, long_prompt: None }
    }

    /// The most that a call can cost, in millionths of a US dollar: all input written to the prompt cache, where it stays
    /// for five minutes, and all output tokens that are allowed.
    pub fn most_micro_usd(&self, input_tokens: u64, output_tokens: u64) -> u64 {
        let dearest = self.input.max(self.cache_write_5m);
        let price = Self { input: dearest, ..self.clone() };
        price.cost_micro_usd(TokenCounts { input: input_tokens, output: output_tokens, ..TokenCounts::default() })
    }

    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "token counts are far below 2^52 and prices are not negative"
    )]
    pub(crate) fn cost_micro_usd(&self, tokens: TokenCounts) -> u64 {
        let cached = [tokens.cache_read, tokens.cache_write_5m, tokens.cache_write_1h];
        let prompt = cached.into_iter().fold(tokens.input, u64::saturating_add);
        let factor = match &self.long_prompt {
            Some(long) if prompt > long.above_tokens => long.factor,
            _ => 1.0,
        };
        let cost = tokens.input as f64 * self.input
            + tokens.output as f64 * self.output
            + tokens.cache_read as f64 * self.cache_read
            + tokens.cache_write_5m as f64 * self.cache_write_5m
            + tokens.cache_write_1h as f64 * self.cache_write_1h;
        (cost * factor).round().max(0.0) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_the_sum_over_kinds_of_tokens_times_the_surcharge() {
        let price = ModelPrice {
            input: 0.10,
            output: 0.50,
            cache_write_5m: 0.125,
            cache_write_1h: 0.20,
            cache_read: 0.01,
            long_prompt: Some(LongPrompt { above_tokens: 100_000, factor: 5.0 }),
        };
        let prices = Prices([("small".to_owned(), price)].into());
        let tokens =
            TokenCounts { input: 1_000, output: 1_000, cache_read: 10_000, cache_write_5m: 800, cache_write_1h: 0 };
        assert_eq!(prices.usage("small", tokens).cost_micro_usd, 100 + 500 + 100 + 100);
        let long = TokenCounts { input: 100_001, ..TokenCounts::default() };
        assert_eq!(prices.usage("small", long).cost_micro_usd, 50_001);
        assert_eq!(prices.usage("unknown", tokens).cost_micro_usd, 0);
    }
}
