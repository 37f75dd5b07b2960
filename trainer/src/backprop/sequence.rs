//! One sequence through the whole model, and its gradient back.

mod tape;

use super::attention::Heads;
use super::dropout::Dropout;
use super::matmul::{Matrix, Target};
use super::norm;
use super::params::{BlockParameters, Parameters};
use super::token_shift::{shift, unshift};
use super::weights::Weights;
use crate::config::Arithmetic;
use crate::model::norm::{ACTIVATION, HIDDEN, Norm, kv};
use crate::util::simd::wide;
use formats::Dims;

pub use self::tape::Tape;

/// Runs `tokens` through the model: `tape.logits` in sixteenths of a bit. Without dropout they are the device's, which
/// forgets its context where a document begins.
///
/// # Panics
/// When the tape has another length, or a token is not in the vocabulary.
pub fn forward(weights: &Weights, tokens: &[u16], dropout: Dropout, tape: &mut Tape) {
    let Weights {
        dims,
        arithmetic,
        parameters,
        ..
    } = weights;
    assert_eq!(tokens.len(), tape.time());
    tape.set_starts(tokens, weights.document_start);
    let (time, arithmetic, noise) = (tape.time(), *arithmetic, tape.noise);
    let (d, d_ff, rows) = (
        usize::from(dims.d_model),
        usize::from(dims.d_ff),
        dims.qkv_rows(),
    );
    for (x, &token) in tape.x.chunks_exact_mut(d).zip(tokens) {
        x.copy_from_slice(&parameters.embedding[usize::from(token) * d..][..d]);
    }
    let blocks = parameters.blocks.iter().zip(&weights.prepared);
    for (layer, ((block, prepared), part)) in blocks.zip(&mut tape.blocks).enumerate() {
        part.x_attention.copy_from_slice(&tape.x);
        norm::forward(&tape.x, &mut tape.normed, d, ACTIVATION, arithmetic);
        noise.apply(4 * layer, &mut tape.normed, ACTIVATION, arithmetic);
        shift(dims, &tape.starts, &tape.normed, &mut part.inputs);
        Target::over(&mut part.sums, time, rows)
            .product_prepared_transposed(Matrix::new(&part.inputs, time, d), &prepared.qkv);
        norm_qkv(dims, &part.sums, &mut part.qkv, arithmetic);
        let heads = heads(weights, block, &tape.starts);
        let [square, _] = &mut tape.squares;
        heads.forward(&part.qkv, &mut part.powers, square, &mut part.mixed);
        let head_dim = dims.head_dim();
        norm::forward(
            &part.mixed,
            &mut part.mixed_normed,
            head_dim,
            ACTIVATION,
            arithmetic,
        );
        noise.apply(
            4 * layer + 1,
            &mut part.mixed_normed,
            ACTIVATION,
            arithmetic,
        );
        let mixed = Matrix::new(&part.mixed_normed, time, d);
        Target::over(&mut tape.d_x, time, d).product_prepared_transposed(mixed, &prepared.o_proj);
        dropout.apply(2 * layer, &mut tape.d_x);
        add_rounded(&mut tape.x, &tape.d_x, arithmetic);

        part.x_mlp.copy_from_slice(&tape.x);
        norm::forward(&tape.x, &mut tape.normed, d, ACTIVATION, arithmetic);
        noise.apply(4 * layer + 2, &mut tape.normed, ACTIVATION, arithmetic);
        shift(dims, &tape.starts, &tape.normed, &mut part.mlp_inputs);
        Target::over(&mut part.hidden_sums, time, d_ff)
            .product_prepared_transposed(Matrix::new(&part.mlp_inputs, time, d), &prepared.up_proj);
        relu(&mut part.hidden_sums);
        norm::forward(
            &part.hidden_sums,
            &mut part.hidden,
            d_ff,
            HIDDEN,
            arithmetic,
        );
        noise.apply(4 * layer + 3, &mut part.hidden, HIDDEN, arithmetic);
        Target::over(&mut tape.d_x, time, d).product_prepared_transposed(
            Matrix::new(&part.hidden, time, d_ff),
            &prepared.down_proj,
        );
        dropout.apply(2 * layer + 1, &mut tape.d_x);
        add_rounded(&mut tape.x, &tape.d_x, arithmetic);
    }
    norm::forward(&tape.x, &mut tape.normed, d, ACTIVATION, arithmetic);
    let sites = 4 * usize::from(dims.layers);
    noise.apply(sites, &mut tape.normed, ACTIVATION, arithmetic);
    let vocab_size = dims.vocab_size.into();
    Target::over(&mut tape.logits, time, vocab_size).product_prepared_transposed(
        Matrix::new(&tape.normed, time, d),
        &weights.prepared_lm_head,
    );
    if arithmetic == Arithmetic::Integer {
        wide(
            #[inline(always)]
            || {
                tape.logits
                    .iter_mut()
                    .for_each(|logit| *logit = (*logit + 0.5).floor())
            },
        );
    }
}

