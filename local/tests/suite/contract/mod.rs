mod bad_input;
mod fuzz;
mod openapi;
mod owners;
mod sizes;
