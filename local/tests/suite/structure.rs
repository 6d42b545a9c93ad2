//! The structure of the code: the crate graph is the one that `docs/ARCHITECTURE.md` draws, and no files of a crate
//! import each other in a circle.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use syn::{
    Attribute, Item, ItemUse, UseTree, Visibility,
    visit::{self, Visit},
};

use crate::processes::root;

/// The packages of this workspace, each with its folder and its dependencies in the workspace. Dependencies of tests do
/// not count.
fn packages() -> BTreeMap<String, (PathBuf, BTreeSet<String>)> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--locked", "--offline", "--no-deps", "--format-version", "1"]).current_dir(root());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = metadata["packages"].as_array().unwrap();
    let names: BTreeSet<String> = all.iter().map(|package| text(&package["name"])).collect();
    all.iter()
        .map(|package| {
            let normal = package["dependencies"].as_array().unwrap().iter().filter(|used| used["kind"].is_null());
            let used = normal.map(|used| text(&used["name"])).filter(|name| names.contains(name)).collect();
            let folder = PathBuf::from(text(&package["manifest_path"])).parent().unwrap().to_owned();
            (text(&package["name"]), (folder, used))
        })
        .collect()
}

/// The lines `package → package, package` in `docs/ARCHITECTURE.md`.
fn drawn_graph() -> BTreeMap<String, BTreeSet<String>> {
    let page = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let lines = page.lines().filter_map(|line| line.split_once('→'));
    let lines = lines.filter(|(name, _)| !name.trim().is_empty() && !name.trim().contains(' ') && !name.contains('`'));
    lines
        .map(|(name, used)| {
            let used = used.split(',').map(|used| used.trim().to_owned()).filter(|used| !used.is_empty());
            (name.trim().to_owned(), used.collect())
        })
        .collect()
}

#[test]
fn the_crate_graph_is_the_one_that_the_architecture_draws() {
    let real: BTreeMap<_, _> = packages().into_iter().map(|(name, (_, used))| (name, used)).collect();
    let drawn = drawn_graph();
    let wrong: Vec<String> = real
        .iter()
        .filter(|(name, used)| drawn.get(*name) != Some(*used))
        .map(|(name, used)| format!("{name} → {}", used.iter().cloned().collect::<Vec<_>>().join(", ")))
        .collect();
    assert!(wrong.is_empty(), "docs/ARCHITECTURE.md draws other arrows. These are real:\n{}", wrong.join("\n"));
    let unknown: Vec<_> = drawn.keys().filter(|name| !real.contains_key(*name)).collect();
    assert!(unknown.is_empty(), "docs/ARCHITECTURE.md draws packages that do not exist: {unknown:?}");
}

/// The path of a module within its crate, without `crate`.
type ModulePath = Vec<String>;

/// A file of a crate and its parsed code.
struct Module {
    file: PathBuf,
    syntax: syn::File,
    /// Names that the file re-exports, each with its original path.
    reexports: BTreeMap<String, Vec<String>>,
}

/// The modules of a crate that have their own file, by their path.
fn modules(source: &Path) -> BTreeMap<ModulePath, Module> {
    let mut found = BTreeMap::new();
    let start = ["lib.rs", "main.rs"].into_iter().map(|name| source.join(name)).find(|file| file.exists());
    read(start.unwrap(), source, Vec::new(), &mut found);
    found
}

fn read(file: PathBuf, folder: &Path, path: ModulePath, found: &mut BTreeMap<ModulePath, Module>) {
    let syntax = syn::parse_file(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let mut reexports = BTreeMap::new();
    for item in &syntax.items {
        match item {
            Item::Mod(module) if module.content.is_none() && !is_test(&module.attrs) => {
                let name = module.ident.to_string();
                let inside = folder.join(&name);
                let beside = folder.join(format!("{name}.rs"));
                let file = if beside.exists() { beside } else { inside.join("mod.rs") };
                read(file, &inside, [path.clone(), vec![name]].concat(), found);
            }
            Item::Use(item) if !matches!(item.vis, Visibility::Inherited) => {
                for (name, target) in leaves(&item.tree) {
                    reexports.insert(name, target);
                }
            }
            _ => {}
        }
    }
    found.insert(path, Module { file, syntax, reexports });
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|name| name == "test")
    })
}

/// The imports of a `use`, each with its local name and its full path.
fn leaves(tree: &UseTree) -> Vec<(String, Vec<String>)> {
    match tree {
        UseTree::Path(path) => {
            let inside = leaves(&path.tree).into_iter();
            inside
                .map(|(name, target)| {
                    let name = if name == "self" { path.ident.to_string() } else { name };
                    (name, [vec![path.ident.to_string()], target].concat())
                })
                .collect()
        }
        UseTree::Name(name) if name.ident == "self" => vec![("self".to_owned(), Vec::new())],
        UseTree::Name(name) => vec![(name.ident.to_string(), vec![name.ident.to_string()])],
        UseTree::Rename(rename) => vec![(rename.rename.to_string(), vec![rename.ident.to_string()])],
        UseTree::Glob(_) => vec![("*".to_owned(), Vec::new())],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}

/// Collects the paths that a file names, outside its tests and its re-exports.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl<'ast> Visit<'ast> for Paths {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if matches!(item.vis, Visibility::Inherited) {
            self.0.extend(leaves(&item.tree).into_iter().map(|(_, target)| target));
        }
    }

    // The path in `pub(crate)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

