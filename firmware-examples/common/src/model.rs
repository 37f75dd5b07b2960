//! The model in flash, its state in RAM.

use formats::fit::{Board, Fit};
use formats::{Header, Model};
use runtime::state::Buffers;

#[doc(hidden)]
pub use formats::MemoryPlan;
#[doc(hidden)]
pub use runtime::{Engine, State};
#[doc(hidden)]
pub use static_cell::{ConstStaticCell, StaticCell};

/// Embeds the model file at a path, as `include_bytes!` takes it, for a [`Board`], and makes the function `engine`
/// of it, which sets up the one engine.
///
/// A model that does not fit the board does not compile: the error says how many bytes it needs and there are. All
/// RAM is in statics of exactly the size that the model's header asks for, so the linker counts it too.
#[macro_export]
macro_rules! embed_model {
    ($path:expr, $board:expr) => {
        /// The model file: lies in flash and is read there.
        static MODEL_FILE: &[u8] = include_bytes!($path);
        const _: () = $crate::model::must_fit(MODEL_FILE, &$board);
        const PLAN: $crate::model::MemoryPlan =
            $board.plan(&$crate::model::header(MODEL_FILE).dims);

        /// An engine for the embedded model, with nothing in its context.
        ///
        /// # Panics
        /// The second time, and when the file is damaged behind its header.
        #[inline(never)]
        pub fn engine() -> &'static mut $crate::model::Engine<'static, 'static> {
            type ModelState = $crate::model::State<
                { PLAN.words() },
                { PLAN.bytes() },
                { PLAN.kv_cache },
                { PLAN.lut_count() },
            >;
            static STATE: $crate::model::ConstStaticCell<ModelState> =
                $crate::model::ConstStaticCell::new(ModelState::new());
            static ENGINE: $crate::model::StaticCell<$crate::model::Engine<'static, 'static>> =
                $crate::model::StaticCell::new();
            let model = $crate::model::parse(MODEL_FILE);
            $crate::model::assemble(&ENGINE, model, STATE.take().buffers())
        }
    };
}

/// Stops the compiler when the model does not fit the board.
///
/// # Panics
/// When it does not: the build fails, with the bytes in its message.
pub const fn must_fit(file: &[u8], board: &Board) {
    let fit = board.fit(&header(file).dims, file.len());
    if !matches!(fit, Fit::Fits { .. }) {
        panic!("{}", fit.sentence().as_str())
    }
}

/// The header of a model file, at compile time.
///
/// # Panics
/// When the file is no model: the build fails.
pub const fn header(file: &[u8]) -> Header {
    match Header::read(file) {
        Ok(header) => header,
        Err(_) => panic!("not a model file that this build reads"),
    }
}

/// Checks the embedded file.
///
/// Never inlined: the stack of a small board has no room for what this takes and the program's own variables at once.
///
/// # Panics
/// When the file is damaged behind its header.
#[doc(hidden)]
#[inline(never)]
pub fn parse(file: &'static [u8]) -> Model<'static> {
    match Model::parse(file) {
        Ok(model) => model,
        Err(error) => panic!("{error}"),
    }
}

/// Puts the engine together where it will stay. Never inlined, for the same reason.
///
/// # Panics
/// When `cell` is taken or the buffers are another model's.
#[doc(hidden)]
#[inline(never)]
pub fn assemble(
    cell: &'static StaticCell<Engine<'static, 'static>>,
    model: Model<'static>,
    buffers: Buffers<'static>,
) -> &'static mut Engine<'static, 'static> {
    match Engine::new(model, buffers) {
        Ok(engine) => cell.init(engine),
        Err(error) => panic!("{error}"),
    }
}
