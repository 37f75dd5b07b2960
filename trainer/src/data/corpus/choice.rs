//! Which text and how it is read: what the command line asks for, and what a run records of it.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

const SHAKESPEARE: &str = "shakespeare";
const BUILTIN: &str = "builtin";
const STDIN: &str = "-";

/// Which text. It is recorded as the values of `--data` that choose it; `null` and a single path are read too.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Recorded", into = "Vec<PathBuf>")]
pub enum Choice {
    /// Tiny Shakespeare, or the built-in text where it cannot be had. Never recorded: a run records which one it was.
    #[default]
    Default,
    /// Tiny Shakespeare, from the cache or the network.
    Shakespeare,
    /// The stage dialogue that this program writes itself.
    Builtin,
    /// These files and folders, absolute, in this order.
    Paths(Vec<PathBuf>),
    /// Standard input.
    Stdin,
}

/// How the text is read. A run records it, because it decides what the text is.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Stands between two documents. `None`: a document that does not end with a line end gets one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// Keeps CR LF and CR as they are, instead of LF.
    pub keep_line_ends: bool,
    /// Characters that occur fewer times than this are removed from the text. 0 and 1 keep all.
    pub min_count: u64,
}

/// Why `--data` chooses no text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// A word that names a whole text, among others.
    #[error(
        "--data {word} names a whole text and stands alone: for a file of that name say ./{word}"
    )]
    Alone {
        /// The word.
        word: &'static str,
    },
    /// A path that no file of a run can hold.
    #[error("the path {} is not Unicode, which is all that the files of a run can hold: rename it", .0.display())]
    NotUnicode(PathBuf),
    /// A path that cannot be made absolute, such as an empty one.
    #[error("--data {:?} names no file or folder ({source})", .path.display().to_string())]
    NotAPath {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Choice {
    /// What the values of `--data` choose: nothing, `shakespeare`, `builtin`, `-` for standard input, or any number of
    /// files and folders. A file with the name of one of the words is reached as `./builtin`.
    ///
    /// # Errors
    /// [`ChoiceError`].
    pub fn parse(values: &[PathBuf]) -> Result<Self, ChoiceError> {
        if let Some(choice) = Self::of_words(values) {
            return Ok(choice);
        }
        for word in [SHAKESPEARE, BUILTIN, STDIN] {
            if values.iter().any(|value| value == Path::new(word)) {
                return Err(ChoiceError::Alone { word });
            }
        }
        let absolute = |path: &PathBuf| {
            let found = std::path::absolute(path).map_err(|source| ChoiceError::NotAPath {
                path: path.clone(),
                source,
            })?;
            match found.to_str() {
                Some(_) => Ok(found),
                None => Err(ChoiceError::NotUnicode(found)),
            }
        };
        values
            .iter()
            .map(absolute)
            .collect::<Result<_, _>>()
            .map(Self::Paths)
    }

    /// The text that a model file or an old run calls `name`, if it is one of the program's own.
    pub fn named(name: &str) -> Option<Self> {
        if name == super::source::SHAKESPEARE {
            Some(Self::Shakespeare)
        } else if name.starts_with(super::source::STAGE_DIALOGUE) {
            Some(Self::Builtin)
        } else {
            None
        }
    }

    fn of_words(values: &[PathBuf]) -> Option<Self> {
        match values {
            [] => Some(Self::Default),
            [word] => match word.to_str()? {
                SHAKESPEARE => Some(Self::Shakespeare),
                BUILTIN => Some(Self::Builtin),
                STDIN => Some(Self::Stdin),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A separator as it is typed: `\n`, `\t` and `\\` stand for a line end, a tab and a backslash.
///
/// # Errors
/// A sentence that names the escape that means nothing.
pub fn parse_separator(typed: &str) -> Result<String, String> {
    let mut separator = String::new();
    let mut rest = typed.chars();
    while let Some(next) = rest.next() {
        separator.push(match next {
            '\\' => match rest.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('\\') => '\\',
                Some(other) => {
                    return Err(format!("\\{other} means nothing: use \\n, \\t or \\\\"));
                }
                None => return Err("a backslash at the end means nothing: use \\\\".to_owned()),
            },
            plain => plain,
        });
    }
    Ok(separator)
}

/// The forms that are read.
#[derive(Deserialize)]
#[serde(untagged)]
enum Recorded {
    Values(Vec<PathBuf>),
    OnePath(PathBuf),
    Nothing(()),
}

impl From<Recorded> for Choice {
    fn from(recorded: Recorded) -> Self {
        match recorded {
            Recorded::Values(values) => Self::of_words(&values).unwrap_or(Self::Paths(values)),
            Recorded::OnePath(path) => Self::Paths(vec![path]),
            Recorded::Nothing(()) => Self::Default,
        }
    }
}

impl From<Choice> for Vec<PathBuf> {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Default => Vec::new(),
            Choice::Shakespeare => vec![SHAKESPEARE.into()],
            Choice::Builtin => vec![BUILTIN.into()],
            Choice::Stdin => vec![STDIN.into()],
            Choice::Paths(paths) => paths,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(values: &[&str]) -> Result<Choice, ChoiceError> {
        Choice::parse(&values.iter().map(PathBuf::from).collect::<Vec<_>>())
    }

    #[test]
    fn words_choose_texts_and_all_else_is_a_path() {
        assert_eq!(parse(&[]).unwrap(), Choice::Default);
        assert_eq!(parse(&["shakespeare"]).unwrap(), Choice::Shakespeare);
        assert_eq!(parse(&["builtin"]).unwrap(), Choice::Builtin);
        assert_eq!(parse(&["-"]).unwrap(), Choice::Stdin);
        let here = std::env::current_dir().unwrap();
        assert_eq!(
            parse(&["./builtin", "./-", "books"]).unwrap(),
            Choice::Paths(vec![
                here.join("builtin"),
                here.join("-"),
                here.join("books")
            ])
        );
        for (values, words) in [
            (["-", "a.txt"], "say ./-"),
            (["a.txt", "builtin"], "say ./builtin"),
            (["a.txt", ""], "names no file"),
        ] {
            let error = parse(&values).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_no_run_can_record_is_refused() {
        use std::os::unix::ffi::OsStringExt;
        let path = PathBuf::from(std::ffi::OsString::from_vec(b"caf\xe9.txt".to_vec()));
        let error = Choice::parse(&[path]).unwrap_err();
        assert!(matches!(error, ChoiceError::NotUnicode(_)), "{error}");
    }

    #[test]
    fn what_a_run_records_chooses_the_same_text_again() {
        let paths = Choice::Paths(vec!["/home/me/a.txt".into(), "/home/me/builtin".into()]);
        for (choice, json) in [
            (Choice::Builtin, r#"["builtin"]"#),
            (Choice::Shakespeare, r#"["shakespeare"]"#),
            (Choice::Stdin, r#"["-"]"#),
            (paths, r#"["/home/me/a.txt","/home/me/builtin"]"#),
        ] {
            assert_eq!(serde_json::to_string(&choice).unwrap(), json);
            assert_eq!(serde_json::from_str::<Choice>(json).unwrap(), choice);
        }
        // As runs have recorded it before.
        let old = |json| serde_json::from_str::<Choice>(json).unwrap();
        assert_eq!(old("null"), Choice::Default);
        assert_eq!(old(r#""/a.txt""#), Choice::Paths(vec!["/a.txt".into()]));
        assert_eq!(Choice::named("Tiny Shakespeare"), Some(Choice::Shakespeare));
        assert_eq!(
            Choice::named("built-in stage dialogue"),
            Some(Choice::Builtin)
        );
        assert_eq!(Choice::named("book.txt"), None);
        let options: Options = serde_json::from_str("{}").unwrap();
        assert_eq!(options, Options::default());
    }

    #[test]
    fn a_separator_is_typed_with_escapes() {
        assert_eq!(parse_separator(r"\n\n").unwrap(), "\n\n");
        assert_eq!(parse_separator(r"<|end|>\t\\n").unwrap(), "<|end|>\t\\n");
        assert!(parse_separator(r"\x").unwrap_err().contains(r"\x"));
        assert!(parse_separator(r"a\").is_err());
    }
}
