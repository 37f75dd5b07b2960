//! Tables in Markdown, aligned for reading as plain text too.

/// A table: a header and rows of as many cells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new<C: Into<String>>(header: impl IntoIterator<Item = C>) -> Self {
        let mut table = Self { rows: Vec::new() };
        table.row(header);
        table
    }

    /// Adds a row.
    ///
    /// # Panics
    /// When it has not as many cells as the header.
    pub fn row<C: Into<String>>(&mut self, cells: impl IntoIterator<Item = C>) {
        let cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        assert!(
            self.rows
                .first()
                .is_none_or(|header| header.len() == cells.len()),
            "a row of {} cells",
            cells.len()
        );
        self.rows.push(cells);
    }

    /// The table as text; ends with a line feed.
    pub fn markdown(&self) -> String {
        let columns = self.rows[0].len();
        let width = |column: usize| {
            self.rows
                .iter()
                .map(|row| row[column].chars().count())
                .max()
        };
        let widths: Vec<usize> = (0..columns).filter_map(width).collect();
        let line = |row: &[String]| {
            let cells = row.iter().zip(&widths);
            let cells: String = cells
                .map(|(cell, &width)| format!(" {cell:<width$} |"))
                .collect();
            format!("|{cells}\n")
        };
        let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
        let mut text = line(&self.rows[0]);
        text.push_str(&line(&rule));
        text.extend(self.rows[1..].iter().map(|row| line(row)));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_aligned() {
        let mut table = Table::new(["ratio", "order"]);
        table.row(["1:8", "0.476 ± 0.01"]);
        assert_eq!(
            table.markdown(),
            "| ratio | order        |\n| ----- | ------------ |\n| 1:8   | 0.476 ± 0.01 |\n"
        );
    }
}
