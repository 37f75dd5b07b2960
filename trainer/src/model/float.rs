//! The float twin: what the latent parameters stand for when nothing is rounded.

use super::init::rounding_rise;
use super::latent::{Kind, Latent};
use formats::Dims;

/// What the forward pass multiplies with, over `numbers`: a matrix over its mean magnitude, as one trit sees it before it
/// rounds; the powers of two of scales; embedding and biases as they are.
///
/// # Panics
/// When `numbers` is not as long as the parameter.
pub fn numbers(latent: &Latent, numbers: &mut [f32]) {
    numbers.copy_from_slice(&latent.values);
    match latent.kind {
        Kind::Matrix | Kind::Head => {
            let mean = mean(&latent.values);
            numbers.iter_mut().for_each(|w| *w /= mean);
        }
        Kind::Scale => numbers.iter_mut().for_each(|log2| *log2 = log2.exp2()),
        Kind::Embedding | Kind::Bias => {}
    }
}

/// From the gradient of matrices over their mean magnitude to that of the matrices, in place and in units of the mean:
/// the size that the straight-through gradient of trits has, too. Both optimisers ignore it; the norm that clips the
/// others does not.
///
/// # Panics
/// When `gradients` are not those of these parameters.
pub fn through_means<'a>(
    latents: impl ExactSizeIterator<Item = &'a Latent>,
    gradients: &mut [Vec<f32>],
) {
    assert_eq!(latents.len(), gradients.len());
    for (latent, gradient) in latents.zip(gradients) {
        if !matches!(latent.kind, Kind::Matrix | Kind::Head) {
            continue;
        }
        let products = latent.values.iter().zip(&*gradient);
        let along: f64 = products
            .map(|(w, g)| f64::from(*w) * f64::from(*g))
            .sum::<f64>();
        let count = latent.values.len() as f64;
        let share = (along / (f64::from(mean(&latent.values)) * count)) as f32;
        for (gradient, w) in gradient.iter_mut().zip(&latent.values) {
            *gradient -= match () {
                () if *w > 0.0 => share,
                () if *w < 0.0 => -share,
                () => 0.0,
            };
        }
    }
}

/// Turns the latent parameters of the float twin into those of integers of `dims`, in place: the scales of rounded matrices
/// rise by what rounding takes from their products.
pub fn round(latents: &mut [Latent], dims: &Dims) {
    for latent in latents {
        let rise = match latent.name.rsplit('.').next() {
            Some("o_proj_scales" | "down_proj_scales") => rounding_rise(dims.weight_trits),
            Some("lm_head_scales") => rounding_rise(dims.head_trits),
            _ => continue,
        };
        latent.values.iter_mut().for_each(|log2| *log2 += rise);
    }
}

/// The mean magnitude; a matrix of zeros stays one.
pub fn mean(values: &[f32]) -> f32 {
    let sum: f64 = values.iter().map(|w| f64::from(w.abs())).sum();
    ((sum / values.len() as f64) as f32).max(f32::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latent(kind: Kind, values: &[f32]) -> Latent {
        Latent {
            name: String::new(),
            kind,
            cols: values.len(),
            values: values.to_vec(),
        }
    }

    #[test]
    fn matrices_have_a_mean_of_one_and_scales_are_powers() {
        let numbers = |kind, values: &[f32]| {
            let mut numbers = vec![0.0; values.len()];
            super::numbers(&latent(kind, values), &mut numbers);
            numbers
        };
        let matrix = numbers(Kind::Matrix, &[1.0, -3.0, 0.0, 4.0]);
        assert_eq!(matrix, [0.5, -1.5, 0.0, 2.0]);
        let scales = numbers(Kind::Scale, &[-1.5, 2.0]);
        assert_eq!(scales, [(-1.5f32).exp2(), 4.0]);
        assert_eq!(numbers(Kind::Bias, &[0.3]), [0.3]);
    }

    #[test]
    fn the_gradient_is_that_of_a_function_that_ignores_the_size_of_the_matrix() {
        let latents = [latent(Kind::Head, &[1.0, -3.0, 0.5, 4.0])];
        let mut gradients = [vec![2.0, 1.0, -1.0, 0.25]];
        let given: Vec<f64> = gradients[0].iter().map(|&g| f64::from(g)).collect();
        through_means(latents.iter(), &mut gradients);
        let values: Vec<f64> = latents[0].values.iter().map(|&w| f64::from(w)).collect();
        // The function whose gradient was given is linear.
        let at = |moved: usize, step: f64| {
            let mut values = values.clone();
            values[moved] += step;
            let mean = values.iter().map(|w| w.abs()).sum::<f64>() / 4.0;
            values
                .iter()
                .zip(&given)
                .map(|(w, g)| w / mean * g)
                .sum::<f64>()
        };
        let mean = f64::from(mean(&latents[0].values));
        for (i, got) in gradients[0].iter().enumerate() {
            let expected = (at(i, 1e-6) - at(i, -1e-6)) / 2e-6 * mean;
            assert!((f64::from(*got) - expected).abs() < 1e-5, "{i}");
        }
    }
}
