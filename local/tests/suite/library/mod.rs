mod bulk;
mod entries;
mod evidence;
mod import;
mod import_route;
mod search;
