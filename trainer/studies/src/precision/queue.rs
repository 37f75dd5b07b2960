//! A queue of runs in a folder. Started again it repeats nothing: what is done has a result, what was interrupted a
//! checkpoint.

use crate::precision::kinds::{KINDS, Kind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::DirEntry;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use trainer::util::files::{self, FileError, write_whole};

/// What all runs of a folder have in common.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Optimiser steps of a run.
    pub steps: u64,
    /// The text in words.
    pub corpus: String,
    /// SHA-256 of the text, in hexadecimal digits.
    pub corpus_sha256: String,
}

/// One run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Job {
    /// What is trained.
    pub kind: Kind,
    /// With which seed.
    pub seed: u64,
}

/// Why a queue cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// A file of it cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// It holds another study.
    #[error(
        "{} holds a study of {} steps a run on {}, not of {} on {}: choose another --out, or the same steps and text",
        .folder.display(), .found.steps, .found.corpus, .asked.steps, .asked.corpus
    )]
    OtherPlan {
        /// The folder.
        folder: PathBuf,
        /// Its plan.
        found: Box<Plan>,
        /// The plan that was asked for.
        asked: Box<Plan>,
    },
    /// It holds something else.
    #[error("{} holds files and no study: choose another --out", .0.display())]
    NoStudy(PathBuf),
}

/// A folder with a sub-folder a run.
#[derive(Debug)]
pub struct Queue {
    folder: PathBuf,
}

impl Job {
    /// The name of its folder.
    pub fn name(&self) -> String {
        format!("{}-seed-{}", self.kind.name, self.seed)
    }
}

/// Every kind for the first seed, then for the next, so that an unfinished queue has whole seeds; what is wider than the
/// base, and costs a multiple, after all others.
pub fn jobs(kinds: &[Kind], seeds: u64) -> Vec<Job> {
    let of_seed = |seed| kinds.iter().map(move |&kind| Job { kind, seed });
    let mut jobs: Vec<Job> = (1..=seeds).flat_map(of_seed).collect();
    jobs.sort_by_key(|job| job.kind.d_model > KINDS[0].d_model);
    jobs
}

