//! A matrix that many products have as their right factor.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
use super::amx;
use super::{Matrix, Target};

/// A matrix `[rows, cols]`, rearranged once for many products.
#[derive(Clone, Debug)]
pub struct Prepared {
    rows: usize,
    cols: usize,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    /// Both layouts: products with either have their right factor in rows.
    Slices {
        data: Vec<f32>,
        transposed: Vec<f32>,
    },
    /// As the right factor, and transposed.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    Tiles(Box<[amx::Right; 2]>),
}

impl Prepared {
    /// All zeros.
    pub fn zeros(rows: usize, cols: usize) -> Self {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if amx::detected() {
            let form = Form::Tiles(Box::default());
            let mut this = Self { rows, cols, form };
            this.set(&vec![0.0; rows * cols]);
            return this;
        }
        let zeros = vec![0.0; rows * cols];
        Self {
            rows,
            cols,
            form: Form::Slices {
                data: zeros.clone(),
                transposed: zeros,
            },
        }
    }

    /// Takes the numbers of `matrix`.
    ///
    /// # Panics
    /// When there are not `rows * cols` of them.
    pub fn set(&mut self, matrix: &[f32]) {
        assert_eq!(matrix.len(), self.rows * self.cols);
        match &mut self.form {
            Form::Slices { data, transposed } => {
                data.copy_from_slice(matrix);
                for (col, transposed) in transposed.chunks_exact_mut(self.rows).enumerate() {
                    let column = matrix[col..].iter().step_by(self.cols);
                    transposed.iter_mut().zip(column).for_each(|(t, m)| *t = *m);
                }
            }
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Form::Tiles(tiles) => {
                let [plain, transposed] = &mut **tiles;
                let matrix = Matrix::new(matrix, self.rows, self.cols);
                plain.fill(matrix.strided());
                transposed.fill(matrix.transposed());
            }
        }
    }
}

impl Target<'_> {
    /// `a * b`, for `a` `[m, rows]`.
    ///
    /// # Panics
    /// When the shapes do not fit, or a matrix is larger than its slice.
    pub fn product_prepared(self, a: Matrix<'_>, b: &Prepared) {
        match &b.form {
            Form::Slices { data, .. } => self.product(1.0, a, Matrix::new(data, b.rows, b.cols)),
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Form::Tiles(tiles) => {
                self.check(a.strided(), b.rows, b.cols);
                amx::product_prepared(self, a.strided(), &tiles[0]);
            }
        }
    }

    /// `a * b^T`, for `a` `[m, cols]`.
    ///
    /// # Panics
    /// As [`Target::product_prepared`].
    pub fn product_prepared_transposed(self, a: Matrix<'_>, b: &Prepared) {
        match &b.form {
            Form::Slices { transposed, .. } => {
                self.product(1.0, a, Matrix::new(transposed, b.cols, b.rows));
            }
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            Form::Tiles(tiles) => {
                self.check(a.strided(), b.cols, b.rows);
                amx::product_prepared(self, a.strided(), &tiles[1]);
            }
        }
    }
}
