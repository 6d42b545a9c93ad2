mod blocks;
mod document;
mod history;
