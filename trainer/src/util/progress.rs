//! Progress on standard error: a bar on a terminal, a line now and then elsewhere.

use super::terminal::{say, shows_bars};
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt::Display;
use std::time::{Duration, Instant};

/// Without a terminal a line is printed this often at most.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// One long task.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    what: &'static str,
    lines: Option<std::sync::Mutex<Lines>>,
}

#[derive(Debug)]
struct Lines {
    started: Instant,
    last: Instant,
}

impl Progress {
    /// A task of `total` `unit`s, such as 1200 "steps".
    pub fn new(what: &'static str, total: u64, unit: &str) -> Self {
        let terminal = shows_bars();
        let bar = if terminal {
            ProgressBar::new(total)
        } else {
            ProgressBar::hidden()
        };
        bar.set_length(total);
        let template = format!(
            "{what} {{wide_bar}} {{human_pos}}/{{human_len}} {unit}  {{msg}}  {{eta}} left"
        );
        bar.set_style(
            ProgressStyle::with_template(&template)
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let now = Instant::now();
        let lines = (!terminal).then(|| {
            std::sync::Mutex::new(Lines {
                started: now,
                last: now,
            })
        });
        Self { bar, what, lines }
    }

    /// `position` of the task is done; `message` says how it goes.
    pub fn set(&self, position: u64, message: impl Display) {
        self.bar.set_position(position);
        let Some(lines) = &self.lines else {
            self.bar.set_message(message.to_string());
            return;
        };
        // A thread that panicked while it printed does not matter here.
        let mut lines = lines
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if lines.last.elapsed() >= LINE_EVERY {
            lines.last = Instant::now();
            let total = self.bar.length().unwrap_or(position);
            let share = total.saturating_sub(position) as f64 / position.max(1) as f64;
            let left = lines.started.elapsed().as_secs_f64() * share;
            say(format_args!(
                "{} {position}/{total}  {message}  {left:.0} s left",
                self.what
            ));
        }
    }

    /// Prints a line that stays.
    pub fn say(&self, line: impl Display) {
        if self.lines.is_some() {
            say(format_args!("{line}"));
        } else {
            self.bar.println(line.to_string());
        }
    }

    /// Ends the task; the bar goes away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
