//! What a user notices of [`load`]: which text comes, and what is said about it. The network is a server on this
//! machine, standard input a string.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use tempfile::{TempDir, tempdir};

use super::download::Remote;
use super::load::load_from;
use super::*;

const TEXT: &str = "Two households, both alike.\n";
const CACHED: &str = "tiny-shakespeare.txt";

/// A server that answers one request with `body`, or never if there is none, and the URL to ask.
fn serve(status: &str, body: Option<&[u8]>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/input.txt", listener.local_addr().unwrap());
    let answer = body.map(|body| {
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    });
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // All of the request is read, or else closing the connection would cut off the answer as well.
        let mut request = Vec::new();
        let mut part = [0; 4096];
        while !request.ends_with(b"\r\n\r\n") {
            match stream.read(&mut part) {
                Ok(read @ 1..) => request.extend_from_slice(&part[..read]),
                _ => return,
            }
        }
        match answer {
            // A client that has read enough hangs up, which is no failure of the server.
            Some(answer) => drop(stream.write_all(&answer)),
            // Wait until the client gives up.
            None => drop(stream.read(&mut part)),
        }
    });
    url
}

/// More than a busy machine needs.
const LONG: Duration = Duration::from_secs(60);

/// Nobody listens here: the system gives this port to no one, so no other test can be there either.
const NOBODY: &str = "http://127.0.0.1:1/input.txt";

/// The text, at `url`. The limits of time are no part of most tests, and a busy machine must not reach them.
fn remote(url: &str) -> Remote<'_> {
    Remote {
        url,
        sha256: sha256(TEXT.as_bytes()),
        max_bytes: 1000,
        connect: LONG,
        total: LONG,
        public: false,
    }
}

/// As a new run asks for it.
fn request<'a>(choice: &'a Choice, cache: &'a TempDir) -> Request<'a> {
    const PLAIN: &Options = &Options {
        separator: None,
        keep_line_ends: false,
        min_count: 0,
    };
    Request {
        choice,
        options: PLAIN,
        run_copy: None,
        cache: Some(cache.path()),
        offline: false,
    }
}

fn load(request: &Request<'_>, remote: &Remote<'_>) -> Result<Corpus, CorpusError> {
    load_from(
        request,
        remote,
        &mut "from a pipe\r\n".as_bytes(),
        &mut |_, _| {},
    )
}

/// Without the network.
fn local(request: &Request<'_>) -> Result<Corpus, CorpusError> {
    load(request, &remote(NOBODY))
}

fn notes(corpus: &Corpus) -> Vec<String> {
    corpus.notes.iter().map(Note::to_string).collect()
}

#[test]
fn the_first_run_downloads_and_the_second_reads_the_cache() {
    let cache = tempdir().unwrap();
    let path = cache.path().join(CACHED);
    let url = serve("200 OK", Some(TEXT.as_bytes()));

    let first = load(&request(&Choice::Default, &cache), &remote(&url)).unwrap();
    assert_eq!(
        (first.text.as_str(), first.sha256),
        (TEXT, sha256(TEXT.as_bytes()))
    );
    assert_eq!(
        first.source,
        Source::Download {
            url: url.clone(),
            kept: Some(path.clone())
        }
    );
    assert_eq!((first.entropy_floor, first.notes), (None, Vec::new()));
    // No temporary file is left.
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 1);
    // Nobody answers there any more.
    let second = load(&request(&Choice::Default, &cache), &remote(&url)).unwrap();
    assert_eq!(
        (second.text.as_str(), second.source, second.notes),
        (TEXT, Source::Cache(path), Vec::new())
    );
}

#[test]
fn a_run_goes_on_with_the_text_it_began_with_whatever_the_network_does() {
    let cache = tempdir().unwrap();
    let offline = |choice| Request {
        offline: true,
        ..request(choice, &cache)
    };
    let began = local(&offline(&Choice::Default)).unwrap();
    assert_eq!(
        (began.choice.clone(), began.source),
        (Choice::Builtin, Source::BuiltIn)
    );
    assert!(began.entropy_floor.is_some());
    let said = began.notes[0].to_string();
    assert!(
        said.contains("AUTARKY_OFFLINE") && said.contains("--data builtin"),
        "{said}"
    );

    // Tiny Shakespeare comes to the cache: a new run takes it, the old one does not.
    fs::write(cache.path().join(CACHED), TEXT).unwrap();
    let new = local(&offline(&Choice::Default)).unwrap();
    assert_eq!(
        (new.choice.clone(), new.text.as_str()),
        (Choice::Shakespeare, TEXT)
    );
    let again = local(&offline(&began.choice)).unwrap();
    assert_eq!((again.sha256, again.notes), (began.sha256, Vec::new()));

    // It leaves the cache: the new run's text is missed, not replaced.
    fs::remove_file(cache.path().join(CACHED)).unwrap();
    let error = local(&offline(&new.choice)).unwrap_err().to_string();
    assert!(
        error.starts_with("there is no Tiny Shakespeare: ") && error.contains(CACHED),
        "{error}"
    );
}

