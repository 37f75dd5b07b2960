//! The programs of the boards, on the host, at a line that is typed in advance.

use common::partition::{self, Memory, Partition, Refused};
use common::port::{Port, Received};
use common::{chat, messages, selftest};
use formats::{Header, MemoryPlan, Model, SelfTest};
use runtime::{Engine, State};
use std::fmt;

const FILE: &[u8] = include_bytes!("../../models/microbit.aut");
const PLAN: MemoryPlan = match Header::read(FILE) {
    Ok(header) => MemoryPlan::new(&header.dims),
    Err(_) => panic!("a model file"),
};
type ModelState = State<{ PLAN.words() }, { PLAN.bytes() }, { PLAN.kv_cache }>;

/// What is typed, and what the program wrote.
struct Terminal<'a> {
    typed: &'a [Received],
    written: String,
}

impl fmt::Write for Terminal<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.written.push_str(text);
        Ok(())
    }
}

impl Port for Terminal<'_> {
    fn receive(&mut self) -> Received {
        let Some((next, rest)) = self.typed.split_first() else {
            return Received::End;
        };
        self.typed = rest;
        *next
    }
}

fn chat(typed: &[Received]) -> String {
    let mut state = ModelState::new();
    let mut engine = Engine::new(Model::parse(FILE).unwrap(), state.buffers()).unwrap();
    let written = String::new();
    let mut terminal = Terminal { typed, written };
    chat::run(&mut engine, &mut terminal);
    terminal.written
}

fn bytes(text: &str) -> Vec<Received> {
    text.bytes().map(Received::Byte).collect()
}

/// What chat says after each prompt that it shows.
fn answers(typed: &str) -> Vec<String> {
    let written = chat(&bytes(typed));
    let parts = written.split("autarky> ").map(String::from);
    parts.collect()
}

#[test]
fn line_ends_of_all_systems_get_the_same_answers() {
    let unix = answers("ROMEO:\nWho\n");
    assert!(unix[1].len() > 50, "{unix:?}");
    assert_eq!(answers("ROMEO:\r\nWho\r\n"), unix);
    assert_eq!(answers("ROMEO:\rWho\r"), unix);
}

#[test]
fn lines_without_an_answer_leave_seed_and_context_alone() {
    let last = |typed| answers(typed).into_iter().nth_back(1).unwrap();
    let answer = last("ROMEO:\nWho\n");
    assert_eq!(last("\n\nROMEO:\n\nWho\n"), answer);
    assert_eq!(last("AT\rAT+GCAP\rATI1\rROMEO:\nWho\n"), answer);
    assert_eq!(last("3€\nROMEO:\nWho\n"), answer);
}

#[test]
fn a_modem_s_command_is_not_continued() {
    let said = answers("AT+CGMI\r");
    assert_eq!(said[1], "[a command to a modem: passed over]\n");
}

#[test]
fn every_character_of_both_sides_is_in_the_context() {
    const ANSWER: usize = 120;
    let prompts = ["ROMEO:", "Who is", "Yes"];
    let (mut state, mut other) = (ModelState::new(), ModelState::new());
    let model = Model::parse(FILE).unwrap();
    let mut engine = Engine::new(model, state.buffers()).unwrap();
    let (typed, written) = (&bytes("ROMEO:\nWho is\nYes\n")[..], String::new());
    let mut terminal = Terminal { typed, written };
    chat::run(&mut engine, &mut terminal);
    let mut shown = String::new();
    for (prompt, answer) in prompts
        .iter()
        .zip(terminal.written.split("autarky> ").skip(1))
    {
        shown.push_str(prompt);
        // The end of an answer that became too long is the screen's alone.
        shown.extend(answer.chars().take(ANSWER));
    }
    let tokens: Result<Vec<u16>, _> = model.tokenizer().encode(&shown).collect();
    let mut fresh = Engine::new(model, other.buffers()).unwrap();
    fresh.prefill(&tokens.unwrap()).unwrap();
    assert_eq!(engine.step(0).unwrap(), fresh.step(0).unwrap());
}

#[test]
fn ctrl_d_starts_afresh() {
    let said = answers("ROMEO:\nWho\nand\x04ROMEO:\nWho\n");
    assert_eq!(said.len(), 7, "{said:?}");
    assert_eq!(said[4], said[1]);
    assert_eq!(said[5], said[2]);
    assert!(said[3].ends_with(&said[0]), "greeted again: {:?}", said[3]);
}

#[test]
fn it_says_what_it_is() {
    let said = answers("");
    assert!(
        said[0].contains("language model") && said[0].contains("Ctrl-D"),
        "{said:?}"
    );
}

#[test]
fn lost_bytes_are_said_to_be_lost() {
    let mut typed = bytes("ROM");
    typed.push(Received::Lost);
    typed.extend(bytes("O:\n"));
    let said = chat(&typed);
    assert!(said.contains("[characters were lost"), "{said}");
    assert!(!said.contains("UTF-8"), "{said}");
}

