//! A weighted grammar, as written in `grammar.txt`, and the texts that it makes.
//!
//! A line `name = 3 some <other> text | more` is a rule of two alternatives, of weights 3 and 1 (when none is written).
//! `<other>` stands for what the rule `other` makes, `\n` for a line end. A line that begins with a space goes on with
//! the one before. A name in capitals is a list: a rule with `WHO` in its name is there once for every value of `WHO`.
//! Equal alternatives of a rule are one, of the sum of their weights.

/// Rules; the text begins with the first one.
pub(super) struct Grammar {
    pub(super) rules: Vec<Rule>,
}

/// A choice between alternatives.
pub(super) struct Rule {
    pub(super) alternatives: Vec<Alternative>,
}

/// One outcome of a choice; its probability is its weight over the sum of the weights.
pub(super) struct Alternative {
    pub(super) weight: u32,
    pub(super) parts: Vec<Part>,
}

/// What an alternative is made of.
#[derive(PartialEq, Eq)]
pub(super) enum Part {
    /// Characters of the text.
    Text(String),
    /// What the rule of this index makes.
    Rule(usize),
}

impl Grammar {
    /// Reads the notation above.
    ///
    /// # Panics
    ///
    /// If `source` does not keep to it. The only source outside of tests is part of this program.
    pub(super) fn parse(source: &str) -> Self {
        let mut lists: Vec<(&str, &str)> = Vec::new();
        let mut lines: Vec<(String, String)> = Vec::new();
        let whole = source.replace("\n ", " ");
        for line in whole.lines() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, body) = line.split_once(" = ").expect("a name, ` = `, a body");
            if name.bytes().all(|byte| byte.is_ascii_uppercase()) {
                lists.push((name, body));
                continue;
            }
            let mut copies = vec![(name.to_owned(), body.to_owned())];
            for &(list, values) in lists.iter().filter(|(list, _)| name.contains(list)) {
                copies = copies
                    .iter()
                    .flat_map(|(name, body)| {
                        values
                            .split_whitespace()
                            .map(|value| (name.replace(list, value), body.replace(list, value)))
                    })
                    .collect();
            }
            lines.append(&mut copies);
        }
        let names: std::collections::HashMap<_, _> = lines
            .iter()
            .map(|(name, _)| name.as_str())
            .zip(0..)
            .collect();
        assert_eq!(names.len(), lines.len(), "two rules of one name");
        let index = |name: &str| *names.get(name).unwrap_or_else(|| panic!("no rule {name}"));
        let rules = lines.iter().map(|(_, body)| Rule {
            alternatives: alternatives(body, index),
        });
        Self {
            rules: rules.collect(),
        }
    }

    /// A text of `length` bytes and the rest of a paragraph. At each choice, `choose` is given the index of the rule and
    /// the text so far and returns the index of an alternative.
    pub(super) fn expand(
        &self,
        length: usize,
        mut choose: impl FnMut(usize, &str) -> usize,
    ) -> String {
        let mut text = String::new();
        let mut to_come = vec![&Part::Rule(0)];
        while let Some(part) = to_come.pop() {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Rule(index) => {
                    let chosen = choose(*index, &text);
                    let chosen = &self.rules[*index].alternatives[chosen];
                    to_come.extend(chosen.parts.iter().rev());
                }
            }
            if text.len() >= length && text.ends_with("\n\n") {
                break;
            }
        }
        text
    }
}

fn alternatives(body: &str, index: impl Fn(&str) -> usize) -> Vec<Alternative> {
    let mut found: Vec<Alternative> = Vec::new();
    for source in body.split('|').map(str::trim) {
        let digits = source.len()
            - source
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        let weight = source[..digits].parse().unwrap_or(1);
        let mut parts = Vec::new();
        for (i, piece) in source[digits..].trim_start().split('<').enumerate() {
            let text = match piece.split_once('>') {
                Some((name, text)) if i > 0 => {
                    parts.push(Part::Rule(index(name)));
                    text
                }
                _ => piece,
            };
            if !text.is_empty() {
                parts.push(Part::Text(text.replace("\\n", "\n")));
            }
        }
        match found.iter_mut().find(|other| other.parts == parts) {
            Some(equal) => equal.weight += weight,
            None => found.push(Alternative { weight, parts }),
        }
    }
    found
}

impl Rule {
    /// Sum of the weights.
    pub(super) fn total(&self) -> u32 {
        self.alternatives.iter().map(|choice| choice.weight).sum()
    }

    /// Each alternative with its probability.
    pub(super) fn probabilities(&self) -> impl Iterator<Item = (f64, &Alternative)> {
        let total = f64::from(self.total());
        self.alternatives
            .iter()
            .map(move |choice| (f64::from(choice.weight) / total, choice))
    }
}
