//! Which text a command reads: the options that choose it, and what is said about it.

use crate::config::Documents;
use crate::data::corpus::{
    Choice, Corpus, CorpusError, Note, Options, Request, cache_directory, load, offline,
    parse_separator,
};
use crate::data::documents::{BETWEEN_FILES, parse_documents};
use crate::data::small::SmallText;
use crate::util::fmt::{bytes, grouped};
use crate::util::progress::Progress;
use crate::util::terminal::say;
use clap::Args;
use std::path::{Path, PathBuf};

/// Texts shorter than this are read before a person looks for progress.
const LONG: u64 = 64 << 20;

/// The options that choose a text and say how it is read.
#[derive(Args, Clone, Debug, Default)]
pub struct TextArgs {
    /// Text: files and folders, joined in this order; `-` is standard input, `shakespeare` Tiny Shakespeare, `builtin` the
    /// stage dialogue that this program writes itself [default: the run's own, or Tiny Shakespeare, downloaded once]
    #[arg(long, value_name = "TEXT", num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// Stands between two files, with \n and \t as escapes [default: a line end where a file has none]
    #[arg(long, value_name = "TEXT", value_parser = parse_separator, allow_hyphen_values = true)]
    pub separator: Option<String>,
    /// Keep CR LF and CR line ends, which are read as LF otherwise
    #[arg(long)]
    pub keep_line_ends: bool,
    /// The text consists of documents, and these are `lines`, `files`, or what is between two occurrences of a text, with \n
    /// and \t as escapes
    #[arg(long, value_name = "WHAT", value_parser = parse_documents, allow_hyphen_values = true)]
    pub documents: Option<Documents>,
    /// Remove characters that occur fewer than N times
    #[arg(long, value_name = "N")]
    pub min_count: Option<u64>,
}

/// A text that a run or a model file names, for when the command line names none.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Which text.
    pub choice: Choice,
    /// How it was read.
    pub options: Options,
    /// What its documents are.
    pub documents: Option<Documents>,
    /// Where the run keeps its copy of a text that cannot be read twice; `None` when there is no run.
    pub copy: Option<PathBuf>,
}

impl TextArgs {
    /// Whether the text can be read only once.
    pub fn is_standard_input(&self) -> bool {
        self.data == [Path::new("-")]
    }

    /// Files and folders by themselves, read as usual.
    pub fn of(data: &[PathBuf]) -> Self {
        Self {
            data: data.to_vec(),
            ..Self::default()
        }
    }

    /// How the text is read: as recorded, unless these arguments say otherwise.
    pub fn options(&self, recorded: &Recorded) -> Options {
        let between_files = match self.documents(recorded) {
            Some(Documents::Files) => Some(BETWEEN_FILES.to_owned()),
            _ => None,
        };
        let recorded = &recorded.options;
        Options {
            separator: between_files
                .or_else(|| self.separator.clone())
                .or_else(|| recorded.separator.clone()),
            keep_line_ends: self.keep_line_ends || recorded.keep_line_ends,
            min_count: self.min_count.unwrap_or(recorded.min_count),
        }
    }

    /// What the documents of the text are: as recorded, unless these arguments say otherwise.
    pub fn documents<'a>(&'a self, recorded: &'a Recorded) -> Option<&'a Documents> {
        self.documents.as_ref().or(recorded.documents.as_ref())
    }

    /// The text that `--data` names, or else `recorded`. Says on standard error how far reading a long one is, and what was
    /// unusual about the text.
    ///
    /// # Errors
    /// [`CorpusError`] when there is none.
    pub fn corpus(&self, recorded: &Recorded) -> Result<Corpus, CorpusError> {
        let named = Choice::parse(&self.data)?;
        let (choice, copy) = match named {
            Choice::Default => (&recorded.choice, recorded.copy.as_deref()),
            ref named => (named, None),
        };
        let cache = cache_directory();
        let corpus = read(&Request {
            choice,
            options: &self.options(recorded),
            run_copy: copy,
            cache: cache.as_deref(),
            offline: offline(),
        })?;
        for note in &corpus.notes {
            say(format_args!("note: {note}"));
        }
        Ok(corpus)
    }
}

/// The usual text, or the one file or folder `data`, for commands that have no more to say about it.
///
/// # Errors
/// [`CorpusError`] when there is none.
pub fn obtain_corpus(data: Option<&Path>) -> Result<Corpus, CorpusError> {
    let data: Vec<_> = data.into_iter().map(Path::to_owned).collect();
    TextArgs::of(&data).corpus(&Recorded::default())
}

/// Says on standard error that a text is small for its model, and what to do.
pub fn warn_of_small(small: &SmallText) {
    say(format_args!(
        "warning: {} characters to learn from are few for {} parameters that read them {:.0} times: the model learns them by \
         heart. Give more text, or a smaller model or fewer --steps",
        grouped(small.characters),
        grouped(small.parameters),
        small.readings
    ));
}

/// What a reader of the results must know of their text: that it is not the one they may think of.
pub fn remarks(corpus: &Corpus) -> impl Iterator<Item = &Note> {
    let stands_in = |note: &&Note| matches!(note, Note::NotShakespeare(_) | Note::Cache(_));
    corpus.notes.iter().filter(stands_in)
}

fn read(request: &Request<'_>) -> Result<Corpus, CorpusError> {
    let (mut progress, mut said) = (None, 0);
    let corpus = load(request, &mut |read, total| match total {
        Some(total) if total >= LONG => progress
            .get_or_insert_with(|| Progress::new("reading", total >> 20, "MB"))
            .set(read >> 20, ""),
        Some(_) => {}
        // A pipe: nobody knows how much is to come.
        None if read >= said + LONG => {
            said = read;
            let read = usize::try_from(read).unwrap_or(usize::MAX);
            say(format_args!("reading   {} so far", bytes(read)));
        }
        None => {}
    });
    if let Some(progress) = progress {
        progress.finish();
    }
    corpus
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        text: TextArgs,
    }

    #[test]
    fn what_the_line_says_goes_before_what_was_recorded() {
        let args = |line: &str| Line::parse_from(line.split(' ')).text;
        let recorded = Recorded {
            options: Options {
                separator: Some("--".into()),
                keep_line_ends: true,
                min_count: 3,
            },
            ..Recorded::default()
        };
        assert_eq!(args("x --data a b").options(&recorded), recorded.options);
        let all = args(r"x --data a b --separator -\n --min-count 5");
        assert_eq!(all.data, [PathBuf::from("a"), PathBuf::from("b")]);
        let options = all.options(&recorded);
        assert_eq!(options.separator.as_deref(), Some("-\n"));
        assert_eq!((options.keep_line_ends, options.min_count), (true, 5));
        assert_eq!(args("x").options(&Recorded::default()), Options::default());
        let files = args("x --data a --documents files");
        assert_eq!(files.options(&recorded).separator.as_deref(), Some("\0"));
    }
}
