//! Text from a model that is not in a file.

use super::dropout;
use super::sequence::{self, Tape};
use super::weights::Weights;
use runtime::{Sampler, Sampling};

/// The `length` tokens that follow `prompt`. Each is drawn after a pass over the last `context` tokens, by the device's
/// sampler: logits count in whole sixteenths of a bit there.
///
/// # Panics
/// When the prompt is empty or has a token outside the vocabulary.
pub fn generate(
    weights: &Weights,
    prompt: &[u16],
    sampling: Sampling,
    seed: u64,
    length: usize,
) -> Vec<u16> {
    assert!(!prompt.is_empty());
    let context = usize::from(weights.dims.context);
    let vocab = usize::from(weights.dims.vocab_size);
    let mut sampler = Sampler::new(sampling, seed);
    let mut tokens = prompt.to_vec();
    let mut full = Tape::new(&weights.dims, context);
    for _ in 0..length {
        let window = &tokens[tokens.len().saturating_sub(context)..];
        let mut short;
        let tape = if window.len() == context {
            &mut full
        } else {
            short = Tape::new(&weights.dims, window.len());
            &mut short
        };
        sequence::forward(weights, window, dropout::OFF, tape);
        let last = &tape.logits[(window.len() - 1) * vocab..];
        let logits: Vec<i32> = last.iter().map(|logit| logit.round() as i32).collect();
        tokens.push(sampler.sample(&logits));
    }
    tokens.split_off(prompt.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Arithmetic, Config};
    use crate::export::build::{Origin, export};
    use crate::model::transformer::Transformer;
    use burn::tensor::Device;
    use runtime::{Engine, Generate, HeapState};

    const SAMPLING: Sampling = Sampling {
        temperature: 80,
        top_k: 0,
        top_p: 100,
        ..Sampling::DEFAULT
    };

    #[test]
    fn integers_speak_as_the_runtime_does() {
        let dims = Config::preset("quick").unwrap().dims(9).unwrap();
        let model = Transformer::new(&dims, &Device::flex(), 5);
        let origin = Origin {
            corpus: String::new(),
            corpus_sha256: [0; 32],
            preset: String::new(),
            seed: 5,
            trainer: String::new(),
            ..Origin::default()
        };
        let file = export(
            &model.weights(),
            &dims,
            formats::Tokenizer::Characters("abcdefghi"),
            &origin,
            0,
        )
        .unwrap();
        let parsed = file.model();
        let mut state = HeapState::new(&parsed.plan());
        let mut engine = Engine::new(parsed, state.buffers()).unwrap();
        let length = usize::from(dims.context) - 2;
        let spoken = Generate::new(&mut engine, &[3, 1], SAMPLING, 7).unwrap();
        let spoken: Vec<u16> = spoken.take(length).collect();
        let weights = Weights::of(&model, Arithmetic::Integer);
        assert_eq!(generate(&weights, &[3, 1], SAMPLING, 7, length), spoken);
    }

    #[test]
    fn floats_speak_past_the_context() {
        let mut dims = Config::preset("quick").unwrap().dims(9).unwrap();
        (dims.layers, dims.context) = (1, 8);
        let model = Transformer::float(&dims, &Device::flex(), 5);
        let weights = Weights::of(&model, Arithmetic::Float);
        let text = generate(&weights, &[0], SAMPLING, 1, 30);
        assert_eq!(text.len(), 30);
        assert!(text.iter().all(|&token| token < 9));
        assert_eq!(text, generate(&weights, &[0], SAMPLING, 1, 30));
        assert_ne!(text, generate(&weights, &[0], SAMPLING, 2, 30));
    }
}
