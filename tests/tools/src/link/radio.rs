//! What a radio puts around a packet: nothing, or a number in front and a checksum behind, as LoRa and the networks on it have.

use crc::{CRC_16_XMODEM, Crc};

/// CCITT's polynomial, that of LoRa's payload checksum.
const CHECKSUM: Crc<u16> = Crc::<u16>::new(&CRC_16_XMODEM);

/// The checksum of a number and a packet, and of their length, which LoRa's header protects.
fn checksum(content: &[u8]) -> u16 {
    let mut digest = CHECKSUM.digest();
    digest.update(&(content.len() as u16).to_be_bytes());
    digest.update(content);
    digest.finalize()
}

/// A kind of radio.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Radio {
    /// The packet alone.
    Bare,
    /// A byte that counts the packets, and a checksum of 16 bits.
    Checked,
}

/// One direction of a link, at its receiving end.
#[derive(Clone, Debug)]
pub struct Receiver {
    radio: Radio,
    /// The number that comes next.
    next: u8,
}

/// What a radio hands over, or says instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Received {
    /// A packet, and how many in front of it did not come whole.
    Packet {
        /// Packets that are missing.
        missing: u8,
        /// The packet.
        packet: Vec<u8>,
    },
    /// The checksum does not fit.
    Damaged,
    /// It was handed over already.
    Again,
}

impl Radio {
    /// What is sent of the packet that is sent as number `number`, counted from 0.
    pub fn send(self, number: u8, packet: &[u8]) -> Vec<u8> {
        match self {
            Self::Bare => packet.to_vec(),
            Self::Checked => {
                let mut sent = vec![number];
                sent.extend(packet);
                sent.extend(checksum(&sent).to_be_bytes());
                sent
            }
        }
    }

    /// Whether a checksum that is there fits.
    pub fn fits(self, come: &[u8]) -> bool {
        match self {
            Self::Bare => true,
            Self::Checked => come
                .split_last_chunk::<2>()
                .is_some_and(|(rest, &sum)| checksum(rest) == u16::from_be_bytes(sum)),
        }
    }
}

impl Receiver {
    /// Nothing has come yet.
    pub const fn new(radio: Radio) -> Self {
        Self { radio, next: 0 }
    }

    /// Takes what comes.
    pub fn take(&mut self, come: &[u8]) -> Received {
        if !self.radio.fits(come) {
            return Received::Damaged;
        }
        let (Radio::Checked, [number, packet @ .., _, _]) = (self.radio, come) else {
            return Received::Packet {
                missing: 0,
                packet: come.to_vec(),
            };
        };
        let missing = number.wrapping_sub(self.next);
        // A number of the last half of all is one that came.
        if missing > u8::MAX / 2 {
            return Received::Again;
        }
        self.next = number.wrapping_add(1);
        Received::Packet {
            missing,
            packet: packet.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_come_whole_is_said() {
        let mut receiver = Receiver::new(Radio::Checked);
        let sent: Vec<Vec<u8>> = (0..4).map(|n| Radio::Checked.send(n, &[9, n])).collect();
        let packet = |missing, n| Received::Packet {
            missing,
            packet: vec![9, n],
        };
        assert_eq!(receiver.take(&sent[0]), packet(0, 0));
        assert_eq!(receiver.take(&sent[0]), Received::Again);
        let mut damaged = sent[1].clone();
        damaged[1] ^= 4;
        assert_eq!(receiver.take(&damaged), Received::Damaged);
        assert_eq!(receiver.take(&sent[3]), packet(2, 3));
        assert_eq!(receiver.take(&sent[2]), Received::Again);
        assert_eq!(receiver.take(&[]), Received::Damaged);
    }

    #[test]
    fn numbers_go_round() {
        let mut receiver = Receiver::new(Radio::Checked);
        for n in 0..600u32 {
            let sent = Radio::Checked.send(n as u8, &[1]);
            let missing = 0;
            assert_eq!(
                receiver.take(&sent),
                Received::Packet {
                    missing,
                    packet: vec![1]
                },
                "{n}"
            );
        }
    }

    #[test]
    fn without_a_checksum_all_that_comes_is_a_packet() {
        let mut receiver = Receiver::new(Radio::Bare);
        for come in [&[3, 4][..], &[3, 4], &[]] {
            let packet = come.to_vec();
            assert_eq!(receiver.take(come), Received::Packet { missing: 0, packet });
        }
    }
}
