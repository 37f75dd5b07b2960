//! The nearest orthogonal matrix to a gradient: the direction of Muon (Jordan et al., 2024,
//! <https://kellerjordan.github.io/posts/muon/>).

use crate::backprop::matmul::{Matrix, Target};

/// Coefficients of the quintic iteration: they bring singular values quickly near 1, not exactly there.
const QUINTIC: [f32; 3] = [3.4445, -4.7750, 2.0315];
/// Iterations.
const ITERATIONS: usize = 5;
/// Root mean square of a number of the result, about that of a step of Adam (arXiv:2502.16982).
const SIZE: f32 = 0.2;

/// The matrix `[rows, cols]` with its singular values brought near 1 by a Newton-Schulz iteration, scaled so that the
/// root mean square of its numbers is about 0.2 if the gradient has full rank. Zeros stay zeros.
///
/// Costs about `20 * rows * cols * min(rows, cols)` multiplications.
pub fn orthogonal(gradient: &[f32], cols: usize) -> Vec<f32> {
    let rows = gradient.len() / cols;
    let norm = gradient
        .iter()
        .map(|g| f64::from(g * g))
        .sum::<f64>()
        .sqrt();
    let mut x = gradient.to_vec();
    if norm == 0.0 {
        return x;
    }
    x.iter_mut().for_each(|x| *x /= norm as f32);
    let small = rows.min(cols);
    let (mut gram, mut square, mut next) = (
        vec![0.0; small * small],
        vec![0.0; small * small],
        vec![0.0; x.len()],
    );
    let [a, b, c] = QUINTIC;
    for _ in 0..ITERATIONS {
        let matrix = Matrix::new(&x, rows, cols);
        let target = Target::over(&mut gram, small, small);
        if cols <= rows {
            target.transposed_product(1.0, matrix, matrix);
        } else {
            target.product_transposed(1.0, matrix, matrix);
        }
        let gram_matrix = Matrix::new(&gram, small, small);
        square.copy_from_slice(&gram);
        square.iter_mut().for_each(|g| *g *= b);
        Target::onto(&mut square, small, small).product(c, gram_matrix, gram_matrix);
        let polynomial = Matrix::new(&square, small, small);
        next.copy_from_slice(&x);
        next.iter_mut().for_each(|x| *x *= a);
        let target = Target::onto(&mut next, rows, cols);
        if cols <= rows {
            target.product(1.0, matrix, polynomial);
        } else {
            target.product(1.0, polynomial, matrix);
        }
        std::mem::swap(&mut x, &mut next);
    }
    let scale = SIZE * (rows.max(cols) as f32).sqrt();
    x.iter_mut().for_each(|x| *x *= scale);
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    fn random(len: usize) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        (0..len)
            .map(|_| rng.next_u32() as f32 / 2f32.powi(31) - 1.0)
            .collect()
    }

    #[test]
    fn rows_or_columns_come_out_nearly_orthogonal() {
        for (rows, cols) in [(24, 16), (16, 24), (16, 16)] {
            let x = orthogonal(&random(rows * cols), cols);
            let (long, small) = (rows.max(cols), rows.min(cols));
            let at = |i: usize, j: usize| {
                if cols <= rows {
                    x[i * cols + j]
                } else {
                    x[j * cols + i]
                }
            };
            let unit = f64::from(SIZE * SIZE) * long as f64;
            for i in 0..small {
                for j in 0..small {
                    let dot: f64 = (0..long).map(|k| f64::from(at(k, i) * at(k, j))).sum();
                    let expected = if i == j { 1.0 } else { 0.0 };
                    assert!(
                        (dot / unit - expected).abs() < 0.6,
                        "{i} {j}: {}",
                        dot / unit
                    );
                }
            }
            let rms = (x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32).sqrt();
            assert!((0.12..0.28).contains(&rms), "{rms}");
        }
    }

    #[test]
    fn the_size_of_the_gradient_does_not_matter_and_zeros_stay() {
        let g = random(12 * 8);
        let half: Vec<f32> = g.iter().map(|g| g * 0.5).collect();
        for (a, b) in orthogonal(&g, 8).iter().zip(orthogonal(&half, 8)) {
            assert!((a - b).abs() < 1e-4);
        }
        assert_eq!(orthogonal(&[0.0; 6], 3), [0.0; 6]);
    }
}
