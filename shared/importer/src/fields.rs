//! Reads files that have the field names of the API, or other names that the user has mapped to them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    File, Kind, Place, Row, Source, Unreadable,
    column_map::ColumnMap,
    detect,
    field::{self, Field, plain},
    json_file::JsonFile,
    table::{Table, listed},
};

/// What a column or key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Field(&'static Field),
    /// The user wants the column to be left out.
    Hidden,
    Unknown,
}

fn meaning(kind: Kind, name: &str, map: &ColumnMap) -> Meaning {
    match map.get(name) {
        Some(Some(field)) => Meaning::Field(field),
        Some(None) => Meaning::Hidden,
        None => field::find(kind, name).filter(|field| !map.claims(field)).map_or(Meaning::Unknown, Meaning::Field),
    }
}

/// Reads a table. Several columns may have the same field.
pub(crate) fn from_table(kind: Kind, table: Table, map: &ColumnMap) -> Result<File, Unreadable> {
    let meanings: Vec<Meaning> = table.columns.iter().map(|column| meaning(kind, column, map)).collect();
    let columns_of = |field: &'static Field| -> Vec<usize> {
        let columns = meanings.iter().enumerate();
        columns.filter(|(_, meaning)| **meaning == Meaning::Field(field)).map(|(index, _)| index).collect()
    };
    let used: Vec<(&Field, Vec<usize>)> = field::fields(kind)
        .iter()
        .map(|field| (field, columns_of(field)))
        .filter(|(_, columns)| !columns.is_empty())
        .collect();
    map.must_exist(|column| table.has(column), || table.listed())?;
    if used.is_empty() {
        return Err(no_known_column(kind, table.listed(), detect::table_source(&table)));
    }
    let rows = table.records.iter().map(|record| {
        let mut entry = Map::new();
        for (field, columns) in &used {
            let cells: Vec<&str> =
                columns.iter().map_while(|index| record.cells.get(*index)).map(String::as_str).collect();
            field.set_cells(&mut entry, &cells);
        }
        // The title may say everything.
        if kind == Kind::Evidence && entry.contains_key("title") {
            entry.entry("summary").or_insert_with(|| "".into());
        }
        Row { place: Place::line(record.line), value: Value::Object(entry) }
    });
    // Another column with the same field comes first.
    let is_overruled = |index: usize| {
        let field = used.iter().find(|(field, columns)| !field.is_list() && columns.contains(&index));
        field.is_some_and(|(_, columns)| {
            let before = || columns.iter().copied().take_while(|column| *column != index);
            table.records.iter().any(|record| record.has(index) && before().any(|column| record.has(column)))
        })
    };
    Ok(File {
        source: Source::Fields,
        rows: rows.collect(),
        ignored_columns: table.ignored(|index| meanings.get(index) != Some(&Meaning::Unknown) && !is_overruled(index)),
        rejected: table.rejected,
        notes: Vec::new(),
    })
}

/// Reads objects. Values are passed on as they are, under the field's own name.
pub(crate) fn from_json(kind: Kind, json: JsonFile, map: &ColumnMap) -> Result<File, Unreadable> {
    let keys: BTreeSet<&str> = json.rows.iter().flat_map(|(_, row)| row.keys().map(String::as_str)).collect();
    let found = || listed(&keys.iter().copied().collect::<Vec<_>>());
    if !json.rows.is_empty() {
        map.must_exist(|column| keys.iter().any(|key| plain(key) == column), found)?;
    }
    let is_known = |key: &str| is_nested(kind, key) || meaning(kind, key, map) != Meaning::Unknown;
    if !keys.is_empty() && !keys.iter().any(|key| is_known(key)) {
        return Err(no_known_column(kind, found(), None));
    }
    let mut ignored = BTreeSet::new();
    let rows = json.rows.iter().map(|(place, row)| {
        // A key that the user has mapped to `metrics.additions` adds to the object `metrics` of the row.
        let is_object = |key: &str| is_nested(kind, key) && map.get(key).is_none();
        let mut entry = Map::new();
        for (key, value) in row.iter().filter(|(key, _)| is_object(key)) {
            let (known, unknown) = parts(kind, key, value.clone());
            entry.insert(key.clone(), known);
            ignored.extend(unknown);
        }
        for (key, value) in row.iter().filter(|(key, _)| !is_object(key)) {
            match meaning(kind, key, map) {
                Meaning::Field(field) => field.set(&mut entry, value.clone()),
                Meaning::Unknown if !value.is_null() => {
                    ignored.insert(key.clone());
                }
                Meaning::Unknown | Meaning::Hidden => {}
            }
        }
        Row { place: *place, value: Value::Object(entry) }
    });
    Ok(File {
        source: Source::Fields,
        rows: rows.collect(),
        rejected: json.rejected,
        ignored_columns: ignored.into_iter().collect(),
        notes: Vec::new(),
    })
}

