//! The token shift of a sequence, and its gradient.

use formats::Dims;

/// The token shift: the first channels come from earlier tokens, zeros before the first. `starts[t]` is the first token that
/// token `t` knows of.
pub fn shift(dims: &Dims, starts: &[usize], normed: &[f32], inputs: &mut [f32]) {
    let d = usize::from(dims.d_model);
    inputs.copy_from_slice(normed);
    for_shifted(dims, |back, start, width| {
        let rows = inputs.chunks_exact_mut(d).zip(starts).enumerate();
        for (t, (inputs, &known)) in rows {
            let to = &mut inputs[start..start + width];
            match t.checked_sub(back).filter(|&from| from >= known) {
                Some(from) => to.copy_from_slice(&normed[from * d + start..][..width]),
                None => to.fill(0.0),
            }
        }
    });
}

/// The gradient of [`shift`].
pub fn unshift(dims: &Dims, starts: &[usize], d_inputs: &[f32], d_normed: &mut [f32]) {
    let d = usize::from(dims.d_model);
    d_normed.copy_from_slice(d_inputs);
    for_shifted(dims, |back, start, width| {
        for (t, d_normed) in d_normed.chunks_exact_mut(d).enumerate() {
            let to = &mut d_normed[start..start + width];
            match starts.get(t + back).filter(|&&known| known <= t) {
                Some(_) => to.copy_from_slice(&d_inputs[(t + back) * d + start..][..width]),
                None => to.fill(0.0),
            }
        }
    });
}

/// Calls `each` with how far back, the first channel and the number of channels of each part of the token shift.
fn for_shifted(dims: &Dims, mut each: impl FnMut(usize, usize, usize)) {
    let mut start = 0;
    for (back, width) in (1..).zip(dims.token_shift.map(usize::from)) {
        each(back, start, width);
        start += width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIMS: Dims = Dims {
        vocab_size: 2,
        d_model: 4,
        layers: 1,
        heads: 1,
        kv_heads: 1,
        d_ff: 4,
        context: 3,
        weight_trits: 1,
        head_trits: 1,
        kv_trits: 1,
        embedding_trits: 0,
        token_shift: [1, 0, 2],
    };

    #[test]
    fn channels_come_from_as_far_back_as_asked() {
        let normed: Vec<f32> = (1..=16).map(|i| i as f32).collect();
        let mut inputs = vec![9.0; 16];
        shift(&DIMS, &[0; 4], &normed, &mut inputs);
        #[rustfmt::skip]
        let expected = [
            0.0, 0.0, 0.0, 4.0,
            1.0, 0.0, 0.0, 8.0,
            5.0, 0.0, 0.0, 12.0,
            9.0, 2.0, 3.0, 16.0,
        ];
        assert_eq!(inputs, expected);
        // A document begins at the third token.
        shift(&DIMS, &[0, 0, 2, 2], &normed, &mut inputs);
        #[rustfmt::skip]
        let expected = [
            0.0, 0.0, 0.0, 4.0,
            1.0, 0.0, 0.0, 8.0,
            0.0, 0.0, 0.0, 12.0,
            9.0, 0.0, 0.0, 16.0,
        ];
        assert_eq!(inputs, expected);
    }

    #[test]
    fn the_gradient_goes_back_where_the_channels_came_from() {
        let (x, g) = ([1, 5, 2, 7, 3, 8, 6, 4], [3, 1, 4, 1, 5, 9, 2, 6]);
        let x: Vec<f32> = x.map(|v| v as f32).repeat(2);
        let g: Vec<f32> = g.map(|v| v as f32).repeat(2);
        let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        for starts in [[0; 4], [0, 1, 1, 1], [0, 0, 2, 2]] {
            let (mut inputs, mut d_normed) = (vec![0.0; 16], vec![0.0; 16]);
            shift(&DIMS, &starts, &x, &mut inputs);
            unshift(&DIMS, &starts, &g, &mut d_normed);
            assert_eq!(dot(&inputs, &g), dot(&x, &d_normed), "{starts:?}");
        }
    }
}
