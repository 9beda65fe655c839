//! The charts of the page, as SVG: each shows numbers of the tables below it, and nothing else.
//!
//! A picture on a page can load nothing and gets no style from the page. So each brings its own colours, for a light
//! and for a dark scheme, and its own background. The same report always gives the same bytes.

mod bars;
mod drawing;
mod lines;
mod scale;

use self::bars::{Bars, Group};
use self::lines::{Lines, Series};
use super::Report;
use super::sections::{ratio, with_range};
use crate::bearward::NAME;
use crate::curve::Axis;
use crate::http::{Row, Scenario, Throughput};
use crate::statistics::Rounds;
use crate::token::{Algorithm, algorithm};
use crate::verify::{self, Tokens};

/// A chart of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chart {
    OneToken,
    Axum,
    Adapters,
    Curve,
    ExpressRs256,
    ExpressEs256,
    Frameworks,
}

impl Chart {
    pub(crate) const ALL: [Self; 7] = [
        Self::OneToken,
        Self::Axum,
        Self::Adapters,
        Self::Curve,
        Self::ExpressRs256,
        Self::ExpressEs256,
        Self::Frameworks,
    ];

    /// The name of its file.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::OneToken => "one-token.svg",
            Self::Axum => "axum.svg",
            Self::Adapters => "adapters.svg",
            Self::Curve => "curve.svg",
            Self::ExpressRs256 => "express-rs256.svg",
            Self::ExpressEs256 => "express-es256.svg",
            Self::Frameworks => "frameworks.svg",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::OneToken => "One token: verify and validate",
            Self::Axum => "axum servers",
            Self::Adapters => "Other Rust frameworks",
            Self::Curve => "The cost of a request as numbers grow",
            Self::ExpressRs256 => "Express servers, RS256",
            Self::ExpressEs256 => "Express servers, ES256",
            Self::Frameworks => "Other Node.js frameworks",
        }
    }

    /// The picture; `None` if the report lacks what it shows.
    pub(crate) fn draw(self, report: &Report) -> Option<String> {
        match self {
            Self::OneToken => self.one_token(report.verify.as_deref()?),
            Self::Axum => self.servers(report.axum.as_ref()?),
            Self::Adapters => self.servers(report.adapters.as_ref()?),
            Self::Curve => self.curve(report),
            Self::ExpressRs256 => self.express(report, Algorithm::RS256),
            Self::ExpressEs256 => self.express(report, Algorithm::ES256),
            Self::Frameworks => self.servers(&report.frameworks.as_ref()?.throughput),
        }
    }

    fn one_token(self, rows: &[verify::Row]) -> Option<String> {
        let find = |contender: &str, algorithm, tokens| {
            let row = rows.iter().find(|row| {
                row.contender == contender && row.algorithm == algorithm && row.tokens == tokens
            })?;
            Some(row.times_raw)
        };
        let series = [NAME, verify::JSONWEBTOKEN];
        let of = |tokens, what: &'static str| {
            algorithm::USUAL.into_iter().map(move |algorithm| Group {
                name: format!("{}, {what}", algorithm.name()),
                is_own: false,
                values: series.map(|contender| find(contender, algorithm, tokens)),
            })
        };
        let groups = of(Tokens::New, "new token").chain(of(Tokens::Repeated, "the same again"));
        let bars = Bars {
            title: self.title(),
            scale: "times the cost of the bare signature check; shorter is better",
            limit: "bare signature",
            series,
            groups: groups.collect(),
        };
        bars.draw()
    }

    fn express(self, report: &Report, algorithm: Algorithm) -> Option<String> {
        let part = report.express.as_ref()?.parts.iter().find(|part| part.algorithm == algorithm)?;
        self.servers(&part.throughput)
    }

    /// The worse of the two ratios to the unprotected server, which is left out: it is the line at 1.
    fn servers(self, throughput: &Throughput) -> Option<String> {
        let in_scenario = |server: &str, scenario| {
            let row = throughput.rows.iter().find(|row| row.server == server && row.scenario == scenario)?;
            Some(worse(row))
        };
        let protected = throughput.rows.iter().filter(|row| row.server != row.baseline);
        let groups = protected.filter(|row| row.scenario == Scenario::Repeated).map(|row| Group {
            name: row.server.clone(),
            is_own: row.server.contains(NAME),
            values: [Scenario::Repeated, Scenario::New].map(|scenario| in_scenario(&row.server, scenario)),
        });
        let bars = Bars {
            title: self.title(),
            scale: "share of the unprotected server's speed; longer is better",
            limit: "unprotected",
            series: ["the same token again", "every token new"],
            groups: groups.collect(),
        };
        bars.draw()
    }

    fn curve(self, report: &Report) -> Option<String> {
        let rows = report.curve.as_deref()?;
        let series = [Axis::Tokens, Axis::TokensDefaultLimits, Axis::Issuers, Axis::Keys].map(|axis| {
            let points = rows.iter().filter(|row| row.axis == axis);
            Series {
                name: axis.what(),
                points: points.map(|row| (row.value, row.cost.nanoseconds)).collect(),
            }
        });
        Lines { title: self.title(), scale: "CPU time per request; both scales are logarithmic", series }
            .draw()
    }
}

