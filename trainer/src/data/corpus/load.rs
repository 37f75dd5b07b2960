//! From a choice to a text.

use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

use super::download::Remote;
use super::reader::Reader;
use super::{
    Choice, Corpus, CorpusError, FileError, Input, LineEnds, Note, Options, Request, Source,
    Survey, builtin, cache, download, folder, sha256,
};

/// A text as it was found.
struct Found {
    text: String,
    source: Source,
    choice: Choice,
    documents: usize,
    keep_copy: bool,
    notes: Vec<Note>,
}

/// [`super::load()`], with a network and a standard input that tests can replace.
pub(super) fn load_from(
    request: &Request<'_>,
    remote: &Remote<'_>,
    stdin: &mut dyn Read,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Corpus, CorpusError> {
    let found = match request.choice {
        Choice::Builtin => own(builtin::text(), Source::BuiltIn),
        Choice::Default => match shakespeare(request, remote) {
            Ok(found) => found,
            Err((mut notes, why)) => {
                notes.push(Note::NotShakespeare(why));
                Found {
                    notes,
                    ..own(builtin::text(), Source::BuiltIn)
                }
            }
        },
        Choice::Shakespeare => {
            shakespeare(request, remote).map_err(|(notes, why)| CorpusError::NoShakespeare {
                why: notes
                    .iter()
                    .map(|note| format!("{note} "))
                    .collect::<String>()
                    + &why,
                place: match request.cache {
                    Some(directory) => directory.join(cache::FILE).display().to_string(),
                    None => "a file in the folder that AUTARKY_CACHE names".to_owned(),
                },
            })?
        }
        Choice::Paths(_) | Choice::Stdin if let Some(found) = kept(request)? => found,
        Choice::Paths(paths) => read_paths(paths, request, progress)?,
        Choice::Stdin => read_stdin(request, stdin, progress)?,
    };
    Ok(finish(found, request.options))
}

/// The built-in text.
pub(super) fn built_in() -> Corpus {
    finish(own(builtin::text(), Source::BuiltIn), &Options::default())
}

/// A text that needs no cleaning.
fn own(text: String, source: Source) -> Found {
    Found {
        text,
        choice: match source {
            Source::BuiltIn => Choice::Builtin,
            _ => Choice::Shakespeare,
        },
        source,
        documents: 1,
        keep_copy: false,
        notes: Vec::new(),
    }
}

/// Tiny Shakespeare from the cache or the network, or what was noted on the way and why there is none.
fn shakespeare(request: &Request<'_>, remote: &Remote<'_>) -> Result<Found, (Vec<Note>, String)> {
    let mut notes = Vec::new();
    if let Some(directory) = request.cache {
        match cache::read(directory, remote) {
            Ok(Some((text, path))) => return Ok(own(text, Source::Cache(path))),
            Ok(None) => {}
            Err(error) => notes.push(Note::Cache(error.to_string())),
        }
    }
    if request.offline {
        let why = "it is not cached, and the program was told to stay offline (AUTARKY_OFFLINE)";
        return Err((notes, why.to_owned()));
    }
    let text = match download::fetch(remote) {
        Ok(text) => text,
        Err(error) => return Err((notes, error.to_string())),
    };
    let kept = request
        .cache
        .and_then(|directory| match cache::write(directory, &text) {
            Ok(path) => Some(path),
            Err(error) => {
                notes.push(Note::Cache(error.to_string()));
                None
            }
        });
    let url = remote.url.to_owned();
    Ok(Found {
        notes,
        ..own(text, Source::Download { url, kept })
    })
}

/// A run's copy as it stands, if it is there.
fn kept(request: &Request<'_>) -> Result<Option<Found>, FileError> {
    let Some(copy) = request.run_copy else {
        return Ok(None);
    };
    let bytes = match fs::read(copy) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FileError::of(copy)(error)),
    };
    let text = String::from_utf8(bytes).map_err(|error| FileError::NotUtf8 {
        input: Input::Path(copy.to_owned()),
        offset: error.utf8_error().valid_up_to(),
        line: 1,
    })?;
    Ok(Some(Found {
        choice: request.choice.clone(),
        ..own(text, Source::Copy(copy.to_owned()))
    }))
}

