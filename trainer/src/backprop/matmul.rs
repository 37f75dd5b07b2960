//! Products of row-major matrices, added to or written over a third, on one thread.
#![allow(
    unsafe_code,
    reason = "the `gemm` crate takes pointers; every matrix is checked to lie in its slice"
)]

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod panels;
mod prepared;

pub use prepared::Prepared;

use gemm::Parallelism;
use std::ops::Range;

/// Rows of a triangle that are multiplied together.
const BLOCK: usize = 32;

/// A matrix in a slice.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    stride: usize,
    lower: bool,
}

impl<'a> Matrix<'a> {
    /// `[rows, cols]` of all of `data`.
    pub const fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        Self {
            data,
            rows,
            cols,
            stride: cols,
            lower: false,
        }
    }

    /// Whose numbers above the diagonal are zeros: most of them are not multiplied.
    pub const fn lower_triangle(self) -> Self {
        Self {
            lower: true,
            ..self
        }
    }

    /// The columns from `start`, `count` of them.
    pub fn columns(self, start: usize, count: usize) -> Self {
        Self {
            data: &self.data[start..],
            cols: count,
            ..self
        }
    }

    /// Whether every element lies in the slice.
    const fn holds(&self) -> bool {
        holds(self.data.len(), self.rows, self.cols, self.stride)
    }

    const fn strided(self) -> Strided<'a> {
        Strided {
            matrix: self,
            rows: self.rows,
            cols: self.cols,
            row_stride: self.stride,
            col_stride: 1,
            triangle: if self.lower {
                Some(Triangle::Lower)
            } else {
                None
            },
        }
    }

    const fn transposed(self) -> Strided<'a> {
        Strided {
            matrix: self,
            rows: self.cols,
            cols: self.rows,
            row_stride: 1,
            col_stride: self.stride,
            triangle: if self.lower {
                Some(Triangle::Upper)
            } else {
                None
            },
        }
    }
}

const fn holds(len: usize, rows: usize, cols: usize, stride: usize) -> bool {
    rows == 0 || cols == 0 || cols <= stride && (rows - 1) * stride + cols <= len
}

/// A matrix or its transpose.
#[derive(Clone, Copy, Debug)]
struct Strided<'a> {
    matrix: Matrix<'a>,
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
    triangle: Option<Triangle>,
}

/// Where a matrix has other numbers than zeros: on the diagonal, and on one side of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Triangle {
    Lower,
    Upper,
}

impl Strided<'_> {
    /// The columns that can be other than zeros in some of `rows`.
    fn columns_of(&self, rows: Range<usize>) -> Range<usize> {
        match self.triangle {
            None => 0..self.cols,
            Some(Triangle::Lower) => 0..rows.end.min(self.cols),
            Some(Triangle::Upper) => rows.start.min(self.cols)..self.cols,
        }
    }
}

/// Where a product goes.
#[derive(Debug)]
pub struct Target<'a> {
    data: &'a mut [f32],
    rows: usize,
    cols: usize,
    stride: usize,
    keep: bool,
    lower: bool,
}

impl<'a> Target<'a> {
    /// Written over `[rows, cols]`, all of `data`.
    pub const fn over(data: &'a mut [f32], rows: usize, cols: usize) -> Self {
        Self {
            data,
            rows,
            cols,
            stride: cols,
            keep: false,
            lower: false,
        }
    }

    /// Added to `[rows, cols]`, all of `data`.
    pub const fn onto(data: &'a mut [f32], rows: usize, cols: usize) -> Self {
        Self {
            keep: true,
            ..Self::over(data, rows, cols)
        }
    }

    /// Only on and below the diagonal; what is above it means nothing afterwards.
    pub const fn lower_triangle(self) -> Self {
        Self {
            lower: true,
            ..self
        }
    }

    /// Only into the columns from `start`, `count` of them.
    pub fn columns(self, start: usize, count: usize) -> Self {
        Self {
            data: &mut self.data[start..],
            cols: count,
            ..self
        }
    }

    /// `factor * a * b`, for `a` `[m, k]` and `b` `[k, n]`.
    ///
    /// # Panics
    /// When the shapes do not fit, or a matrix is larger than its slice; so do the other products.
    pub fn product(self, factor: f32, a: Matrix<'_>, b: Matrix<'_>) {
        self.write(factor, a.strided(), b.strided());
    }

    /// `factor * a * b^T`, for `a` `[m, k]` and `b` `[n, k]`.
    pub fn product_transposed(self, factor: f32, a: Matrix<'_>, b: Matrix<'_>) {
        self.write(factor, a.strided(), b.transposed());
    }

    /// `factor * a^T * b`, for `a` `[k, m]` and `b` `[k, n]`.
    pub fn transposed_product(self, factor: f32, a: Matrix<'_>, b: Matrix<'_>) {
        self.write(factor, a.transposed(), b.strided());
    }

