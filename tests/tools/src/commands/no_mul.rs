//! Proves that the inference path neither multiplies nor divides, holds no floating point and cannot panic:
//! `cargo run -p tools -- no-mul`.
//!
//! Disassembles firmware with the whole inference path for five cores, at the optimisation levels and with and without
//! LTO, as projects build it, and walks all that can be reached from it, which must hold every function that tokens and messages
//! are seen to execute. Then does the same with images in which a multiplication, a division and a float were planted, and
//! fails unless each is found. Last, runs the RISC-V image on a core without multiplication and division, where they
//! would trap.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;
use tests::{BASE, random_model};
use tools::cores::{
    Build, CORTEX_M0, CORTEX_M4, CORTEX_M33, Core, NamedModel, Profile, RISCV32I, RISCV32IMC,
};
use tools::counting::Plugin;
use tools::disassembly::Disassembly;
use tools::image::Image;
use tools::inference_path::{Kind, Violation, Walk, walk};

/// Cores, and the profiles that images for them are built in. Cortex-M33 and RV32IMC run the kernels of the core before them: what the
/// compiler makes of the rest for them is looked at with LTO alone.
const CORES: [(Core, &[Profile]); 5] = [
    (CORTEX_M0, &Profile::ALL),
    (CORTEX_M4, &Profile::ALL),
    (CORTEX_M33, &Profile::WITH_LTO),
    (RISCV32I, &Profile::ALL),
    (RISCV32IMC, &Profile::WITH_LTO),
];
/// Whether a multiplication is not this project's: Rust's `memset` for RV32IMC repeats its byte in a word by one. In an ESP32-C3's image
/// the boot ROM's takes its place.
fn is_memset(core: &Core, violation: &Violation) -> bool {
    core.name == RISCV32IMC.name
        && violation.function == "memset"
        && violation.kind == Kind::Multiply
}

/// The functions of `qemu-bench` that hold the inference path: a token with its draw, a prompt, a message to a packet
/// and back, a text's cost, context and sampler to bytes and back, a text continued.
const ENTRIES: [&str; 8] = [
    "inference",
    "prompt",
    "pack",
    "unpack",
    "framed",
    "expectation",
    "sleep",
    "continuation",
];
/// Windows that are looked at: tokens, both ways of two messages, and what is done with texts.
const WINDOWS: [usize; 14] = [
    0, 1, 63, 128, 200, 201, 202, 203, 204, 205, 206, 210, 211, 212,
];
/// The one that the plants are in.
const PLANTED: &str = "inference";
const PLANTS: [(&str, Kind); 3] = [
    ("plant-multiply", Kind::Multiply),
    ("plant-divide", Kind::Divide),
    ("plant-float", Kind::Float),
];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only this core, such as cortex-m33
    #[arg(long)]
    core: Option<String>,
}

/// How many checks failed.
pub(crate) fn run(arguments: &Arguments) -> Result<usize, Box<dyn Error>> {
    let model = NamedModel {
        name: "random-128".into(),
        file: random_model(&BASE, 1),
    };
    let plugin = Plugin::compile()?;
    let mut failures = 0;
    for (core, profiles) in super::chosen(&CORES, |(core, _)| core, arguments.core.as_deref())? {
        println!(
            "{} ({}), from {}",
            core.name,
            core.target,
            ENTRIES.join(", ")
        );
        for profile in profiles {
            let build = Build {
                profile: *profile,
                ..Build::of(&model)
            };
            failures += prove(&plugin, &core, &build)?;
        }
        for plant in PLANTS {
            failures += usize::from(!finds(&core, &model, plant)?);
        }
    }
    let image = RISCV32I.image("tokens", &Build::of(&model))?;
    let run = RISCV32I
        .machine
        .run(&image.path, &[], b"", Duration::from_secs(120))?;
    if run.exit == Some(0) {
        println!("riscv32i: runs on a core that has no multiplication and no division");
    } else {
        println!(
            "riscv32i: stopped with {:?} on a core without multiplication: {}",
            run.exit, run.errors
        );
        failures += 1;
    }
    Ok(failures)
}

/// Walks one image and compares the walk with what tokens execute; how much is wrong.
fn prove(plugin: &Plugin, core: &Core, build: &Build<'_>) -> Result<usize, Box<dyn Error>> {
    let image = core.image("tokens", build)?;
    let mut found = walk_image(core, &image)?;
    let all = found.violations.len();
    found
        .violations
        .retain(|violation| !is_memset(core, violation));
    let memset = all - found.violations.len();
    let executed = executed(plugin, core, &image)?;
    let missed: Vec<&String> = executed.difference(&found.functions).collect();
    println!(
        "  {:<22} {} functions, {} instructions, among them all {} functions that were seen to be executed: {}",
        build.profile.to_string(),
        found.functions.len(),
        found.instructions,
        executed.len(),
        match (found.violations.is_empty() && missed.is_empty(), memset) {
            (true, 0) => "ok",
            (true, _) => "ok, but for Rust's memset",
            _ => "FAILED",
        }
    );
    for violation in &found.violations {
        println!(
            "    {:?} in {}: {}",
            violation.kind, violation.function, violation.what
        );
        println!("      by {}", violation.path.join(" -> "));
    }
    if !missed.is_empty() {
        println!("    NOT REACHED, but executed: {missed:?}");
    }
    Ok(found.violations.len() + missed.len())
}

/// Whether what a feature plants is found.
fn finds(
    core: &Core,
    model: &NamedModel,
    (feature, kind): (&str, Kind),
) -> Result<bool, Box<dyn Error>> {
    let build = Build {
        features: feature,
        ..Build::of(model)
    };
    let planted = walk_image(core, &core.image("tokens", &build)?)?;
    let seen = planted
        .violations
        .iter()
        .find(|violation| violation.kind == kind && violation.function == PLANTED);
    match seen {
        Some(violation) => println!("  {feature}: found, {}", violation.what),
        None => println!("  {feature}: NOT FOUND"),
    }
    Ok(seen.is_some())
}

/// The functions that tokens and messages really execute, by counting: what the walk must have reached.
fn executed(
    plugin: &Plugin,
    core: &Core,
    image: &Image,
) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let (_, windows) = plugin.count(core, image, None, &WINDOWS)?;
    let places = windows.iter().flat_map(|window| &window.places);
    let functions = places.filter_map(|place| Some(image.function_at(place.address)?.name.clone()));
    // The callers of the entries, between the markers.
    let executed: BTreeSet<String> = functions
        .filter(|name| {
            !["main", "messages", "texts"]
                .iter()
                .any(|caller| name.contains(caller))
        })
        .collect();
    if executed.len() < 10 {
        return Err(format!("{}: only {executed:?} were executed", core.name).into());
    }
    Ok(executed)
}

fn walk_image(core: &Core, image: &Image) -> Result<Walk, Box<dyn Error>> {
    let disassembly = Disassembly::of(core, image)?;
    walk(&disassembly, &ENTRIES)
        .map_err(|entry| format!("{} has no function {entry}", image.path.display()).into())
}
