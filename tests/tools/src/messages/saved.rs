//! What a compressor saves.

use super::texts::Messages;

/// Lengths of messages in bytes, from one on to below the next.
pub const LENGTHS: [(usize, &str); 3] = [
    (0, "under 25 bytes"),
    (25, "25 to 100 bytes"),
    (101, "over 100 bytes"),
];

/// What a compressor saves: a message that would grow passes as it is, with no mark that says so.
#[derive(Clone, PartialEq, Debug)]
pub struct Saved {
    /// Per cent, by file.
    pub files: Vec<f64>,
    /// Per cent, by [`LENGTHS`]; not a number where no message is that long.
    pub lengths: [f64; LENGTHS.len()],
}

impl Saved {
    /// Of the sizes of all packets, by file and message.
    pub fn of(tests: &[Messages], packets: &[Vec<usize>]) -> Self {
        let pairs = tests.iter().zip(packets);
        let sizes: Vec<Vec<(usize, usize)>> = pairs
            .map(|(test, packets)| {
                let messages = test.messages.iter().zip(packets);
                messages
                    .map(|(message, &packet)| (message.len(), packet.min(message.len())))
                    .collect()
            })
            .collect();
        let of_length = |(index, &(from, _)): (usize, &(usize, &str))| {
            let below = LENGTHS.get(index + 1).map_or(usize::MAX, |&(next, _)| next);
            percent(
                sizes
                    .iter()
                    .flatten()
                    .filter(|&&(raw, _)| (from..below).contains(&raw)),
            )
        };
        let mut lengths = [0.0; LENGTHS.len()];
        for (saved, length) in lengths.iter_mut().zip(LENGTHS.iter().enumerate()) {
            *saved = of_length(length);
        }
        Self {
            files: sizes.iter().map(|file| percent(file.iter())).collect(),
            lengths,
        }
    }
}

fn percent<'a>(sizes: impl Iterator<Item = &'a (usize, usize)>) -> f64 {
    let (raw, packed) = sizes.fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
    100.0 * (1.0 - packed as f64 / raw as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_count_and_nothing_grows() {
        let test = Messages {
            name: "a".into(),
            messages: vec!["ab".into(), "x".repeat(30)],
        };
        let saved = Saved::of(&[test], &[vec![5, 10]]);
        // 2 + 10 of 32.
        assert_eq!(saved.files, [62.5]);
        assert_eq!(saved.lengths[0], 0.0);
        assert!((saved.lengths[1] - 66.666).abs() < 0.01);
        assert!(saved.lengths[2].is_nan());
    }
}