    /// # Panics
    /// When a product of `a` and a matrix `[rows, cols]` is of another shape, or a matrix larger than its slice.
    fn check(&self, a: Strided<'_>, rows: usize, cols: usize) {
        assert!(a.rows == self.rows && a.cols == rows && cols == self.cols);
        assert!(a.matrix.holds());
        assert!(holds(self.data.len(), self.rows, self.cols, self.stride));
    }

    fn write(self, factor: f32, a: Strided<'_>, b: Strided<'_>) {
        self.check(a, b.rows, b.cols);
        assert!(b.matrix.holds());
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if amx::suits(self.rows, self.cols, a.cols) {
            return amx::product(self, factor, a, b);
        }
        let mut target = self;
        if a.triangle.is_none() && !target.lower {
            return target.multiply(0..target.rows, 0..a.cols, factor, a, b);
        }
        for first in (0..target.rows).step_by(BLOCK) {
            let rows = first..(first + BLOCK).min(target.rows);
            target.multiply(rows.clone(), a.columns_of(rows), factor, a, b);
        }
    }

    /// `rows` of the product of the columns `depth` of `a` and the same rows of `b`, after [`Self::check`].
    fn multiply(
        &mut self,
        rows: Range<usize>,
        depth: Range<usize>,
        factor: f32,
        a: Strided<'_>,
        b: Strided<'_>,
    ) {
        let cols = match self.lower {
            true => rows.end.min(self.cols),
            false => self.cols,
        };
        let target = &mut self.data[rows.start * self.stride..];
        let a_data = &a.matrix.data[rows.start * a.row_stride + depth.start * a.col_stride..];
        let b_data = &b.matrix.data[depth.start * b.row_stride..];
        let signed = usize::cast_signed;
        // SAFETY: the shapes fit one another and every element lies in its slice, as checked before; those of a part lie behind
        // its first. The target is borrowed for writing alone, so it overlaps neither factor.
        unsafe {
            gemm::gemm(
                rows.len(),
                cols,
                depth.len(),
                target.as_mut_ptr(),
                1,
                signed(self.stride),
                self.keep,
                a_data.as_ptr(),
                signed(a.col_stride),
                signed(a.row_stride),
                b_data.as_ptr(),
                signed(b.col_stride),
                signed(b.row_stride),
                1.0,
                factor,
                false,
                false,
                false,
                Parallelism::None,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        let number = |i: usize| ((i * 7919 + seed * 104_729) % 41) as f32 - 20.0;
        (0..count).map(number).collect()
    }

    #[test]
    fn products_equal_three_loops_for_every_shape_and_layout() {
        for (m, n, k) in [(1, 1, 1), (3, 5, 2), (16, 17, 33), (65, 31, 128), (4, 6, 1)] {
            // Within wider matrices, whose other columns must not be touched.
            let (a, b) = (numbers(m * (k + 3), 1), numbers(k * (n + 2), 2));
            let at = |i: usize, j: usize| -> f32 {
                (0..k)
                    .map(|l| a[i * (k + 3) + 1 + l] * b[l * (n + 2) + 2 + j])
                    .sum()
            };
            let transpose = |x: &[f32], rows: usize, cols: usize| -> Vec<f32> {
                (0..cols)
                    .flat_map(|c| (0..rows).map(move |r| x[r * cols + c]))
                    .collect()
            };
            let (a_t, b_t) = (transpose(&a, m, k + 3), transpose(&b, k, n + 2));
            let a_view = Matrix::new(&a, m, k + 3).columns(1, k);
            let b_view = Matrix::new(&b, k, n + 2).columns(2, n);
            let b_t_view = Matrix::new(&b_t[2 * k..], n, k);
            let a_t_view = Matrix::new(&a_t[m..], k, m);
            for product in 0..3 {
                for keep in [false, true] {
                    let before = numbers(m * (n + 4), 3);
                    let mut got = before.clone();
                    let target = match keep {
                        true => Target::onto(&mut got, m, n + 4),
                        false => Target::over(&mut got, m, n + 4),
                    };
                    let target = target.columns(3, n);
                    match product {
                        0 => target.product(2.0, a_view, b_view),
                        1 => target.product_transposed(2.0, a_view, b_t_view),
                        _ => target.transposed_product(2.0, a_t_view, b_view),
                    }
                    for (i, (got, before)) in got.iter().zip(&before).enumerate() {
                        let (row, col) = (i / (n + 4), i % (n + 4));
                        let expected = match col.checked_sub(3).filter(|&col| col < n) {
                            Some(col) => 2.0 * at(row, col) + f32::from(keep) * before,
                            None => *before,
                        };
                        assert_eq!(*got, expected, "{row} {col} of {m} x {n} x {k}");
                    }
                }
            }
        }
    }

    #[test]
    fn products_of_any_numbers_have_sixteen_bits_of_a_significand() {
        let number = |i: usize, seed: f32| (i as f32 * seed).sin() * 10f32.powi(i as i32 % 7 - 3);
        for (m, n, k) in [(16, 16, 16), (65, 70, 33), (128, 40, 100), (40, 128, 257)] {
            let a: Vec<f32> = (0..m * k).map(|i| number(i, 0.7)).collect();
            let b: Vec<f32> = (0..k * n).map(|i| number(i, 0.3)).collect();
            let rounded: Vec<f32> = a
                .iter()
                .map(|a| (4.0 * a).floor().clamp(-31.0, 31.0))
                .collect();
            for (a, b) in [(&a, &b), (&rounded, &b)] {
                let mut got = vec![0.5; m * n];
                let target = Target::onto(&mut got, m, n);
                target.product(1.0, Matrix::new(a, m, k), Matrix::new(b, k, n));
                for (i, got) in got.iter().enumerate() {
                    let terms =
                        (0..k).map(|l| f64::from(a[i / n * k + l]) * f64::from(b[l * n + i % n]));
                    let (sum, size) = terms.fold((0.5, 0.5), |(s, z), t| (s + t, z + t.abs()));
                    let error = (f64::from(*got) - sum).abs();
                    assert!(error < size * 2f64.powi(-15), "{i}: {got} instead of {sum}");
                }
            }
        }
    }

    #[test]
    fn triangles_give_the_products_of_their_zeros() {
        for (m, n, k) in [
            (1, 1, 1),
            (31, 5, 31),
            (33, 32, 33),
            (128, 32, 128),
            (100, 40, 100),
        ] {
            let mut square = numbers(m * k, 1);
            for (row, square) in square.chunks_exact_mut(k).enumerate() {
                square[row + 1..].fill(0.0);
            }
            let b = numbers(k * n, 2);
            let (full, b) = (Matrix::new(&square, m, k), Matrix::new(&b, k, n));
            let product = |a: Matrix<'_>, transposed: bool| {
                let mut target = numbers(m * n, 3);
                match transposed {
                    true => Target::onto(&mut target, m, n).transposed_product(1.0, a, b),
                    false => Target::onto(&mut target, m, n).product(1.0, a, b),
                }
                target
            };
            for transposed in [false, true] {
                assert_eq!(
                    product(full.lower_triangle(), transposed),
                    product(full, transposed)
                );
            }
            let (mut got, mut expected) = (vec![0.0; m * m], vec![0.0; m * m]);
            Target::over(&mut got, m, m)
                .lower_triangle()
                .product_transposed(2.0, full, full);
            Target::over(&mut expected, m, m).product_transposed(2.0, full, full);
            for (i, (got, expected)) in got.iter().zip(&expected).enumerate() {
                assert!(got == expected || i % m > i / m, "{i}");
            }
        }
    }

    #[test]
    fn a_prepared_matrix_gives_the_products_of_the_matrix() {
        for (m, rows, cols) in [(1, 3, 2), (5, 16, 33), (128, 65, 48), (33, 128, 96)] {
            let b = numbers(rows * cols, 4);
            let mut prepared = Prepared::zeros(rows, cols);
            // The second time in the memory of the first.
            prepared.set(&numbers(rows * cols, 9));
            prepared.set(&b);
            let matrix = Matrix::new(&b, rows, cols);
            for keep in [false, true] {
                let target = |data| match keep {
                    true => Target::onto(data, m, cols),
                    false => Target::over(data, m, cols),
                };
                let a = numbers(m * rows, 5);
                let a = Matrix::new(&a, m, rows);
                let (mut got, mut expected) = (numbers(m * cols, 6), numbers(m * cols, 6));
                target(&mut got).product_prepared(a, &prepared);
                target(&mut expected).product(1.0, a, matrix);
                assert_eq!(got, expected);
            }
            let a = numbers(m * cols, 7);
            let a = Matrix::new(&a, m, cols);
            let (mut got, mut expected) = (vec![0.0; m * rows], vec![0.0; m * rows]);
            Target::over(&mut got, m, rows).product_prepared_transposed(a, &prepared);
            Target::over(&mut expected, m, rows).product_transposed(1.0, a, matrix);
            assert_eq!(got, expected);
        }
    }

    #[test]
    #[should_panic(expected = "holds")]
    fn a_matrix_larger_than_its_slice_is_refused() {
        let mut target = [0.0; 4];
        let (a, b) = ([0.0; 3], [0.0; 4]);
        Target::over(&mut target, 2, 2).product(1.0, Matrix::new(&a, 2, 2), Matrix::new(&b, 2, 2));
    }
}
