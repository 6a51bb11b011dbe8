//! Lines and columns of a text.

/// Finds lines and columns of octet positions that grow.
pub(super) struct Places<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    column: usize,
}

impl<'a> Places<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1, column: 1 }
    }

    /// Line and column, in characters from 1, of a position not before the last one asked for.
    pub(super) fn of(&mut self, at: usize) -> (usize, usize) {
        for letter in self.text.get(self.at..at).unwrap_or_default().chars() {
            if letter == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.at = at;
        (self.line, self.column)
    }
}
