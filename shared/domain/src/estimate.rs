//! What jobs will probably cost, before anybody pays for them.

use crate::{
    job::{policy::MAX_JOBS_PER_MESSAGE, status::JobType},
    price::{ModelPrice, TokenCounts},
    prompt::Prompt,
    report::block::Block,
};

/// Output tokens of a draft of usual length, thinking included.
const DRAFT_TOKENS: u64 = 800;
/// Output tokens of insights, thinking included.
const INSIGHTS_TOKENS: u64 = 1_500;
/// Output tokens that Claude thinks before a text of known length.
const THINKING_TOKENS: u64 = 300;
/// Bytes of a text in a token.
const BYTES_PER_TOKEN: u64 = 4;
/// Output tokens in a second.
const TOKENS_PER_SECOND: u64 = 50;
/// Seconds until an answer starts: queue, evidence, prompt.
const START_SECONDS: u64 = 4;

/// One call that a job will make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedCall {
    /// Input tokens of the prompt.
    pub input_tokens: u64,
    /// Those of them that jobs with the same context share, and that the prompt cache holds. 0: nothing is cached.
    pub prefix_tokens: u64,
    /// Output tokens of the answer, thinking included.
    pub output_tokens: u64,
}

impl PlannedCall {
    /// The call of a job that writes `block`. `max_output_tokens` is the most that an answer may have.
    pub fn new(job_type: JobType, prompt: &Prompt, block: Option<&Block>, max_output_tokens: u32) -> Self {
        let of_text = |bytes: u64| bytes / BYTES_PER_TOKEN + THINKING_TOKENS;
        let output_tokens = match (job_type, block) {
            (JobType::Analyze, _) => INSIGHTS_TOKENS,
            (JobType::Refine, Some(block)) => of_text(block.content_length.bytes as u64),
            (_, Some(Block { max_characters: Some(most), .. })) => of_text(u64::from(*most)).min(DRAFT_TOKENS),
            _ => DRAFT_TOKENS,
        };
        let is_cached = !prompt.documents.is_empty();
        Self {
            input_tokens: prompt.tokens() as u64,
            prefix_tokens: if is_cached { prompt.prefix_tokens() as u64 } else { 0 },
            output_tokens: output_tokens.min(max_output_tokens.into()),
        }
    }
}

/// What jobs will probably cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Input tokens of all calls.
    pub input_tokens: u64,
    /// Output tokens of all calls, thinking included.
    pub output_tokens: u64,
    /// In millionths of a US dollar.
    pub cost_micro_usd: u64,
    /// Seconds until the last job ends, if the service is idle.
    pub seconds: u64,
}

impl Estimate {
    /// The estimate for jobs with the same context. Each message has `jobs_per_message` of them: the first writes the shared
    /// prefix to the prompt cache, and the others read it.
    pub fn of(calls: &[PlannedCall], price: &ModelPrice) -> Self {
        let cost = |(place, call): (usize, &PlannedCall)| {
            let (write, read) =
                if place % MAX_JOBS_PER_MESSAGE == 0 { (call.prefix_tokens, 0) } else { (0, call.prefix_tokens) };
            price.cost_micro_usd(TokenCounts {
                input: call.input_tokens - call.prefix_tokens,
                output: call.output_tokens,
                cache_read: read,
                cache_write_5m: write,
                cache_write_1h: 0,
            })
        };
        let longest = calls.iter().map(|call| call.output_tokens).max().unwrap_or_default();
        // All but the first wait for its answer to start.
        let starts = calls.len().min(2) as u64;
        Self {
            input_tokens: calls.iter().map(|call| call.input_tokens).sum(),
            output_tokens: calls.iter().map(|call| call.output_tokens).sum(),
            cost_micro_usd: calls.iter().enumerate().map(cost).sum(),
            seconds: starts * START_SECONDS + longest.div_ceil(TOKENS_PER_SECOND),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price() -> ModelPrice {
        ModelPrice {
            input: 1.0,
            output: 10.0,
            cache_write_5m: 1.25,
            cache_write_1h: 2.0,
            cache_read: 0.1,
            long_prompt: None,
        }
    }

    #[test]
    fn the_first_job_of_a_message_writes_the_cache_and_the_others_read_it() {
        let call = PlannedCall { input_tokens: 1_100, prefix_tokens: 1_000, output_tokens: 500 };
        let one = Estimate::of(&[call], &price());
        assert_eq!(
            one,
            Estimate { input_tokens: 1_100, output_tokens: 500, cost_micro_usd: 1_250 + 100 + 5_000, seconds: 14 }
        );
        let eleven = Estimate::of(&[call; 11], &price());
        assert_eq!(eleven.cost_micro_usd, 11 * 5_100 + 2 * 1_250 + 9 * 100);
        assert_eq!((eleven.input_tokens, eleven.seconds), (12_100, 18));
        assert_eq!(Estimate::of(&[], &price()), Estimate::default());
    }
}
