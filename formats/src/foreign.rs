//! Files of other programs, by what they start with, so that a mix-up is named.

use core::fmt;

/// How many of a file's first bytes tell.
pub(crate) const FIRST_BYTES: usize = 12;

/// What a file starts with, what it then is, and what to do.
const KNOWN: [(&[u8], &str); 8] = [
    (
        b"AUTARKY\r\n",
        "a model file whose line ends were changed on the way: copy it again, as binary",
    ),
    (b"\x7fELF", "an ELF program or library"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"PK\x03\x04", "a zip archive, as PyTorch writes too"),
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"GGUF", "a GGUF model of llama.cpp"),
    (b"UF2\n", "a UF2 firmware image"),
    (b"{\"", "JSON"),
];

/// The file in words, for [`ParseError::Magic`](crate::ParseError::Magic).
pub(crate) fn describe(found: &[u8; FIRST_BYTES], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("this is not an Autarky model file")?;
    let known = KNOWN.iter().find(|(start, _)| found.starts_with(start));
    if let Some((_, what)) = known {
        write!(f, " but {what}")
    } else if is_safetensors(found) {
        f.write_str(" but a safetensors file")
    } else {
        f.write_str(": it does not start with \"AUTARKY\"")
    }
}

/// Eight bytes of a length below 2^32, then the JSON that it is the length of.
fn is_safetensors(found: &[u8; FIRST_BYTES]) -> bool {
    matches!(found, [.., 0, 0, 0, 0, b'{', _, _, _])
}
