//! The configuration that the arguments of `train` ask for.

use super::error::CommandError;
use crate::cli::args::TrainArgs;
use crate::config::{Config, renamed};
use crate::train::warm_start::WarmStart;
use crate::util::files;
use crate::util::terminal::say;

/// What is trained when nothing is said.
pub(super) const DEFAULT_PRESET: &str = "quick";

/// The configuration of a new run, and its name.
///
/// # Errors
/// [`CommandError::Config`] and [`CommandError::File`].
pub(super) fn configuration(
    args: &TrainArgs,
    init: Option<&WarmStart>,
) -> Result<(Config, String), CommandError> {
    let (mut config, name) = match (&args.config, &args.preset, init) {
        (Some(path), ..) => {
            let text = String::from_utf8_lossy(&files::read(path)?).into_owned();
            let name = path
                .file_stem()
                .map_or("config".into(), |stem| stem.to_string_lossy().into_owned());
            let (config, notes) = Config::on_base(&text, path)?;
            for note in notes {
                say(format_args!("note: {note}"));
            }
            (config, name)
        }
        (None, None, Some(init)) => {
            let mut config = init.config.clone();
            // They learned from the other text; the interval was chosen for its length.
            config.train.teachers.clear();
            config.train.eval_interval = 0;
            (config, init.preset.clone())
        }
        (None, asked, _) => {
            let asked = asked.as_deref().unwrap_or(DEFAULT_PRESET);
            let name = renamed::preset(asked);
            if name != asked {
                say(format_args!(
                    "note: the preset {asked} is called {name} now"
                ));
            }
            (Config::preset(name)?, name.to_owned())
        }
    };
    let train = &mut config.train;
    train.steps = args.steps.unwrap_or(train.steps);
    train.seed = args.seed.unwrap_or(train.seed);
    train.keep = args.keep.unwrap_or(train.keep);
    train.patience = args.patience.unwrap_or(train.patience);
    train.eval_interval = args.eval_interval.unwrap_or(train.eval_interval);
    if args.no_teacher || !args.teacher.is_empty() {
        train.teachers.clone_from(&args.teacher);
    }
    config.vocabulary = args.vocabulary.unwrap_or(config.vocabulary);
    if args.text.documents.is_some() {
        config.documents.clone_from(&args.text.documents);
    }
    config.model.context = args.context.unwrap_or(config.model.context);
    config.check()?;
    Ok((config, name))
}
