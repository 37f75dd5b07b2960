//! Generates tokens from the embedded model, each in a window of its own, and says which; then messages there
//! and back, in three windows each; then a text continued, a text's cost, and a snapshot, in a window each.
#![no_std]
#![no_main]

use common::model::ConstStaticCell;
use formats::{Header, MemoryPlan};
use qemu_bench::{MODEL_FILE, entry, exit, print, println, stack, window_begin, window_end};
use runtime::codec;
use runtime::engine::snapshot_bytes;
use runtime::{Engine, Generate, Logits, Sampler, Sampling, State, StopStrings};

const HEADER: Header = common::model::header(MODEL_FILE);
const CHUNK: usize = qemu_bench::number(env!("AUTARKY_CHUNK"));
const PLAN: MemoryPlan = MemoryPlan::new(&HEADER.dims).with_lut_groups(CHUNK);
/// Past the end of the ring.
const TOKENS: usize = 201;
/// Letters that the model knows, letters that it does not, and bytes that are no text; one that is stored.
const MESSAGES: [&[u8]; 3] = [
    b"WHERE ARE YOU? AT THE OLD MILL, ROAD CLOSED BY SNOW, BACK BEFORE DARK \xC3\x9C\xF0\x9F\x99\x82",
    b"\xFF\xE2\x82",
    // For the smallest vocabularies.
    b"!! \"#$ !!##\"\" $$!! \"#$ !!##\"\"",
];
/// Tokens of a prompt.
const PROMPT: usize = 64;
/// Room for a packet.
const PACKET: usize = 100;
/// A text that is continued ends there, or at this bound.
const STOPS: [&str; 2] = ["qu", "\n\n"];
const BOUND: usize = 24;

type ModelState =
    State<{ PLAN.words() }, { PLAN.bytes() }, { PLAN.kv_cache }, { PLAN.lut_count() }>;
static STATE: ConstStaticCell<ModelState> = ConstStaticCell::new(ModelState::new());
const SNAPSHOT: usize = snapshot_bytes(&HEADER.dims);
static MARK: ConstStaticCell<[u8; SNAPSHOT]> = ConstStaticCell::new([0; SNAPSHOT]);

/// One token, everything included: what the model computes and the draw of the next.
#[unsafe(no_mangle)]
#[inline(never)]
fn inference(engine: &mut Engine<'_, '_>, sampler: &mut Sampler, token: u16) -> u16 {
    let token = planted(token);
    engine
        .step(token)
        .map_or(0, |logits| sampler.sample(logits))
}

/// A prompt.
#[unsafe(no_mangle)]
#[inline(never)]
fn prompt(engine: &mut Engine<'_, '_>, tokens: &[u16]) -> bool {
    engine.prefill(tokens).is_ok()
}

/// A text as a packet.
#[unsafe(no_mangle)]
#[inline(never)]
fn pack(engine: &mut Engine<'_, '_>, text: &[u8], packet: &mut [u8]) -> usize {
    codec::compress(engine, text, packet).unwrap_or(0)
}

/// What a packet holds.
#[unsafe(no_mangle)]
#[inline(never)]
fn unpack(engine: &mut Engine<'_, '_>, packet: &[u8], text: &mut [u8]) -> usize {
    codec::decompress(engine, packet, text).unwrap_or(0)
}

/// A text as a framed packet, what that holds, and the length that was forecast without the frame.
#[unsafe(no_mangle)]
#[inline(never)]
fn framed(
    engine: &mut Engine<'_, '_>,
    text: &[u8],
    packet: &mut [u8],
    back: &mut [u8],
) -> [usize; 3] {
    let length = codec::compress_framed(engine, text, packet).unwrap_or(0);
    let packet = packet.get(..length).unwrap_or_default();
    let back = codec::decompress_framed(engine, packet, back).unwrap_or(0);
    let mut forecast = codec::Forecast::new(engine, || ());
    forecast.push(text, || ());
    [length, back, forecast.bytes()]
}

/// A text continued, up to a stop string or a bound: its bytes, mixed.
#[unsafe(no_mangle)]
#[inline(never)]
fn continuation(engine: &mut Engine<'_, '_>, text: &str, sampler: Sampler) -> u32 {
    let mut digest = 0;
    let (Ok(stop), Ok(generate)) = (
        StopStrings::<4>::new(&STOPS),
        Generate::resume_text(engine, text, sampler),
    ) else {
        return digest;
    };
    generate.until(stop, BOUND).finish(|piece| {
        let mix = |digest: u32, byte: u8| digest.rotate_left(5) ^ u32::from(byte);
        digest = piece.bytes().fold(digest, mix);
    });
    digest
}

/// What a text costs, and what may follow it, mixed.
#[unsafe(no_mangle)]
#[inline(never)]
fn expectation(engine: &mut Engine<'_, '_>, text: &str) -> u32 {
    let Ok(score) = engine.score_text(text, || ()) else {
        return 0;
    };
    let mix = |digest: u32, value: u32| digest.rotate_left(5) ^ value;
    let logits = Logits::new(engine.finish());
    let mut digest = mix(score.tokens, score.bits_q16 as u32);
    for (token, bits) in logits.top(5) {
        digest = mix(mix(digest, token.into()), bits);
        let share = logits.cumulative(token).unwrap_or_default();
        digest = mix(mix(digest, share.start), share.end);
    }
    let likeliest = logits.argmax().and_then(|token| logits.bits(token));
    mix(digest, likeliest.unwrap_or(0)) ^ logits.total()
}

