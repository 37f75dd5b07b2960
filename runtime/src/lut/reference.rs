//! The oracle: one trit at a time.

use formats::TritMatrix;

/// `acc[row] = sum over col of matrix[row, col] * x[col]` for `[acc.len(), x.len()]`, one trit at a time.
///
/// Slow and plain: what every kernel is tested against.
pub fn matvec(matrix: TritMatrix<'_>, x: &[i8], acc: &mut [i32]) {
    for (row, acc) in acc.iter_mut().enumerate() {
        *acc = 0;
        for plane in matrix.planes() {
            let plane = TritMatrix::new(plane, plane.len(), matrix.tile_row_bytes());
            *acc += *acc << 1;
            for (col, &x) in x.iter().enumerate() {
                match plane.get(row, col) {
                    Some(1) => *acc += i32::from(x),
                    Some(-1) => *acc -= i32::from(x),
                    _ => {}
                }
            }
        }
    }
}
