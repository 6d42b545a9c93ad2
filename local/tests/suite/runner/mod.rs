mod commands;
mod demo;
mod events;
mod observability;
mod page;
mod settings;
