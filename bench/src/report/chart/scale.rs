//! From values to places.

/// Values from nothing to an end, on a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linear {
    start: f64,
    length: f64,
    step: f64,
    steps: usize,
}

impl Linear {
    /// A scale that has room for `highest`, between two places.
    pub(super) fn new(highest: f64, start: f64, end: f64) -> Self {
        const MOST_STEPS: f64 = 6.0;
        let decades = (0..).map(|exponent| 10.0_f64.powi(exponent));
        let mut steps = decades.flat_map(|decade| [0.25, 0.5, 1.0].map(|step| step * decade));
        let step = steps.find(|step| highest / step <= MOST_STEPS || *step > 1e9).unwrap_or(1.0);
        Self { start, length: end - start, step, steps: (highest / step).ceil().max(1.0) as usize }
    }

    pub(super) fn place(self, value: f64) -> f64 {
        self.start + self.length * value / (self.step * self.steps as f64)
    }

    /// The values with a line.
    pub(super) fn ticks(self) -> impl Iterator<Item = f64> {
        (0..=self.steps).map(move |number| number as f64 * self.step)
    }
}

/// Values between two powers of ten, on a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Logarithmic {
    start: f64,
    length: f64,
    first: i32,
    last: i32,
}

impl Logarithmic {
    /// A scale that has room for all of these; `None` without any, and for what has no logarithm.
    pub(super) fn new(values: impl Iterator<Item = f64>, start: f64, end: f64) -> Option<Self> {
        let logarithms: Vec<f64> = values.map(f64::log10).collect();
        if !logarithms.iter().all(|value| value.is_finite()) {
            return None;
        }
        let lowest = logarithms.iter().copied().min_by(f64::total_cmp)?.floor() as i32;
        let highest = logarithms.iter().copied().max_by(f64::total_cmp)?.ceil() as i32;
        Some(Self { start, length: end - start, first: lowest, last: highest.max(lowest + 1) })
    }

    pub(super) fn place(self, value: f64) -> f64 {
        let share = (value.log10() - f64::from(self.first)) / f64::from(self.last - self.first);
        self.start + self.length * share
    }

    /// The powers of ten.
    pub(super) fn ticks(self) -> impl Iterator<Item = f64> {
        (self.first..=self.last).map(|exponent| 10.0_f64.powi(exponent))
    }
}

#[cfg(test)]
mod tests {
    use super::{Linear, Logarithmic};

    #[test]
    fn a_scale_has_room_for_the_highest_value_and_few_lines() {
        let ticks = |highest| Linear::new(highest, 0.0, 1.0).ticks().collect::<Vec<_>>();
        assert_eq!(ticks(1.0), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(ticks(1.27), [0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5]);
        assert_eq!(ticks(2.1), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
        assert_eq!(Linear::new(2.0, 100.0, 300.0).place(1.0), 200.0);
    }

    #[test]
    fn powers_of_ten_are_equally_far_apart() {
        let scale = Logarithmic::new([1.0, 250.0].into_iter(), 0.0, 300.0).unwrap();
        assert_eq!(scale.ticks().collect::<Vec<_>>(), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!([1.0, 100.0].map(|value| scale.place(value).round()), [0.0, 200.0]);
    }

    #[test]
    fn nothing_and_zero_have_no_logarithmic_scale() {
        assert!(Logarithmic::new([].into_iter(), 0.0, 1.0).is_none());
        assert!(Logarithmic::new([0.0, 1.0].into_iter(), 0.0, 1.0).is_none());
    }
}
