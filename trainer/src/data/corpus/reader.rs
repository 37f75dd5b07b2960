//! Reads documents into one text, in place and linear: the text is in memory once.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::choice::Options;
use super::clean::{Encoding, LineEnds, decode_utf16, encoding, line_ends};
use super::file::{FileError, Input};

/// A device that never ends must not fill the memory.
const MAX_BYTES: usize = 4 << 30;

/// Bytes between two reports of progress.
const CHUNK: usize = 8 << 20;

/// Documents, read one after the other into one buffer that they are cleaned in.
pub(super) struct Reader<'a> {
    options: &'a Options,
    limit: usize,
    /// Called with the bytes read so far.
    progress: &'a mut dyn FnMut(u64),
    read: u64,
    /// UTF-8.
    text: Vec<u8>,
    /// Documents that hold something.
    pub(super) documents: usize,
    /// Documents with a byte order mark.
    pub(super) marks: usize,
    /// Documents in UTF-16.
    pub(super) utf16: usize,
    /// Line ends that were not LF.
    pub(super) line_ends: LineEnds,
}

impl<'a> Reader<'a> {
    /// A reader of about `bytes` bytes in all.
    pub(super) fn new(options: &'a Options, bytes: u64, progress: &'a mut dyn FnMut(u64)) -> Self {
        let mut text = Vec::new();
        // A hint: room for all at once, so that the text is never in memory twice. A line end may follow a document.
        let room = usize::try_from(bytes).map_or(MAX_BYTES, |bytes| bytes.min(MAX_BYTES));
        if text.try_reserve_exact(room + 64).is_err() {
            text = Vec::new();
        }
        Self {
            options,
            limit: MAX_BYTES,
            progress,
            read: 0,
            text,
            documents: 0,
            marks: 0,
            utf16: 0,
            line_ends: LineEnds::default(),
        }
    }

    /// Reads the file at `path`, which may also be a pipe.
    ///
    /// # Errors
    /// [`FileError`].
    pub(super) fn file(&mut self, path: &Path) -> Result<(), FileError> {
        let file = File::open(path).map_err(FileError::of(path))?;
        self.document(&Input::Path(path.to_owned()), file)
    }

    /// Reads a document from `source`, which errors call `input`. Nothing is left of one that is empty.
    ///
    /// # Errors
    /// [`FileError`].
    pub(super) fn document(&mut self, input: &Input, source: impl Read) -> Result<(), FileError> {
        let before = self.text.len();
        if before > 0 {
            match &self.options.separator {
                Some(separator) => self.text.extend_from_slice(separator.as_bytes()),
                None if self.text.ends_with(b"\n") => {}
                None => self.text.push(b'\n'),
            }
        }
        let start = self.text.len();
        self.append(input, source)?;
        if self.text.len() == start {
            self.text.truncate(before);
            return Ok(());
        }
        self.documents += 1;
        let found = line_ends(&mut self.text, start, self.options.keep_line_ends);
        self.line_ends.crlf += found.crlf;
        self.line_ends.cr += found.cr;
        Ok(())
    }

    /// The text of all documents.
    ///
    /// # Errors
    /// [`FileError::Empty`] of `input`, which stands for them.
    pub(super) fn into_text(self, input: Input) -> Result<String, FileError> {
        if self.text.is_empty() {
            return Err(FileError::Empty { input });
        }
        String::from_utf8(self.text).map_err(|error| FileError::NotUtf8 {
            input,
            offset: error.utf8_error().valid_up_to(),
            line: 1,
        })
    }

