//! Trainer against runtime on real text: how many logits differ? None may.

use crate::data::tokens::Tokens;
use crate::export::model_file::ModelFile;
use runtime::{Engine, HeapState};

/// Windows of the text that are compared.
const WINDOWS: usize = 8;

/// What a comparison found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Comparison {
    /// Logits that both sides computed.
    pub compared: usize,
    /// Those that are not equal.
    pub differing: usize,
}

/// Compares `trained`, the logits `[tokens][vocab]` of the forward pass that training ran, with the runtime's on some
/// windows of `tokens`, evenly spread. Documents begin from an empty context.
pub fn compare(
    trained: impl Fn(&[u16]) -> Vec<Vec<i32>>,
    file: &ModelFile,
    tokens: &Tokens,
) -> Comparison {
    let model = file.model();
    let length = usize::from(model.dims().context).min(tokens.len());
    let mut state = HeapState::new(&model.plan());
    let mut engine = Engine::new(model, state.buffers()).expect("a state of the plan's size fits");
    let mut comparison = Comparison::default();
    for window in 0..WINDOWS {
        let start = (tokens.len() - length) * window / WINDOWS;
        let window = tokens.copy(start..start + length);
        engine.reset();
        for (&token, expected) in window.iter().zip(trained(&window)) {
            if tokens.document_start() == Some(token) {
                engine.reset();
            }
            let logits = engine
                .step(token)
                .expect("the text was encoded with the model's vocabulary");
            comparison.compared += expected.len();
            comparison.differing += logits.iter().zip(&expected).filter(|(a, b)| a != b).count();
        }
    }
    comparison
}
