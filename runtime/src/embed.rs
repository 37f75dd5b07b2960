//! A model file in flash, with everything that its header gives known at compile time.

use formats::Header;

/// Embeds the model file at a path, as `include_bytes!` takes it, as a module with
///
/// | item | what it is |
/// |---|---|
/// | `FILE` | the file's bytes: they lie in flash and are read there |
/// | `HEADER`, `PLAN` | its [`Header`] and [`MemoryPlan`](crate::MemoryPlan), read at compile time |
/// | `State` | the [`State`](crate::State) of exactly the plan's size: put it in a static |
/// | `model()` | checks the file and returns the [`Model`](crate::Model) |
///
/// A file that is no model does not compile, nor one that needs more RAM than `ram` or more flash than `flash`, in bytes. A
/// program can embed any number of models.
///
/// ```
/// runtime::embed_model! {
///     /// Speaks like Shakespeare.
///     mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024, flash = 208 * 1024;
/// }
///
/// let mut state = poet::State::new();
/// let model = poet::model()?;
/// let engine = runtime::Engine::new(model, state.buffers())?;
/// # assert_eq!(engine.model().dims(), &poet::HEADER.dims);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```compile_fail
/// runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 4 * 1024; }
/// ```
#[macro_export]
macro_rules! embed_model {
    ($(#[$attribute:meta])* $visibility:vis mod $name:ident = $path:expr, ram = $ram:expr $(, flash = $flash:expr)? $(;)?) => {
        $(#[$attribute])*
        #[allow(dead_code)]
        $visibility mod $name {
            /// The model file.
            pub const FILE: &[u8] = ::core::include_bytes!($path);
            /// Its header.
            pub const HEADER: $crate::Header = $crate::embed::header(FILE);
            /// The RAM that it needs.
            pub const PLAN: $crate::MemoryPlan = $crate::MemoryPlan::new(&HEADER.dims);
            /// What an engine works in, of exactly that size.
            pub type State = $crate::State<{ PLAN.words() }, { PLAN.bytes() }, { PLAN.kv_cache }>;

            /// Checks the file.
            ///
            /// # Errors
            /// When it is damaged behind its header.
            pub fn model() -> ::core::result::Result<$crate::Model<'static>, $crate::ParseError> {
                $crate::Model::parse(FILE)
            }
        }
        const _: () = ::core::assert!($name::PLAN.ram() <= $ram, "the model needs more RAM than `ram` says: train it with a smaller context");
        $(const _: () = ::core::assert!($name::FILE.len() <= $flash, "the model file is larger than `flash` says: train a smaller model");)?
    };
}

/// The header of a model file, at compile time.
///
/// # Panics
/// When the file is no model: the build fails.
#[doc(hidden)]
pub const fn header(file: &[u8]) -> Header {
    match Header::read(file) {
        Ok(header) => header,
        Err(_) => panic!("this is no model file that this version reads"),
    }
}
