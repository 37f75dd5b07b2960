//! The table of `docs/boards.md`: what each model takes on each board, and how fast a simple model says it would be.

use super::Arguments;
use formats::fit::Fit;
use std::error::Error;
use std::fs;
use tools::cores::{Build, NamedModel, examples};
use tools::counting::Plugin;
use tools::firmware::{Board, ImageSize};
use tools::markdown::{row, thousands};

/// The models of `firmware-examples/models`.
const MODELS: [&str; 2] = ["microbit", "base"];
/// The features that change the engine. Others change where the text goes to.
const ENGINE: [&str; 1] = ["ram-kernel"];
/// The token whose instructions are counted, from 1 on.
const POSITION: usize = 64;
/// The program whose image is measured.
const PROGRAM: &str = "generate";

const COLUMNS: [&str; 7] = [
    "model",
    "flash, bytes",
    "variables, bytes",
    "stack, bytes",
    "instructions a token",
    "clock, MHz; cycles an instruction; cycles a byte of flash",
    "*modelled* tokens/s",
];

/// Prints the rows of `boards`.
pub(crate) fn print(boards: &[&Board], arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let plugin = Plugin::compile()?;
    row("board", COLUMNS.map(String::from).into_iter());
    row("---", COLUMNS.iter().map(|_| "---:".into()));
    for board in boards {
        if arguments.install {
            super::install(board)?;
        }
        for model in MODELS {
            let file = fs::read(examples().join("models").join(model).with_extension("aut"))?;
            let model = NamedModel {
                name: model.into(),
                file,
            };
            print_row(board, &model, "", &plugin)?;
            for feature in board.features.iter().filter(|name| ENGINE.contains(name)) {
                print_row(board, &model, feature, &plugin)?;
            }
        }
    }
    Ok(())
}

fn print_row(
    board: &Board,
    model: &NamedModel,
    feature: &str,
    plugin: &Plugin,
) -> Result<(), Box<dyn Error>> {
    let dims = formats::Header::read(&model.file)?.dims;
    let name = match feature {
        "" => format!("`{}`", board.name),
        feature => format!("`{}`, `{feature}`", board.name),
    };
    let fit = board.part.fit(&dims, model.file.len());
    if !matches!(fit, Fit::Fits { .. }) {
        let rest = [format!("`{}`", model.name), fit.to_string()];
        row(&name, rest.into_iter().chain([const { String::new() }; 5]));
        return Ok(());
    }
    let path = format!("env.AUTARKY_MODEL='{}'", model.place()?.display());
    let images = board.build(&["--bin", PROGRAM, "--features", feature, "--config", &path])?;
    let elf = images.get(PROGRAM).ok_or("cargo names no image")?;
    let size = ImageSize::of(&fs::read(elf)?)?;
    let tables = board.part.plan(&dims).lut_count() - 1;
    // What a feature of the board changes in the engine, the feature of the same name in `qemu-bench` changes too.
    let build = Build {
        chunk: tables,
        features: feature,
        ..Build::of(model)
    };
    let image = board.core.image("tokens", &build)?;
    let (_, windows) = plugin.count(&board.core, &image, None, &[])?;
    let token = windows
        .get(POSITION - 1)
        .ok_or("no such token was measured")?;
    let (assumed, speed) = match board.pace {
        Some(pace) => (
            format!("{}; {}; {:.2}", pace.clock / 1e6, pace.cycles, pace.wait),
            format!(
                "{:.0}",
                pace.tokens_a_second(token.instructions, model.file.len())
            ),
        ),
        None => Default::default(),
    };
    let rest = [
        format!("`{}`", model.name),
        thousands(size.flash),
        thousands(size.variables),
        thousands(size.stack),
        thousands(token.instructions),
        assumed,
        speed,
    ];
    row(&name, rest.into_iter());
    Ok(())
}
