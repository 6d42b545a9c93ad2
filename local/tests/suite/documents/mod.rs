mod blocks;
mod document;
mod export;
mod history;
mod lists;
mod me;
