//! Text that a model generates from nothing; each document on a line of its own.

use crate::backprop::generate::generate;
use crate::backprop::weights::Weights;
use crate::export::model_file::ModelFile;
use formats::Tokenizer;
use runtime::{Engine, Generate, HeapState, Sampling};

/// How a sample is drawn.
const SAMPLING: Sampling = Sampling {
    temperature: 80,
    top_k: 0,
    top_p: 100,
    ..Sampling::DEFAULT
};
/// Its seed.
const SEED: u64 = 1;

/// `length` tokens of the text of a model file, through the integer runtime.
pub fn sample(file: &ModelFile, length: usize) -> String {
    let model = file.model();
    let tokenizer = model.tokenizer();
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).expect("a state of the plan's size fits");
    let prompt = [tokenizer.start()];
    let mut generate = Generate::new(&mut engine, &prompt, SAMPLING, SEED)
        .expect("a token of the vocabulary is a prompt");
    let pieces = (0..length).map(|_| generate.next_piece(|| ()));
    // What is asked for behind the end of a document begins the next one.
    pieces.map(|piece| piece.unwrap_or("\n")).collect()
}

/// The same of a model that is in no file.
pub fn sample_of(weights: &Weights, tokenizer: Tokenizer<'_>, length: usize) -> String {
    let start = [tokenizer.start()];
    let tokens = generate(weights, &start, SAMPLING, SEED, length);
    let pieces = tokens
        .into_iter()
        .filter_map(|token| match tokenizer.end() {
            Some(end) if end == token => Some("\n"),
            _ => tokenizer.decode(token),
        });
    pieces.collect()
}
