//! The same forward pass as [`model`](crate::model::transformer), and its gradient by hand, on host slices: what training on the CPU
//! runs. Matrix products by the `gemm` crate, as in burn-flex; everything between them in a few passes over rows that
//! are in the cache.
//!
//! | module | subject |
//! |---|---|
//! | [`params`], [`weights`] | the numbers of a model, or their gradients |
//! | [`sequence`] | one sequence forward and back |
//! | [`attention`], [`norm`], [`token_shift`], [`loss`] | the parts that are not products |
//! | [`matmul`] | products of matrices in slices |
//! | [`dropout`] | what is left out in training |
//! | [`noise`] | what is added to see whether it matters |
//! | [`generate`] | text from a model that no runtime runs |
//! | [`exp2`] | powers of two |
//!
//! The forward pass is equal to burn's to the bit, whose plain tensor operations are the oracle of the tests; the gradient
//! is that of the same smooth function.

pub mod attention;
pub mod dropout;
pub mod exp2;
pub mod generate;
pub mod loss;
pub mod matmul;
pub mod noise;
pub mod norm;
pub mod params;
pub mod sequence;
pub mod token_shift;
pub mod weights;

use self::dropout::Dropout;
use self::params::Parameters;
use self::sequence::Tape;
use self::weights::Weights;
use crate::data::sampler::Batch;

/// Probabilities of the next token that a model learns from beside the text.
pub trait SoftTargets {
    /// Their weight against the text's own next token, 0 to 1.
    fn weight(&self) -> f32;

    /// The probabilities after each of `tokens`, `[tokens, vocab_size]`, which are those of the text from `start` on, where that
    /// is known.
    fn after(&mut self, tokens: &[u16], start: Option<usize>) -> &[f32];
}

