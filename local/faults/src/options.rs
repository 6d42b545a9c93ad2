//! What to run, from environment variables.

use strum::VariantArray as _;

use crate::mutation::Mutation;

pub struct Options {
    /// Schedules, besides the kept seeds.
    pub schedules: usize,
    pub seed: u64,
    /// The service is mutated, and the schedules must find it.
    pub mutation: Option<Mutations>,
    /// Prints the story of each schedule.
    pub tells: bool,
}

pub enum Mutations {
    All,
    One(Mutation),
}

impl Options {
    /// Reads the environment. The error names the variable, and what it takes.
    pub fn read() -> Result<Self, String> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let drawn = u64::try_from(now.as_millis()).unwrap() % 1_000_000_000 * 1_000;
        let mutation = match text("MUTATION").as_deref() {
            None => None,
            Some("all") => Some(Mutations::All),
            Some(name) => Some(Mutations::One(name.parse().map_err(|_| {
                let names: Vec<String> = Mutation::VARIANTS.iter().map(ToString::to_string).collect();
                format!("MUTATION must be `all` or one of: {}", names.join(", "))
            })?)),
        };
        Ok(Self {
            schedules: usize::try_from(number("N", u32::MAX.into())?.unwrap_or(2_000)).unwrap(),
            seed: number("SEED", u64::MAX)?.unwrap_or(drawn),
            mutation,
            tells: number("STORY", 1)? == Some(1),
        })
    }

    pub fn seeds(&self) -> impl Iterator<Item = u64> {
        let seed = self.seed;
        (0..self.schedules as u64).map(move |number| seed.wrapping_add(number))
    }
}

fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

fn number(name: &str, most: u64) -> Result<Option<u64>, String> {
    let wrong = || format!("{name} must be a whole number from 0 to {most}");
    text(name).map(|text| text.parse().ok().filter(|number| *number <= most).ok_or_else(wrong)).transpose()
}