#[test]
fn a_damaged_cache_is_fetched_again() {
    let cache = tempdir().unwrap();
    let path = cache.path().join(CACHED);
    fs::write(&path, "Two households, both damaged.\n").unwrap();
    let url = serve("200 OK", Some(TEXT.as_bytes()));
    let corpus = load(&request(&Choice::Shakespeare, &cache), &remote(&url)).unwrap();
    assert_eq!(corpus.text, TEXT);
    let said = notes(&corpus);
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with(&format!("The cached text {} is damaged", path.display())));
    assert_eq!(fs::read_to_string(path).unwrap(), TEXT);
}

#[test]
fn a_cache_that_cannot_be_written_is_only_noted() {
    let directory = tempdir().unwrap();
    let cache = directory.path().join("a file").join("cache");
    fs::write(directory.path().join("a file"), "").unwrap();
    let url = serve("200 OK", Some(TEXT.as_bytes()));
    let request = Request {
        cache: Some(&cache),
        ..request(&Choice::Default, &directory)
    };
    let corpus = load(&request, &remote(&url)).unwrap();
    assert_eq!(corpus.text, TEXT);
    assert!(matches!(corpus.source, Source::Download { kept: None, .. }));
    let said = notes(&corpus);
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with(&format!(
        "The text could not be kept in {}",
        cache.display()
    )));
}

/// By default the text is the built-in one, nothing is cached, and the note has `words`; by name there is none.
#[track_caller]
fn assert_falls_back(server: impl Fn() -> String, timeout: Duration, words: &str) {
    let cache = tempdir().unwrap();
    let url = server();
    let remote = |url| Remote {
        total: timeout,
        ..remote(url)
    };
    let corpus = load(&request(&Choice::Default, &cache), &remote(&url)).unwrap();
    assert_eq!(corpus.source, Source::BuiltIn);
    assert!(corpus.entropy_floor.is_some());
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
    let said = notes(&corpus);
    assert_eq!(said.len(), 1);
    assert!(
        said[0].contains(": http://127.0.0.1:") && said[0].contains(words),
        "{said:?}"
    );

    let url = server();
    let error = load(&request(&Choice::Shakespeare, &cache), &remote(&url)).unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("there is no Tiny Shakespeare: ") && said.contains(words));
}

#[test]
fn another_text_is_refused() {
    let portal = || serve("200 OK", Some(b"<html>Sign in to this network</html>"));
    assert_falls_back(portal, LONG, "); is a proxy in between?");
}

#[test]
fn a_text_without_end_is_refused() {
    let endless = || serve("200 OK", Some(&[b'x'; 100_000]));
    assert_falls_back(endless, LONG, "sends more than 1000 bytes");
}

#[test]
fn without_a_connection_or_a_text_the_built_in_one_is_used() {
    assert_falls_back(|| NOBODY.to_owned(), LONG, "cannot be reached (");
    let missing = || serve("404 Not Found", Some(b"no"));
    assert_falls_back(missing, LONG, "cannot be reached (http status: 404)");
}

#[test]
fn a_server_that_never_answers_is_not_waited_for() {
    let silent = || serve("200 OK", None);
    assert_falls_back(
        silent,
        Duration::from_millis(200),
        "cannot be reached (timeout",
    );
}

#[test]
fn the_built_in_text_and_files_need_no_network_and_no_cache() {
    let cache = tempdir().unwrap();
    fs::write(cache.path().join(CACHED), TEXT).unwrap();
    let corpus = local(&request(&Choice::Builtin, &cache)).unwrap();
    assert_eq!((corpus.clone(), corpus.keep_copy), (built_in(), false));

    let path = cache.path().join("mine.txt");
    let mine = Choice::Paths(vec![path.clone()]);
    let error = local(&request(&mine, &cache)).unwrap_err();
    assert!(
        matches!(error, CorpusError::File(FileError::Missing { .. })),
        "{error}"
    );
    fs::write(&path, "meine Worte, meine Worte").unwrap();
    let corpus = local(&request(&mine, &cache)).unwrap();
    assert_eq!(
        (corpus.text.as_str(), corpus.documents),
        ("meine Worte, meine Worte", 1)
    );
    assert_eq!((corpus.source, corpus.choice), (Source::File(path), mine));
}

