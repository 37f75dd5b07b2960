//! Writes the seeds of every target into `corpus/TARGET` of the current folder: `cargo run --bin seeds`, and with
//! `--features trainer` those of the trainer's readers too.

use std::path::Path;
use tests::fuzzing::seeds;

#[cfg(feature = "trainer")]
#[path = "../../tests/trainer_inputs/mod.rs"]
mod trainer_inputs;

fn main() -> std::io::Result<()> {
    for (target, seeds) in seeds::all() {
        write(target, &seeds)?;
    }
    #[cfg(feature = "trainer")]
    {
        write("config", &trainer_inputs::config_seeds())?;
        write("checkpoint", &[trainer_inputs::checkpoint_seed()])?;
    }
    Ok(())
}

fn write(target: &str, seeds: &[Vec<u8>]) -> std::io::Result<()> {
    let folder = Path::new("corpus").join(target);
    std::fs::create_dir_all(&folder)?;
    for (i, seed) in seeds.iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{i}")), seed)?;
    }
    println!("{}: {} seeds", folder.display(), seeds.len());
    Ok(())
}
