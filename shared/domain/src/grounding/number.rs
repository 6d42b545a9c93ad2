//! Finds the numbers of a plain text: counts, percentages, amounts of money, dates, versions and keys of issues.
//!
//! A number is read as people of many languages write it. `1.200` is twelve hundred in Berlin and one point two in
//! Boston, so a number can have several readings. Digits that belong to a name, such as in `p95` or `OAuth2`, are none.

use std::ops::{Range, RangeInclusive};

use super::{
    day::Day,
    decimal::{Decimal, readings},
    tokens::{Kind, Token, tokens},
    words::{self, Unit},
};

/// A number of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// A count, a percentage or an amount of money.
    Amount {
        /// The possible readings.
        values: Vec<Decimal>,
        unit: Unit,
        /// Without the unit. Versions are compared by it.
        written: String,
    },
    /// The possible readings of a date.
    Date(Vec<Day>),
    /// A quarter or a half of a year.
    Months { year: Option<i32>, months: RangeInclusive<u32> },
    /// A version, a time of day or the key of an issue, in lower case.
    Name(String),
}

impl Number {
    /// A count, in digits.
    pub(super) fn count(value: u32) -> Self {
        let written = value.to_string();
        Self::Amount { values: Decimal::new(&written, "", 0).into_iter().collect(), unit: Unit::None, written }
    }

    /// Whether `source` says what this number says, or more exactly.
    pub(super) fn is_supported_by(&self, source: &Self) -> bool {
        match (self, source) {
            (Self::Amount { values, unit, .. }, Self::Amount { values: known, unit: of_source, .. }) => {
                let is_same_unit = unit == of_source || (*unit == Unit::None && matches!(of_source, Unit::Currency(_)));
                is_same_unit && values.iter().any(|value| known.contains(value))
            }
            (Self::Amount { .. }, Self::Date(days)) => {
                days.iter().any(|day| day.year.is_some_and(|year| self.is_year(year)))
            }
            (Self::Amount { .. }, Self::Months { year, .. }) => year.is_some_and(|year| self.is_year(year)),
            (Self::Date(days), Self::Date(known)) => {
                days.iter().any(|day| known.iter().any(|known| day.agrees(*known)))
            }
            (Self::Months { year, months }, Self::Date(known)) => {
                known.iter().any(|day| months.contains(&day.month) && (year.is_none() || *year == day.year))
            }
            (Self::Months { year, months }, Self::Months { year: known_year, months: known }) => {
                months == known && (year.is_none() || year == known_year)
            }
            (Self::Name(name), Self::Name(known)) => name == known,
            (Self::Name(name), Self::Amount { written, .. }) | (Self::Amount { written, .. }, Self::Name(name)) => {
                name == written
            }
            _ => false,
        }
    }

    /// Whether it can be read as this year.
    pub(super) fn is_year(&self, year: i32) -> bool {
        matches!(self, Self::Amount { values, unit: Unit::None, .. } if values.iter().any(|value| value.is_year(year)))
    }
}

/// The numbers of a text, with their bytes.
pub(super) fn find(text: &str) -> Vec<(Range<usize>, Number)> {
    let reader = Reader { tokens: tokens(text) };
    let (mut found, mut at, mut free) = (Vec::new(), 0, 0);
    while at < reader.tokens.len() {
        let read = reader.read(at);
        if let Some(number) = read.number {
            // In `8$0` the sign belongs to the number before.
            let first = read.first.max(free);
            found.push((reader.tokens[first].start..reader.tokens[read.next - 1].end(), number));
            free = read.next;
        }
        at = read.next;
    }
    share_percent(text, &mut found);
    found
}

/// In `10–20 %` and `between 10 and 20 %`, both numbers are percentages.
fn share_percent(text: &str, found: &mut [(Range<usize>, Number)]) {
    for at in 1..found.len() {
        let (before, after) = found.split_at_mut(at);
        let (Some((first, Number::Amount { unit, .. })), Some((second, Number::Amount { unit: of_range, .. }))) =
            (before.last_mut(), after.first())
        else {
            continue;
        };
        let is_share = *unit == Unit::None && matches!(of_range, Unit::Percent | Unit::PerMille);
        let joint = text[first.end..second.start].trim().to_lowercase();
        let word_before = text[..first.start].split_whitespace().next_back().unwrap_or_default().to_lowercase();
        if is_share && words::is_range(&joint, &word_before) {
            *unit = *of_range;
        }
    }
}

/// The numbers of a source. A number in words, such as `three`, counts here, because the answer may say it in digits.
pub(super) fn find_in_source(text: &str) -> Vec<Number> {
    let in_words = text.split(|c: char| !c.is_alphabetic()).filter_map(words::number).map(Number::count);
    find(text).into_iter().map(|(_, number)| number).chain(in_words).collect()
}

