//! Writes the seeds of every target into `corpus/TARGET` of the current folder: `cargo run --bin seeds`.

use std::path::Path;
use tests::fuzzing::seeds;

fn main() -> std::io::Result<()> {
    for (target, seeds) in seeds::all() {
        let folder = Path::new("corpus").join(target);
        std::fs::create_dir_all(&folder)?;
        for (i, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{i}")), seed)?;
        }
        println!("{}: {} seeds", folder.display(), seeds.len());
    }
    Ok(())
}
