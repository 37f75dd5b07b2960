//! Which part of a token an executed instruction belongs to.
//!
//! By the function it lies in, and by how many matrix-vector products had begun: their order within a token is the
//! order of `docs/arithmetic.md`.

use crate::counting::Window;
use crate::image::Image;
use formats::Dims;

/// The function whose entries are the phases of a window: every matrix-vector product but those of sparse inputs, which
/// are the values' product, right after the keys', and `down`, right after `up`.
pub const PHASE: &str = "runtime::lut::tables::matvec";

/// The parts of a token, in the order of the table.
pub const PARTS: [&str; 10] = [
    "embedding",
    "norms",
    "tables",
    "Q/K/V",
    "attention",
    "O",
    "up",
    "down",
    "head",
    "sampling",
];

/// Functions of abs-mean norm and the token shift.
const RENORM: [&str; 7] = [
    "abs_mean_norm",
    "::enter",
    "::magnitudes",
    "::positives",
    "::quantise",
    "elements::by_",
    "::rectify_by_",
];

/// Functions that run behind `up`'s product for `down` only.
const DOWN: [&str; 3] = ["matvec_sparse", "listed", "add_scaled"];

/// Instructions by part, in the order of [`PARTS`].
///
/// "tables" are the sums built for all products, "norms" every abs-mean norm with the token shift; a product's part holds
/// its look-ups and what is done to its sums (scales, the residual addition, ReLU, storing keys and values).
pub fn parts(image: &Image, window: &Window, dims: &Dims) -> [u64; PARTS.len()] {
    let mut sums = [0; PARTS.len()];
    for place in &window.places {
        let name = image
            .function_at(place.address)
            .map_or("", |function| &function.name);
        sums[part(name, place.phase, dims)] += place.count;
    }
    sums
}

fn part(function: &str, phase: usize, dims: &Dims) -> usize {
    let index = |name| PARTS.iter().position(|part| *part == name).unwrap_or(0);
    if function.contains("::fill") {
        index("tables")
    } else if RENORM.iter().any(|part| function.contains(part)) {
        index("norms")
    } else if function.contains("::sample") || function == "inference" {
        index("sampling")
    } else {
        match product(phase, dims) {
            "up" if DOWN.iter().any(|part| function.contains(part)) => index("down"),
            product => index(product),
        }
    }
}

/// The product that is under way, or done last, when `phase` products have begun.
fn product(phase: usize, dims: &Dims) -> &'static str {
    // Q, K and V as one; the keys of each head; O; up.
    let attention = usize::from(dims.heads);
    let a_layer = attention + 3;
    let Some(done) = phase.checked_sub(1) else {
        return "embedding";
    };
    if done >= a_layer * usize::from(dims.layers) {
        return "head";
    }
    match done % a_layer {
        0 => "Q/K/V",
        n if n <= attention => "attention",
        n if n == attention + 1 => "O",
        _ => "up",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::tests::MICROBIT;

    #[test]
    fn products_come_in_the_order_of_the_arithmetic() {
        let order: Vec<&str> = (0..=4 * 7 + 1)
            .map(|phase| product(phase, &MICROBIT))
            .collect();
        let layer = ["Q/K/V", "attention", "O", "up"];
        assert_eq!(order[0], "embedding");
        assert_eq!(
            (order[1], order[2], order[5]),
            (layer[0], layer[1], layer[1])
        );
        assert_eq!(order[6..8], layer[2..]);
        assert_eq!((order[8], order[28], order[29]), ("Q/K/V", "up", "head"));
        let behind_up = |function| PARTS[part(function, 7, &MICROBIT)];
        assert_eq!(behind_up("runtime::lut::tables::matvec"), "up");
        assert_eq!(behind_up("runtime::lut::tables::matvec_sparse"), "down");
        assert_eq!(
            PARTS[part("runtime::elements::norm::abs_mean_norm", 3, &MICROBIT)],
            "norms"
        );
    }
}
