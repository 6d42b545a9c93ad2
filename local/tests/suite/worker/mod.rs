mod caching;
mod claude_calls;
mod peers;
mod sdk;
mod soak;
mod streams;
mod throttling;