/// An object that holds nested fields, without the parts that are no fields, and the names of these parts.
fn parts(kind: Kind, outer: &str, mut value: Value) -> (Value, Vec<String>) {
    let mut unknown = Vec::new();
    if let Some(object) = value.as_object_mut() {
        object.retain(|inner, value| {
            let name = format!("{outer}.{inner}");
            let is_known = field::fields(kind).iter().any(|field| field.name == name);
            if !is_known && !value.is_null() {
                unknown.push(name);
            }
            is_known
        });
    }
    (value, unknown)
}

/// True for an object that holds nested fields, such as `metrics`.
fn is_nested(kind: Kind, key: &str) -> bool {
    field::fields(kind).iter().any(|field| field.name.split_once('.').is_some_and(|(outer, _)| outer == key))
}

fn no_known_column(kind: Kind, found: String, source: Option<Source>) -> Unreadable {
    let hint = match (source, kind) {
        (Some(source), Kind::Evidence) => format!("It looks like an export of {source}, so use source={source}"),
        (Some(source), _) => format!(
            "It looks like an export of {source}, which becomes evidence. To import it as {kind}, name its columns with map, for example map=Summary=title"
        ),
        (None, _) => "Rename the columns, or name them with map, for example map=Name=title".to_owned(),
    };
    Unreadable::NoKnownColumn { found, known: field::known(kind), hint }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{File, Kind, Options, Source, Unreadable, read};

    fn mapped(kind: Kind, text: &str, pairs: &[(&str, &str)]) -> Result<File, Unreadable> {
        let map = pairs.iter().map(|(column, field)| ((*column).to_owned(), (*field).to_owned())).collect();
        let mut file = read(kind, text, &Options { source: Source::Fields, map, ..Options::default() })?;
        for row in &mut file.rows {
            let entry = row.value.as_object_mut().expect("an object");
            assert!(entry.remove("externalId").is_some(), "every row has an id");
        }
        Ok(file)
    }

    fn file(kind: Kind, text: &str) -> File {
        mapped(kind, text, &[]).expect("readable")
    }

    #[test]
    fn columns_match_in_any_spelling() {
        let text = "Title;Type;occurred_at;Occurred where;Additions;Criteria;number;State\n\
            \"A; \"\"b\"\"\nc\";SLACK;2026-01-01T00:00:00Z;x;12;one; 7;OPEN\n\
            d;MANUAL;2026-01-02T00:00:00Z;;many;;;\n";
        let evidence = file(Kind::Evidence, text);
        assert_eq!(evidence.rows.iter().map(|row| row.place.line).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(
            evidence.rows[0].value,
            json!({"title": "A; \"b\"\nc", "summary": "", "type": "SLACK", "occurredAt": "2026-01-01T00:00:00Z", "metrics": {"additions": 12}, "criteria": ["one"], "number": 7, "state": "OPEN"})
        );
        assert_eq!(evidence.rows[1].value["metrics"], json!({"additions": "many"}), "the API reports the wrong number");
        assert_eq!(evidence.ignored_columns, ["Occurred where"]);
        let goals = file(
            Kind::Goals,
            "title,status,progress percent,milestones\nA,ACTIVE,50,one; two\nB,ACTIVE,,\"[{\"\"title\"\":\"\"x\"\"}]\"\n",
        );
        assert_eq!(goals.rows[0].value["milestones"], json!([{"title": "one"}, {"title": "two"}]));
        assert_eq!(goals.rows[1].value, json!({"title": "B", "status": "ACTIVE", "milestones": [{"title": "x"}]}));
    }

    #[test]
    fn of_two_columns_with_a_field_the_second_is_ignored_where_both_have_a_value() {
        let evidence = file(Kind::Evidence, "title,Title,criteria,Criteria\nA,B,x,y\n");
        assert_eq!(evidence.rows[0].value, json!({"title": "A", "summary": "", "criteria": ["x", "y"]}));
        assert_eq!(evidence.ignored_columns, ["Title"]);
        let evidence = file(Kind::Evidence, "title,Title\nA,\n,B\n");
        assert!(evidence.ignored_columns.is_empty(), "each row has one title");
    }

    #[test]
    fn mapped_columns_replace_the_columns_with_the_name_of_the_field() {
        let text = "Headline,title,Notes,Tag,Tag,content\nA,ignored,x,y,z,\n";
        let pairs = [("headline", "title"), ("Notes", ""), ("TAG", "criteria")];
        let evidence = mapped(Kind::Evidence, text, &pairs).expect("readable");
        assert_eq!(evidence.rows[0].value, json!({"title": "A", "summary": "", "criteria": ["y", "z"]}));
        assert_eq!(evidence.ignored_columns, ["title"]);
        let error = mapped(Kind::Evidence, text, &[("Done", "occurredAt")]).expect_err("missing").to_string();
        assert!(error.contains("\"Done\"") && error.contains("Headline, title, Notes, Tag, content"), "{error}");
    }

    #[test]
    fn json_keys_are_mapped_and_unknown_keys_are_listed() {
        let text = "[{\"Name\": \"A\", \"added\": 3, \"metrics\": {\"deletions\": 1, \"files\": 2, \"lines\": null}, \"occurred_at\": \"2026-01-01\", \"id\": 7, \"gone\": null, \"mood\": 1},\n{\"title\": \"native\", \"metrics\": \"x\", \"added\": 1}]";
        let pairs = [("name", "title"), ("added", "metrics.additions"), ("mood", "")];
        let evidence = mapped(Kind::Evidence, text, &pairs).expect("readable");
        assert_eq!(
            evidence.rows[0].value,
            json!({"title": "A", "metrics": {"additions": 3, "deletions": 1}, "occurredAt": "2026-01-01"})
        );
        assert_eq!(evidence.rows[1].value, json!({"metrics": "x"}));
        assert_eq!(evidence.ignored_columns, ["id", "metrics.files", "title"]);
        let error = mapped(Kind::Evidence, text, &[("Done", "title")]).expect_err("missing").to_string();
        assert!(error.contains("Its columns are: Name, added,"), "{error}");
    }

    #[test]
    fn a_file_without_known_columns_says_what_to_do() {
        let error = |kind, text| mapped(kind, text, &[]).expect_err("unreadable").to_string();
        let plain = error(Kind::Reviews, "a,b\n1,2\n");
        assert!(plain.contains("Its columns are: a, b. Known columns are: year, type, content"), "{plain}");
        assert!(plain.contains("map=Name=title"), "{plain}");
        assert!(error(Kind::Goals, "[{\"a\": 1}]").contains("Known columns are: title, description"));
        let jira = error(Kind::Reviews, "Summary,Issue key,Status,Project key\nA,B-1,Done,B\n");
        assert!(jira.contains("looks like an export of jira, which becomes evidence"), "{jira}");
        assert_eq!(file(Kind::Goals, "[{}]").rows.len(), 1);
    }
}
