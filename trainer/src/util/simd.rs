//! Loops compiled for the widest vectors that the CPU has.
#![allow(
    unsafe_code,
    reason = "calling code compiled for features that were just detected"
)]

/// Runs `work`, compiled for AVX-512 or AVX2 where the CPU has them. What `work` calls has to be inlined into it.
///
/// No operation is reassociated or fused, so the result is the same with and without.
#[inline(always)]
pub fn wide<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
        {
            // SAFETY: the CPU has the features.
            return unsafe { avx512(work) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the CPU has the feature.
            return unsafe { avx2(work) };
        }
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
fn avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Lanes of a sum whose order is fixed, whatever the vectors.
const LANES: usize = 16;

/// The sum of `term` of every pair, in sixteen interleaved partial sums.
#[inline(always)]
pub fn sum2(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] += term(a[lane], b[lane]);
        }
    }
    for (lane, (a, b)) in lanes.iter_mut().zip(a_rest.iter().zip(b_rest)) {
        *lane += term(*a, *b);
    }
    halve(&mut lanes)
}

/// The sum of `term` of every number, in sixteen interleaved partial sums.
#[inline(always)]
pub fn sum(a: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    sum2(a, a, |a, _| term(a))
}

/// Partial sums of [`long_sum`] for each of its lanes.
const PARTS: usize = 8;

/// As [`sum`], in eight times as many partial sums: for a whole matrix, where a partial sum would grow long.
#[inline(always)]
pub fn long_sum(a: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut parts = [0.0; PARTS * LANES];
    let (blocks, rest) = a.as_chunks::<{ PARTS * LANES }>();
    for block in blocks {
        for (part, a) in parts.iter_mut().zip(block) {
            *part += term(*a);
        }
    }
    let mut lanes: [f32; LANES] = std::array::from_fn(|lane| {
        let part = |index: usize| parts[LANES * index + lane];
        ((part(0) + part(1)) + (part(2) + part(3))) + ((part(4) + part(5)) + (part(6) + part(7)))
    });
    let (chunks, rest) = rest.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, a) in lanes.iter_mut().zip(chunk) {
            *lane += term(*a);
        }
    }
    halve(&mut lanes) + rest.iter().map(|a| term(*a)).sum::<f32>()
}

/// The sum of the lanes: the upper half onto the lower one, until one is left.
#[inline(always)]
fn halve(lanes: &mut [f32; LANES]) -> f32 {
    for width in [8, 4, 2, 1] {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
    }
    lanes[0]
}

/// The largest number, or minus infinity.
#[inline(always)]
pub fn max(a: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (a, rest) = a.as_chunks::<LANES>();
    for a in a {
        for lane in 0..LANES {
            lanes[lane] = if a[lane] > lanes[lane] {
                a[lane]
            } else {
                lanes[lane]
            };
        }
    }
    lanes
        .iter()
        .chain(rest)
        .copied()
        .fold(f32::NEG_INFINITY, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_any_length_are_those_of_integers() {
        for length in (0..300).chain([1000, 4097]) {
            let numbers: Vec<f32> = (0..length).map(|i| (i % 23 - 11) as f32).collect();
            let expected: f32 = numbers.iter().map(|a| a.abs()).sum();
            assert_eq!(long_sum(&numbers, f32::abs), expected, "{length}");
            assert_eq!(sum(&numbers, f32::abs), expected, "{length}");
        }
    }

    #[test]
    fn vectors_of_any_width_sum_in_the_same_order() {
        let numbers: Vec<f32> = (0..5000).map(|i| ((i * i) as f32).sin()).collect();
        let narrow = long_sum(&numbers, f32::abs);
        let vectors = wide(
            #[inline(always)]
            || long_sum(&numbers, f32::abs),
        );
        assert_eq!(narrow.to_bits(), vectors.to_bits());
    }
}
