//! The folder of a run: configuration, origin, metrics, checkpoint and model, never overwritten.

use crate::config::{Arithmetic, Config, ConfigError, Keep};
use crate::data::corpus::{Choice, Options};
use crate::data::vocabulary::Vocabulary;
use crate::export::build::Origin;
use crate::util::files::{self, FileError, is_unsupported, write_whole};
use crate::util::terminal::say;
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Where runs go when nothing else is said.
const RUNS: &str = "runs";

/// The folder of a run.
#[derive(Debug)]
pub struct RunDir {
    path: PathBuf,
}

/// What `export` needs to know of a run beside its weights.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunInfo {
    /// The model's vocabulary.
    #[serde(alias = "characters")]
    pub vocabulary: Vocabulary,
    /// Where the weights come from.
    pub origin: Origin,
    /// Which text it learns from. Earlier versions recorded one file, or nothing for the program's own texts.
    #[serde(default)]
    pub data: Choice,
    /// How that text is read. Earlier versions kept line ends as they were.
    #[serde(default = "line_ends_kept")]
    pub reading: Options,
    /// Which models teach it, in the order of the configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teachers: Vec<TeacherId>,
    /// The weights that it began with, where they are another run's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<InitId>,
}

/// Which weights a run began with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitId {
    /// The text that they had learned from.
    pub corpus: String,
    /// Steps taken.
    pub steps: u64,
    /// SHA-256 of the latent weights: f32, little-endian.
    pub weights_sha256: [u8; 32],
}

fn line_ends_kept() -> Options {
    Options {
        keep_line_ends: true,
        ..Options::default()
    }
}

/// Which model teaches, for the description of its student's run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherId {
    /// The preset or configuration file of its run.
    pub preset: String,
    /// Its seed.
    pub seed: u64,
    /// Its steps.
    pub steps: u64,
    /// SHA-256 of its latent weights: f32, little-endian.
    pub weights_sha256: [u8; 32],
}

/// Why a folder cannot hold a run, or holds none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// There is something in it already.
    #[error("{} already holds files: runs are never overwritten, choose another --out", .0.display())]
    Occupied(PathBuf),
    /// Another process trains in it.
    #[error("another process is training in {}: wait for it or stop it", .0.display())]
    Busy(PathBuf),
    /// A file of it cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its description is damaged.
    #[error("{}: {reason}", .path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Its configuration is damaged.
    #[error("{}: {source}", .path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ConfigError,
    },
}

impl RunDir {
    /// Makes the folder of a new run: `out`, or the next free `runs/NAME-N`.
    ///
    /// # Errors
    /// [`RunError::Occupied`] when `out` is not empty, [`RunError::File`] when it cannot be made.
    pub fn create(out: Option<&Path>, name: &str) -> Result<Self, RunError> {
        let Some(path) = out else {
            return Self::next(Path::new(RUNS), name);
        };
        std::fs::create_dir_all(path).map_err(FileError::new("make the folder", path))?;
        let mut entries =
            std::fs::read_dir(path).map_err(FileError::new("list the folder", path))?;
        if entries.next().is_some() {
            return Err(RunError::Occupied(path.to_owned()));
        }
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Two runs that start at once get two folders: making one fails where it exists.
    fn next(parent: &Path, name: &str) -> Result<Self, RunError> {
        std::fs::create_dir_all(parent).map_err(FileError::new("make the folder", parent))?;
        for n in 1u32.. {
            let path = parent.join(format!("{name}-{n}"));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(FileError::new("make the folder", &path)(error).into()),
            }
        }
        unreachable!("a folder system has fewer than 2^32 entries")
    }

