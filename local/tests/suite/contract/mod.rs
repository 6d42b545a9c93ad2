mod bad_input;
mod fuzz;
mod gateway_events;
mod http;
mod openapi;
mod owners;
mod sizes;
mod unknown_names;