#[test]
fn a_text_that_moved_is_asked_for_by_where_it_was() {
    let home = tempdir().unwrap();
    let (path, copy) = (home.path().join("mine.txt"), home.path().join("text.txt"));
    let choice = Choice::Paths(vec![path.clone()]);
    let going_on = Request {
        run_copy: Some(&copy),
        ..request(&choice, &home)
    };
    assert_eq!(
        local(&going_on).unwrap_err().to_string(),
        format!(
            "the text of this run was {} and is gone: say where it is now with --data",
            path.display()
        )
    );
    fs::write(&path, "here again").unwrap();
    assert_eq!(local(&going_on).unwrap().text, "here again");
}

#[test]
fn standard_input_is_read_once_and_then_from_the_copy() {
    let home = tempdir().unwrap();
    let copy = home.path().join("text.txt");
    let first = local(&request(&Choice::Stdin, &home)).unwrap();
    assert_eq!(
        (first.text.as_str(), first.keep_copy),
        ("from a pipe\n", true)
    );
    assert_eq!(first.source, Source::Stdin);

    let going_on = Request {
        run_copy: Some(&copy),
        ..request(&Choice::Stdin, &home)
    };
    let error = local(&going_on).unwrap_err();
    assert!(matches!(error, CorpusError::CopyGone { .. }), "{error}");
    // Whatever the copy holds is taken as it stands.
    for text in [first.text.as_str(), "\u{feff}\r\n"] {
        fs::write(&copy, text).unwrap();
        let again = local(&going_on).unwrap();
        assert_eq!((again.text.as_str(), again.keep_copy), (text, false));
        assert_eq!(
            (again.source, again.choice),
            (Source::Copy(copy.clone()), Choice::Stdin)
        );
    }
}

#[test]
fn files_and_folders_make_one_text_and_the_notes_say_what_was_in_it() {
    let home = tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::create_dir(at("books")).unwrap();
    fs::write(at("books/a.txt"), "\u{feff}aa\r\naa").unwrap();
    fs::write(at("books/b.txt"), "bb\u{a0}b\n").unwrap();
    fs::write(at("books/b.bin"), "b\0").unwrap();
    fs::write(at("c.txt"), "cé\r").unwrap();
    let choice = Choice::Paths(vec![at("books"), at("c.txt"), at("books/a.txt")]);

    let corpus = local(&request(&choice, &home)).unwrap();
    assert_eq!(corpus.text, "aa\naa\nbb\u{a0}b\ncé\n");
    assert_eq!(corpus.sha256, sha256(corpus.text.as_bytes()));
    assert_eq!((corpus.documents, corpus.keep_copy), (3, false));
    assert_eq!(corpus.survey, Survey::of(&corpus.text));
    assert_eq!(corpus.source.name(), "3 files of books, c.txt, a.txt");
    let (binary, twice) = (at("books/b.bin"), at("books/a.txt"));
    assert_eq!(
        notes(&corpus),
        [
            "A byte order mark at the start was dropped.".to_owned(),
            "Line ends: 1 CR LF and 1 CR, now LF (--keep-line-ends keeps them).".to_owned(),
            format!("Left out, because NUL bytes are not text: {}.", binary.display()),
            format!("Read once, though named twice: {}.", twice.display()),
            "The text has characters that nobody sees, and the model learns to write them: 1 U+00A0 no-break space."
                .to_owned(),
            "Seen once, and a token of the model each: 1 U+0063 “c”, 1 U+00A0 no-break space, \
             1 U+00E9 “é”. --min-count 2 removes them."
                .to_owned(),
        ]
    );

    let options = Options {
        separator: Some("bb".to_owned()),
        keep_line_ends: true,
        min_count: 2,
    };
    let options = Request {
        options: &options,
        ..request(&choice, &home)
    };
    let corpus = local(&options).unwrap();
    assert_eq!(corpus.text, "aa\r\naabbbbb\nbb\r");
    assert_eq!(corpus.survey, Survey::of(&corpus.text));
    let said = notes(&corpus);
    assert!(
        said.iter()
            .any(|note| note.starts_with("Removed, because seen fewer than 2 times: ")),
        "{said:?}"
    );
}

#[test]
fn a_change_to_the_built_in_text_is_another_text_without_a_floor() {
    let cache = tempdir().unwrap();
    let options = Options {
        min_count: 3000,
        ..Options::default()
    };
    let corpus = local(&Request {
        options: &options,
        ..request(&Choice::Builtin, &cache)
    })
    .unwrap();
    assert!(corpus.text.len() < built_in().text.len());
    assert_eq!(corpus.entropy_floor, None);
}
