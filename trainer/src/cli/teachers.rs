//! The teachers of a preset, trained before the run that learns from them.

use super::configure::configuration;
use super::error::CommandError;
use super::train;
use crate::cli::args::TrainArgs;
use crate::config::{Config, PRESETS};
use crate::train::run_dir::RunDir;
use crate::util::fmt::grouped;
use crate::util::terminal::say;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A teacher that is not there, or not finished.
#[derive(Clone, PartialEq, Debug)]
struct Missing {
    folder: PathBuf,
    config: Config,
    preset: &'static str,
    seed: u64,
    /// Whether the folder has a run that was interrupted.
    begun: bool,
}

/// Trains the teachers of a new run that its configuration names, as far as they are missing: those in a folder whose name is that
/// of a preset and a seed, such as `runs/base-float-1`. Those that the arguments name must be there, and so must all where the number
/// of steps is given: a teacher takes as many as its preset has. Results of teachers go to `out`, too.
///
/// # Errors
/// [`CommandError`]; an interrupted teacher goes on when the same command is given again.
pub(super) fn train_missing(args: &TrainArgs, out: &mut impl Write) -> Result<(), CommandError> {
    let taken_up = args.resume.is_some() || args.init.is_some();
    if taken_up || args.no_teacher || !args.teacher.is_empty() || args.steps.is_some() {
        return Ok(());
    }
    // Standard input cannot be read twice.
    if args.text.is_standard_input() {
        return Ok(());
    }
    let (config, _) = configuration(args, None)?;
    for missing in config
        .train
        .teachers
        .iter()
        .filter_map(|path| missing(path))
    {
        let started = Instant::now();
        say(format_args!(
            "teacher   {} is trained first: {} steps; without it: --no-teacher",
            missing.folder.display(),
            grouped(missing.config.train.steps as usize)
        ));
        train::run(&missing.arguments(args, config.model.context), out)?;
        say(format_args!(
            "teacher   {} took {:.0} s",
            missing.folder.display(),
            started.elapsed().as_secs_f64()
        ));
    }
    Ok(())
}

/// What is known of the teacher that should be in `folder`, unless it is there or no preset's.
fn missing(folder: &Path) -> Option<Missing> {
    let (preset, seed) = folder.file_name()?.to_str()?.rsplit_once('-')?;
    let seed = seed.parse().ok()?;
    let (preset, _) = PRESETS.iter().find(|(known, _)| *known == preset)?;
    let config = Config::preset(preset).ok()?;
    // A teacher that has teachers itself is left to the user.
    let alone = config.train.teachers.is_empty();
    let run = RunDir::open(folder);
    (alone && !run.is_complete(config.model.arithmetic)).then(|| Missing {
        folder: folder.to_owned(),
        preset,
        seed,
        begun: folder.exists(),
        config,
    })
}

impl Missing {
    /// Those that train it on the student's text, for the student's context.
    fn arguments(&self, student: &TrainArgs, context: u16) -> TrainArgs {
        let common = TrainArgs {
            text: student.text.clone(),
            ..TrainArgs::default()
        };
        if self.begun {
            return TrainArgs {
                resume: Some(self.folder.clone()),
                ..common
            };
        }
        TrainArgs {
            preset: Some(self.preset.to_owned()),
            seed: Some(self.seed),
            context: (context > self.config.model.context).then_some(context),
            vocabulary: student.vocabulary,
            source: student.source.clone(),
            licence: student.licence.clone(),
            out: Some(self.folder.clone()),
            ..common
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_presets_without_teachers_are_trained_unless_finished() {
        let parent = tempfile::tempdir().unwrap();
        let at = |name: &str| parent.path().join(name);
        for name in ["mine", "mine-1", "base-float", "base-float-x", "base-1"] {
            assert_eq!(missing(&at(name)), None, "{name}");
        }
        let absent = missing(&at("base-float-7")).unwrap();
        assert_eq!((absent.preset, absent.seed), ("base-float", 7));
        let args = TrainArgs {
            licence: Some("CC0".to_owned()),
            ..TrainArgs::default()
        };
        let new = absent.arguments(&args, 128);
        assert_eq!(new.out, Some(at("base-float-7")));
        assert_eq!((new.seed, new.context, new.resume), (Some(7), None, None));
        assert_eq!(new.licence, args.licence);
        assert_eq!(absent.arguments(&args, 200).context, Some(200));

        std::fs::create_dir(at("base-float-7")).unwrap();
        let begun = missing(&at("base-float-7")).unwrap().arguments(&args, 128);
        assert_eq!(begun.resume, Some(at("base-float-7")));
        assert_eq!((begun.out, begun.seed), (None, None));
        // A float model is complete with its sample.
        std::fs::write(at("base-float-7/sample.txt"), "").unwrap();
        assert_eq!(missing(&at("base-float-7")), None);
    }
}