impl Queue {
    /// The queue of `plan` in `folder`: a new one, or the one that is there.
    ///
    /// # Errors
    /// [`QueueError`]; what is there stays as it is.
    pub fn open(folder: &Path, plan: &Plan) -> Result<Self, QueueError> {
        std::fs::create_dir_all(folder).map_err(FileError::new("make the folder", folder))?;
        let path = folder.join("plan.json");
        // Runs that begin together may make the folder together.
        if !path.exists() && !Self::is_new(folder)? && !path.exists() {
            return Err(QueueError::NoStudy(folder.to_owned()));
        }
        if !path.exists() {
            let text = serde_json::to_string_pretty(plan).expect("a plan is plain values");
            write_whole(&path, text.as_bytes())?;
        }
        let found: Option<Plan> = serde_json::from_slice(&files::read(&path)?).ok();
        let found = found.ok_or_else(|| QueueError::NoStudy(folder.to_owned()))?;
        if found != *plan {
            return Err(QueueError::OtherPlan {
                folder: folder.to_owned(),
                found: Box::new(found),
                asked: Box::new(plan.clone()),
            });
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Whether nothing is in `folder` but what a process is writing, or was when it was killed.
    fn is_new(folder: &Path) -> Result<bool, FileError> {
        let entries =
            std::fs::read_dir(folder).map_err(FileError::new("list the folder", folder))?;
        let written = |entry: io::Result<DirEntry>| {
            entry.is_ok_and(|entry| {
                entry
                    .file_name()
                    .as_encoded_bytes()
                    .starts_with(b".writing-")
            })
        };
        Ok(entries.into_iter().all(written))
    }

    /// The result of a run that is done. One that cannot be read, such as an older program's, is none.
    ///
    /// # Errors
    /// [`FileError`] when it is there and the system does not give it.
    pub fn result<R: DeserializeOwned>(&self, job: &Job) -> Result<Option<R>, FileError> {
        let path = self.path(job).join("result.json");
        if !path.exists() {
            return Ok(None);
        }
        Ok(serde_json::from_slice(&files::read(&path)?).ok())
    }

    /// Takes `result` for a run that has none.
    ///
    /// # Errors
    /// [`FileError`] when it cannot be written.
    pub fn adopt<R: Serialize + DeserializeOwned>(
        &self,
        job: &Job,
        result: &R,
    ) -> Result<(), FileError> {
        if self.result::<R>(job)?.is_some() {
            return Ok(());
        }
        let path = self.path(job);
        std::fs::create_dir_all(&path).map_err(FileError::new("make the folder", &path))?;
        let text = serde_json::to_string_pretty(result).expect("a result is plain values");
        write_whole(&path.join("result.json"), text.as_bytes())
    }

    /// The folder of a run.
    pub fn path(&self, job: &Job) -> PathBuf {
        self.folder.join(job.name())
    }

    /// Does what is left of `jobs`, by `work` in each one's folder, until `stop` becomes true. Returns the results of
    /// all that are done, in their order.
    ///
    /// # Errors
    /// What `work` returns, at once: the runs before are done.
    pub fn work<R: Serialize + DeserializeOwned, E: From<FileError>>(
        &self,
        jobs: &[Job],
        stop: &AtomicBool,
        mut work: impl FnMut(&Job, &Path) -> Result<Option<R>, E>,
    ) -> Result<Vec<R>, E> {
        for job in jobs {
            if self.result::<R>(job)?.is_some() {
                continue;
            }
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let path = self.path(job);
            std::fs::create_dir_all(&path).map_err(FileError::new("make the folder", &path))?;
            if let Some(result) = work(job, &path)? {
                self.adopt(job, &result)?;
            }
        }
        let results = jobs.iter().map(|job| self.result(job));
        let done: Result<Vec<Option<R>>, FileError> = results.collect();
        Ok(done?.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            steps: 10,
            corpus: "a book".to_owned(),
            corpus_sha256: "00".to_owned(),
        }
    }

    #[test]
    fn it_goes_on_where_it_was_and_repeats_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let jobs = jobs(&KINDS[..2], 2);
        let names: Vec<String> = jobs.iter().map(Job::name).collect();
        assert_eq!(
            names,
            [
                "trits-1-seed-1",
                "trits-2-seed-1",
                "trits-1-seed-2",
                "trits-2-seed-2"
            ]
        );
        let stop = AtomicBool::new(false);
        let mut seen = Vec::new();
        let mut start = |interrupt: usize| {
            let queue = Queue::open(folder.path(), &plan()).unwrap();
            queue.work(&jobs, &stop, |job, path| {
                assert!(path.is_dir());
                seen.push(job.name());
                match seen.len() == interrupt {
                    true => Err(FileError::new("read", path)(std::io::Error::other("cut"))),
                    false => Ok(Some(job.name())),
                }
            })
        };
        start(2).unwrap_err();
        assert_eq!(start(0).unwrap(), names);
        assert_eq!(start(0).unwrap(), names);
        // Only the one that was interrupted was begun twice.
        let expected = [&names[0], &names[1], &names[1], &names[2], &names[3]];
        assert_eq!(seen.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_was_done_elsewhere_is_adopted_and_what_was_done_here_stays() {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::open(folder.path(), &plan()).unwrap();
        let jobs = jobs(&KINDS[..3], 1);
        queue.adopt(&jobs[1], &7u64).unwrap();
        queue.adopt(&jobs[1], &8u64).unwrap();
        let stop = AtomicBool::new(false);
        let done: Result<Vec<u64>, FileError> = queue.work(&jobs, &stop, |_, _| Ok(Some(1)));
        assert_eq!(done.unwrap(), [1, 7, 1]);
    }

    #[test]
    fn wide_models_come_last() {
        let jobs = jobs(&KINDS, 2);
        let names: Vec<&str> = jobs.iter().map(|job| job.kind.name).collect();
        assert_eq!(
            (names[0], names[8], names.len()),
            ("trits-1", "trits-1", 18)
        );
        assert_eq!(names[16..], ["wide-1", "wide-1"]);
    }

    #[test]
    fn a_stop_leaves_the_rest_for_later() {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::open(folder.path(), &plan()).unwrap();
        let jobs = jobs(&KINDS[..3], 1);
        let stop = AtomicBool::new(false);
        let done: Result<Vec<u64>, FileError> = queue.work(&jobs, &stop, |job, _| {
            let second = *job == jobs[1];
            stop.store(second, Ordering::Relaxed);
            Ok((!second).then_some(7))
        });
        assert_eq!(done.unwrap(), [7]);
    }

    #[test]
    fn processes_that_begin_together_share_the_folder() {
        let parent = tempfile::tempdir().unwrap();
        for turn in 0..50 {
            let folder = parent.path().join(turn.to_string());
            let open = || Queue::open(&folder, &plan()).map(drop);
            let opened: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
                threads.into_iter().map(|t| t.join().unwrap()).collect()
            });
            assert!(opened.iter().all(Result::is_ok), "{opened:?}");
        }
    }

    #[test]
    fn another_study_and_other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        Queue::open(folder.path(), &plan()).unwrap();
        let other = Plan {
            steps: 20,
            ..plan()
        };
        let error = Queue::open(folder.path(), &other).unwrap_err().to_string();
        assert!(
            error.contains("10 steps") && error.contains("of 20"),
            "{error}"
        );
        let killed = tempfile::tempdir().unwrap();
        std::fs::write(killed.path().join(".writing-a1b2c3"), "{").unwrap();
        Queue::open(killed.path(), &plan()).unwrap();
        let full = tempfile::tempdir().unwrap();
        std::fs::write(full.path().join("notes.txt"), "x").unwrap();
        let error = Queue::open(full.path(), &plan()).unwrap_err();
        assert!(matches!(error, QueueError::NoStudy(_)), "{error}");
        let file = full.path().join("notes.txt");
        let error = Queue::open(&file, &plan()).unwrap_err().to_string();
        assert!(error.contains("notes.txt"), "{error}");
    }
}
