//! Messages on emulated cores: the records that `qemu-bench`'s program `packets` answers, and the same on this machine.

use crate::cores::Core;
use crate::image::Image;
use crate::qemu::QemuError;
use runtime::Engine;
use runtime::codec::{compress_framed, decompress_framed};
use std::time::Duration;

/// The longest message or packet that the program takes, in bytes.
pub const LONGEST: usize = 1024;
/// In place of a length: there is no text.
const REFUSED: u16 = u16::MAX;
/// Far more than a few hundred messages take on a busy machine.
const LIMIT: Duration = Duration::from_secs(300);

/// What is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Record {
    /// Pack this, and read the packet.
    Message(Vec<u8>),
    /// Read this framed packet.
    Packet(Vec<u8>),
}

/// What is answered; nothing where it was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The framed packet of a message.
    pub packet: Option<Vec<u8>>,
    /// The text that was read.
    pub text: Option<Vec<u8>>,
}

/// No answers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChipError {
    /// The emulator did not run.
    #[error(transparent)]
    Qemu(#[from] QemuError),
    /// The firmware failed, or ran out of time.
    #[error("{core} ended with {exit:?} behind {answers} answers: {said}")]
    Failed {
        /// Which core.
        core: &'static str,
        /// Its exit code, if it came that far.
        exit: Option<i32>,
        /// Complete answers.
        answers: usize,
        /// What QEMU said.
        said: String,
    },
}

/// The records as the program reads them.
///
/// # Panics
/// When one is longer than [`LONGEST`].
pub fn input(records: &[Record]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for record in records {
        let (kind, content) = match record {
            Record::Message(text) => (b'm', text),
            Record::Packet(packet) => (b'p', packet),
        };
        assert!(content.len() <= LONGEST, "{} bytes", content.len());
        bytes.push(kind);
        bytes.extend((content.len() as u16).to_le_bytes());
        bytes.extend(content);
    }
    bytes
}

/// What an image of `packets` answers on its core.
///
/// # Errors
/// [`ChipError`].
pub fn answers(core: &Core, image: &Image, records: &[Record]) -> Result<Vec<Answer>, ChipError> {
    let run = core.machine.run(&image.path, &[], &input(records), LIMIT)?;
    let mut rest = &run.output[..];
    let mut answer = |record: &Record| {
        let packet = match record {
            Record::Message(_) => part(&mut rest)?,
            Record::Packet(_) => None,
        };
        let text = part(&mut rest)?;
        Some(Answer { packet, text })
    };
    let answers: Vec<Answer> = records.iter().map_while(&mut answer).collect();
    if run.exit == Some(0) && answers.len() == records.len() && rest.is_empty() {
        return Ok(answers);
    }
    Err(ChipError::Failed {
        core: core.name,
        exit: run.exit,
        answers: answers.len(),
        said: String::from_utf8_lossy(rest).into_owned() + &run.errors,
    })
}

/// A length and so many bytes, or that there is no text; nothing where the output ends.
fn part(rest: &mut &[u8]) -> Option<Option<Vec<u8>>> {
    let length = rest.split_off(..2)?;
    let length = u16::from_le_bytes([length[0], length[1]]);
    if length == REFUSED {
        return Some(None);
    }
    let bytes = rest.split_off(..usize::from(length))?;
    Some(Some(bytes.to_vec()))
}

/// What this machine answers.
pub fn host(engine: &mut Engine<'_, '_>, record: &Record) -> Answer {
    let packet = match record {
        Record::Message(text) => {
            let mut packet = vec![0; LONGEST + 1];
            let length = compress_framed(engine, text, &mut packet);
            length.ok().map(|length| packet[..length].to_vec())
        }
        Record::Packet(_) => None,
    };
    let read = match record {
        Record::Message(_) => packet.as_deref().unwrap_or_default(),
        Record::Packet(packet) => packet,
    };
    let mut text = vec![0; LONGEST];
    let length = decompress_framed(engine, read, &mut text);
    let text = length.ok().map(|length| text[..length].to_vec());
    Answer { packet, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_a_kind_a_length_and_bytes() {
        let records = [Record::Message(vec![7; 258]), Record::Packet(vec![])];
        let bytes = input(&records);
        assert_eq!(bytes[..4], [b'm', 2, 1, 7]);
        assert_eq!(bytes[261..], [b'p', 0, 0]);
    }

    #[test]
    fn an_answer_that_ends_early_is_none() {
        let mut rest: &[u8] = &[2, 0, 5, 6, 255, 255, 3, 0, 1];
        assert_eq!(part(&mut rest), Some(Some(vec![5, 6])));
        assert_eq!(part(&mut rest), Some(None));
        assert_eq!(part(&mut rest), None);
    }
}
