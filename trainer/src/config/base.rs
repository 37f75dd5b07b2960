//! Configuration files that say only what differs: `base = "NAME"` names a preset, or another file, for everything else.

use super::{Config, ConfigError, PRESETS, renamed};
use crate::util::files;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

const KEY: &str = "base";

impl Config {
    /// Reads and checks the configuration `text` of the file `path`, on top of its `base` if it has one, and of the base of
    /// that. Beside it, what is to be said of settings that have a new name or are gone.
    ///
    /// A base that ends in `.toml` is a file, seen from the folder of the file that names it; any other is a preset. Of each
    /// table the keys that a file leaves out are those of its base.
    ///
    /// # Errors
    /// Those of [`Config::from_toml`], [`ConfigError::Base`] and [`ConfigError::BaseCircle`].
    pub fn on_base(text: &str, path: &Path) -> Result<(Self, Vec<String>), ConfigError> {
        let mut notes = notes(text, path);
        let mut table: Table = toml::from_str(text)?;
        let mut base = take_base(&mut table, path)?;
        if base.is_none() {
            // Errors have line and column this way.
            return Ok((Self::from_toml(text)?, notes));
        }
        renamed::rename(&mut table);
        let mut seen = vec![whole(path)];
        while let Some(layer) = base {
            if seen.contains(&layer.path) {
                seen.push(layer.path);
                return Err(ConfigError::BaseCircle(seen));
            }
            notes.extend(self::notes(&layer.text, &layer.path));
            let mut below: Table = toml::from_str(&layer.text)
                .map_err(|error: toml::de::Error| wrong(&layer.path, error.to_string()))?;
            base = take_base(&mut below, &layer.path)?;
            renamed::rename(&mut below);
            lay_over(below, &mut table);
            seen.push(layer.path);
        }
        let config = Self::deserialize(Value::Table(table))?;
        config.check()?;
        Ok((config, notes))
    }
}

/// A configuration that another one rests on. A preset's path is its name.
struct Layer {
    path: PathBuf,
    text: String,
}

/// Takes the base that the configuration of the file `path` names out of it, and reads that.
fn take_base(table: &mut Table, path: &Path) -> Result<Option<Layer>, ConfigError> {
    let Some(value) = table.remove(KEY) else {
        return Ok(None);
    };
    let Some(name) = value.as_str() else {
        let why = format!("base is {value}, it must be the name of a preset or file, in quotes");
        return Err(wrong(path, why));
    };
    if !name.ends_with(".toml") {
        let current = renamed::preset(name);
        let Some((name, text)) = PRESETS.iter().find(|(known, _)| *known == current) else {
            let known = PRESETS.map(|(known, _)| known).join(", ");
            let why =
                format!("base is {name:?}, it must be a file that ends in .toml or one of {known}");
            return Err(wrong(path, why));
        };
        return Ok(Some(Layer {
            path: PathBuf::from(name),
            text: (*text).to_owned(),
        }));
    }
    let file = path.parent().unwrap_or(Path::new("")).join(name);
    let bytes = files::read(&file).map_err(|error| wrong(path, format!("its base: {error}")))?;
    Ok(Some(Layer {
        path: whole(&file),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }))
}

/// Puts what `below` has, and `table` has not, into `table`.
fn lay_over(below: Table, table: &mut Table) {
    for (key, value) in below {
        match (table.get_mut(&key), value) {
            (Some(Value::Table(table)), Value::Table(below)) => lay_over(below, table),
            (Some(_), _) => {}
            (None, value) => {
                table.insert(key, value);
            }
        }
    }
}

fn notes(text: &str, path: &Path) -> Vec<String> {
    let notes = renamed::notes(text).into_iter();
    notes
        .map(|note| format!("{}: {note}", path.display()))
        .collect()
}

/// One path for a file, by whatever way it is named.
fn whole(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn wrong(path: &Path, why: String) -> ConfigError {
    ConfigError::Base {
        path: path.to_owned(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn read(path: &Path) -> Result<(Config, Vec<String>), ConfigError> {
        Config::on_base(&fs::read_to_string(path).unwrap(), path)
    }

    #[test]
    fn a_file_overrides_its_base_key_by_key_and_that_its_own() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        let [top, middle] = ["sub/top.toml", "middle.toml"].map(|name| folder.path().join(name));
        let text = "base = \"../middle.toml\"\n[train]\nsteps = 7\nteachers = [\"a\"]\n";
        fs::write(&top, text).unwrap();
        // By the names of an earlier version.
        let text =
            "base = \"seed\"\n[model]\nhidden = 256\n[train]\nsteps = 9\nteacher_share = 0.25\n";
        fs::write(&middle, text).unwrap();
        let mut expected = Config::preset("base").unwrap();
        expected.preset = None;
        (expected.model.d_ff, expected.train.steps) = (256, 7);
        expected.train.distill_weight = 0.25;
        expected.train.teachers = vec!["a".into()];
        let (config, notes) = read(&top).unwrap();
        assert_eq!(config, expected);
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].contains("middle.toml: model.hidden is called model.d_ff now"));
        // What a run records needs no base.
        let whole = toml::to_string(&config).unwrap();
        assert_eq!(Config::from_toml(&whole).unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_a_base_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a.toml", "b.toml"].map(|name| folder.path().join(name));
        fs::write(&a, "base = \"b.toml\"\n").unwrap();
        let error = |text: &str| {
            fs::write(&b, text).unwrap();
            read(&a).unwrap_err().to_string()
        };
        let circle = error("base = \"./a.toml\"\n");
        assert!(
            circle.contains("a.toml -> ") && circle.contains("b.toml -> "),
            "{circle}"
        );
        let missing = error("base = \"c.toml\"\n");
        assert!(
            missing.contains("b.toml") && missing.contains("c.toml"),
            "{missing}"
        );
        let unknown = error("base = \"slow\"\n");
        assert!(
            unknown.contains("quick, microbit, microbit-pieces, base"),
            "{unknown}"
        );
        let number = error("base = 3\n");
        assert!(number.contains("base is 3"), "{number}");
        let syntax = error("[model\n");
        assert!(
            syntax.contains("b.toml") && syntax.contains("line 1"),
            "{syntax}"
        );
        let typo = error("base = \"quick\"\n[train]\nlearning_rat = 1\n");
        assert!(typo.contains("learning_rat"), "{typo}");
        let value = error("base = \"quick\"\n[train]\nsteps = 0\n");
        assert!(value.contains("train.steps is 0"), "{value}");
        let gone = error("base = \"quick\"\n[train]\nfloat_steps = 5\n");
        assert!(gone.contains("no such setting any more"), "{gone}");
    }

    #[test]
    fn every_experiment_can_be_trained() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
        let mut count = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let (config, notes) = read(&path).unwrap();
            assert_eq!(notes, [""; 0], "{}", path.display());
            assert_eq!(config.train.batch, 16, "{}", path.display());
            count += 1;
        }
        assert!(count > 10, "{count}");
    }
}