    /// The folder of an earlier run.
    pub fn open(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Keeps other processes from training in this folder for as long as the result lives.
    ///
    /// # Errors
    /// [`RunError::Busy`] when another does, [`RunError::File`].
    pub fn lock(&self) -> Result<File, RunError> {
        let path = self.path.join("lock");
        let file = File::create(&path).map_err(FileError::new("write", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(RunError::Busy(self.path.clone())),
            Err(TryLockError::Error(error)) if is_unsupported(&error) => {
                say(format_args!(
                    "note: the file system of {} has no locks ({error}): nothing keeps a second process out of this run",
                    self.path.display()
                ));
                Ok(file)
            }
            Err(TryLockError::Error(error)) => Err(FileError::new("lock", &path)(error).into()),
        }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its model file.
    pub fn model(&self) -> PathBuf {
        self.path.join("model.aut")
    }

    /// Text that its model generated; the last file of a complete run.
    pub fn sample(&self) -> PathBuf {
        self.path.join("sample.txt")
    }

    /// Its last checkpoint.
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join("checkpoint.bin")
    }

    /// The checkpoint before the last.
    pub fn previous_checkpoint(&self) -> PathBuf {
        self.path.join("checkpoint-previous.bin")
    }

    /// The checkpoint of the lowest loss on the validation split.
    pub fn best_checkpoint(&self) -> PathBuf {
        self.path.join("checkpoint-best.bin")
    }

    /// The checkpoint whose weights are the result of its run.
    pub fn result_checkpoint(&self, keep: Keep) -> PathBuf {
        let best = self.best_checkpoint();
        match keep {
            Keep::Best if best.exists() => best,
            _ => self.checkpoint(),
        }
    }

    /// Whether its run is complete: trained, measured and sampled.
    pub fn is_complete(&self, arithmetic: Arithmetic) -> bool {
        self.sample().exists() && (arithmetic == Arithmetic::Float || self.model().exists())
    }

    /// Sets the result of a complete run aside, as `model-STEPS.aut` and `sample-STEPS.txt`, so that it can go on.
    ///
    /// # Errors
    /// [`RunError::File`].
    pub fn set_result_aside(&self, steps: u64) -> Result<(), RunError> {
        let names = [("model", "aut"), ("sample", "txt")];
        for (name, extension) in names {
            let from = self.path.join(format!("{name}.{extension}"));
            let to = self.path.join(format!("{name}-{steps}.{extension}"));
            match std::fs::rename(&from, &to) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(FileError::new("rename", &from)(error).into());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Its metrics.
    pub fn metrics(&self) -> PathBuf {
        self.path.join("metrics.csv")
    }

    /// Shares of -1, 0 and 1 in its weights, over time.
    pub fn shares(&self) -> PathBuf {
        self.path.join("weights.csv")
    }

    /// What it said, over time.
    pub fn samples(&self) -> PathBuf {
        self.path.join("samples.csv")
    }

    /// The page that shows all that.
    pub fn report(&self) -> PathBuf {
        self.path.join("report.html")
    }

    /// Its copy of a text that cannot be read twice: only where it came through a pipe.
    pub fn text(&self) -> PathBuf {
        self.path.join("text.txt")
    }

    /// Its configuration.
    pub fn config_file(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    fn info_file(&self) -> PathBuf {
        self.path.join("run.json")
    }

    /// Writes the configuration as used, and the description.
    ///
    /// # Errors
    /// [`RunError::File`].
    pub fn describe(&self, config: &Config, info: &RunInfo) -> Result<(), RunError> {
        let text = toml::to_string(config).expect("a configuration is plain values");
        write_whole(&self.config_file(), text.as_bytes())?;
        let text = serde_json::to_string_pretty(info).expect("a description is plain values");
        write_whole(&self.info_file(), text.as_bytes())?;
        Ok(())
    }

    /// Reads what [`RunDir::describe`] wrote.
    ///
    /// # Errors
    /// [`RunError`] naming the file that is missing or damaged.
    pub fn description(&self) -> Result<(Config, RunInfo), RunError> {
        let path = self.config_file();
        let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
        let config =
            Config::from_toml(&text).map_err(|source| RunError::Config { path, source })?;
        let path = self.info_file();
        let info = serde_json::from_slice(&files::read(&path)?).map_err(|error| {
            RunError::Description {
                path,
                reason: error.to_string(),
            }
        })?;
        Ok((config, info))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> RunInfo {
        let origin = Origin {
            corpus: "a book".into(),
            corpus_sha256: [7; 32],
            preset: "quick".into(),
            seed: 3,
            trainer: String::new(),
            ..Origin::default()
        };
        RunInfo {
            vocabulary: Vocabulary::Characters("\n ab".into()),
            origin,
            data: Choice::Builtin,
            reading: Options::default(),
            teachers: Vec::new(),
            init: None,
        }
    }

    #[test]
    fn a_run_is_never_overwritten() {
        let parent = tempfile::tempdir().unwrap();
        let out = parent.path().join("run");
        let folder = RunDir::create(Some(&out), "quick").unwrap();
        let config = Config::preset("quick").unwrap();
        folder.describe(&config, &info()).unwrap();
        assert!(matches!(
            RunDir::create(Some(&out), "quick"),
            Err(RunError::Occupied(_))
        ));
        assert_eq!(RunDir::open(&out).description().unwrap(), (config, info()));
    }

    #[test]
    fn descriptions_of_earlier_versions_are_read() {
        let mut now = serde_json::to_value(info()).unwrap();
        let object = now.as_object_mut().unwrap();
        object.remove("reading");
        let old = |data: Option<&str>| {
            let mut object = object.clone();
            object.remove("data");
            if let Some(path) = data {
                object.insert("data".into(), path.into());
            }
            serde_json::from_value::<RunInfo>(object.into()).unwrap()
        };
        assert_eq!(old(None).data, Choice::Default);
        let book = Choice::Paths(vec!["/home/me/book.txt".into()]);
        assert_eq!(old(Some("/home/me/book.txt")).data, book);
        assert_eq!(old(None).reading, line_ends_kept());
    }

    #[test]
    fn only_one_process_trains_in_a_folder() {
        let parent = tempfile::tempdir().unwrap();
        let folder = RunDir::open(parent.path());
        let lock = folder.lock().unwrap();
        assert!(matches!(folder.lock(), Err(RunError::Busy(_))));
        drop(lock);
        folder.lock().unwrap();
    }

    #[test]
    fn unnamed_runs_are_numbered() {
        let parent = tempfile::tempdir().unwrap();
        let names: Vec<_> = (0..3)
            .map(|_| {
                RunDir::next(parent.path(), "quick")
                    .unwrap()
                    .path()
                    .file_name()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        assert_eq!(names, ["quick-1", "quick-2", "quick-3"]);
    }

    #[test]
    fn a_folder_without_a_run_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let error = RunDir::open(parent.path())
            .description()
            .unwrap_err()
            .to_string();
        assert!(error.contains("config.toml"), "{error}");
    }
}