/// Finds the module whose file defines `path`, as it is written in the module `from`. `None` if the path leads out of
/// the crate.
fn resolve(all: &BTreeMap<ModulePath, Module>, from: &ModulePath, path: &[String]) -> Option<ModulePath> {
    let (first, rest) = path.split_first()?;
    let (mut at, mut rest) = match first.as_str() {
        "crate" => (Vec::new(), rest),
        "self" => (from.clone(), rest),
        "super" => (from[..from.len().checked_sub(1)?].to_vec(), rest),
        child if all.contains_key(&[from.clone(), vec![child.to_owned()]].concat()) => (from.clone(), path),
        _ => return None,
    };
    while let Some((next, further)) = rest.split_first() {
        let child = [at.clone(), vec![next.clone()]].concat();
        if all.contains_key(&child) {
            at = child;
            rest = further;
        } else if let Some(target) = all[&at].reexports.get(next) {
            let target = [target.clone(), further.to_vec()].concat();
            return resolve(all, &at, &target);
        } else {
            break;
        }
    }
    Some(at)
}

/// The files of a crate, each with the files from which it imports.
fn imports(source: &Path) -> BTreeMap<ModulePath, BTreeSet<ModulePath>> {
    let all = modules(source);
    all.iter()
        .map(|(path, module)| {
            let mut paths = Paths::default();
            paths.visit_file(&module.syntax);
            let targets = paths.0.iter().filter_map(|named| resolve(&all, path, named));
            (path.clone(), targets.filter(|target| all[target].file != module.file).collect())
        })
        .collect()
}

/// Removes files without imports until none is left. The remaining files are in a circle or import from a circle.
fn circles(mut imports: BTreeMap<ModulePath, BTreeSet<ModulePath>>) -> BTreeMap<ModulePath, BTreeSet<ModulePath>> {
    loop {
        let done: Vec<ModulePath> =
            imports.iter().filter(|(_, used)| used.is_empty()).map(|(path, _)| path.clone()).collect();
        if done.is_empty() {
            return imports;
        }
        imports.retain(|path, _| !done.contains(path));
        imports.values_mut().for_each(|used| used.retain(|path| !done.contains(path)));
    }
}

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    let (mut files, mut found) = (0, Vec::new());
    for (name, (folder, _)) in packages() {
        let imports = imports(&folder.join("src"));
        files += imports.len();
        for (path, used) in circles(imports) {
            let used: Vec<String> = used.iter().map(|used| used.join("::")).collect();
            found.push(format!("{name}: {} imports from {}", path.join("::"), used.join(", ")));
        }
    }
    assert!(files > 100, "only {files} files were read");
    assert!(found.is_empty(), "files in circles, and files that lead to them:\n{}", found.join("\n"));
}

#[test]
fn a_circle_is_found_through_reexports_and_nested_imports() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("circle");
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("lib.rs", "mod one; mod two; pub use one::One;");
    write("one.rs", "use crate::{two::{self, Two}}; pub struct One(two::Two);");
    write("two.rs", "use crate::One; pub struct Two; #[cfg(test)] mod tests { use crate::one; }");
    assert_eq!(circles(imports(&folder)).len(), 2);
    write("two.rs", "pub struct Two; #[cfg(test)] mod tests { use crate::One; }");
    assert_eq!(circles(imports(&folder)).len(), 0);
}

#[test]
fn the_road_of_a_job_names_every_file_once_and_each_file_exists() {
    let page = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let (_, road) = page.split_once("\n## The road of one job\n").unwrap();
    let (road, _) = road.split_once("\n## ").unwrap();
    let mut named = BTreeSet::new();
    let mut steps = 0;
    for step in road.split("\n\n").flat_map(str::lines).filter(|line| line.starts_with(|c: char| c.is_ascii_digit())) {
        steps += 1;
        assert!(step.starts_with(&format!("{steps}. [")), "step {steps} has another number, or no link: {step}");
        let (_, link) = step.split_once("](../").unwrap();
        let (file, _) = link.split_once(')').unwrap();
        assert!(root().join(file).is_file(), "step {steps} links {file}, which does not exist");
        assert!(named.insert(file.to_owned()), "step {steps} links {file} a second time");
    }
    assert_eq!(road.matches("](").count(), steps, "each step has one link");
    assert!(steps > 10);
}