    /// Appends UTF-8 without marks, checked piece by piece so that what is no text is refused early.
    fn append(&mut self, input: &Input, mut source: impl Read) -> Result<(), FileError> {
        let start = self.text.len();
        self.chunk(input, &mut source)?;
        let mark = match encoding(&self.text[start..]) {
            Encoding::Utf16 { little } => {
                while self.chunk(input, &mut source)? {}
                return self.utf16(input, start, little);
            }
            Encoding::Utf8 { mark } => mark,
        };
        self.marks += usize::from(mark > 0);
        self.text.drain(start..start + mark);
        let mut checked = start;
        loop {
            let new = &self.text[checked..];
            // Before UTF-8, because it is the better explanation. `contains` is the fast search for a byte.
            if new.contains(&0) {
                let at = new.iter().position(|&byte| byte == 0).unwrap_or(0);
                return Err(FileError::Nul {
                    input: input.clone(),
                    offset: mark + checked - start + at,
                });
            }
            let (valid, broken) = match str::from_utf8(new) {
                Ok(_) => (new.len(), false),
                // A character may go on in the next chunk.
                Err(error) => (error.valid_up_to(), error.error_len().is_some()),
            };
            checked += valid;
            if broken || (!self.chunk(input, &mut source)? && checked < self.text.len()) {
                let lines = self.text[start..checked]
                    .iter()
                    .filter(|&&byte| byte == b'\n');
                return Err(FileError::NotUtf8 {
                    input: input.clone(),
                    offset: mark + checked - start,
                    line: lines.count() + 1,
                });
            }
            if checked == self.text.len() {
                return Ok(());
            }
        }
    }

    /// Reads some more; `false` at the end.
    fn chunk(&mut self, input: &Input, source: &mut impl Read) -> Result<bool, FileError> {
        let read = source
            .take(CHUNK as u64)
            .read_to_end(&mut self.text)
            .map_err(|source| FileError::Unreadable {
                input: input.clone(),
                source,
            })?;
        self.read += read as u64;
        (self.progress)(self.read);
        if self.text.len() > self.limit {
            return Err(FileError::TooLarge {
                input: input.clone(),
                limit: self.limit,
            });
        }
        Ok(read > 0)
    }