/// The ratio that the page calls the worse one, with its range.
fn worse(row: &Row) -> Rounds {
    if row.throughput_ratio.median <= row.cpu_ratio.median { row.throughput_ratio } else { row.cpu_ratio }
}

/// What a value of a chart says, for readers who cannot see it: `cargo xtask pages` looks for it in the tables.
fn said(name: &str, series: &str, value: &str) -> String {
    format!("{name}: {series}: {value}")
}

#[cfg(test)]
mod tests {
    use super::Chart;
    use crate::report::Report;

    fn small() -> Report {
        serde_json::from_str(include_str!("../small.json")).unwrap()
    }

    #[test]
    fn a_part_that_was_not_measured_has_no_chart() {
        let drawn = Chart::ALL.into_iter().filter(|chart| chart.draw(&small()).is_some());
        assert_eq!(
            drawn.collect::<Vec<_>>(),
            [Chart::OneToken, Chart::Axum, Chart::Curve, Chart::ExpressRs256]
        );
    }

    #[test]
    fn the_same_report_gives_the_same_picture() {
        for chart in Chart::ALL {
            assert_eq!(chart.draw(&small()), chart.draw(&small()));
        }
    }

    #[test]
    fn a_server_is_shown_with_the_worse_ratio_of_each_scenario_and_its_range() {
        let drawing = Chart::Axum.draw(&small()).unwrap();
        assert!(drawing.contains("<title>Bearward: the same token again: 0.92 (0.91–1.06)</title>"));
        assert!(drawing.contains("<title>Bearward: every token new: 0.25 (0.22–0.30)</title>"));
        assert!(!drawing.contains("axum 0.8, unprotected"), "the line at 1 shows it");
    }

    #[test]
    fn one_token_is_shown_beside_jsonwebtoken_with_each_algorithm() {
        let drawing = Chart::OneToken.draw(&small()).unwrap();
        for said in ["RS256, new token: Bearward: 1.19", "RS256, new token: jsonwebtoken: 1.39"] {
            assert!(drawing.contains(&format!("<title>{said} (")), "{said}");
        }
    }

    #[test]
    fn a_picture_loads_nothing_and_suits_a_dark_page_too() {
        for drawing in Chart::ALL.into_iter().filter_map(|chart| chart.draw(&small())) {
            assert!(drawing.contains("@media (prefers-color-scheme: dark)"));
            assert_eq!(drawing.matches("http").count(), 1, "the name space of SVG alone");
            assert!(!drawing.contains("href") && !drawing.contains("url(") && !drawing.contains("NaN"));
        }
    }

    #[test]
    fn a_picture_says_in_words_what_it_shows() {
        let drawing = Chart::Curve.draw(&small()).unwrap();
        let words = drawing.split_once("<desc id=\"desc\">").unwrap().1.split_once("</desc>").unwrap().0;
        assert!(words.contains("1000: live tokens, cache large enough: 256 ns"), "{words}");
    }
}
