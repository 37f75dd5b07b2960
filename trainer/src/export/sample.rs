//! Text that a model file generates, through the integer runtime.

use crate::export::model_file::ModelFile;
use formats::Model;
use runtime::{Engine, Generate, HeapState, Sampling};

/// How a sample is drawn.
pub const SAMPLE: Sampling = Sampling {
    temperature: 80,
    top_k: 0,
    top_p: 100,
    ..Sampling::DEFAULT
};
/// Its seed.
pub const SAMPLE_SEED: u64 = 1;

/// The token that text from nothing begins behind.
pub fn line_start(model: &Model<'_>) -> u16 {
    model.tokenizer().start()
}

/// `length` tokens of text from a new line on.
pub fn sample(file: &ModelFile, length: usize) -> String {
    let model = file.model();
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).expect("a state of the plan's size fits");
    let prompt = [line_start(&model)];
    let generate = Generate::new(&mut engine, &prompt, SAMPLE, SAMPLE_SEED)
        .expect("a token of the vocabulary is a prompt");
    generate.pieces().take(length).collect()
}
