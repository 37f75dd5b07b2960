//! Text that a model file generates, through the integer runtime.

use crate::export::model_file::ModelFile;
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

/// `length` tokens of text from nothing.
pub fn sample(file: &ModelFile, length: usize) -> String {
    let model = file.model();
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).expect("a state of the plan's size fits");
    let prompt = [model.tokenizer().start()];
    let generate = Generate::new(&mut engine, &prompt, SAMPLE, SAMPLE_SEED)
        .expect("a token of the vocabulary is a prompt");
    generate.pieces().take(length).collect()
}
