//! A model in a partition of flash, with a fallback: an update is checked in pieces, so that a watchdog can be fed; where it is
//! damaged or needs too much RAM, the model from the factory answers.
//! `cargo run -p runtime --features std --example partition -- factory.bin update.bin`.

use runtime::state::arena_bytes;
use runtime::{Engine, Generate, Model, Parse, Sampling};
use std::error::Error;

const FACTORY: &[u8] = include_bytes!("../../firmware-examples/models/microbit.aut");
const PARTITION_BYTES: usize = 256 * 1024;
const RAM_BYTES: usize = 16 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = std::env::args().skip(1);
    let factory = paths.next().map_or(Ok(partition(FACTORY)), std::fs::read)?;
    let update = paths.next().map_or(Ok(interrupted()), std::fs::read)?;
    let (name, model) = newest(&factory, &update)?;
    println!("the model of the {name} partition:");
    // Sized for whatever model is in the partition: no dimensions at compile time.
    let mut arena = [0; RAM_BYTES];
    let mut engine = Engine::in_arena(model, &mut arena)?;
    let text = Generate::from_text(&mut engine, "ROMEO:", Sampling::DEFAULT, 42)?;
    println!("ROMEO:{}", text.pieces().take(80).collect::<String>());
    Ok(())
}

/// The update's model where it holds and fits, else the factory's.
fn newest<'a>(
    factory: &'a [u8],
    update: &'a [u8],
) -> Result<(&'static str, Model<'a>), Box<dyn Error>> {
    match model_of(update) {
        Ok(model) => Ok(("update", model)),
        Err(error) => {
            println!("update: {error}");
            Ok(("factory", model_of(factory)?))
        }
    }
}

fn model_of(partition: &[u8]) -> Result<Model<'_>, Box<dyn Error>> {
    let mut parse = Parse::prefix(partition)?;
    let model = loop {
        if let Some(model) = parse.advance(4096)? {
            break model;
        }
        feed_the_watchdog();
    };
    let need = arena_bytes(&model.plan());
    if need > RAM_BYTES {
        return Err(format!("needs {need} bytes of RAM, the board has {RAM_BYTES}").into());
    }
    Ok(model)
}

/// A firmware writes to its watchdog's register here.
fn feed_the_watchdog() {}

/// A file at the start of erased flash.
fn partition(file: &[u8]) -> Vec<u8> {
    let mut flash = vec![0xFF; PARTITION_BYTES];
    flash[..file.len()].copy_from_slice(file);
    flash
}

/// An update that lost its power after 40 KB.
fn interrupted() -> Vec<u8> {
    partition(&FACTORY[..40 * 1024])
}
