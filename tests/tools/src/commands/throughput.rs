//! The speed of this machine, one thread: `cargo run -p tools -- throughput`.
//!
//! Each figure is the best of many short repetitions, since other programs take turns. All figures come from one run, so
//! their ratios hold on a busy machine too: the kernels beside the portable ones and beside the memory's own speed.
//! With `--json` the last line is one JSON object.

use formats::trits::{pack, plane_bytes, tile_row_bytes};
use formats::{Dims, TritMatrix};
use runtime::internals::{Kernel, LANES, Scratch, matmul};
use runtime::state::Table;
use runtime::{Batch, Engine};
use serde_json::{Map, json};
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};
use tests::{BASE, random_model, random_tokens, with_engine};

/// Columns and rows of the matrix-vector products.
const SHAPES: [(usize, usize); 4] = [(128, 128), (128, 512), (512, 128), (4096, 4096)];
/// How long each figure is looked for.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long one repetition takes at least.
const REPETITION: Duration = Duration::from_micros(200);
/// Bytes read to measure the memory: the first is more than any cache holds, the second fits a core's own.
const BUFFERS: [(&str, usize); 2] = [("memory", 256 << 20), ("cache of a core", 256 << 10)];

pub(crate) fn run(as_json: bool) {
    let cpu = cpu();
    let kernel = Kernel::fastest().name();
    println!("{cpu}, one thread, kernel {kernel}");

    println!("\nreading, GB/s");
    let mut reading = Map::new();
    for (name, bytes) in BUFFERS {
        let speed = read_speed(bytes);
        println!("  {name:<16} {speed:>8.1}   ({} KB)", bytes >> 10);
        reading.insert(name.into(), json!(speed));
    }

    println!("\nmatrix-vector products, 10^9 weights/s");
    print!("  {:<16}", "columns->rows");
    Kernel::available().for_each(|kernel| print!(" {:>8}", kernel.name()));
    println!("   {LANES} vectors at once");
    let mut products = Map::new();
    for (cols, rows) in SHAPES {
        let name = format!("{cols}->{rows}");
        let (kernels, batch) = products_of(cols, rows);
        print!("  {name:<16}");
        kernels
            .iter()
            .for_each(|(_, speed)| print!(" {speed:>8.1}"));
        println!(" {batch:>8.1}");
        let kernels: Map<_, _> = kernels
            .into_iter()
            .map(|(kernel, speed)| (kernel, json!(speed)))
            .collect();
        products.insert(name, json!({ "kernels": kernels, "batch": batch }));
    }

    let tokens = whole_model(&BASE);
    println!("\nwhole model, `base` shape, random weights, tokens/s");
    for (name, speed) in &tokens {
        println!("  {name:<42} {speed:>8.0}");
    }
    if as_json {
        let tokens: Map<_, _> = tokens
            .into_iter()
            .map(|(name, speed)| (name.into(), json!(speed)))
            .collect();
        let object = json!({
            "cpu": cpu, "kernel": kernel, "read_gb_per_s": reading,
            "matvec_g_weights_per_s": products, "tokens_per_s": tokens,
        });
        println!("{object}");
    }
}

/// Seconds that one `work` takes: the best of all repetitions.
fn seconds(mut work: impl FnMut()) -> f64 {
    let mut turns = 1u32;
    let mut best = f64::INFINITY;
    let started = Instant::now();
    while started.elapsed() < PATIENCE || best.is_infinite() {
        let repetition = Instant::now();
        (0..turns).for_each(|_| work());
        let taken = repetition.elapsed();
        if taken < REPETITION {
            turns *= 2;
        } else {
            best = best.min(taken.as_secs_f64() / f64::from(turns));
        }
    }
    best
}

/// GB/s of a plain loop that adds up `bytes` bytes.
fn read_speed(bytes: usize) -> f64 {
    let words = vec![1u64; bytes / 8];
    let taken = seconds(|| {
        let sum = black_box(&words)
            .iter()
            .fold(0u64, |sum, &word| sum.wrapping_add(word));
        black_box(sum);
    });
    bytes as f64 / taken / 1e9
}

/// 10^9 weights/s of one trit each, of every kernel by name and of the product of many vectors.
fn products_of(cols: usize, rows: usize) -> (Vec<(String, f64)>, f64) {
    let draws = random_tokens(3 * 63, rows * cols, 1);
    let weights: Vec<i8> = draws.iter().map(|draw| (draw % 3) as i8 - 1).collect();
    let x: Vec<i8> = draws
        .iter()
        .take(cols)
        .map(|draw| (draw / 3) as i8 - 31)
        .collect();
    let packed = pack(&weights, rows, cols, 1);
    let matrix = TritMatrix::new(&packed, plane_bytes(rows, cols), tile_row_bytes(cols));
    let count = (rows * cols) as f64 / 1e9;

    let mut tables = vec![Table::EMPTY; formats::plan::LUT_GROUPS + 1];
    let mut acc = vec![0; rows];
    let kernels = Kernel::available().map(|kernel| {
        let taken = seconds(|| {
            kernel.matvec(
                black_box(matrix),
                black_box(&x),
                &mut tables,
                black_box(&mut acc),
            )
        });
        (kernel.name().to_string(), count / taken)
    });
    let kernels = kernels.collect();

    let lanes: Vec<[i8; LANES]> = x.iter().map(|&x| [x; LANES]).collect();
    let mut acc = vec![[0; LANES]; rows];
    let mut scratch = Scratch::new();
    let taken = seconds(|| {
        matmul(
            black_box(matrix),
            black_box(&lanes),
            &mut scratch,
            black_box(&mut acc),
        )
    });
    (kernels, count * LANES as f64 / taken)
}

/// Tokens/s of an engine.
fn whole_model(dims: &Dims) -> Vec<(&'static str, f64)> {
    let file = random_model(dims, 1);
    let context = usize::from(dims.context);
    let tokens = random_tokens(dims.vocab_size, context, 2);
    with_engine(&file, |engine| {
        let mut speeds = Vec::new();
        let mut measure = |name, count: usize, work: &mut dyn FnMut(&mut Engine<'_, '_>)| {
            speeds.push((name, count as f64 / seconds(|| work(engine))));
        };
        let mut batch = Batch::new(dims);
        measure("step, the context empty to full", context, &mut |engine| {
            engine.reset();
            for &token in &tokens {
                black_box(engine.step(token)).expect("a known token");
            }
        });
        measure("step, the context full", LANES, &mut |engine| {
            for &token in &tokens[..LANES] {
                black_box(engine.step(token)).expect("a known token");
            }
        });
        measure(
            "prefill, the context empty to full",
            context,
            &mut |engine| {
                engine.reset();
                black_box(engine.prefill_batch(&tokens, &mut batch)).expect("known tokens");
            },
        );
        measure(
            "prefill with the logits of each token",
            context,
            &mut |engine| {
                engine.reset();
                engine
                    .logits_of_each(&tokens, &mut batch, |logits| _ = black_box(logits))
                    .expect("known tokens");
            },
        );
        measure("prefill past the context", context, &mut |engine| {
            black_box(engine.prefill_batch(&tokens, &mut batch)).expect("known tokens");
        });
        speeds
    })
}

/// The processor's name, where the system tells it.
fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(
        || std::env::consts::ARCH.into(),
        |(_, name)| name.trim().into(),
    )
}
