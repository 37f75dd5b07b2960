//! What a token of a sequence knows of what is before it.

/// The first token that each of `tokens` knows of: where `document_start` is the token that a document begins with, nothing
/// before it is known any more.
pub fn starts(tokens: &[u16], document_start: Option<u16>) -> impl Iterator<Item = usize> {
    let tokens = tokens.iter().enumerate();
    tokens.scan(0, move |known, (t, &token)| {
        if Some(token) == document_start {
            *known = t;
        }
        Some(*known)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_knows_nothing_of_the_one_before() {
        let of = |start| starts(&[1, 7, 2, 7, 3], start).collect::<Vec<_>>();
        assert_eq!(of(Some(7)), [0, 1, 1, 3, 3]);
        assert_eq!(of(None), [0; 5]);
    }
}
