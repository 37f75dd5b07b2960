//! Runs the kernels of microcontroller cores on emulated ones: `cargo run -p tools -- kernels`.
//!
//! On each core, the assembly against plain definitions on random and extreme numbers; then whole models of several
//! shapes, past the end of their context, with few and many lookup tables, whose logits, and packets of messages, must be
//! this machine's. Prints the stack that parsing, generating and messages take.

use formats::{Dims, MemoryPlan};
use runtime::codec::compress;
use runtime::{Engine, Generate, Logits, Sampler, Sampling, StopStrings};
use std::error::Error;
use std::time::Duration;
use tests::{BASE, MICROBIT, ODD, random_model, with_engine};
use tools::cores::{
    Build, CHUNK, CORTEX_M0, CORTEX_M4, CORTEX_M33, Core, NamedModel, RISCV32I, RISCV32IMC,
};

const CORES: [Core; 5] = [CORTEX_M0, CORTEX_M4, CORTEX_M33, RISCV32I, RISCV32IMC];
const LIMIT: Duration = Duration::from_secs(300);
/// Weights of five trits, a head that fills no tile, one channel more than a group of shifts.
const FIVE_TRITS: Dims = Dims {
    vocab_size: 19,
    d_model: 48,
    layers: 2,
    heads: 3,
    kv_heads: 3,
    d_ff: 100,
    context: 33,
    weight_trits: 5,
    head_trits: 2,
    kv_trits: 1,
    embedding_trits: 0,
    token_shift: [5, 3, 7],
};
/// Name, shape, and how many groups have tables at once.
const MODELS: [(&str, Dims, usize); 5] = [
    ("odd", ODD, 1),
    ("five-trits", FIVE_TRITS, 3),
    ("microbit", MICROBIT, formats::plan::LUT_GROUPS),
    ("base", BASE, 5),
    ("base", BASE, CHUNK),
];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only this core, such as cortex-m33
    #[arg(long)]
    core: Option<String>,
}

