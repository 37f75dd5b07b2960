//! A model that owns its bytes, for programs with an allocator.

use alloc::sync::Arc;
use formats::{Model, ParseError};
use self_cell::self_cell;

self_cell!(
    struct Checked {
        owner: Arc<[u8]>,
        #[covariant]
        dependent: Model,
    }
);

/// A model and the bytes of its file, checked once. Clones share the bytes, and threads can share it: each has an engine of its own.
///
/// ```
/// use runtime::{Engine, Generate, HeapState, OwnedModel, Sampling};
///
/// # fn demo(file: Vec<u8>) -> Result<(), runtime::ParseError> {
/// let model = OwnedModel::parse(file)?;
/// let threads = [1, 2, 3].map(|seed| {
///     let model = model.clone();
///     std::thread::spawn(move || {
///         let mut state = HeapState::new(&model.get().plan());
///         let mut engine = Engine::new(*model.get(), state.buffers()).expect("as large as the plan says");
///         let text = Generate::from_text(&mut engine, "ROMEO:", Sampling::DEFAULT, seed)?;
///         Ok::<String, runtime::EncodeError>(text.pieces().take(200).collect())
///     })
/// });
/// # let _ = threads;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct OwnedModel(Arc<Checked>);

impl OwnedModel {
    /// Checks the bytes of a file, as [`Model::parse`] does, and keeps them.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// let file: Vec<u8> = poet::FILE.to_vec();
    /// let model = runtime::OwnedModel::parse(file)?;
    /// assert!(runtime::OwnedModel::parse(*b"AUTARKY").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ParseError`].
    pub fn parse(file: impl Into<Arc<[u8]>>) -> Result<Self, ParseError> {
        let checked = Checked::try_new(file.into(), |file| Model::parse(file))?;
        Ok(Self(Arc::new(checked)))
    }

    /// Reads a file and checks it.
    ///
    /// ```no_run
    /// let model = runtime::OwnedModel::open("model.aut")?;
    /// println!("{} bytes of RAM", model.get().plan().ram());
    /// # Ok::<(), runtime::owned::OpenError>(())
    /// ```
    ///
    /// # Errors
    /// [`OpenError`].
    #[cfg(feature = "std")]
    pub fn open(path: impl AsRef<std::path::Path>) -> Result<Self, OpenError> {
        Ok(Self::parse(std::fs::read(path)?)?)
    }

    /// The model.
    ///
    /// ```
    /// # runtime::embed_model! { mod poet = "../../firmware-examples/models/microbit.aut", ram = 14 * 1024; }
    /// let model = runtime::OwnedModel::parse(poet::FILE)?;
    /// assert_eq!(model.get().plan(), poet::PLAN);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get(&self) -> &Model<'_> {
        self.0.borrow_dependent()
    }
}

impl core::fmt::Debug for OwnedModel {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let model = self.get();
        f.debug_struct("OwnedModel")
            .field("id", &model.id())
            .field("dims", model.dims())
            .finish_non_exhaustive()
    }
}

/// A file that cannot be opened as a model.
///
/// ```
/// use runtime::owned::{OpenError, OwnedModel};
///
/// assert!(matches!(OwnedModel::open("no such file"), Err(OpenError::Read(_))));
/// ```
#[cfg(feature = "std")]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It cannot be read.
    #[error("the file cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It is no model.
    #[error(transparent)]
    Parse(#[from] ParseError),
}
