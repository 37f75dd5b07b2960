//! What packing and reading cost on devices: `cargo run -p tools -- messages --cost`.
//!
//! Instructions are counted on emulated cores. Seconds are modelled, with what `tools::firmware` assumes of the boards'
//! speed; airtime is computed.

use formats::Model;
use runtime::codec::compress;
use std::error::Error;
use std::fs;
use tests::with_engine;
use tools::cores::{Build, CORTEX_M0, CORTEX_M4, Core, NamedModel, RISCV32I, RISCV32IMC, examples};
use tools::counting::Plugin;
use tools::firmware::{Board, ImageSize, Pace};
use tools::markdown::{row, thousands};
use tools::messages::airtime::Lora;
use tools::messages::chip::{Record, input};

const CORES: [Core; 4] = [CORTEX_M0, CORTEX_M4, RISCV32I, RISCV32IMC];
/// A chip, and the board whose speed is assumed and whose program is measured.
const CHIPS: [(&str, &str); 3] = [
    ("nRF52840", "microbit-v2"),
    ("RP2040", "pico"),
    ("ESP32-C3", "esp32-c3"),
];
const MODELS: [&str; 2] = ["messages-micro", "messages"];
/// The median of English messages on a mesh network, and a long one, in characters.
const MESSAGES: [&str; 2] = [
    "Are you at home tonight",
    "I am still at work so I will be home later tonight, can you get some bread and milk from the shop on your way back home?",
];
/// Bytes that Meshtastic puts in front of a packet.
const HEADER: usize = 16;

/// Of a model on all cores.
struct Counted {
    model: NamedModel,
    /// By core and message: instructions of packing, and of reading.
    instructions: [[[u64; 2]; MESSAGES.len()]; CORES.len()],
    /// By message: tokens that are computed, each way.
    tokens: [usize; MESSAGES.len()],
    /// By message.
    packets: [usize; MESSAGES.len()],
}

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let plugin = Plugin::compile()?;
    let mut counted = Vec::new();
    for name in MODELS {
        let path = examples().join("models").join(name).with_extension("aut");
        let model = NamedModel {
            name: name.into(),
            file: fs::read(path)?,
        };
        counted.push(count(&plugin, model)?);
    }
    println!("\nThe messages:\n");
    for message in MESSAGES {
        println!("- {} characters: \"{message}\"", message.len());
    }
    print_instructions(&counted);
    print_seconds(&counted)?;
    print_memory(&counted)?;
    print_airtime(&counted);
    Ok(())
}

fn count(plugin: &Plugin, model: NamedModel) -> Result<Counted, Box<dyn Error>> {
    let records = MESSAGES.map(|message| Record::Message(message.into()));
    let mut instructions = [[[0; 2]; MESSAGES.len()]; CORES.len()];
    for (of_core, core) in instructions.iter_mut().zip(CORES) {
        let image = core.image("packets", &Build::of(&model))?;
        let windows = plugin.windows(&core, &image, &input(&records))?;
        let (pairs, []) = windows.as_chunks::<2>() else {
            return Err("a message was packed and not read".into());
        };
        if pairs.len() != MESSAGES.len() {
            return Err(format!("{} messages were counted", pairs.len()).into());
        }
        for (of_message, pair) in of_core.iter_mut().zip(pairs) {
            *of_message = pair.each_ref().map(|window| window.instructions);
        }
    }
    let tokenizer = Model::parse(&model.file)?.tokenizer();
    // What a message begins behind is computed as well.
    let tokens = MESSAGES.map(|message| 1 + tokenizer.encode(message).count());
    let packets = with_engine(&model.file, |engine| {
        MESSAGES.map(|message| compress(engine, message.as_bytes(), &mut [0; 256]).unwrap_or(0))
    });
    Ok(Counted {
        model,
        instructions,
        tokens,
        packets,
    })
}

/// "pack 23", "read 23", and so on.
fn columns() -> Vec<String> {
    let of = |message: &str| ["pack", "read"].map(|way| format!("{way} {}", message.len()));
    MESSAGES.into_iter().flat_map(of).collect()
}

fn head(first: &str, before: &[&str], after: &[String]) {
    let columns: Vec<String> = before
        .iter()
        .map(ToString::to_string)
        .chain(after.iter().cloned())
        .collect();
    row(first, columns.iter().cloned());
    row("---", columns.iter().map(|_| "---:".into()));
}

