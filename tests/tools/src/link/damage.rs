//! How much damage the check of a packet lets pass as text.

use super::air::Air;
use super::radio::Radio;
use runtime::Engine;
use runtime::codec::{CodecError, compress_framed, decompress_framed};

/// A kind of damage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Damage {
    /// So many bits the other way round.
    Bits(usize),
    /// A byte becomes another one.
    Byte,
    /// The last byte does not come.
    Cut,
    /// A byte too many.
    Longer,
    /// Other bytes, as many.
    Noise,
}

impl Damage {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Bits(1),
        Self::Bits(2),
        Self::Bits(3),
        Self::Byte,
        Self::Cut,
        Self::Longer,
        Self::Noise,
    ];

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bits(1) => "a bit",
            Self::Bits(2) => "two bits",
            Self::Bits(_) => "three bits",
            Self::Byte => "a byte",
            Self::Cut => "the last byte missing",
            Self::Longer => "a byte more",
            Self::Noise => "all bytes",
        }
    }

    /// What comes instead of `sent`, which has a byte at least; always something else.
    pub fn of(self, sent: &[u8], air: &mut Air) -> Vec<u8> {
        let mut come = sent.to_vec();
        match self {
            Self::Bits(count) => come = air.flip(sent, count).1,
            Self::Byte => {
                let place = air.below(sent.len());
                come[place] ^= 1 + air.below(255) as u8;
            }
            Self::Cut => drop(come.pop()),
            Self::Longer => come.push(air.below(256) as u8),
            Self::Noise => {
                while come == sent {
                    come.fill_with(|| air.below(256) as u8);
                }
            }
        }
        come
    }
}

/// What became of damaged packets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Passed {
    /// How many there were.
    pub packets: usize,
    /// Whose damage the byte in front of a framed packet showed: another model or an unknown kind.
    pub frame: usize,
    /// Which were read as a text.
    pub texts: usize,
    /// Of these, the text is none of UTF-8: a program that shows text refuses them.
    pub not_utf8: usize,
    /// Of all packets, behind a checksum of 16 bits that fits.
    pub checked: usize,
}

/// Packs `text`, damages the packet `times` times and reads what comes, with a checksum in front of reading and without.
///
/// # Errors
/// [`CodecError`] of packing.
pub fn pass(
    engine: &mut Engine<'_, '_>,
    text: &[u8],
    damage: Damage,
    times: usize,
    air: &mut Air,
    passed: &mut Passed,
) -> Result<(), CodecError> {
    let mut packet = vec![0; text.len() + 1];
    let length = compress_framed(engine, text, &mut packet)?;
    packet.truncate(length);
    // Damage makes a text longer, too: of four bytes a character in a token, some hundred.
    let mut read = vec![0; 4096];
    for number in 0..times {
        passed.packets += 1;
        match decompress_framed(engine, &damage.of(&packet, air), &mut read) {
            Ok(length) => {
                passed.texts += 1;
                passed.not_utf8 += usize::from(str::from_utf8(&read[..length]).is_err());
            }
            Err(CodecError::OtherModel { .. } | CodecError::OtherKind { .. }) => passed.frame += 1,
            Err(_) => {}
        }
        let sent = Radio::Checked.send(number as u8, &packet);
        passed.checked += usize::from(Radio::Checked.fits(&damage.of(&sent, air)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_never_nothing() {
        let mut air = Air::new(1);
        for damage in Damage::ALL {
            for sent in [&[0][..], &[1, 2, 3], &[255; 20]] {
                for _ in 0..300 {
                    assert_ne!(damage.of(sent, &mut air), sent, "{}", damage.name());
                }
            }
        }
    }
}
