//! Words around numbers and after abbreviations, in the languages in which reviews are written most: English, German,
//! French, Spanish, Portuguese and Italian.

/// What a number counts, as far as it must agree with the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Any other unit, or none.
    None,
    /// Percent or percentage points.
    Percent,
    /// Thousandths.
    PerMille,
    /// Code of a currency.
    Currency(&'static str),
}

/// The number of a month from 1, by its name or its abbreviation. English names begin with a capital letter, because
/// `may` and `march` are words, too.
pub(super) fn month(word: &str) -> Option<u32> {
    const MONTHS: [&[&str]; 12] = [
        &["january", "jan", "januar", "jänner", "janvier", "janv", "enero", "ene", "janeiro", "gennaio", "gen"],
        &["february", "feb", "februar", "février", "févr", "febrero", "fevereiro", "fev", "febbraio"],
        &["march", "mar", "märz", "mrz", "mars", "marzo", "março"],
        &["april", "apr", "avril", "avr", "abril", "abr", "aprile"],
        &["may", "mai", "mayo", "maio", "maggio", "mag"],
        &["june", "jun", "juni", "juin", "junio", "junho", "giugno", "giu"],
        &["july", "jul", "juli", "juillet", "juil", "julio", "julho", "luglio", "lug"],
        &["august", "aug", "août", "agosto", "ago"],
        &["september", "sep", "sept", "septembre", "septiembre", "setembro", "set", "settembre"],
        &["october", "oct", "oktober", "okt", "octobre", "octubre", "outubro", "out", "ottobre", "ott"],
        &["november", "nov", "novembre", "noviembre", "novembro"],
        &["december", "dec", "dezember", "dez", "décembre", "déc", "diciembre", "dic", "dezembro", "dicembre"],
    ];
    let lower = word.to_lowercase();
    if matches!(word, "may" | "march" | "mar" | "set" | "out" | "gen" | "mag") {
        return None;
    }
    let at = MONTHS.iter().position(|names| names.contains(&&*lower))?;
    u32::try_from(at + 1).ok()
}

/// The value of a number in words, up to twelve.
pub(super) fn number(word: &str) -> Option<u32> {
    const NUMBERS: [&[&str]; 12] = [
        &[
            "one", "once", "single", "eins", "ein", "eine", "einen", "einem", "einer", "einmal", "un", "une", "uno",
            "una", "um", "uma",
        ],
        &["two", "twice", "both", "zwei", "zweimal", "beide", "beiden", "deux", "dos", "dois", "duas", "due"],
        &["three", "drei", "dreimal", "trois", "tres", "três", "tre"],
        &["four", "vier", "quatre", "cuatro", "quatro", "quattro"],
        &["five", "fünf", "cinq", "cinco", "cinque"],
        &["six", "sechs", "seis", "sei"],
        &["seven", "sieben", "sept", "siete", "sete", "sette"],
        &["eight", "acht", "huit", "ocho", "oito", "otto"],
        &["nine", "neun", "neuf", "nueve", "nove"],
        &["ten", "zehn", "dix", "diez", "dez", "dieci"],
        &["eleven", "elf", "onze", "undici"],
        &[
            "twelve", "dozen", "zwölf", "dutzend", "douze", "douzaine", "doce", "docena", "doze", "dúzia", "dodici",
            "dozzina",
        ],
    ];
    let lower = word.to_lowercase();
    let at = NUMBERS.iter().position(|words| words.contains(&&*lower))?;
    u32::try_from(at + 1).ok()
}

/// The code of a currency, by its symbol, code or name in lower case.
pub(super) fn currency(word: &str) -> Option<&'static str> {
    Some(match word {
        "€" | "eur" | "euro" | "euros" => "EUR",
        "$" | "usd" | "dollar" | "dollars" | "dólares" | "dollari" => "USD",
        "£" | "gbp" | "pound" | "pounds" => "GBP",
        "¥" | "jpy" | "yen" | "円" => "JPY",
        "元" | "cny" => "CNY",
        "₩" | "원" | "krw" => "KRW",
        "₹" | "inr" => "INR",
        "chf" | "franken" | "francs" => "CHF",
        _ => return None,
    })
}

/// The unit that a word or sign in lower case names.
pub(super) fn unit(word: &str) -> Option<Unit> {
    match word {
        "%" | "％" | "٪" | "percent" | "percentage" | "pct" | "pp" | "prozent" | "prozentpunkte" | "prozentpunkten"
        | "процент" | "процента" | "процентов" => Some(Unit::Percent),
        "‰" => Some(Unit::PerMille),
        _ => currency(word).map(Unit::Currency),
    }
}

/// Whether a number before `joint` and one after it are the ends of a range. `before` is the word before the first.
pub(super) fn is_range(joint: &str, before: &str) -> bool {
    match joint {
        "-" | "‑" | "–" | "—" | "to" | "bis" | "à" | "a" | "ao" | "até" | "hasta" => true,
        "and" => before == "between",
        "und" => before == "zwischen",
        "et" | "y" | "e" => matches!(before, "entre" | "tra" | "fra"),
        _ => false,
    }
}

