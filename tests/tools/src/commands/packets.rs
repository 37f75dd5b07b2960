//! All pairs of chips: `cargo run -p tools -- packets`.
//!
//! Each emulated core packs the messages and reads its packets, and so does this machine. Packets that are equal byte for
//! byte need no second reader: with them, each core has read the packets of all. Damaged packets follow, on which all
//! must come to the same end.

use clap::Args;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::VecDeque;
use std::error::Error;
use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;
use tests::with_engine;
use tools::cores::{Build, CORTEX_M0, CORTEX_M4, Core, NamedModel, RISCV32I, examples};
use tools::image::Image;
use tools::markdown::{row, thousands};
use tools::messages::chip::{Answer, ChipError, LONGEST, Record, answers, host};
use tools::messages::texts::{self, TextError};

const CORES: [Core; 3] = [CORTEX_M0, CORTEX_M4, RISCV32I];
/// Records that a core is given at once: small enough that no processor waits for the last ones.
const BATCH: usize = 100;
/// One damaged packet for so many messages.
const DAMAGED: usize = 4;
/// What people try first, and what is no text.
const EXTREMES: [&[u8]; 5] = [
    b"",
    "😀".as_bytes(),
    "Привет, 你好, 안녕, ¿qué tal?".as_bytes(),
    b"\xFF\xFE\x00\xC3",
    &[b'?'; LONGEST],
];

#[derive(Args)]
pub(crate) struct Arguments {
    /// Messages, one on a line; again for more files [default: ../shared/data/messages/*-test.txt, then lines of docs]
    #[arg(long, value_name = "FILE")]
    text: Vec<PathBuf>,
    /// How many messages
    #[arg(long, value_name = "N", default_value = "2000")]
    messages: NonZeroUsize,
    /// The model file
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
}

/// What a core answered otherwise than this machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Differing {
    packets: usize,
    texts: usize,
    verdicts: usize,
}

/// How many checks failed.
pub(crate) fn run(arguments: &Arguments) -> Result<usize, Box<dyn Error>> {
    let micro = examples().join("models/messages-micro.aut");
    let path = arguments.model.as_ref().unwrap_or(&micro);
    let model = NamedModel {
        name: "packets".into(),
        file: fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?,
    };
    let messages = gather(&arguments.text, arguments.messages.get())?;
    let (records, expected) = with_engine(&model.file, |engine| {
        let messages = messages.iter().cloned().map(Record::Message);
        let messages: Vec<(Record, Answer)> = messages
            .map(|record| {
                let answer = host(engine, &record);
                (record, answer)
            })
            .collect();
        let damaged = damage(&messages);
        let damaged = damaged.into_iter().map(|record| {
            let answer = host(engine, &record);
            (record, answer)
        });
        let damaged: Vec<(Record, Answer)> = damaged.collect();
        messages
            .into_iter()
            .chain(damaged)
            .unzip::<_, _, Vec<_>, Vec<_>>()
    });
    let lost = lost(&records, &expected);
    let images = images(&model)?;
    let start = Instant::now();
    let differing = all(&images, &records, &expected)?;
    println!(
        "{} on {} cores and this machine, {} s:\n",
        path.display(),
        CORES.len(),
        start.elapsed().as_secs()
    );
    print(messages.len(), lost, &expected, &differing);
    let wrong = |core: &&Differing| core.packets + core.texts + core.verdicts > 0;
    Ok(usize::from(lost > 0) + differing.iter().filter(wrong).count())
}

/// Up to `count` messages: lines of text, and [`EXTREMES`].
fn gather(files: &[PathBuf], count: usize) -> Result<Vec<Vec<u8>>, TextError> {
    let mut lines = texts::lines(files)?;
    if files.is_empty() {
        lines.extend(texts::documents()?);
    }
    let lines = lines.into_iter().map(String::into_bytes);
    let fitting = lines.filter(|line| line.len() <= LONGEST);
    let extremes = EXTREMES.iter().map(|&message| message.to_vec());
    let room = count.saturating_sub(EXTREMES.len());
    Ok(fitting.take(room).chain(extremes).take(count).collect())
}