fn selftest(file: &[u8]) -> (bool, String) {
    let mut state = ModelState::new();
    let mut engine = Engine::new(Model::parse(file).unwrap(), state.buffers()).unwrap();
    let (typed, written) = (&[][..], String::new());
    let mut terminal = Terminal { typed, written };
    let passed = selftest::run(&mut engine, &mut terminal);
    (passed, terminal.written)
}

#[test]
fn a_file_without_a_self_test_fails_it() {
    let (passed, said) = selftest(FILE);
    assert!(passed && said.contains("bit for bit"), "{said}");

    let model = Model::parse(FILE).unwrap();
    let none = SelfTest {
        steps: 0,
        ..model.self_test()
    };
    let unsigned = formats::write::with_provenance(&model, *model.provenance(), none).unwrap();
    let (passed, said) = selftest(&unsigned);
    assert!(
        !passed && said.contains("prescribes no self-test"),
        "{said}"
    );
}

fn messages(typed: &str) -> Vec<String> {
    let mut state = ModelState::new();
    let mut engine = Engine::new(Model::parse(FILE).unwrap(), state.buffers()).unwrap();
    let mut terminal = Terminal {
        typed: &bytes(typed),
        written: String::new(),
    };
    messages::run(&mut engine, &mut terminal);
    terminal.written.lines().skip(1).map(String::from).collect()
}

#[test]
fn a_packet_that_one_end_prints_is_the_message_of_the_other() {
    let sent = messages("See you at 8 — bring bread!\r\n\nAT+GCAP\n");
    let [packet, size, bye] = sent.try_into().unwrap();
    assert!(size.starts_with("[29 bytes as "), "{size}");
    assert_eq!(bye, "bye");
    let read = messages(&(packet + "\r\n"));
    assert_eq!(read, ["message See you at 8 — bring bread!", "bye"]);
}

#[test]
fn what_is_no_packet_is_said_to_be_none() {
    let [good, _, _]: [String; 3] = messages("hello\n").try_into().unwrap();
    let said = |line: &str| messages(&format!("{line}\n"))[0].clone();
    assert!(said("packet 3").contains("two digits of hex"));
    assert!(said("packet zz").contains("two digits of hex"));
    assert!(said(&format!("packet {}", "00".repeat(90))).contains("at most"));
    let other_model = format!(
        "packet {:02x}00",
        u8::from_str_radix(&good[7..9], 16).unwrap() ^ 1
    );
    assert!(said(&other_model).contains("model"), "{other_model}");
    assert!(said(&good[..good.len() - 2]).contains("damaged"), "{good}");
    assert!(said(&"long ".repeat(17)).contains("85: send it in two"));
}

fn partitions(a: Vec<u8>, b: Vec<u8>) -> Vec<String> {
    let memory: &'static mut Memory<{ 16 * 1024 / 4 }, 9> = Box::leak(Box::new(Memory::new()));
    let partition = |name, bytes: Vec<u8>| Partition {
        name,
        bytes: bytes.leak(),
    };
    let (typed, written) = (&[][..], String::new());
    let mut terminal = Terminal { typed, written };
    partition::run(
        &[partition('A', a), partition('B', b)],
        &mut terminal,
        memory,
    );
    terminal.written.lines().map(String::from).collect()
}

/// A model in flash that is erased behind it.
fn flashed(file: &[u8]) -> Vec<u8> {
    let mut flash = vec![0xFF; 256 * 1024];
    flash[..file.len()].copy_from_slice(file);
    flash
}

/// One test: the engine's place is taken once.
#[test]
fn the_first_model_that_can_run_chats_and_the_others_are_said_to_be_damaged() {
    let mut flipped = flashed(FILE);
    flipped[FILE.len() / 2] ^= 1;
    let said = partitions(flipped.clone(), vec![0xFF; 8192]);
    assert!(
        said[0].starts_with("model A: the model is damaged"),
        "{said:?}"
    );
    assert_eq!(said[1], "model B: nothing there");
    assert!(
        said[2].starts_with("there is no model") && said.len() == 3,
        "{said:?}"
    );

    let said = partitions(flipped, flashed(FILE));
    assert_eq!(said[1], "model B: 188336 bytes, and 13452 of RAM: taken");
    assert!(said[2].contains("bit for bit"), "{said:?}");
    assert!(said.last().unwrap().ends_with("bye"), "{said:?}");
}

#[test]
fn a_model_that_needs_more_ram_than_there_is_is_refused_with_the_context_that_fits() {
    let ram = PLAN.ram();
    assert!(partition::check(FILE, ram).is_ok());
    let refused = partition::check(FILE, ram - 1).unwrap_err();
    assert!(matches!(refused, Refused::TooLarge(_)), "{refused}");
    assert!(refused.to_string().contains("a context of"), "{refused}");
    assert_eq!(
        partition::check(&[0; 100], ram).unwrap_err(),
        Refused::Empty
    );
    // It ends inside the model.
    assert!(partition::check(&FILE[..FILE.len() - 1], ram).is_err());
}
