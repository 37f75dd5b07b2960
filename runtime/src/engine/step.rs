//! A step that stops between layers.

use super::Engine;

/// A step under way: stop between layers to feed a watchdog or to let other tasks run.
#[derive(Debug)]
pub struct Step<'e, 'm, 's> {
    engine: &'e mut Engine<'m, 's>,
}

impl<'e, 'm, 's> Step<'e, 'm, 's> {
    pub(super) const fn of(engine: &'e mut Engine<'m, 's>) -> Self {
        Self { engine }
    }

    /// Computes one layer; `false` when none was left.
    pub fn advance(&mut self) -> bool {
        self.engine.advance()
    }

    /// Computes the layers that are left and the output head: the logits, as [`Engine::step`] returns them.
    pub fn finish(self) -> &'e [i32] {
        self.engine.finish()
    }
}