/// Some packets, a bit of each the other way round.
fn damage(messages: &[(Record, Answer)]) -> Vec<Record> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let packets = messages
        .iter()
        .filter_map(|(_, answer)| answer.packet.clone());
    let damaged = packets.step_by(DAMAGED).map(|mut packet| {
        let bit = random.next_u64() as usize % (8 * packet.len());
        packet[bit / 8] ^= 0x80 >> (bit % 8);
        Record::Packet(packet)
    });
    // A message that fills the program's buffer is stored, and the byte in front makes its packet longer.
    let fits =
        |record: &Record| !matches!(record, Record::Packet(packet) if packet.len() > LONGEST);
    damaged.filter(fits).collect()
}

/// Messages that did not come back on this machine.
fn lost(records: &[Record], expected: &[Answer]) -> usize {
    let lost = |(record, answer): &(&Record, &Answer)| match record {
        Record::Message(text) => answer.text.as_ref() != Some(text),
        Record::Packet(_) => false,
    };
    records.iter().zip(expected).filter(lost).count()
}

fn images(model: &NamedModel) -> Result<Vec<(Core, Image)>, Box<dyn Error>> {
    let image = |core: Core| -> Result<_, Box<dyn Error>> {
        core.machine.check()?;
        Ok((core, core.image("packets", &Build::of(model))?))
    };
    CORES.into_iter().map(image).collect()
}

/// Gives all records to all cores, as many emulators at a time as this machine has processors.
fn all(
    images: &[(Core, Image)],
    records: &[Record],
    expected: &[Answer],
) -> Result<Vec<Differing>, ChipError> {
    let batches = records.chunks(BATCH).zip(expected.chunks(BATCH));
    let work = batches.flat_map(|batch| (0..images.len()).map(move |core| (core, batch)));
    let queue = Mutex::new(work.collect::<VecDeque<_>>());
    let found = Mutex::new(Ok(vec![Differing::default(); images.len()]));
    let next = || queue.lock().ok()?.pop_front();
    let worker = || {
        while let Some((number, (records, expected))) = next() {
            let (core, image) = &images[number];
            let answers = answers(core, image, records);
            let Ok(mut found) = found.lock() else { return };
            match (&mut *found, answers) {
                (Ok(found), Ok(answers)) => found[number].count(records, &answers, expected),
                (found, Err(error)) => {
                    *found = Err(error);
                    return;
                }
                (Err(_), _) => return,
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(worker);
        }
    });
    found
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Differing {
    fn count(&mut self, records: &[Record], answers: &[Answer], expected: &[Answer]) {
        for ((record, answer), expected) in records.iter().zip(answers).zip(expected) {
            let text = usize::from(answer.text != expected.text);
            match record {
                Record::Message(_) => {
                    self.packets += usize::from(answer.packet != expected.packet);
                    self.texts += text;
                }
                Record::Packet(_) => self.verdicts += text,
            }
        }
    }
}

fn print(messages: usize, lost: usize, expected: &[Answer], differing: &[Differing]) {
    let (packed, damaged) = expected.split_at(messages);
    let bytes = |parts: fn(&Answer) -> &Option<Vec<u8>>| {
        let lengths = packed.iter().filter_map(|answer| parts(answer).as_ref());
        thousands(lengths.map(Vec::len).sum::<usize>() as u64)
    };
    let passed = damaged
        .iter()
        .filter(|answer| answer.text.is_some())
        .count();
    println!(
        "{} messages of {} bytes, {} bytes of packets; {lost} did not come back on this machine",
        thousands(messages as u64),
        bytes(|answer| &answer.text),
        bytes(|answer| &answer.packet),
    );
    println!(
        "{} packets with a flipped bit; {passed} of them pass as text on this machine\n",
        damaged.len()
    );
    row(
        "differ from this machine's",
        CORES.iter().map(|core| core.name.into()),
    );
    row("---", CORES.iter().map(|_| "---:".into()));
    let print = |name, count: fn(&Differing) -> usize| {
        row(name, differing.iter().map(|core| count(core).to_string()));
    };
    print("packets", |core| core.packets);
    print("texts read", |core| core.texts);
    print("verdicts on damaged packets", |core| core.verdicts);
    let machines = CORES.len() + 1;
    if differing.iter().all(|core| core.packets + core.texts == 0) && lost == 0 {
        println!(
            "\nThe packets of all {machines} are equal byte for byte, and each read them: {} pairs of chips, 0 messages differ.",
            machines * machines
        );
    }
}