/// The sum of the cross-entropies of the sequences of `batch`, in nats, each with its own of `dropouts`. Its gradient, or that
/// of the text mixed with `soft` targets, times `share`, is written over `gradients` but for what [`weights::finish`] adds.
///
/// # Panics
/// When the tape is not of the length of the sequences.
pub fn learn(
    weights: &Weights,
    batch: Batch<'_>,
    dropouts: impl Iterator<Item = Dropout>,
    share: f32,
    mut soft: Option<impl SoftTargets>,
    tape: &mut Tape,
    gradients: &mut Parameters,
) -> f64 {
    let mut total = 0.0;
    gradients.clear_sums();
    let mut first = true;
    let sequences = batch.sequences().zip(batch.starts()).zip(dropouts);
    for (((inputs, targets), start), dropout) in sequences {
        sequence::forward(weights, inputs, dropout, tape);
        total += loss::cross_entropy(&mut tape.logits, targets, share);
        if let Some(soft) = &mut soft {
            let weight = soft.weight();
            loss::soften(
                &mut tape.logits,
                targets,
                share,
                soft.after(inputs, start),
                weight,
            );
        }
        sequence::backward(weights, inputs, dropout, tape, gradients, first);
        first = false;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backprop::dropout::OFF;
    use crate::config::Arithmetic;
    use crate::model::tensor::to_vec;
    use crate::model::transformer::Transformer;
    use burn::tensor::activation::log_softmax;
    use burn::tensor::{Device, Int, Tensor, TensorData};
    use formats::Dims;
    use std::f64::consts::LN_2;

    const SHAPES: [Dims; 3] = [
        Dims {
            vocab_size: 11,
            d_model: 16,
            layers: 2,
            heads: 4,
            kv_heads: 2,
            d_ff: 32,
            context: 6,
            weight_trits: 1,
            head_trits: 3,
            kv_trits: 2,
            embedding_trits: 0,
            token_shift: [4, 4, 4],
        },
        Dims {
            vocab_size: 65,
            d_model: 48,
            layers: 1,
            heads: 3,
            kv_heads: 3,
            d_ff: 80,
            context: 33,
            weight_trits: 2,
            head_trits: 1,
            kv_trits: 1,
            embedding_trits: 0,
            token_shift: [20, 0, 3],
        },
        Dims {
            vocab_size: 3,
            d_model: 128,
            layers: 2,
            heads: 4,
            kv_heads: 1,
            d_ff: 512,
            context: 40,
            weight_trits: 1,
            head_trits: 1,
            kv_trits: 1,
            embedding_trits: 0,
            token_shift: [64, 0, 0],
        },
    ];

    enum NoSoftTargets {}

    impl SoftTargets for NoSoftTargets {
        fn weight(&self) -> f32 {
            match *self {}
        }

        fn after(&mut self, _: &[u16], _: Option<usize>) -> &[f32] {
            match *self {}
        }
    }

    fn tokens(dims: &Dims, count: usize) -> Vec<u16> {
        (0..count)
            .map(|i| (i * i / 3 + i) as u16 % dims.vocab_size)
            .collect()
    }

    fn ints(tokens: &[u16], sequences: usize) -> Tensor<2, Int> {
        let values: Vec<i32> = tokens.iter().map(|&t| t.into()).collect();
        let shape = [sequences, tokens.len() / sequences];
        Tensor::from_data(TensorData::new(values, shape), &Device::flex())
    }

    fn weights(dims: &Dims, model: &Transformer) -> Weights {
        Weights::from_latents(dims, Arithmetic::Integer, &model.latents())
    }

    #[test]
    fn logits_equal_those_of_the_tensor_operations() {
        for dims in SHAPES {
            for seed in 0..3 {
                let model = Transformer::new(&dims, &Device::flex(), seed);
                for time in [1, 2, 5, dims.context.into()] {
                    let tokens = tokens(&dims, time);
                    let expected = to_vec(model.forward(ints(&tokens, 1)));
                    let mut tape = Tape::new(&dims, time);
                    sequence::forward(&weights(&dims, &model), &tokens, OFF, &mut tape);
                    assert_eq!(tape.logits, expected, "{dims:?} {time}");
                }
            }
        }
    }

    #[test]
    fn gradients_equal_those_of_the_tensor_operations() {
        gradients_equal(None);
    }

    #[test]
    fn gradients_of_documents_equal_those_of_the_tensor_operations() {
        gradients_equal(Some(2));
    }

    fn gradients_equal(document_start: Option<u16>) {
        for dims in SHAPES {
            let model = Transformer::new(&dims, &Device::flex(), 5);
            let time = usize::from(dims.context);
            let text = tokens(&dims, 3 * time + 1);
            let window = |i: usize| text[i * time..=(i + 1) * time].to_vec();
            let windows: Vec<_> = (0..3).map(window).collect();
            let batch = Batch::new(&windows);
            let integers = model.integers().tracked();
            let device = Device::flex();
            let logits = integers.logits(&text[..3 * time], 3, &device, document_start);
            let nats = log_softmax(logits * (LN_2 / 16.0), 2);
            let targets = ints(&text[1..], 3).unsqueeze_dim(2);
            let loss = nats.gather(2, targets).mean().neg();
            let expected = integers.gradients(loss.backward());

            let mut weights = weights(&dims, &model);
            weights.document_start = document_start;
            let mut gradients = Parameters::zeros(&dims);
            let share = (batch.tokens() as f32).recip();
            let total = learn(
                &weights,
                batch,
                std::iter::repeat(OFF),
                share,
                None::<NoSoftTargets>,
                &mut Tape::new(&dims, time),
                &mut gradients,
            );
            super::weights::finish(&weights, &mut gradients);
            let mean = total / batch.tokens() as f64;
            let expected_loss = f64::from(to_vec(loss.inner())[0]);
            assert!(
                (mean - expected_loss).abs() < 1e-5,
                "{mean} {expected_loss}"
            );
            let names = model.latents();
            for ((got, expected), latent) in
                gradients.fields().into_iter().zip(&expected).zip(names)
            {
                let size = expected.iter().fold(0f32, |a, g| a.max(g.abs()));
                for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
                    let close = (got - expected).abs() <= 2e-4 * size;
                    assert!(
                        close,
                        "{}[{i}]: {got} instead of {expected}, {dims:?}",
                        latent.name
                    );
                }
            }
        }
    }
}
