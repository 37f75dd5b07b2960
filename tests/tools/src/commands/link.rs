//! A chat between two emulated boards over a line that loses, doubles and damages packets:
//! `cargo run -p tools -- link`. What it prints is compared with `firmware-examples/common/expected/link.txt`.

use super::boards::{bless, compare};
use clap::Args;
use runtime::codec::CodecError;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use tests::with_engine;
use tools::cores::examples;
use tools::firmware::Board;
use tools::link::air::{Air, Fate};
use tools::link::damage::{Damage, Passed, pass};
use tools::link::radio::{Radio, Received, Receiver};
use tools::link::station::Station;
use tools::markdown::{row, thousands};
use tools::messages::texts;

/// Who chats: a 16 MHz part of 2016 with 16 KB of RAM, and a RISC-V without a multiplication.
const BOARDS: [&str; 2] = ["qemu-microbit", "qemu-riscv32i"];
const MODEL: &str = "messages-micro";
const SEED: u64 = 145;
/// Damaged packets for each message and kind of damage.
const TIMES: usize = 4;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Of what happens to the packets; the expected output is that of the default
    #[arg(long, value_name = "N", default_value_t = SEED)]
    seed: u64,
    /// Write the chat to its expected output instead of comparing
    #[arg(long)]
    bless: bool,
    /// How much damage the check of a packet lets pass, instead of the chat: on this machine
    #[arg(long)]
    damage: bool,
    /// With --damage, messages, one on a line [default: ../shared/data/messages/*-test.txt, or lines of docs]
    #[arg(long, value_name = "FILE")]
    text: Vec<PathBuf>,
}

/// How many checks failed.
pub(crate) fn run(arguments: &Arguments) -> Result<usize, Box<dyn Error>> {
    if arguments.damage {
        return measure(arguments).map(|()| 0);
    }
    let expected = examples().join("common/expected/link");
    let chat = fs::read_to_string(expected.with_extension("in"))?;
    let chat: Vec<&str> = chat.lines().collect();
    let mut said = String::new();
    let mut wrong = 0;
    for radio in [Radio::Bare, Radio::Checked] {
        let mut link = Link::start(radio, arguments.seed)?;
        link.say(match radio {
            Radio::Bare => "Packets alone:\n\n",
            Radio::Checked => "\nPackets with a number and a checksum of 16 bits:\n\n",
        });
        for (number, line) in chat.iter().enumerate() {
            link.message(number % 2, line)?;
        }
        link.sum(chat.len());
        wrong += usize::from(radio == Radio::Checked && link.count.wrong > 0);
        said += &link.end()?;
    }
    if arguments.seed != SEED {
        return Ok(wrong);
    }
    let expected = expected.with_extension("txt");
    let verdict = if arguments.bless {
        bless(&expected, &said)
    } else {
        compare(&expected, &said)
    };
    match verdict {
        Ok(word) => println!("\n{}: {word}", expected.display()),
        Err(why) => {
            println!("\nFAILED\n{why}");
            wrong += 1;
        }
    }
    Ok(wrong)
}

/// What became of the messages.
#[derive(Clone, Copy, Default)]
struct Count {
    lost: usize,
    doubled: usize,
    damaged: usize,
    /// Shown as they were typed, those that came twice each time.
    right: usize,
    /// Shown as another text.
    wrong: usize,
    /// Refused by the receiving board.
    refused: usize,
    /// Refused by the radio: its checksum does not fit.
    checksum: usize,
    /// Passed over by the radio: shown already.
    again: usize,
}

/// Two boards, a way for each direction.
struct Link {
    radio: Radio,
    air: Air,
    stations: [Station; 2],
    /// Packets that each has sent.
    sent: [u8; 2],
    /// Of what the other one sends.
    receivers: [Receiver; 2],
    count: Count,
    said: String,
}

impl Link {
    fn start(radio: Radio, seed: u64) -> Result<Self, Box<dyn Error>> {
        let model = examples().join("models").join(MODEL).with_extension("aut");
        let station = |name: &str| -> Result<Station, Box<dyn Error>> {
            let board = Board::named(name).ok_or_else(|| format!("there is no board {name}"))?;
            if let Some(machine) = board.machine {
                machine.check()?;
            }
            let elf = board.with_model("messages", &model)?;
            Ok(Station::start(board, &elf)?)
        };
        Ok(Self {
            radio,
            air: Air::new(seed),
            stations: [station(BOARDS[0])?, station(BOARDS[1])?],
            sent: [0; 2],
            receivers: [Receiver::new(radio), Receiver::new(radio)],
            count: Count::default(),
            said: String::new(),
        })
    }

    /// Prints as it happens.
    fn say(&mut self, text: &str) {
        print!("{text}");
        self.said += text;
    }

