//! Which model file a firmware embeds.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The variable that names another model file, from the board's folder on.
pub const MODEL_VARIABLE: &str = "AUTARKY_MODEL";
/// What that variable was called.
const OLD_VARIABLE: &str = "MODEL";

/// No model to embed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Nothing there.
    #[error(
        "{named}: there is no file {}. Set AUTARKY_MODEL to a model.aut that the trainer wrote, by its full path or from {} on",
        path.display(),
        folder.display()
    )]
    Missing {
        /// Who named the file.
        named: String,
        /// The file looked for.
        path: PathBuf,
        /// Where relative paths start.
        folder: PathBuf,
    },
    /// A folder, such as a run's, with a model in it.
    #[error("{named}: {} is a folder: name the file {}", folder.display(), folder.join("model.aut").display())]
    Folder {
        /// Who named the folder.
        named: String,
        /// The folder.
        folder: PathBuf,
    },
}

/// Finds the model and tells cargo and the compiler.
pub(crate) fn directives(
    folder: &Path,
    default: &str,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<String>, ModelError> {
    // An empty variable is none: that is how a shell takes one back for a single command.
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let mut lines = Vec::new();
    let (named, path) = if let Some(path) = set(MODEL_VARIABLE) {
        (format!("{MODEL_VARIABLE}={}", path.display()), path)
    } else if let Some(path) = set(OLD_VARIABLE) {
        lines.push(format!(
            "cargo::warning={OLD_VARIABLE} names the model: it is called {MODEL_VARIABLE} now"
        ));
        (format!("{OLD_VARIABLE}={}", path.display()), path)
    } else {
        (format!("the board's model, {default}"), default.into())
    };
    // Joined to a folder, a full path stays what it is.
    let path = folder.join(path);
    if path.join("model.aut").is_file() {
        return Err(ModelError::Folder {
            named,
            folder: path,
        });
    }
    if !path.is_file() {
        return Err(ModelError::Missing {
            named,
            path,
            folder: folder.to_owned(),
        });
    }
    lines.push(format!("cargo::rustc-env=MODEL_PATH={}", path.display()));
    lines.push(format!("cargo::rerun-if-changed={}", path.display()));
    for name in [MODEL_VARIABLE, OLD_VARIABLE] {
        lines.push(format!("cargo::rerun-if-env-changed={name}"));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Result<Vec<String>, ModelError> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        directives(folder, "../models/base.aut", |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.into())
        })
    }

    fn embeds(lines: &[String], name: &str) -> bool {
        let mut paths = lines
            .iter()
            .filter_map(|line| line.strip_prefix("cargo::rustc-env=MODEL_PATH="));
        paths.any(|path| Path::new(path).is_absolute() && path.ends_with(name))
    }

    #[test]
    fn the_variable_comes_before_the_board_s_model() {
        assert!(embeds(&found(&[]).unwrap(), "base.aut"));
        let lines = found(&[
            ("AUTARKY_MODEL", "../models/microbit.aut"),
            ("MODEL", "elsewhere"),
        ]);
        let lines = lines.unwrap();
        assert!(embeds(&lines, "microbit.aut"));
        assert!(!lines.iter().any(|line| line.contains("warning")));
        assert!(embeds(
            &found(&[("AUTARKY_MODEL", "")]).unwrap(),
            "base.aut"
        ));
    }

    #[test]
    fn the_old_name_is_read_with_a_warning() {
        let lines = found(&[("MODEL", "../models/microbit.aut")]).unwrap();
        assert!(embeds(&lines, "microbit.aut"));
        assert!(lines.iter().any(|line| line.starts_with("cargo::warning=")
            && line.contains("it is called AUTARKY_MODEL now")));
    }

    #[test]
    fn a_model_or_variable_that_changes_builds_anew() {
        let lines = found(&[]).unwrap().join("\n");
        for what in ["changed=", "env-changed=AUTARKY_MODEL", "env-changed=MODEL"] {
            assert!(
                lines.contains(&format!("cargo::rerun-if-{what}")),
                "{lines}"
            );
        }
    }

    #[test]
    fn a_model_that_is_missing_is_named_with_what_to_do() {
        let error = found(&[("AUTARKY_MODEL", "runs/quick-1/model.aut")]);
        let error = error.unwrap_err().to_string();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("runs/quick-1/model.aut");
        assert!(error.contains(&path.display().to_string()), "{error}");
        assert!(
            error.starts_with("AUTARKY_MODEL=runs/quick-1/model.aut: there is no file"),
            "{error}"
        );
        assert!(
            error.contains("Set AUTARKY_MODEL to a model.aut"),
            "{error}"
        );
    }

    #[test]
    fn a_run_s_folder_is_answered_with_the_file_in_it() {
        let folder = std::env::temp_dir().join(format!("a-run-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("model.aut"), []).unwrap();
        let error = found(&[("MODEL", &folder.display().to_string())]);
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(matches!(error, Err(ModelError::Folder { .. })), "{error:?}");
    }
}
