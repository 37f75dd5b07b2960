//! Speaker headings: a line of its own behind an empty one, that ends with a colon.

use std::collections::HashSet;

/// The speakers that the headings of `text` name.
pub fn headings(text: &str) -> impl Iterator<Item = &str> {
    let before = std::iter::once("").chain(text.lines());
    before.zip(text.lines()).filter_map(|(before, line)| {
        let speaker = line.strip_suffix(':')?;
        (before.is_empty() && !speaker.is_empty()).then_some(speaker)
    })
}

/// The different speakers of a text.
pub fn speakers(text: &str) -> HashSet<&str> {
    headings(text).collect()
}

/// The share of the headings of `texts` that name one of `speakers`, and how many headings there are; the share is NaN
/// when there are none.
pub fn share_known(texts: &[String], speakers: &HashSet<&str>) -> (f64, usize) {
    let all: Vec<&str> = texts.iter().flat_map(|text| headings(text)).collect();
    let known = all.iter().filter(|name| speakers.contains(*name)).count();
    (known as f64 / all.len() as f64, all.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAY: &str =
        "ROMEO:\nHark:\nwhat light?\n\nFirst Citizen:\nSpeak: speak.\n\n:\n\nAll say:";

    #[test]
    fn a_heading_follows_an_empty_line_and_ends_with_a_colon() {
        let found: Vec<&str> = headings(PLAY).collect();
        assert_eq!(found, ["ROMEO", "First Citizen", "All say"]);
    }

    #[test]
    fn invented_speakers_are_not_known() {
        let speakers = speakers(PLAY);
        let texts = [
            "ROMEO:\nO.\n\nROMIO:\n".to_owned(),
            "He said:\n\nFirst Citizen:".to_owned(),
        ];
        let (share, count) = share_known(&texts, &speakers);
        assert_eq!((share, count), (0.5, 4));
        assert_eq!(share_known(&[], &speakers).1, 0);
    }
}
