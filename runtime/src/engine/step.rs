//! A step that stops between layers.

use super::Engine;

/// A step under way: stop between layers to feed a watchdog or to let other tasks run.
///
/// ```
/// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
/// # let mut state = poet::State::new();
/// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
/// let mut step = engine.start(13)?;
/// while step.advance() {
///     // feed the watchdog
/// }
/// let logits = step.finish();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Step<'e, 'm, 's> {
    engine: &'e mut Engine<'m, 's>,
}

impl<'e, 'm, 's> Step<'e, 'm, 's> {
    pub(super) const fn of(engine: &'e mut Engine<'m, 's>) -> Self {
        Self { engine }
    }

    /// Computes one layer; `false` when none was left.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let mut step = engine.start(13)?;
    /// assert!(step.advance()); // the first of four layers
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn advance(&mut self) -> bool {
        self.engine.advance()
    }

    /// Computes the layers that are left and the output head: the logits, as [`Engine::step`] returns them.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// # let mut state = poet::State::new();
    /// # let mut engine = runtime::Engine::new(poet::model()?, state.buffers())?;
    /// let logits = engine.start(13)?.finish(); // as engine.step(13)?
    /// assert_eq!(logits.len(), 65);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn finish(self) -> &'e [i32] {
        self.engine.finish()
    }
}