/// Adds the gradient of the sequence that `tape` holds the forward pass of to `gradients`, given that of the logits in
/// `tape.logits`. The gradients of scaled matrices are left without their factors, and those of their factors out:
/// [`finish`](super::weights::finish) does both once for many sequences. Where these are the `first`, matrices' gradients are
/// written over instead: what they were does not matter.
pub fn backward(
    weights: &Weights,
    tokens: &[u16],
    dropout: Dropout,
    tape: &mut Tape,
    gradients: &mut Parameters,
    first: bool,
) {
    let onto = match first {
        true => Target::over,
        false => Target::onto,
    };
    let Weights {
        dims,
        arithmetic,
        parameters,
        ..
    } = weights;
    let (time, arithmetic) = (tape.time(), *arithmetic);
    let (d, d_ff, rows) = (
        usize::from(dims.d_model),
        usize::from(dims.d_ff),
        dims.qkv_rows(),
    );
    let vocab_size = usize::from(dims.vocab_size);
    let d_logits = Matrix::new(&tape.logits, time, vocab_size);
    let normed = Matrix::new(&tape.normed, time, d);
    onto(&mut gradients.lm_head, vocab_size, d).transposed_product(1.0, d_logits, normed);
    Target::over(&mut tape.d_x, time, d).product_prepared(d_logits, &weights.prepared_lm_head);
    norm::backward(&tape.x, &mut tape.d_x, d, ACTIVATION, arithmetic);

    let blocks = parameters
        .blocks
        .iter()
        .zip(&weights.prepared)
        .zip(&tape.blocks);
    let blocks = blocks.zip(&mut gradients.blocks).enumerate().rev();
    for (layer, (((block, prepared), part), gradients)) in blocks {
        tape.d_added.copy_from_slice(&tape.d_x);
        dropout.apply(2 * layer + 1, &mut tape.d_added);
        let d_added = Matrix::new(&tape.d_added, time, d);
        onto(&mut gradients.down_proj, d, d_ff).transposed_product(
            1.0,
            d_added,
            Matrix::new(&part.hidden, time, d_ff),
        );
        Target::over(&mut tape.d_wide, time, d_ff).product_prepared(d_added, &prepared.down_proj);
        // Where relu cut, its result is zero, which has neither sign nor product with the gradient.
        norm::backward(
            &part.hidden_sums,
            &mut tape.d_wide,
            d_ff,
            HIDDEN,
            arithmetic,
        );
        relu_backward(&part.hidden_sums, &mut tape.d_wide);
        let d_hidden = Matrix::new(&tape.d_wide, time, d_ff);
        onto(&mut gradients.up_proj, d_ff, d).transposed_product(
            1.0,
            d_hidden,
            Matrix::new(&part.mlp_inputs, time, d),
        );
        Target::over(&mut tape.normed, time, d).product_prepared(d_hidden, &prepared.up_proj);
        unshift(dims, &tape.starts, &tape.normed, &mut tape.d_normed);
        norm::backward(&part.x_mlp, &mut tape.d_normed, d, ACTIVATION, arithmetic);
        add(&mut tape.d_x, &tape.d_normed);

        tape.d_added.copy_from_slice(&tape.d_x);
        dropout.apply(2 * layer, &mut tape.d_added);
        let d_added = Matrix::new(&tape.d_added, time, d);
        onto(&mut gradients.o_proj, d, d).transposed_product(
            1.0,
            d_added,
            Matrix::new(&part.mixed_normed, time, d),
        );
        Target::over(&mut tape.normed, time, d).product_prepared(d_added, &prepared.o_proj);
        let head_dim = dims.head_dim();
        norm::backward(
            &part.mixed,
            &mut tape.normed,
            head_dim,
            ACTIVATION,
            arithmetic,
        );
        let [weights_room, scores_room] = &mut tape.squares;
        heads(weights, block, &tape.starts).backward(
            &part.qkv,
            &part.powers,
            &tape.normed,
            &mut tape.d_qkv,
            &mut gradients.score_scales,
            &mut gradients.relative_bias,
            [weights_room, scores_room],
        );
        norm_qkv_backward(dims, &part.sums, &mut tape.d_qkv, arithmetic);
        let d_sums = Matrix::new(&tape.d_qkv, time, rows);
        onto(&mut gradients.qkv, rows, d).transposed_product(
            1.0,
            d_sums,
            Matrix::new(&part.inputs, time, d),
        );
        Target::over(&mut tape.normed, time, d).product_prepared(d_sums, &prepared.qkv);
        unshift(dims, &tape.starts, &tape.normed, &mut tape.d_normed);
        norm::backward(
            &part.x_attention,
            &mut tape.d_normed,
            d,
            ACTIVATION,
            arithmetic,
        );
        add(&mut tape.d_x, &tape.d_normed);
    }
    for (d_x, &token) in tape.d_x.chunks_exact(d).zip(tokens) {
        add(&mut gradients.embedding[usize::from(token) * d..][..d], d_x);
    }
}