    fn lines(&mut self, who: &str, lines: &[String]) {
        for line in lines {
            self.say(&format!("{who:<14}{line}\n"));
        }
    }

    /// One board is given a line, the other one what comes of its packet.
    fn message(&mut self, from: usize, line: &str) -> Result<(), Box<dyn Error>> {
        self.say(&format!("{:<14}> {line}\n", BOARDS[from]));
        let answer = self.stations[from].ask(line)?;
        self.lines(BOARDS[from], &answer);
        let Some(packet) = answer.first().and_then(|line| line.strip_prefix("packet ")) else {
            return Ok(());
        };
        let sent = self.radio.send(self.sent[from], &bytes(packet)?);
        self.sent[from] = self.sent[from].wrapping_add(1);
        let (fate, come) = self.air.carry(&sent);
        self.say(&format!("{:<14}{fate}\n", "  on its way"));
        match fate {
            Fate::Whole => {}
            Fate::Lost => self.count.lost += 1,
            Fate::Doubled => self.count.doubled += 1,
            Fate::Damaged(_) => self.count.damaged += 1,
        }
        for come in come {
            self.receive(1 - from, line, &come)?;
        }
        Ok(())
    }

    fn receive(&mut self, to: usize, typed: &str, come: &[u8]) -> Result<(), Box<dyn Error>> {
        let packet = match self.receivers[to].take(come) {
            Received::Packet { missing, packet } => {
                if missing > 0 {
                    self.say(&format!(
                        "  its radio   [missing in front of the next one: {missing}]\n"
                    ));
                }
                packet
            }
            Received::Damaged => {
                self.count.checksum += 1;
                self.say("  its radio   [a packet came damaged]\n");
                return Ok(());
            }
            Received::Again => {
                self.count.again += 1;
                self.say("  its radio   [a packet came again]\n");
                return Ok(());
            }
        };
        let answer = self.stations[to].ask(&format!("packet {}", hex(&packet)))?;
        self.lines(BOARDS[to], &answer);
        match answer
            .first()
            .and_then(|line| line.strip_prefix("message "))
        {
            None => self.count.refused += 1,
            Some(text) if text == typed => self.count.right += 1,
            Some(_) => {
                self.count.wrong += 1;
                self.say("  (a text that nobody typed: the check does not tell)\n");
            }
        }
        Ok(())
    }

    fn sum(&mut self, messages: usize) {
        let Count {
            lost,
            doubled,
            damaged,
            right,
            wrong,
            refused,
            checksum,
            again,
        } = self.count;
        self.say(&format!(
            "\n{messages} messages; on their way {lost} were lost, {doubled} doubled, {damaged} damaged.\n\
             Shown as typed: {right}. Passed over, since they came again: {again}. Refused by the checksum: {checksum}, by the \
             board: {refused}. Shown as another text: {wrong}.\n"
        ));
    }

    /// Switches the boards off; what was said.
    fn end(self) -> Result<String, Box<dyn Error>> {
        for station in self.stations {
            station.end()?;
        }
        Ok(self.said)
    }
}

/// Prints, by kind of damage, what becomes of the packets.
fn measure(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let messages = texts::lines(&arguments.text)?;
    let model = examples().join("models").join(MODEL).with_extension("aut");
    let file = fs::read(model)?;
    println!(
        "{} messages, model {MODEL}, {TIMES} damaged packets each; per cent of the damaged packets:\n",
        thousands(messages.len() as u64)
    );
    let columns = [
        "refused by the frame",
        "refused by the check",
        "no UTF-8",
        "pass as text",
        "pass a checksum of 16 bits",
    ];
    row("damage", columns.iter().map(ToString::to_string));
    row("---", columns.iter().map(|_| "---:".into()));
    for damage in Damage::ALL {
        let passed = with_engine(&file, |engine| -> Result<Passed, CodecError> {
            let mut passed = Passed::default();
            let mut air = Air::new(arguments.seed);
            for text in &messages {
                pass(
                    engine,
                    text.as_bytes(),
                    damage,
                    TIMES,
                    &mut air,
                    &mut passed,
                )?;
            }
            Ok(passed)
        })?;
        let checked = passed.packets - passed.frame - passed.texts;
        let shown = passed.texts - passed.not_utf8;
        let counts = [
            passed.frame,
            checked,
            passed.not_utf8,
            shown,
            passed.checked,
        ];
        row(
            damage.name(),
            counts.iter().map(|&count| percent(count, passed.packets)),
        );
    }
    Ok(())
}

fn percent(count: usize, of: usize) -> String {
    format!("{:.3}", 100.0 * count as f64 / of as f64)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let digits = hex.as_bytes().as_chunks::<2>().0;
    let byte = |pair: &[u8; 2]| Ok(u8::from_str_radix(str::from_utf8(pair)?, 16)?);
    digits.iter().map(byte).collect()
}
