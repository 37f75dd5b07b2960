//! Names that configurations and presets had in earlier versions. They are still read, with a note.

use super::removed::REMOVED;

/// Presets: the old name, the new one.
const PRESETS: [(&str, &str); 2] = [("seed", "base"), ("seed-float", "base-float")];

/// Keys: section, the old name, the new one. The fields have the old name as an alias.
const KEYS: [(&str, &str, &str); 8] = [
    ("model", "hidden", "d_ff"),
    ("model", "shift", "token_shift"),
    ("train", "embedding_rate", "embedding_lr_mult"),
    ("train", "bias_rate", "bias_lr_mult"),
    ("train", "scale_rate", "scale_lr_mult"),
    ("train", "muon_rate", "muon_lr_mult"),
    ("train", "final_rate", "final_lr_mult"),
    ("train", "teacher_share", "distill_weight"),
];

/// What the preset `name` is called now.
pub fn preset(name: &str) -> &str {
    let new = PRESETS.iter().find(|(old, _)| *old == name);
    new.map_or(name, |(_, new)| new)
}

/// Gives the keys of a configuration the names that they have now.
pub(super) fn rename(table: &mut toml::Table) {
    for (section, old, new) in KEYS {
        let section = table.get_mut(section).and_then(toml::Value::as_table_mut);
        if let Some(section) = section
            && !section.contains_key(new)
            && let Some(value) = section.remove(old)
        {
            section.insert(new.to_owned(), value);
        }
    }
}

/// A sentence for each key of the configuration `text` that has a new name or is gone. None for a text that is no TOML.
pub fn notes(text: &str) -> Vec<String> {
    let Ok(table) = text.parse::<toml::Table>() else {
        return Vec::new();
    };
    let has = |section: &str, key: &str| {
        let section = table.get(section).and_then(toml::Value::as_table);
        section.is_some_and(|section| section.contains_key(key))
    };
    let old = KEYS.iter().filter(|(section, old, _)| has(section, old));
    let renamed =
        old.map(|(section, old, new)| format!("{section}.{old} is called {section}.{new} now"));
    let by_the_clock = has("train", "evaluate_seconds").then(|| {
        "train.evaluate_seconds is not used: evaluations happen at steps, every train.eval_interval".to_owned()
    });
    let gone = REMOVED
        .iter()
        .filter(|(section, key, ..)| has(section, key));
    let gone = gone.map(|(section, key, ..)| {
        format!("there is no such setting as {section}.{key} any more: the line can go")
    });
    renamed.chain(by_the_clock).chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn every_old_key_is_read_and_noted() {
        let new = include_str!("../../presets/base.toml");
        let expected = Config::from_toml(new).unwrap();
        let mut old = new.to_owned();
        for (_, before, now) in KEYS {
            old = old.replace(&format!("\n{now} ="), &format!("\n{before} ="));
        }
        assert_eq!(Config::from_toml(&old).unwrap(), expected);
        assert_eq!(notes(new), [""; 0]);
        assert!(notes(&old).contains(&"model.hidden is called model.d_ff now".to_owned()));
        assert!(
            notes(&old)
                .iter()
                .any(|note| note.contains("train.muon_lr_mult"))
        );
    }

    #[test]
    fn every_old_preset_is_known() {
        for (old, new) in PRESETS {
            assert_eq!(preset(old), new);
            assert!(Config::preset(new).is_ok());
            assert_eq!(Config::preset(old), Config::preset(new));
        }
    }
}
