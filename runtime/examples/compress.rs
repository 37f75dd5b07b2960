//! A message as a packet and back: `cargo run -p runtime --features std --example compress -- "On my way"`.

use runtime::codec::{Compress, Forecast, compress, decompress};
use runtime::{Engine, HeapState, Model};
use std::error::Error;

const MODEL: &[u8] = include_bytes!("../../firmware-examples/models/microbit.aut");
/// What a radio sends at once.
const PACKET: usize = 233;

fn main() -> Result<(), Box<dyn Error>> {
    let message = std::env::args()
        .nth(1)
        .unwrap_or("What is the city but the people?".into());
    let model = Model::parse(MODEL)?;
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers())?;

    // While it is typed: does it still fit?
    let mut forecast = Forecast::new(&mut engine, || ());
    for character in message.chars() {
        forecast.push(character.encode_utf8(&mut [0; 4]).as_bytes(), || ());
    }
    println!("{} of {PACKET} bytes", forecast.bytes());

    // At once, ...
    let mut packet = [0; PACKET];
    let length = compress(&mut engine, message.as_bytes(), &mut packet)?;
    let packet = &packet[..length];
    println!("{} bytes in {length}: {packet:02x?}", message.len());

    // ... or a layer at a time, for a firmware that feeds a watchdog in between.
    let (mut again, mut layers) = ([0; PACKET], 0);
    let work = Compress::new(&mut engine, message.as_bytes(), &mut again);
    let length = work.finish(|| layers += 1)?;
    println!(
        "the same in {layers} pieces of work: {}",
        again[..length] == *packet
    );

    // The receiver has the same model file.
    let mut text = [0; 1000];
    let length = decompress(&mut engine, packet, &mut text)?;
    println!("{}", String::from_utf8_lossy(&text[..length]));
    Ok(())
}
