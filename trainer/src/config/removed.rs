//! Settings of earlier versions that are gone. The value that changed nothing is still read, any other is refused.

use serde::de::{Deserialize, Deserializer, Error};

/// A setting that is gone, at the value that changed nothing.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Removed;

/// Settings that are gone: section, key, the value that changed nothing, what there is instead.
pub(super) const REMOVED: [(&str, &str, f64, &str); 2] = [
    (
        "train",
        "float_steps",
        0.0,
        "train a float model first and begin with it: --init DIR",
    ),
    (
        "train",
        "decay_until",
        1.0,
        "weight decay lasts for the whole run",
    ),
];

pub(super) fn float_steps<'de, D: Deserializer<'de>>(value: D) -> Result<Removed, D::Error> {
    neutral(value, "float_steps")
}

pub(super) fn decay_until<'de, D: Deserializer<'de>>(value: D) -> Result<Removed, D::Error> {
    neutral(value, "decay_until")
}

fn neutral<'de, D: Deserializer<'de>>(value: D, name: &str) -> Result<Removed, D::Error> {
    let value = f64::deserialize(value)?;
    let gone = REMOVED.iter().find(|(_, key, ..)| *key == name);
    match gone {
        Some((section, key, neutral, instead)) if value != *neutral => {
            Err(D::Error::custom(format!(
                "{section}.{key} is {value}, and there is no such setting any more, since it bought nothing: remove the line; \
             {instead}"
            )))
        }
        _ => Ok(Removed),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::config::renamed::notes;

    #[test]
    fn a_setting_that_is_gone_is_read_where_it_changed_nothing_and_refused_elsewhere() {
        let quick = include_str!("../../presets/quick.toml");
        let expected = Config::from_toml(quick).unwrap();
        for (neutral, other) in [
            ("float_steps = 0", "float_steps = 100"),
            ("decay_until = 1.0", "decay_until = 0.5"),
            ("decay_until = 1", "decay_until = 0"),
        ] {
            let text = format!("{quick}\n{neutral}\n");
            assert_eq!(Config::from_toml(&text).unwrap(), expected);
            let notes = notes(&text);
            assert!(notes[0].contains("there is no such setting"), "{notes:?}");
            let error = Config::from_toml(&format!("{quick}\n{other}\n")).unwrap_err();
            let error = error.to_string();
            for part in ["no such setting any more", other, "line"] {
                assert!(error.contains(part), "{error}");
            }
        }
        // What a checkpoint holds is JSON.
        let mut json = serde_json::to_value(&expected).unwrap();
        assert_eq!(json["train"].get("float_steps"), None);
        json["train"]["float_steps"] = 0.into();
        json["train"]["decay_until"] = 1.0.into();
        assert_eq!(serde_json::from_value::<Config>(json).unwrap(), expected);
    }
}
