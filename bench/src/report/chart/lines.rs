//! How something grows: lines over logarithmic scales.

use super::drawing::{Anchor, Drawing, MARGIN, WIDTH};
use super::said;
use super::scale::Logarithmic;

const LEFT: f64 = 66.0;
const HEIGHT: f64 = 250.0;
/// From one line of the legend to the next.
const LEGEND: f64 = 20.0;
/// Half the size of a mark.
const MARK: f64 = 4.5;

pub(super) struct Lines {
    pub(super) title: &'static str,
    /// What a height says.
    pub(super) scale: &'static str,
    pub(super) series: [Series; 4],
}

/// One line.
pub(super) struct Series {
    /// What there is more and more of.
    pub(super) name: &'static str,
    /// How many, and nanoseconds.
    pub(super) points: Vec<(usize, f64)>,
}

impl Lines {
    /// `None` if there is no point.
    pub(super) fn draw(&self) -> Option<String> {
        let top = 62.0 + LEGEND * self.series.len() as f64 + 10.0;
        let bottom = top + HEIGHT;
        let points = || self.series.iter().flat_map(|series| series.points.iter().copied());
        let across = Logarithmic::new(points().map(|point| point.0 as f64), LEFT, WIDTH - MARGIN - 26.0)?;
        let upwards = Logarithmic::new(points().map(|point| point.1), bottom, top)?;

        let mut drawing = Drawing::new(bottom + 32.0, self.title, self.scale);
        for (index, series) in self.series.iter().enumerate() {
            let y = 64.0 + LEGEND * index as f64;
            drawing.path(&format!("line{index}"), &[(MARGIN, y), (MARGIN + 24.0, y)]);
            mark(&mut drawing, index, (MARGIN + 12.0, y));
            drawing.text("", (MARGIN + 34.0, y + 4.5), Anchor::Start, series.name);
        }
        for tick in upwards.ticks() {
            let y = upwards.place(tick);
            drawing.line("grid", (LEFT, y), (WIDTH - MARGIN, y));
            drawing.text("faint number", (LEFT - 8.0, y + 4.0), Anchor::End, &time(tick));
        }
        for tick in across.ticks() {
            let x = across.place(tick);
            drawing.line("grid", (x, top), (x, bottom));
            drawing.text("faint number", (x, bottom + 18.0), Anchor::Middle, &grouped(tick));
        }
        let mut words = Vec::new();
        for (index, series) in self.series.iter().enumerate() {
            let place = |(value, nanoseconds): &(usize, f64)| {
                (across.place(*value as f64), upwards.place(*nanoseconds))
            };
            let places: Vec<_> = series.points.iter().map(place).collect();
            drawing.path(&format!("line{index}"), &places);
            for ((value, nanoseconds), place) in series.points.iter().zip(places) {
                let said = said(&value.to_string(), series.name, &format!("{nanoseconds:.0} ns"));
                drawing.value(&said, |drawing| mark(drawing, index, place));
                words.push(said);
            }
        }
        let words = format!("{}. {}.", self.scale, words.join("; "));
        Some(drawing.finish(self.title, &words))
    }
}

/// Each line has its own form of mark, for readers who cannot tell the colours apart.
fn mark(drawing: &mut Drawing, index: usize, (x, y): (f64, f64)) {
    let (class, m) = (format!("fill{index}"), MARK);
    match index {
        0 => drawing.rectangle(&class, (x - m + 0.5, y - m + 0.5), (2.0 * m - 1.0, 2.0 * m - 1.0)),
        1 => drawing.form(&class, &[(x, y - m), (x + m, y + m), (x - m, y + m)]),
        2 => drawing.form(&class, &[(x, y - m - 1.0), (x + m + 1.0, y), (x, y + m + 1.0), (x - m - 1.0, y)]),
        _ => drawing.form(&class, &[(x - m, y - m), (x + m, y - m), (x, y + m)]),
    }
}

/// A power of ten nanoseconds.
fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ..1e3 => format!("{nanoseconds:.0} ns"),
        ..1e6 => format!("{:.0} µs", nanoseconds / 1e3),
        _ => format!("{:.0} ms", nanoseconds / 1e6),
    }
}

/// A power of ten with its thousands apart.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join("\u{202f}")
}

#[cfg(test)]
mod tests {
    use super::{grouped, time};

    #[test]
    fn numbers_are_labelled_as_people_read_them() {
        assert_eq!([100.0, 1e3, 1e5, 1e7].map(time), ["100 ns", "1 µs", "100 µs", "10 ms"]);
        assert_eq!([1.0, 1e3, 1e5].map(grouped), ["1", "1\u{202f}000", "100\u{202f}000"]);
    }
}
