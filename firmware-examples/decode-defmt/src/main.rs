//! `decode-defmt ELF < STREAM`: the text of a defmt stream that the firmware ELF has written.
//!
//! It stands in the firmware's workspace because its dependencies would change the features of the trainer's.

use defmt_decoder::{DecodeError, Table};
use std::error::Error;
use std::io::{Read, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let elf = std::env::args_os()
        .nth(1)
        .ok_or("usage: decode-defmt ELF < STREAM")?;
    let table = Table::parse(&std::fs::read(elf)?)?.ok_or("this firmware does not log by defmt")?;
    let mut decoder = table.new_stream_decoder();
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut buffer = [0; 1024];
    loop {
        let received = input.read(&mut buffer)?;
        decoder.received(&buffer[..received]);
        loop {
            match decoder.decode() {
                Ok(frame) => writeln!(output, "{}", frame.display_message())?,
                Err(DecodeError::UnexpectedEof) => break,
                Err(error) => return Err(format!("the stream is damaged: {error}").into()),
            }
        }
        if received == 0 {
            return Ok(());
        }
    }
}
