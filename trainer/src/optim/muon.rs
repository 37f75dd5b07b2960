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
/// An iteration multiplies the matrix `X` by a polynomial `P` of its Gram matrix `G`. All polynomials are functions of the first
/// Gram matrix, so they commute: their product and the next Gram matrix `P G P` are computed from square matrices alone.
/// Costs about `2 n^2 m + 17 n^3` multiplications, `n = min(rows, cols)` and `m = max(rows, cols)`.
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
    let n = rows.min(cols);
    let matrix = Matrix::new(&x, rows, cols);
    let [mut gram, mut square, mut total, mut room] = [(); 4].map(|()| vec![0.0; n * n]);
    let target = Target::over(&mut gram, n, n);
    if cols <= rows {
        target.transposed_product(1.0, matrix, matrix);
    } else {
        target.product_transposed(1.0, matrix, matrix);
    }
    let [a, b, c] = QUINTIC;
    for iteration in 0..ITERATIONS {
        multiply(&gram, &gram, &mut square);
        let polynomial = &mut square;
        for (square, gram) in polynomial.iter_mut().zip(&gram) {
            *square = c * *square + b * gram;
        }
        polynomial.iter_mut().step_by(n + 1).for_each(|p| *p += a);
        if iteration == 0 {
            total.copy_from_slice(polynomial);
        } else {
            multiply(&total, polynomial, &mut room);
            std::mem::swap(&mut total, &mut room);
        }
        if iteration + 1 < ITERATIONS {
            multiply(&gram, polynomial, &mut room);
            multiply(&room, polynomial, &mut gram);
        }
    }
    let mut result = vec![0.0; x.len()];
    let (target, total) = (
        Target::over(&mut result, rows, cols),
        Matrix::new(&total, n, n),
    );
    let scale = SIZE * (rows.max(cols) as f32).sqrt();
    if cols <= rows {
        target.product(scale, matrix, total);
    } else {
        target.product(scale, total, matrix);
    }
    result
}

/// The product of two square matrices, over a third.
fn multiply(a: &[f32], b: &[f32], product: &mut [f32]) {
    let n = a.len().isqrt();
    Target::over(product, n, n).product(1.0, Matrix::new(a, n, n), Matrix::new(b, n, n));
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

    /// The iteration as published, on the matrix itself, in f64.
    fn textbook(gradient: &[f32], rows: usize, cols: usize) -> Vec<f64> {
        let norm = gradient.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>();
        let mut x: Vec<f64> = gradient
            .iter()
            .map(|&g| f64::from(g) / norm.sqrt())
            .collect();
        let product = |a: &[f64], b: &[f64], k: usize, transposed: bool| -> Vec<f64> {
            let (m, n) = (a.len() / k, b.len() / k);
            let b_at = |l: usize, j: usize| {
                if transposed {
                    b[j * k + l]
                } else {
                    b[l * n + j]
                }
            };
            let at = |i: usize, j: usize| (0..k).map(|l| a[i * k + l] * b_at(l, j)).sum();
            (0..m * n).map(|i| at(i / n, i % n)).collect()
        };
        let [a, b, c] = QUINTIC.map(f64::from);
        for _ in 0..ITERATIONS {
            let gram = product(&x, &x, cols, true);
            let square = product(&gram, &gram, rows, false);
            let polynomial: Vec<f64> = gram
                .iter()
                .zip(square)
                .map(|(g, s)| b * g + c * s)
                .collect();
            let turned = product(&polynomial, &x, rows, false);
            x.iter_mut().zip(turned).for_each(|(x, t)| *x = a * *x + t);
        }
        let scale = f64::from(SIZE) * (rows.max(cols) as f64).sqrt();
        x.into_iter().map(|x| x * scale).collect()
    }

    #[test]
    fn square_matrices_alone_give_what_the_published_iteration_gives() {
        let (rows, cols) = (48, 96);
        // Rows of sizes between 1 and 1e-4, and each nearly a multiple of the next: singular values of a real gradient.
        let noise = random(rows * cols);
        let gradient: Vec<f32> = (0..rows * cols)
            .map(|i| {
                let size = 10f32.powf(-4.0 * (i / cols) as f32 / rows as f32);
                size * (noise[i] + noise[i % cols])
            })
            .collect();
        let expected = textbook(&gradient, rows, cols);
        let turned: Vec<f32> = (0..rows * cols)
            .map(|i| gradient[i % rows * cols + i / rows])
            .collect();
        let (wide, tall) = (orthogonal(&gradient, cols), orthogonal(&turned, rows));
        for (i, expected) in expected.iter().enumerate() {
            let (wide, tall) = (wide[i], tall[i % cols * rows + i / cols]);
            for got in [wide, tall] {
                let error = (f64::from(got) - expected).abs();
                assert!(error < 0.02, "{i}: {got} instead of {expected}");
            }
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
