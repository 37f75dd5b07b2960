//! From the latent parameters to the numbers of a model file.

use super::latent::Latent;
use super::quantize::quantize;
use super::scale;
use super::transformer::Transformer;
use formats::write::{LayerWeights, Weights};
use formats::{Dims, Scale};

impl Transformer {
    /// The numbers of the model file.
    pub fn weights(&self) -> Weights {
        weights(self.dims(), &self.latents())
    }
}

/// The very numbers that the forward pass computes with, from latent parameters in the order of [`Transformer::latents`].
///
/// # Panics
/// When the parameters are not those of a model of `dims`.
pub fn weights<'a>(dims: &Dims, latents: impl IntoIterator<Item = &'a Latent>) -> Weights {
    let mut latents = latents.into_iter();
    let mut numbers = || {
        let latent = latents.next().expect("numbers for every parameter");
        let mut numbers = vec![0.0; latent.values.len()];
        quantize(latent, dims, &mut numbers);
        numbers
    };
    let step = (1 << dims.embedding_shift()) as f32;
    let embedding = numbers().iter().map(|value| (value / step) as i8).collect();
    // A struct's fields are evaluated as they are written: in the order of the module's.
    let layers = (0..dims.layers).map(|_| LayerWeights {
        qkv: matrix(numbers()),
        score_scales: scales(numbers()),
        relative_bias: numbers().iter().map(|&bias| bias as i16).collect(),
        o_proj: matrix(numbers()),
        o_proj_scales: scales(numbers()),
        up_proj: matrix(numbers()),
        down_proj: matrix(numbers()),
        down_proj_scales: scales(numbers()),
    });
    Weights {
        embedding,
        layers: layers.collect(),
        lm_head: matrix(numbers()),
        lm_head_scales: scales(numbers()),
    }
}

fn matrix(numbers: Vec<f32>) -> Vec<i8> {
    numbers.into_iter().map(|value| value as i8).collect()
}

fn scales(numbers: Vec<f32>) -> Vec<Scale> {
    numbers.into_iter().map(scale::from_factor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tensor::to_vec;
    use burn::tensor::{Device, Int, Tensor};
    use formats::Dims;

    const DIMS: Dims = Dims {
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
    };

    #[test]
    fn weights_have_the_shapes_and_ranges_of_the_format() {
        let model = Transformer::new(&DIMS, &Device::flex(), 3);
        let weights = model.weights();
        assert_eq!(weights.embedding.len(), 11 * 16);
        assert_eq!(weights.layers.len(), 2);
        assert_eq!(weights.lm_head.len(), 11 * 16);
        assert!(weights.lm_head.iter().all(|w| w.abs() <= 13));
        assert_eq!(weights.lm_head_scales.len(), 11);
        for layer in &weights.layers {
            assert_eq!(layer.qkv.len(), 32 * 16);
            assert_eq!(layer.o_proj.len(), 16 * 16);
            assert_eq!(layer.up_proj.len(), 32 * 16);
            assert_eq!(layer.down_proj.len(), 16 * 32);
            assert!(layer.up_proj.iter().all(|w| w.abs() <= 1));
            assert!((-1..=1).all(|trit| layer.up_proj.contains(&trit)));
            assert_eq!(layer.score_scales.len(), 4);
            assert_eq!(layer.o_proj_scales.len(), 16);
            assert_eq!(layer.down_proj_scales.len(), 16);
            assert_eq!(layer.relative_bias.len(), 4 * 6);
        }
    }

    #[test]
    fn logits_are_integers_and_causal_whatever_follows() {
        let model = Transformer::new(&DIMS, &Device::flex(), 3);
        let tokens: Vec<i32> = (0..20).map(|i| i * 7 % 11).collect();
        let logits = |tokens: &[i32]| -> Vec<f32> {
            let tokens = Tensor::<1, Int>::from_ints(tokens, &Device::flex());
            to_vec(model.forward(tokens.unsqueeze()))
        };
        let all = logits(&tokens);
        assert!(all.iter().all(|v| v.fract() == 0.0 && v.abs() < 1e6));
        assert!(all.iter().any(|v| *v != 0.0));
        for length in [1, 2, 3, 7, 19] {
            assert_eq!(logits(&tokens[..length]), all[..length * 11]);
        }
    }
}
