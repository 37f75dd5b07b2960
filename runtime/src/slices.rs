//! Cutting slices into parts, without a panic and without a division.

/// Pieces of equal length, the last one perhaps shorter: `chunks_mut`, which divides when it is zipped.
#[derive(Debug)]
pub(crate) struct Pieces<'s, T> {
    rest: &'s mut [T],
    length: usize,
}

/// [`Pieces`] of `slice`, `length` each.
pub(crate) fn pieces<T>(slice: &mut [T], length: usize) -> Pieces<'_, T> {
    Pieces {
        rest: slice,
        length,
    }
}

impl<'s, T> Iterator for Pieces<'s, T> {
    type Item = &'s mut [T];

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() || self.length == 0 {
            return None;
        }
        let (piece, rest) = split_at_or_empty(core::mem::take(&mut self.rest), self.length);
        self.rest = rest;
        Some(piece)
    }
}

/// Like `split_at_mut`, with an empty second part where `at` is beyond the end.
pub(crate) fn split_at_or_empty<T>(slice: &mut [T], at: usize) -> (&mut [T], &mut [T]) {
    let at = at.min(slice.len());
    slice.split_at_mut_checked(at).unwrap_or_default()
}
