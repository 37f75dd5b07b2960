//! Proof that a grammar's text can be read in one way only. Part of the tests only.
//!
//! The openings of an alternative are the literal texts with which its expansion can begin. If at every rule no opening
//! of one alternative begins an opening of another one, then the text decides every choice: whoever has read all choices
//! so far knows which rule is next, and the characters from here on begin with openings of one alternative only, since of
//! two openings that stand in the same place one begins the other. By induction no two series of choices make the same
//! text, whatever its length.

use super::grammar::{Alternative, Grammar, Part};
use super::{CHARS, KEY, grammar, written};

/// What the expansion of `alternative` can begin with.
fn openings<'a>(grammar: &'a Grammar, alternative: &'a Alternative) -> Vec<&'a str> {
    match alternative.parts.first() {
        None => vec![""],
        Some(Part::Text(text)) => vec![text],
        Some(Part::Rule(index)) => {
            let alternatives = grammar.rules[*index].alternatives.iter();
            alternatives
                .flat_map(|alternative| openings(grammar, alternative))
                .collect()
        }
    }
}

/// The openings of every alternative of every rule.
fn table(grammar: &Grammar) -> Vec<Vec<Vec<&str>>> {
    let rules = grammar.rules.iter();
    rules
        .map(|rule| {
            let alternatives = rule.alternatives.iter();
            alternatives
                .map(|alternative| openings(grammar, alternative))
                .collect()
        })
        .collect()
}

/// An opening that begins two alternatives of one rule.
fn ambiguity(grammar: &Grammar) -> Option<&str> {
    for alternatives in table(grammar) {
        for (i, one) in alternatives.iter().enumerate() {
            for (j, other) in alternatives.iter().enumerate() {
                let begins = |a: &&&str| i != j && other.iter().any(|b| b.starts_with(**a));
                if let Some(opening) = one.iter().find(begins) {
                    return Some(opening);
                }
            }
        }
    }
    None
}

#[test]
fn every_choice_shows_in_the_text() {
    assert_eq!(ambiguity(&grammar()), None);
}

#[test]
fn a_choice_that_does_not_show_is_found() {
    let found = |source| ambiguity(&Grammar::parse(source)).map(str::to_owned);
    assert_eq!(found("s = sea<s> | season<s>"), Some("sea".into()));
    assert_eq!(
        found("s = <a> x<s> | <b>y<s>\na = u | v\nb = w | vw"),
        Some("v".into())
    );
    assert_eq!(found("s = x<s> | "), Some("".into()));
    assert_eq!(found("s = <a>x<s> | <b>x<s>\na = u | v\nb = w | z"), None);
}

#[test]
fn the_whole_text_is_read_back_into_its_choices() {
    let grammar = grammar();
    let (text, written) = written(&grammar, KEY, CHARS);
    let openings = table(&grammar);
    let mut read = Vec::new();
    let copy = grammar.expand(CHARS, |rule, before| {
        let rest = &text[before.len()..];
        let fits = |i: &usize| {
            openings[rule][*i]
                .iter()
                .any(|opening| rest.starts_with(opening))
        };
        let fitting: Vec<usize> = (0..openings[rule].len()).filter(fits).collect();
        let [chosen] = fitting[..] else {
            panic!("alternatives {fitting:?} at {}", before.len());
        };
        read.push((rule, chosen));
        chosen
    });
    assert_eq!(copy, text);
    assert!(read == written, "other choices make the same text");
}
