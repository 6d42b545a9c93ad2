mod bulk;
mod entries;
mod evidence;
mod import;