/// How many checks failed.
pub(crate) fn run(arguments: &Arguments) -> Result<usize, Box<dyn Error>> {
    let models = MODELS.map(|(name, dims, chunk)| {
        let model = NamedModel {
            name: format!("random-{name}"),
            file: random_model(&dims, 1),
        };
        (digest(&model.file), model, chunk)
    });
    let mut failures = 0;
    for core in super::chosen(&CORES, |core| core, arguments.core.as_deref())? {
        println!("{}: {}", core.name, core.target);
        // The feature moves the inner loops of ARMv6-M to RAM.
        let places: &[&str] = if core == CORTEX_M0 {
            &["", "ram-kernel"]
        } else {
            &[""]
        };
        for features in places {
            let build = Build {
                features,
                ..Build::of(&models[0].1)
            };
            let image = core.image("kernels", &build)?;
            let run = core.machine.run(&image.path, &[], b"", LIMIT)?;
            print!("  {}{}", String::from_utf8_lossy(&run.output), run.errors);
            failures += usize::from(run.exit != Some(0));
        }
        for (expected, model, chunk) in &models {
            let build = Build {
                chunk: *chunk,
                ..Build::of(model)
            };
            let image = core.image("tokens", &build)?;
            let run = core.machine.run(&image.path, &[], b"", LIMIT)?;
            let output = String::from_utf8_lossy(&run.output);
            let line = |key: &str| {
                output
                    .lines()
                    .filter_map(|line| line.strip_prefix(key))
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            let packets = packets(&model.file, &line("message: "));
            let right = run.exit == Some(0)
                && line("digest: ") == *expected
                && line("packet: ") == packets
                && line("texts: ") == texts(&model.file)
                && !packets.is_empty();
            println!(
                "  {}, {chunk} tables: {} of 201 tokens and {} messages; stack: {}; state: {}",
                model.name,
                if right {
                    "the host's logits and packets"
                } else {
                    "WRONG LOGITS OR PACKETS"
                },
                line("packet: ").split(", ").count(),
                line("stack: "),
                line("state: ")
            );
            if !right {
                println!("{output}{}", run.errors);
                failures += 1;
            }
        }
    }
    print_ram();
    Ok(failures)
}

/// The packets of messages, all as hex with commas in between.
fn packets(file: &[u8], messages: &str) -> String {
    let packet = |message: &str| {
        let digits = message.as_bytes().as_chunks::<2>().0;
        let bytes: Vec<u8> = digits
            .iter()
            .filter_map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        let mut packet = vec![0; bytes.len() + 1];
        let length = with_engine(file, |engine| compress(engine, &bytes, &mut packet));
        packet.truncate(length.unwrap_or(0));
        packet
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    messages
        .split(", ")
        .map(packet)
        .collect::<Vec<_>>()
        .join(", ")
}

/// What `tokens` prints of a text's cost and its continuation.
fn texts(file: &[u8]) -> String {
    with_engine(file, |engine| {
        let mut sampler = Sampler::new(Sampling::default(), 42);
        let mut token = 0;
        for _ in 0..201 {
            token = sampler.sample(engine.step(token).unwrap_or_default());
        }
        engine.reset();
        let mix = |digest: u32, value: u32| digest.rotate_left(5) ^ value;
        let text = engine.model().tokenizer().decode(1).unwrap_or_default();
        let score = engine.score_text(text, || ()).unwrap_or_default();
        let logits = Logits::new(engine.finish());
        let mut cost = mix(score.tokens, score.bits_q16 as u32);
        for (token, bits) in logits.top(5) {
            cost = mix(mix(cost, token.into()), bits);
            let share = logits.cumulative(token).unwrap_or_default();
            cost = mix(mix(cost, share.start), share.end);
        }
        let likeliest = logits.argmax().and_then(|token| logits.bits(token));
        cost = mix(cost, likeliest.unwrap_or(0)) ^ logits.total();

        let mut continued = 0;
        let (Ok(stop), Ok(generate)) = (
            StopStrings::<4>::new(&["qu", "\n\n"]),
            Generate::resume_text(engine, text, sampler),
        ) else {
            return String::new();
        };
        generate.until(stop, 24).finish(|piece| {
            continued = piece
                .bytes()
                .fold(continued, |digest, byte| mix(digest, byte.into()));
        });
        format!("{cost:08x} {continued:08x}")
    })
}

/// The memory plans of the presets, with few lookup tables and with many.
fn print_ram() {
    println!("\nRAM of the engine's state, bytes:\n");
    let plans = [("microbit, quick", MICROBIT), ("base", BASE)].map(|(name, dims)| {
        let plan = MemoryPlan::new(&dims);
        [
            (format!("{name}, 8 tables"), plan),
            (format!("{name}, 64 tables"), plan.with_lut_groups(64)),
        ]
    });
    let plans = plans.concat();
    let row = |first: &str, cells: Vec<String>| println!("| {first} | {} |", cells.join(" | "));
    row("part", plans.iter().map(|(name, _)| name.clone()).collect());
    row("---", plans.iter().map(|_| "---:".into()).collect());
    for (i, (part, _)) in plans[0].1.parts().iter().enumerate() {
        row(
            part,
            plans
                .iter()
                .map(|(_, plan)| plan.parts()[i].1.to_string())
                .collect(),
        );
    }
    row(
        "all",
        plans
            .iter()
            .map(|(_, plan)| plan.ram().to_string())
            .collect(),
    );
}

/// What `tokens` prints of 201 tokens and their logits.
fn digest(file: &[u8]) -> String {
    with_engine(file, |engine: &mut Engine<'_, '_>| {
        let mut sampler = Sampler::new(Sampling::default(), 42);
        let (mut token, mut digest) = (0, 0u32);
        for _ in 0..201 {
            let logits = engine.step(token).unwrap_or_default();
            token = sampler.sample(logits);
            let fold = |digest: u32, logit: &i32| digest.rotate_left(5) ^ logit.cast_unsigned();
            digest = logits.iter().fold(digest, fold).wrapping_add(token.into());
        }
        format!("{digest:08x}")
    })
}
