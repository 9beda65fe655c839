//! Two bars for each of several names, with the range of each.

use super::drawing::{Anchor, Drawing, MARGIN, WIDTH, width};
use super::scale::Linear;
use super::{ratio, said, with_range};
use crate::statistics::Rounds;

const LETTERS: f64 = 13.0;
/// Of a line of text.
const LINE: f64 = 15.0;
/// Letters that fit beside the bars; a longer name is on two lines.
const MOST_LETTERS: usize = 29;

const BAR: f64 = 12.0;
/// From one bar to the next of the same name.
const PITCH: f64 = 15.0;
/// From one name to the next.
const ROW: f64 = 40.0;
const TOP: f64 = 106.0;
/// For the value beside the longest bar.
const VALUE: f64 = 46.0;

pub(super) struct Bars {
    pub(super) title: &'static str,
    /// What a length says.
    pub(super) scale: &'static str,
    /// What is at 1.
    pub(super) limit: &'static str,
    pub(super) series: [&'static str; 2],
    pub(super) groups: Vec<Group>,
}

/// One name.
pub(super) struct Group {
    pub(super) name: String,
    /// Bearward, among others.
    pub(super) is_own: bool,
    /// A value for each series.
    pub(super) values: [Option<Rounds>; 2],
}

impl Bars {
    /// `None` if there is no value.
    pub(super) fn draw(&self) -> Option<String> {
        let groups: Vec<_> =
            self.groups.iter().filter(|group| group.values.iter().any(Option::is_some)).collect();
        let values = || groups.iter().flat_map(|group| group.values).flatten();
        let highest = values().map(|value| value.highest).max_by(f64::total_cmp)?.max(1.0);

        let name = |group: &&Group| {
            // Bold letters are wider.
            let letters = if group.is_own { LETTERS * 1.12 } else { LETTERS };
            lines(&group.name).iter().map(|line| width(line, letters)).max_by(f64::total_cmp)
        };
        let names = groups.iter().filter_map(name).max_by(f64::total_cmp)?;
        let scale = Linear::new(highest, MARGIN + names + 10.0, WIDTH - MARGIN - VALUE);
        let bottom = TOP + groups.len() as f64 * ROW;
        let mut drawing = Drawing::new(bottom + 30.0, self.title, self.scale);
        self.legend(&mut drawing);
        for (row, _) in groups.iter().enumerate().filter(|(_, group)| group.is_own) {
            let top = TOP + row as f64 * ROW;
            drawing.rectangle("band", (MARGIN - 6.0, top), (WIDTH - 2.0 * MARGIN + 12.0, ROW));
        }
        for tick in scale.ticks() {
            let x = scale.place(tick);
            drawing.line("grid", (x, TOP), (x, bottom));
            let label = if tick.fract() == 0.0 { format!("{tick}") } else { format!("{tick:.2}") };
            drawing.text("faint number", (x, bottom + 17.0), Anchor::Middle, &label);
        }
        for (row, group) in groups.iter().enumerate() {
            self.group(&mut drawing, scale, TOP + row as f64 * ROW, group);
        }
        drawing.line("limit", (scale.place(1.0), TOP - 8.0), (scale.place(1.0), bottom));
        let half = width(self.limit, LETTERS) / 2.0;
        let middle = scale.place(1.0).min(WIDTH - MARGIN - half);
        drawing.text("faint", (middle, TOP - 13.0), Anchor::Middle, self.limit);

        let said = groups.iter().flat_map(|group| self.said(group).into_iter().flatten());
        let words = format!("{}. {}.", self.scale, said.collect::<Vec<_>>().join("; "));
        Some(drawing.finish(self.title, &words))
    }

    fn legend(&self, drawing: &mut Drawing) {
        let mut x = MARGIN;
        for (index, series) in self.series.into_iter().enumerate() {
            drawing.rectangle(&format!("fill{index}"), (x, 60.0), (BAR, BAR));
            drawing.text("", (x + BAR + 6.0, 70.5), Anchor::Start, series);
            x += BAR + 6.0 + width(series, LETTERS) + 18.0;
        }
    }

    fn group(&self, drawing: &mut Drawing, scale: Linear, top: f64, group: &Group) {
        let lines = lines(&group.name);
        let class = if group.is_own { "own" } else { "" };
        let right = scale.place(0.0) - 8.0;
        let first = top + ROW / 2.0 + 4.5 - (lines.len() - 1) as f64 * LINE / 2.0;
        for (number, line) in lines.iter().enumerate() {
            drawing.text(class, (right, first + number as f64 * LINE), Anchor::End, line);
        }
        let bars = group.values.into_iter().zip(self.said(group)).enumerate();
        for (index, (value, said)) in bars {
            let (Some(value), Some(said)) = (value, said) else { continue };
            let y = top + (ROW - PITCH - BAR) / 2.0 + index as f64 * PITCH;
            let middle = y + BAR / 2.0;
            let [start, end, low, high] =
                [0.0, value.median, value.lowest, value.highest].map(|v| scale.place(v));
            drawing.value(&said, |drawing| {
                drawing.rectangle(&format!("fill{index}"), (start, y), (end - start, BAR));
                drawing.line("range", (low, middle), (high, middle));
                for x in [low, high] {
                    drawing.line("range", (x, middle - 3.0), (x, middle + 3.0));
                }
                let class = if group.is_own { "number own" } else { "number" };
                let x = high.max(end) + 5.0;
                drawing.text(class, (x, middle + 4.0), Anchor::Start, &ratio(value.median));
            });
        }
    }

    fn said(&self, group: &Group) -> [Option<String>; 2] {
        let [first, second] = group.values;
        let [one, other] = self.series;
        let say = |series, value: Option<Rounds>| Some(said(&group.name, series, &with_range(value?)));
        [say(one, first), say(other, second)]
    }
}

/// A name, on two lines if it is long: what is after a comma is on the second one.
fn lines(name: &str) -> Vec<String> {
    let long = name.chars().count() > MOST_LETTERS;
    match name.split_once(", ").filter(|_| long) {
        Some((first, second)) => vec![format!("{first},"), second.to_owned()],
        None => vec![name.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::{Bars, Group, lines};

    #[test]
    fn a_long_name_is_on_two_lines() {
        assert_eq!(lines("Fastify 5, Bearward"), ["Fastify 5, Bearward"]);
        assert_eq!(
            lines("Fastify 5, @fastify/jwt and get-jwks"),
            ["Fastify 5,", "@fastify/jwt and get-jwks"]
        );
    }

    #[test]
    fn nothing_is_not_drawn() {
        let group = Group { name: "a".to_owned(), is_own: true, values: [None, None] };
        let bars = Bars { title: "", scale: "", limit: "", series: ["", ""], groups: vec![group] };
        assert!(bars.draw().is_none());
    }
}
