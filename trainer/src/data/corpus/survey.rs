//! Which characters a text has, and how many of each.

use std::fmt;

/// The characters of a text with their counts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Survey {
    counts: Vec<(char, u64)>,
}

impl Survey {
    /// Counts in one pass. U+0000 is no character of a text: it may stand between two files.
    pub fn of(text: &str) -> Self {
        Self::of_all(std::iter::once(text))
    }

    /// Counts the characters of several texts.
    pub fn of_all<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut table = vec![0u64; char::MAX as usize + 1];
        for character in texts.flat_map(str::chars) {
            table[character as usize] += 1;
        }
        let counts = ('\u{1}'..=char::MAX)
            .map(|character| (character, table[character as usize]))
            .filter(|&(_, count)| count > 0);
        Self {
            counts: counts.collect(),
        }
    }

    /// Each character with its count, ascending by character.
    pub fn counts(&self) -> &[(char, u64)] {
        &self.counts
    }

    /// Every character once, ascending: the vocabulary of a model of this text.
    pub fn characters(&self) -> String {
        self.counts
            .iter()
            .map(|&(character, _)| character)
            .collect()
    }

    /// Characters of the whole text.
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|&(_, count)| count).sum()
    }

    /// Whether the text has this character.
    pub fn contains(&self, character: char) -> bool {
        self.counts
            .binary_search_by_key(&character, |&(character, _)| character)
            .is_ok()
    }

    /// All but the characters of `others`.
    pub fn without(&self, others: &Survey) -> Survey {
        self.only(|character, _| !others.contains(character))
    }

    /// Those that occur fewer than `min_count` times.
    pub fn rarer_than(&self, min_count: u64) -> Survey {
        self.only(|_, count| count < min_count)
    }

    /// Those that a reader cannot see or mistakes for another one: controls, zero widths, special spaces.
    pub fn invisible(&self) -> Survey {
        self.only(|character, _| is_invisible(character))
    }

    /// The smallest `min_count` that leaves at most `limit` different characters.
    pub fn min_count_for(&self, limit: usize) -> u64 {
        let mut counts: Vec<u64> = self.counts.iter().map(|&(_, count)| count).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts
            .get(limit)
            .map_or(1, |&first_too_many| first_too_many + 1)
    }

    fn only(&self, keep: impl Fn(char, u64) -> bool) -> Survey {
        let counts = self.counts.iter().copied();
        Survey {
            counts: counts
                .filter(|&(character, count)| keep(character, count))
                .collect(),
        }
    }
}

/// The most frequent characters by code point and name, such as "12 U+00A0 no-break space, 3 U+00E9 “é”".
impl fmt::Display for Survey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMED: usize = 6;
        let mut by_count = self.counts.clone();
        by_count.sort_by_key(|&(character, count)| (std::cmp::Reverse(count), character));
        for (i, &(character, count)) in by_count.iter().take(NAMED).enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{count} U+{:04X}", character as u32)?;
            match name(character) {
                Some(name) => write!(f, " {name}")?,
                None if is_invisible(character) => {}
                None => write!(f, " “{character}”")?,
            }
        }
        if by_count.len() > NAMED {
            write!(f, " and {} others", by_count.len() - NAMED)?;
        }
        Ok(())
    }
}

/// A character by code point and name, such as "U+00A0 no-break space", if it cannot be seen.
pub fn unseen(character: char) -> Option<String> {
    let name = name(character);
    (name.is_some() || is_invisible(character)).then(|| {
        let code = format!("U+{:04X}", character as u32);
        name.map_or(code.clone(), |name| format!("{code} {name}"))
    })
}

fn is_invisible(character: char) -> bool {
    match character {
        '\n' | '\t' | '\r' => false,
        '\u{34f}' | '\u{61c}' | '\u{ad}' | '\u{a0}' | '\u{feff}' | '\u{3164}' => true,
        '\u{180b}'..='\u{180e}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}' => true,
        // Spaces of all widths, zero widths, directional controls, separators.
        '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' => true,
        other => other.is_control(),
    }
}

fn name(character: char) -> Option<&'static str> {
    Some(match character {
        '\n' => "line feed",
        '\t' => "tab",
        '\r' => "carriage return",
        ' ' => "space",
        '\u{c}' => "form feed",
        '\u{1b}' => "escape",
        '\u{a0}' => "no-break space",
        '\u{ad}' => "soft hyphen",
        '\u{200b}' => "zero width space",
        '\u{200c}' => "zero width non-joiner",
        '\u{200d}' => "zero width joiner",
        '\u{2028}' => "line separator",
        '\u{202f}' => "narrow no-break space",
        '\u{feff}' => "byte order mark",
        '\u{2000}'..='\u{200a}' => "special space",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "directional control"
        }
        '\u{fe00}'..='\u{fe0f}' => "variation selector",
        other if other.is_control() => "control character",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_sorted() {
        let survey = Survey::of("b😀ab\u{10ffff}é");
        let counts = [('a', 1), ('b', 2), ('é', 1), ('😀', 1), ('\u{10ffff}', 1)];
        assert_eq!(survey.counts(), counts);
        assert_eq!(
            (survey.characters().as_str(), survey.total()),
            ("abé😀\u{10ffff}", 6)
        );
        assert_eq!(Survey::of(""), Survey::default());
        assert_eq!(survey.rarer_than(2).characters(), "aé😀\u{10ffff}");
    }

    #[test]
    fn a_least_count_makes_a_vocabulary_fit() {
        let survey = Survey::of("aaaabbbccd");
        for (limit, min_count) in [(9, 1), (4, 1), (3, 2), (2, 3), (1, 4), (0, 5)] {
            assert_eq!(survey.min_count_for(limit), min_count, "{limit}");
            let left = survey.counts().len() - survey.rarer_than(min_count).counts().len();
            assert!(left <= limit);
        }
        // Equal counts go together.
        assert_eq!(Survey::of("aabbccd").min_count_for(2), 3);
    }

    #[test]
    fn what_cannot_be_seen_is_named() {
        let survey = Survey::of("a\u{a0}b\u{200b}\u{200b}\u{202e}\u{c}\u{7}\tc\n é");
        assert_eq!(
            survey.invisible().to_string(),
            "2 U+200B zero width space, 1 U+0007 control character, 1 U+000C form feed, \
             1 U+00A0 no-break space, 1 U+202E directional control"
        );
        assert_eq!(
            Survey::of("é\n").to_string(),
            "1 U+000A line feed, 1 U+00E9 “é”"
        );
        assert!(
            Survey::of("abcdefgh")
                .to_string()
                .ends_with(" and 2 others")
        );
    }
}