/// Files and folders, joined and cleaned.
fn read_paths(
    paths: &[PathBuf],
    request: &Request<'_>,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Found, CorpusError> {
    let listing = folder::list(paths).map_err(|error| match error {
        FileError::Missing { path } if request.run_copy.is_some() => CorpusError::Gone { path },
        error => error.into(),
    })?;
    let total = (!listing.once).then_some(listing.bytes);
    let mut report = |bytes| progress(bytes, total);
    let mut reader = Reader::new(request.options, listing.bytes, &mut report);
    for file in &listing.files {
        reader.file(file)?;
    }
    let count = reader.documents;
    let source = match paths {
        [path] if listing.files == [path.as_path()] => Source::File(path.clone()),
        _ => Source::Files {
            named: paths.to_vec(),
            count,
        },
    };
    let input = Input::Path(paths.first().cloned().unwrap_or_default());
    let mut found = cleaned(reader, input, source, request)?;
    found.keep_copy = listing.once;
    if !listing.not_text.is_empty() {
        found.notes.push(Note::NotText(listing.not_text));
    }
    if !listing.repeated.is_empty() {
        found.notes.push(Note::Repeated(listing.repeated));
    }
    Ok(found)
}

/// Standard input, to its end.
fn read_stdin(
    request: &Request<'_>,
    stdin: &mut dyn Read,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Found, CorpusError> {
    if let Some(copy) = request.run_copy {
        let copy = copy.to_owned();
        return Err(CorpusError::CopyGone { copy });
    }
    let mut report = |bytes| progress(bytes, None);
    let mut reader = Reader::new(request.options, 0, &mut report);
    reader.document(&Input::Stdin, stdin)?;
    let mut found = cleaned(reader, Input::Stdin, Source::Stdin, request)?;
    found.keep_copy = true;
    Ok(found)
}

/// What a reader has read, and what it met.
fn cleaned(
    reader: Reader<'_>,
    input: Input,
    source: Source,
    request: &Request<'_>,
) -> Result<Found, FileError> {
    let mut notes = Vec::new();
    if reader.marks > 0 {
        notes.push(Note::ByteOrderMark(reader.marks));
    }
    if reader.utf16 > 0 {
        notes.push(Note::Utf16(reader.utf16));
    }
    if reader.line_ends != LineEnds::default() {
        notes.push(Note::LineEnds {
            found: reader.line_ends,
            kept: request.options.keep_line_ends,
        });
    }
    Ok(Found {
        documents: reader.documents,
        text: reader.into_text(input)?,
        source,
        choice: request.choice.clone(),
        keep_copy: false,
        notes,
    })
}

/// Removes rare characters, counts the others and notes the strange ones.
fn finish(found: Found, options: &Options) -> Corpus {
    let Found {
        mut text,
        source,
        choice,
        documents,
        keep_copy,
        mut notes,
    } = found;
    let mut survey = Survey::of(&text);
    let rare = survey.rarer_than(options.min_count);
    if !rare.counts().is_empty() {
        text.retain(|character| !rare.contains(character));
        survey = survey.without(&rare);
        notes.push(Note::Removed {
            rare: rare.clone(),
            min_count: options.min_count,
        });
    }
    // The program's own texts hold no surprise.
    if matches!(choice, Choice::Paths(_) | Choice::Stdin) {
        let (invisible, once) = (survey.invisible(), survey.rarer_than(2));
        if !invisible.counts().is_empty() {
            notes.push(Note::Invisible(invisible));
        }
        if !once.counts().is_empty() {
            notes.push(Note::Once(once));
        }
    }
    let entropy_floor = match choice {
        Choice::Builtin if rare.counts().is_empty() => Some(builtin::entropy_floor()),
        _ => None,
    };
    Corpus {
        sha256: sha256(text.as_bytes()),
        text,
        survey,
        source,
        choice,
        documents,
        keep_copy,
        entropy_floor,
        notes,
    }
}
