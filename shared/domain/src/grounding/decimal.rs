//! Decimal numbers, and how the digits of a text are read as one.

/// A decimal number without a sign: `digits` times ten to the power of `-scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    /// Not a multiple of ten, unless it is zero.
    digits: u128,
    scale: i32,
}

impl Decimal {
    /// `None` if it has more digits than a count or an amount.
    pub(super) fn new(whole: &str, fraction: &str, power: i32) -> Option<Self> {
        let mut digits: u128 = format!("{whole}{fraction}").parse().ok()?;
        let mut scale = i32::try_from(fraction.len()).ok()? - power;
        while digits > 0 && digits.is_multiple_of(10) {
            (digits, scale) = (digits / 10, scale - 1);
        }
        Some(Self { digits, scale: if digits == 0 { 0 } else { scale } })
    }

    pub(super) fn is_year(self, year: i32) -> bool {
        Self::new(&year.to_string(), "", 0) == Some(self)
    }
}

/// The readings of a number: the digits before the decimal separator, and those after it.
pub(super) fn readings(groups: &[&str], separators: &[&str]) -> Vec<(String, String)> {
    let all = groups.concat();
    let (last, before) = match groups {
        [] | [_] => return vec![(all, String::new())],
        [before @ .., last] => (*last, before),
    };
    let decimal = (before.concat(), last.to_owned());
    let starts_well = (1..=3).contains(&groups[0].len()) && groups[0] != "0";
    // The last group has three digits, and those before it three, or two in India.
    let is_grouped = |groups: &[&str]| {
        let [_, middle @ .., last] = groups else { return true };
        starts_well
            && last.len() == 3
            && (middle.iter().all(|group| group.len() == 3) || middle.iter().all(|group| group.len() == 2))
    };
    let (separator, earlier) = (separators[separators.len() - 1], &separators[..separators.len() - 1]);
    let is_point = ![" ", "'", "’", "\u{a0}", "\u{202f}", "\u{2009}", "٬"].contains(&separator);
    let mut readings = Vec::new();
    if is_grouped(groups) && earlier.iter().all(|other| *other == separator) {
        readings.push((all, String::new()));
    }
    // Nobody writes seven as `7.000`.
    let is_padded = !readings.is_empty() && last.ends_with('0');
    let is_decimal = is_point && is_grouped(before) && !earlier.contains(&separator) && !is_padded;
    if is_decimal && earlier.windows(2).all(|pair| pair[0] == pair[1]) {
        readings.push(decimal);
    }
    readings
}