    fn utf16(&mut self, input: &Input, start: usize, little: bool) -> Result<(), FileError> {
        const MARK: usize = 2;
        let at_byte = |offset| FileError::NotUtf16 {
            input: input.clone(),
            offset: MARK + offset,
        };
        let text = decode_utf16(&self.text[start + MARK..], little).map_err(at_byte)?;
        if let Some(at) = text.find('\0') {
            let offset = MARK + 2 * text[..at].encode_utf16().count();
            return Err(at_byte(offset - MARK));
        }
        self.text.truncate(start);
        self.text.extend_from_slice(text.as_bytes());
        self.utf16 += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(options: &Options, documents: &[&[u8]]) -> Result<(String, [u64; 4]), FileError> {
        let mut ignore = |_| {};
        let mut reader = Reader::new(options, 0, &mut ignore);
        reader.limit = 50 << 20;
        for document in documents {
            reader.document(&Input::Stdin, *document)?;
        }
        let LineEnds { crlf, cr } = reader.line_ends;
        let counts = [reader.documents as u64, reader.marks as u64, crlf, cr];
        Ok((reader.into_text(Input::Stdin)?, counts))
    }

    fn read(documents: &[&[u8]]) -> Result<(String, [u64; 4]), FileError> {
        read_with(&Options::default(), documents)
    }

    fn error(document: &[u8]) -> String {
        read(&[document]).unwrap_err().to_string()
    }

    #[test]
    fn documents_are_joined_and_an_empty_one_leaves_nothing() {
        let joined = |separator: Option<&str>, documents: &[&[u8]]| {
            let options = Options {
                separator: separator.map(str::to_owned),
                ..Options::default()
            };
            read_with(&options, documents).unwrap().0
        };
        assert_eq!(joined(None, &[b"a"]), "a");
        assert_eq!(
            joined(None, &[b"a", b"", b"b\n", b"\xEF\xBB\xBF", b"c"]),
            "a\nb\nc"
        );
        assert_eq!(
            joined(Some("\n\n"), &[b"a", b"", b"b\n", b"c"]),
            "a\n\nb\n\n\nc"
        );
        assert_eq!(joined(Some(""), &[b"a", b"b"]), "ab");
        assert_eq!(
            read(&[b"", b""]).unwrap_err().to_string(),
            "standard input is empty: there is nothing to train on"
        );
    }

    #[test]
    fn marks_and_line_ends_are_cleaned_and_counted() {
        let (text, counts) = read(&[b"\xEF\xBB\xBFa\r\nb", "é\rc\n".as_bytes()]).unwrap();
        assert_eq!((text.as_str(), counts), ("a\nb\né\nc\n", [2, 1, 1, 1]));
        let keep = Options {
            keep_line_ends: true,
            ..Options::default()
        };
        assert_eq!(
            read_with(&keep, &[b"a\r\nb\r"]).unwrap(),
            ("a\r\nb\r".into(), [1, 0, 1, 1])
        );
        // What was cleaned is clean.
        let (again, counts) = read(&[text.as_bytes()]).unwrap();
        assert_eq!((again, counts), (text, [1, 0, 0, 0]));
    }

    #[test]
    fn utf16_is_decoded_with_a_mark_and_refused_without() {
        let units: Vec<u16> = "\u{feff}Grüße\r\n😀".encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in [&little, &big] {
            assert_eq!(read(&[bytes]).unwrap(), ("Grüße\n😀".into(), [1, 0, 1, 0]));
        }
        let message = error(&little[2..]);
        assert!(
            message.contains("NUL byte at offset 1") && message.contains("iconv -f UTF-16"),
            "{message}"
        );
        assert!(error(&little[..5]).contains("none from byte 4"));
        assert!(error(b"\xFF\xFEa\0\0\0").contains("none from byte 4"));
    }

    #[test]
    fn broken_utf8_is_found_by_byte_and_line() {
        let message = error(b"\xEF\xBB\xBFone\ntwo caf\xe9 latte");
        assert!(message.contains("byte 14 in line 2"), "{message}");
        // At the end of the text, and across chunks.
        assert!(error(b"caf\xc3").contains("byte 3 in line 1"));
        let mut long = vec![b'a'; CHUNK - 1];
        long.extend_from_slice("é\n".as_bytes());
        assert_eq!(read(&[&long]).unwrap().0.len(), long.len());
        long.push(0xC3);
        let message = error(&long);
        assert!(
            message.contains(&format!("byte {} in line 2", CHUNK + 2)),
            "{message}"
        );
        long.resize(3 * CHUNK, b'b');
        assert!(error(&long).contains(&format!("byte {} in line 2", CHUNK + 2)));
    }

    #[test]
    fn a_text_without_end_is_refused() {
        assert!(error(&vec![b'a'; (50 << 20) + 1]).contains("more than 52428800 bytes"));
        // A device of zeros is no text from its first chunk on.
        let mut ignore = |_| {};
        let options = Options::default();
        let mut reader = Reader::new(&options, 0, &mut ignore);
        let error = reader
            .document(&Input::Stdin, std::io::repeat(0))
            .unwrap_err();
        assert!(matches!(error, FileError::Nul { offset: 0, .. }), "{error}");
    }

    #[test]
    fn progress_counts_bytes() {
        let mut seen = Vec::new();
        let mut note = |bytes| seen.push(bytes);
        let options = Options::default();
        let mut reader = Reader::new(&options, 0, &mut note);
        let long = vec![b'a'; CHUNK + 5];
        reader.document(&Input::Stdin, &long[..]).unwrap();
        reader.document(&Input::Stdin, &b"abc"[..]).unwrap();
        drop(reader);
        assert_eq!(seen.last(), Some(&(CHUNK as u64 + 8)));
        assert!(seen.contains(&(CHUNK as u64)) && seen.is_sorted());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_permission_cannot_be_read() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mine.txt");
        std::fs::write(&path, "text").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
        let mut ignore = |_| {};
        let options = Options::default();
        // The superuser reads everything.
        if File::open(&path).is_err() {
            let error = Reader::new(&options, 0, &mut ignore)
                .file(&path)
                .unwrap_err();
            assert!(error.to_string().ends_with("check its permissions"));
        }
    }
}
