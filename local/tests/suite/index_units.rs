//! Write units of the indexes. The emulator counts only those of the table, so a rule counts them here, from the item
//! before and after a write (DynamoDB developer guide, "Provisioned throughput considerations for global secondary
//! indexes").

use serde_json::Value;

/// An index: the names of its key attributes, and whether it holds whole items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    pub keys: Vec<String>,
    pub holds_items: bool,
}

/// The indexes of the table, from the template.
pub fn indexes() -> Vec<Index> {
    let template = local::template::Template::checked_in().unwrap();
    let indexes = template.property("Table", "GlobalSecondaryIndexes").unwrap();
    let index = |index: &yaml_serde::Value| Index {
        keys: index["KeySchema"]
            .as_sequence()
            .unwrap()
            .iter()
            .map(|key| key["AttributeName"].as_str().unwrap().to_owned())
            .collect(),
        holds_items: index["Projection"]["ProjectionType"].as_str().unwrap() == "ALL",
    };
    indexes.as_sequence().unwrap().iter().map(index).collect()
}

/// Write units of all indexes for one write. An entry that appears or goes costs its size. An entry whose key changes is
/// deleted and put. An entry of keys that do not change costs nothing.
pub fn units(indexes: &[Index], before: Option<&Value>, after: Option<&Value>) -> f64 {
    indexes.iter().map(|index| of_index(index, before, after)).sum()
}

fn of_index(index: &Index, before: Option<&Value>, after: Option<&Value>) -> f64 {
    let key = |item: Option<&Value>| -> Option<Vec<Value>> {
        index.keys.iter().map(|name| item?.get(name).cloned()).collect()
    };
    // Keys are below 1 KB.
    let cost = |item: Option<&Value>| if index.holds_items { kilobytes(item) } else { 1.0 };
    match (key(before), key(after)) {
        (None, Some(_)) => cost(after),
        (Some(_), None) => cost(before),
        (Some(old), Some(new)) if old != new => cost(before) + cost(after),
        (Some(_), Some(_)) if index.holds_items && before != after => cost(before).max(cost(after)),
        (None, None) | (Some(_), Some(_)) => 0.0,
    }
}

/// The size of an item in started kilobytes, from its JSON, which is a little larger.
fn kilobytes(item: Option<&Value>) -> f64 {
    (item.map_or(0, |item| item.to_string().len()) as f64 / 1_024.0).ceil()
}

#[test]
fn the_rule_counts_what_appears_moves_and_goes() {
    use serde_json::json;
    let keys = Index { keys: vec!["gsiPk".to_owned(), "sk".to_owned()], holds_items: false };
    let whole = Index { holds_items: true, ..keys.clone() };
    let item = |gsi: Option<&str>, note: &str| {
        let mut item = json!({"pk": {"S": "USER#a"}, "sk": {"S": "JOB#1"}, "note": {"S": note}});
        if let Some(gsi) = gsi {
            item["gsiPk"] = json!({"S": gsi});
        }
        item
    };
    let long = "x".repeat(1_500);
    let (none, one, two) = (item(None, ""), item(Some("1"), ""), item(Some("2"), &long));
    let cases = [
        (None, Some(&none), 0.0, 0.0),
        (None, Some(&one), 1.0, 1.0),
        (Some(&one), Some(&one), 0.0, 0.0),
        (Some(&one), Some(&two), 2.0, 3.0),
        (Some(&two), Some(&none), 1.0, 2.0),
        (Some(&two), None, 1.0, 2.0),
        (Some(&none), None, 0.0, 0.0),
    ];
    for (before, after, of_keys, of_items) in cases {
        let counted = [&keys, &whole].map(|index| units(std::slice::from_ref(index), before, after));
        assert_eq!(counted, [of_keys, of_items], "{before:?} → {after:?}");
    }
    let changed = item(Some("2"), "shorter");
    assert_eq!(units(&[keys, whole], Some(&two), Some(&changed)), 2.0, "an index of whole items follows every change");
}