fn heads<'a>(weights: &'a Weights, block: &'a BlockParameters, starts: &'a [usize]) -> Heads<'a> {
    Heads {
        dims: &weights.dims,
        starts,
        scales: &block.score_scales,
        relative_bias: &block.relative_bias,
        arithmetic: weights.arithmetic,
    }
}

/// Which abs-mean norm the queries, and which the keys and values of a row `[qkv_rows]` go through, and how many are queries.
fn qkv_renorms(dims: &Dims) -> (Norm, Norm, usize) {
    (ACTIVATION, kv(dims.kv_trits), usize::from(dims.d_model))
}

fn norm_qkv(dims: &Dims, sums: &[f32], qkv: &mut [f32], arithmetic: Arithmetic) {
    let (rows, width) = (dims.qkv_rows(), dims.head_dim());
    let (query, cached, queries) = qkv_renorms(dims);
    for (sums, qkv) in sums.chunks_exact(rows).zip(qkv.chunks_exact_mut(rows)) {
        let (to_queries, to_cache) = qkv.split_at_mut(queries);
        norm::forward(&sums[..queries], to_queries, width, query, arithmetic);
        norm::forward(&sums[queries..], to_cache, width, cached, arithmetic);
    }
}

fn norm_qkv_backward(dims: &Dims, sums: &[f32], d_qkv: &mut [f32], arithmetic: Arithmetic) {
    let (rows, width) = (dims.qkv_rows(), dims.head_dim());
    let (query, cached, queries) = qkv_renorms(dims);
    for (sums, d_qkv) in sums.chunks_exact(rows).zip(d_qkv.chunks_exact_mut(rows)) {
        let (d_queries, d_cache) = d_qkv.split_at_mut(queries);
        norm::backward(&sums[..queries], d_queries, width, query, arithmetic);
        norm::backward(&sums[queries..], d_cache, width, cached, arithmetic);
    }
}

fn add_rounded(x: &mut [f32], more: &[f32], arithmetic: Arithmetic) {
    match arithmetic {
        Arithmetic::Integer => wide(
            #[inline(always)]
            || {
                for (x, more) in x.iter_mut().zip(more) {
                    *x += (more + 0.5).floor();
                }
            },
        ),
        Arithmetic::Float => add(x, more),
    }
}

fn add(x: &mut [f32], more: &[f32]) {
    wide(
        #[inline(always)]
        || x.iter_mut().zip(more).for_each(|(x, more)| *x += more),
    );
}

fn relu(x: &mut [f32]) {
    wide(
        #[inline(always)]
        || {
            x.iter_mut()
                .for_each(|x| *x = if *x > 0.0 { *x } else { 0.0 })
        },
    );
}

fn relu_backward(x: &[f32], gradient: &mut [f32]) {
    wide(
        #[inline(always)]
        || {
            for (gradient, x) in gradient.iter_mut().zip(x) {
                *gradient = if *x > 0.0 { *gradient } else { 0.0 };
            }
        },
    );
}
