//! The last tokens, and logits from which a penalty is taken where they name one of those.

use super::settings::MAX_REPETITION_WINDOW;

const CAPACITY: usize = MAX_REPETITION_WINDOW as usize;

/// The last tokens, up to [`MAX_REPETITION_WINDOW`] of them: a ring.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    tokens: [u16; CAPACITY],
    window: usize,
    /// Where the next token goes.
    next: usize,
    filled: usize,
}

impl Recent {
    /// None yet; `window` of them will be kept.
    pub(super) const fn new(window: u8) -> Self {
        let window = if window > MAX_REPETITION_WINDOW {
            MAX_REPETITION_WINDOW
        } else {
            window
        };
        Self {
            tokens: [0; CAPACITY],
            window: window as usize,
            next: 0,
            filled: 0,
        }
    }

    /// Window, next, filled and the tokens: what [`Recent::of`] makes it anew from.
    pub(super) const fn parts(&self) -> (u8, u8, u8, &[u16; CAPACITY]) {
        let (window, next, filled) = (self.window, self.next, self.filled);
        (window as u8, next as u8, filled as u8, &self.tokens)
    }

    /// `None` where these are not its parts.
    pub(super) fn of(window: u8, next: u8, filled: u8, tokens: [u16; CAPACITY]) -> Option<Self> {
        let possible = window <= MAX_REPETITION_WINDOW
            && (next < window || (next, window) == (0, 0))
            && filled <= window
            && (filled == window || filled == next);
        possible.then_some(Self {
            tokens,
            window: window.into(),
            next: next.into(),
            filled: filled.into(),
        })
    }

    /// One more token; the oldest is forgotten when the window is full.
    pub(super) fn push(&mut self, token: u16) {
        if self.window == 0 {
            return;
        }
        if let Some(place) = self.tokens.get_mut(self.next) {
            *place = token;
        }
        self.next += 1;
        if self.next == self.window {
            self.next = 0;
        }
        self.filled = (self.filled + 1).min(self.window);
    }

    /// Them in ascending order, by insertion: the library's sort can panic and takes kilobytes.
    pub(super) fn sorted(&self) -> Sorted {
        let mut tokens = self.tokens;
        for end in 1..self.filled {
            let mut at = end;
            while at > 0 {
                // The mask proves to the compiler that these are in bounds.
                let (before, here) = ((at - 1) % CAPACITY, at % CAPACITY);
                if tokens[before] <= tokens[here] {
                    break;
                }
                tokens.swap(before, here);
                at -= 1;
            }
        }
        Sorted {
            tokens,
            length: self.filled,
        }
    }
}

/// Tokens in ascending order.
#[derive(Clone, Debug)]
pub(super) struct Sorted {
    tokens: [u16; CAPACITY],
    length: usize,
}

impl Sorted {
    /// `logits` with `penalty` taken from those of these tokens, once each.
    pub(super) fn penalised<'l>(
        &'l self,
        logits: &'l [i32],
        penalty: u16,
    ) -> impl Iterator<Item = i32> + use<'l> {
        let mut seen = self.tokens.get(..self.length).unwrap_or_default();
        (0u16..).zip(logits).map(move |(token, &logit)| {
            let mut taken = 0;
            while let Some((&first, rest)) = seen.split_first() {
                if first > token {
                    break;
                }
                seen = rest;
                if first == token {
                    taken = penalty;
                }
            }
            logit.saturating_sub(taken.into())
        })
    }
}
