//! Reports of several runs, put together: a machine that is shared is seldom quiet for the whole suite.

use anyhow::Result;

use super::Report;

impl Report {
    /// All parts of both; of a part that both have, the `later` one.
    ///
    /// # Errors
    ///
    /// The two are from different machines, compilers or versions: one page would compare what cannot be compared.
    pub(crate) fn with(self, later: Self) -> Result<Self> {
        self.machine.same_as(&later.machine)?;
        let again = |part: &_| later.runs.iter().any(|run| run.parts.contains(part));
        let mut runs = self.runs;
        runs.iter_mut().for_each(|run| run.parts.retain(|part| !again(part)));
        runs.retain(|run| !run.parts.is_empty());
        runs.extend(later.runs);
        Ok(Self {
            machine: later.machine,
            runs,
            verify: later.verify.or(self.verify),
            refused: later.refused.or(self.refused),
            axum: later.axum.or(self.axum),
            adapters: later.adapters.or(self.adapters),
            curve: later.curve.or(self.curve),
            threads: later.threads.or(self.threads),
            cold: later.cold.or(self.cold),
            beyond: later.beyond.or(self.beyond),
            express: later.express.or(self.express),
            frameworks: later.frameworks.or(self.frameworks),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Report;
    use crate::options::Part;

    fn small() -> Report {
        serde_json::from_str(include_str!("small.json")).unwrap()
    }

    /// The small report as if only these parts had been measured.
    fn only(parts: &[Part]) -> Report {
        let mut report = small();
        report.runs[0].parts = parts.to_vec();
        let has = |part| parts.contains(&part);
        report.verify = report.verify.filter(|_| has(Part::Verify));
        report.axum = report.axum.filter(|_| has(Part::Axum));
        report.curve = report.curve.filter(|_| has(Part::Curve));
        report.express = report.express.filter(|_| has(Part::Express));
        report
    }

    #[test]
    fn the_parts_of_two_reports_are_put_together() {
        let merged = only(&[Part::Verify]).with(only(&[Part::Axum, Part::Curve])).unwrap();
        assert!(merged.verify.is_some() && merged.axum.is_some() && merged.curve.is_some());
        assert!(merged.express.is_none());
        let parts: Vec<_> = merged.runs.iter().map(|run| run.parts.clone()).collect();
        assert_eq!(parts, [vec![Part::Verify], vec![Part::Axum, Part::Curve]]);
    }

    #[test]
    fn of_a_part_that_both_have_the_later_one_is_taken() {
        let mut smoke = only(&[Part::Verify, Part::Axum]);
        smoke.runs[0].quick = true;
        let mut later = only(&[Part::Verify]);
        later.verify.as_mut().unwrap()[0].allocations = 77.0;
        let merged = smoke.with(later).unwrap();
        assert_eq!(merged.verify.as_ref().unwrap()[0].allocations, 77.0);
        assert!(merged.is_smoke(Part::Axum));
        assert!(!merged.is_smoke(Part::Verify));
    }

    #[test]
    fn reports_of_different_machines_are_not_merged() {
        let mut other = small();
        other.machine.compiler = "rustc 1.0.0".to_owned();
        let error = small().with(other).unwrap_err().to_string();
        assert!(error.ends_with("is from rustc 1.90.0; another is from rustc 1.0.0"), "{error}");
    }
}
