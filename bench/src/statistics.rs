//! Medians over interleaved rounds.
//!
//! Every ratio is taken within one round and the median is taken over the ratios, so that a machine
//! that slows down between two rounds moves both sides of each ratio alike.

use serde::{Deserialize, Serialize};

/// The median of the rounds, with the extremes beside it as a measure of the noise.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Rounds {
    pub(crate) median: f64,
    pub(crate) lowest: f64,
    pub(crate) highest: f64,
}

impl Rounds {
    /// `None` if nothing was measured.
    pub(crate) fn of(samples: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut samples: Vec<f64> = samples.into_iter().collect();
        samples.sort_by(f64::total_cmp);
        let (&lowest, &highest) = (samples.first()?, samples.last()?);
        let middle = samples.len() / 2;
        let median = if samples.len() % 2 == 1 {
            samples[middle]
        } else {
            f64::midpoint(samples[middle - 1], samples[middle])
        };
        Some(Self { median, lowest, highest })
    }
}

/// The value below which `share` of the samples are; sorts them. `None` if nothing was measured.
pub(crate) fn percentile(samples: &mut [f64], share: f64) -> Option<f64> {
    samples.sort_by(f64::total_cmp);
    samples.get((samples.len() as f64 * share) as usize).copied()
}

/// The order of `count` contenders in `round`: everybody goes first once.
pub(crate) fn rotated(count: usize, round: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |position| (position + round) % count)
}

#[cfg(test)]
mod tests {
    use super::{Rounds, rotated};

    #[test]
    fn the_median_of_an_even_number_is_between_the_middle_two() {
        let rounds = Rounds::of([4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!((rounds.lowest, rounds.median, rounds.highest), (1.0, 2.5, 4.0));
    }

    #[test]
    fn nothing_has_no_median() {
        assert!(Rounds::of([]).is_none());
    }

    #[test]
    fn everybody_goes_first_once() {
        let first: Vec<_> = (0..3).filter_map(|round| rotated(3, round).next()).collect();
        assert_eq!(first, [0, 1, 2]);
    }
}