/// Whether two words in lower case, joined, are `per cent` in some language.
pub(super) fn is_parted_percent(words: &str) -> bool {
    matches!(words, "percent" | "pourcent" | "porciento" | "porcento" | "percento")
}

/// The powers of ten that a word in lower case can stand for.
pub(super) fn power(word: &str) -> Option<&'static [i32]> {
    Some(match word {
        "thousand" | "thousands" | "tausend" | "tsd" | "mille" | "mil" | "mila" | "тыс" | "тысяч" | "千" | "천" => {
            &[3]
        }
        "万" | "萬" | "만" => &[4],
        "million" | "millions" | "millionen" | "mio" | "mln" | "millón" | "millones" | "milhão" | "milhões"
        | "milione" | "milioni" | "млн" => &[6],
        "億" | "亿" | "억" => &[8],
        "milliarde" | "milliarden" | "milliard" | "milliards" | "mrd" | "bn" | "miliardo" | "miliardi" | "млрд" => {
            &[9]
        }
        // A thousand millions in English and Brazilian, a million millions elsewhere.
        "billion" | "billions" | "bilhão" | "bilhões" => &[9, 12],
        _ => return None,
    })
}

/// The powers of ten that letters directly after a number can stand for. `None`: the number is part of a name.
pub(super) fn suffix(letters: &str) -> Option<&'static [i32]> {
    Some(match letters {
        "k" | "K" => &[3],
        "M" | "MM" | "mn" => &[6],
        // Also metres and minutes.
        "m" => &[0, 6],
        "bn" | "B" => &[9],
        _ if is_ordinal(&letters.to_lowercase()) => &[0],
        "s" | "ms" | "µs" | "μs" | "ns" | "min" | "h" | "hr" | "hrs" | "d" | "w" | "y" | "yr" | "yrs" | "am" | "pm"
        | "b" | "kb" | "kB" | "KB" | "Kb" | "MB" | "Mb" | "mb" | "GB" | "Gb" | "gb" | "TB" | "tb" | "PB" | "GiB"
        | "MiB" | "KiB" | "TiB" | "px" | "pt" | "km" | "cm" | "mm" | "kg" | "g" | "l" | "Hz" | "kHz" | "MHz"
        | "GHz" | "fps" | "rps" | "qps" | "x" | "X" | "fach" | "er" | "mal" | "bps" | "kWh" | "kW" | "MW" => &[0],
        _ => return None,
    })
}

/// Letters in lower case that make an ordinal of a number.
pub(super) fn is_ordinal(letters: &str) -> bool {
    matches!(
        letters,
        "st" | "nd"
            | "rd"
            | "th"
            | "er"
            | "re"
            | "e"
            | "ème"
            | "ième"
            | "ste"
            | "sten"
            | "te"
            | "ten"
            | "ter"
            | "a"
            | "o"
            | "º"
            | "ª"
    )
}

/// Whether a sentence goes on with `next`, because `before` ends with an abbreviation and not with a full stop.
pub(super) fn continues(before: &str, next: &str) -> bool {
    /// In lower case, without the last full stop. A text rarely ends with them.
    const ABBREVIATIONS: [&str; 62] = [
        "dr", "mr", "mrs", "ms", "prof", "st", "vs", "no", "nr", "approx", "incl", "excl", "fig", "e.g", "i.e", "cf",
        "al", "dept", "est", "ver", "rev", "p", "pp", "hr", "fr", "bzw", "ca", "d.h", "z.b", "u.a", "o.ä", "vgl",
        "inkl", "zzgl", "evtl", "ggf", "sog", "tsd", "mio", "mrd", "abs", "art", "str", "m", "mme", "mlle", "env",
        "p.ex", "sr", "sra", "srta", "ud", "uds", "núm", "p.ej", "ej", "dott", "sig", "pag", "es", "ecc", "av",
    ];
    if before.ends_with('\n') {
        return false;
    }
    let starts_small = next.trim_start().starts_with(char::is_lowercase);
    // What follows a quote belongs to its sentence, as in `“Great!” she said`.
    if before.trim_end().ends_with(['"', '”', '“', '»', '«', '\'', '’', '」', '』']) {
        return starts_small || before.ends_with(['」', '』']);
    }
    let Some(before) = before.trim_end().strip_suffix('.') else { return false };
    let mut words = before.rsplit(|c: char| c.is_whitespace() || "([{\"'«„“/".contains(c));
    let last = words.next().unwrap_or_default();
    let last_two = format!("{}{last}", words.next().unwrap_or_default()).to_lowercase();
    let mut letters = last.chars();
    // An initial, or the first half of `z. B.`.
    let is_letter = letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none();
    let is_day = !last.is_empty() && last.len() <= 2 && last.chars().all(|c| c.is_ascii_digit());
    let starts_with_digit = next.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let next_word = next.trim_start().split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    (is_letter && last != "I")
        || ABBREVIATIONS.iter().any(|known| [&*last.to_lowercase(), &*last_two].contains(known))
        || (month(last).is_some() && starts_with_digit)
        || (is_day && (starts_small || starts_with_digit || month(next_word).is_some()))
}
