//! Enums whose variants have one name in JSON, in stored items, in query parameters and in the API's description.

/// Declares an enum with one name for each variant. `$case` is the case of the names, in the spelling of `serde` and
/// `strum`. The list of derives is fixed here, so that a name is the same wherever it is read, written, listed in an
/// error or described in openapi.json.
macro_rules! wire_enum {
    ($case:tt $(#[$attribute:meta])* pub enum $name:ident { $($variants:tt)* }) => {
        #[derive(
            Clone,
            Copy,
            Debug,
            PartialEq,
            Eq,
            PartialOrd,
            Ord,
            serde::Serialize,
            serde::Deserialize,
            strum::Display,
            strum::EnumString,
            strum::VariantArray,
            strum::VariantNames,
            schemars::JsonSchema,
        )]
        #[serde(rename_all = $case)]
        #[strum(serialize_all = $case)]
        $(#[$attribute])*
        pub enum $name { $($variants)* }
    };
}
