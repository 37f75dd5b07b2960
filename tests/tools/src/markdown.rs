//! Tables of documents: rows, and numbers in groups of three digits.

/// Prints a row.
pub fn row(first: &str, rest: impl Iterator<Item = String>) {
    println!("| {first} | {} |", rest.collect::<Vec<_>>().join(" | "));
}

/// 1234567 as 1,234,567.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn digits_are_grouped_from_the_right() {
        let texts = [0, 999, 1000, 1_002_030].map(thousands);
        assert_eq!(texts, ["0", "999", "1,000", "1,002,030"]);
    }
}
