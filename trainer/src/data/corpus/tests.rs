//! What a user notices of [`load`]: which text comes, and what is said about it. The network is a server on this
//! machine.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use tempfile::{TempDir, tempdir};

use super::download::{Remote, TINY_SHAKESPEARE};
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

/// Nobody listens here: the system gives this port to no one, so no other test can be there either.
const NOBODY: &str = "http://127.0.0.1:1/input.txt";

/// The text, at `url`. The limits of time are no part of most tests, and a busy machine must not reach them.
fn remote(url: &str) -> Remote<'_> {
    Remote {
        url,
        sha256: sha256(TEXT.as_bytes()),
        max_bytes: 1000,
        connect: Duration::from_secs(60),
        total: Duration::from_secs(60),
        public: false,
    }
}

fn request(cache: &TempDir) -> Request<'_> {
    Request {
        data: None,
        cache: Some(cache.path()),
        offline: false,
        min_chars: 1,
    }
}

#[test]
fn the_first_run_downloads_and_the_second_reads_the_cache() {
    let cache = tempdir().unwrap();
    let path = cache.path().join(CACHED);
    let url = serve("200 OK", Some(TEXT.as_bytes()));

    let first = load_from(&request(&cache), &remote(&url)).unwrap();
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
    let second = load_from(&request(&cache), &remote(&url)).unwrap();
    assert_eq!(
        (second.text.as_str(), second.source, second.notes),
        (TEXT, Source::Cache(path), Vec::new())
    );
}

#[test]
fn a_damaged_cache_is_fetched_again() {
    let cache = tempdir().unwrap();
    let path = cache.path().join(CACHED);
    fs::write(&path, "Two households, both damaged.\n").unwrap();
    let url = serve("200 OK", Some(TEXT.as_bytes()));
    let corpus = load_from(&request(&cache), &remote(&url)).unwrap();
    assert_eq!(corpus.text, TEXT);
    assert_eq!(corpus.notes.len(), 1);
    assert!(corpus.notes[0].starts_with(&format!("The cached text {} is damaged", path.display())));
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
        ..request(&directory)
    };
    let corpus = load_from(&request, &remote(&url)).unwrap();
    assert_eq!(
        (corpus.text.as_str(), &corpus.source),
        (
            TEXT,
            &Source::Download {
                url: url.clone(),
                kept: None
            }
        )
    );
    assert_eq!(corpus.notes.len(), 1);
    assert!(corpus.notes[0].starts_with(&format!(
        "The text could not be kept in {}",
        cache.display()
    )));
}

/// The text is the built-in one, nothing was cached, and the last note has `words`.
#[track_caller]
fn assert_falls_back(remote: &Remote<'_>, words: &str) {
    let cache = tempdir().unwrap();
    let corpus = load_from(&request(&cache), remote).unwrap();
    assert_eq!(corpus.source, Source::BuiltIn);
    assert!(corpus.entropy_floor.is_some());
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
    assert_eq!(corpus.notes.len(), 1);
    assert!(corpus.notes[0].starts_with("Tiny Shakespeare was not downloaded: http://127.0.0.1:"));
    assert!(corpus.notes[0].contains(words), "{:?}", corpus.notes);
}

#[test]
fn another_text_is_refused() {
    let url = serve("200 OK", Some(b"<html>Sign in to this network</html>"));
    assert_falls_back(&remote(&url), "has another text than expected (SHA-256 ");
}

#[test]
fn a_text_without_end_is_refused() {
    let url = serve("200 OK", Some(&[b'x'; 100_000]));
    assert_falls_back(&remote(&url), "sends more than 1000 bytes");
}

#[test]
fn without_a_connection_the_built_in_text_is_used() {
    assert_falls_back(&remote(NOBODY), "cannot be reached (");
}

#[test]
fn a_server_that_says_no_is_no_failure() {
    let url = serve("404 Not Found", Some(b"no"));
    assert_falls_back(&remote(&url), "cannot be reached (http status: 404)");
}

#[test]
fn a_server_that_never_answers_is_not_waited_for() {
    let url = serve("200 OK", None);
    assert_falls_back(
        &Remote {
            total: Duration::from_millis(200),
            ..remote(&url)
        },
        "cannot be reached (timeout",
    );
}

#[test]
fn offline_reads_the_cache_and_asks_nobody() {
    let cache = tempdir().unwrap();
    let offline = Request {
        offline: true,
        ..request(&cache)
    };
    let url = serve("200 OK", Some(TEXT.as_bytes()));
    let corpus = load_from(&offline, &remote(&url)).unwrap();
    assert_eq!(corpus.source, Source::BuiltIn);
    assert_eq!(
        corpus.notes,
        ["The network was not used, because the program was told to stay offline."]
    );
    fs::write(cache.path().join(CACHED), TEXT).unwrap();
    let corpus = load_from(&offline, &remote(&url)).unwrap();
    assert_eq!((corpus.text.as_str(), corpus.notes), (TEXT, Vec::new()));
}

#[test]
fn a_file_of_the_users_is_used_and_nothing_else() {
    let cache = tempdir().unwrap();
    fs::write(cache.path().join(CACHED), TEXT).unwrap();
    let path = cache.path().join("mine.txt");
    let mine = Request {
        data: Some(&path),
        ..request(&cache)
    };
    let remote = remote(NOBODY);
    let error = load_from(&mine, &remote).unwrap_err();
    assert!(
        matches!(error, CorpusError::File(FileError::Missing { .. })),
        "{error}"
    );
    fs::write(&path, "meine Worte").unwrap();
    let corpus = load_from(&mine, &remote).unwrap();
    assert_eq!(
        (corpus.text.as_str(), corpus.source),
        ("meine Worte", Source::File(path))
    );
}

#[test]
fn length_is_counted_in_characters() {
    let cache = tempdir().unwrap();
    let path = cache.path().join("mine.txt");
    fs::write(&path, "äöü").unwrap();
    let mine = Request {
        data: Some(&path),
        min_chars: 3,
        ..request(&cache)
    };
    assert!(load(&mine).is_ok());
    assert_eq!(
        load(&Request {
            min_chars: 4,
            ..mine
        })
        .unwrap_err()
        .to_string(),
        format!(
            "the file {} has 3 characters, training needs at least 4: give a longer text or a shorter context",
            path.display()
        )
    );
}

#[test]
fn each_source_is_named_in_words() {
    let url = TINY_SHAKESPEARE.url;
    let words = [
        (Source::File("x.txt".into()), "the file x.txt".to_owned()),
        (
            Source::Cache("c/t.txt".into()),
            "the cached Tiny Shakespeare at c/t.txt".to_owned(),
        ),
        (
            Source::Download {
                url: url.to_owned(),
                kept: None,
            },
            format!("the Tiny Shakespeare downloaded from {url}"),
        ),
        (Source::BuiltIn, "the built-in stage dialogue".to_owned()),
    ];
    for (source, words) in words {
        assert_eq!(source.to_string(), words);
    }
}