/// What stands at a token: a number, or something to pass over.
struct Read {
    number: Option<Number>,
    /// The tokens that it takes.
    first: usize,
    next: usize,
}

/// Groups of digits in a number.
const MAX_GROUPS: usize = 12;

struct Reader<'a> {
    tokens: Vec<Token<'a>>,
}

impl Reader<'_> {
    fn read(&self, at: usize) -> Read {
        let found = |(number, next)| Read { number: Some(number), first: at, next };
        let skip = |next| Read { number: None, first: at, next };
        let starts_word = at == 0 || self.kind(at - 1) == Some(Kind::Space);
        if starts_word && let Some(next) = self.address(at) {
            return skip(next);
        }
        match self.kind(at) {
            Some(Kind::Word) => {
                let word = self.word(at);
                let read = self
                    .months(at)
                    .or_else(|| self.version(at))
                    .or_else(|| self.key(at))
                    .or_else(|| self.month_first(at));
                match read {
                    Some(read) => found(read),
                    None if self.kind(at + 1) == Some(Kind::Digits) && words::currency(&word).is_none() => {
                        skip(self.name(at))
                    }
                    None => skip(at + 1),
                }
            }
            Some(Kind::Digits) if self.is(at + 1, &["\u{fe0f}", "\u{20e3}"]) => skip(at + 1),
            Some(Kind::Digits) if at > 0 && self.is(at - 1, &["_"]) => skip(self.name(at)),
            Some(Kind::Digits) => match self.date(at).or_else(|| self.day_first(at)).or_else(|| self.time(at)) {
                Some(read) => found(read),
                None => self.amount(at),
            },
            _ => skip(at + 1),
        }
    }

    fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }

    /// In lower case.
    fn word(&self, at: usize) -> String {
        self.text(at).to_lowercase()
    }

    fn digits(&self, at: usize) -> Option<&str> {
        self.tokens.get(at).filter(|token| token.kind == Kind::Digits).map(|token| &*token.text)
    }

    fn year(&self, at: usize) -> Option<&str> {
        self.digits(at).filter(|year| year.len() == 4 && self.kind(at + 1) != Some(Kind::Word))
    }

    fn is(&self, at: usize, texts: &[&str]) -> bool {
        texts.contains(&self.text(at))
    }

    /// Passes over one space. A line break is none.
    fn after_space(&self, at: usize) -> usize {
        let is_space =
            self.kind(at) == Some(Kind::Space) && self.text(at).chars().count() == 1 && !self.is(at, &["\n"]);
        at + usize::from(is_space)
    }

    /// The end of a URL or an e-mail address that begins here.
    fn address(&self, at: usize) -> Option<usize> {
        let end = (at..self.tokens.len()).find(|at| self.kind(*at) == Some(Kind::Space)).unwrap_or(self.tokens.len());
        let is_scheme = |at: usize| self.is(at, &[":"]) && self.is(at + 1, &["/"]) && self.is(at + 2, &["/"]);
        let is_mail = |at: usize| self.is(at, &["@"]) && self.kind(at + 1) == Some(Kind::Word);
        let is_address = self.is(at, &["www"]) || (at..end).any(|at| is_scheme(at) || is_mail(at));
        is_address.then_some(end)
    }

    /// The end of a name with digits, such as `OAuth2.0`.
    fn name(&self, at: usize) -> usize {
        let mut next = at;
        loop {
            let is_part = matches!(self.kind(next), Some(Kind::Word | Kind::Digits)) || self.is(next, &["_"]);
            let is_joint = self.is(next, &[".", "-"]) && self.kind(next + 1) == Some(Kind::Digits);
            if !is_part && !is_joint {
                return next;
            }
            next += 1;
        }
    }

    /// `Q3`, `Q3 2026`, `H1/2026`.
    fn months(&self, at: usize) -> Option<(Number, usize)> {
        let part: u32 = self.digits(at + 1)?.parse().ok()?;
        let months = match (&*self.word(at), part) {
            ("q", 1..=4) => part * 3 - 2..=part * 3,
            ("h", 1..=2) => part * 6 - 5..=part * 6,
            _ => return None,
        };
        let of_year = if self.is(at + 2, &["/", "-"]) { at + 3 } else { self.after_space(at + 2) };
        match self.year(of_year) {
            Some(year) => Some((Number::Months { year: year.parse().ok(), months }, of_year + 1)),
            None if self.kind(at + 2) == Some(Kind::Word) => None,
            None => Some((Number::Months { year: None, months }, at + 2)),
        }
    }

    /// `v2`, `v2.3.1`.
    fn version(&self, at: usize) -> Option<(Number, usize)> {
        self.digits(at + 1).filter(|_| self.word(at) == "v")?;
        let next = self.name(at + 1);
        Some((Number::Name((at + 1..next).map(|at| self.word(at)).collect()), next))
    }

    /// `PAY-123`.
    fn key(&self, at: usize) -> Option<(Number, usize)> {
        let word = self.text(at);
        let is_key = word.len() > 1 && word.chars().all(char::is_uppercase) && self.is(at + 1, &["-", "‑"]);
        self.digits(at + 2).filter(|_| is_key)?;
        let next = self.name(at + 2);
        Some((Number::Name((at..next).map(|at| self.word(at)).collect()), next))
    }

    /// `March 14, 2026`, `March 2026`, `marzo de 2026`.
    fn month_first(&self, at: usize) -> Option<(Number, usize)> {
        let month = words::month(self.text(at))?.to_string();
        let next = self.after_space(at + 1 + usize::from(self.is(at + 1, &["."])));
        let next = if self.is(next, &["de", "del"]) { self.after_space(next + 1) } else { next };
        if let Some(year) = self.year(next) {
            return Some((Number::Date(vec![Day::new(Some(year), &month, None)?]), next + 1));
        }
        let day = self.digits(next).filter(|day| day.len() <= 2)?;
        let after_day = next + 1 + usize::from(words::is_ordinal(&self.word(next + 1)));
        if self.kind(after_day) == Some(Kind::Word)
            || (self.is(after_day, &[".", ","]) && self.digits(after_day + 1).is_some())
        {
            return None;
        }
        let of_year = self.after_space(after_day + usize::from(self.is(after_day, &[","])));
        match self.year(of_year) {
            Some(year) => Some((Number::Date(vec![Day::new(Some(year), &month, Some(day))?]), of_year + 1)),
            None => Some((Number::Date(vec![Day::new(None, &month, Some(day))?]), after_day)),
        }
    }

    /// `14 March 2026`, `14. März`, `1er mars`, `14 de marzo de 2026`, `2026年3月14日`.
    fn day_first(&self, at: usize) -> Option<(Number, usize)> {
        if let Some(read) = self.east_asian(at) {
            return Some(read);
        }
        let day = self.digits(at).filter(|day| day.len() <= 2)?;
        let ordinal = usize::from(self.is(at + 1, &[".", "º"]) || words::is_ordinal(&self.word(at + 1)));
        let of_month = self.after_space(at + 1 + ordinal);
        let of_month = if self.is(of_month, &["of", "de"]) { self.after_space(of_month + 1) } else { of_month };
        let month = words::month(self.text(of_month))?.to_string();
        let after_month = of_month + 1 + usize::from(self.is(of_month + 1, &[".", ","]));
        let of_year = self.after_space(after_month);
        let of_year = if self.is(of_year, &["de", "del"]) { self.after_space(of_year + 1) } else { of_year };
        match self.year(of_year) {
            Some(year) => Some((Number::Date(vec![Day::new(Some(year), &month, Some(day))?]), of_year + 1)),
            None => Some((Number::Date(vec![Day::new(None, &month, Some(day))?]), of_month + 1)),
        }
    }

    fn east_asian(&self, at: usize) -> Option<(Number, usize)> {
        let (year, of_month) = match self.digits(at).filter(|_| self.is(at + 1, &["年", "년"])) {
            Some(year) => (Some(year), self.after_space(at + 2)),
            None => (None, at),
        };
        let month = self.digits(of_month).filter(|_| self.is(of_month + 1, &["月", "월"]))?;
        let of_day = self.after_space(of_month + 2);
        let day = self.digits(of_day).filter(|_| self.is(of_day + 1, &["日", "号", "號", "일"]));
        let next = if day.is_some() { of_day + 2 } else { of_month + 2 };
        Some((Number::Date(vec![Day::new(year, month, day)?]), next))
    }

    /// `2026-03-14`, `2026-03`, `14.03.2026`, `03/14/2026`. Both orders of day and month are readings.
    fn date(&self, at: usize) -> Option<(Number, usize)> {
        let separator = self.text(at + 1);
        let (first, second) =
            (self.digits(at)?, self.digits(at + 2).filter(|_| ["-", "/", ".", "‑"].contains(&separator))?);
        let third = self.digits(at + 4).filter(|_| self.text(at + 3) == separator);
        let (days, next) = match (first.len(), second.len(), third.map(|third| (third, third.len()))) {
            (4, 1..=2, Some((third, 1..=2))) => (vec![Day::new(Some(first), second, Some(third))], at + 5),
            (4, 2, None) if separator != "." => (vec![Day::new(Some(first), second, None)], at + 3),
            (1..=2, 1..=2, Some((third, 4))) => {
                (vec![Day::new(Some(third), second, Some(first)), Day::new(Some(third), first, Some(second))], at + 5)
            }
            _ => return None,
        };
        let days: Vec<Day> = days.into_iter().flatten().collect();
        // What follows a date directly is its time.
        let next = if self.is(next, &["T"]) { self.name(next) } else { next };
        (!days.is_empty()).then_some((Number::Date(days), next))
    }

    /// `14:30`.
    fn time(&self, at: usize) -> Option<(Number, usize)> {
        let (hour, minute) = (self.digits(at)?, self.digits(at + 2).filter(|_| self.is(at + 1, &[":"]))?);
        (hour.len() <= 2 && minute.len() == 2).then(|| (Number::Name(format!("{hour}:{minute}")), at + 3))
    }

    /// A count, a percentage or an amount, with what belongs to it before and after.
    fn amount(&self, at: usize) -> Read {
        let has_no_whole = self.begins_with_point(at);
        let (groups, separators, mut next) =
            if has_no_whole { (vec!["0", self.text(at)], vec!["."], at + 1) } else { self.groups(at) };
        let at = at - usize::from(has_no_whole);
        let written = (at..next).map(|at| self.text(at)).collect::<String>();
        let mut first = at;
        let mut unit = Unit::None;
        let before = at
            .checked_sub(1)
            .map(|before| if self.kind(before) == Some(Kind::Space) { at.saturating_sub(2) } else { before });
        if let Some(before) = before
            && let Some(currency) = words::currency(&self.word(before))
        {
            (unit, first) = (Unit::Currency(currency), before);
        }
        let mut powers: &[i32] = &[0];
        if self.kind(next) == Some(Kind::Word) {
            match words::suffix(self.text(next)) {
                Some(known) => (powers, next) = (known, next + 1),
                None if words::unit(&self.word(next)).is_none() && words::power(&self.word(next)).is_none() => {
                    return Read { number: None, first: at, next: self.name(at) };
                }
                None => {}
            }
        }
        let of_power = self.after_space(next);
        if let Some(power) = words::power(&self.word(of_power)) {
            (powers, next) = (power, of_power + 1);
            next += usize::from(
                self.is(next, &["."]) && self.kind(next + 1) == Some(Kind::Space) && self.text(of_power).len() < 4,
            );
        }
        let of_unit = self.after_space(next);
        let parted = self.word(of_unit) + &self.word(self.after_space(of_unit + 1));
        if let Some(known) = words::unit(&self.word(of_unit)) {
            (unit, next) = (known, of_unit + 1);
        } else if words::is_parted_percent(&parted) {
            (unit, next) = (Unit::Percent, self.after_space(of_unit + 1) + 1);
        }
        let readings = readings(&groups, &separators);
        let values: Vec<Decimal> = readings
            .iter()
            .flat_map(|(whole, fraction)| powers.iter().filter_map(|power| Decimal::new(whole, fraction, *power)))
            .collect();
        let number = match values.is_empty() {
            true => Number::Name(written),
            false => Number::Amount { values, unit, written },
        };
        Read { number: Some(number), first, next }
    }

    /// `.5`, as in `.5 %` and `$.50`.
    fn begins_with_point(&self, at: usize) -> bool {
        let is_start = |point: usize| {
            point.checked_sub(1).is_none_or(|before| {
                matches!(self.kind(before), Some(Kind::Space)) || words::currency(&self.word(before)).is_some()
            })
        };
        at > 0 && self.is(at - 1, &["."]) && is_start(at - 1)
    }

    /// Groups of digits, and the separators between them.
    fn groups(&self, at: usize) -> (Vec<&str>, Vec<&str>, usize) {
        let (mut groups, mut separators) = (vec![self.text(at)], Vec::new());
        let mut next = at + 1;
        while let Some(group) = self.digits(next + 1).filter(|_| groups.len() < MAX_GROUPS) {
            let separator = self.text(next);
            let is_group = group.len() == 3 && groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
            let joins = match separator {
                "." | "," | "٫" | "٬" => true,
                "'" | "’" | " " | "\u{a0}" | "\u{202f}" | "\u{2009}" => {
                    is_group
                        && separators.iter().all(|other| *other == separator)
                        && self.kind(next + 2) != Some(Kind::Word)
                }
                _ => false,
            };
            if !joins {
                break;
            }
            groups.push(group);
            separators.push(separator);
            next += 2;
        }
        (groups, separators, next)
    }
}