fn print_instructions(counted: &[Counted]) {
    println!("\nInstructions per character, 64 lookup tables:\n");
    head("model", &["core"], &columns());
    for counted in counted {
        for (core, of_core) in CORES.iter().zip(&counted.instructions) {
            let cells = of_core.iter().zip(MESSAGES).flat_map(|(ways, message)| {
                ways.map(|instructions| thousands(instructions / message.len() as u64))
            });
            row(
                &format!("`{}`", counted.model.name),
                [core.name.to_owned()].into_iter().chain(cells),
            );
        }
    }
}

fn board(name: &str) -> Result<(&'static Board, Pace), Box<dyn Error>> {
    let board = Board::named(name).ok_or_else(|| format!("there is no board {name}"))?;
    let pace = board.pace.ok_or("nothing is assumed of its speed")?;
    Ok((board, pace))
}

fn print_seconds(counted: &[Counted]) -> Result<(), Box<dyn Error>> {
    println!(
        "\n*Modelled* seconds: (instructions * cycles per instruction + tokens * bytes of the model file * cycles per byte \
         of flash) / clock\n"
    );
    let assumed = [
        "model",
        "MHz",
        "cycles per instruction",
        "per byte of flash",
    ];
    head("chip", &assumed, &columns());
    for (chip, name) in CHIPS {
        let (board, pace) = board(name)?;
        let core = CORES.iter().position(|core| *core == board.core);
        let core = core.ok_or("a core that is not counted")?;
        for counted in counted {
            let bytes = counted.model.file.len();
            let seconds = counted.instructions[core].iter().zip(counted.tokens);
            let seconds = seconds.flat_map(|(ways, tokens)| {
                ways.map(|instructions| {
                    format!("{:.2}", pace.seconds(instructions, tokens * bytes))
                })
            });
            let before = [
                format!("`{}`", counted.model.name),
                (pace.clock / 1e6).to_string(),
                pace.cycles.to_string(),
                pace.wait.to_string(),
            ];
            row(chip, before.into_iter().chain(seconds));
        }
    }
    Ok(())
}

fn print_memory(counted: &[Counted]) -> Result<(), Box<dyn Error>> {
    println!("\nThe program `messages`, bytes:\n");
    let columns = [
        "model",
        "flash",
        "of that the model file",
        "variables",
        "stack that is kept",
    ];
    head("board", &columns, &[]);
    for name in ["qemu-microbit"]
        .into_iter()
        .chain(CHIPS.map(|(_, name)| name))
    {
        let board = Board::named(name).ok_or_else(|| format!("there is no board {name}"))?;
        for counted in counted {
            let header = formats::Header::read(&counted.model.file)?;
            let bytes = counted.model.file.len();
            if !matches!(
                board.part.fit(&header.dims, bytes),
                formats::fit::Fit::Fits { .. }
            ) {
                continue;
            }
            let elf = board.with_model("messages", &counted.model.place()?)?;
            let size = ImageSize::of(&fs::read(elf)?)?;
            let sizes = [size.flash, bytes as u64, size.variables, size.stack].map(thousands);
            let model = format!("`{}`", counted.model.name);
            row(name, [model].into_iter().chain(sizes));
        }
    }
    Ok(())
}

fn print_airtime(counted: &[Counted]) {
    let Lora {
        spreading,
        bandwidth,
        coding,
        preamble,
    } = Lora::LONG_FAST;
    println!(
        "\nAirtime at LoRa's LongFast (SF{spreading}, {} kHz, coding rate 4/{}, preamble of {preamble} symbols), {HEADER} \
         bytes of header in front, ms:\n",
        bandwidth / 1e3,
        4 + coding
    );
    let columns = ["characters", "packet, bytes", "as typed", "packed", "saved"];
    head("model", &columns, &[]);
    for counted in counted {
        for (message, packet) in MESSAGES.into_iter().zip(counted.packets) {
            let time = |bytes| Lora::LONG_FAST.milliseconds(HEADER + bytes);
            let (typed, packed) = (time(message.len()), time(packet));
            row(
                &format!("`{}`", counted.model.name),
                [
                    message.len().to_string(),
                    packet.to_string(),
                    format!("{typed:.0}"),
                    format!("{packed:.0}"),
                    format!("{:.0}", typed - packed),
                ]
                .into_iter(),
            );
        }
    }
}
