//! Choices that a seed repeats (splitmix64).

pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Choices by the [`seed`] of this run.
    pub fn of_this_run() -> Self {
        Self(seed())
    }

    /// A number from 0 to `limit` - 1.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }

    /// One of these.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let count = u64::try_from(all.len()).unwrap();
        &all[usize::try_from(self.below(count)).unwrap()]
    }
}

/// What is in `CHANCE_SEED`, or a new seed each time. It is printed: a test that fails says how to repeat it.
#[expect(clippy::print_stdout, reason = "the seed is shown when the test fails")]
pub fn seed() -> u64 {
    let seed = setting("CHANCE_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    println!("CHANCE_SEED={seed}");
    seed
}

/// A number that a test run is given in its environment: a seed, or how much is to be done.
#[expect(clippy::disallowed_methods, reason = "a run can be repeated, and made longer")]
pub fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}