/// Context and sampler put to sleep and woken; `None` where they do not come back.
#[unsafe(no_mangle)]
#[inline(never)]
fn sleep(engine: &mut Engine<'_, '_>, sampler: &Sampler, mark: &mut [u8]) -> Option<Sampler> {
    let sampler = sampler.snapshot();
    let mark = engine.snapshot(mark).ok()?;
    engine.restore(mark).ok()?;
    Sampler::restore(&sampler).ok()
}

/// The check of the model's file, the self-test, and a prompt, in a window each.
#[inline(never)]
fn beginnings(engine: &mut Engine<'_, '_>) {
    window_begin();
    let model = core::hint::black_box(common::model::parse(MODEL_FILE));
    window_end();
    window_begin();
    let exact = runtime::selftest::self_test(engine);
    window_end();
    let vocab = model.dims().vocab_size;
    let mut tokens = [0; PROMPT];
    for (token, number) in tokens.iter_mut().zip(0u16..) {
        *token = number % vocab;
    }
    engine.reset();
    window_begin();
    let read = prompt(engine, &tokens);
    window_end();
    if exact.is_err() || !read {
        exit(5)
    }
}

/// Returns `token`, by a detour that the proof must find.
#[allow(unused_mut)]
fn planted(mut token: u16) -> u16 {
    #[cfg(any(
        feature = "plant-multiply",
        feature = "plant-divide",
        feature = "plant-float"
    ))]
    use core::hint::black_box;
    #[cfg(feature = "plant-multiply")]
    {
        token = (black_box(u32::from(token)) * black_box(1)) as u16;
    }
    #[cfg(feature = "plant-divide")]
    {
        token = (black_box(u32::from(token)) / (black_box(0) | 1)) as u16;
    }
    #[cfg(feature = "plant-float")]
    {
        token = black_box(black_box(f32::from(token)) + 0.5) as u16;
    }
    token
}

/// Never inlined: what parsing takes of the stack is not what generating takes.
#[inline(never)]
fn assemble(state: &'static mut ModelState) -> Engine<'static, 'static> {
    match Engine::new(common::model::parse(MODEL_FILE), state.buffers()) {
        Ok(engine) => engine,
        Err(error) => panic!("{error}"),
    }
}

fn print_hex(name: &str, bytes: &[u8]) {
    print!("{name}");
    bytes.iter().for_each(|byte| print!("{byte:02x}"));
    println!();
}

/// A message there and back.
#[inline(never)]
fn messages(engine: &mut Engine<'_, '_>, message: &[u8]) {
    let (mut packet, mut text) = ([0; PACKET], [0; PACKET]);
    window_begin();
    let length = pack(engine, message, &mut packet);
    window_end();
    let packed = &packet[..length];
    print_hex("message: ", message);
    print_hex("packet: ", packed);
    window_begin();
    let back = unpack(engine, packed, &mut text);
    window_end();
    let bare = text[..back] == *message;
    let (mut packet, mut text) = ([0; PACKET], [0; PACKET]);
    window_begin();
    let [_, back, forecast] = framed(engine, message, &mut packet, &mut text);
    window_end();
    // Between tokens a forecast is an estimate.
    if !bare || text[..back] != *message || forecast.abs_diff(length) > 3 {
        println!("{text:02x?} came back, {forecast} bytes were forecast");
        exit(3)
    }
}

/// A text continued, before a sleep and after it; and what it costs.
#[inline(never)]
fn texts(engine: &mut Engine<'_, '_>, sampler: &Sampler, mark: &mut [u8]) {
    // Of the vocabulary, whatever that is.
    let text = engine.model().tokenizer().decode(1).unwrap_or_default();
    engine.reset();
    window_begin();
    let cost = expectation(engine, text);
    window_end();
    window_begin();
    let woken = sleep(engine, sampler, mark);
    window_end();
    let Some(woken) = woken else {
        println!("did not wake");
        exit(4)
    };
    window_begin();
    let before = continuation(engine, text, sampler.clone());
    window_end();
    if engine.restore(mark).is_err() || continuation(engine, text, woken) != before {
        println!("woke to another text");
        exit(4)
    }
    println!("texts: {cost:08x} {before:08x}");
}

#[entry]
fn main() -> ! {
    let state = STATE.take();
    stack::paint();
    let mut engine = assemble(state);
    println!("stack: {} bytes to parse and assemble", stack::high_water());
    stack::paint();
    let exact = runtime::selftest::self_test(&mut engine);
    println!("stack: {} bytes for the self-test", stack::high_water());
    if !prompt(&mut engine, &[0, 1, 2]) {
        exit(2)
    }
    engine.reset();
    let mut sampler = Sampler::new(Sampling::default(), 42);
    let mut token = 0;
    let mut digest = 0u32;
    stack::paint();
    for _ in 0..TOKENS {
        window_begin();
        token = inference(&mut engine, &mut sampler, token);
        window_end();
        let fold = |digest: u32, logit: &i32| digest.rotate_left(5) ^ logit.cast_unsigned();
        digest = engine
            .logits()
            .iter()
            .fold(digest, fold)
            .wrapping_add(token.into());
    }
    println!("digest: {digest:08x}");
    println!("stack: {} bytes to generate", stack::high_water());
    println!("state: {} bytes", size_of::<ModelState>());
    stack::paint();
    MESSAGES
        .iter()
        .for_each(|message| messages(&mut engine, message));
    println!("stack: {} bytes for messages", stack::high_water());
    let mark = MARK.take();
    stack::paint();
    texts(&mut engine, &sampler, mark);
    println!("stack: {} bytes for texts", stack::high_water());
    beginnings(&mut engine);
    if let Err(error) = exact {
        println!("{error}");
        exit(1)
    }
    exit(0)
}
